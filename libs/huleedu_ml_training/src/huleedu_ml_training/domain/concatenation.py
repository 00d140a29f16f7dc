"""Putting data sets one after the other."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.domain.dataset import EssayDataset

_T = TypeVar("_T")


def concatenate(parts: Sequence[EssayDataset]) -> EssayDataset:
    """Return the essays of parts on one scale, one after the other.

    Parts may have different raters and metadata columns: what one lacks is unknown for its essays.

    Args:
        parts: At least one data set, all with or all without features.
    """
    first = parts[0]
    names = sorted({name for part in parts for name in part.metadata})

    def chain(pick: Callable[[EssayDataset], tuple[_T, ...]]) -> tuple[_T, ...]:
        return tuple(value for part in parts for value in pick(part))

    def metadata(name: str) -> tuple[str | None, ...]:
        return chain(lambda part: part.metadata.get(name, (None,) * len(part)))

    return replace(
        first,
        essay_ids=chain(lambda part: part.essay_ids),
        texts=chain(lambda part: part.texts),
        grades=np.concatenate([part.grades for part in parts]),
        prompts=chain(lambda part: part.prompts),
        prompt_texts=chain(lambda part: part.prompt_texts),
        languages=chain(lambda part: part.languages),
        created_at=chain(lambda part: part.created_at),
        ratings=_stack_ratings([part.ratings for part in parts]),
        sources=chain(lambda part: part.sources),
        metadata={name: metadata(name) for name in names},
        features=None
        if first.features is None
        else np.concatenate([part.features for part in parts if part.features is not None]),
    )


def _stack_ratings(parts: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Stack ratings of different numbers of raters, the missing ones as NaN."""
    raters = max(part.shape[1] for part in parts)
    stacked = np.full((sum(map(len, parts)), raters), np.nan)
    start = 0
    for part in parts:
        stacked[start : start + len(part), : part.shape[1]] = part
        start += len(part)
    return stacked
