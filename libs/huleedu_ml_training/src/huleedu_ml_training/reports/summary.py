"""What both documents say of the figures."""

from collections import Counter
from typing import Any

from huleedu_ml_training.metrics.definitions import METRICS
from huleedu_ml_training.metrics.evaluation_report import EvaluationReport
from huleedu_ml_training.metrics.flags import Verdict
from huleedu_ml_training.metrics.values import METRICS_VERSION
from huleedu_ml_training.reports.context import ReportContext

_VERDICTS = {
    Verdict.CLEAR: "kept",
    Verdict.UNCERTAIN: "broken, within the noise",
    Verdict.RAISED: "broken beyond doubt",
    Verdict.UNDEFINED: "undefined",
}

_SHORT_VERDICTS = {
    Verdict.RAISED: "beyond doubt",
    Verdict.UNCERTAIN: "within the noise",
    Verdict.UNDEFINED: "because the figure is undefined",
}


def common_view(context: ReportContext, report: EvaluationReport) -> dict[str, Any]:
    """Return what the templates of both documents use."""
    return {
        "confidence": f"{report.resampling.confidence:.0%}",
        "context": context,
        "flag_sentence": summarise_flags(report),
        "metrics": METRICS,
        "metrics_version": METRICS_VERSION,
        "report": report,
        "verdicts": _VERDICTS,
    }


def summarise_flags(report: EvaluationReport) -> str:
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
