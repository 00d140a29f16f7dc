"""Finding the essays that models are to be judged on."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.data.files import read_dataset
from huleedu_ml_training.data.protocols import DataLoaderProtocol
from huleedu_ml_training.data.selecting import select_essays
from huleedu_ml_training.domain.concatenation import concatenate
from huleedu_ml_training.domain.dataset import ALL_ESSAYS, EssayDataset
from huleedu_ml_training.export.bundle import Bundle
from huleedu_ml_training.training.judging_errors import (
    NoCommonTestEssaysError,
    ScaleMismatchError,
)
from huleedu_ml_training.training.judging_requests import JudgedEssays, SplitPart

FEWEST_ESSAYS = 10
"""Below this a metric says nothing; a file that is named is taken as it is."""

_LEARNT = ("train", "validation")
_KINDS = {
    SplitPart.TEST: "held-out",
    SplitPart.TRAIN: "training",
    SplitPart.VALIDATION: "validation",
    SplitPart.ALL: "selected",
}


async def find_essays(
    wanted: JudgedEssays,
    bundles: Sequence[Bundle],
    loader: Callable[[], Awaitable[DataLoaderProtocol]],
) -> EssayDataset:
    """Return the essays to judge on, in order of id.

    Essays of the database belong to a part of a split by id, those of a file by text, since a file
    may count them otherwise.

    Args:
        wanted: Which essays.
        bundles: The models; a part of the split is what all of them agree on.
        loader: Asked for only when no file is named.

    Raises:
        NotFoundError: The file is not there.
        InvalidDataError: The essays cannot be used.
        NoCommonTestEssaysError: Too few essays are left.
        ScaleMismatchError: The essays are on another scale than the first model.
    """
    if wanted.file is not None:
        return await asyncio.to_thread(_from_file, wanted.file, wanted, bundles)
    return await _from_database(wanted, bundles, await loader())


def _from_file(file: Path, wanted: JudgedEssays, bundles: Sequence[Bundle]) -> EssayDataset:
    dataset = read_dataset(file, bundles[0].manifest.scale)
    n_read = len(dataset)
    if wanted.selection != ALL_ESSAYS:
        dataset = select_essays(dataset, wanted.selection)
    part = wanted.split_part
    if part is not SplitPart.ALL:
        kept = _common(bundles, part, "text_identities")
        dataset = dataset.take(_rows_in(kept, dataset.text_identities()))
    if len(dataset) == 0:
        reason = f"none of the {n_read} in {file} is meant"
        raise NoCommonTestEssaysError(n_found=0, reason=reason, kind=_KINDS[part])
    return dataset


async def _from_database(
    wanted: JudgedEssays, bundles: Sequence[Bundle], loader: DataLoaderProtocol
) -> EssayDataset:
    scale, part = bundles[0].manifest.scale, wanted.split_part
    kept = None if part is SplitPart.ALL else _common(bundles, part, "essay_ids")
    batches = []
    async with aclosing(loader.stream(wanted.selection)) as stream:
        async for batch in stream:
            if batch.scale.labels != scale.labels:
                raise ScaleMismatchError(first=scale.labels, second=batch.scale.labels)
            batches.append(batch if kept is None else batch.take(_rows_in(kept, batch.essay_ids)))
    n_found = sum(map(len, batches))
    if n_found < FEWEST_ESSAYS:
        reason = f"{n_found} are selected in the database"
        if kept is not None:
            models = "both models" if len(bundles) == 2 else f"all {len(bundles)} models"
            reason = (
                f"{len(kept)} are in the {part} part of "
                f"{'the model' if len(bundles) == 1 else models}, "
                f"{n_found} of them are in the database"
            )
        raise NoCommonTestEssaysError(n_found=n_found, reason=reason, kind=_KINDS[part])
    return concatenate(batches)


def seen_rows(bundle: Bundle, dataset: EssayDataset) -> NDArray[np.bool_]:
    """Return which essays a model was trained or stopped on, by text; shape (n_essays,)."""
    known = frozenset(_part_values(bundle, _LEARNT, "text_identities"))
    return np.asarray([identity in known for identity in dataset.text_identities()], dtype=bool)


def _common(bundles: Sequence[Bundle], part: SplitPart, key: str) -> frozenset[str]:
    return frozenset.intersection(
        *(frozenset(_part_values(bundle, (part.value,), key)) for bundle in bundles)
    )


def _rows_in(kept: frozenset[str], values: Iterable[str]) -> NDArray[np.int64]:
    rows = [row for row, value in enumerate(values) if value in kept]
    return np.asarray(rows, dtype=np.int64)


def _part_values(bundle: Bundle, parts: tuple[str, ...], key: str) -> list[str]:
    if "split.json" not in bundle.files:
        return []
    document: Mapping[str, Any] = bundle.document("split.json").get("parts", {})
    return [str(value) for part in parts for value in document.get(part, {}).get(key, [])]
