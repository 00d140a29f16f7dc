from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from huleedu_ml_training.domain import EssayDataset, GradePredictions, GradeScale, Split
from huleedu_ml_training.domain.concatenation import concatenate

SCALE = GradeScale.named("swedish_8")


def make(ids=("1", "2", "3"), **changes):
    n = len(ids)
    columns = {
        "scale": SCALE,
        "essay_ids": ids,
        "texts": [f"text of {i}" for i in ids],
        "grades": [int(i) % 8 for i in ids],
        "prompts": ["p"] * n,
        "created_at": [datetime(2025, 1, 1, tzinfo=UTC)] * n,
        "ratings": np.array([[1.0, np.nan]] * n),
        "metadata": {"year": tuple(f"y{i}" for i in ids)},
    }
    return EssayDataset.create(**{**columns, **changes})


def test_columns_of_different_length_are_refused():
    with pytest.raises(ValueError, match="texts"):
        make(texts=["only one"])


def test_rows_are_taken_with_all_their_columns():
    dataset = make().with_features(np.arange(6, dtype=np.float32).reshape(3, 2), ["a", "b"], "d")

    taken = dataset.take(np.array([2, 0]))

    assert taken.essay_ids == ("3", "1")
    assert taken.texts == ("text of 3", "text of 1")
    assert taken.grades.tolist() == [3, 1]
    assert taken.metadata == {"year": ("y3", "y1")}
    assert taken.features.tolist() == [[4, 5], [0, 1]]


def test_parts_put_together_again_are_the_whole():
    whole = make()

    parts = [whole.take(np.array([0])), whole.take(np.array([1, 2]))]

    assert whole.digest == concatenate(parts).digest


def test_parts_may_have_other_raters_and_columns():
    whole = make()
    first = replace(
        whole.take(np.array([0])), ratings=np.array([[1.0, 2.0]]), metadata={"class": ("8b",)}
    )
    second = replace(whole.take(np.array([1, 2])), ratings=np.array([[3.0], [np.nan]]))

    both = concatenate([second, first])

    nan = np.nan
    np.testing.assert_array_equal([[3, nan], [nan, nan], [1, 2]], both.ratings)
    assert both.metadata == {"class": (None, None, "8b"), "year": ("y2", "y3", None)}


def test_digest_does_not_depend_on_order():
    whole = make()
    assert whole.digest == whole.take(np.array([2, 0, 1])).digest


@pytest.mark.parametrize(
    "change",
    [
        {"texts": ["text of 1", "text of 2", "text of  3"]},
        {"grades": [1, 2, 4]},
        {"prompts": ["p", "p", "q"]},
        {"languages": ["en", "en", "sv"]},
        {"created_at": [None, None, None]},
        {"ratings": np.array([[1.0, 2.0]] * 3)},
        {"prompt_texts": ["write", None, None]},
        {"scale": GradeScale("other", (*SCALE.labels[:-1], "A+"))},
    ],
)
def test_digest_sees_every_column_that_matters(change):
    assert make().digest != make(**change).digest


def test_every_grade_is_counted():
    assert make().grade_counts.tolist() == [0, 1, 1, 1, 0, 0, 0, 0]


def test_a_row_in_two_parts_is_refused():
    rows = np.array([0, 1])
    with pytest.raises(ValueError, match="two parts"):
        Split(train=rows, validation=rows, test=rows, scheme="x", seed=0)


def test_predictions_speak_of_the_decided_grade():
    probabilities = np.array([[0.2, 0.5, 0.3], [0.6, 0.3, 0.1]])
    predictions = GradePredictions(
        scale=GradeScale("three", ("U", "G", "VG")),
        latent=np.array([0.1, -1.0]),
        probabilities=probabilities,
        grades=np.array([2, 0]),
    )

    assert predictions.labels == ("VG", "U")
    assert predictions.confidence.tolist() == [0.3, 0.6]
    assert predictions.expected == pytest.approx([1.1, 0.5])


def test_predictions_of_other_shapes_are_refused():
    with pytest.raises(ValueError, match="shapes"):
        GradePredictions(
            scale=SCALE,
            latent=np.zeros(2),
            probabilities=np.zeros((2, 3)),
            grades=np.zeros(2, dtype=np.int64),
        )
