"""What can go wrong with runs."""

from uuid import UUID

from huleedu_ml_training.domain.errors import ConflictError, NotFoundError
from huleedu_ml_training.registry.runs.records import RunState


class RunNotFoundError(NotFoundError):
    """No run has that id."""

    code = "run-not-found"

    def __init__(self, *, run_id: UUID | str) -> None:
        super().__init__()
        self.run_id = run_id

    @property
    def what(self) -> str:
        """Name the id."""
        return f"there is no run {str(self.run_id)[:80]!a}"

    @property
    def remedy(self) -> str:
        """Say where runs are listed."""
        return "train-essay-grader runs list shows the latest runs with their ids"


class RunNotResumableError(ConflictError):
    """A run cannot go on: it has ended for good, or another process is at it.

    Attributes:
        run_id: The run.
        state: Its state.
        alive: Whether a process is at work on it.
    """

    code = "run-not-resumable"

    def __init__(self, *, run_id: UUID, state: RunState, alive: bool) -> None:
        super().__init__()
        self.run_id = run_id
        self.state = state
        self.alive = alive

    @property
    def what(self) -> str:
        """Name run and state."""
        return f"run {self.run_id} cannot go on: it is {self.state}"

    @property
    def why(self) -> str:
        """Say who is at it."""
        return "a process is at work on it" if self.alive else ""

    @property
    def remedy(self) -> str:
        """Say what to do instead."""
        return "wait for it to end" if self.alive else "start a new run"


class RunFinishedError(ConflictError):
    """A run that has ended was to be ended once more, in another way."""

    code = "run-finished"

    def __init__(self, *, run_id: UUID, state: RunState, wanted: RunState) -> None:
        super().__init__()
        self.run_id = run_id
        self.state = state
        self.wanted = wanted

    @property
    def what(self) -> str:
        """Name the run and both states."""
        return f"run {self.run_id} is {self.state} and cannot become {self.wanted}"

    @property
    def why(self) -> str:
        """Name the usual cause."""
        return "another process has resumed or ended it in the meantime"

    @property
    def remedy(self) -> str:
        """Say how to look at it."""
        return f"train-essay-grader runs show {self.run_id} shows what became of it"


class RunElsewhereError(ConflictError):
    """A run was to be ended by somebody other than the process that is at work on it."""

    code = "run-elsewhere"

    def __init__(self, *, run_id: UUID) -> None:
        super().__init__()
        self.run_id = run_id

    @property
    def what(self) -> str:
        """Name the run."""
        return f"another process is at work on run {self.run_id}"

    @property
    def why(self) -> str:
        """Name the usual cause."""
        return "the connection to the database was lost, and the run was resumed elsewhere"

    @property
    def remedy(self) -> str:
        """Leave it to the other one."""
        return "let the other process end it; nothing of this one's outcome was recorded"
