"""Flags in words."""

from collections import Counter

from huleedu_ml_training.metrics.flags import Verdict
from huleedu_ml_training.metrics.judgement_report import JudgementReport

VERDICTS = {
    Verdict.CLEAR: "kept",
    Verdict.UNCERTAIN: "broken, within the noise",
    Verdict.RAISED: "broken beyond doubt",
    Verdict.UNDEFINED: "undefined",
}
"""What a verdict says of a bound, for people."""

_SHORT_VERDICTS = {
    Verdict.RAISED: "beyond doubt",
    Verdict.UNCERTAIN: "within the noise",
    Verdict.UNDEFINED: "because the figure is undefined",
}


def summarise_flags(report: JudgementReport) -> str:
    """Return one sentence on how many bounds are broken, and how surely."""
    raised = report.raised_flags
    if not raised:
        return f"All {len(report.flags)} bounds of assessment practice are kept."
    counts = Counter(flag.verdict for flag in raised)
    parts = [
        f"{counts[verdict]} {words}"
        for verdict, words in _SHORT_VERDICTS.items()
        if counts[verdict]
    ]
    return (
        f"Of {len(report.flags)} bounds of assessment practice, {len(raised)} "
        f"{'is' if len(raised) == 1 else 'are'} not kept: {', '.join(parts)}."
    )
