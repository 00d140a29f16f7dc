"""True scores: what many raters would agree on, as far as some double grading can tell.

A rater's grade is the essay's true score plus an error of the rater's own, independent of it.
Essays graded twice or more show how large the errors are, and that in turn how much of the variance
of grades is true (Haberman 2008; Loukina et al. 2020, whose estimators for any number of ratings
per essay, the same number or not, are used here).

Everything is a function of a few sums over essays, so that one call serves one sample or thousands
of resamples.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SUMMED = 7
"""Number of columns of :func:`true_score_terms`."""

_NO_VARIANCE = 1e-12
"""Ratings are in levels: a variance below this is rounding."""


@dataclass(frozen=True, slots=True, eq=False)
class TrueScores:
    """Estimates under each of a number of weightings of the essays, arrays of one shape.

    Attributes:
        error_variance: Variance of a single rater's errors; NaN where no essay has two ratings.
        variance: Variance of the true scores; NaN where it comes out as nothing or less.
        reliability: Share of a single rating's variance that is true, the squared correlation of
            a rating with the true score; NaN where :attr:`variance` is.
        prmse: Proportional reduction in mean squared error when the machine's score, rather than
            the mean, stands for the true score; NaN where :attr:`variance` is.
    """

    error_variance: NDArray[np.float64]
    variance: NDArray[np.float64]
    reliability: NDArray[np.float64]
    prmse: NDArray[np.float64]


def true_score_terms(
    ratings: NDArray[np.float64], score: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return what is summed over essays, shape (n_essays, SUMMED).

    An essay without a rating contributes nothing.

    Args:
        ratings: Grades of single raters, shape (n_essays, n_raters), centred near zero for
            numerical safety; NaN where a rater did not grade an essay.
        score: The machine's score of each essay on the same centred scale, shape (n_essays,).
    """
    rated = np.isfinite(ratings)
    count = rated.sum(axis=1).astype(np.float64)
    given = np.where(rated, ratings, 0.0)
    mean = given.sum(axis=1) / np.maximum(count, 1)
    within = np.where(rated, ratings - mean[:, None], 0.0)
    return np.column_stack(
        [
            count > 0,
            count,
            count**2,
            (within**2).sum(axis=1),
            count * mean,
            count * mean**2,
            count * (mean - score) ** 2,
        ]
    ).astype(np.float64)


def true_scores(sums: NDArray[np.float64]) -> TrueScores:
    """Estimate variances and PRMSE from sums of :func:`true_score_terms`.

    Args:
        sums: Shape (..., SUMMED).

    Returns:
        Arrays of the leading shape.
    """
    essays, ratings, squared, within, total, squares, missed = np.moveaxis(sums, -1, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        error_variance = _where(ratings > essays, within / (ratings - essays))
        between = squares - total**2 / ratings
        variance = (between - (essays - 1) * error_variance) / (ratings - squared / ratings)
        variance = _where(variance > _NO_VARIANCE, variance)
        mean_squared_error = (missed - essays * error_variance) / ratings
        return TrueScores(
            error_variance=error_variance,
            variance=variance,
            reliability=variance / (variance + error_variance),
            prmse=1 - mean_squared_error / variance,
        )


def attainable_qwk(reliability: NDArray[np.float64], raters: int = 1) -> NDArray[np.float64]:
    """Return the kappa of a grader that knows the true score, against the mean of some raters.

    With m raters the human grade has the reliability R = mρ / (1 + (m - 1)ρ) (Spearman 1910, Brown
    1910), and a grader that gives the true score reaches 2R / (1 + R): its grades spread less than
    people's. That is 2ρ / (1 + ρ) against one rater. Rounding to grades costs a little more.

    Args:
        reliability: Reliability ρ of a single rating, any shape, 0…1.
        raters: Number of raters m whose mean is the human grade, at least 1.
    """
    rho = np.asarray(reliability, dtype=np.float64)
    of_mean = raters * rho / (1 + (raters - 1) * rho)
    ceiling: NDArray[np.float64] = 2 * of_mean / (1 + of_mean)
    return ceiling


def attainable_equated_qwk(reliability: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the same against one rater, for grades stretched to spread like people's: √ρ.

    No linear transformation of the true score agrees better with a single rater.

    Args:
        reliability: Reliability ρ of a single rating, any shape, 0…1.
    """
    ceiling: NDArray[np.float64] = np.sqrt(np.asarray(reliability, dtype=np.float64))
    return ceiling


def _where(defined: NDArray[np.bool_], value: NDArray[np.float64]) -> NDArray[np.float64]:
    masked: NDArray[np.float64] = np.where(defined, value, np.nan)
    return masked
