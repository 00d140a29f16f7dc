"""Likelihood, derivatives and thresholds of the cumulative-link model, for every link."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huleedu_ml_training.models.cumulative_link import (
    likelihood_terms,
    log_loss,
    ranked_probability_score,
)
from huleedu_ml_training.models.errors import UnknownMethodError
from huleedu_ml_training.models.joint_thresholds import PSEUDO_ESSAYS, ThresholdFitter
from huleedu_ml_training.models.links import LINK_NAMES, link_named

STEP = 1e-4

links = st.sampled_from(LINK_NAMES).map(link_named)


@st.composite
def graded_essays(draw):
    """Thresholds of any number of grades, and essays whose scores lie about their grade."""
    n_grades = draw(st.integers(2, 60))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    gaps = 10 ** rng.uniform(-2.5, 0.5, n_grades - 1)
    thresholds = np.cumsum(gaps) - gaps.sum() / 2
    y = rng.integers(0, n_grades, 40)
    lowest, highest = np.maximum(y - 1, 0), np.minimum(y, n_grades - 2)
    latent = (thresholds[lowest] + thresholds[highest]) / 2 + rng.uniform(-4, 4, 40)
    return latent, thresholds, y


def central_difference(function):
    return (function(STEP) - function(-STEP)) / (2 * STEP)


@given(links, graded_essays())
@settings(deadline=None, max_examples=60)
def test_gradient_and_curvature_are_derivatives_of_the_loss(link, essays):
    latent, thresholds, y = essays
    terms = likelihood_terms(link, latent, thresholds, y)

    def moved(step):
        return likelihood_terms(link, latent + step, thresholds, y)

    assert terms.gradient() == pytest.approx(
        central_difference(lambda step: moved(step).loss), rel=1e-5, abs=1e-6
    )
    assert terms.curvature() == pytest.approx(
        central_difference(lambda step: moved(step).gradient()), rel=1e-4, abs=1e-5
    )


@given(links, graded_essays())
@settings(deadline=None, max_examples=60)
def test_rates_are_derivatives_by_the_two_thresholds_of_a_grade(link, essays):
    latent, thresholds, y = essays
    terms = likelihood_terms(link, latent, thresholds, y)
    edges = np.concatenate([[-np.inf], thresholds, [np.inf]])

    def loss(step_above, step_below):
        two = np.column_stack([edges[y] - step_above, edges[y + 1] - step_below])
        upper, lower = (link.cumulative(latent - two[:, side]) for side in (0, 1))
        return -np.log(upper - lower)

    assert terms.rate_above == pytest.approx(
        -central_difference(lambda step: loss(step, 0.0)), rel=1e-2, abs=1e-3
    )
    assert terms.rate_below == pytest.approx(
        central_difference(lambda step: loss(0.0, step)), rel=1e-2, abs=1e-3
    )


@pytest.mark.parametrize("name", LINK_NAMES)
def test_curvature_is_positive_and_finite_far_from_every_threshold(name):
    link = link_named(name)
    thresholds = np.array([-1.0, -0.9999, 0.0, 5.0])
    far = 6.0 if name == "cloglog" else 300.0
    latent = np.repeat(np.linspace(-far, 300, 400), 5)
    terms = likelihood_terms(link, latent, thresholds, np.tile(np.arange(5), 400))
    assert (terms.curvature() > 0).all()
    for values in (terms.loss, terms.gradient(), terms.curvature()):
        assert np.isfinite(values).all()


@pytest.mark.parametrize("name", LINK_NAMES)
def test_losses_of_all_grades_are_probabilities_that_sum_to_one(name):
    thresholds = np.array([-2.0, -0.5, 0.1, 3.0])
    latent = np.linspace(-3, 3, 25)
    total = sum(
        np.exp(-likelihood_terms(link_named(name), latent, thresholds, np.full(25, grade)).loss)
        for grade in range(5)
    )
    assert np.ones(25) == pytest.approx(total, abs=1e-13)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("logit", 1 / (1 + np.exp(-0.7))),
        ("probit", 0.7580363477769270),
        # P(grade <= k) = 1 - exp(-exp(theta - latent)), as clm(link = "cloglog") of R's ordinal.
        ("cloglog", 1 - (1 - np.exp(-np.exp(-0.7)))),
    ],
)
def test_links_are_the_ones_their_names_say(name, expected):
    link = link_named(name)
    margin = np.array([0.7])
    assert expected == pytest.approx(link.cumulative(margin)[0], rel=1e-12)
    assert margin == pytest.approx(link.quantile(link.cumulative(margin)), rel=1e-12)


def test_an_unknown_link_is_refused_with_the_known_ones():
    with pytest.raises(UnknownMethodError, match="logit, probit, cloglog"):
        link_named("cauchit")


def test_losses_of_a_stopping_set_are_the_textbook_ones():
    link, thresholds = link_named("logit"), np.array([-1.0, 1.0])
    latent, y = np.array([0.0, 2.0]), np.array([1, 0])
    above = 1 / (1 + np.exp(-(latent[:, None] - thresholds)))
    probabilities = np.column_stack([1 - above[:, 0], above[:, 0] - above[:, 1], above[:, 1]])
    assert -np.log(probabilities[[0, 1], y]).mean() == pytest.approx(
        log_loss(link, latent, thresholds, y)
    )
    observed = np.array([[1.0, 0.0], [0.0, 0.0]])
    assert ((above - observed) ** 2).sum(axis=1).mean() == pytest.approx(
        ranked_probability_score(link, latent, thresholds, y)
    )


def drawn_grades(name, latent, thresholds, seed):
    """Grades whose P(grade > k) is G(latent - theta)."""
    share = np.random.default_rng(seed).uniform(size=len(latent))
    cumulative = link_named(name).cumulative(latent[:, None] - thresholds)
    return (share[:, None] < cumulative).sum(axis=1)


@pytest.mark.parametrize("name", LINK_NAMES)
def test_known_thresholds_are_found_again(name):
    thresholds = np.array([-2.5, -1.0, -0.8, 0.3, 1.4, 2.0, 3.5])
    latent = np.random.default_rng(0).normal(scale=2, size=20_000)
    fitter = ThresholdFitter(link_named(name), drawn_grades(name, latent, thresholds, 1), 8)
    assert thresholds == pytest.approx(fitter.fit(latent, fitter.start()), abs=0.12)


@pytest.mark.parametrize("name", LINK_NAMES)
def test_thresholds_begin_at_the_smoothed_class_frequencies_and_stay_there(name):
    y = np.repeat([0, 2, 3], [1, 150, 49])
    link = link_named(name)
    fitter = ThresholdFitter(link, y, 5)
    counts = np.array([1, 0, 150, 49, 0]) + PSEUDO_ESSAYS
    above = np.append(1.0, link.cumulative(-fitter.start()))
    assert counts / counts.sum() == pytest.approx(-np.diff(np.append(above, 0.0)), abs=1e-12)
    assert fitter.start() == pytest.approx(fitter.fit(np.zeros(200), fitter.start()), abs=1e-4)


@given(links, st.integers(2, 60), st.integers(0, 2**32), st.floats(0, 30))
@settings(deadline=None, max_examples=40)
def test_the_minimum_does_not_depend_on_the_start(link, n_grades, seed, signal):
    rng = np.random.default_rng(seed)
    y = rng.choice(rng.integers(0, n_grades, 4), 150)
    latent = signal * (y / n_grades - 0.5) + rng.normal(size=150)
    fitter = ThresholdFitter(link, y, n_grades)
    fitted = fitter.fit(latent, fitter.start())
    elsewhere = np.sort(rng.uniform(-2, 2, n_grades - 1)) + np.arange(n_grades - 1) * 1e-3
    assert (np.diff(fitted) > 0).all()
    assert fitted == pytest.approx(fitter.fit(latent, elsewhere), abs=0.02)
