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
    """

    scale: GradeScale
    latent: NDArray[np.float64]
    probabilities: NDArray[np.float64]
    grades: NDArray[np.int64]

    def __post_init__(self) -> None:
        n = len(self.grades)
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
