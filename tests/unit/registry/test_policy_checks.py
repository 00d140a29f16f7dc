"""Each question of a policy, answered well and badly, on the bounds of intervals."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huleedu_ml_training.metrics.uncertainty import NO_SPREAD
from huleedu_ml_training.metrics.values import MetricValue
from huleedu_ml_training.registry.candidates import candidate_from_bundle
from huleedu_ml_training.registry.gating.checks import (
    check_data_digest,
    check_groups,
    check_held_out,
    check_metric,
    check_papers,
    check_synthetic,
    check_worst_prompt,
    keeps,
    slack,
)
from huleedu_ml_training.registry.gating.evidence import Papers
from huleedu_ml_training.registry.gating.figures import figure, shown
from huleedu_ml_training.registry.gating.papers import read_papers
from huleedu_ml_training.registry.gating.policy import SyntheticData
from huleedu_ml_training.registry.gating.policy_rules import (
    Bound,
    CardRule,
    GroupBound,
    HeldOutRule,
    IntervalRule,
    PromptBound,
)
from huleedu_ml_training.registry.records import ModelCandidate, ModelRecord, Stage
from huleedu_ml_training.testing.bundles import small_bundle, small_files

WHOLE, ANY = IntervalRule.WHOLE, IntervalRule.ANY


def record(**changes) -> ModelRecord:
    candidate = candidate_from_bundle(small_bundle(), model_path="models/model_a")
    fields = {name: getattr(candidate, name) for name in ModelCandidate.__slots__}
    made = ModelRecord(
        **fields, id=UUID(int=1), created_at=datetime(2025, 1, 1, tzinfo=UTC), stage=Stage.STAGING
    )
    return replace(made, **changes)


def value(low, high):
    return {"value": (low + high) / 2, "low": low, "high": high, "reason": None}


class TestBounds:
    @pytest.mark.parametrize(
        ("bound", "interval", "kept"),
        [
            (Bound(at_least=0.4), (0.4, 0.6), True),
            (Bound(at_least=0.4), (0.399, 0.6), False),
            (Bound(at_least=0.4, interval=ANY), (0.1, 0.4), True),
            (Bound(at_least=0.4, interval=ANY), (0.1, 0.399), False),
            (Bound(at_most=0.1), (0.01, 0.1), True),
            (Bound(at_most=0.1), (0.01, 0.101), False),
            (Bound(at_most=0.1, interval=ANY), (0.1, 0.3), True),
            (Bound(at_most=0.1, interval=ANY), (0.101, 0.3), False),
            (Bound(within=0.15), (-0.15, 0.15), True),
            (Bound(within=0.15), (-0.151, 0.1), False),
            (Bound(within=0.15), (-0.1, 0.151), False),
            (Bound(within=0.15, interval=ANY), (0.15, 0.4), True),
            (Bound(within=0.15, interval=ANY), (0.151, 0.4), False),
            (Bound(within=0.15, interval=ANY), (-0.4, -0.151), False),
            (Bound(at_least=0.2, at_most=0.4), (0.2, 0.4), True),
            (Bound(at_least=0.2, at_most=0.4), (0.2, 0.41), False),
        ],
    )
    def test_decide_on_the_interval(self, bound, interval, kept):
        candidate = record(metrics={"values": {"qwk": value(*interval)}})
        check = check_metric(candidate, "qwk", bound)
        assert kept is check.passed
        assert f"[{interval[0]:.3f}, {interval[1]:.3f}]" in check.observed

    @given(
        st.floats(-2, 2),
        st.floats(0, 1),
        st.floats(-2, 2),
        st.sampled_from(["at_least", "at_most"]),
    )
    def test_whole_is_never_looser_than_any(self, low, width, limit, side):
        interval = MetricValue("qwk", low, low, low + width)
        whole, some = (Bound(**{side: limit}, interval=rule) for rule in IntervalRule)
        assert keeps(interval, some) or not keeps(interval, whole)
        for bound in (whole, some):
            assert keeps(interval, bound) is (slack(interval, bound) >= 0)

    @pytest.mark.parametrize(
        ("bound", "name"),
        [
            (Bound(at_least=0.4), "QWK, lower bound"),
            (Bound(at_least=0.4, interval=ANY), "QWK, upper bound"),
            (Bound(at_most=0.4), "QWK, upper bound"),
            (Bound(at_most=0.4, interval=ANY), "QWK, lower bound"),
            (Bound(within=0.4), "QWK, interval"),
            (Bound(at_least=0.1, at_most=0.4, interval=ANY), "QWK, interval"),
        ],
    )
    def test_say_which_bound_decides(self, bound, name):
        assert name == check_metric(record(), "qwk", bound).name

    @pytest.mark.parametrize(
        "metrics",
        [
            {},
            {"values": None},
            {"values": {"qwk": 0.9}},
            {"values": {"qwk": {"value": 0.9}}},
            {"values": {"qwk": {"value": 0.9, "low": None, "high": None, "reason": "n = 1"}}},
            {"values": {"qwk": {"value": 0.9, "low": "0.9", "high": 1}}},
            {"values": {"qwk": {"value": 0.9, "low": True, "high": True}}},
            {"values": {"qwk": {"value": 0.9, "low": float("nan"), "high": 1.0}}},
            {"values": {"qwk": {"value": None, "low": 0.8, "high": 0.9}}},
        ],
    )
    @pytest.mark.parametrize("interval", IntervalRule)
    def test_an_unknown_interval_keeps_none(self, metrics, interval):
        check = check_metric(record(metrics=metrics), "qwk", Bound(at_least=0.1, interval=interval))
        assert (False, "unknown") == (check.passed, check.observed.split(" ")[0])

    def test_a_value_that_no_resample_changes_is_its_own_interval(self):
        perfect = {"value": 1.0, "low": None, "high": None, "reason": NO_SPREAD}
        candidate = record(metrics={"values": {"adjacent_agreement": perfect}})
        assert check_metric(candidate, "adjacent_agreement", Bound(at_least=0.9)).passed
        assert "1.000 [1.000, 1.000]" == shown(figure("adjacent_agreement", perfect))


@pytest.mark.parametrize(
    ("metrics", "passed"),
    [
        ({"n": 30, "confidence": 0.9}, True),
        ({"n": 29, "confidence": 0.95}, False),
        ({"n": 300, "confidence": 0.51}, False),
        ({"n": 300}, False),
        ({"confidence": 0.95}, False),
        ({"n": "300", "confidence": 0.95}, False),
    ],
)
def test_what_the_figures_rest_on(metrics, passed):
    """Narrow intervals would let luck through."""
    assert passed is check_held_out(record(metrics=metrics), HeldOutRule()).passed


class TestGroups:
    RULE = GroupBound(within=0.1, interval=ANY, leave_out=("prompt",))

    def judge(self, *groups, rule=RULE):
        documents = [
            {"column": column, "key": key, "n": n, "dsm": value(low, high)}
            for column, key, n, low, high in groups
        ]
        return check_groups(record(metrics={"groups": documents}), rule)

    def test_the_worst_group_decides_and_is_named(self):
        fine, bad = ("language", "en", 200, -0.05, 0.05), ("language", "sv", 40, 0.2, 0.5)
        assert self.judge(fine).passed
        check = self.judge(fine, bad)
        assert not check.passed
        assert "language: sv 0.350 [0.200, 0.500], least of 2" == check.observed

    def test_small_groups_and_columns_that_are_left_out_do_not(self):
        small, prompt = ("language", "sv", 29, 0.2, 0.5), ("prompt", "A", 100, 0.2, 0.5)
        check = self.judge(small, prompt)
        assert (True, "no group of 30 essays to judge") == (check.passed, check.observed)
        both = GroupBound(within=0.1, interval=ANY, columns=("source",), min_essays=20)
        assert self.judge(small, prompt, rule=both).passed
        language = GroupBound(within=0.1, interval=ANY, columns=("language",), min_essays=20)
        assert not self.judge(small, prompt, rule=language).passed

    @pytest.mark.parametrize("metrics", [{}, {"groups": None}, {"groups": {"a": 1}}])
    def test_figures_that_are_not_there(self, metrics):
        check = check_groups(record(metrics=metrics), self.RULE)
        assert (False, "unknown") == (check.passed, check.observed)

    def test_a_large_group_without_a_figure(self):
        group = {"column": "language", "key": "en", "n": 50, "dsm": None}
        assert not check_groups(record(metrics={"groups": [group]}), self.RULE).passed


class TestWorstPrompt:
    RULE = PromptBound(at_least=0.3, interval=ANY)

    @pytest.mark.parametrize(
        ("prompts", "passed"),
        [
            ([("A", 50, 0.1, 0.3)], True),
            ([("A", 50, 0.1, 0.29)], False),
            ([("A", 50, 0.5, 0.7), ("B", 30, 0.0, 0.2)], False),
            ([("A", 50, 0.5, 0.7), ("B", 29, 0.0, 0.2)], True),
            ([(None, 50, 0.0, 0.2)], True),
            ([], True),
        ],
    )
    def test_the_worst_one_decides(self, prompts, passed):
        documents = [
            {"prompt": key, "n": n, "qwk": value(low, high)} for key, n, low, high in prompts
        ]
        check = check_worst_prompt(record(metrics={"by_prompt": documents}), self.RULE)
        assert passed is check.passed

    def test_figures_that_are_not_there(self):
        assert not check_worst_prompt(record(metrics={}), self.RULE).passed


@pytest.mark.parametrize("digest", [None, "", "d" * 63, "D" * 64, 7, "g" * 64])
def test_unknown_data(digest):
    assert check_data_digest(record()).passed
    assert not check_data_digest(record(metadata={"dataset_digest": digest})).passed


@pytest.mark.parametrize(
    ("rule", "candidate", "incumbent", "passed"),
    [
        ("never", "real", None, True),
        ("never", "synthetic", None, False),
        ("trial", "synthetic", None, True),
        ("trial", "synthetic", "synthetic", True),
        ("trial", "synthetic", "real", False),
        ("trial", "real", "real", True),
        ("trial", "real", "synthetic", True),
        ("always", "synthetic", "real", True),
    ],
)
def test_synthetic_data(rule, candidate, incumbent, passed):
    def made(label):
        return record(metadata={"labels": [label]})

    there = None if incumbent is None else made(incumbent)
    assert passed is check_synthetic(made(candidate), there, SyntheticData(rule)).passed


class TestPapers:
    RULE = CardRule(parts=("What it is for", "Limits"))

    @pytest.mark.parametrize(
        ("card", "missing"),
        [
            ("## What it is for\n\nA grade.\n\n## Limits\n\n- many\n", []),
            ("## What it is for\n\nA grade.\n\n## Limits\n\nNot recorded.\n", ["Limits"]),
            ("## What it is for\n\nA grade.\n\n## Limits\n\n", ["Limits"]),
            ("## What it is for\nx\n## Limits\n\nNot stated: all. Ask.\n", ["Limits"]),
            ("## What it is for\nx\n## Limits\n\nNot stated: x.\n\nMany.\n", []),
            ("## What it is for\nx\n## Limits\n\nNothing is certain.\n", []),
            ("## What it is for\n\nA grade.\n\n### Limits\n\nmany\n", ["Limits"]),
            ("## What it is for\n| | |\n|---|---|\n\n## Limits\nx", ["What it is for"]),
            ("# Model card\n", ["What it is for", "Limits"]),
            ("", ["What it is for", "Limits"]),
        ],
    )
    def test_parts_without_anything_recorded(self, card, missing):
        bundle = small_bundle(files={**small_files(), "model_card.md": card.encode()})
        check = check_papers(read_papers(bundle), self.RULE)
        assert (not missing) is check.passed
        assert ("complete" if not missing else f"missing: {', '.join(missing)}") == check.observed

    @pytest.mark.parametrize("name", ["model_card.md", "report.html"])
    def test_a_paper_that_is_not_there(self, name):
        files = {n: data for n, data in small_files().items() if n != name}
        rule = CardRule(parts=("Limits",))
        check = check_papers(read_papers(small_bundle(files=files)), rule)
        assert (False, f"missing: {name}") == (check.passed, check.observed)
        assert check_papers(read_papers(small_bundle()), rule).passed

    def test_nobody_looked(self):
        assert not check_papers(None, self.RULE).passed
        assert not check_papers(Papers(True, None), CardRule()).passed
