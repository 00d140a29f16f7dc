"""What the commands about runs print."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import asdict
from typing import Any
from uuid import UUID

from huleedu_ml_training.cli.output import Output
from huleedu_ml_training.metrics.values import MetricValue
from huleedu_ml_training.registry.runs.comparison import RunComparison, run_values
from huleedu_ml_training.registry.runs.pruning import PrunedRun
from huleedu_ml_training.registry.runs.records import RunRecord, RunState

_HEADLINE = ("qwk", "rps")


def show_runs(output: Output, runs: Sequence[RunRecord], alive: AbstractSet[UUID]) -> None:
    """Print a list of runs."""
    output.table(
        "Runs",
        ("id", "kind", "experiment", "state", "started", "seconds", "figure", "tags"),
        [
            (
                run.id,
                run.kind,
                run.experiment_name,
                _state(run, alive=run.id in alive),
                run.started_at.isoformat(sep=" ", timespec="seconds"),
                _duration(run),
                _headline(run),
                ", ".join(run.tags) or None,
            )
            for run in runs
        ],
        whole=("id", "state"),
        right=("seconds",),
    )
    documents = [run_document(run, alive=run.id in alive) for run in runs]
    output.document("runs.list", {"runs": documents})


def show_run(output: Output, run: RunRecord, *, alive: bool) -> None:
    """Print all that is known of a run."""
    document = run_document(run, alive=alive)
    output.table(f"Run {run.id}", ("what", "value"), list(_leaves(document)))
    output.document("runs.show", {"run": document})


def show_comparison(output: Output, comparison: RunComparison) -> None:
    """Print runs side by side."""
    runs = comparison.runs
    heads = tuple(str(run.id)[:8] for run in runs)
    facts: dict[str, list[object]] = {
        "kind": [run.kind for run in runs],
        "experiment": [run.experiment_name for run in runs],
        "state": [run.state for run in runs],
        "started": [run.started_at.isoformat(sep=" ", timespec="seconds") for run in runs],
        "seconds": [_duration(run) for run in runs],
        "essays (digest)": [run.dataset_digest and run.dataset_digest[:12] for run in runs],
        "tags": [", ".join(run.tags) or None for run in runs],
    }
    output.table("Runs", ("", *heads), [(name, *row) for name, row in facts.items()])
    if comparison.differences:
        rows = [(key, *map(_short, row)) for key, row in comparison.differences.items()]
        output.table("Settings that differ", ("setting", *heads), rows)
    else:
        output.line("All settings are equal.")
    if comparison.figures:
        figures = [(name, *map(_figure, row)) for name, row in comparison.figures.items()]
        output.table("Figures, with intervals", ("metric", *heads), figures)
    for note in comparison.notes:
        output.note(f"note: {note}")
    output.document(
        "runs.compare",
        {
            "runs": [run_document(run, alive=None) for run in runs],
            "differences": {key: list(row) for key, row in comparison.differences.items()},
            "figures": {
                name: [None if value is None else value.to_dict() for value in row]
                for name, row in comparison.figures.items()
            },
            "same_data": comparison.same_data,
            "notes": list(comparison.notes),
        },
    )


def show_pruning(output: Output, runs: Sequence[PrunedRun], *, dry_run: bool) -> None:
    """Print which runs went, or would go, and which stay."""
    done = "would be removed" if dry_run else "removed"
    if runs:
        output.table(
            "Old runs",
            ("id", "kind", "experiment", "state", "ended", "MiB", "outcome"),
            [
                (
                    each.run.id,
                    each.run.kind,
                    each.run.experiment_name,
                    each.run.state,
                    each.run.last_change.isoformat(sep=" ", timespec="seconds"),
                    f"{each.size / 2**20:.1f}",
                    done if each.kept is None else f"stays: {each.kept}",
                )
                for each in runs
            ],
            whole=("id",),
            right=("MiB",),
        )
    else:
        output.line("no run is so old")
    documents = [
        {
            "id": str(each.run.id),
            "kind": each.run.kind.value,
            "bytes": each.size,
            "kept": None if each.kept is None else each.kept.name.lower(),
        }
        for each in runs
    ]
    output.document("runs.prune", {"dry_run": dry_run, "runs": documents})


def run_document(run: RunRecord, *, alive: bool | None) -> dict[str, Any]:
    """Return a run as JSON-ready fields.

    Args:
        run: The run.
        alive: Whether a process is at work on it; None leaves out what depends on it.
    """
    ended = run.finished_at
    document = {
        **asdict(run),
        "id": str(run.id),
        "started_at": run.started_at.isoformat(),
        "finished_at": None if ended is None else ended.isoformat(),
        "seconds": None if ended is None else (ended - run.started_at).total_seconds(),
        "tags": list(run.tags),
        "reproduces": None if run.reproduces is None else str(run.reproduces),
    }
    if alive is not None:
        document |= {"alive": alive, "can_resume": not alive and run.can_go_on}
    return document


def _state(run: RunRecord, *, alive: bool) -> str:
    dead = run.state is RunState.RUNNING and not alive
    return "running, but its process is gone" if dead else run.state.value


def _duration(run: RunRecord) -> str | None:
    """Seconds from the first start to the end, pauses included."""
    if run.finished_at is None:
        return None
    return f"{(run.finished_at - run.started_at).total_seconds():.0f}"


def _headline(run: RunRecord) -> str | None:
    values = run_values(run.metrics)
    name = next((name for name in _HEADLINE if name in values), None)
    return None if name is None else f"{name} {_figure(values[name])}"


def _figure(value: MetricValue | None) -> str | None:
    if value is None or not value.is_defined:
        return None
    interval = f" ({value.low:.3f} to {value.high:.3f})" if value.has_interval else ""
    return f"{value.value:.3f}{interval}"


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _leaves(tree: dict[str, Any], prefix: str = "") -> list[tuple[str, object]]:
    rows: list[tuple[str, object]] = []
    for key, value in tree.items():
        if isinstance(value, dict) and value:
            rows += _leaves(value, f"{prefix}{key}.")
        else:
            rows.append((f"{prefix}{key}", value))
    return rows
