"""Ordinary least squares with what an analysis of variance needs of it."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import fdtrc, stdtr, stdtrit

_NO_VARIANCE = 1e-12
"""A mean square below this, in squared levels, is rounding."""


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """A linear model with an intercept, fitted to n observations.

    Attributes:
        coefficients: ndarray of shape (n_columns,); NaN where the columns are linearly dependent.
        errors: Their standard errors, for independent errors of equal variance; NaN likewise,
            without residual degrees of freedom, and where nothing is left unexplained.
        residual: Sum of squared residuals.
        total: Sum of squared deviations from the mean.
        n: Number of observations.
        rank: Number of linearly independent columns, the intercept included.
    """

    coefficients: NDArray[np.float64]
    errors: NDArray[np.float64]
    residual: float
    total: float
    n: int
    rank: int

    @property
    def freedom(self) -> int:
        """Residual degrees of freedom."""
        return self.n - self.rank

    @property
    def varies(self) -> bool:
        """Whether there is any variance to explain."""
        return self.total > _NO_VARIANCE * self.n

    @property
    def is_perfect(self) -> bool:
        """Whether nothing is left unexplained, so that no test has anything to go by."""
        return self.residual <= _NO_VARIANCE * self.n

    @property
    def r_squared(self) -> float:
        """Share of the variance explained; NaN where there is none."""
        return 1 - self.residual / self.total if self.varies else np.nan

    @property
    def adjusted_r_squared(self) -> float:
        """The same, corrected for degrees of freedom (Ezekiel 1930); NaN where there are none."""
        if self.freedom < 1:
            return np.nan
        return 1 - (1 - self.r_squared) * (self.n - 1) / self.freedom

    def p_values(self) -> NDArray[np.float64]:
        """Return two-sided p-values of the coefficients, shape (n_columns,)."""
        with np.errstate(divide="ignore", invalid="ignore"):
            t = np.abs(self.coefficients / self.errors)
        p: NDArray[np.float64] = 2 * stdtr(max(self.freedom, 1), -t)
        return p

    def half_widths(self, confidence: float) -> NDArray[np.float64]:
        """Return half the width of the coefficients' intervals, shape (n_columns,)."""
        half: NDArray[np.float64] = (
            stdtrit(max(self.freedom, 1), 0.5 + confidence / 2) * self.errors
        )
        return half


def fit_least_squares(design: NDArray[np.float64], response: NDArray[np.float64]) -> Fit:
    """Fit a linear model.

    Args:
        design: Shape (n, n_columns); a first column of ones is the intercept.
        response: Shape (n,).
    """
    n, width = design.shape
    solved, _, rank, _ = np.linalg.lstsq(design, response, rcond=None)
    solution: NDArray[np.float64] = solved.astype(np.float64)
    residual = float(np.square(response - design @ solution).sum())
    total = float(np.square(response - response.mean()).sum())
    nothing = np.full(width, np.nan)
    fit = Fit(solution if rank == width else nothing, nothing, residual, total, n, int(rank))
    if rank < width or fit.freedom < 1 or fit.is_perfect:
        return fit
    inverse = np.linalg.inv(design.T @ design)
    return replace(fit, errors=np.sqrt(residual / fit.freedom * np.diag(inverse)))


def compare_fits(smaller: Fit, larger: Fit) -> float:
    """Return the p-value of the F test that a nested model's further columns explain nothing.

    NaN without further columns, without residual degrees of freedom, or without residuals.
    """
    added = larger.rank - smaller.rank
    if added < 1 or larger.freedom < 1 or larger.is_perfect:
        return np.nan
    f = (smaller.residual - larger.residual) / added / (larger.residual / larger.freedom)
    return float(fdtrc(added, larger.freedom, max(f, 0.0)))
