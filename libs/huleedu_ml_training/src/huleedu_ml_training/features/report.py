"""What a reader should know of a feature matrix before a model learns from it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import structlog
from numpy.typing import NDArray

from huleedu_ml_training.features.near_duplicates import (
    column_moments,
    near_duplicates,
    scale_between,
)

DEFAULT_NEAR_DUPLICATE = 0.999
"""Pearson's r from which on two columns say the same."""

_LOGGED = 20
_MOST_PAIRS = 1000

_logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class NearDuplicate:
    """Two columns that say the same.

    Attributes:
        first: The earlier column.
        second: The later column.
        correlation: Pearson's r over the essays for which both are defined.
        scale: c where the second is c times the first, up to rounding; None otherwise.
    """

    first: str
    second: str
    correlation: float
    scale: float | None


@dataclass(frozen=True, slots=True)
class EmbeddingSummary:
    """What there is to say of the columns of an embedding, which nobody reads one by one.

    Attributes:
        n_features: Number of these columns.
        n_constant: Those that are constant.
        n_undefined: Those that are NaN for some essays.
        undefined: Greatest share of essays for which such a column is NaN.
        n_near_duplicates: Pairs of near-duplicates among themselves.
    """

    n_features: int = 0
    n_constant: int = 0
    n_undefined: int = 0
    undefined: float = 0.0
    n_near_duplicates: int = 0


@dataclass(frozen=True, slots=True)
class FeatureReport:
    """Columns that say little, or the same as others.

    Attributes:
        n_essays: Number of rows.
        n_features: Number of columns.
        constant: Columns whose defined values are all equal, among them those with no value at
            all; empty for fewer than two rows, where the question makes no sense. Those of the
            embedding are only counted, here and below.
        undefined: Column → share of rows in which it is NaN, above 0, up to 1.
        near_duplicates: Pairs of columns that say the same, the strongest first, at most
            a thousand; a constant column is in none.
        n_near_duplicates: Number of such pairs.
        embedding: The columns of the embedding, as one.
    """

    n_essays: int
    n_features: int
    constant: tuple[str, ...] = ()
    undefined: Mapping[str, float] = field(default_factory=dict)
    near_duplicates: tuple[NearDuplicate, ...] = ()
    n_near_duplicates: int = 0
    embedding: EmbeddingSummary = EmbeddingSummary()

    @property
    def suspicious(self) -> bool:
        """Whether a column is constant or a near-duplicate."""
        return bool(
            self.constant
            or self.near_duplicates
            or self.embedding.n_constant
            or self.embedding.n_near_duplicates
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the report as a JSON-ready document."""
        return asdict(self)

    def log(self) -> None:
        """Write one structured line; a warning where columns say nothing or the same."""
        pairs = [f"{pair.first} ~ {pair.second}" for pair in self.near_duplicates[:_LOGGED]]
        event = {
            "essays": self.n_essays,
            "features": self.n_features,
            "constant": list(self.constant[:_LOGGED]),
            "constant_count": len(self.constant),
            "undefined_count": len(self.undefined),
            "near_duplicates": pairs,
            "near_duplicate_count": self.n_near_duplicates,
            "embedding_constant_count": self.embedding.n_constant,
            "embedding_undefined_count": self.embedding.n_undefined,
            "embedding_near_duplicate_count": self.embedding.n_near_duplicates,
        }
        if self.suspicious:
            _logger.warning("features_suspicious", **event)
        else:
            _logger.info("features_ready", **event)


def feature_report(
    matrix: NDArray[np.float32],
    names: Sequence[str],
    *,
    embedding: Collection[int] = (),
    threshold: float = DEFAULT_NEAR_DUPLICATE,
) -> FeatureReport:
    """Return the report on a matrix of shape (n_essays, n_features).

    Args:
        matrix: Finite values, and NaN where a feature is undefined.
        names: Names of the columns.
        embedding: Indices of the columns that are summarised.
        threshold: Least ``|r|`` of near-duplicates, above 0, up to 1.
    """
    n_essays, n_features = matrix.shape
    moments = column_moments(matrix)
    n_undefined = n_essays - moments.n_defined
    share = n_undefined / max(n_essays, 1)
    constant = (moments.lowest >= moments.highest) & (n_essays > 1)
    embedded = np.isin(np.arange(n_features), list(embedding))
    pairs, correlations = near_duplicates(matrix, moments, threshold)
    within = embedded[pairs].all(axis=1)
    strongest = np.flatnonzero(~within)[:_MOST_PAIRS]
    return FeatureReport(
        n_essays=n_essays,
        n_features=n_features,
        constant=_names(names, constant & ~embedded),
        undefined={
            names[column]: float(share[column])
            for column in map(int, np.flatnonzero((n_undefined > 0) & ~embedded))
        },
        near_duplicates=tuple(
            NearDuplicate(
                names[first],
                names[second],
                correlation,
                scale_between(matrix[:, first], matrix[:, second]),
            )
            for (first, second), correlation in zip(
                pairs[strongest].tolist(), correlations[strongest].tolist(), strict=True
            )
        ),
        n_near_duplicates=int((~within).sum()),
        embedding=EmbeddingSummary(
            n_features=int(embedded.sum()),
            n_constant=int((constant & embedded).sum()),
            n_undefined=int(((n_undefined > 0) & embedded).sum()),
            undefined=float(share[embedded].max(initial=0.0)),
            n_near_duplicates=int(within.sum()),
        ),
    )


def _names(names: Sequence[str], chosen: NDArray[np.bool_]) -> tuple[str, ...]:
    return tuple(names[int(column)] for column in np.flatnonzero(chosen))
