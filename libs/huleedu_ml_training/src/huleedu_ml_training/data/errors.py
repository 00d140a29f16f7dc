"""Errors of essays as a whole: too few, undated, without a prompt, with unusable features."""

from collections.abc import Mapping, Sequence

from huleedu_ml_training.domain.errors import InvalidDataError
from huleedu_ml_training.domain.grades import GradeScale, UnknownGradeError


def listed(items: Sequence[object], *, most: int = 5) -> str:
    """Return items joined by commas, the first few of them only."""
    shown = ", ".join(str(item) for item in items[:most])
    return shown if len(items) <= most else f"{shown} and {len(items) - most} more"


def counted(n: int, noun: str) -> str:
    """Return a number and its noun, as in ``1 essay`` or ``1,789 essays``."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


class EmptyDatasetError(InvalidDataError):
    """There is no essay to work on.

    Attributes:
        source: The table or file that was read.
        scale: The scale that was asked for.
        scales: Essays that the source holds on each scale, the selection disregarded; empty where
            that is unknown.
    """

    code = "empty-dataset"

    def __init__(
        self, *, source: str, scale: GradeScale, scales: Mapping[str, int] | None = None
    ) -> None:
        super().__init__()
        self.source = source
        self.scale = scale
        self.scales = dict(scales or {})

    @property
    def what(self) -> str:
        """Say whether the source is empty or only the selection."""
        if not self.scales:
            return f"{self.source} holds no graded essay"
        return f"no essay of {self.source} is selected on the scale {self.scale.name}"

    @property
    def why(self) -> str:
        """Say what there is instead."""
        held = [f"{counted(n, 'essay')} on {name}" for name, n in self.scales.items()]
        return f"it holds {', '.join(held)}" if held else ""

    @property
    def remedy(self) -> str:
        """Point at the import, the scale or the selection."""
        if not self.scales:
            return (
                "import some: train-essay-grader data import FILE, "
                "or train-essay-grader data demo for synthetic ones"
            )
        if self.scale.name not in self.scales:
            return f"choose their scale: --scale {next(iter(self.scales))}"
        return "widen the selection: --since, --until, --prompt, --min-words and their like"


class UnknownGradesError(UnknownGradeError):
    """Stored essays have grades that the scale does not have.

    Attributes:
        counts: Unknown label → number of grades that bear it, most frequent first.
        source: The table or file that was read.
    """

    code = "unknown-grade"

    def __init__(self, *, counts: Mapping[str, int], scale: GradeScale, source: str) -> None:
        super().__init__(labels=tuple(counts), scale=scale)
        self.counts = dict(counts)
        self.source = source

    @property
    def what(self) -> str:
        """List all unknown labels with their counts."""
        met = ", ".join(f"{label!r} ({n:,}×)" for label, n in self.counts.items())
        return f"{self.source} has grades that are not on the scale {self.scale.name}: {met}"

    @property
    def remedy(self) -> str:
        """Point at the places where the mismatch can be mended."""
        return (
            "choose the scale they belong to with --scale, correct the labels, "
            "or leave the essays out of the selection"
        )


class TooFewEssaysError(InvalidDataError):
    """The essays cannot be divided as asked.

    Attributes:
        found: How many units there are that can be divided.
        needed: How many the division needs.
        unit: What a unit is: ``distinct text``, ``prompt`` or ``moment``.
        n_essays: Essays in the data set.
    """

    code = "too-few-essays"

    def __init__(self, *, found: int, needed: int, unit: str, n_essays: int) -> None:
        super().__init__()
        self.found = found
        self.needed = needed
        self.unit = unit
        self.n_essays = n_essays

    @property
    def what(self) -> str:
        """Give the counts."""
        return (
            f"{counted(self.n_essays, 'essay')} with {counted(self.found, self.unit)} cannot be "
            f"divided into {self.needed} parts"
        )

    @property
    def why(self) -> str:
        """Say why units stay whole."""
        return f"a {self.unit} is never in two parts, and no part may be empty"

    @property
    def remedy(self) -> str:
        """Say what helps."""
        other = "" if self.unit == "distinct text" else ", choose split.scheme stratified,"
        return f"add essays{other} or ask for fewer parts (--folds, training.folds, tuning.folds)"


class TooFewGradesError(InvalidDataError):
    """The essays to learn from have fewer than two grades.

    Attributes:
        counts: Label → essays, of the grades that occur.
        part: ``data set`` or ``training part``.
    """

    code = "too-few-grades"

    def __init__(self, *, counts: Mapping[str, int], part: str) -> None:
        super().__init__()
        self.counts = dict(counts)
        self.part = part

    @property
    def what(self) -> str:
        """Name the only grade."""
        met = ", ".join(f"{label!r} ({counted(n, 'essay')})" for label, n in self.counts.items())
        return f"the {self.part} has fewer than two grades: {met or 'none'}"

    @property
    def why(self) -> str:
        """Say why that is no data set."""
        return "a grader learns what sets grades apart"

    @property
    def remedy(self) -> str:
        """Say what helps."""
        if self.part == "data set":
            return "add essays of other grades, or widen the selection"
        return "add essays, or set split.scheme to stratified, which spreads grades over the parts"


class EssaysWithoutPromptError(InvalidDataError):
    """Whole prompts were to be held out, but some essays have none.

    Attributes:
        essay_ids: The essays without a prompt.
    """

    code = "essays-without-prompt"

    def __init__(self, *, essay_ids: Sequence[str]) -> None:
        super().__init__()
        self.essay_ids = tuple(essay_ids)

    @property
    def what(self) -> str:
        """Name the first essays."""
        return (
            f"{counted(len(self.essay_ids), 'essay')} without a prompt cannot be divided by "
            f"prompt: {listed(self.essay_ids)}"
        )

    @property
    def remedy(self) -> str:
        """Say what helps."""
        return "select prompts with --prompt, or set split.scheme to stratified"


class UndatedEssaysError(InvalidDataError):
    """Essays were to be divided by time, but some have none.

    Attributes:
        essay_ids: The essays without a time.
    """

    code = "undated-essays"

    def __init__(self, *, essay_ids: Sequence[str]) -> None:
        super().__init__()
        self.essay_ids = tuple(essay_ids)

    @property
    def what(self) -> str:
        """Name the first essays."""
        return (
            f"{counted(len(self.essay_ids), 'essay')} without a time of writing cannot be divided "
            f"by time: {listed(self.essay_ids)}"
        )

    @property
    def remedy(self) -> str:
        """Say what helps."""
        return (
            "select dated essays with --since, map the column (essays.columns.created_at), "
            "or set split.scheme to stratified"
        )
