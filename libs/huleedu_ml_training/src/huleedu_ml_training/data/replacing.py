"""Replacing a file in one step."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from huleedu_ml_training.data.file_errors import FileAccessError


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a name to write under; the file takes its place when the context ends well.

    Raises:
        FileAccessError: The operating system refuses; what was there is left as it was.
    """
    # In the same directory, so that the last step is a rename and no copy.
    temporary = path.with_name(f".{path.name}.{uuid4().hex}.tmp")
    try:
        yield temporary
        temporary.replace(path)
    except OSError as error:
        reason = error.strerror or str(error)
        raise FileAccessError(path=path, action="written", reason=reason) from None
    finally:
        temporary.unlink(missing_ok=True)
