"""The questions of a promotion policy, each a pure function of a version's row and a rule."""

import math

from huleedu_ml_training.export.manifest import SHA256
from huleedu_ml_training.metrics.definitions import METRICS
from huleedu_ml_training.metrics.values import MetricValue
from huleedu_ml_training.registry.gating.evidence import Papers
from huleedu_ml_training.registry.gating.figures import figure, finite, items, mapping, shown
from huleedu_ml_training.registry.gating.policy import SyntheticData
from huleedu_ml_training.registry.gating.policy_rules import (
    Bound,
    CardRule,
    GroupBound,
    HeldOutRule,
    IntervalRule,
    PromptBound,
)
from huleedu_ml_training.registry.records import SYNTHETIC_MARK, GateCheck, ModelRecord

_SHORT = {"qwk": "QWK", "smd": "SMD", "ece": "ECE", "mae": "MAE", "rps": "RPS"}


def label(metric: str) -> str:
    """Return what a metric is called in a narrow table."""
    return _SHORT.get(metric, METRICS[metric].title)


def keeps(value: MetricValue, bound: Bound) -> bool:
    """Return whether the interval of a figure keeps a bound; an unknown one never does."""
    if not (value.is_defined and value.has_interval):
        return False
    low, high = bound.limits
    if bound.interval is IntervalRule.WHOLE:
        return low <= value.low and value.high <= high
    return value.low <= high and low <= value.high


def slack(value: MetricValue, bound: Bound) -> float:
    """Return how far within a bound an interval lies; below zero it breaks it."""
    if not (value.is_defined and value.has_interval):
        return -math.inf
    low, high = bound.limits
    if bound.interval is IntervalRule.WHOLE:
        return min(value.low - low, high - value.high)
    return min(value.high - low, high - value.low)


def requirement(bound: Bound) -> str:
    """Return a bound in words."""
    if bound.within is not None:
        limits = f"within ±{bound.within:.3f}"
    else:
        limits = " and ".join(
            f"{word} {limit:.3f}"
            for word, limit in (("at least", bound.at_least), ("at most", bound.at_most))
            if limit is not None
        )
    return limits if bound.interval is IntervalRule.WHOLE else f"{limits}, some of the interval"


def check_metric(candidate: ModelRecord, metric: str, bound: Bound) -> GateCheck:
    """Ask for a figure of the held-out essays."""
    value = figure(metric, mapping(candidate.metrics.get("values")).get(metric))
    return GateCheck(
        name=f"{label(metric)}, {_what_decides(bound)}",
        passed=keeps(value, bound),
        observed=shown(value),
        required=requirement(bound),
    )


def _what_decides(bound: Bound) -> str:
    one_sided = (bound.at_least is None) is not (bound.at_most is None)
    if not one_sided:
        return "interval"
    # What must be high enough is looked at from below, unless some of the interval will do.
    from_below = (bound.at_least is not None) is (bound.interval is IntervalRule.WHOLE)
    return "lower bound" if from_below else "upper bound"


def check_held_out(candidate: ModelRecord, rule: HeldOutRule) -> GateCheck:
    """Ask how many essays the figures rest on, and how wide their intervals were made."""
    n, confidence = (finite(candidate.metrics.get(key)) for key in ("n", "confidence"))
    essays = "unknown" if n is None else f"{n:.0f}"
    coverage = "unknown" if confidence is None else f"{confidence:.0%}"
    return GateCheck(
        name="held-out essays",
        passed=(n or 0) >= rule.min_essays and (confidence or 0) >= rule.min_confidence,
        observed=f"{essays}, intervals of {coverage}",
        required=f"at least {rule.min_essays}, intervals of {rule.min_confidence:.0%} or more",
    )


def check_groups(candidate: ModelRecord, rule: GroupBound) -> GateCheck:
    """Ask for the difference of standardised means of every group that is large enough."""
    found = items(candidate.metrics.get("groups"))
    judged = [
        (f"{group.get('column')}: {group.get('key')}", figure("dsm", group.get("dsm")))
        for group in found or ()
        if (finite(group.get("n")) or 0) >= rule.min_essays
        and group.get("column") not in rule.leave_out
        and (rule.columns is None or group.get("column") in rule.columns)
    ]
    return _least("DSM of groups", "group", judged, rule, rule.min_essays, known=found is not None)


def check_worst_prompt(candidate: ModelRecord, rule: PromptBound) -> GateCheck:
    """Ask for the kappa of every prompt that is large enough."""
    found = items(candidate.metrics.get("by_prompt"))
    judged = [
        (str(part.get("prompt")), figure("qwk", part.get("qwk")))
        for part in found or ()
        if (finite(part.get("n")) or 0) >= rule.min_essays and part.get("prompt") is not None
    ]
    return _least(
        "QWK of the worst prompt", "prompt", judged, rule, rule.min_essays, known=found is not None
    )


def _least(
    name: str,
    kind: str,
    judged: list[tuple[str, MetricValue]],
    rule: GroupBound | PromptBound,
    min_essays: int,
    *,
    known: bool,
) -> GateCheck:
    """Show the one of many figures that keeps a bound least."""
    required = f"{requirement(rule)}, each {kind} of {min_essays} essays"
    if not judged:
        nobody = f"no {kind} of {min_essays} essays to judge" if known else "unknown"
        return GateCheck(name, known, nobody, required)
    subject, value = min(judged, key=lambda each: slack(each[1], rule))
    observed = f"{subject[:60]} {shown(value)}, least of {len(judged)}"
    return GateCheck(name, keeps(value, rule), observed, required)


def check_data_digest(candidate: ModelRecord) -> GateCheck:
    """Ask whether it is known which essays a version learnt from."""
    digest = candidate.metadata.get("dataset_digest")
    known = isinstance(digest, str) and SHA256.fullmatch(digest) is not None
    observed = f"{digest[:12]}…" if known and isinstance(digest, str) else "unknown"
    return GateCheck("data digest", known, observed, "known")


def check_synthetic(
    candidate: ModelRecord, incumbent: ModelRecord | None, rule: SyntheticData
) -> GateCheck:
    """Ask whether synthetic essays may teach what stands in a stage."""
    in_the_way = incumbent is not None and not _is_synthetic(incumbent)
    allowed = {
        SyntheticData.NEVER: False,
        SyntheticData.TRIAL: not in_the_way,
        SyntheticData.ALWAYS: True,
    }[rule]
    required = {
        SyntheticData.NEVER: "real essays",
        SyntheticData.TRIAL: "real essays, or no version there that learnt from real ones",
        SyntheticData.ALWAYS: "any essays",
    }[rule]
    synthetic = _is_synthetic(candidate)
    return GateCheck(
        name="synthetic data",
        passed=allowed or not synthetic,
        observed="learnt from synthetic essays" if synthetic else "none",
        required=required,
    )


def _is_synthetic(model: ModelRecord) -> bool:
    labels = model.metadata.get("labels")
    return isinstance(labels, list | tuple) and SYNTHETIC_MARK in labels


def check_papers(papers: Papers | None, rule: CardRule) -> GateCheck:
    """Ask whether report and model card are there and say something on every part."""
    missing = _missing_papers(papers, rule)
    return GateCheck(
        name="model card",
        passed=not missing,
        observed=f"missing: {', '.join(missing)}" if missing else "complete",
        required="complete, with a report",
    )


def _missing_papers(papers: Papers | None, rule: CardRule) -> list[str]:
    if papers is None or papers.card_parts is None:
        return ["model_card.md"]
    parts = [part for part in rule.parts if part not in papers.card_parts]
    return parts if papers.has_report else ["report.html", *parts]
