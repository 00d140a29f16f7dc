"""What a report says besides the figures, as a document that a bundle keeps.

A grader is judged again long after it was trained, on other essays and by a machine that never saw
those it learnt from. What only its training knew is kept here.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from huleedu_ml_training.metrics.reliability import ReliabilityBin
from huleedu_ml_training.metrics.values import finite_or_none, float_or_nan
from huleedu_ml_training.models.review import ReviewRule, review_rule_from_parameters
from huleedu_ml_training.reports.context import (
    CalibrationChange,
    DataSummary,
    DecisionOption,
    ReportContext,
)
from huleedu_ml_training.reports.errors import UnsupportedReportContextError
from huleedu_ml_training.reports.influence import FeatureInfluence
from huleedu_ml_training.reports.third_party import ThirdPartyModel

CONTEXT_VERSION = 1
"""Raised when the shape of the document changes."""

_PLAIN = (
    "model_name",
    "version",
    "experiment_name",
    "evaluated_on",
    "split_scheme",
    "split_seed",
    "model_kind",
    "n_features",
    "config_digest",
    "feature_schema_digest",
    "run_id",
    "seed",
    "range_coverage",
)
_OPTION_NUMBERS = ("qwk", "mae", "accuracy", "lowest_mae", "highest_mae", "distribution_gap")
_CALIBRATION_NUMBERS = ("rps_before", "rps_after", "ece_before", "ece_after")
_MODEL_FIELDS = ("use", "name", "licence", "identity")


def context_document(context: ReportContext) -> dict[str, Any]:
    """Return the context as a JSON-ready document, without what one evaluation adds to it."""
    calibration, third_party = context.calibration, context.third_party
    return {
        "context_version": CONTEXT_VERSION,
        **{name: getattr(context, name) for name in _PLAIN},
        "created_at": None if context.created_at is None else context.created_at.isoformat(),
        "data": None if context.data is None else _data_document(context.data),
        "calibration": None if calibration is None else _calibration_document(calibration),
        "decisions": [
            {
                "rule": option.rule,
                "chosen": option.chosen,
                **{name: finite_or_none(getattr(option, name)) for name in _OPTION_NUMBERS},
            }
            for option in context.decisions
        ],
        "feature_importance": dict(context.feature_importance),
        "influence": None if context.influence is None else context.influence.to_dict(),
        "parity": None if context.parity is None else dict(context.parity),
        "library_versions": dict(context.library_versions),
        "reproduce": list(context.reproduce),
        "review": None if context.review is None else context.review.parameters(),
        "third_party": None
        if third_party is None
        else [{name: getattr(model, name) for name in _MODEL_FIELDS} for model in third_party],
    }


def context_from_document(document: Mapping[str, Any]) -> ReportContext:
    """Read a document written by :func:`context_document`.

    Raises:
        UnsupportedReportContextError: It is of another version, or malformed.
    """
    version = document.get("context_version")
    if version != CONTEXT_VERSION:
        problem = f"context_version is {version!r}, not {CONTEXT_VERSION}"
        raise UnsupportedReportContextError(problem=problem)
    try:
        return ReportContext(
            **{name: document[name] for name in _PLAIN},
            created_at=_read(document["created_at"], datetime.fromisoformat),
            data=_read(document["data"], _data),
            calibration=_read(document["calibration"], _calibration),
            decisions=tuple(
                DecisionOption(
                    rule=option["rule"],
                    chosen=bool(option["chosen"]),
                    **{name: float_or_nan(option[name]) for name in _OPTION_NUMBERS},
                )
                for option in document["decisions"]
            ),
            feature_importance=dict(document["feature_importance"]),
            influence=_read(document["influence"], FeatureInfluence.from_dict),
            parity=_read(document["parity"], dict),
            library_versions=dict(document["library_versions"]),
            reproduce=tuple(document["reproduce"]),
            review=_read(document["review"], _review),
            third_party=_read(document["third_party"], _models),
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        problem = f"{type(error).__name__} in the document: {error}"
        raise UnsupportedReportContextError(problem=problem) from None


def _data_document(data: DataSummary) -> dict[str, Any]:
    return {
        "n_essays": data.n_essays,
        "n_prompts": data.n_prompts,
        "grades": dict(data.grades),
        "parts": dict(data.parts),
        "sources": list(data.sources),
        "languages": list(data.languages),
        "notes": list(data.notes),
        "dataset_digest": data.dataset_digest,
        "synthetic": data.synthetic,
        "words": None if data.words is None else list(data.words),
        "school_years": list(data.school_years),
        "double_rated": data.double_rated,
    }


def _data(document: Mapping[str, Any]) -> DataSummary:
    lists = ("sources", "languages", "notes", "school_years")
    return DataSummary(
        **{
            **document,
            **{name: tuple(document[name]) for name in lists},
            "words": _read(document["words"], tuple),
        }
    )


def _calibration_document(calibration: CalibrationChange) -> dict[str, Any]:
    return {
        "method": calibration.method,
        **{name: getattr(calibration, name) for name in _CALIBRATION_NUMBERS},
        "before": [each.to_dict() for each in calibration.before],
        "after": [each.to_dict() for each in calibration.after],
    }


def _calibration(document: Mapping[str, Any]) -> CalibrationChange:
    return CalibrationChange(
        method=document["method"],
        **{name: float(document[name]) for name in _CALIBRATION_NUMBERS},
        before=tuple(map(ReliabilityBin.from_dict, document["before"])),
        after=tuple(map(ReliabilityBin.from_dict, document["after"])),
    )


def _review(parameters: Mapping[str, Any]) -> ReviewRule:
    return review_rule_from_parameters(parameters)


def _models(documents: list[Mapping[str, Any]]) -> tuple[ThirdPartyModel, ...]:
    return tuple(
        ThirdPartyModel(**{name: model[name] for name in _MODEL_FIELDS}) for model in documents
    )


def _read(value: Any, reader: Any) -> Any:
    return None if value is None else reader(value)
