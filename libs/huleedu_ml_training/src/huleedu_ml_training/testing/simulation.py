"""Essays that never were: features and grades with a known relation, for suites and tests."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class SimulatedEssays:
    """Features and grades of a proportional-odds model.

    Attributes:
        X: ndarray of shape (n_essays, n_features), float32.
        y: ndarray of shape (n_essays,), int64; grade indices.
        truth: ndarray of shape (n_essays,), float64; the latent score that grades were drawn from.
        thresholds: ndarray of shape (K-1,), float64, ascending; those that grades were drawn by:
            P(grade > k) = sigmoid(truth - threshold).
        n_grades: K.
    """

    X: NDArray[np.float32]
    y: NDArray[np.int64]
    truth: NDArray[np.float64]
    thresholds: NDArray[np.float64]
    n_grades: int

    def part(self, start: int, stop: int) -> "SimulatedEssays":
        """Return the essays from ``start`` up to, not including, ``stop``."""
        rows = slice(start, stop)
        return replace(self, X=self.X[rows], y=self.y[rows], truth=self.truth[rows])


def simulate_essays(
    n_essays: int,
    n_grades: int,
    *,
    n_features: int = 12,
    signal: float = 3.0,
    missing: float = 0.0,
    seed: int = 0,
) -> SimulatedEssays:
    """Draw essays whose first four features carry the grade, middle grades most frequent.

    Args:
        n_essays: How many.
        n_grades: K.
        n_features: Columns; those after the fourth are noise.
        signal: Standard deviation of the latent score, beside logistic noise of the grade.
        missing: Share of values that are NaN.
        seed: Seed of everything.
    """
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_essays, n_features)).astype(np.float32)
    used = X[:, :4].astype(np.float64)
    score = used.sum(axis=1) + 0.5 * np.tanh(2 * used[:, 0])
    truth = signal * score / score.std()
    edges = np.quantile(truth, (1 - np.cos(np.pi * np.arange(1, n_grades) / n_grades)) / 2)
    y = np.searchsorted(edges, truth + rng.logistic(size=n_essays)).astype(np.int64)
    X[rng.random(X.shape) < missing] = np.nan
    return SimulatedEssays(X, y, truth, edges, n_grades)
