"""No worse by more than a margin, and the essays on which two graders disagree."""

import json
import math

import numpy as np
import pytest

from huleedu_ml_training.config import EvaluationSettings
from huleedu_ml_training.domain.grades import GradeScale
from huleedu_ml_training.metrics.model_comparison import (
    MOST_DISAGREEMENTS,
    ModelComparison,
    compare_graders,
)
from huleedu_ml_training.metrics.noninferiority import (
    NonInferiority,
    NonInferiorityVerdict,
    judge_noninferiority,
)
from huleedu_ml_training.metrics.values import MetricValue
from huleedu_ml_training.testing.graded_essays import predictions_expecting
from huleedu_ml_training.testing.simulated_grader import simulate_grading

QUICK = EvaluationSettings(resamples=200)
SCALE = GradeScale.named("swedish_8")


@pytest.mark.parametrize(
    ("value", "low", "high", "verdict", "no_worse"),
    [
        (0.03, 0.01, 0.05, NonInferiority.BETTER, True),
        (0.01, -0.01, 0.03, NonInferiority.NO_WORSE, True),
        (-0.01, -0.02, 0.00, NonInferiority.NO_WORSE, True),
        # The difference itself is inside the margin, but its bound is not.
        (0.01, -0.03, 0.05, NonInferiority.UNDECIDED, False),
        (-0.03, -0.05, -0.01, NonInferiority.UNDECIDED, False),
        (-0.05, -0.08, -0.03, NonInferiority.WORSE, False),
        (math.nan, math.nan, math.nan, NonInferiority.UNDEFINED, False),
        (0.00, math.nan, math.nan, NonInferiority.NO_WORSE, True),
        (0.01, math.nan, math.nan, NonInferiority.UNDEFINED, False),
    ],
)
def test_the_verdict_is_decided_on_the_bound(value, low, high, verdict, no_worse) -> None:
    found = judge_noninferiority(MetricValue("qwk", value, low, high), margin=0.02)
    assert (verdict, no_worse) == (found.verdict, found.is_no_worse)
    document = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert document == NonInferiorityVerdict.from_dict(document).to_dict()


def test_disagreements_by_hand() -> None:
    a = predictions_expecting([1.0, 2.0, 3.0, 4.0, 5.0], SCALE)
    b = predictions_expecting([1.0, 4.0, 2.0, 5.25, 5.4], SCALE)
    found = compare_graders(
        ("old", "new"),
        (a, b),
        ["e0", "e1", "e2", "e3", "e4"],
        np.array([0, 1, 2, 3, 4]),
        None,
        QUICK,
        margin=0.02,
    )
    # Levels +2, then +1 (expected +1.25) before -1 (expected -1); equal grades are no matter.
    assert [("e1", 2, 2.0), ("e3", 1, 1.25), ("e2", -1, -1.0)] == [
        (each.essay_id, each.levels, pytest.approx(each.expected)) for each in found.disagreements
    ]
    first = found.disagreements[0]
    assert ("E", "D", "C") == (first.human, first.a, first.b)
    assert 1 == found.report.transitions[2][4]
    assert 2 == found.report.transitions[1][1] + found.report.transitions[5][5]


def test_only_the_largest_disagreements_are_named_and_all_can_be_read_back() -> None:
    rough, fine = (simulate_grading(300, seed=4, noise=noise) for noise in (1.5, 0.4))
    found = compare_graders(
        ("rough 1", "fine 2"),
        (rough.predictions, fine.predictions),
        [str(row) for row in range(300)],
        rough.y,
        rough.prompts,
        QUICK,
        margin=0.02,
        seen=(0, 12),
    )
    assert MOST_DISAGREEMENTS == len(found.disagreements)
    sizes = [abs(each.levels) for each in found.disagreements]
    assert sizes == sorted(sizes, reverse=True)
    assert NonInferiority.BETTER is found.noninferiority.verdict
    document = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert document == ModelComparison.from_dict(document).to_dict()
    assert ("rough 1", "fine 2", [0, 12]) == tuple(
        document[name] for name in ("a", "b", "seen_in_training")
    )
