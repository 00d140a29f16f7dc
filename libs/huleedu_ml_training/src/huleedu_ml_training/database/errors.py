"""What can go wrong between this library and a PostgreSQL server."""

from huleedu_ml_training.domain.errors import InfrastructureError, UsageError

_VARIABLE = "HULEEDU_ML_DATABASE_URL"


class InvalidDatabaseUrlError(UsageError):
    """The database URL is not one of PostgreSQL, or cannot be read.

    Attributes:
        url: The URL, masked.
        reason: What is wrong with it.
    """

    code = "invalid-database-url"

    def __init__(self, *, url: str, reason: str) -> None:
        super().__init__()
        self.url = url
        self.reason = reason

    @property
    def what(self) -> str:
        """Show the URL."""
        return f"{self.url} is not a usable database URL: {self.reason}"

    @property
    def remedy(self) -> str:
        """Show the form."""
        return (
            f"write postgresql://user:password@host:5432/database (special characters as %40), "
            f"or unset {_VARIABLE} to use the embedded database"
        )


class DatabaseError(InfrastructureError):
    """A failure of one database.

    Attributes:
        url: The database, masked.
        reason: What the driver or the server said.
    """

    def __init__(self, *, url: str, reason: str) -> None:
        super().__init__()
        self.url = url
        self.reason = reason

    @property
    def why(self) -> str:
        """Repeat what the driver or the server said."""
        return self.reason


class DatabaseUnavailableError(DatabaseError):
    """No connection, or the connection was lost."""

    code = "database-unavailable"

    @property
    def what(self) -> str:
        """Name the database."""
        return f"the database {self.url} cannot be reached"

    @property
    def remedy(self) -> str:
        """Say what to check."""
        return (
            f"check that the server runs and that host and port in {_VARIABLE} are right, or unset "
            "it to use the embedded database"
        )


class DatabaseTlsError(DatabaseError):
    """Server and client do not agree on encryption."""

    code = "database-tls"

    @property
    def what(self) -> str:
        """Name the database."""
        return f"no encrypted connection to the database {self.url}"

    @property
    def remedy(self) -> str:
        """Name the parameter."""
        return f"set sslmode (and sslrootcert) in {_VARIABLE} to what the server offers"


class DatabaseAccessDeniedError(DatabaseError):
    """The server refuses the user or the password."""

    code = "database-access-denied"

    @property
    def what(self) -> str:
        """Name the database."""
        return f"the database {self.url} refuses the user or the password"

    @property
    def remedy(self) -> str:
        """Say where both are set."""
        return f"correct user and password in {_VARIABLE}"


class DatabaseNotFoundError(DatabaseError):
    """The server has no database of that name."""

    code = "database-not-found"

    @property
    def what(self) -> str:
        """Name the database."""
        return f"the server has no such database: {self.url}"

    @property
    def remedy(self) -> str:
        """Say how to make it."""
        return f"create it (createdb), or correct its name in {_VARIABLE}"


class DatabasePermissionError(DatabaseError):
    """The user may not do what the operation needs."""

    code = "database-permission"

    @property
    def what(self) -> str:
        """Name the database."""
        return f"the user of {self.url} lacks a privilege"

    @property
    def remedy(self) -> str:
        """Say what is needed."""
        return (
            "as the owner of the tables: train-essay-grader db grant --role trainer --to USER (or "
            "promoter, or service); and for the essays: GRANT SELECT on the host's tables"
        )


class DatabaseFullError(DatabaseError):
    """The server's disk is full."""

    code = "database-full"

    @property
    def what(self) -> str:
        """Name the database."""
        return f"the disk of the database {self.url} is full"

    @property
    def remedy(self) -> str:
        """Say what to do."""
        return "free space on the server; nothing half-done was stored"


class NotEmbeddedError(UsageError):
    """A command is about the embedded server, but the settings name another database."""

    code = "not-embedded"

    def __init__(self, *, url: str) -> None:
        super().__init__()
        self.url = url

    @property
    def what(self) -> str:
        """Name the database."""
        return f"the database {self.url} is not ours to stop"

    @property
    def remedy(self) -> str:
        """Name the variable."""
        return f"unset {_VARIABLE} to mean the embedded database"


class UnsupportedPlatformError(InfrastructureError):
    """The embedded server is not available on this operating system."""

    code = "unsupported-platform"

    def __init__(self, *, platform: str) -> None:
        super().__init__()
        self.platform = platform

    @property
    def what(self) -> str:
        """Name the system."""
        return f"there is no embedded database on {self.platform}"

    @property
    def remedy(self) -> str:
        """Point at the alternative."""
        return f"name a PostgreSQL server: {_VARIABLE}=postgresql://user:password@host/database"
