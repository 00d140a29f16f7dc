"""Outer folds of cross-validation, and smaller parts to learn from for a learning curve."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.config import SplitSettings
from huleedu_ml_training.data.errors import counted
from huleedu_ml_training.data.grouping import connected_groups
from huleedu_ml_training.data.protocols import SplitterProtocol
from huleedu_ml_training.domain.dataset import EssayDataset
from huleedu_ml_training.domain.split import Split


def outer_folds(
    dataset: EssayDataset, splitter: SplitterProtocol, settings: SplitSettings, n_folds: int
) -> list[Split]:
    """Return splits whose test parts are disjoint.

    By grade and by prompt the splitter's own folds, which test every essay once. By time, one more
    stretch than folds: each but the first is tested by a grader of what was written before it.

    Args:
        dataset: The essays.
        splitter: Of the settings' scheme.
        settings: Scheme and shares.
        n_folds: How many.

    Raises:
        TooFewEssaysError: There are fewer texts, prompts or moments than are needed.
        TooFewGradesError: A part to learn from has fewer than two grades.
        InvalidDataError: The scheme needs prompts or times that some essays lack.
    """
    if settings.scheme != "temporal":
        return splitter.folds(dataset, n_folds)
    stretches = [fold.test for fold in splitter.folds(dataset, n_folds + 1)]
    share = settings.validation_fraction / (1.0 - settings.test_fraction)
    # The newest of so many equal stretches of the past is about the share that stops training.
    n_parts = max(2, round(1 / share))
    folds = []
    for number in range(1, n_folds + 1):
        past = np.sort(np.concatenate(stretches[:number]))
        newest = splitter.folds(dataset.take(past), n_parts)[-1]
        folds.append(
            Split(
                train=past[newest.development],
                validation=past[newest.test],
                test=stretches[number],
                scheme=settings.scheme,
                seed=settings.seed,
            )
        )
    return folds


def require_inner_folds(
    dataset: EssayDataset, splitter: SplitterProtocol, folds: Sequence[Split], n_folds: int
) -> None:
    """Make the inner folds once and forget them: trouble is told before any model is fitted.

    Raises:
        InvalidDataError: The training part of a fold cannot be divided for cross-fitting.
    """
    for fold in folds:
        splitter.folds(dataset.take(fold.development), n_folds)


def fewest_to_learn_from(folds: Sequence[Split]) -> int:
    """Return the size of the smallest training part, stopping set included."""
    return min(len(fold.development) for fold in folds)


def smaller(dataset: EssayDataset, fold: Split, number: int, n_essays: int, seed: int) -> Split:
    """Return a fold with the same test part and fewer essays to learn from.

    Whole groups of copies are drawn, from the training and the stopping part in proportion, in an
    order that depends on ``seed`` and ``number`` alone: what a smaller part holds, a larger one
    holds too.

    Args:
        dataset: The essays.
        fold: The fold.
        number: Its number.
        n_essays: About so many to learn from, stopping set included; fewer than all.
        seed: Seed of the order.
    """
    share = n_essays / len(fold.development)
    identities = dataset.text_identities()
    parts = []
    for part, rows in enumerate((fold.train, fold.validation)):
        groups = connected_groups([identities[row] for row in rows])
        rng = np.random.default_rng([seed % 2**64, number, part])
        parts.append(rows[_drawn(groups, max(1, round(share * len(rows))), rng)])
    return Split(parts[0], parts[1], fold.test, fold.scheme, fold.seed)


def notes_on_folds(dataset: EssayDataset, folds: Sequence[Split]) -> tuple[str, ...]:
    """Return what a reader must know of the essays and of grades that folds do not have."""
    labels = dataset.scale.labels
    counts = dataset.grade_counts
    notes = [
        f"no essay has the grade {label!r}: the figures say nothing of it"
        for label, count in zip(labels, counts, strict=True)
        if not count
    ]
    for number, fold in enumerate(folds, start=1):
        learnt = set(dataset.grades[fold.development].tolist())
        tested = np.bincount(dataset.grades[fold.test], minlength=len(labels))
        notes += [
            f"fold {number} tests {counted(int(tested[grade]), 'essay')} of the grade "
            f"{labels[grade]!r} and has none to learn it from"
            for grade in np.flatnonzero(tested)
            if int(grade) not in learnt
        ]
    n_tested = sum(len(fold.test) for fold in folds)
    if n_tested < len(dataset):
        n_untested = counted(len(dataset) - n_tested, "essay")
        notes.append(f"the {n_untested} of the first stretch of time are learnt from only")
    return tuple(notes)


def _drawn(groups: NDArray[np.int64], n_wanted: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return indices of whole groups in random order, as many as ``n_wanted`` items hold."""
    rank = rng.permutation(int(groups.max()) + 1)[groups]
    sizes = np.bincount(rank)
    # Groups up to the first one that no longer fits; at least one.
    n_groups = max(1, int(np.searchsorted(np.cumsum(sizes), n_wanted, side="right")))
    return np.flatnonzero(rank < n_groups)
