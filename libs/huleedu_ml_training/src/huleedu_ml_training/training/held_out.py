"""Grades of essays by graders that never saw them, collected over the folds of one pass."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.domain.grades import GradeScale
from huleedu_ml_training.domain.predictions import GradePredictions
from huleedu_ml_training.models.decision import RULES
from huleedu_ml_training.training.checkpoints import array_from_bytes, array_to_bytes


@dataclass(frozen=True, slots=True, eq=False)
class HeldOut:
    """Predictions of held-out essays, under every decision rule.

    Attributes:
        rows: ndarray of shape (n_scored,), int64, ascending; rows of the data set.
        fold: ndarray of shape (n_scored,), int64; the fold that held an essay out.
        latent: ndarray of shape (n_scored,), float64.
        probabilities: ndarray of shape (n_scored, K), float64; calibrated P(grade).
        grades: Decision rule → ndarray of shape (n_scored,), int64; each fitted as the protocol
            says.
    """

    rows: NDArray[np.int64]
    fold: NDArray[np.int64]
    latent: NDArray[np.float64]
    probabilities: NDArray[np.float64]
    grades: Mapping[str, NDArray[np.int64]]

    def predictions(self, scale: GradeScale, rule: str) -> GradePredictions:
        """Return the predictions under one decision rule."""
        return GradePredictions(scale, self.latent, self.probabilities, self.grades[rule])

    def to_files(self) -> dict[str, bytes]:
        """Return the predictions as named files, for a checkpoint."""
        return {
            "rows.npy": _integers(self.rows),
            "fold.npy": _integers(self.fold),
            "latent.npy": array_to_bytes(self.latent),
            "probabilities.npy": array_to_bytes(self.probabilities),
            **{f"grades-{rule}.npy": _integers(self.grades[rule]) for rule in RULES},
        }

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> "HeldOut":
        """Return what :meth:`to_files` wrote."""

        def integers(name: str) -> NDArray[np.int64]:
            return array_from_bytes(files[f"{name}.npy"]).astype(np.int64)

        return cls(
            rows=integers("rows"),
            fold=integers("fold"),
            latent=array_from_bytes(files["latent.npy"]),
            probabilities=array_from_bytes(files["probabilities.npy"]),
            grades={rule: integers(f"grades-{rule}") for rule in RULES},
        )


def in_order_of_rows(parts: Sequence[HeldOut]) -> HeldOut:
    """Return the predictions of disjoint parts as one, by ascending row."""
    rows = np.concatenate([part.rows for part in parts])
    order = np.argsort(rows, kind="stable")
    return HeldOut(
        rows=rows[order],
        fold=np.concatenate([part.fold for part in parts])[order],
        latent=np.concatenate([part.latent for part in parts])[order],
        probabilities=np.concatenate([part.probabilities for part in parts])[order],
        grades={
            rule: np.concatenate([part.grades[rule] for part in parts])[order] for rule in RULES
        },
    )


def _integers(values: NDArray[np.int64]) -> bytes:
    return array_to_bytes(values.astype(np.float64))
