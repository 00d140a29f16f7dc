"""Dividing essays into train, validation and test: by grade, by prompt or by time.

All three schemes deal out *units*, never single essays: the copies of a text, all essays on a
prompt (and on every prompt that shares a text with it), or all essays of a moment.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.config import SplitSettings
from huleedu_ml_training.data.allocation import allocate, imbalance, shares_with_rare_grades
from huleedu_ml_training.data.errors import EssaysWithoutPromptError, UndatedEssaysError, counted
from huleedu_ml_training.data.grouping import connected_groups
from huleedu_ml_training.data.protocols import SplitterProtocol
from huleedu_ml_training.data.unit_splitter import TEST, UnitSplitter
from huleedu_ml_training.domain.dataset import EssayDataset

_ORDERS_TRIED = 32


class StratifiedSplitter(UnitSplitter):
    """Every part gets its share of each grade; copies of a text stay together.

    A grade with fewer distinct texts than there are parts goes to train first, then to test, and
    a note says so.
    """

    scheme: ClassVar[str] = "stratified"
    unit: ClassVar[str] = "distinct text"

    def _units(self, dataset: EssayDataset) -> NDArray[np.int64]:
        return connected_groups(dataset.text_identities())

    def _deal(
        self,
        table: NDArray[np.int64],
        fractions: Sequence[float],
        rng: np.random.Generator,
        *,
        ranked: bool,
    ) -> NDArray[np.int64]:
        # Many copies of one text are hard to place, so they come first, the rest at random.
        shuffled = rng.permutation(len(table))
        order = shuffled[np.argsort(-table[shuffled].sum(axis=1), kind="stable")]
        if ranked:
            last = len(fractions) - 1
            priority = (0, last, *range(1, last))
            return allocate(table, shares_with_rare_grades(table, fractions, priority), order)
        return allocate(table, _even_shares(table, fractions), order)


class PromptHoldoutSplitter(UnitSplitter):
    """Whole prompts are held out; prompts that share a text count as one.

    Among a number of random orders the one is taken whose parts come closest to their sizes and
    grade shares.
    """

    scheme: ClassVar[str] = "prompt_holdout"
    unit: ClassVar[str] = "prompt"

    def _units(self, dataset: EssayDataset) -> NDArray[np.int64]:
        lacking = [
            essay_id
            for essay_id, prompt in zip(dataset.essay_ids, dataset.prompts, strict=True)
            if prompt is None
        ]
        if lacking:
            raise EssaysWithoutPromptError(essay_ids=lacking)
        return connected_groups(dataset.prompts, dataset.text_identities())

    def _deal(
        self,
        table: NDArray[np.int64],
        fractions: Sequence[float],
        rng: np.random.Generator,
        *,
        ranked: bool,
    ) -> NDArray[np.int64]:
        del ranked
        shares = _even_shares(table, fractions)
        candidates = [
            allocate(table, shares, rng.permutation(len(table))) for _ in range(_ORDERS_TRIED)
        ]
        return min(candidates, key=lambda parts: imbalance(table, shares, parts))


class TemporalSplitter(UnitSplitter):
    """The oldest essays train, newer ones stop training, the newest judge.

    Essays of one moment stay together, and a copy of a text counts as written when the first one
    was. The seed has no influence. Folds are consecutive stretches of time, each tested once; what
    stops training is the newest part of the rest.
    """

    scheme: ClassVar[str] = "temporal"
    unit: ClassVar[str] = "moment"

    def _units(self, dataset: EssayDataset) -> NDArray[np.int64]:
        times = _times(dataset)
        first: dict[str, datetime] = {}
        identities = dataset.text_identities()
        for identity, time in zip(identities, times, strict=True):
            first[identity] = min(time, first.get(identity, time))
        moments = {time: number for number, time in enumerate(sorted(set(first.values())))}
        return np.asarray([moments[first[identity]] for identity in identities], dtype=np.int64)

    def _deal(
        self,
        table: NDArray[np.int64],
        fractions: Sequence[float],
        rng: np.random.Generator,
        *,
        ranked: bool,
    ) -> NDArray[np.int64]:
        del rng, ranked
        n_units, n_parts = len(table), len(fractions)
        before = np.concatenate([[0], np.cumsum(table.sum(axis=1))])
        parts = np.zeros(n_units, dtype=np.int64)
        cut = 0
        for part, reached in enumerate(np.cumsum(fractions)[:-1], start=1):
            # Every part before and after this cut needs a unit of its own.
            places = np.arange(cut + 1, n_units - (n_parts - part) + 1)
            cut = int(places[np.argmin(np.abs(before[places] - reached * before[-1]))])
            parts[cut:] = part
        return parts

    def _notes(self, dataset: EssayDataset, part_of: NDArray[np.int64]) -> tuple[str, ...]:
        times = _times(dataset)
        tested = [time for time, part in zip(times, part_of, strict=True) if part == TEST]
        n_later = sum(
            time > max(tested) for time, part in zip(times, part_of, strict=True) if part != TEST
        )
        if not n_later:
            return ()
        return (f"{counted(n_later, 'essay')} to learn from were written after the test part",)


_SCHEMES: dict[str, type[UnitSplitter]] = {
    splitter.scheme: splitter
    for splitter in (StratifiedSplitter, PromptHoldoutSplitter, TemporalSplitter)
}


def create_splitter(settings: SplitSettings) -> SplitterProtocol:
    """Return the splitter that the settings name."""
    return _SCHEMES[settings.scheme](settings)


def _even_shares(table: NDArray[np.int64], fractions: Sequence[float]) -> NDArray[np.float64]:
    column = np.asarray(fractions, dtype=np.float64)[:, None]
    return np.repeat(column, table.shape[1], axis=1)


def _times(dataset: EssayDataset) -> list[datetime]:
    undated = [
        essay_id
        for essay_id, time in zip(dataset.essay_ids, dataset.created_at, strict=True)
        if time is None
    ]
    if undated:
        raise UndatedEssaysError(essay_ids=undated)
    return [time for time in dataset.created_at if time is not None]
