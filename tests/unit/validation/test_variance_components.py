"""Components of variance: by hand, by simulation, and at their limits."""

import numpy as np
import pytest

from huleedu_ml_training.metrics.variance_components import crossed_components, scaled_component


def draw(rng, shape, sds):
    seed, split, rest = sds
    n_seeds, n_splits = shape
    return (
        rng.normal(0, seed, (n_seeds, 1))
        + rng.normal(0, split, (1, n_splits))
        + rng.normal(0, rest, shape)
    )


def test_a_table_worked_by_hand():
    # Row means 2 and 4, column means 2, 3, 4; grand mean 3. Residuals: ±1, 0, ∓1.
    values = np.asarray([[2.0, 2.0, 2.0], [2.0, 4.0, 6.0]])

    seed, split, rest = crossed_components(values, confidence=0.95)

    # Mean squares: seed 3 * 2 / 1 = 6, split 2 * 2 / 2 = 2, rest 4 / 2 = 2.
    assert seed.sd == pytest.approx(np.sqrt((6 - 2) / 3))
    assert split.sd == 0
    assert rest.sd == pytest.approx(np.sqrt(2))
    assert [1, 2, 2] == [each.degrees for each in (seed, split, rest)]
    # Chi-square with 2 degrees of freedom has the quantile -2 ln(1 - p).
    assert rest.low == pytest.approx(np.sqrt(2 * 2 / (-2 * np.log(0.025))))
    assert rest.high == pytest.approx(np.sqrt(2 * 2 / (-2 * np.log(0.975))))


@pytest.mark.parametrize("sds", [(1.0, 1.0, 0.5), (0.0, 2.0, 1.0), (0.3, 0.0, 1.0)])
@pytest.mark.parametrize("shape", [(3, 4), (6, 6)])
def test_intervals_hold_the_truth_as_often_as_they_say(sds, shape):
    rng = np.random.default_rng(5)
    n = 800
    held = np.zeros(3)
    squares = np.zeros(3)
    for _ in range(n):
        found = crossed_components(draw(rng, shape, sds), confidence=0.9)
        held += [each.low <= sd <= each.high for each, sd in zip(found, sds, strict=True)]
        squares += [each.sd**2 for each in found]

    # An absent source is held more often: what lies below zero is cut off.
    assert (held / n > 0.86).all()
    assert held[2] / n == pytest.approx(0.9, abs=0.035)
    present = np.asarray(sds) > 0.5
    assert squares[present] / n == pytest.approx(np.asarray(sds)[present] ** 2, rel=0.2)


def test_a_source_that_changes_nothing_is_nothing():
    split_only = np.tile([0.5, 0.6, 0.7], (3, 1))

    seed, split, rest = crossed_components(split_only, confidence=0.95)

    assert (seed.sd, seed.low, seed.high) == pytest.approx((0, 0, 0), abs=1e-9)
    assert rest.sd == pytest.approx(0, abs=1e-9)
    assert split.sd == pytest.approx(0.1)
    assert split.low < 0.1 < split.high


def test_more_to_go_by_narrows_the_interval():
    few, many = (scaled_component("essays", 0.01, n, confidence=0.95) for n in (5, 500))
    assert few.sd == many.sd == pytest.approx(0.1)
    assert few.low < many.low < 0.1 < many.high < few.high


def test_the_scale_of_the_figure_carries_over():
    values = draw(np.random.default_rng(0), (3, 4), (1.0, 1.0, 1.0))
    for one, ten in zip(
        crossed_components(values, confidence=0.95),
        crossed_components(10 * values + 3, confidence=0.95),
        strict=True,
    ):
        assert ten.sd == pytest.approx(10 * one.sd)
        assert (ten.low, ten.high) == pytest.approx((10 * one.low, 10 * one.high))
