"""``held_out.json``: what a grader said of the essays that it was never shown, beside people.

Two versions are compared on the essays that were held out for both, without their texts. Essays
are known by the identity of their text, grades by their labels.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.domain.grades import GradeScale
from huleedu_ml_training.domain.predictions import GradePredictions
from huleedu_ml_training.export.bundle_errors import InvalidBundleDocumentError

HELD_OUT = "held_out.json"
HELD_OUT_VERSION = 1
"""Raised when the shape or the meaning of the document changes."""

_TOLERANCE = 1e-4


@dataclass(frozen=True, slots=True, eq=False)
class HeldOutEssays:
    """A grader's predictions of n essays that it did not learn from.

    Attributes:
        texts: n identities of the texts.
        prompts: n prompt names; None where an essay has none.
        y: Human grade indices, ndarray of shape (n_essays,), int64.
        predictions: What the grader said.
    """

    texts: tuple[str, ...]
    prompts: tuple[str | None, ...]
    y: NDArray[np.int64]
    predictions: GradePredictions

    def __len__(self) -> int:
        return len(self.texts)

    def take(self, rows: Sequence[int]) -> "HeldOutEssays":
        """Return the essays of the given rows, in that order."""
        own = np.asarray(rows, dtype=np.int64)
        predictions = self.predictions
        return HeldOutEssays(
            texts=tuple(self.texts[row] for row in rows),
            prompts=tuple(self.prompts[row] for row in rows),
            y=self.y[own],
            predictions=GradePredictions(
                predictions.scale,
                predictions.latent[own],
                predictions.probabilities[own],
                predictions.grades[own],
            ),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the document, a list per column."""
        predictions = self.predictions
        return {
            "held_out_version": HELD_OUT_VERSION,
            "scale": list(predictions.scale.labels),
            "text_identities": list(self.texts),
            "prompts": list(self.prompts),
            "human": [int(grade) for grade in self.y],
            "grades": [int(grade) for grade in predictions.grades],
            "latent": [float(score) for score in predictions.latent],
            "probabilities": [[float(p) for p in row] for row in predictions.probabilities],
        }

    def to_bytes(self) -> bytes:
        """Return the file; equal predictions give equal bytes."""
        return json.dumps(self.to_dict(), ensure_ascii=False, allow_nan=False).encode()

    @classmethod
    def from_dict(cls, document: Mapping[str, Any], scale: GradeScale) -> "HeldOutEssays":
        """Read a document that may come from anywhere.

        Args:
            document: What the file holds.
            scale: The scale of the bundle that it belongs to.

        Raises:
            InvalidBundleDocumentError: It is of another version, or malformed.
        """
        version = document.get("held_out_version")
        if version != HELD_OUT_VERSION:
            _refuse(f"held_out_version is {version!r}, not {HELD_OUT_VERSION}")
        if document.get("scale") != list(scale.labels):
            _refuse("it is on another scale than the bundle")
        texts = _column(document, "text_identities")
        prompts = _column(document, "prompts")
        if not all(isinstance(text, str) for text in texts):
            _refuse("a text identity is no text")
        if not all(prompt is None or isinstance(prompt, str) for prompt in prompts):
            _refuse("a prompt is no text")
        n = len(texts)
        human, grades = (_grades(document, key, n, len(scale)) for key in ("human", "grades"))
        latent = _numbers(document, "latent", (n,))
        probabilities = _numbers(document, "probabilities", (n, len(scale)))
        sums = probabilities.sum(axis=1)
        if len(prompts) != n or (probabilities < 0).any() or (abs(sums - 1) > _TOLERANCE).any():
            _refuse("its columns are not equally long, or a row of probabilities is none")
        predictions = GradePredictions(scale, latent, probabilities, grades)
        return cls(tuple(texts), tuple(prompts), human, predictions)


def _column(document: Mapping[str, Any], key: str) -> list[Any]:
    column = document.get(key)
    if not isinstance(column, list):
        _refuse(f"{key} is no list")
    return column


def _numbers(document: Mapping[str, Any], key: str, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Return numbers as an array; texts, booleans and ragged rows are refused."""
    column = _column(document, key)
    cells = [cell for row in column for cell in (row if isinstance(row, list) else [row])]
    if not all(isinstance(cell, int | float) and not isinstance(cell, bool) for cell in cells):
        _refuse(f"{key} holds what is no number")
    try:
        values = np.asarray(column, dtype=np.float64) if column else np.empty((0, *shape[1:]))
    except (ValueError, OverflowError):
        _refuse(f"{key} does not have the shape {shape}")
    if values.shape != shape or not np.isfinite(values).all():
        _refuse(f"{key} does not have the shape {shape}, or a number is not finite")
    return values


def _grades(document: Mapping[str, Any], key: str, n: int, n_grades: int) -> NDArray[np.int64]:
    values = _numbers(document, key, (n,))
    if not (np.equal(np.mod(values, 1), 0) & (values >= 0) & (values < n_grades)).all():
        _refuse(f"{key} holds an index that is not in 0…{n_grades - 1}")
    return values.astype(np.int64)


def _refuse(problem: str) -> NoReturn:
    raise InvalidBundleDocumentError(name=HELD_OUT, problem=problem)
