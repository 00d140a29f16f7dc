"""Holding a version against the one whose place it takes, on the same frozen essays."""

from huleedu_ml_training.config import EvaluationSettings
from huleedu_ml_training.export.bundle import Bundle
from huleedu_ml_training.export.held_out import HELD_OUT, HeldOutEssays
from huleedu_ml_training.metrics.comparison import compare_predictions
from huleedu_ml_training.metrics.definitions import METRICS, Better
from huleedu_ml_training.metrics.noninferiority import (
    NonInferiority,
    NonInferiorityVerdict,
    judge_noninferiority,
)
from huleedu_ml_training.metrics.values import MetricValue
from huleedu_ml_training.registry.gating.checks import label
from huleedu_ml_training.registry.gating.evidence import PairedEvidence, PairedFigure
from huleedu_ml_training.registry.gating.figures import shown
from huleedu_ml_training.registry.gating.policy_rules import (
    ComparisonRule,
    Difference,
    MustBe,
    OnMissing,
)
from huleedu_ml_training.registry.records import GateCheck, ModelRecord

_WAYS_ON = "name a file of essays in the policy (comparison.essays)"


def held_out_of(bundle: Bundle) -> HeldOutEssays | None:
    """Return the predictions that a bundle carries; None where it carries none.

    Raises:
        InvalidBundleDocumentError: They are malformed.
    """
    if HELD_OUT not in bundle.files:
        return None
    return HeldOutEssays.from_dict(bundle.document(HELD_OUT), bundle.manifest.scale)


def common_essays(
    candidate: HeldOutEssays, incumbent: HeldOutEssays
) -> tuple[HeldOutEssays, HeldOutEssays, int]:
    """Return what both said of the essays that are in both sets, in the order of the first.

    A text that occurs twice counts once. Essays whose human grade differs between the sets are
    left out, since it is not known which of the grades holds.

    Returns:
        The two sets, of equal length, and how many essays were left out for their grade.
    """
    rows = {text: row for row, text in reversed(list(enumerate(incumbent.texts)))}
    first = {text: row for row, text in reversed(list(enumerate(candidate.texts)))}
    pairs = [
        (own, rows[text])
        for text, own in sorted(first.items(), key=lambda each: each[1])
        if text in rows
    ]
    same = [(own, other) for own, other in pairs if candidate.y[own] == incumbent.y[other]]
    return (
        candidate.take([own for own, _ in same]),
        incumbent.take([other for _, other in same]),
        len(pairs) - len(same),
    )


def compare_held_out(
    candidate: HeldOutEssays | None,
    incumbent: HeldOutEssays | None,
    model: ModelRecord,
    rule: ComparisonRule,
    essays: str,
) -> PairedEvidence:
    """Compare what two versions said of the same essays, by a bootstrap clustered by prompt.

    CPU-bound: tenths of a second for a few hundred essays.

    Args:
        candidate: Of the version that wants to go up; None where nothing is recorded.
        incumbent: Of the version whose place it takes; None where nothing is recorded.
        model: That version.
        rule: Which metrics, on how many essays, with what intervals.
        essays: What the essays are called.
    """
    if candidate is None or incumbent is None:
        whose = "this version" if candidate is None else model.version
        return incomparable(model, essays, f"{whose} has no held-out predictions")
    own, other, regraded = common_essays(candidate, incumbent)
    notes = (f"{regraded} essays left out: graded otherwise since",) if regraded else ()
    n = len(own)
    if n < rule.min_essays:
        problem = f"{n} essays are held out for both"
        return incomparable(model, essays, problem, n=n, notes=notes)
    settings = EvaluationSettings(
        resamples=rule.resamples, confidence=rule.confidence, seed=rule.seed
    )
    report = compare_predictions(other.predictions, own.predictions, own.y, own.prompts, settings)
    figures = {
        name: PairedFigure(
            candidate=report.metrics[name].b,
            incumbent=report.metrics[name].a,
            difference=report.metrics[name].difference,
        )
        for name in rule.metrics
    }
    return PairedEvidence(
        model.digest, model.version, essays, n, figures, notes=(*notes, *report.notes)
    )


def incomparable(
    model: ModelRecord, essays: str, problem: str, *, n: int = 0, notes: tuple[str, ...] = ()
) -> PairedEvidence:
    """Return that nothing can be held against an incumbent, and why."""
    return PairedEvidence(model.digest, model.version, essays, n, missing=problem, notes=notes)


def check_comparison(evidence: PairedEvidence, rule: ComparisonRule) -> list[GateCheck]:
    """Ask for every paired difference that a rule names, or for the comparison itself."""
    against = f"against {evidence.incumbent_version}"
    if evidence.missing is not None:
        is_warning = rule.on_missing is OnMissing.WARN
        return [
            GateCheck(
                name=f"comparison {against}",
                passed=is_warning,
                observed=evidence.missing,
                required=f"at least {rule.min_essays} essays in common; {_WAYS_ON}",
                is_warning=is_warning,
            )
        ]
    return [
        _check_difference(evidence, name, difference, f"{label(name)} {against}")
        for name, difference in rule.metrics.items()
    ]


def judge_difference(name: str, difference: MetricValue, margin: float) -> NonInferiorityVerdict:
    """Hold a paired difference against a margin, whichever way the metric points."""
    if METRICS[name].better is Better.LOWER:
        difference = MetricValue(
            name, -difference.value, -difference.high, -difference.low, difference.reason
        )
    return judge_noninferiority(difference, margin)


def _check_difference(
    evidence: PairedEvidence, name: str, rule: Difference, title: str
) -> GateCheck:
    difference = evidence.figures[name].difference
    verdict = judge_difference(name, difference, rule.margin)
    if rule.must_be is MustBe.BETTER:
        required, passed = "better", verdict.verdict is NonInferiority.BETTER
    else:
        required, passed = f"no worse by more than {rule.margin:.3f}", verdict.is_no_worse
    # The same grades: no resample differs, and nothing is in doubt.
    same = difference.value == 0 and not difference.has_interval
    observed = "the same" if same else shown(difference, signed=True)
    return GateCheck(
        name=title,
        passed=passed,
        observed=f"{observed} on {evidence.n} essays",
        required=f"{required}, all of the interval",
    )
