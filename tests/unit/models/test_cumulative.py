import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from huleedu_ml_training.models.cumulative import exceedance, grade_probabilities, rearranged

rows = arrays(
    np.float64,
    array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=8),
    elements=st.floats(0, 1),
)


@given(rows)
def test_a_repaired_row_has_the_same_values_in_order(cumulative):
    repaired = rearranged(cumulative)
    assert (np.diff(repaired, axis=1) <= 0).all()
    assert np.array_equal(np.sort(cumulative, axis=1), np.sort(repaired, axis=1))


@given(rows, rows)
def test_the_repair_never_leads_away_from_a_monotone_truth(cumulative, other):
    width = min(cumulative.shape[1], other.shape[1])
    claimed, truth = cumulative[:1, :width], rearranged(other[:1, :width])
    for power in (1, 2, 4):
        before = (np.abs(claimed - truth) ** power).sum()
        after = (np.abs(rearranged(claimed) - truth) ** power).sum()
        assert after <= before + 1e-12


@given(rows)
def test_probabilities_are_a_distribution_and_lead_back(cumulative):
    monotone = rearranged(cumulative)
    probabilities = grade_probabilities(monotone)
    assert (probabilities >= 0).all()
    assert np.ones(len(monotone)) == pytest.approx(probabilities.sum(axis=1), abs=1e-14)
    assert exceedance(probabilities) == pytest.approx(monotone, abs=1e-14)
