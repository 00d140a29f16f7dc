"""What each feature adds to a latent score.

Boosters attribute their own margin by TreeSHAP (Lundberg et al. 2020, "From local explanations to
global understanding with explainable AI for trees", *Nature Machine Intelligence* 2). Where the
latent score is a curve of several margins, a margin's attribution is passed on along the straight
path from the average essay's margins to this one's (integrated gradients, Sundararajan, Taly & Yan
2017; for a curve of one margin this is the slope of the secant). So on every scale the parts sum
to the whole: latent score = base + sum of the features' parts.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import singledispatch

import numpy as np
from numpy.polynomial.legendre import leggauss
from numpy.typing import NDArray

from huleedu_ml_training.models.booster_files import TreeModel
from huleedu_ml_training.models.cumulative import exceedance_matrix
from huleedu_ml_training.models.ensemble import EnsembleClassifier
from huleedu_ml_training.models.inputs import as_features
from huleedu_ml_training.models.latent_classifier import LatentClassifier
from huleedu_ml_training.models.multiclass_classifier import MulticlassClassifier
from huleedu_ml_training.models.ordinal_classifier import CumulativeBinaryClassifier
from huleedu_ml_training.models.ridge_classifier import RidgeClassifier
from huleedu_ml_training.models.stacked_classifier import StackedClassifier

FloatArray = NDArray[np.float64]

_NODES = 24
"""Points of the path at which slopes are measured."""


@dataclass(frozen=True, slots=True, eq=False)
class Attribution:
    """Parts of the latent scores of n essays.

    Attributes:
        base: Score where no feature is known, ndarray of shape (n_essays,).
        parts: What each feature adds, ndarray of shape (n_essays, n_features), on the latent
            scale; above 0 where the feature raises the score.
    """

    base: FloatArray
    parts: FloatArray


@singledispatch
def attribute(classifier: object, X: NDArray[np.float32]) -> Attribution:
    """Return what each feature adds to the latent scores.

    Args:
        classifier: A fitted classifier.
        X: Features, shape (n_essays, n_features).

    Raises:
        TypeError: Nothing says how scores of this kind are taken apart.
        InvalidFeaturesError: X has another number of columns, or an infinity.
    """
    msg = f"scores of {type(classifier).__name__} cannot be taken apart"
    raise TypeError(msg)


@attribute.register
def _latent(classifier: LatentClassifier, X: NDArray[np.float32]) -> Attribution:
    features = as_features(X, n_features=classifier.n_features)
    parts, _ = _margin_parts(classifier.booster, features)
    return _summed(classifier.latent(features), parts)


@attribute.register
def _cumulative_binary(
    classifier: CumulativeBinaryClassifier, X: NDArray[np.float32]
) -> Attribution:
    features = as_features(X, n_features=classifier.n_features)

    def slopes(margins: FloatArray) -> FloatArray:
        # d/dm asinh(m / 2) = 1 / sqrt(m² + 4)
        return classifier.latent_weights / np.sqrt(margins**2 + 4)

    parts = _along_path([_margin_parts(model, features) for model in classifier.thresholds], slopes)
    return _summed(classifier.latent(features), parts)


@attribute.register
def _multiclass(classifier: MulticlassClassifier, X: NDArray[np.float32]) -> Attribution:
    features = as_features(X, n_features=classifier.n_features)
    above = exceedance_matrix(classifier.n_grades)

    def slopes(scores: FloatArray) -> FloatArray:
        shifted = classifier.base + scores
        masses = np.exp(shifted - shifted.max(axis=1, keepdims=True))
        upper, lower = masses @ above, masses @ (1 - above)
        log_odds = np.log(upper) - np.log(lower)
        outer = classifier.latent_weights / np.sqrt(log_odds**2 + 4)
        slope: FloatArray = masses * ((outer / upper) @ above.T - (outer / lower) @ (1 - above).T)
        return slope

    parts = _along_path([_margin_parts(model, features) for model in classifier.boosters], slopes)
    return _summed(classifier.latent(features), parts)


@attribute.register
def _ridge(classifier: RidgeClassifier, X: NDArray[np.float32]) -> Attribution:
    """A linear score has parts already; the average training essay scores 0."""
    return _summed(classifier.latent(X), classifier.standardised(X) * classifier.weights)


@attribute.register
def _ensemble(classifier: EnsembleClassifier, X: NDArray[np.float32]) -> Attribution:
    parts = np.zeros((len(X), classifier.n_features))
    pool = classifier.pool
    for member, weight, spread in zip(classifier.members, pool.weights, pool.spreads, strict=True):
        parts += (weight / spread) * attribute(member, X).parts
    return _summed(classifier.latent(X), parts)


@attribute.register
def _stacked(classifier: StackedClassifier, X: NDArray[np.float32]) -> Attribution:
    """The part of the embedding's score is shared out evenly among the embedding's columns."""
    found = attribute(classifier.base, classifier.seen_by_base(X))
    parts = np.empty((len(X), classifier.n_features))
    parts[:, classifier.plain] = found.parts[:, :-1]
    parts[:, classifier.embedding] = found.parts[:, -1:] / len(classifier.embedding)
    return Attribution(found.base, parts)


def _margin_parts(model: TreeModel, features: NDArray[np.float32]) -> tuple[FloatArray, FloatArray]:
    """Return parts of a margin, (n, n_features), and the margin of the average essay, (n,)."""
    parts = model.contributions(features)
    return parts, model.margins(features) - parts.sum(axis=1)


def _along_path(
    margins: Sequence[tuple[FloatArray, FloatArray]], slopes: Callable[[FloatArray], FloatArray]
) -> FloatArray:
    """Pass parts of margins on to the score, by the mean slope between base and essay."""
    base = np.column_stack([own_base for _, own_base in margins])
    steps = np.column_stack([parts.sum(axis=1) for parts, _ in margins])
    nodes, node_weights = leggauss(_NODES)
    mean_slope = np.zeros_like(base)
    for node, weight in zip((nodes + 1) / 2, node_weights / 2, strict=True):
        mean_slope += weight * slopes(base + node * steps)
    total: FloatArray = np.sum(
        [parts * mean_slope[:, [k]] for k, (parts, _) in enumerate(margins)], axis=0
    )
    return total


def _summed(latent: FloatArray, parts: FloatArray) -> Attribution:
    return Attribution(latent - parts.sum(axis=1), parts)
