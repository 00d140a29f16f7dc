"""The worst prompt: large prompts only, and an estimate that allows for bad luck."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from huleedu_ml_training.metrics.subgroups import GROUP_METRICS, Subgroup
from huleedu_ml_training.metrics.values import MetricValue
from huleedu_ml_training.metrics.worst_prompt import WorstPrompt, find_worst_prompt, shrink

Z = 1.959963984540054


def prompt(key: str | None, n: int, qwk: float, error: float = 0.05) -> Subgroup:
    """A prompt with a kappa and the interval that its standard error makes; NaN for none."""
    values = {name: MetricValue(name, 0.5) for name in GROUP_METRICS}
    values["qwk"] = MetricValue("qwk", qwk, qwk - Z * error, qwk + Z * error, "why not")
    return Subgroup(key, n, "essay", values)


class TestShrinkage:
    def test_worked_by_hand(self) -> None:
        # Q = 8 on 1 degree of freedom, so (8 - 1) / 100 between prompts; 7 of 8 parts are kept.
        found = shrink([0.5, 0.9], [0.1, 0.1])
        assert pytest.approx(0.7) == found.mean
        assert pytest.approx(0.07) == found.between
        assert pytest.approx((0.7 - 0.2 * 7 / 8, 0.7 + 0.2 * 7 / 8)) == found.estimates
        assert pytest.approx((math.sqrt(0.01 * 7 / 8),) * 2) == found.errors

    def test_differences_within_the_noise_vanish(self) -> None:
        found = shrink([0.68, 0.72], [0.1, 0.1])
        assert (0.0, (0.0, 0.0)) == (found.between, found.errors)
        assert pytest.approx((0.7, 0.7)) == found.estimates

    @given(
        st.lists(
            st.tuples(st.floats(-1, 1), st.floats(0.01, 0.3)),
            min_size=2,
            max_size=10,
        )
    )
    def test_every_estimate_lies_between_its_value_and_the_mean(self, pairs) -> None:
        values, errors = zip(*pairs, strict=True)
        found = shrink(values, errors)
        assert found.between >= 0
        for value, error, estimate, own in zip(
            values, errors, found.estimates, found.errors, strict=True
        ):
            assert min(value, found.mean) - 1e-9 <= estimate <= max(value, found.mean) + 1e-9
            assert own <= error + 1e-9

    def test_it_is_nearer_to_the_truth_than_what_was_observed(self) -> None:
        rng = np.random.default_rng(1)
        raw, shrunken = 0.0, 0.0
        for _ in range(200):
            truth = rng.normal(0.7, 0.05, size=12)
            observed = truth + rng.normal(0, 0.08, size=12)
            worst = int(observed.argmin())
            found = shrink(observed.tolist(), [0.08] * 12)
            raw += (observed[worst] - truth[worst]) ** 2
            shrunken += (found.estimates[worst] - truth[worst]) ** 2
        assert shrunken < raw / 2


class TestWorstPrompt:
    def test_it_is_the_least_kappa_of_large_prompts(self) -> None:
        found = find_worst_prompt(
            [prompt("a", 80, 0.9), prompt("b", 30, 0.5), prompt("c", 29, 0.1), prompt(None, 90, 0)],
            0.95,
        )
        assert ("b", 30, 2) == (found.key, found.n, found.prompts)
        assert pytest.approx((0.5, 0.5 - Z * 0.05)) == (found.worst.value, found.worst.low)
        expected = shrink([0.9, 0.5], [0.05, 0.05])
        assert pytest.approx(expected.estimates[1]) == found.shrunken.value
        assert pytest.approx(expected.estimates[1] + Z * expected.errors[1]) == found.shrunken.high
        assert pytest.approx((expected.mean, math.sqrt(expected.between))) == (
            found.mean,
            found.spread,
        )

    def test_the_noise_is_read_off_intervals_of_the_stated_confidence(self) -> None:
        prompts = [prompt("a", 80, 0.9), prompt("b", 30, 0.5)]
        wide, usual = (find_worst_prompt(prompts, confidence) for confidence in (0.99, 0.95))
        assert 0.5 < wide.shrunken.value < usual.shrunken.value

    def test_noise_alone_leaves_the_mean(self) -> None:
        found = find_worst_prompt([prompt("a", 40, 0.71), prompt("b", 40, 0.69)], 0.95)
        assert ("b", 0.0) == (found.key, found.spread)
        assert pytest.approx(0.7) == found.shrunken.value
        assert "noise accounts for all" in str(found.shrunken.reason)

    @pytest.mark.parametrize(
        ("prompts", "key", "reason"),
        [
            ([], None, "no prompt with at least 30 essays"),
            ([prompt("a", 29, 0.5)], None, "no prompt with at least 30 essays"),
            ([prompt("a", 50, math.nan)], None, "no prompt with at least 30 essays"),
            ([prompt("a", 50, 0.5)], "a", "fewer than two prompts"),
            (
                [prompt("a", 50, 0.5, math.nan), prompt("b", 50, 0.9), prompt("c", 50, 0.8)],
                "a",
                "the worst prompt's kappa has no interval",
            ),
        ],
    )
    def test_says_why_there_is_none(self, prompts, key: str | None, reason: str) -> None:
        found = find_worst_prompt(prompts, 0.95)
        assert key == found.key
        assert math.isnan(found.shrunken.value)
        assert reason in str(found.shrunken.reason)
        assert found.to_dict() == WorstPrompt.from_dict(found.to_dict()).to_dict()
        assert found.worst.is_defined == (key is not None)
