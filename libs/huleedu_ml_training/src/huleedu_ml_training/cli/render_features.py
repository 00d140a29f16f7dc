"""How the ``features`` commands print what they found and did."""

from collections.abc import Sequence
from pathlib import Path

from huleedu_ml_training.cli.output import Output
from huleedu_ml_training.cli.runtime import CommandContext
from huleedu_ml_training.domain.dataset import EssayDataset
from huleedu_ml_training.features.inventory import HeldSchema, Inventory
from huleedu_ml_training.features.report import FeatureReport
from huleedu_ml_training.features.service import Extraction
from huleedu_ml_training.features.verification import Verification

_SHOWN = 20
_DIGITS = 12
_WIDEST = 32


def show_extraction(output: Output, found: Extraction) -> None:
    """Print what was computed, and the report of columns."""
    dataset, report = found.dataset, found.report
    n_copies = len(dataset) - found.n_stored - found.n_computed
    digest = dataset.feature_schema_digest or ""
    rows = [
        ("essays", f"{len(dataset):,}"),
        ("stored before", f"{found.n_stored:,}"),
        ("computed now", f"{found.n_computed:,}"),
        ("copies of others", f"{n_copies:,}"),
        ("features", f"{report.n_features:,}"),
        ("schema", digest[:_DIGITS]),
    ]
    output.table("Features", ("what", "value"), rows, right=("value",))
    _show_report(output, report)
    output.document(
        "features.extract",
        {
            "n_essays": len(dataset),
            "n_stored": found.n_stored,
            "n_computed": found.n_computed,
            "n_copies": n_copies,
            "schema_digest": digest,
            "report": report.to_dict(),
        },
    )


def _show_report(output: Output, report: FeatureReport) -> None:
    rows = [
        *((name, "constant") for name in report.constant if report.undefined.get(name) != 1),
        *(
            (name, "never defined" if share == 1 else f"undefined for {share:.1%} of the essays")
            for name, share in report.undefined.items()
        ),
        *(
            (
                pair.second,
                f"equal to {pair.first} up to scale ({pair.scale:.6g})"
                if pair.scale is not None
                else f"says the same as {pair.first} (r = {pair.correlation:.5f})",
            )
            for pair in report.near_duplicates
        ),
    ]
    n_all = len(rows) + report.n_near_duplicates - len(report.near_duplicates)
    if rows:
        more = n_all - _SHOWN
        title = f"Columns to look at{f' (and {more:,} more lines)' if more > 0 else ''}"
        output.table(title, ("column", "what about it"), rows[:_SHOWN], whole=("column",))
    embedding = report.embedding
    if embedding.n_features:
        share = f" for up to {embedding.undefined:.1%} of the essays" if embedding.undefined else ""
        output.line(
            f"embedding: {embedding.n_features:,} columns, {embedding.n_constant:,} constant, "
            f"{embedding.n_undefined:,} undefined{share}, "
            f"{embedding.n_near_duplicates:,} pairs that say the same"
        )


def show_inventory(context: CommandContext, found: Inventory) -> None:
    """Print what a store holds."""
    output, settings = context.output, context.settings.features
    place = str(context.settings.features_dir) if settings.store == "parquet" else "the database"
    output.table(
        f"Features stored in {place}",
        ("schema", "features", "vectors", "MiB", "current", "what differs"),
        [
            (
                entry.digest[:_DIGITS],
                entry.n_features,
                f"{entry.n_vectors:,}",
                f"{entry.size_bytes / 2**20:.1f}",
                "yes" if entry.current else "no",
                _differences(entry),
            )
            for entry in found.schemas
        ],
        right=("features", "vectors", "MiB"),
        whole=("schema",),
    )
    _show_backends(output, found.schemas)
    output.line(f"current schema: {found.current_digest[:_DIGITS]}, {found.n_features:,} features")
    if found.coverage is not None:
        output.line(
            f"{found.coverage.n_essays:,} essays: {found.coverage.n_stored:,} have features, "
            f"{found.coverage.n_missing:,} lack them"
        )
    output.document("features.status", {"store": settings.store, "place": place, **found.to_dict()})


def _differences(entry: HeldSchema) -> str | None:
    if entry.current:
        return None
    if entry.backends is None or entry.columns is None:
        return "not known: the schema was not stored"
    parts = [f"{len(entry.backends):,} backends"] if entry.backends else []
    if entry.columns:
        names = ", ".join(entry.columns[:3])
        more = len(entry.columns) - 3
        parts.append(f"columns {names}{f' and {more:,} more' if more > 0 else ''}")
    return "; ".join(parts)


def _show_backends(output: Output, schemas: Sequence[HeldSchema]) -> None:
    rows = [
        (entry.digest[:_DIGITS], each.name, _short(each.stored), _short(each.current))
        for entry in schemas
        for each in entry.backends or ()
    ]
    if rows:
        more = len(rows) - _SHOWN
        title = f"Backends that differ{f' (and {more:,} more)' if more > 0 else ''}"
        output.table(title, ("schema", "backend", "stored", "current"), rows[:_SHOWN])


def _short(value: str | None) -> str | None:
    return value if value is None or len(value) <= _WIDEST else f"{value[:_WIDEST]}…"


def show_export(output: Output, path: Path, dataset: EssayDataset) -> None:
    """Print what was written to a file."""
    n_features, digest = len(dataset.feature_names), dataset.feature_schema_digest or ""
    output.line(
        f"{len(dataset):,} essays, {n_features:,} features of schema {digest[:_DIGITS]} → {path}"
    )
    output.document(
        "features.export",
        {
            "path": str(path),
            "n_essays": len(dataset),
            "n_features": n_features,
            "schema_digest": digest,
        },
    )


def show_verification(output: Output, found: Verification) -> None:
    """Print that everything is equal."""
    output.line(
        f"{found.n_checked:,} of {found.n_stored:,} essays with stored features computed anew: "
        "equal to the bit"
    )
    output.document("features.verify", found.to_dict())
