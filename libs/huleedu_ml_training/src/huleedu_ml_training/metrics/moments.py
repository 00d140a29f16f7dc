"""Means and variances of human and machine scores, and groups held against all essays."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_NO_VARIANCE = 1e-12
"""Scores are in levels: a variance below this is rounding."""


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """Sums over essays, centred at the middle of the scale; arrays of shape (n_resamples,).

    Attributes:
        n: Number of essays.
        human: Sum of human grades.
        human_squares: Sum of their squares.
        machine: Sum of expected grades.
        machine_squares: Sum of their squares.
    """

    n: NDArray[np.float64]
    human: NDArray[np.float64]
    human_squares: NDArray[np.float64]
    machine: NDArray[np.float64]
    machine_squares: NDArray[np.float64]

    @classmethod
    def of(
        cls, confusion: NDArray[np.generic], machine: NDArray[np.float64], middle: float
    ) -> "Moments":
        """Take the human sums from counts of grade pairs.

        Args:
            confusion: Shape (n_resamples, K, K); rows human, columns machine.
            machine: Sums of centred expected grades and of their squares, shape (n_resamples, 2).
            middle: What grades are centred at.
        """
        counts = confusion.sum(axis=2).astype(np.float64)
        levels = np.arange(counts.shape[1]) - middle
        return cls(
            n=counts.sum(axis=1),
            human=counts @ levels,
            human_squares=counts @ levels**2,
            machine=machine[:, 0],
            machine_squares=machine[:, 1],
        )

    @classmethod
    def total(cls, parts: Sequence["Moments"]) -> "Moments":
        """Return the moments of all parts' essays together, resample by resample."""
        return cls(*np.sum([part._columns() for part in parts], axis=0))

    @classmethod
    def join(cls, blocks: Sequence["Moments"]) -> "Moments":
        """Return resamples that came in blocks one after the other."""
        return cls(*np.concatenate([block._columns() for block in blocks], axis=1))

    def difference_of_standardised_means(self, whole: "Moments") -> NDArray[np.float64]:
        """Return machine minus human mean in standard scores of all essays; NaN where undefined.

        The standard deviations have n - 1 degrees of freedom, as RSMTool's have.

        Args:
            whole: Moments of all essays, under the same resamples.
        """
        with np.errstate(divide="ignore", invalid="ignore"):
            difference: NDArray[np.float64] = _standardised(
                self.machine / self.n, whole.n, whole.machine, whole.machine_squares
            ) - _standardised(self.human / self.n, whole.n, whole.human, whole.human_squares)
        return difference

    def reason(self) -> str:
        """Return why the first of these samples cannot standardise anything."""
        if self.n[0] < 2:
            return "undefined: there is only one essay"
        human = self.human_squares[0] - self.human[0] ** 2 / self.n[0]
        who = "people give" if human <= _NO_VARIANCE * self.n[0] else "the model gives"
        return f"undefined: {who} all essays of all groups the same score"

    def _columns(self) -> NDArray[np.float64]:
        """All five sums, shape (5, n_resamples)."""
        return np.stack(
            [self.n, self.human, self.human_squares, self.machine, self.machine_squares]
        )


def _standardised(
    mean: NDArray[np.float64],
    n: NDArray[np.float64],
    total: NDArray[np.float64],
    squares: NDArray[np.float64],
) -> NDArray[np.float64]:
    variance = (squares - total**2 / n) / (n - 1)
    score: NDArray[np.float64] = (mean - total / n) / np.sqrt(
        np.where(variance > _NO_VARIANCE, variance, np.nan)
    )
    return score
