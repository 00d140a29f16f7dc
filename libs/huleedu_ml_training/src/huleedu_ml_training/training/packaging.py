"""From a fitted grader to a bundle with all its papers."""

import json
from datetime import datetime
from importlib.metadata import version as installed_version
from typing import Any

import numpy as np
import yaml

from huleedu_ml_training.config import Settings
from huleedu_ml_training.config_loader import portable
from huleedu_ml_training.domain.dataset import EssayDataset
from huleedu_ml_training.domain.split import Split
from huleedu_ml_training.export.bundle import REFERENCE, REPORT_CONTEXT, REVIEW, Bundle
from huleedu_ml_training.export.held_out import HELD_OUT, HeldOutEssays
from huleedu_ml_training.export.onnx_graph import build_onnx_graph
from huleedu_ml_training.export.parity import certify_parity
from huleedu_ml_training.inference.explanation import feature_reference
from huleedu_ml_training.models.grader import Grader
from huleedu_ml_training.registry.records import SYNTHETIC_MARK
from huleedu_ml_training.training.contents import BundleContents, ExportedGraph
from huleedu_ml_training.training.papers import render_papers
from huleedu_ml_training.training.preparation import PreparedData

_RECORDED_LIBRARIES = (
    "huleedu-ml-training",
    "huleedu-essay-features",
    "lightgbm",
    "numpy",
    "onnx",
    "onnxruntime",
    "scipy",
)


def export_grader(dataset: EssayDataset, grader: Grader, settings: Settings) -> ExportedGraph:
    """Return the ONNX graph, proven on every essay and on adversarial rows.

    Raises:
        ParityError: The graph grades some row otherwise than the model.
    """
    if dataset.features is None or dataset.feature_schema_digest is None:
        msg = "the data set has no features"
        raise ValueError(msg)
    graph = build_onnx_graph(grader, feature_schema_digest=dataset.feature_schema_digest)
    certificate = certify_parity(grader, graph, dataset.features, seed=settings.training.seed)
    return ExportedGraph(graph, certificate)


def library_versions() -> dict[str, str]:
    """Return the versions of the libraries that a model's numbers depend on."""
    return {name: installed_version(name) for name in _RECORDED_LIBRARIES}


def split_document(dataset: EssayDataset, split: Split) -> dict[str, Any]:
    """Return who was in which part, by essay id and by text.

    The digests of the texts let a later evaluation see that it is about to judge a model on
    essays that it learnt from, whatever their ids are by then; those of all that is known of an
    essay let somebody who trains again see which essays have changed.
    """
    identities, digests = dataset.text_identities(), dataset.essay_digests()
    parts = {"train": split.train, "validation": split.validation, "test": split.test}
    return {
        "scheme": split.scheme,
        "seed": split.seed,
        "notes": list(split.notes),
        "parts": {
            name: {
                "essay_ids": [dataset.essay_ids[int(row)] for row in rows],
                "text_identities": [identities[int(row)] for row in rows],
                "essay_digests": [digests[int(row)] for row in rows],
            }
            for name, rows in parts.items()
        },
    }


def build_bundle(contents: BundleContents, version: str, created_at: datetime) -> Bundle:
    """Return the bundle of a version.

    Args:
        contents: What goes into it.
        version: UTC time as ``YYYYMMDD_HHMMSS``.
        created_at: The same moment.
    """
    prepared = contents.prepared
    dataset = prepared.dataset
    libraries = library_versions()
    papers = render_papers(contents, version, created_at, libraries)
    files: dict[str, bytes] = {
        **contents.fitted.grader.save_state(),
        REVIEW: _json(contents.review.parameters()),
        "grader.onnx": contents.exported.graph,
        "feature_schema.json": _json(prepared.schema.to_dict()),
        REFERENCE: _json(_reference(prepared)),
        "metrics.json": _json({**contents.evaluation.to_dict(), "groups": _groups(contents)}),
        "split.json": _json(split_document(dataset, prepared.split)),
        HELD_OUT: _held_out(contents).to_bytes(),
        "config.yaml": yaml.safe_dump(portable(contents.settings), sort_keys=False).encode(),
        "report.html": papers.report_html.encode(),
        "model_card.md": papers.model_card.encode(),
        REPORT_CONTEXT: _json(papers.context),
    }
    return Bundle.create(
        files,
        model_name=contents.model_name,
        version=version,
        scale=dataset.scale,
        feature_schema_digest=str(dataset.feature_schema_digest),
        feature_count=len(dataset.feature_names),
        dataset_digest=prepared.summary.dataset_digest,
        created_at=created_at,
        library_versions=libraries,
        seed=contents.settings.training.seed,
        parity=contents.exported.certificate.to_dict(),
        labels=(SYNTHETIC_MARK,) if prepared.summary.synthetic else (),
    )


def _held_out(contents: BundleContents) -> HeldOutEssays:
    essays = contents.judged.essays
    return HeldOutEssays(
        texts=essays.text_identities(),
        prompts=essays.prompts,
        y=essays.grades,
        predictions=contents.judged.predictions,
    )


def _groups(contents: BundleContents) -> list[dict[str, Any]]:
    """Return how far the mean of each group is off, where groups are held against each other."""
    assessment = contents.judged.report.assessment
    judged = {report.column for report in assessment.fairness}
    return [
        {
            "column": table.column,
            "key": group.key,
            "n": group.n,
            "dsm": group.values["dsm"].to_dict(),
        }
        for table in assessment.slices
        if table.column in judged and len(table.groups) > 1
        for group in table.groups
        if group.key is not None
    ]


def _reference(prepared: PreparedData) -> dict[str, Any]:
    training = prepared.dataset.take(prepared.split.train)
    if training.features is None:
        msg = "the data set has no features"
        raise ValueError(msg)
    return feature_reference(training.features, prepared.schema)


def _json(document: Any) -> bytes:
    return json.dumps(_finite(document), indent=1, ensure_ascii=False, allow_nan=False).encode()


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value
