"""One score from many embedding dimensions: ridge regression of the grade on them.

Hundreds of dimensions thrown into boosted trees raw cost more than they tell; a linear model reads
them better, and its score is one strong feature for the trees (stacked generalisation, Wolpert
1992). The trees must learn from scores as new essays will have them: from models that never saw
the essay. Those out-of-fold scores also choose the penalty.

Ridge (Hoerl & Kennard 1970, *Technometrics* 12) on standardised dimensions, the intercept not
penalised. A kernel would need the embeddings of training essays at grading time, and pupils' texts
can in part be recovered from those; a linear model keeps one number a dimension.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.models.errors import InvalidModelStateError
from huleedu_ml_training.models.state import finite_numbers, typed_field

EMBEDDING_SCORE_FILE = "embedding_score.json"
FOLDS = 5
PENALTIES = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
"""Penalties that are tried, in units of the number of essays."""

FloatArray = NDArray[np.float64]

_GREATEST = float(np.finfo(np.float32).max)


@dataclass(frozen=True, slots=True, eq=False)
class EmbeddingScore:
    """A linear score of embedding dimensions. Immutable.

    Attributes:
        mean: Of each dimension, ndarray of shape (d,).
        scale: Standard deviation of each, above 0, ndarray of shape (d,).
        weights: ndarray of shape (d,).
        intercept: The mean grade index.
        penalty: The chosen penalty, for the record.
    """

    mean: FloatArray
    scale: FloatArray
    weights: FloatArray
    intercept: float
    penalty: float

    def scores(self, embeddings: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return scores in grade levels, ndarray of shape (n_essays,); NaN for undefined rows.

        Absurd embeddings get the greatest score that float32 holds, never an infinity.

        Args:
            embeddings: ndarray of shape (n_essays, d), finite or NaN.
        """
        standard = (embeddings.astype(np.float64) - self.mean) / self.scale
        scores = standard @ self.weights + self.intercept
        return np.clip(scores, -_GREATEST, _GREATEST).astype(np.float32)

    def parameters(self) -> dict[str, Any]:
        """Return JSON-ready parameters."""
        return {
            "method": "ridge",
            "mean": self.mean.tolist(),
            "scale": self.scale.tolist(),
            "weights": self.weights.tolist(),
            "intercept": self.intercept,
            "penalty": self.penalty,
        }


@dataclass(frozen=True, slots=True, eq=False)
class FittedEmbeddingScore:
    """A score, and what it says of the essays it was fitted on.

    Attributes:
        score: Fitted on all essays.
        out_of_fold: Scores of the same essays by models that never saw them or their group,
            ndarray of shape (n_essays,), float32; NaN for rows with an undefined embedding.
    """

    score: EmbeddingScore
    out_of_fold: NDArray[np.float32]


def fit_embedding_score(
    embeddings: NDArray[np.float32], y: NDArray[np.int64], groups: NDArray[np.int64], *, seed: int
) -> FittedEmbeddingScore | None:
    """Fit a score and its out-of-fold values.

    Args:
        embeddings: ndarray of shape (n_essays, d), float32; rows with a NaN are left out.
        y: Grade indices, shape (n_essays,).
        groups: Essays of equal number stay together in a fold, shape (n_essays,).
        seed: Seed of the folds.

    Returns:
        None where fewer than two groups of essays have embeddings, or all have the same grade.
    """
    rows = np.flatnonzero(np.isfinite(embeddings).all(axis=1))
    if len(rows) == 0 or len(np.unique(groups[rows])) < 2 or np.ptp(y[rows]) == 0:
        return None
    known, targets = embeddings[rows], y[rows].astype(np.float64)
    fold_of = _grouped_folds(groups[rows], seed=seed)
    candidates = np.empty((len(PENALTIES), len(rows)))
    for fold in np.unique(fold_of):
        held = fold_of == fold
        for row, score in enumerate(_ridges(known[~held], targets[~held])):
            candidates[row, held] = score.scores(known[held])
    errors = np.square(candidates - targets).mean(axis=1)
    best = int(np.argmin(errors))
    out_of_fold = np.full(len(y), np.nan, dtype=np.float32)
    out_of_fold[rows] = candidates[best]
    return FittedEmbeddingScore(_ridges(known, targets)[best], out_of_fold)


def embedding_score_from_parameters(parameters: Mapping[str, Any]) -> EmbeddingScore:
    """Return the score that gave these parameters, bit for bit.

    Raises:
        InvalidModelStateError: Parameters are missing or make no score.
    """
    file = EMBEDDING_SCORE_FILE
    mean, scale, weights = (
        finite_numbers(typed_field(parameters, name, list, file=file), file=file)
        for name in ("mean", "scale", "weights")
    )
    intercept, penalty = finite_numbers(
        [parameters.get("intercept"), parameters.get("penalty")], file=file
    )
    if not len(mean) == len(scale) == len(weights) > 0 or not (scale > 0).all():
        raise InvalidModelStateError(file=file, reason="has no weights for each dimension")
    return EmbeddingScore(mean, scale, weights, float(intercept), float(penalty))


def _ridges(embeddings: NDArray[np.float32], y: FloatArray) -> list[EmbeddingScore]:
    """Return one score per penalty, from one eigendecomposition."""
    wide = embeddings.astype(np.float64)
    mean, spread = wide.mean(axis=0), wide.std(axis=0)
    scale = np.where(spread > 0, spread, 1.0)
    standard = (wide - mean) / scale
    intercept = float(y.mean())
    eigenvalues, vectors = np.linalg.eigh(standard.T @ standard)
    projected = vectors.T @ (standard.T @ (y - intercept))
    return [
        EmbeddingScore(
            mean,
            scale,
            vectors @ (projected / (np.maximum(eigenvalues, 0.0) + penalty * len(y))),
            intercept,
            penalty,
        )
        for penalty in PENALTIES
    ]


def _grouped_folds(groups: NDArray[np.int64], *, seed: int) -> NDArray[np.int64]:
    """Return the fold of each essay: groups in random order, each to the smallest fold so far."""
    numbers, sizes = np.unique(groups, return_counts=True)
    n_folds = min(FOLDS, len(numbers))
    order = np.random.default_rng(abs(seed)).permutation(len(numbers))
    # Large groups first, so that small ones can even the folds out.
    order = order[np.argsort(-sizes[order], kind="stable")]
    filled = np.zeros(n_folds, dtype=np.int64)
    fold_of_group = np.empty(len(numbers), dtype=np.int64)
    for group in order:
        fold = int(np.argmin(filled))
        fold_of_group[group] = fold
        filled[fold] += sizes[group]
    folds: NDArray[np.int64] = fold_of_group[np.searchsorted(numbers, groups)]
    return folds
