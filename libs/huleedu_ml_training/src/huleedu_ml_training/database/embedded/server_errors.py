"""What can go wrong with the embedded server once it is set up."""

from pathlib import Path

from huleedu_ml_training.database.embedded.errors import OWN_SERVER
from huleedu_ml_training.domain.errors import ConflictError, InfrastructureError


class ServerStartFailedError(InfrastructureError):
    """The embedded server ended, or never answered, after it was started."""

    code = "server-start-failed"

    def __init__(self, *, data: Path, log_path: Path, log: str, waited_s: float | None) -> None:
        super().__init__()
        self.data = data
        self.log_path = log_path
        self.log = log
        self.waited_s = waited_s

    @property
    def what(self) -> str:
        """Say what it did."""
        if self.waited_s is None:
            return f"the embedded database in {self.data} ended while it started"
        return f"the embedded database in {self.data} gave no answer in {self.waited_s:.0f} s"

    @property
    def why(self) -> str:
        """Show the end of its log."""
        return self.log or "it logged nothing"

    @property
    def remedy(self) -> str:
        """Point at the whole log."""
        return f"the whole log is {self.log_path}; {OWN_SERVER.removeprefix('or ')}"


class ServerBusyError(InfrastructureError):
    """Another command kept the embedded server's lock for too long."""

    code = "server-busy"

    def __init__(self, *, path: Path, waited_s: float) -> None:
        super().__init__()
        self.path = path
        self.waited_s = waited_s

    @property
    def what(self) -> str:
        """Name the lock."""
        return f"{self.path} has been locked for {self.waited_s:.0f} s by another command"

    @property
    def why(self) -> str:
        """Say who takes it."""
        return "commands that start or stop the embedded database do so one at a time"

    @property
    def remedy(self) -> str:
        """Say how to find the holder."""
        return f"wait, or find the command with: fuser -v {self.path}"


class ServerStopFailedError(InfrastructureError):
    """The embedded server was told to stop and did not.

    Attributes:
        pid: Its process id, where it is known.
        log_path: Its log.
        waited_s: Seconds that it was given.
    """

    code = "server-stop-failed"

    def __init__(self, *, pid: int | None, log_path: Path, waited_s: float) -> None:
        super().__init__()
        self.pid = pid
        self.log_path = log_path
        self.waited_s = waited_s

    @property
    def what(self) -> str:
        """Say how long it took."""
        return f"the embedded database did not stop in {self.waited_s:.0f} s"

    @property
    def remedy(self) -> str:
        """Say how to end it without loss."""
        end = f", or end it with: kill -QUIT {self.pid}" if self.pid else ""
        return f"look into {self.log_path}{end} (the next start recovers the data)"


class ServerInUseError(ConflictError):
    """The embedded server is to be stopped while commands use it."""

    code = "server-in-use"

    @property
    def what(self) -> str:
        """Say who is in the way."""
        return "other commands are using the embedded database"

    @property
    def remedy(self) -> str:
        """Say how to insist."""
        return "let them finish, or cut them off with: train-essay-grader db stop --force"


class ForeignServerError(ConflictError):
    """Someone else's server runs on the embedded database's data."""

    code = "foreign-server"

    def __init__(self, *, pid: int, data: Path) -> None:
        super().__init__()
        self.pid = pid
        self.data = data

    @property
    def what(self) -> str:
        """Name the process."""
        return f"process {self.pid}, which we did not start, serves the data in {self.data}"

    @property
    def remedy(self) -> str:
        """Say how to end it."""
        return f"stop it with: kill -INT {self.pid}"
