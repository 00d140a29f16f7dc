"""Feature rows on which a wrong export shows itself."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

_TINY = np.float32(1e-35)
_GREATEST = np.finfo(np.float32).max
_SPECIAL = np.array(
    [
        np.nan,
        0.0,
        -0.0,
        *(sign * value for value in (1.4e-45, 1e-40, 1.2e-38, 1e-30, 1.0) for sign in (1, -1)),
        *(
            np.nextafter(sign * _TINY, np.float32(towards))
            for sign in (1, -1)
            for towards in (0, sign)
        ),
        _TINY,
        -_TINY,
        _GREATEST,
        -_GREATEST,
    ],
    dtype=np.float32,
)
"""Undefined, both zeros, denormals, the edge of what LightGBM takes for zero, the extremes."""


def adversarial_rows(
    X: NDArray[np.float32],
    split_points: Mapping[int, Sequence[float]],
    *,
    n_rows: int,
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """Return rows on, one unit in the last place below, and one above thresholds, and worse.

    In a third of the rows every split feature sits at a threshold of its own, so that thresholds
    deep in the trees are met in many combinations; in a third only a few do, so that the rest of
    the row leads where real essays go; in a third single features are special values. A last
    handful of rows consists of one special value each.

    Args:
        X: Real rows to start from, shape (n_essays, n_features), at least one.
        split_points: Feature → float32 thresholds.
        n_rows: How many rows, the last handful apart.
        rng: Source of all choices.

    Returns:
        ndarray of shape (n_rows + handful, n_features), float32, finite or NaN.
    """
    sizes = [len(part) for part in np.array_split(np.arange(n_rows), 3)]
    crowded, sparse, special = (X[rng.integers(0, len(X), size)].copy() for size in sizes)
    few = max(1, len(split_points) // 20)
    for feature, thresholds in split_points.items():
        values = _around(np.asarray(thresholds, dtype=np.float32))
        crowded[:, feature] = _spread(values, len(crowded), rng)
        hit = rng.random(len(sparse)) < few / len(split_points)
        sparse[hit, feature] = _spread(values, int(hit.sum()), rng)
    hit = rng.random(special.shape) < 0.1
    special[hit] = rng.choice(_SPECIAL, int(hit.sum()))
    uniform = np.repeat(_SPECIAL[:, None], X.shape[1], axis=1)
    return np.concatenate([crowded, sparse, special, uniform])


def infinite_rows(
    X: NDArray[np.float32], *, n_rows: int, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Return real rows of which every one has infinities.

    Few features of a row are infinite in some, about half in others; the rest of a row leads where
    real essays go, or is undefined. Two last rows are infinite throughout.

    Args:
        X: Real rows to start from, shape (n_essays, n_features), at least one.
        n_rows: How many rows, the last two apart.
        rng: Source of all choices.

    Returns:
        ndarray of shape (n_rows + 2, n_features), float32.
    """
    rows = X[rng.integers(0, len(X), n_rows)].copy()
    share = rng.choice([0.02, 0.1, 0.5], (n_rows, 1))
    rows[rng.random(rows.shape) < 0.05] = np.nan
    hit = rng.random(rows.shape) < share
    hit[np.arange(n_rows), rng.integers(0, rows.shape[1], n_rows)] = True
    infinities = np.array([np.inf, -np.inf], dtype=np.float32)
    rows[hit] = rng.choice(infinities, int(hit.sum()))
    uniform = np.repeat(infinities[:, None], rows.shape[1], axis=1)
    return np.concatenate([rows, uniform])


def _around(thresholds: NDArray[np.float32]) -> NDArray[np.float32]:
    with np.errstate(over="ignore"):
        below = np.nextafter(thresholds, np.float32(-np.inf))
        above = np.nextafter(thresholds, np.float32(np.inf))
    values = np.concatenate([below, thresholds, above])
    finite: NDArray[np.float32] = values[np.isfinite(values)]
    return finite


def _spread(
    values: NDArray[np.float32], size: int, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Return every value about equally often, in random order."""
    return rng.permutation(np.resize(rng.permutation(values), size))
