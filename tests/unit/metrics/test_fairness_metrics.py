"""The fairness regressions: RSMTool's numbers, values worked out by hand, honest gaps.

RSMTool's numbers were printed by version 12.0.0 (get_fairness_analyses of rsmtool.fairness_utils,
on statsmodels 0.15.0) in an environment of its own, from the scores and groups that stand in
``testing/fairness_example.py``.
"""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as checks
from hypothesis import strategies as st
from scipy import stats

from huleedu_ml_training.metrics.fairness import REGRESSIONS, evaluate_fairness
from huleedu_ml_training.metrics.fairness_report import FairnessRegression, FairnessReport
from huleedu_ml_training.metrics.regression import fit_least_squares
from huleedu_ml_training.testing.fairness_example import GROUPS, HUMAN, MACHINE


def regress(keys, score, y, confidence: float = 0.95) -> FairnessReport:
    return evaluate_fairness(
        "group", keys, np.asarray(score, dtype=np.float64), np.asarray(y), confidence=confidence
    )


@pytest.fixture(scope="module")
def report() -> FairnessReport:
    return regress(GROUPS, MACHINE, HUMAN)


@pytest.mark.parametrize(
    ("name", "adjusted", "plain", "p_value"),
    [
        (
            "overall_score_accuracy",
            -0.015019577866173028,
            0.09182458822500317,
            0.4410042610895692,
        ),
        (
            "overall_score_difference",
            0.30459114062693793,
            0.3777920731925234,
            0.01771952545459946,
        ),
        ("conditional_score_difference", 0.517170371851, None, 0.012994175370),
    ],
)
def test_explained_variance_equals_rsmtool(
    report: FairnessReport, name: str, adjusted: float, plain: float | None, p_value: float
) -> None:
    (found,) = (each for each in report.regressions if each.name == name)
    assert pytest.approx(adjusted) == found.adjusted_r_squared
    assert pytest.approx(p_value) == found.p_value
    if plain is not None:
        assert pytest.approx(plain) == found.r_squared


@pytest.mark.parametrize(
    ("place", "estimates", "errors", "p_values", "bounds"),
    [
        (
            0,
            (0.41, -0.173333333333, -0.188),
            (0.10200645030653416, 0.16128635949871442, 0.17068943884022347),
            (0.000889134677, 0.297529639581, 0.286066527745),
            ((0.194785202104, 0.625214797896), (-0.513617807096, 0.166951140429), None),
        ),
        (
            1,
            (0.388888888889, -0.688888888889, -0.688888888889),
            (0.15901841240225575, 0.25143018654754784, 0.26608869827975573),
            (0.025643806156, 0.013960884351, 0.019111866264),
            ((0.053389365240, 0.724388412537), None, (-1.250286969605, -0.127490808173)),
        ),
        (
            2,
            (0.604368932039, -0.908737864078, -0.561165048544),
            (0.2482668740646787, 0.27379415399081075, 0.2645102824256696),
            (0.035187306989, 0.007759822221, 0.059869741861),
            (None, (-1.518789256031, -0.298686472124), (-1.150530685566, 0.028200588479)),
        ),
    ],
)
def test_coefficients_equal_rsmtool(
    report: FairnessReport, place: int, estimates, errors, p_values, bounds
) -> None:
    found = report.regressions[place].coefficients
    assert ["a", "b", "c"] == [each.group for each in found]
    assert [9, 6, 5] == [each.n for each in found]
    assert pytest.approx(estimates) == [each.estimate for each in found]
    assert pytest.approx(errors) == [each.error for each in found]
    assert pytest.approx(p_values) == [each.p_value for each in found]
    for expected, each in zip(bounds, found, strict=True):
        if expected is not None:
            assert pytest.approx(expected) == (each.low, each.high)


def test_worked_by_hand() -> None:
    # Errors 0, 1, 0, 1 of a and 2, 3 of b: means 0.5 and 2.5, 1.5 within, 41/6 - 1.5 between.
    report = regress("aaaabb", [1, 2, 1, 2, 3, 4], [1, 1, 1, 1, 1, 1])
    difference = report.regressions[1]
    total = 15 - 49 / 6
    assert pytest.approx(1 - 1.5 / total) == difference.r_squared
    assert pytest.approx(1 - (1.5 / 4) / (total / 5)) == difference.adjusted_r_squared
    assert pytest.approx([0.5, 2.0]) == [each.estimate for each in difference.coefficients]
    assert pytest.approx(math.sqrt(1.5 / 4 / 4)) == difference.coefficients[0].error


@pytest.mark.parametrize("seed", [1, 2])
def test_the_test_of_the_difference_is_an_analysis_of_variance(seed: int) -> None:
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 8, 60)
    score = y + rng.normal(size=60)
    keys = rng.choice(["x", "y", "z"], 60).tolist()
    parts = [(score - y)[np.array(keys) == key] for key in "xyz"]
    found = regress(keys, score, y).regressions
    assert stats.f_oneway(*parts).pvalue == pytest.approx(found[1].p_value)
    assert stats.f_oneway(*(part**2 for part in parts)).pvalue == pytest.approx(found[0].p_value)


