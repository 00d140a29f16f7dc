"""What all splitting schemes share: whole units, order of id, checks, notes, folds."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.config import SplitSettings
from huleedu_ml_training.data.errors import TooFewEssaysError, TooFewGradesError, counted
from huleedu_ml_training.data.grouping import grade_table
from huleedu_ml_training.domain.dataset import EssayDataset
from huleedu_ml_training.domain.split import Split

TRAIN, VALIDATION, TEST = range(3)
"""Numbers of the parts of a split."""

_PART_NAMES = ("train", "validation", "test")


class UnitSplitter(ABC):
    """Deals out units of essays; a scheme says what a unit is and how units are dealt out.

    Args:
        settings: Seed and the parts' shares of the essays.
    """

    scheme: ClassVar[str]
    unit: ClassVar[str]

    def __init__(self, settings: SplitSettings) -> None:
        self._seed = settings.seed
        self._validation = settings.validation_fraction
        self._test = settings.test_fraction

    def split(self, dataset: EssayDataset) -> Split:
        """Return three non-empty parts; see :class:`SplitterProtocol`.

        Raises:
            TooFewEssaysError: There are fewer than three units.
            TooFewGradesError: The data set, or its training part, has fewer than two grades.
        """
        rows, ordered = _in_order_of_id(dataset)
        _require_two_grades(ordered, "data set")
        fractions = (1.0 - self._validation - self._test, self._validation, self._test)
        rng = self._rng(0)
        part_of = self._assign(ordered, self._units(ordered), fractions, rng, ranked=True)
        return self._as_split(ordered, rows, part_of)

    def folds(self, dataset: EssayDataset, n_folds: int) -> list[Split]:
        """Return splits whose test parts cover the data; see :class:`SplitterProtocol`.

        The validation part keeps its share of what is not tested.

        Raises:
            TooFewEssaysError: There are fewer units than folds, or than parts.
            TooFewGradesError: The data set, or a training part, has fewer than two grades.
        """
        rows, ordered = _in_order_of_id(dataset)
        _require_two_grades(ordered, "data set")
        units = self._units(ordered)
        rng = self._rng(1, n_folds)
        equal = (1.0 / n_folds,) * n_folds
        fold_of = self._assign(ordered, units, equal, rng, ranked=False)
        validation = self._validation / (1.0 - self._test)
        splits = []
        for fold in range(n_folds):
            kept = np.flatnonzero(fold_of != fold)
            rng = self._rng(2, n_folds, fold)
            part_of = np.full(len(ordered), TEST, dtype=np.int64)
            part_of[kept] = self._assign(
                ordered.take(kept), units[kept], (1.0 - validation, validation), rng, ranked=True
            )
            splits.append(self._as_split(ordered, rows, part_of))
        return splits

    @abstractmethod
    def _units(self, dataset: EssayDataset) -> NDArray[np.int64]:
        """Return the unit of each essay, shape (n_essays,); equal numbers stay together."""

    @abstractmethod
    def _deal(
        self,
        table: NDArray[np.int64],
        fractions: Sequence[float],
        rng: np.random.Generator,
        *,
        ranked: bool,
    ) -> NDArray[np.int64]:
        """Return the part of each unit, shape (n_units,).

        Args:
            table: ndarray of shape (n_units, n_grades); essays per unit and grade.
            fractions: The parts' shares of the essays.
            rng: Source of random choices.
            ranked: Whether the first part matters most and the last next; otherwise all are equal.
        """

    def _rng(self, *purpose: int) -> np.random.Generator:
        # Seed sequences take no negative numbers; a setting may well hold one.
        return np.random.default_rng([self._seed % 2**64, *purpose])

    def _assign(
        self,
        dataset: EssayDataset,
        units: NDArray[np.int64],
        fractions: Sequence[float],
        rng: np.random.Generator,
        *,
        ranked: bool,
    ) -> NDArray[np.int64]:
        distinct, numbered = np.unique(units, return_inverse=True)
        if len(distinct) < len(fractions):
            raise TooFewEssaysError(
                found=len(distinct), needed=len(fractions), unit=self.unit, n_essays=len(dataset)
            )
        table = grade_table(numbered.astype(np.int64), dataset.grades, len(dataset.scale))
        part_of: NDArray[np.int64] = self._deal(table, fractions, rng, ranked=ranked)[numbered]
        return part_of

    def _as_split(
        self, ordered: EssayDataset, rows: NDArray[np.int64], part_of: NDArray[np.int64]
    ) -> Split:
        _require_two_grades(ordered.take(np.flatnonzero(part_of == TRAIN)), "training part")
        train, validation, test = (np.sort(rows[part_of == part]) for part in range(3))
        return Split(
            train=train,
            validation=validation,
            test=test,
            scheme=self.scheme,
            seed=self._seed,
            notes=(*_notes_on_grades(ordered, part_of), *self._notes(ordered, part_of)),
        )

    def _notes(self, dataset: EssayDataset, part_of: NDArray[np.int64]) -> tuple[str, ...]:
        """Return what else a reader of the split must know."""
        del dataset, part_of
        return ()


def _in_order_of_id(dataset: EssayDataset) -> tuple[NDArray[np.int64], EssayDataset]:
    rows = np.asarray(
        sorted(range(len(dataset)), key=dataset.essay_ids.__getitem__), dtype=np.int64
    )
    return rows, dataset.take(rows)


def _require_two_grades(dataset: EssayDataset, part: str) -> None:
    counts = dataset.grade_counts
    present = np.flatnonzero(counts)
    if len(present) < 2:
        raise TooFewGradesError(
            counts={dataset.scale.labels[grade]: int(counts[grade]) for grade in present},
            part=part,
        )


def _notes_on_grades(dataset: EssayDataset, part_of: NDArray[np.int64]) -> tuple[str, ...]:
    table = grade_table(part_of, dataset.grades, len(dataset.scale))
    notes = []
    for grade, label in enumerate(dataset.scale.labels):
        n_essays = int(table[:, grade].sum())
        holders = [_PART_NAMES[part] for part in np.flatnonzero(table[:, grade])]
        if n_essays and len(holders) < len(_PART_NAMES):
            where = " and ".join(holders)
            notes.append(f"grade {label!r} ({counted(n_essays, 'essay')}) is in {where} only")
    return tuple(notes)
