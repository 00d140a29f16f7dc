"""Conditions, tags and ids as people type them."""

import math
from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huleedu_ml_training.registry.conditions import (
    InvalidConditionError,
    MetricCondition,
    parse_condition,
)
from huleedu_ml_training.registry.runs.ids import AmbiguousRunIdError
from huleedu_ml_training.registry.tags import InvalidTagError, changed_tags, checked_tag
from huleedu_ml_training.testing.fakes.run_store import InMemoryRunStore, InMemoryRunTable
from huleedu_ml_training.testing.run_store_suite import start_run

HOSTILE = (
    *("", " ", "qwk", ">=1", "qwk>=", "qwk>=x", "qwk=>1", "qwk!=1", "qwk>=nan", "qwk>=inf"),
    *("qwk>=0x1", "qwk>=1;", "qwk>=1 OR true", "qwk.low.high>=1", "qwk.sd>=1", "QWK>=1"),
    *('qwk"."x>=1', "qwk'>=1", "qwk>=1\n\n--", "$.qwk>=1", "qwk ? (@ > 1)", "qwk>=１", "qwk≥1"),
    *("qwk>=1e999", "qwk>=" + "9" * 400, "q" * 5000, "qwk>=1\0", "\ud800>=1", "../qwk>=1"),
    *("__class__>=1", "qwk>=--1", "qwk>=1_0", "qwk>= 1 2", "qwk>=.", "qwk>>1", "qwk<>1"),
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("qwk>=0.6", MetricCondition("qwk", "value", ">=", 0.6)),
        ("  qwk.low > -.5 ", MetricCondition("qwk", "low", ">", -0.5)),
        ("rps.high<1e-2", MetricCondition("rps", "high", "<", 0.01)),
        ("qwk = 1", MetricCondition("qwk", "value", "==", 1.0)),
        ("qwk.value<=+2.", MetricCondition("qwk", "value", "<=", 2.0)),
    ],
)
def test_conditions(text, expected):
    assert parse_condition(text) == expected
    assert parse_condition(str(expected)) == expected


@pytest.mark.parametrize("text", HOSTILE)
def test_what_is_no_condition_is_refused(text):
    with pytest.raises(InvalidConditionError) as caught:
        parse_condition(text)
    assert caught.value.exit_code == 2
    assert len(str(caught.value)) < 600


@given(st.text(max_size=30))
def test_whatever_is_typed_is_a_condition_or_refused(text):
    try:
        condition = parse_condition(f"qwk{text}")
    except InvalidConditionError:
        return
    assert math.isfinite(condition.bound)


def test_a_metric_that_does_not_exist_is_named_with_those_that_do():
    with pytest.raises(InvalidConditionError, match="did you mean qwk"):
        parse_condition("qvk>=0.6")


@pytest.mark.parametrize("figure", [None, {}, {"value": None}, {"value": "1"}, {"value": True}, 1])
def test_what_is_no_figure_fulfils_nothing(figure):
    for metrics in ({"values": {"qwk": figure}}, {"values": figure}, {}):
        assert not parse_condition("qwk>-1").holds(metrics)
        assert not parse_condition("qwk<9").holds(metrics)


def test_tags():
    assert changed_tags(("b", "a"), add=("c", "a"), remove=("b", "x")) == ("a", "c")
    for tag in ("", "A", "a b", "a\n", "å", ".a", "a" * 64, "a/b"):
        with pytest.raises(InvalidTagError):
            checked_tag(tag)


async def test_ambiguous_run_ids_are_listed():
    table = InMemoryRunTable()
    store = InMemoryRunStore(table)
    run = await start_run(store)
    twins = []
    for last in (1, 2):
        twin = replace(run, id=UUID(f"abcd{last:028x}"))
        table.runs[twin.id] = twin
        twins.append(twin)
    with pytest.raises(AmbiguousRunIdError) as caught:
        await store.find("ABCD-00")
    assert list(caught.value.candidates) == twins[::-1]
    assert str(twins[0].id) in str(caught.value)
    assert caught.value.exit_code == 4
    assert await store.find(twins[1].id.hex) == twins[1]
