import hashlib
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from huleedu_ml_training.config import BoosterSettings
from huleedu_ml_training.models.boosters.lightgbm import LightGBMBackend
from huleedu_ml_training.models.errors import InvalidFeaturesError, InvalidModelStateError
from huleedu_ml_training.models.inputs import as_features, as_grades
from huleedu_ml_training.models.ordinal_classifier import CumulativeBinaryTrainer

values = st.floats(allow_nan=True, allow_infinity=True)


@given(arrays(np.float64, st.tuples(st.integers(1, 5), st.integers(1, 4)), elements=values))
def test_a_matrix_is_rounded_to_float32_or_refused(X):
    with np.errstate(over="ignore"):
        rounded = X.astype(np.float32)
    if np.isinf(rounded).any():
        with pytest.raises(InvalidFeaturesError) as caught:
            as_features(X)
        assert np.isinf(rounded[caught.value.row, caught.value.column])
    else:
        assert np.array_equal(rounded, as_features(X), equal_nan=True)


def test_a_refused_value_is_described_for_people():
    with pytest.raises(InvalidFeaturesError) as caught:
        as_features([[1.0, 2.0], [3.0, np.inf]], names=("mtld", "hdd"))
    assert [
        "row 1, column 1 (hdd) of the features is infinite, or beyond the range of float32",
        "  why: an undefined feature is NaN, never an infinity",
        "  fix: correct what computes that feature and extract it again",
    ] == str(caught.value).splitlines()


@pytest.mark.parametrize(
    ("X", "reason"),
    [
        (np.zeros(3), "its shape is (3,), expected (n_essays, 2)"),
        (np.zeros((3, 4)), "its shape is (3, 4), expected (n_essays, 2)"),
    ],
)
def test_a_refused_shape_is_described_for_people(X, reason):
    with pytest.raises(InvalidFeaturesError) as caught:
        as_features(X, n_features=2)
    assert [
        f"the feature matrix cannot be used: {reason}",
        "  fix: extract the features of these essays with the schema of the model",
    ] == str(caught.value).splitlines()


def test_a_matrix_without_columns_is_refused():
    with pytest.raises(InvalidFeaturesError, match="no column"):
        as_features(np.zeros((3, 0)))


@pytest.mark.parametrize("grade", [-1, 3])
def test_a_grade_beyond_the_scale_is_a_mistake_of_the_caller(grade):
    with pytest.raises(ValueError, match=r"not all in 0…2"):
        as_grades([0, grade], n_essays=2, n_grades=3, part="training part")


def test_a_text_that_is_no_booster_is_refused_even_with_the_right_digest():
    text = b"no model"
    entry = {"file": "booster_0.txt", "sha256": hashlib.sha256(text).hexdigest()}
    document = {
        "format_version": 1,
        "kind": "cumulative_binary",
        "backend": "lightgbm",
        "n_features": 2,
        "latent_weights": [1.0],
        "thresholds": [entry],
    }
    state = {"booster.json": json.dumps(document).encode(), "booster_0.txt": text}
    with pytest.raises(InvalidModelStateError, match="LightGBM cannot read it"):
        CumulativeBinaryTrainer(LightGBMBackend(BoosterSettings())).load(state)