def test_the_grade_accounts_for_errors_that_go_with_it() -> None:
    # The machine draws all grades to the middle; group b has the better essays, no more.
    rng = np.random.default_rng(3)
    y = np.concatenate([rng.integers(0, 6, 300), rng.integers(2, 8, 300)])
    score = 3.5 + 0.6 * (y - 3.5) + rng.normal(scale=0.3, size=600)
    overall, conditional = regress("a" * 300 + "b" * 300, score, y).regressions[1:]
    assert overall.p_value < 1e-6
    assert conditional.p_value > 0.01
    assert overall.adjusted_r_squared > 0.1 > abs(conditional.adjusted_r_squared)


def test_essays_of_unknown_group_are_left_out(report: FairnessReport) -> None:
    other = regress([*GROUPS, None], [*MACHINE, 7.0], [*HUMAN, 0])
    assert report == other
    assert (20, "a") == (other.n, other.base)


def test_more_confidence_widens_the_bounds(report: FairnessReport) -> None:
    wide = regress(GROUPS, MACHINE, HUMAN, confidence=0.99).regressions[1].coefficients[1]
    narrow = report.regressions[1].coefficients[1]
    assert wide.low < narrow.low < narrow.estimate < narrow.high < wide.high


def test_small_groups_are_marked(report: FairnessReport) -> None:
    assert [True, True, True] == [each.is_small for each in report.regressions[0].coefficients]
    large = regress("a" * 10 + "b" * 9, np.arange(19) % 7 + 0.3, np.arange(19) % 5)
    assert [False, True] == [each.is_small for each in large.regressions[0].coefficients]


@pytest.mark.parametrize(
    ("keys", "score", "y", "reasons"),
    [
        ([None] * 3, [1, 2, 3], [1, 2, 2], ["fewer than two groups"] * 3),
        ("aaa", [1, 2, 3], [1, 2, 2], ["fewer than two groups"] * 3),
        ("ab", [1, 2], [1, 1], ["no more essays than groups"] * 3),
        ("aabb", [2, 3, 2, 3], [1, 2, 1, 2], ["all errors are the same"] * 3),
        (
            "aabb",
            [1.2, 2.5, 3.1, 4.4],
            [1, 1, 3, 3],
            [None, None, "groups and grades cannot be told apart"],
        ),
        (
            "aabb",
            [2, 1, 0, 1],
            [1, 2, 1, 2],
            ["all squared errors are the same", None, None],
        ),
        (
            "aaabb",
            [0.2, 1.1, 2.7, 3.1, 3.6],
            [0, 1, 2, 3, 4],
            [None, None, "no more essays than groups and grades"],
        ),
        ([str(row) for row in range(51)] * 2, range(102), [0, 1] * 51, ["more than 50 groups"] * 3),
    ],
)
def test_says_why_figures_are_missing(keys, score, y, reasons) -> None:
    report = regress(list(keys), score, y)
    assert list(REGRESSIONS) == [each.name for each in report.regressions]
    for expected, each in zip(reasons, report.regressions, strict=True):
        if expected is None:
            assert each.reason is None
            assert math.isfinite(each.adjusted_r_squared)
        else:
            assert expected in str(each.reason)
            assert math.isnan(each.adjusted_r_squared)
            assert () == each.coefficients


@checks(deadline=None, max_examples=60)
@given(
    st.lists(
        st.tuples(st.sampled_from(["a", "b", "c", None]), st.floats(0, 7), st.integers(0, 7)),
        max_size=25,
    )
)
def test_figures_or_a_reason_for_any_essays(rows) -> None:
    keys, score, y = (list(column) for column in zip(*rows, strict=True)) if rows else ([], [], [])
    report = regress(keys, score, np.array(y, dtype=np.int64))
    for each in report.regressions:
        is_defined = math.isfinite(each.adjusted_r_squared)
        assert is_defined != str(each.reason).startswith("undefined: ")
        if is_defined:
            assert -1e-9 <= each.r_squared <= 1 + 1e-9
            assert math.isfinite(each.p_value) == (each.reason is None)
    document = report.to_dict()
    assert document == FairnessReport.from_dict(document).to_dict()


def test_without_residuals_there_are_estimates_but_no_tests() -> None:
    difference = regress("aabb", [1, 2, 2, 3], [1, 2, 1, 2]).regressions[1]
    assert "no p-values: nothing is left unexplained" == difference.reason
    assert 1.0 == pytest.approx(difference.adjusted_r_squared)
    assert pytest.approx([0, 1]) == [each.estimate for each in difference.coefficients]
    for each in difference.coefficients:
        assert [None] * 4 == [each.to_dict()[key] for key in ("error", "p_value", "low", "high")]


def test_a_line_through_two_points_has_nothing_to_be_corrected_by() -> None:
    fit = fit_least_squares(np.array([[1.0, 0.0], [1.0, 1.0]]), np.array([1.0, 3.0]))
    assert pytest.approx([1, 2]) == fit.coefficients.tolist()
    assert 1.0 == pytest.approx(fit.r_squared)
    assert math.isnan(fit.adjusted_r_squared)
    assert np.isnan(fit.errors).all()


def test_undefined_regressions_can_be_stored() -> None:
    nothing = FairnessRegression.undefined("overall_score_accuracy", "undefined: no reason")
    assert nothing.to_dict() == FairnessRegression.from_dict(nothing.to_dict()).to_dict()
