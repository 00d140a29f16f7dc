"""Contract of a boosting library: binary targets, or trees along gradients of the caller's own."""

from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.models.parts import GradedPart

BoostingCallback = Callable[[int], None]
"""Called with the number of rounds done, after each; may raise to stop."""


class BoosterProtocol(Protocol):
    """A fitted sum of trees. Immutable, safe for concurrent prediction."""

    def margins(self, X: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the trees' sums, ndarray of shape (n_essays,): log-odds of a binary target.

        The leaves' values are summed in double precision and the sum is rounded to float32: that
        is the precision in which ONNX passes on the output of an ensemble of trees, so both sides
        of an export see equal numbers.
        """
        ...

    def contributions(self, X: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return what each feature adds to the margin, ndarray of shape (n_essays, n_features).

        By TreeSHAP: margin less the sum of a row is the margin of the average training essay.
        """
        ...

    def gain(self) -> NDArray[np.float64]:
        """Return the total gain of each feature's splits, ndarray of shape (n_features,)."""
        ...

    @property
    def file_suffix(self) -> str:
        """Suffix of a file that holds such a booster, with its dot."""
        ...

    def to_bytes(self) -> bytes:
        """Return the library's own text form, trimmed to the best iteration."""
        ...


class BinaryFitterProtocol(Protocol):
    """Fits boosters of different targets on one feature matrix.

    One fitter is for one thread at a time; several fitters work side by side.
    """

    def fit(
        self,
        targets: NDArray[np.float64],
        stopping_targets: NDArray[np.float64],
        callback: BoostingCallback,
    ) -> BoosterProtocol:
        """Fit to 0/1 targets, one per row; log loss on the stopping rows chooses the rounds."""
        ...


class TreeGrowerProtocol(Protocol):
    """Grows one booster tree by tree, down a loss that only the caller knows.

    All scores begin at 0. A grower is for one thread.
    """

    def grow(
        self, gradient: NDArray[np.float64], curvature: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
        """Add the tree of one round.

        Args:
            gradient: First derivative of each training essay's loss in its score, (n_essays,).
            curvature: Second derivative, above 0, (n_essays,).

        Returns:
            The new scores of the training and of the stopping essays, the caller's to keep; None
            where no split is left that the settings allow, and then nothing was added.
        """
        ...

    def booster(self, rounds: int) -> BoosterProtocol:
        """Return the booster of the first ``rounds`` trees, at least one."""
        ...


class BoosterBackendProtocol(Protocol):
    """A boosting library with its hyperparameters. Safe for concurrent use."""

    @property
    def name(self) -> str:
        """Name of the library, as in the settings."""
        ...

    @property
    def max_rounds(self) -> int:
        """Most rounds of one fit."""
        ...

    def fitter(self, train: GradedPart, stopping: GradedPart, *, seed: int) -> BinaryFitterProtocol:
        """Prepare features and weights once for any number of targets."""
        ...

    def grower(
        self, X: NDArray[np.float32], stopping_X: NDArray[np.float32], *, seed: int
    ) -> TreeGrowerProtocol:
        """Prepare features for trees along gradients."""
        ...

    def load(self, data: bytes, *, n_features: int) -> BoosterProtocol:
        """Return the booster of :meth:`BoosterProtocol.to_bytes`.

        The bytes must have been verified: libraries abort the process on damaged files.

        Raises:
            ValueError: The booster takes another number of features, or cannot be read.
        """
        ...
