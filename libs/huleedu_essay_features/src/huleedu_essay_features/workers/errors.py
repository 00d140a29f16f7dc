"""What can go wrong between a pipeline and its extraction processes."""

from huleedu_essay_features.errors import EssayFeaturesError


class WorkerCrashedError(EssayFeaturesError):
    """An extraction process ended while it worked on an essay.

    Attributes:
        index: Zero-based position of that essay in the call; None if the process never got ready.
        exit_status: Of the process; negative numbers are signals.
        output: The end of what it wrote on stderr.
    """

    code = "worker-crashed"

    def __init__(self, *, index: int | None, exit_status: int | None, output: str = "") -> None:
        super().__init__()
        self.index = index
        self.exit_status = exit_status
        self.output = output

    @property
    def what(self) -> str:
        """Name the essay."""
        place = "while starting" if self.index is None else f"at essay {self.index} of the call"
        return f"an extraction process ended {place}, exit status {self.exit_status}"

    @property
    def why(self) -> str:
        """Tell a kill from a crash, and quote its last line."""
        if self.exit_status is not None and self.exit_status < 0:
            return f"it was ended by signal {-self.exit_status}, often for lack of memory"
        lines = self.output.strip().splitlines()
        return lines[-1] if lines else ""

    @property
    def remedy(self) -> str:
        """Say what can be tried."""
        return "use fewer workers if memory is short; what was stored before is kept"


class WorkerStartError(EssayFeaturesError):
    """An extraction process could not make its pipeline.

    Attributes:
        reason: What went wrong there, on one line.
    """

    code = "worker-start"

    def __init__(self, *, reason: str) -> None:
        super().__init__()
        self.reason = reason

    @property
    def what(self) -> str:
        """Say what failed."""
        return "an extraction process could not make its pipeline"

    @property
    def why(self) -> str:
        """Give the reason."""
        return self.reason

    @property
    def remedy(self) -> str:
        """Say how to see more."""
        return "make the pipeline with workers=1 for the full traceback"


class WorkerMismatchError(EssayFeaturesError):
    """An extraction process computes other features than the process that started it."""

    code = "worker-mismatch"

    def __init__(self, *, expected: str, got: str) -> None:
        super().__init__()
        self.expected = expected
        self.got = got

    @property
    def what(self) -> str:
        """Give both digests."""
        return f"an extraction process has feature schema {self.got}, expected {self.expected}"

    @property
    def why(self) -> str:
        """Name the usual cause."""
        return "packages were installed or changed while this program was running"

    @property
    def remedy(self) -> str:
        """Say what to do."""
        return "start the program again"


class ReportedError(EssayFeaturesError):
    """An error that happened in a worker, with its own texts."""

    def __init__(self, *, code: str, what: str, why: str, remedy: str) -> None:
        super().__init__(what)
        self.code = code
        self._why = why
        self._remedy = remedy

    @property
    def why(self) -> str:
        """As the worker gave it."""
        return self._why

    @property
    def remedy(self) -> str:
        """As the worker gave it."""
        return self._remedy
