"""Options of a cross-validation: read, and refused where they make no sense."""

import pytest

from huleedu_ml_training.training.validation_errors import InvalidValidationError
from huleedu_ml_training.training.validation_request import (
    ValidationRequest,
    curve_sizes,
    require_consistent,
    seeds_and_splits,
)

NOTHING = {
    "nested": False,
    "protocol": None,
    "scheme": None,
    "repeats": None,
    "plot": None,
    "curve": None,
}


def test_sizes_are_sorted_and_each_once():
    assert (50, 100, 400) == curve_sizes("400, 100,50,100")


@pytest.mark.parametrize("text", ["", "0", "-5", "1.5", "100,,200", "ten", "²"])
def test_other_sizes_are_refused(text):
    with pytest.raises(InvalidValidationError, match="--learning-curve") as caught:
        curve_sizes(text)
    assert caught.value.exit_code == 2


def test_seeds_and_splits_are_read():
    assert (3, 4) == seeds_and_splits("3x4")
    assert (3, 4) == seeds_and_splits("3X4")


@pytest.mark.parametrize("text", ["", "3", "1x4", "3x1", "3x4x5", "axb", "3,4"])
def test_other_designs_are_refused(text):
    with pytest.raises(InvalidValidationError, match="--variance"):
        seeds_and_splits(text)


@pytest.mark.parametrize(
    ("wrong", "option"),
    [
        ({"nested": True, "protocol": "legacy"}, "--protocol"),
        ({"scheme": "repeated", "repeats": 1}, "--repeats"),
        ({"plot": "x.svg"}, "--plot"),
    ],
)
def test_contradictions_are_refused(wrong, option):
    with pytest.raises(InvalidValidationError, match=option):
        require_consistent(**{**NOTHING, **wrong})


@pytest.mark.parametrize(
    "fine",
    [
        {},
        {"nested": True, "protocol": "honest"},
        {"scheme": "repeated"},
        {"plot": "x.svg", "curve": "100"},
    ],
)
def test_the_rest_is_accepted(fine):
    require_consistent(**{**NOTHING, **fine})


def test_passes_of_repeats_and_of_variance_are_shared():
    request = ValidationRequest("x", repeats=3, variance=(2, 2))
    assert ((0, 0), (0, 1), (0, 2), (1, 0), (1, 1)) == request.cells


@pytest.mark.parametrize("request_", [{"repeats": 2}, {"variance": (2, 2)}])
def test_time_is_not_divided_twice(request_):
    with pytest.raises(InvalidValidationError, match="one way only"):
        ValidationRequest("x", **request_).require_random_splits("temporal")
    ValidationRequest("x", **request_).require_random_splits("stratified")
    ValidationRequest("x").require_random_splits("temporal")
