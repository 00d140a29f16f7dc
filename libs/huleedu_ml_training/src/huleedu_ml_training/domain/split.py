"""Who learns, who stops, who judges."""

import hashlib
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """Three disjoint parts of a data set, by row index.

    Attributes:
        train: ndarray of shape (n_train,), int64, ascending.
        validation: ndarray of shape (n_validation,), int64, ascending; stops training early.
        test: ndarray of shape (n_test,), int64, ascending; judged once, never fitted on.
        scheme: Name of the scheme that made it.
        seed: Seed of the scheme's random choices.
        notes: What a reader must know, e.g. grades too rare to be in every part.
    """

    train: NDArray[np.int64]
    validation: NDArray[np.int64]
    test: NDArray[np.int64]
    scheme: str
    seed: int
    notes: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        parts = np.concatenate([self.train, self.validation, self.test])
        if len(np.unique(parts)) != len(parts):
            msg = "a row is in two parts of the split"
            raise ValueError(msg)

    @property
    def development(self) -> NDArray[np.int64]:
        """Rows that may be fitted on: train and validation, ascending."""
        return np.sort(np.concatenate([self.train, self.validation]))

    @property
    def digest(self) -> str:
        """Sha256 over the three parts, 64 hexadecimal digits."""
        hasher = hashlib.sha256()
        for part in (self.train, self.validation, self.test):
            hasher.update(np.int64(len(part)).tobytes())
            hasher.update(np.ascontiguousarray(part, dtype="<i8").tobytes())
        return hasher.hexdigest()
