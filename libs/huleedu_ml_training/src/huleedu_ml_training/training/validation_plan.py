"""Which passes over which folds a cross-validation takes, decided before any model is fitted."""

from collections.abc import Sequence
from dataclasses import dataclass

from huleedu_ml_training.config import Settings
from huleedu_ml_training.domain.dataset import EssayDataset
from huleedu_ml_training.domain.split import Split
from huleedu_ml_training.training.outer_folds import (
    fewest_to_learn_from,
    outer_folds,
    require_inner_folds,
    smaller,
)
from huleedu_ml_training.training.validation import SplitterFactory
from huleedu_ml_training.training.validation_errors import InvalidValidationError
from huleedu_ml_training.training.validation_request import ValidationRequest

SEED_STEP = 100_000
"""Seeds of a decomposition of variance lie this far apart: farther than members and folds."""


@dataclass(frozen=True, slots=True, eq=False)
class PlannedPass:
    """One pass over folds.

    Attributes:
        settings: With the seeds of the pass.
        folds: Splits whose test parts are disjoint.
    """

    settings: Settings
    folds: Sequence[Split]

    @property
    def n_learnt(self) -> int:
        """Essays learnt from, stopping set included: mean over the folds, rounded."""
        return round(sum(len(fold.development) for fold in self.folds) / len(self.folds))


def plan_passes(
    request: ValidationRequest,
    dataset: EssayDataset,
    settings: Settings,
    make_splitter: SplitterFactory,
) -> dict[str, PlannedPass]:
    """Return every pass by its name, in the order of the work.

    Raises:
        InvalidValidationError: The learning curve asks for more essays than there are.
        InvalidDataError: The essays cannot be divided so.
    """
    passes = {}
    for seed, split in request.cells:
        seeded = _seeded(settings, seed, split)
        splitter = make_splitter(seeded.split)
        folds = outer_folds(dataset, splitter, seeded.split, request.folds)
        passes[cell_name(seed, split)] = PlannedPass(seeded, folds)
    first = passes[cell_name(0, 0)]
    most = fewest_to_learn_from(first.folds)
    if request.curve and request.curve[-1] >= most:
        raise InvalidValidationError(
            option="--learning-curve",
            value=request.curve[-1],
            reason=f"the smallest fold has {most:,} essays to learn from",
            advice="give smaller numbers: the last point of the curve is always all essays",
        )
    for size in request.curve:
        folds = [
            smaller(dataset, fold, number, size, first.settings.split.seed)
            for number, fold in enumerate(first.folds)
        ]
        passes[size_name(size)] = PlannedPass(first.settings, folds)
    if request.protocol == "honest":
        for each in passes.values():
            splitter = make_splitter(each.settings.split)
            require_inner_folds(dataset, splitter, each.folds, each.settings.training.folds)
    return passes


def cell_name(seed: int, split: int) -> str:
    """Return the name of the pass with the given seed and split, each counted from 0."""
    return f"seed-{seed}-split-{split}"


def size_name(n_essays: int) -> str:
    """Return the name of the pass that learns from so many essays."""
    return f"essays-{n_essays}"


def _seeded(settings: Settings, seed: int, split: int) -> Settings:
    training, division = settings.training, settings.split
    return settings.model_copy(
        update={
            "training": training.model_copy(update={"seed": training.seed + seed * SEED_STEP}),
            "split": division.model_copy(update={"seed": division.seed + split}),
        }
    )
