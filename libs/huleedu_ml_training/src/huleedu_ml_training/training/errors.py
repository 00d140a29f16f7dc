"""Errors of training and tuning."""

from uuid import UUID

from huleedu_ml_training.domain.errors import ConflictError, OperationInterruptedError


class RunInterruptedError(OperationInterruptedError):
    """A run was stopped from outside.

    Attributes:
        run_id: The run.
        goes_on: Whether the same work, asked for again, goes on where it stopped.
    """

    code = "run-interrupted"

    def __init__(self, *, run_id: UUID, goes_on: bool = True) -> None:
        super().__init__()
        self.run_id = run_id
        self.goes_on = goes_on

    @property
    def what(self) -> str:
        """Name the run."""
        kept = "; what it had finished is kept" if self.goes_on else ""
        return f"run {self.run_id} was interrupted{kept}"

    @property
    def remedy(self) -> str:
        """Say how to go on."""
        after = "goes on where it stopped" if self.goes_on else "begins anew"
        return f"run the same command again: it {after}"


class StudyMismatchError(ConflictError):
    """A study of that name searched with other data or settings."""

    code = "study-mismatch"

    def __init__(self, *, study_name: str) -> None:
        super().__init__()
        self.study_name = study_name

    @property
    def what(self) -> str:
        """Name the study."""
        return f"the study {self.study_name!r} was made with other essays or other settings"

    @property
    def why(self) -> str:
        """Say why they cannot be mixed."""
        return "trials on different inputs cannot be compared"

    @property
    def remedy(self) -> str:
        """Say what to choose."""
        return "choose another --study-name, or leave it out to get one made from the inputs"
