"""What a reader should know of a feature matrix before a model learns from it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import structlog
from numpy.typing import NDArray

_logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class FeatureReport:
    """Columns that say little.

    Attributes:
        n_essays: Number of rows.
        n_features: Number of columns.
        constant: Columns whose defined values are all equal, among them those with no value at
            all; empty for fewer than two rows, where the question makes no sense.
        undefined: Column → share of rows in which it is NaN, above 0, up to 1.
    """

    n_essays: int
    n_features: int
    constant: tuple[str, ...] = ()
    undefined: Mapping[str, float] = field(default_factory=dict)

    def log(self) -> None:
        """Write one structured line; a warning where columns are constant."""
        event = {
            "essays": self.n_essays,
            "features": self.n_features,
            "constant": list(self.constant[:20]),
            "constant_count": len(self.constant),
            "undefined_count": len(self.undefined),
        }
        if self.constant:
            _logger.warning("features_constant", **event)
        else:
            _logger.info("features_ready", **event)


def feature_report(matrix: NDArray[np.float32], names: Sequence[str]) -> FeatureReport:
    """Return the report on a matrix of shape (n_essays, n_features).

    Args:
        matrix: Finite values, and NaN where a feature is undefined.
        names: Names of the columns.
    """
    n_essays, n_features = matrix.shape
    undefined = np.isnan(matrix)
    share = undefined.mean(axis=0) if n_essays else np.zeros(n_features)
    lowest = np.where(undefined, np.inf, matrix).min(axis=0, initial=np.inf)
    highest = np.where(undefined, -np.inf, matrix).max(axis=0, initial=-np.inf)
    constant = (lowest >= highest) if n_essays > 1 else np.zeros(n_features, dtype=np.bool_)
    return FeatureReport(
        n_essays=n_essays,
        n_features=n_features,
        constant=tuple(names[int(column)] for column in np.flatnonzero(constant)),
        undefined={names[int(column)]: float(share[column]) for column in np.flatnonzero(share)},
    )
