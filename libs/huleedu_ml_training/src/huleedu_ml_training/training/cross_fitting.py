"""Out-of-fold predictions: every essay scored by a model that never saw it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.domain.split import Split
from huleedu_ml_training.models.calibration import fit_calibrator
from huleedu_ml_training.models.decision import fit_decision_rule
from huleedu_ml_training.models.pooling import (
    Pool,
    fit_member_weights,
    fit_pool,
    latent_scales,
)
from huleedu_ml_training.models.protocols import RoundCallback
from huleedu_ml_training.models.stacking import StackedTrainer


@dataclass(frozen=True, slots=True, eq=False)
class OutOfFold:
    """Predictions of cross-fitting.

    Attributes:
        latent: ndarray of shape (n_essays,), float64.
        cumulative: ndarray of shape (n_essays, K-1), float64; uncalibrated P(grade > k).
        fold: ndarray of shape (n_essays,), int64; the fold in which an essay was held out.
    """

    latent: NDArray[np.float64]
    cumulative: NDArray[np.float64]
    fold: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class FoldScores:
    """Held-out scores of one fold: latent (n_test,) and cumulative (n_test, K-1)."""

    latent: NDArray[np.float64]
    cumulative: NDArray[np.float64]


def score_fold(
    trainer: StackedTrainer,
    X: NDArray[np.float32],
    y: NDArray[np.int64],
    groups: NDArray[np.int64],
    fold: Split,
    *,
    n_grades: int,
    seed: int,
    callback: RoundCallback | None = None,
) -> FoldScores:
    """Fit on a fold's training part, stop on its validation part, score its test part."""
    classifier = trainer.fit(
        X[fold.train],
        y[fold.train],
        groups[fold.train],
        n_grades=n_grades,
        stopping=(X[fold.validation], y[fold.validation]),
        seed=seed,
        callback=callback,
    )
    held_out = X[fold.test]
    return FoldScores(classifier.latent(held_out), classifier.cumulative(held_out))


def cross_fit(
    folds: Sequence[Split], n_essays: int, score: Callable[[int, Split], FoldScores]
) -> OutOfFold:
    """Collect the held-out scores of all folds.

    Args:
        folds: Splits whose test parts are disjoint and together hold every essay.
        n_essays: Number of essays.
        score: Returns the scores of a fold; called in order, and free to take them from a
            checkpoint.
    """
    latent = np.full(n_essays, np.nan)
    cumulative: NDArray[np.float64] | None = None
    fold_of = np.full(n_essays, -1, dtype=np.int64)
    for number, fold in enumerate(folds):
        scores = score(number, fold)
        if cumulative is None:
            cumulative = np.full((n_essays, scores.cumulative.shape[1]), np.nan)
        latent[fold.test] = scores.latent
        cumulative[fold.test] = scores.cumulative
        fold_of[fold.test] = number
    if cumulative is None or (fold_of < 0).any():
        msg = "the folds do not hold every essay"
        raise ValueError(msg)
    return OutOfFold(latent, cumulative, fold_of)


def fit_member_pool(
    members: Sequence[OutOfFold], y: NDArray[np.int64], kinds: Sequence[str]
) -> Pool:
    """Return how members are averaged, fitted on the out-of-fold predictions of all essays.

    Args:
        members: Predictions of each member, on the same folds.
        y: Grade indices, shape (n_essays,).
        kinds: Kind of each member.
    """
    latents, cumulatives = [each.latent for each in members], [each.cumulative for each in members]
    return fit_pool(latents, cumulatives, y, kinds)


def cross_pool(
    members: Sequence[OutOfFold], y: NDArray[np.int64], kinds: Sequence[str]
) -> OutOfFold:
    """Return the average of members' predictions, with the weights of a fold fitted on the others.

    Centres and spreads of latent scores know no grades, and are those of all folds: measured on
    the other folds alone, their noise would move the scores of one fold against those of the next.

    Args:
        members: Predictions of each member, on the same folds.
        y: Grade indices, shape (n_essays,).
        kinds: Kind of each member.
    """
    fold = members[0].fold
    latent = np.empty_like(members[0].latent)
    cumulative = np.empty_like(members[0].cumulative)
    scales = latent_scales([each.latent for each in members])
    for number in np.unique(fold):
        held_out = fold == number
        others = [each.cumulative[~held_out] for each in members]
        pool = Pool(fit_member_weights(others, y[~held_out], kinds), *scales)
        latent[held_out] = pool.latent([each.latent[held_out] for each in members])
        cumulative[held_out] = pool.cumulative([each.cumulative[held_out] for each in members])
    return OutOfFold(latent, cumulative, fold)


def cross_calibrate(
    method: str, oof: OutOfFold, y: NDArray[np.int64], n_grades: int
) -> NDArray[np.float64]:
    """Return P(grade) of every essay by a calibrator fitted on the other folds.

    Returns:
        ndarray of shape (n_essays, K). Decision rules are fitted on these: probabilities of
        essays that neither the model nor the calibrator has seen.
    """
    probabilities = np.empty((len(y), n_grades))
    for number in np.unique(oof.fold):
        held_out = oof.fold == number
        calibrator = fit_calibrator(
            method, oof.latent[~held_out], oof.cumulative[~held_out], y[~held_out], n_grades
        )
        probabilities[held_out] = calibrator.probabilities(
            oof.latent[held_out], oof.cumulative[held_out]
        )
    return probabilities


def cross_decide(
    rule: str,
    probabilities: NDArray[np.float64],
    y: NDArray[np.int64],
    fold: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Return the grade of every essay by a decision rule fitted on the other folds.

    Args:
        rule: Name of the rule.
        probabilities: Cross-calibrated P(grade), shape (n_essays, K).
        y: Grade indices, shape (n_essays,).
        fold: The fold in which an essay was held out, shape (n_essays,).

    Returns:
        ndarray of shape (n_essays,), int64.
    """
    grades = np.empty_like(y)
    for number in np.unique(fold):
        held_out = fold == number
        fitted = fit_decision_rule(rule, probabilities[~held_out], y[~held_out])
        grades[held_out] = fitted.decide(probabilities[held_out])
    return grades
