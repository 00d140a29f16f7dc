"""Agreement of grades: values worked out by hand, scikit-learn's where it defines the same."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score, mean_absolute_error, root_mean_squared_error

from huleedu_ml_training.metrics.agreement import (
    agreement_values,
    confusion_matrix,
    grade_share_differences,
    kappa,
    quadratic_weighted_kappa,
    standardised_mean_difference,
)

K = 8

grade_pairs = st.lists(
    st.tuples(st.integers(0, K - 1), st.integers(0, K - 1)), min_size=1, max_size=40
)


def _arrays(pairs: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    y, predicted = np.array(pairs, dtype=np.int64).T
    return y, predicted


def _values(y: list[int], predicted: list[int], n_grades: int = 4) -> dict[str, float]:
    confusion = confusion_matrix(np.array(y), np.array(predicted), n_grades)
    return {name: float(value) for name, value in agreement_values(confusion).items()}


class TestConfusionMatrix:
    def test_rows_are_human_and_columns_machine_on_the_full_label_set(self) -> None:
        matrix = confusion_matrix(np.array([0, 0, 2]), np.array([0, 2, 1]), 4)
        expected = [[1, 0, 1, 0], [0, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 0]]
        assert expected == matrix.tolist()

    @given(grade_pairs)
    def test_no_essay_is_lost(self, pairs: list[tuple[int, int]]) -> None:
        y, predicted = _arrays(pairs)
        matrix = confusion_matrix(y, predicted, K)
        assert len(pairs) == matrix.sum()
        assert np.bincount(y, minlength=K).tolist() == matrix.sum(axis=1).tolist()
        assert np.bincount(predicted, minlength=K).tolist() == matrix.sum(axis=0).tolist()


class TestQuadraticWeightedKappa:
    def test_worked_by_hand(self) -> None:
        # Squared differences sum to 2; the marginals (1, 1, 2) on both sides make 22 / 4 expected.
        value = quadratic_weighted_kappa(np.array([0, 1, 2, 2]), np.array([0, 2, 2, 1]), 3)
        assert pytest.approx(1 - 2 / 5.5) == value

    def test_all_reversed_is_minus_one(self) -> None:
        assert pytest.approx(-1) == quadratic_weighted_kappa(np.array([0, 3]), np.array([3, 0]), 4)

    def test_absent_grades_do_not_change_the_weights(self) -> None:
        y, predicted = np.array([1, 1, 5, 5, 1]), np.array([1, 5, 5, 5, 1])
        on_eight = quadratic_weighted_kappa(y, predicted, 8)
        reference = cohen_kappa_score(y, predicted, weights="quadratic", labels=range(8))
        assert reference == pytest.approx(on_eight)
        assert pytest.approx(on_eight) == quadratic_weighted_kappa(y, predicted, 6)

    @given(grade_pairs)
    def test_equals_scikit_learn_on_the_fixed_label_set(self, pairs: list[tuple[int, int]]) -> None:
        y, predicted = _arrays(pairs)
        value = quadratic_weighted_kappa(y, predicted, K)
        if len(set(y)) > 1 and len(set(predicted)) > 1:
            reference = cohen_kappa_score(y, predicted, weights="quadratic", labels=range(K))
            assert reference == pytest.approx(value)
        else:
            assert math.isnan(value)

    @given(grade_pairs)
    def test_equals_the_moment_form(self, pairs: list[tuple[int, int]]) -> None:
        # Haberman 2019, the form that RSMTool computes.
        y, predicted = _arrays(pairs)
        value = quadratic_weighted_kappa(y, predicted, K)
        if not math.isnan(value):
            covariance = np.mean(y * predicted) - y.mean() * predicted.mean()
            spread = y.var() + predicted.var() + (y.mean() - predicted.mean()) ** 2
            assert 2 * covariance / spread == pytest.approx(value)

    @given(grade_pairs)
    def test_is_symmetric(self, pairs: list[tuple[int, int]]) -> None:
        y, predicted = _arrays(pairs)
        there = quadratic_weighted_kappa(y, predicted, K)
        back = quadratic_weighted_kappa(predicted, y, K)
        assert there == pytest.approx(back, nan_ok=True)

    @pytest.mark.parametrize(
        ("y", "predicted"),
        [([3], [3]), ([2, 2, 2], [2, 2, 2]), ([2, 2, 2], [1, 2, 3]), ([1, 2, 3], [2, 2, 2])],
        ids=["one essay", "one grade", "one human grade", "one machine grade"],
    )
    def test_is_undefined_where_a_side_does_not_vary(
        self, y: list[int], predicted: list[int]
    ) -> None:
        assert math.isnan(quadratic_weighted_kappa(np.array(y), np.array(predicted), 8))


class TestOtherAgreement:
    def test_worked_by_hand(self) -> None:
        values = _values([0, 1, 2, 3], [1, 2, 3, 3])
        assert pytest.approx(1 / 4) == values["accuracy"]
        assert pytest.approx(1.0) == values["adjacent_agreement"]
        assert pytest.approx(3 / 4) == values["mae"]
        assert pytest.approx(math.sqrt(3 / 4)) == values["rmse"]
        assert pytest.approx(3 / 4) == values["bias"]
        # The human grades 0, 1, 2, 3 have the sample variance 5 / 3.
        assert pytest.approx(0.75 / math.sqrt(5 / 3)) == values["smd"]

    def test_two_levels_off_is_not_adjacent(self) -> None:
        assert pytest.approx(2 / 3) == _values([0, 1, 3], [2, 2, 3])["adjacent_agreement"]

    def test_a_strict_machine_has_negative_bias_and_smd(self) -> None:
        values = _values([1, 2, 3], [0, 1, 2])
        assert pytest.approx(-1) == values["bias"]
        assert pytest.approx(-1) == values["smd"]

    @given(grade_pairs)
    def test_errors_equal_scikit_learn(self, pairs: list[tuple[int, int]]) -> None:
        y, predicted = _arrays(pairs)
        values = _values(y.tolist(), predicted.tolist(), K)
        assert mean_absolute_error(y, predicted) == pytest.approx(values["mae"])
        assert root_mean_squared_error(y, predicted) == pytest.approx(values["rmse"])

    @given(grade_pairs)
    def test_smd_equals_the_sample_statistics(self, pairs: list[tuple[int, int]]) -> None:
        y, predicted = _arrays(pairs)
        value = _values(y.tolist(), predicted.tolist(), K)["smd"]
        if len(set(y)) > 1:
            assert (predicted.mean() - y.mean()) / y.std(ddof=1) == pytest.approx(value)
        else:
            assert math.isnan(value)

    def test_smd_is_defined_for_a_machine_that_does_not_vary(self) -> None:
        confusion = confusion_matrix(np.array([0, 2]), np.array([1, 1]), 3)
        assert float(standardised_mean_difference(confusion)) == 0.0

    def test_share_differences_are_human_minus_machine(self) -> None:
        confusion = confusion_matrix(np.array([0, 0, 1, 2]), np.array([0, 1, 1, 1]), 3)
        assert pytest.approx([0.25, -0.5, 0.25]) == grade_share_differences(confusion).tolist()


@given(st.lists(grade_pairs, min_size=1, max_size=5))
def test_a_stack_of_matrices_gives_the_values_of_each(
    samples: list[list[tuple[int, int]]],
) -> None:
    matrices = [confusion_matrix(*_arrays(pairs), K) for pairs in samples]
    stacked = agreement_values(np.stack(matrices).astype(np.float64))
    for number, matrix in enumerate(matrices):
        single = {name: float(value) for name, value in agreement_values(matrix).items()}
        assert single == pytest.approx(
            {name: values[number] for name, values in stacked.items()}, nan_ok=True
        )


def test_kappa_keeps_the_leading_shape() -> None:
    assert kappa(np.ones((2, 3, 4, 4))).shape == (2, 3)
