"""What is to be judged, on which essays."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from huleedu_ml_training.domain.dataset import ALL_ESSAYS, EssaySelection

DEFAULT_MARGIN = 0.02
"""Kappa that a new model may lose and still count as no worse."""

DEFAULT_PERTURBED_ESSAYS = 100
"""Essays whose texts are changed, where that is asked for."""

_RESIDUALS_SUFFIX = ".parquet"


class SplitPart(StrEnum):
    """Which essays are meant, by what a model did with them when it was trained."""

    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class JudgedEssays:
    """Which essays to judge on.

    Attributes:
        file: File of graded essays; None for the database.
        selection: Which of them.
        part: Which of them by the models' split; None for all of a file, and for the held-out
            essays of the database.
    """

    file: Path | None = None
    selection: EssaySelection = ALL_ESSAYS
    part: SplitPart | None = None

    @property
    def split_part(self) -> SplitPart:
        """The part that is meant in the end."""
        if self.part is not None:
            return self.part
        return SplitPart.TEST if self.file is None else SplitPart.ALL

    @property
    def description(self) -> str:
        """What the essays are, as in "figures of …"."""
        part = self.split_part
        where = "the database" if self.file is None else f"the file {self.file.name}"
        if part is SplitPart.ALL:
            return f"the essays selected in {where}"
        name = "held-out test" if part is SplitPart.TEST else part.value
        return f"the model's {name} part, as selected in {where}"


HELD_OUT = JudgedEssays()
"""The essays of the database that a model held out."""


@dataclass(frozen=True, slots=True)
class EvaluationRequest:
    """One model to judge.

    Attributes:
        model: A directory, an id or ``models:/NAME/STAGE``; None for production.
        essays: What to judge it on.
        perturbed_essays: Essays whose texts are changed to see how far grades move; None for no
            such trial, which extracts features anew.
        correlation_id: Ties together logs and run.
    """

    model: str | None = None
    essays: JudgedEssays = HELD_OUT
    perturbed_essays: int | None = None
    correlation_id: str | None = None


@dataclass(frozen=True, slots=True)
class ComparisonRequest:
    """Models to compare, each against the first.

    Attributes:
        models: Two or more models, or two or more residual files of an evaluation.
        essays: What to compare models on.
        margin: Kappa that a model may lose and still count as no worse than the first.
    """

    models: tuple[str, ...]
    essays: JudgedEssays = HELD_OUT
    margin: float = DEFAULT_MARGIN

    @property
    def stored(self) -> int:
        """How many of the models are residual files."""
        return sum(map(is_residual_file, self.models))


def is_residual_file(model: str) -> bool:
    """Return whether a residual file is meant, and no model."""
    return model.endswith(_RESIDUALS_SUFFIX)
