"""Log-odds and probabilities of grade > k: their order, and the way to P(grade) and back."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

FloatArray = NDArray[np.float64]


def sigmoid(margins: FloatArray) -> FloatArray:
    """Return 1 / (1 + exp(-margins)), elementwise and without overflow."""
    probabilities: FloatArray = expit(margins)
    return probabilities


def compressed(margins: FloatArray) -> FloatArray:
    """Return asinh(margins / 2), elementwise: log-odds near zero, their logarithm far away."""
    scores: FloatArray = np.arcsinh(margins / 2)
    return scores


def information_weights(y: NDArray[np.int64], n_grades: int) -> FloatArray:
    """Return p (1 - p) with p the share of essays above each threshold, scaled to sum to 1.

    Args:
        y: Grade indices, shape (n_essays,), at least two different ones.
        n_grades: K.

    Returns:
        ndarray of shape (K-1,); 0 for a threshold that no essay, or every one, lies above.
    """
    above = np.array([np.mean(y > k) for k in range(n_grades - 1)])
    information = above * (1.0 - above)
    weights: FloatArray = information / information.sum()
    return weights


def rearranged(cumulative: FloatArray) -> FloatArray:
    """Return each row in descending order: the monotone repair of separately fitted thresholds.

    K-1 models that were fitted apart may claim P(grade > 3) > P(grade > 2) for some essay. The
    monotone rearrangement of such a row, which for finitely many values is sorting, lies at least
    as near to any truly monotone row as the raw row does, in every Lp norm (Chernozhukov,
    Fernández-Val & Galichon 2009, "Improving point and interval estimators of monotone functions
    by rearrangement", Biometrika 96). It leaves a monotone row as it is, and it computes nothing:
    every value of the result is a value of the row, so the exported graph repairs bit for bit
    alike.

    Args:
        cumulative: ndarray of shape (n_essays, K-1).

    Returns:
        ndarray of shape (n_essays, K-1), not increasing along a row.
    """
    ascending: FloatArray = np.sort(cumulative, axis=1)
    return ascending[:, ::-1]


def grade_probabilities(cumulative: FloatArray) -> FloatArray:
    """Return P(grade) from P(grade > k).

    Args:
        cumulative: ndarray of shape (n_essays, K-1) in [0, 1], not increasing along a row.

    Returns:
        ndarray of shape (n_essays, K): differences of neighbours, with 1 before the first column
        and 0 after the last; none below 0, rows sum to 1.
    """
    above: FloatArray = np.pad(cumulative, ((0, 0), (1, 0)), constant_values=1.0)
    not_above: FloatArray = np.pad(cumulative, ((0, 0), (0, 1)), constant_values=0.0)
    return above - not_above


def exceedance(probabilities: FloatArray) -> FloatArray:
    """Return P(grade > k) from P(grade); the inverse of :func:`grade_probabilities`.

    Args:
        probabilities: ndarray of shape (n_essays, K).

    Returns:
        ndarray of shape (n_essays, K-1).
    """
    cumulative: FloatArray = probabilities @ exceedance_matrix(probabilities.shape[1])
    return cumulative


def exceedance_matrix(n_grades: int) -> FloatArray:
    """Return the 0/1 matrix M of shape (K, K-1) with ``P(grade) @ M = P(grade > k)``."""
    return np.tril(np.ones((n_grades, n_grades - 1)), k=-1)
