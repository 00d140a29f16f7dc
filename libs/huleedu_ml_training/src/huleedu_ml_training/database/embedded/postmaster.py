"""PostgreSQL's own note of its running server: ``postmaster.pid``."""

from dataclasses import dataclass
from pathlib import Path

from huleedu_ml_training.database.embedded.server_errors import ForeignServerError

_SOCKET_DIRECTORY_LINE = 4


@dataclass(frozen=True, slots=True)
class PostmasterNote:
    """What the server wrote about itself; after a crash it may be about a process long gone.

    Attributes:
        pid: Process id of the server.
        socket_directory: Where its socket lies; None until it has one.
    """

    pid: int
    socket_directory: Path | None


def read_note(data: Path) -> PostmasterNote | None:
    """Return the note in a data directory, or None where there is no readable one."""
    try:
        lines = (data / "postmaster.pid").read_text("utf-8").splitlines()
        pid = int(lines[0])
    except (FileNotFoundError, ValueError, IndexError):
        return None
    directory = lines[_SOCKET_DIRECTORY_LINE] if len(lines) > _SOCKET_DIRECTORY_LINE else ""
    return PostmasterNote(abs(pid), Path(directory) if directory else None)


def clear_stale_note(data: Path) -> None:
    """Remove a crashed server's note if it would keep a new server from starting.

    Call it only while no server of ours runs. PostgreSQL takes the note of a dead process away
    by itself, but refuses to start while another process bears the noted id, or if the note is
    damaged. Where there is no ``/proc`` to tell who bears the id, the decision is PostgreSQL's.

    Raises:
        ForeignServerError: The noted process is a server of someone else's on the same data.
    """
    path = data / "postmaster.pid"
    note = read_note(data)
    if note is None:
        path.unlink(missing_ok=True)
        return
    try:
        works_in = Path(f"/proc/{note.pid}/cwd").readlink()
    except FileNotFoundError:
        return
    except PermissionError:
        works_in = None
    if works_in == data:
        raise ForeignServerError(pid=note.pid, data=data)
    path.unlink()
