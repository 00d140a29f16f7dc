"""What a grader says of a number of essays."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.domain.grades import GradeScale


@dataclass(frozen=True, slots=True, eq=False)
class GradePredictions:
    """Predicted grades of n essays on a scale of K grades.

    Attributes:
        scale: The scale of the grades.
        latent: ndarray of shape (n_essays,), float64; unbounded, higher is better.
        probabilities: ndarray of shape (n_essays, n_grades), float64; rows sum to 1.
        grades: ndarray of shape (n_essays,), int64; index of the decided grade, 0…K-1.
        lowest: ndarray of shape (n_essays,), int64; index of the lowest grade of the prediction
            set, at most the decided grade; None where the grader has no prediction sets.
        highest: Likewise of its highest grade, at least the decided grade.
    """

    scale: GradeScale
    latent: NDArray[np.float64]
    probabilities: NDArray[np.float64]
    grades: NDArray[np.int64]
    lowest: NDArray[np.int64] | None = None
    highest: NDArray[np.int64] | None = None

    def __post_init__(self) -> None:
        n = len(self.grades)
        for bound in (self.lowest, self.highest):
            if bound is not None and bound.shape != (n,):
                msg = f"grades have shape ({n},), bounds of prediction sets {bound.shape}"
                raise ValueError(msg)
        if self.latent.shape != (n,) or self.probabilities.shape != (n, len(self.scale)):
            msg = (
                f"shapes do not agree: grades ({n},), latent {self.latent.shape}, "
                f"probabilities {self.probabilities.shape} on {len(self.scale)} grades"
            )
            raise ValueError(msg)

    def __len__(self) -> int:
        return len(self.grades)

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels of the decided grades."""
        return self.scale.decode(self.grades)

    @property
    def confidence(self) -> NDArray[np.float64]:
        """Probability of the decided grade, ndarray of shape (n_essays,) in 0…1."""
        taken: NDArray[np.float64] = np.take_along_axis(
            self.probabilities, self.grades[:, None], axis=1
        )[:, 0]
        return taken

    @property
    def expected(self) -> NDArray[np.float64]:
        """Mean grade index under the probabilities, ndarray of shape (n_essays,) in 0…K-1."""
        # No matrix product: its last bits depend on how many rows are multiplied at once.
        mean: NDArray[np.float64] = (self.probabilities * np.arange(len(self.scale))).sum(axis=1)
        return mean

    @property
    def expected_loss(self) -> NDArray[np.float64]:
        """Expected levels between decided and true grade, ndarray of shape (n_essays,)."""
        levels = np.abs(np.arange(len(self.scale)) - self.grades[:, None])
        loss: NDArray[np.float64] = (self.probabilities * levels).sum(axis=1)
        return loss

    @property
    def set_sizes(self) -> NDArray[np.int64] | None:
        """Number of grades in each prediction set, ndarray of shape (n_essays,), or None."""
        if self.lowest is None or self.highest is None:
            return None
        sizes: NDArray[np.int64] = self.highest - self.lowest + 1
        return sizes
