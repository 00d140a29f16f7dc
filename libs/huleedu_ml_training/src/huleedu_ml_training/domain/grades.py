"""Grade scales: ordered labels and their indices."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.domain.errors import InvalidDataError, UsageError

_NAMED_SCALES: dict[str, tuple[str, ...]] = {
    "swedish_8": ("F", "E", "D", "D+", "C", "C+", "B", "A"),
    "ellipse_overall": ("1.0", "1.5", "2.0", "2.5", "3.0", "3.5", "4.0", "4.5", "5.0"),
}


class UnknownGradeError(InvalidDataError):
    """Labels were met that the scale does not have.

    Attributes:
        labels: The distinct unknown labels, in order of first appearance.
        scale: The scale they were looked up on.
        positions: Zero-based positions of the offending items in the input.
    """

    code = "unknown-grade"

    def __init__(
        self, *, labels: Sequence[str], scale: "GradeScale", positions: Sequence[int] = ()
    ) -> None:
        super().__init__()
        self.labels = tuple(labels)
        self.scale = scale
        self.positions = tuple(positions)

    @property
    def what(self) -> str:
        """Name the labels and the scale."""
        shown = ", ".join(repr(label) for label in self.labels[:10])
        more = f" and {len(self.labels) - 10} more" if len(self.labels) > 10 else ""
        return f"grade {shown}{more} not on the scale {self.scale.name}"

    @property
    def why(self) -> str:
        """List what the scale does have."""
        return f"its grades are {', '.join(self.scale.labels)}, lowest first"

    @property
    def remedy(self) -> str:
        """Point at the two places where the mismatch can be mended."""
        return "correct the labels, or choose the scale they belong to with --scale"


class InvalidScaleError(UsageError):
    """A scale was asked for by an unknown name, or its labels do not make a scale."""

    code = "invalid-scale"

    def __init__(self, *, name: str, reason: str) -> None:
        super().__init__()
        self.name = name
        self.reason = reason

    @property
    def what(self) -> str:
        """Name the scale."""
        return f"{self.name!r} is not a usable grade scale: {self.reason}"

    @property
    def remedy(self) -> str:
        """List the named scales."""
        return (
            f"use one of {', '.join(_NAMED_SCALES)}, or a list of at least two distinct labels, "
            "lowest first"
        )


def _as_decimal(label: str) -> Decimal | None:
    try:
        value = Decimal(label)
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


@dataclass(frozen=True, slots=True)
class GradeScale:
    """An ordered list of grade labels; a grade's index is its place in the list, from 0.

    On a scale whose labels are all numbers a label is matched by value, so that ``"3"`` and
    ``"3.0"`` are the same grade. On any other scale labels match exactly, after trimming.

    Attributes:
        name: How the scale is called in configuration, databases and reports.
        labels: Distinct labels, lowest first; at least two.
    """

    name: str
    labels: tuple[str, ...]

    def __post_init__(self) -> None:
        if len(self.labels) < 2:
            raise InvalidScaleError(name=self.name, reason="it has fewer than two labels")
        if any(not label or label != label.strip() for label in self.labels):
            raise InvalidScaleError(name=self.name, reason="a label is empty or padded with space")
        if len(set(map(self._key, self.labels))) != len(self.labels):
            raise InvalidScaleError(name=self.name, reason="a label occurs twice")

    @classmethod
    def named(cls, name: str) -> "GradeScale":
        """Return one of the built-in scales.

        Raises:
            InvalidScaleError: No built-in scale has that name.
        """
        if name not in _NAMED_SCALES:
            raise InvalidScaleError(name=name, reason="no built-in scale has that name")
        return cls(name, _NAMED_SCALES[name])

    @classmethod
    def resolve(cls, value: "str | Sequence[str] | GradeScale") -> "GradeScale":
        """Return the scale that a setting means: a built-in name or a list of labels.

        A list is named by its labels, so that two lists are never taken for one scale.

        Raises:
            InvalidScaleError: The name is unknown or the labels do not make a scale.
        """
        if isinstance(value, GradeScale):
            return value
        if isinstance(value, str):
            return cls.named(value)
        labels = tuple(str(label) for label in value)
        return cls(",".join(labels), labels)

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def is_numeric(self) -> bool:
        """Whether every label is a number."""
        return all(_as_decimal(label) is not None for label in self.labels)

    def _key(self, label: str) -> str | Decimal:
        label = label.strip()
        number = _as_decimal(label) if self.is_numeric else None
        return label if number is None else number

    def encode(self, labels: Iterable[str]) -> NDArray[np.int64]:
        """Return the indices of labels.

        Args:
            labels: Any number of labels.

        Returns:
            ndarray of shape (n_labels,), int64, values in 0…K-1.

        Raises:
            UnknownGradeError: At least one label is not on the scale; the error names all.
        """
        index_of = {self._key(label): index for index, label in enumerate(self.labels)}
        indices: list[int] = []
        unknown: dict[str, None] = {}
        positions: list[int] = []
        for position, label in enumerate(labels):
            index = index_of.get(self._key(str(label)))
            if index is None:
                unknown[str(label)] = None
                positions.append(position)
            else:
                indices.append(index)
        if unknown:
            raise UnknownGradeError(labels=tuple(unknown), scale=self, positions=positions)
        return np.asarray(indices, dtype=np.int64)

    def index(self, label: str) -> int:
        """Return the index of one label.

        Raises:
            UnknownGradeError: The label is not on the scale.
        """
        return int(self.encode([label])[0])

    def decode(self, indices: Iterable[int] | NDArray[np.int64]) -> tuple[str, ...]:
        """Return the labels of indices in 0…K-1."""
        return tuple(self.labels[int(index)] for index in indices)
