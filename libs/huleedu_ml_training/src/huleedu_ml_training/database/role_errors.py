"""Why privileges cannot be granted."""

from collections.abc import Sequence

from huleedu_ml_training.domain.errors import (
    ConflictError,
    InfrastructureError,
    NotFoundError,
    UsageError,
)


class UnclearGrantError(UsageError):
    """It was not said which privileges to give, or to take all away, or both were said."""

    code = "unclear-grant"

    @property
    def what(self) -> str:
        """Say what is unclear."""
        return "it is not clear which privileges are to be given"

    @property
    def remedy(self) -> str:
        """Show both forms."""
        return (
            "write --role trainer, --role promoter or --role service, several of them if need be, "
            "or --nothing to take all privileges away"
        )


class DatabaseRoleNotFoundError(NotFoundError):
    """The server has no role of that name."""

    code = "database-role-not-found"

    def __init__(self, *, name: str) -> None:
        super().__init__()
        self.name = name

    @property
    def what(self) -> str:
        """Show the name, harmless."""
        return f"the server has no role {self.name[:80]!a}"

    @property
    def remedy(self) -> str:
        """Say who makes one."""
        return "create it first, as the server's administrator: CREATE ROLE NAME LOGIN"


class PowerfulRoleError(ConflictError):
    """The role may do everything anyway, so that granting it less would be make-believe."""

    code = "powerful-database-role"

    def __init__(self, *, name: str, reason: str) -> None:
        super().__init__()
        self.name = name
        self.reason = reason

    @property
    def what(self) -> str:
        """Name the role."""
        return f"the role {self.name!a} cannot be kept to less than everything"

    @property
    def why(self) -> str:
        """Say where its power comes from."""
        return self.reason

    @property
    def remedy(self) -> str:
        """Say how to do it."""
        return "let trainers, promoters and services connect as roles of their own"


class GrantsNotEffectiveError(InfrastructureError):
    """The server did what it was told, but the role's privileges are others than were wanted."""

    code = "grants-not-effective"

    def __init__(self, *, name: str, differences: Sequence[str]) -> None:
        super().__init__()
        self.name = name
        self.differences = tuple(differences)

    @property
    def what(self) -> str:
        """Name the role."""
        return f"the privileges of the role {self.name!a} could not be set; nothing was changed"

    @property
    def why(self) -> str:
        """List what differs."""
        return "; ".join(self.differences[:5])

    @property
    def remedy(self) -> str:
        """Say who can do it."""
        return "run the command as the owner of the tables, who may take back what others granted"
