"""Runs side by side, and when their figures do not compare."""

from dataclasses import replace
from uuid import UUID

import pytest

from huleedu_ml_training.registry.runs.comparison import ABSENT, compare_runs, run_values
from huleedu_ml_training.registry.runs.records import RunKind
from huleedu_ml_training.testing.run_sink_suite import ended_run

RUN = ended_run(0.7)


def other(**changes):
    return replace(RUN, id=UUID(int=1), **changes)


def test_equal_runs_differ_in_nothing():
    found = compare_runs([RUN, other()])
    assert (found.differences, found.same_data, found.notes) == ({}, True, ())
    assert [0.7, 0.7] == [value.value for value in found.figures["qwk"]]


def test_settings_and_request_that_differ_are_shown():
    config = {"training": {"seed": 8}, "database_url": RUN.config["database_url"], "new": True}
    found = compare_runs([RUN, other(config=config, request={"selection": {"limit": 9}}), RUN])
    assert found.differences == {
        "training.seed": (7, 8, 7),
        "new": (ABSENT, True, ABSENT),
        "request.model_name": ("essay-scorer", ABSENT, "essay-scorer"),
        "request.selection.limit": (ABSENT, 9, ABSENT),
    }


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"dataset_digest": "e" * 64}, "different essays"),
        ({"dataset_digest": None}, "different essays"),
        ({"kind": RunKind.CV}, "different kinds"),
        ({"metrics": {**RUN.metrics, "metrics_version": 2}}, "different definitions"),
        ({"metrics": {}}, "without figures: 00000000"),
    ],
)
def test_what_keeps_figures_from_comparing_is_said(changes, expected):
    first = replace(RUN, metrics={**RUN.metrics, "metrics_version": 1})
    found = compare_runs([first, other(**{"metrics": first.metrics, **changes})])
    assert [expected in note for note in found.notes] == [True]
    assert found.same_data == ("dataset_digest" not in changes)


def test_runs_without_a_known_data_set_are_never_said_to_share_one():
    unknown = replace(RUN, dataset_digest=None)
    assert not compare_runs([unknown, unknown]).same_data


@pytest.mark.parametrize("values", [None, 3, {"qwk": None}, {"qwk": {}}, {"qwk": {"value": "x"}}])
def test_broken_figures_are_left_out(values):
    assert run_values({"values": values}) == {}
