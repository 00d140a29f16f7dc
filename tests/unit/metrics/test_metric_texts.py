"""Flags as verdicts, figures as texts."""

import math

import pytest

from huleedu_ml_training.config import EvaluationSettings
from huleedu_ml_training.metrics.comparison import compare_predictions
from huleedu_ml_training.metrics.definitions import METRICS
from huleedu_ml_training.metrics.evaluation import evaluate_predictions
from huleedu_ml_training.metrics.flags import FlagRule, Verdict
from huleedu_ml_training.metrics.format import (
    COMPARISON_COLUMNS,
    HEADLINE_METRICS,
    METRIC_COLUMNS,
    comparison_rows,
    format_bound,
    format_interval,
    format_number,
    format_remark,
    format_value,
    metric_rows,
)
from huleedu_ml_training.metrics.values import MetricValue
from huleedu_ml_training.testing.simulated_grader import simulate_grading

QWK = FlagRule("qwk", minimum=0.70)
SMD = FlagRule("smd", minimum=-0.15, maximum=0.15)


@pytest.mark.parametrize(
    ("rule", "value", "low", "high", "raised", "verdict"),
    [
        (QWK, 0.80, 0.75, 0.85, False, Verdict.CLEAR),
        (QWK, 0.70, 0.70, 0.85, False, Verdict.CLEAR),
        (QWK, 0.75, 0.65, 0.85, False, Verdict.UNCERTAIN),
        (QWK, 0.65, 0.55, 0.75, True, Verdict.UNCERTAIN),
        (QWK, 0.60, 0.55, 0.65, True, Verdict.RAISED),
        (QWK, math.nan, math.nan, math.nan, True, Verdict.UNDEFINED),
        (QWK, 0.60, math.nan, math.nan, True, Verdict.UNCERTAIN),
        (SMD, 0.00, -0.10, 0.10, False, Verdict.CLEAR),
        (SMD, 0.20, 0.16, 0.24, True, Verdict.RAISED),
        (SMD, -0.20, -0.24, -0.16, True, Verdict.RAISED),
        (SMD, 0.00, -0.30, 0.30, False, Verdict.UNCERTAIN),
    ],
)
def test_a_flag_says_what_value_and_interval_say(
    rule: FlagRule, value: float, low: float, high: float, raised: bool, verdict: Verdict
) -> None:
    flag = rule.judge(MetricValue(rule.name, value, low, high))
    assert (raised, verdict) == (flag.raised, flag.verdict)
    document = flag.to_dict()
    again = type(flag).from_dict(document)
    assert document == again.to_dict()
    assert (rule.minimum, rule.maximum) == (again.minimum, again.maximum)


def test_remarks_of_flags() -> None:
    broken = QWK.judge(MetricValue("qwk", 0.65, 0.55, 0.75))
    assert "flag: at least 0.70 (within the noise)" == format_remark(broken)
    assert "" == format_remark(QWK.judge(MetricValue("qwk", 0.8, 0.75, 0.85)))
    assert "-0.15 to 0.15" == format_bound(SMD.judge(MetricValue("smd", 0.0)))
    assert "at most 0.15" == format_bound(FlagRule("mae", maximum=0.15).judge(broken.figure))


@pytest.mark.parametrize(
    ("value", "options", "expected"),
    [
        (0.7424, {}, "0.742"),
        (-0.0001, {}, "0.000"),
        (-0.0001, {"signed": True}, "0.000"),
        (0.09, {"signed": True}, "+0.090"),
        (-0.09, {"signed": True}, "-0.090"),
        (1.0, {"digits": 1}, "1.0"),
        (math.nan, {}, "–"),
    ],
)
def test_numbers(value: float, options: dict[str, object], expected: str) -> None:
    assert expected == format_number(value, **options)


def test_values_with_intervals() -> None:
    value = MetricValue("qwk", 0.7421, 0.6912, 0.7859)
    assert "0.742 [0.691, 0.786]" == format_value(value)
    assert "0.742" == format_value(MetricValue("qwk", 0.7421, reason="no interval: …"))
    undefined = MetricValue("qwk", math.nan, reason="undefined: there is only one essay")
    assert "– (undefined: there is only one essay)" == format_value(undefined)
    assert "" == format_interval(undefined)


def test_rows_for_the_console() -> None:
    rough, fine = (simulate_grading(200, noise=noise) for noise in (1.5, 0.4))
    settings = EvaluationSettings(resamples=200)
    report = evaluate_predictions(
        rough.predictions, rough.y, prompts=rough.prompts, settings=settings
    )
    rows = metric_rows(report)
    assert [METRICS[name].title for name in HEADLINE_METRICS] == [row.metric for row in rows]
    assert len(METRIC_COLUMNS) == len(rows[0])
    assert f"{report.values['qwk'].value:.3f}" == rows[0].value
    assert rows[0].remark.startswith("flag: at least 0.70")
    comparison = compare_predictions(
        rough.predictions, fine.predictions, rough.y, rough.prompts, settings
    )
    (row,) = comparison_rows(comparison, ["qwk"])
    assert len(COMPARISON_COLUMNS) == len(row)
    assert row.difference.startswith("+0.")
    assert "100%" == row.b_better


def test_every_metric_is_described() -> None:
    for name, definition in METRICS.items():
        assert name == definition.name
        assert definition.definition.endswith(".")
        assert definition.unit
        assert definition.source
