"""The root of the error hierarchy and its categories.

Every error that a user can meet derives from :class:`HuleEduMLError` through one of the categories
below. A category fixes the exit code of the command line; a concrete error, defined in the room
that raises it, stores the objects involved and builds three short texts from them:

* ``what`` happened, naming the row, column, file or option;
* ``why``, where that is not obvious (may be empty);
* ``remedy``: what to do about it.

``code`` is the anchor of the error's entry in ``docs/errors.md``.
"""

from enum import IntEnum
from typing import Any, ClassVar


class ExitCode(IntEnum):
    """What the command line returns to its caller."""

    DONE = 0
    USAGE = 2
    REFUSED = 3
    NOT_FOUND_OR_CONFLICT = 4
    INVALID_DATA = 5
    INFRASTRUCTURE = 6
    INTERRUPTED = 130


class HuleEduMLError(Exception):
    """Root of all errors raised on purpose by this library.

    Subclasses override :attr:`code` and the three text properties. They take their data as
    keyword arguments and keep it as attributes, so that a program can act on it.
    """

    code: ClassVar[str] = "error"
    exit_code: ClassVar[ExitCode] = ExitCode.INFRASTRUCTURE

    @property
    def what(self) -> str:
        """One sentence: what happened, to what."""
        return super().__str__() or type(self).__name__

    @property
    def why(self) -> str:
        """One sentence of cause, or an empty string."""
        return ""

    @property
    def remedy(self) -> str:
        """What the reader can do now, as a command where there is one."""
        return ""

    def __str__(self) -> str:
        lines = [self.what]
        if self.why:
            lines.append(f"  why: {self.why}")
        if self.remedy:
            lines.append(f"  fix: {self.remedy}")
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """Return the error as JSON-ready fields, for ``--json`` and for services."""
        return {
            "code": self.code,
            "exit_code": int(self.exit_code),
            "what": self.what,
            "why": self.why,
            "remedy": self.remedy,
        }


class UsageError(HuleEduMLError):
    """An option, argument or setting is wrong; nothing was started."""

    code = "usage"
    exit_code = ExitCode.USAGE


class GateRefusedError(HuleEduMLError):
    """A gate did its work and refused; nothing was changed."""

    code = "gate-refused"
    exit_code = ExitCode.REFUSED


class NotFoundError(HuleEduMLError):
    """A thing that was named does not exist."""

    code = "not-found"
    exit_code = ExitCode.NOT_FOUND_OR_CONFLICT


class ConflictError(HuleEduMLError):
    """The state of the world contradicts the request."""

    code = "conflict"
    exit_code = ExitCode.NOT_FOUND_OR_CONFLICT


class InvalidDataError(HuleEduMLError):
    """Essays, grades, features or files cannot be used as they are."""

    code = "invalid-data"
    exit_code = ExitCode.INVALID_DATA


class InfrastructureError(HuleEduMLError):
    """A database, file system or service did not do its part."""

    code = "infrastructure"
    exit_code = ExitCode.INFRASTRUCTURE


class OperationInterruptedError(HuleEduMLError):
    """The user or the host asked the operation to stop; it can be resumed or run again."""

    code = "interrupted"
    exit_code = ExitCode.INTERRUPTED
