"""Explanations of single essays."""

import json

import numpy as np
import pytest

from huleedu_essay_features import FeatureDefinition, FeatureSchema
from huleedu_ml_training.inference.explanation import FeatureEffect, feature_reference


def effect(**changes):
    values = {
        "name": "spelling_error_rate",
        "group": "errors",
        "unit": "per 100 words",
        "value": 4.25,
        "effect": -0.314,
        "rank": 0.87,
    }
    return FeatureEffect(**{**values, **changes})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {},
            (
                "spelling error rate is 4.25 per 100 words, higher than in 87% of the training "
                "essays; this lowers the score by 0.31."
            ),
        ),
        (
            {"rank": 0.25, "effect": 0.2, "unit": "ratio"},
            (
                "spelling error rate is 4.25, lower than in 75% of the training essays; "
                "this raises the score by 0.20."
            ),
        ),
        (
            {"rank": 0.0, "unit": "count"},
            (
                "spelling error rate is 4.25, as low as in any training essay; "
                "this lowers the score by 0.31."
            ),
        ),
        (
            {"rank": 1.0},
            (
                "spelling error rate is 4.25 per 100 words, higher than in nearly all training "
                "essays; this lowers the score by 0.31."
            ),
        ),
        (
            {"rank": None},
            "spelling error rate is 4.25 per 100 words; this lowers the score by 0.31.",
        ),
        (
            {"value": float("nan")},
            "spelling error rate is undefined for this essay; this lowers the score by 0.31.",
        ),
    ],
)
def test_words(changes, words):
    assert words == effect(**changes).words


def test_reference_holds_percentiles_of_what_is_defined():
    schema = FeatureSchema(
        (
            FeatureDefinition("words", "readability", "count", "Words."),
            FeatureDefinition("never", "task", "share", "Never."),
            FeatureDefinition("emb_000", "embedding", "none", "Embedding."),
        )
    )
    X = np.full((101, 3), np.nan, dtype=np.float32)
    X[:, 0] = np.arange(101)
    X[0, 0] = np.nan
    reference = json.loads(json.dumps(feature_reference(X, schema)))
    assert ["words"] == list(reference["quantiles"])
    assert pytest.approx([1.0, 50.5, 100.0]) == [
        reference["quantiles"]["words"][i] for i in (0, 50, 100)
    ]
