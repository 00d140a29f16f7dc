"""What a cross-validation shall do, checked before anything is read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

from huleedu_ml_training.domain.dataset import ALL_ESSAYS, EssaySelection
from huleedu_ml_training.training.validation_errors import InvalidValidationError

if TYPE_CHECKING:  # the command line asks before it waits for the whole library
    from huleedu_ml_training.training.validation_report import ValidationResult

ProtocolName = Literal["honest", "legacy"]


@dataclass(frozen=True, slots=True)
class ValidationRequest:
    """What to cross-validate, and how. The scheme of the folds is that of the settings.

    Attributes:
        experiment_name: The user's name for the run.
        selection: Which essays.
        protocol: ``honest`` or ``legacy``.
        folds: Outer folds, at least 2.
        repeats: Passes over all folds, each with a split of its own.
        curve: Numbers of essays to learn from, for a learning curve; empty for none.
        variance: Number of seeds and of splits, each at least 2, for a decomposition of variance.
        correlation_id: Ties together logs and run.
    """

    experiment_name: str
    selection: EssaySelection = ALL_ESSAYS
    protocol: ProtocolName = "honest"
    folds: int = 5
    repeats: int = 1
    curve: tuple[int, ...] = ()
    variance: tuple[int, int] | None = None
    correlation_id: str | None = None

    @property
    def cells(self) -> tuple[tuple[int, int], ...]:
        """Seed and split of each pass: those of the repeats first, then those of the variance."""
        wanted = [(0, split) for split in range(self.repeats)]
        if self.variance is not None:
            seeds, splits = self.variance
            wanted += [(seed, split) for seed in range(seeds) for split in range(splits)]
        return tuple(dict.fromkeys(wanted))

    def options(self) -> Mapping[str, Any]:
        """Return what determines the result beside settings and essays."""
        return {
            "protocol": self.protocol,
            "outer_folds": self.folds,
            "repeats": self.repeats,
            "learning_curve": list(self.curve),
            "variance": None if self.variance is None else list(self.variance),
        }

    def require_random_splits(self, scheme: str) -> None:
        """Refuse to repeat what has no random choice in it.

        Raises:
            InvalidValidationError: Several splits by time were asked for.
        """
        if scheme == "temporal" and max(split for _, split in self.cells) > 0:
            raise InvalidValidationError(
                option="--scheme",
                value=scheme,
                reason="essays can be divided by time in one way only",
                advice="leave out --repeats and --variance, or choose another --scheme",
            )


class CrossValidatorProtocol(Protocol):
    """Judges how good a grader of the selected essays would be. Registers nothing."""

    async def validate(self, request: ValidationRequest) -> "ValidationResult":
        """Cross-validate; an interrupted run of the same inputs goes on.

        Equal essays, settings and request give equal figures.

        Raises:
            InvalidValidationError: The request does not fit the scheme or the essays.
            InvalidDataError: The essays cannot be divided so, or not learnt from.
            OperationInterruptedError: The task was cancelled; finished folds are kept.
            InfrastructureError: Database or disk failed.
        """
        ...


def require_consistent(
    *,
    nested: bool,
    protocol: str | None,
    scheme: str | None,
    repeats: int | None,
    plot: object,
    curve: object,
) -> None:
    """Refuse options that contradict one another, or that would do nothing.

    Args:
        nested: ``--nested``.
        protocol: ``--protocol``; None where it was not given, here and below.
        scheme: ``--scheme``.
        repeats: ``--repeats``.
        plot: ``--plot``.
        curve: ``--learning-curve``.

    Raises:
        InvalidValidationError: They do.
    """
    if nested and protocol == "legacy":
        raise InvalidValidationError(
            option="--protocol",
            value=protocol,
            reason="is not nested",
            advice="leave out one of --nested and --protocol legacy",
        )
    if scheme == "repeated" and repeats == 1:
        raise InvalidValidationError(
            option="--repeats",
            value=repeats,
            reason="repeats nothing",
            advice="give --repeats at least 2, or choose --scheme stratified",
        )
    if plot is not None and curve is None:
        raise InvalidValidationError(
            option="--plot",
            value=plot,
            reason="there is no learning curve to draw",
            advice="add --learning-curve, as in --learning-curve 100,200,400",
        )


def curve_sizes(text: str) -> tuple[int, ...]:
    """Read ``100,200,400``, in ascending order and each once.

    Raises:
        InvalidValidationError: It is no list of positive numbers.
    """
    sizes = {
        int(part) if part.strip().isascii() and part.strip().isdigit() else 0
        for part in text.split(",")
    }
    if min(sizes) < 1:
        raise InvalidValidationError(
            option="--learning-curve",
            value=text,
            reason="is no list of numbers of essays",
            advice="write numbers of essays with commas, as in --learning-curve 100,200,400",
        )
    return tuple(sorted(sizes))


def seeds_and_splits(text: str) -> tuple[int, int]:
    """Read ``3x4``: so many seeds, crossed with so many splits.

    Raises:
        InvalidValidationError: It is no such pair, or one of the two is below 2.
    """
    parts = text.lower().split("x")
    numbers = [int(part) if part.isascii() and part.isdigit() else 0 for part in parts]
    if len(numbers) != 2 or min(numbers) < 2:
        raise InvalidValidationError(
            option="--variance",
            value=text,
            reason="is no number of seeds and splits, each at least 2",
            advice="write seeds, an x and splits, as in --variance 3x4",
        )
    return numbers[0], numbers[1]
