"""Measuring what features do to a grader's scores."""

import math

import numpy as np
from numpy.typing import NDArray

from huleedu_essay_features import FeatureSchema
from huleedu_ml_training.models.attribution import attribute
from huleedu_ml_training.models.protocols import OrdinalClassifierProtocol
from huleedu_ml_training.reports.influence import (
    FeatureInfluence,
    GroupInfluence,
    SingleInfluence,
)

MAX_ESSAYS = 300
"""Essays that are taken apart at most: means are steady by then."""

EMBEDDING = "embedding"


def measure_influence(
    classifier: OrdinalClassifierProtocol,
    X: NDArray[np.float32],
    schema: FeatureSchema,
    *,
    seed: int,
) -> FeatureInfluence:
    """Return what features do to latent scores of essays.

    Args:
        classifier: A fitted classifier.
        X: Features, shape (n_essays, n_features), at least one essay; a sample of them is used.
        schema: What the columns mean.
        seed: Seed of the sample.

    Raises:
        TypeError: Scores of such a classifier cannot be taken apart.
        InvalidFeaturesError: X has another number of columns, or an infinity.
    """
    if len(X) > MAX_ESSAYS:
        rows = np.random.default_rng(seed).choice(len(X), size=MAX_ESSAYS, replace=False)
        X = X[np.sort(rows)]
    parts = attribute(classifier, X).parts
    return FeatureInfluence(len(X), _groups(parts, schema), _features(parts, X, schema))


def _groups(parts: NDArray[np.float64], schema: FeatureSchema) -> tuple[GroupInfluence, ...]:
    names = dict.fromkeys(feature.group for feature in schema.features)
    columns = {name: list(schema.columns(name)) for name in names}
    effects = {
        name: float(np.abs(parts[:, own].sum(axis=1)).mean()) for name, own in columns.items()
    }
    total = sum(effects.values())
    found = [
        GroupInfluence(name, len(columns[name]), effect, effect / total if total else math.nan)
        for name, effect in effects.items()
    ]
    return tuple(sorted(found, key=lambda each: (-each.effect, each.name)))


def _features(
    parts: NDArray[np.float64], X: NDArray[np.float32], schema: FeatureSchema
) -> tuple[SingleInfluence, ...]:
    found = [
        SingleInfluence(
            name=feature.name,
            group=feature.group,
            effect=float(np.abs(parts[:, column]).mean()),
            direction=_direction(X[:, column].astype(np.float64), parts[:, column]),
        )
        for column, feature in enumerate(schema.features)
        if feature.group != EMBEDDING
    ]
    return tuple(sorted(found, key=lambda each: (-each.effect, each.name)))


def _direction(values: NDArray[np.float64], effects: NDArray[np.float64]) -> float:
    known = np.isfinite(values)
    own, effect = values[known], effects[known]
    if len(own) < 2 or np.ptp(own) == 0 or np.ptp(effect) == 0:
        return math.nan
    return float(np.corrcoef(own, effect)[0, 1])
