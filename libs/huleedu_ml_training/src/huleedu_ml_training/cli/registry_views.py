"""How registered versions, the ledger and gates look at the terminal."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from huleedu_ml_training.cli.output import Output
from huleedu_ml_training.registry.publishing import ORIGIN
from huleedu_ml_training.registry.records import (
    ModelEvent,
    ModelRecord,
    PromotionPlan,
)


def model_document(model: ModelRecord) -> dict[str, Any]:
    """Return a version as a JSON-ready document."""
    return {
        **asdict(model),
        "id": str(model.id),
        "run_id": None if model.run_id is None else str(model.run_id),
        "created_at": model.created_at.isoformat(),
        "stage": model.stage.value,
    }


def event_document(event: ModelEvent) -> dict[str, Any]:
    """Return a ledger entry as a JSON-ready document."""
    return {
        **asdict(event),
        "model_id": str(event.model_id),
        "occurred_at": event.occurred_at.isoformat(),
        "forced": event.is_forced,
        "overridden": list(event.overridden),
    }


def plan_document(plan: PromotionPlan) -> dict[str, Any]:
    """Return what a promotion would do as a JSON-ready document."""
    incumbent = plan.incumbent
    return {
        "model": model_document(plan.model),
        "target": plan.target.value,
        "action": plan.action.value,
        "forced": plan.forced,
        "gate_report": plan.report.to_dict(),
        "incumbent": None
        if incumbent is None
        else {
            "id": str(incumbent.id),
            "version": incumbent.version,
            "goes_to": plan.incumbent_goes_to.value,
        },
    }


def interval(metrics: Any, name: str) -> str | None:
    """Return a metric as ``0.712 [0.640, 0.770]``; None where it is unknown."""
    value = metrics.get("values", {}).get(name) if isinstance(metrics, dict) else None
    if not isinstance(value, dict) or not isinstance(value.get("value"), int | float):
        return None
    low, high = value.get("low"), value.get("high")
    if low is None or high is None:
        return f"{value['value']:.3f}"
    return f"{value['value']:.3f} [{low:.3f}, {high:.3f}]"


def show_models(
    output: Output, models: Sequence[ModelRecord], tags: Mapping[UUID, Sequence[str]]
) -> None:
    """Print versions as a table, one a row, with their tags beside the labels of their bundles."""
    output.table(
        "Registered models",
        ("id", "name", "version", "stage", "QWK", "labels", "tags"),
        [
            (
                str(model.id)[:8],
                model.model_name,
                model.version,
                model.stage,
                interval(model.metrics, "qwk"),
                ", ".join(model.metadata.get("labels", ())) or None,
                ", ".join(tags.get(model.id, ())) or None,
            )
            for model in models
        ],
        whole=("id", "version", "stage"),
    )


def show_model(output: Output, model: ModelRecord) -> None:
    """Print all that is known of a version."""
    metadata = model.metadata
    rows: list[tuple[str, object]] = [
        ("id", model.id),
        ("name", model.model_name),
        ("version", model.version),
        ("stage", model.stage),
        ("registered", model.created_at.isoformat(timespec="seconds")),
        ("bundle", model.model_path),
        ("digest", model.digest),
        ("scale", " < ".join(model.scale)),
        ("features", len(model.feature_names)),
        ("run", model.run_id),
    ]
    rows += [(key, _short(value)) for key, value in sorted(metadata.items()) if key != ORIGIN]
    rows += [(f"model.{key}", _short(value)) for key, value in model.hyperparameters.items()]
    rows += [(name, interval(model.metrics, name)) for name in model.metrics.get("values", {})]
    output.table(f"{model.model_name} {model.version}", ("what", "value"), rows)


def show_history(output: Output, model_name: str, events: Sequence[ModelEvent]) -> None:
    """Print the ledger of a name, oldest entry first."""
    show_events(output, f"History of {model_name}", events)
    documents = [event_document(event) for event in events]
    output.document("registry.history", {"model_name": model_name, "events": documents})


def show_events(output: Output, title: str, events: Sequence[ModelEvent]) -> None:
    """Print entries of the ledger as a table, with the checks that somebody overrode."""
    overrides = any(event.overridden for event in events)
    output.table(
        title,
        ("when", "who", "what", "version", "from", "to", "why")
        + (("overridden",) if overrides else ()),
        [
            (
                event.occurred_at.isoformat(sep=" ", timespec="seconds"),
                event.actor,
                f"{event.action}{' (forced)' if event.is_forced else ''}",
                event.version,
                event.from_stage,
                event.to_stage,
                event.reason,
                *((", ".join(event.overridden) or None,) if overrides else ()),
            )
            for event in events
        ],
        whole=("version", "from", "to"),
    )


def show_production_at(
    output: Output, model_name: str, moment: datetime, event: ModelEvent | None
) -> None:
    """Print which version was in production at a moment, and who had put it there."""
    then = moment.isoformat(sep=" ", timespec="seconds")
    if event is None:
        output.line(f"no version of {model_name} was in production at {then}")
    else:
        since = event.occurred_at.isoformat(sep=" ", timespec="seconds")
        forced = ", forced" if event.is_forced else ""
        why = f": {event.reason}" if event.reason else ""
        output.line(f"{model_name} {event.version} was in production at {then}")
        output.line(f"{event.action} by {event.actor} at {since}{forced}{why}")
    output.document(
        "registry.history.at",
        {
            "model_name": model_name,
            "at": moment.isoformat(),
            "event": None if event is None else event_document(event),
        },
    )


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 120 else f"{text[:117]}…"
