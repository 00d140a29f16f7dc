"""How ``features prepare-model`` and ``features probe-layers`` print what they did and found."""

from dataclasses import asdict
from pathlib import Path

from huleedu_essay_features.embeddings.preparing import Preparation
from huleedu_ml_training.cli.output import Output
from huleedu_ml_training.metrics.format import format_value
from huleedu_ml_training.metrics.layer_report import LayerProbe


def show_preparation(output: Output, done: Preparation) -> None:
    """Print what was prepared and where it is."""
    model = done.model
    was_there = done.lowest_cosine is None
    rows = [
        ("encoder", f"{model.encoder} ({model.family})"),
        ("weights", f"sha256 {model.weights_sha256[:16]}…"),
        ("layer", f"{model.layer} of {model.n_layers}"),
        ("dimensions", model.dimensions),
        ("languages", ", ".join(model.languages) or "every language"),
        ("arithmetic", model.arithmetic),
        (
            "lowest cosine to full precision",
            "verified before" if done.lowest_cosine is None else f"{done.lowest_cosine:.4f}",
        ),
    ]
    output.table("Already prepared" if was_there else "Prepared", ("what", "value"), rows)
    output.line(f"kept at {done.path}")
    output.document(
        "features.prepare-model",
        {
            "model": asdict(model),
            "path": str(done.path),
            "already_prepared": was_there,
            "lowest_cosine": done.lowest_cosine,
        },
    )


def show_probe(output: Output, found: LayerProbe, *, encoder: str, plot: Path | None) -> None:
    """Print a table of layers, and which one to take."""
    rows = [
        (
            f"{each.layer} ←" if each.layer == found.recommended else each.layer,
            format_value(each.pearson),
            format_value(each.qwk_rounded),
            format_value(each.qwk_equated),
            None if each.layer == found.recommended else format_value(each.behind, signed=True),
        )
        for each in found.layers
    ]
    columns = ("layer", "r", "QWK, rounded", "QWK, equated", "r minus the best")
    output.table(
        f"{encoder}: {found.n_essays:,} essays, {found.n_prompts} prompts, {found.n_folds} folds "
        "of unseen prompts, linear score on each layer",
        columns,
        rows,
        right=columns,
    )
    others = [str(layer) for layer in found.as_good if layer != found.recommended]
    output.line(
        f"recommended: layer {found.recommended}"
        + (f"; no worse that these essays could show: {', '.join(others)}" if others else "")
    )
    for note in found.notes:
        output.note(note)
    output.line(
        f"train-essay-grader features prepare-model --encoder {encoder} --layer {found.recommended}"
    )
    if plot is not None:
        output.note(f"chart written to {plot}")
    output.document("features.probe-layers", {"encoder": encoder, **found.to_dict()})
