"""Which of the raised flags stand: those that one may act on without reading all figures.

A raised flag is what RSMTool would show a reader. A program that stops on any of them stops
too often: a small sample breaks a bound by bad luck, and of forty groups one does. So a figure that
stands by itself (kappa, a correlation) counts by its value once enough essays carry it, as it does
in RSMTool; before that, and for each of a family of figures (one per group, one per grade), the
interval has to lie out of bounds, in a family after Holm's (1979) correction for its size.
"""

from collections.abc import Sequence
from statistics import NormalDist

from huleedu_ml_training.metrics.assessment import DSM_RULE
from huleedu_ml_training.metrics.flags import GRADE_SHARE_RULE, Flag, Verdict
from huleedu_ml_training.metrics.judgement_report import JudgementReport

MIN_STANDING_ESSAYS = 100
"""Essays from which on the value of a figure alone raises a flag that stands."""

FAMILIES = (GRADE_SHARE_RULE.name, DSM_RULE.name)
"""Rules that are put to many figures at once."""


def standing_flags(report: JudgementReport) -> tuple[Flag, ...]:
    """Return the raised flags that stand, in the order of the report.

    An undefined figure that stands by itself keeps no bound: its flag stands too.

    Args:
        report: A judgement of any number of essays.
    """
    confidence = report.evaluation.resampling.confidence
    families = [[flag for flag in report.flags if flag.name == name] for name in FAMILIES]
    beyond_doubt = [flag for family in families for flag in _beyond_doubt(family, confidence)]
    raters, essays = report.assessment.raters, report.evaluation.n

    def stands(flag: Flag) -> bool:
        if flag.name in FAMILIES:
            return flag in beyond_doubt
        if flag.verdict in (Verdict.RAISED, Verdict.UNDEFINED):
            return True
        return (raters.double_rated if flag in raters.flags else essays) >= MIN_STANDING_ESSAYS

    return tuple(flag for flag in report.raised_flags if stands(flag))


def _beyond_doubt(family: Sequence[Flag], confidence: float) -> list[Flag]:
    """Return the flags that Holm's procedure leaves, of those whose interval breaks the bound.

    The standard error is that of the interval, taken as normal.
    """
    normal = NormalDist()
    z = normal.inv_cdf(0.5 + confidence / 2)
    level = (1 - confidence) / 2
    judged = [flag for flag in family if flag.figure.has_interval]

    def chance(flag: Flag) -> float:
        error = (flag.figure.high - flag.figure.low) / (2 * z)
        return 1 - normal.cdf(_excess(flag) / error)

    kept: list[Flag] = []
    for left, flag in zip(range(len(judged), 0, -1), sorted(judged, key=chance), strict=True):
        if chance(flag) * left > level:
            break
        if flag.verdict is Verdict.RAISED:
            kept.append(flag)
    return kept


def _excess(flag: Flag) -> float:
    """Return how far a value lies out of bounds; below zero where it keeps them."""
    value = flag.figure.value
    over = [] if flag.maximum is None else [value - flag.maximum]
    under = [] if flag.minimum is None else [flag.minimum - value]
    return max(over + under)
