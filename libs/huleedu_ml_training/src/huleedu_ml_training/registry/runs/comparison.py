"""Runs side by side: what they were asked for, what they learnt from, what came out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from huleedu_ml_training.metrics.values import MetricValue
from huleedu_ml_training.registry.conditions import VALUES
from huleedu_ml_training.registry.runs.records import RunRecord

ABSENT = "(absent)"
"""Stands for a setting that a run does not have."""


@dataclass(frozen=True, slots=True)
class RunComparison:
    """Two or more runs.

    Attributes:
        runs: The n runs, in the order in which they were named.
        differences: Dotted setting → its n values, where they are not all equal; settings of the
            request stand below ``request``.
        figures: Metric → its n values; None where a run has no such metric.
        same_data: Whether all learnt from, or were judged on, the same essays.
        notes: Why figures must not be compared as they stand; empty where they may.
    """

    runs: tuple[RunRecord, ...]
    differences: Mapping[str, tuple[Any, ...]]
    figures: Mapping[str, tuple[MetricValue | None, ...]]
    same_data: bool
    notes: tuple[str, ...]


def compare_runs(runs: Sequence[RunRecord]) -> RunComparison:
    """Compare runs.

    Args:
        runs: Two or more, of whatever kind and state.
    """
    settings = [{**_leaves(run.config), **_leaves({"request": run.request})} for run in runs]
    keys = list(dict.fromkeys(key for each in settings for key in each))
    rows = {key: tuple(each.get(key, ABSENT) for each in settings) for key in keys}
    measured = [run_values(run.metrics) for run in runs]
    names = list(dict.fromkeys(name for each in measured for name in each))
    digests = {run.dataset_digest for run in runs}
    same_data = len(digests) == 1 and None not in digests
    return RunComparison(
        runs=tuple(runs),
        differences={key: row for key, row in rows.items() if any(v != row[0] for v in row)},
        figures={name: tuple(each.get(name) for each in measured) for name in names},
        same_data=same_data,
        notes=tuple(_notes(runs, same_data=same_data)),
    )


def run_values(metrics: Mapping[str, Any]) -> dict[str, MetricValue]:
    """Return the figures that all kinds of runs keep in one place; broken ones are left out."""
    values = metrics.get(VALUES)
    found = {}
    for name, document in (values if isinstance(values, Mapping) else {}).items():
        try:
            found[name] = MetricValue.from_dict(name, {"reason": None, **document})
        except (KeyError, TypeError, ValueError):
            continue
    return found


def _notes(runs: Sequence[RunRecord], *, same_data: bool) -> list[str]:
    notes = []
    if not same_data:
        notes.append("the runs are about different essays: their figures do not compare")
    if len({run.kind for run in runs}) > 1:
        notes.append("the runs are of different kinds: their figures rest on different essays")
    versions = {run.metrics.get("metrics_version") for run in runs if run.metrics}
    if len(versions - {None}) > 1:
        notes.append("the metrics were computed by different definitions")
    unfinished = [str(run.id)[:8] for run in runs if not run.metrics]
    if unfinished:
        notes.append(f"without figures: {', '.join(unfinished)}")
    return notes


def _leaves(tree: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    leaves: dict[str, Any] = {}
    for key, value in tree.items():
        if isinstance(value, Mapping) and value:
            leaves |= _leaves(value, f"{prefix}{key}.")
        else:
            leaves[f"{prefix}{key}"] = value
    return leaves
