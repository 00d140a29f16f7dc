"""Pairs of columns that say the same: correlated beyond a threshold, or equal up to scale."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

ROWS_AT_A_TIME = 4096
FEWEST_COMMON_ROWS = 10
"""Of fewer rows a correlation says nothing: two points are always on a line."""

_SCALE_TOLERANCE = 1e-6
"""Relative; a few times the rounding of float32."""


@dataclass(frozen=True, slots=True, eq=False)
class ColumnMoments:
    """What one reading of a matrix says of its columns; ndarrays of shape (n_features,).

    Attributes:
        n_defined: int64; rows in which the column is not NaN.
        lowest: float32; infinite where the column is never defined.
        highest: float32; minus infinite where the column is never defined.
        mean: float64; 0 where the column is never defined.
    """

    n_defined: NDArray[np.int64]
    lowest: NDArray[np.float32]
    highest: NDArray[np.float32]
    mean: NDArray[np.float64]


def column_moments(matrix: NDArray[np.float32]) -> ColumnMoments:
    """Return counts, extremes and means of a matrix of shape (n_rows, n_features)."""
    n_features = matrix.shape[1]
    n_defined = np.zeros(n_features, dtype=np.int64)
    total = np.zeros(n_features)
    lowest = np.full(n_features, np.inf, dtype=np.float32)
    highest = np.full(n_features, -np.inf, dtype=np.float32)
    for rows in _blocks(matrix):
        undefined = np.isnan(rows)
        n_defined += len(rows) - undefined.sum(axis=0)
        total += np.where(undefined, 0, rows).sum(axis=0, dtype=np.float64)
        lowest = np.minimum(lowest, np.where(undefined, np.inf, rows).min(axis=0))
        highest = np.maximum(highest, np.where(undefined, -np.inf, rows).max(axis=0))
    return ColumnMoments(n_defined, lowest, highest, total / np.maximum(n_defined, 1))


def near_duplicates(
    matrix: NDArray[np.float32], moments: ColumnMoments, threshold: float
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return all pairs of columns with ``|r| >= threshold`` over at least ten common rows.

    The cost is that of four matrix products, n_rows · n_features² each, of which one is enough
    where nothing is undefined; memory beside the matrix is some 60 · n_features² bytes.

    Args:
        matrix: Shape (n_rows, n_features); finite values, and NaN where undefined.
        moments: What :func:`column_moments` says of it.
        threshold: Above 0, up to 1.

    Returns:
        The pairs, ndarray of shape (n_pairs, 2), indices of columns, the earlier one first; and
        Pearson's r of each, shape (n_pairs,); the strongest pair first.
    """
    varies = np.flatnonzero(moments.lowest < moments.highest)
    correlations = _correlations(matrix, moments, varies)
    # Rounding moves a correlation of exactly 1 by some 1e-16.
    above = np.argwhere(np.triu(np.abs(correlations) >= threshold - 1e-12, k=1))
    found = correlations[above[:, 0], above[:, 1]]
    order = np.argsort(-np.abs(found), kind="stable")
    return varies[above[order]], found[order]


def scale_between(first: NDArray[np.float32], second: NDArray[np.float32]) -> float | None:
    """Return c where ``second = c · first`` up to rounding in all common rows, else None.

    Args:
        first: A column, not zero in all of these rows.
        second: Another one of its length.
    """
    both = ~(np.isnan(first) | np.isnan(second))
    x, y = first[both].astype(np.float64), second[both].astype(np.float64)
    largest = np.abs(x).argmax()
    scale = float(y[largest] / x[largest])
    error = np.abs(y - scale * x)
    return scale if bool((error <= _SCALE_TOLERANCE * np.abs(y)).all()) else None


def _correlations(
    matrix: NDArray[np.float32], moments: ColumnMoments, columns: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return Pearson's r of all pairs, NaN where it is not defined, shape (k, k)."""
    k = len(columns)
    complete = bool((moments.n_defined[columns] == len(matrix)).all())
    # Centred and scaled first, so that no digits are lost between large squares.
    centre = moments.mean[columns]
    width = np.maximum(
        moments.highest[columns].astype(np.float64) - centre,
        centre - moments.lowest[columns].astype(np.float64),
    )
    products, counts, sums, squares = (np.zeros((k, k)) for _ in range(4))
    for rows in _blocks(matrix):
        values = (rows[:, columns].astype(np.float64) - centre) / width
        if complete:
            products += values.T @ values
            continue
        defined = ~np.isnan(values)
        values[~defined] = 0
        weights = defined.astype(np.float64)
        products += values.T @ values
        counts += weights.T @ weights
        sums += values.T @ weights  # of the row's column, over the rows of both
        squares += np.square(values).T @ weights
    if complete:
        counts[:] = len(matrix)
        squares[:] = np.diagonal(products)[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        means = sums / counts
        spread = squares / counts - np.square(means)
        # A column may be constant over the rows that it shares with another.
        spread[spread < 1e-12 * squares / counts] = np.nan
        r = (products / counts - means * means.T) / np.sqrt(spread * spread.T)
    r[counts < FEWEST_COMMON_ROWS] = np.nan
    return np.clip(r, -1, 1)


def _blocks(matrix: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
    for start in range(0, len(matrix), ROWS_AT_A_TIME):
        yield matrix[start : start + ROWS_AT_A_TIME]
