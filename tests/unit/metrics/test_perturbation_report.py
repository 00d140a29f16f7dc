"""Grades of changed texts beside those of the originals, worked by hand."""

import json

import numpy as np
import pytest

from huleedu_ml_training.config import EvaluationSettings
from huleedu_ml_training.domain.grades import GradeScale
from huleedu_ml_training.metrics.errors import UnsupportedMetricsError
from huleedu_ml_training.metrics.perturbation_report import (
    PerturbationTable,
    PerturbedGrades,
    tabulate_perturbations,
)
from huleedu_ml_training.testing.graded_essays import predictions_expecting

SCALE = GradeScale.named("swedish_8")
SETTINGS = EvaluationSettings(resamples=300)


@pytest.fixture(scope="module")
def table() -> PerturbationTable:
    before = predictions_expecting([1.0, 2.0, 3.0, 4.0], SCALE)
    after = predictions_expecting([1.25, 4.0, 2.0, 4.0], SCALE)
    changed = np.array([True, True, True, False])
    return tabulate_perturbations(
        before,
        [
            PerturbedGrades("doubled", "the whole essay twice", changed, after),
            PerturbedGrades("none", "nothing", np.zeros(4, dtype=np.bool_), before),
        ],
        [None] * 4,
        SETTINGS,
        population=9,
    )


def test_four_essays_by_hand(table: PerturbationTable) -> None:
    doubled = table.rows[0]
    assert (4, 9, 3) == (table.n, table.population, doubled.changed)
    assert {
        "moved": 0.5,
        "moved_up": 0.25,
        "moved_down": 0.25,
        "grade_change": 0.25,
        "score_change": pytest.approx((0.25 + 2 - 1) / 4),
    } == {name: value.value for name, value in doubled.values.items()}
    change = doubled.values["grade_change"]
    assert change.low <= 0.25 <= change.high


def test_what_moves_nothing_has_no_interval(table: PerturbationTable) -> None:
    for value in table.rows[1].values.values():
        assert 0.0 == value.value
        assert "every resample gives the same value" in str(value.reason)


def test_it_is_json_that_can_be_read_back(table: PerturbationTable) -> None:
    document = json.loads(json.dumps(table.to_dict(), allow_nan=False))
    assert table.to_dict() == PerturbationTable.from_dict(document).to_dict()


@pytest.mark.parametrize(
    "change", [{"perturbations_version": 99}, {"metrics_version": 99}, {"rows": [{}]}]
)
def test_other_versions_and_malformed_documents_are_refused(table, change) -> None:
    with pytest.raises(UnsupportedMetricsError):
        PerturbationTable.from_dict({**table.to_dict(), **change})
