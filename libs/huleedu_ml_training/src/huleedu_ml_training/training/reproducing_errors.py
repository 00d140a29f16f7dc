"""Why a run cannot be trained again."""

from dataclasses import dataclass
from uuid import UUID

from huleedu_ml_training.domain.errors import ConflictError, GateRefusedError


class RunNotReproducibleError(ConflictError):
    """A run is not one that can be trained again and compared.

    Attributes:
        run_id: The run.
        reason: Why not.
    """

    code = "run-not-reproducible"

    def __init__(self, *, run_id: UUID, reason: str) -> None:
        super().__init__()
        self.run_id = run_id
        self.reason = reason

    @property
    def what(self) -> str:
        """Name the run."""
        return f"run {self.run_id} cannot be reproduced"

    @property
    def why(self) -> str:
        """Say why not."""
        return self.reason

    @property
    def remedy(self) -> str:
        """Say which can."""
        return (
            "choose a completed training whose model is registered: "
            "train-essay-grader runs list --kind train --state completed"
        )


@dataclass(frozen=True, slots=True)
class ChangedEssays:
    """How the essays of today differ from those of a run.

    Attributes:
        missing: Essays that the run had and that are not selected any more.
        new: Essays that are selected now and that the run did not have.
        changed: Essays whose text, grade, prompt, language, time or rating is another.
    """

    missing: int
    new: int
    changed: int

    def __str__(self) -> str:
        return f"{self.missing} are missing, {self.new} are new, {self.changed} have changed"


class RunDataChangedError(ConflictError):
    """The essays of a run are not there any more as they were.

    Attributes:
        run_id: The run.
        n_then: How many essays it had.
        n_now: How many there are now.
        essays: How they differ.
    """

    code = "run-data-changed"

    def __init__(self, *, run_id: UUID, n_then: int, n_now: int, essays: ChangedEssays) -> None:
        super().__init__()
        self.run_id = run_id
        self.n_then = n_then
        self.n_now = n_now
        self.essays = essays

    @property
    def what(self) -> str:
        """Count the essays."""
        differing = self.essays.missing + self.essays.new + self.essays.changed
        return f"{differing} essays differ from those of run {self.run_id}: {self.essays}"

    @property
    def why(self) -> str:
        """Say why that matters."""
        return (
            f"the run had {self.n_then} essays, now {self.n_now} are selected; "
            "a grader of other essays is another grader"
        )

    @property
    def remedy(self) -> str:
        """Say where the same essays may be."""
        return "restore the essays from a backup into a database of its own, and reproduce there"


class NotReproducedError(GateRefusedError):
    """Training again gave another grader.

    Attributes:
        run_id: The first run.
        differences: What differs, in words.
    """

    code = "not-reproduced"

    def __init__(self, *, run_id: UUID, differences: tuple[str, ...]) -> None:
        super().__init__()
        self.run_id = run_id
        self.differences = differences

    @property
    def what(self) -> str:
        """Say what differs."""
        return f"training run {self.run_id} again gave another grader: {self._listed}"

    @property
    def _listed(self) -> str:
        return "; ".join(self.differences)

    @property
    def remedy(self) -> str:
        """Say what to look for."""
        return (
            "compare the library versions in the table: the locked versions of the first run, on "
            "the same kind of processor, give the same grader"
        )
