"""Columns that say nothing, and columns that say the same."""

import numpy as np
import pytest
import structlog
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from huleedu_ml_training.features import near_duplicates as module
from huleedu_ml_training.features.near_duplicates import column_moments, near_duplicates
from huleedu_ml_training.features.report import feature_report

RNG = np.random.default_rng(7)


def float32(*columns):
    return np.column_stack(columns).astype(np.float32)


def pairs_of(report):
    return [(pair.first, pair.second) for pair in report.near_duplicates]


def test_a_report_lists_constant_and_undefined_columns():
    nan = np.nan
    matrix = np.array(
        [[1, 5, nan, nan, 1], [2, 5, 3, nan, nan], [3, 5, 3, nan, 2], [4, 5, nan, nan, 3]],
        dtype=np.float32,
    )
    report = feature_report(matrix, ["varies", "fixed", "fixed_or_nan", "never", "rarely"])
    assert ("fixed", "fixed_or_nan", "never") == report.constant
    assert {"fixed_or_nan": 0.5, "never": 1.0, "rarely": 0.25} == report.undefined


@pytest.mark.parametrize("rows", [0, 1])
def test_columns_of_fewer_than_two_essays_are_not_called_constant(rows):
    report = feature_report(np.zeros((rows, 2), dtype=np.float32), ["a", "b"])
    assert ((), (), {}) == (report.constant, report.near_duplicates, report.undefined)


def test_near_duplicates_and_their_scale():
    x, noise = RNG.normal(size=(2, 400))
    matrix = float32(x, 3 * x, -x / 7, 3 * x + 1, x + 0.02 * noise, x + 0.2 * noise, noise)
    names = ["x", "triple", "minus", "shifted", "near", "far", "noise"]
    report = feature_report(matrix, names)
    scales = {(pair.first, pair.second): pair.scale for pair in report.near_duplicates}
    assert {
        ("x", "triple"): pytest.approx(3),
        ("x", "minus"): pytest.approx(-1 / 7),
        ("triple", "minus"): pytest.approx(-1 / 21),
        ("x", "shifted"): None,
        ("triple", "shifted"): None,
        ("minus", "shifted"): None,
        **{(name, "near"): None for name in ("x", "triple", "minus", "shifted")},
    } == scales
    assert len(scales) == report.n_near_duplicates
    strengths = [abs(pair.correlation) for pair in report.near_duplicates]
    assert sorted(strengths, reverse=True) == strengths
    assert 10 + 5 == feature_report(matrix, names, threshold=0.97).n_near_duplicates


def test_only_rows_in_which_both_are_defined_count():
    x, y = RNG.normal(size=(2, 60))
    x[:30] = y[:30]
    with_gaps = y.copy()
    with_gaps[30:] = np.nan
    assert [] == pairs_of(feature_report(float32(x, y), ["x", "y"]))
    (pair,) = feature_report(float32(x, with_gaps), ["x", "gaps"]).near_duplicates
    assert (pytest.approx(1), 1.0) == (pair.correlation, pair.scale)


def test_nine_common_rows_say_nothing():
    x = RNG.normal(size=30)
    few, enough = x.copy(), x.copy()
    few[9:], enough[10:] = np.nan, np.nan
    report = feature_report(float32(x, few, enough), ["x", "few", "enough"])
    assert [("x", "enough")] == pairs_of(report)


def test_a_column_that_is_constant_where_another_is_defined_is_no_duplicate_of_it():
    x = RNG.normal(size=40)
    stuck, gaps = x.copy(), x.copy()
    stuck[20:], gaps[:20] = 0.3, np.nan
    assert [] == pairs_of(feature_report(float32(stuck, gaps), ["stuck", "gaps"]))


def test_constant_columns_are_in_no_pair():
    x = RNG.normal(size=40)
    report = feature_report(float32(x, np.ones(40), np.ones(40)), ["x", "one", "eins"])
    assert (("one", "eins"), 0) == (report.constant, report.n_near_duplicates)


def test_large_and_small_numbers_are_no_trouble():
    x = RNG.normal(size=50)
    matrix = float32(1e30 * x, 1e-30 * x, 1e6 + x, 1e6 - 3 * x)
    report = feature_report(matrix, ["huge", "tiny", "far", "farther"])
    assert 6 == report.n_near_duplicates


def test_the_embedding_is_summarised():
    x = RNG.normal(size=(50, 5))
    matrix = float32(x[:, 0], x[:, 1], x[:, 0], x[:, 2], x[:, 2], 2 * x[:, 2], np.ones(50))
    matrix[:5, 3] = np.nan
    names = ["words", "clauses", "e0", "e1", "e2", "e3", "e4"]
    report = feature_report(matrix, names, embedding=range(2, 7))
    assert (((), {}), [("words", "e0")]) == ((report.constant, report.undefined), pairs_of(report))
    assert 1 == report.n_near_duplicates
    found = report.embedding
    assert (5, 1, 1, 0.1, 3) == (
        found.n_features,
        found.n_constant,
        found.n_undefined,
        pytest.approx(found.undefined),
        found.n_near_duplicates,
    )


def test_at_most_a_thousand_pairs_are_named_and_all_are_counted():
    matrix = np.tile(RNG.normal(size=(20, 1)), 60).astype(np.float32)
    report = feature_report(matrix, [f"c{i}" for i in range(60)])
    assert (1000, 60 * 59 // 2) == (len(report.near_duplicates), report.n_near_duplicates)


def test_as_many_rows_as_are_read_in_several_blocks(monkeypatch):
    matrix = RNG.normal(size=(500, 6)).astype(np.float32)
    matrix[:, 5] = matrix[:, 0]
    matrix[RNG.random(matrix.shape) < 0.2] = np.nan
    whole = feature_report(matrix, list("abcdef"))
    monkeypatch.setattr(module, "ROWS_AT_A_TIME", 37)
    blocks = feature_report(matrix, list("abcdef"))
    assert pairs_of(whole) == pairs_of(blocks) == [("a", "f")]
    assert whole.undefined == blocks.undefined


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(12, 80), gaps=st.sampled_from([0, 0.1, 0.5]))
def test_correlations_are_those_of_numpy(seed, n, gaps):
    rng = np.random.default_rng(seed)
    matrix = (rng.normal(size=(n, 5)) @ rng.normal(size=(5, 5)) + rng.normal(size=5) * 10).astype(
        np.float32
    )
    matrix[rng.random(matrix.shape) < gaps] = np.nan
    pairs, correlations = near_duplicates(matrix, column_moments(matrix), 1e-9)
    assume(len(pairs))
    for (a, b), r in zip(pairs, correlations, strict=True):
        both = ~np.isnan(matrix[:, [a, b]]).any(axis=1)
        assert both.sum() >= 10
        expected = np.corrcoef(matrix[both][:, [a, b]].astype(np.float64).T)[0, 1]
        assert r == pytest.approx(expected, abs=1e-9)


def test_one_line_warns_of_columns_to_look_at():
    x = RNG.normal(size=30)
    with structlog.testing.capture_logs() as logs:
        feature_report(float32(x, x, np.ones(30)), ["a", "b", "c"]).log()
    (line,) = logs
    assert ("features_suspicious", "warning") == (line["event"], line["log_level"])
    assert (["c"], ["a ~ b"]) == (line["constant"], line["near_duplicates"])


def test_no_warning_where_nothing_is_to_be_said():
    with structlog.testing.capture_logs() as logs:
        feature_report(RNG.normal(size=(30, 3)).astype(np.float32), list("abc")).log()
    assert [] == [line for line in logs if line["log_level"] == "warning"]
