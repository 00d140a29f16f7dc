"""What can be wrong with models and essays that are to be judged together."""

from collections.abc import Sequence

from huleedu_ml_training.domain.errors import (
    ConflictError,
    GateRefusedError,
    InvalidDataError,
    UsageError,
)

_NAMED = 3


class ScaleMismatchError(ConflictError):
    """Models, or a model and its essays, are on different scales."""

    code = "scale-mismatch"

    def __init__(self, *, first: tuple[str, ...], second: tuple[str, ...]) -> None:
        super().__init__()
        self.first = first
        self.second = second

    @property
    def what(self) -> str:
        """Name both scales."""
        return f"the grade scales differ: {', '.join(self.first)} and {', '.join(self.second)}"

    @property
    def remedy(self) -> str:
        """Say what can be compared."""
        return "judge a model on essays of its own scale (--scale), and compare within one scale"


class NoCommonTestEssaysError(InvalidDataError):
    """Too few essays are left to judge on.

    Attributes:
        n_found: How many there are.
        kind: Which essays were wanted: ``held-out``, or another part of the split.
        reason: Where the others were lost.
    """

    code = "no-common-test-essays"

    def __init__(self, *, n_found: int, reason: str, kind: str = "held-out") -> None:
        super().__init__()
        self.n_found = n_found
        self.kind = kind
        self.reason = reason

    @property
    def what(self) -> str:
        """Say how few were found."""
        return f"only {self.n_found} {self.kind} essays to judge on: {self.reason}"

    @property
    def remedy(self) -> str:
        """Say how to give some."""
        return (
            "name a file of graded essays that no model was trained on with --test-data-path, "
            "or select more with --split, --since, --until, --prompt and --source"
        )


class FlagsRaisedError(GateRefusedError):
    """A figure is out of its bounds, and the caller asked to be told by the exit code.

    Attributes:
        flags: The raised flags, as people read them.
    """

    code = "flags-raised"

    def __init__(self, *, flags: Sequence[str]) -> None:
        super().__init__()
        self.flags = tuple(flags)

    @property
    def what(self) -> str:
        """Count the flags and name the first."""
        count = len(self.flags)
        more = f" and {count - _NAMED} more" if count > _NAMED else ""
        named = "; ".join(self.flags[:_NAMED])
        return f"{count} flag{'' if count == 1 else 's'} raised: {named}{more}"

    @property
    def why(self) -> str:
        """Say who asked."""
        return "--fail-on-flags was given; everything that was asked for was printed and written"

    @property
    def remedy(self) -> str:
        """Say where the figures are."""
        return "read the flagged figures and docs/evaluation.md, or leave --fail-on-flags out"


class InvalidComparisonError(UsageError):
    """Models cannot be compared in the way that was asked for.

    Attributes:
        problem: What is wrong with the options.
    """

    code = "invalid-comparison"

    def __init__(self, *, problem: str) -> None:
        super().__init__()
        self.problem = problem

    @property
    def what(self) -> str:
        """Say what is wrong."""
        return f"nothing can be compared: {self.problem}"

    @property
    def remedy(self) -> str:
        """Show the two forms."""
        return (
            "name models, with --test-data-path or a selection where wanted; or residual files "
            "of evaluate (*.parquet) alone"
        )
