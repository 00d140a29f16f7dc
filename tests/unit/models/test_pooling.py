"""Weights of members: which are found, and what holds for all of them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huleedu_ml_training.models.cumulative import sigmoid
from huleedu_ml_training.models.pooling import Pool, fit_pool, fit_weights
from huleedu_ml_training.testing.simulation import simulate_essays

K = 5


@pytest.fixture(scope="module")
def essays():
    return simulate_essays(800, K, seed=1)


def member(essays, *, noise, seed):
    """Latent scores that see the truth through noise, and the curve that reads them best."""
    rng = np.random.default_rng(seed)
    shrunken = 1 / (1 + noise**2 / essays.truth.var())
    latent = shrunken * (essays.truth + rng.normal(scale=noise, size=len(essays.y)))
    return latent, sigmoid(latent[:, None] - essays.thresholds)


def useless(essays):
    """The class frequencies, for every essay, and a latent score of noise."""
    above = [(essays.y > k).mean() for k in range(K - 1)]
    latent = np.random.default_rng(9).normal(size=len(essays.y))
    return latent, np.tile(above, (len(essays.y), 1))


def score(weights, cumulatives, y):
    average = np.tensordot(weights, cumulatives, axes=1)
    return np.square(average - (y[:, None] > np.arange(K - 1))).mean()


def test_a_useless_member_counts_for_nothing(essays):
    members = [
        member(essays, noise=1.0, seed=2),
        useless(essays),
        member(essays, noise=1.0, seed=3),
    ]
    weights = fit_weights([cumulative for _, cumulative in members], essays.y)
    assert weights[1] < 0.02
    assert pytest.approx([0.5, 0.5], abs=0.15) == weights[[0, 2]]


def test_the_better_member_counts_for_more(essays):
    good, poor = member(essays, noise=0.7, seed=2), member(essays, noise=2.5, seed=3)
    weights = fit_weights([good[1], poor[1]], essays.y)
    assert 0.6 < weights[0] < 1.0


def test_no_other_weights_score_better(essays):
    members = [member(essays, noise=noise, seed=round(10 * noise))[1] for noise in (0.7, 1.2, 2.0)]
    found = score(fit_weights(members, essays.y), members, essays.y)
    grid = [
        score((a, b, 1 - a - b), members, essays.y)
        for a in np.linspace(0, 1, 41)
        for b in np.linspace(0, 1 - a, 41)
    ]
    assert found < min(grid) * (1 + 1e-3)
    assert found < 0.98 * min(score(np.eye(3)[m], members, essays.y) for m in range(3))


def test_equal_members_count_equally(essays):
    cumulative = member(essays, noise=1.0, seed=2)[1]
    assert pytest.approx([1 / 3] * 3) == fit_weights([cumulative] * 3, essays.y)


def test_members_that_never_err_count_equally():
    y = np.arange(6) % 3
    above = (y[:, None] > np.arange(2)).astype(np.float64)
    assert [0.5, 0.5] == fit_weights([above, above], y).tolist()


def test_seeds_of_one_kind_share_a_weight(essays):
    """The kind has the weight of the average of its members."""
    one, two, other = (member(essays, noise=n, seed=s) for n, s in ((1, 2), (1, 3), (1.5, 4)))
    pool = fit_pool(*zip(one, other, two, strict=True), essays.y, ["a", "b", "a"])
    a, b = fit_weights([(one[1] + two[1]) / 2, other[1]], essays.y)
    assert pytest.approx([a / 2, b, a / 2]) == pool.weights
    alone = fit_pool(*zip(one, two, strict=True), essays.y, ["a", "a"])
    assert [0.5, 0.5] == alone.weights.tolist()


def test_latent_scores_are_brought_to_one_scale(essays):
    (latent, cumulative), other = member(essays, noise=1.0, seed=2), member(essays, noise=1, seed=3)
    stretched = (100 * latent - 7, cumulative)
    plain, scaled = (
        fit_pool(*zip(first, other, strict=True), essays.y, ["a", "b"])
        for first in ((latent, cumulative), stretched)
    )
    expected = plain.latent([latent, other[0]])
    assert pytest.approx(expected, abs=1e-9) == scaled.latent([stretched[0], other[0]])
    assert np.corrcoef(expected, essays.truth)[0, 1] > np.corrcoef(latent, essays.truth)[0, 1]


def test_a_member_of_one_score_only_is_no_trouble(essays):
    constant = (np.full(len(essays.y), 3.0), useless(essays)[1])
    good = member(essays, noise=1.0, seed=2)
    pool = fit_pool(*zip(constant, good, strict=True), essays.y, ["a", "b"])
    assert [1.0] == [pool.spreads[0]]
    assert np.isfinite(pool.latent([constant[0], good[0]])).all()


def test_idle_members_are_left_out():
    pool = Pool(np.array([0.25, 0.0, 0.75]), np.array([1.0, 2.0, 3.0]), np.array([4.0, 5.0, 6.0]))
    busy, which = pool.without_idle()
    assert [0, 2] == which.tolist()
    assert [[0.25, 0.75], [1.0, 3.0], [4.0, 6.0]] == [
        values.tolist() for values in (busy.weights, busy.centres, busy.spreads)
    ]


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 6), st.integers(1, 40), st.integers(2, 9), st.integers(0, 2**31), st.booleans()
)
def test_weights_and_averages_are_always_in_order(n_members, n_essays, n_grades, seed, sharp):
    """Weights are none below 0 and sum to 1; averages of monotone rows are monotone."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, n_grades, n_essays)
    rows = rng.random((n_members, n_essays, n_grades - 1))
    cumulatives = list(-np.sort(-(rows.round() if sharp else rows), axis=2))
    latents = list(rng.normal(size=(n_members, n_essays)))
    kinds = [str(kind) for kind in rng.integers(0, 3, n_members)]
    pool = fit_pool(latents, cumulatives, y, kinds)
    assert (pool.weights >= 0).all()
    assert pytest.approx(1.0, abs=1e-12) == pool.weights.sum()
    average = pool.cumulative(cumulatives)
    assert ((average >= 0) & (average <= 1)).all()
    assert (np.diff(average, axis=1) <= 0).all()
    assert np.isfinite(pool.latent(latents)).all()
