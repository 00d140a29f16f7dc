"""What a run has finished, kept on disk so that a killed training goes on."""

import hashlib
import io
import json
import shutil
import tempfile
from collections.abc import Mapping
from copy import copy
from pathlib import Path
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.data.durable_files import write_new_file
from huleedu_ml_training.domain.errors import InfrastructureError

_INDEX = "index.json"


class CheckpointWriteError(InfrastructureError):
    """A checkpoint could not be written."""

    code = "checkpoint-write"

    def __init__(self, *, path: Path, cause: OSError) -> None:
        super().__init__()
        self.path = path
        self.cause = cause

    @property
    def what(self) -> str:
        """Name the place."""
        return f"cannot write the checkpoint {self.path}: {self.cause.strerror or self.cause}"

    @property
    def remedy(self) -> str:
        """Say what to look at."""
        return "free disk space or correct the permissions, then run the same command again"


class CheckpointStore:
    """Named checkpoints of one run: each a directory of files that appears whole or not at all.

    A checkpoint whose files do not have the digests of its index is treated as absent, so that
    damage costs time and never a wrong model.
    """

    def __init__(self, runs_dir: Path, run_id: UUID) -> None:
        self._root = runs_dir / str(run_id) / "checkpoints"

    def inside(self, name: str) -> "CheckpointStore":
        """Return a store of its own below this one, for a part of the run's work.

        Args:
            name: Of the part; never that of a checkpoint.
        """
        part = copy(self)
        part._root = self._root / name
        return part

    def save(self, name: str, files: Mapping[str, bytes]) -> None:
        """Store files under a name, replacing what was there.

        Raises:
            CheckpointWriteError: The disk refused.
        """
        target = self._root / name
        try:
            self._root.mkdir(parents=True, exist_ok=True, mode=0o700)
            temporary = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=self._root))
            try:
                index = {file: hashlib.sha256(data).hexdigest() for file, data in files.items()}
                for file, data in {**files, _INDEX: json.dumps(index).encode()}.items():
                    write_new_file(temporary / file, data)
                if target.exists():
                    shutil.rmtree(target)
                temporary.rename(target)
            finally:
                shutil.rmtree(temporary, ignore_errors=True)
        except OSError as error:
            raise CheckpointWriteError(path=target, cause=error) from error

    def load(self, name: str) -> dict[str, bytes] | None:
        """Return the files of a checkpoint, or None where it is absent or damaged."""
        source = self._root / name
        try:
            index = json.loads((source / _INDEX).read_bytes())
            files = {file: (source / file).read_bytes() for file in index}
        except (OSError, ValueError):
            return None
        whole = all(hashlib.sha256(files[file]).hexdigest() == index[file] for file in index)
        return files if whole else None

    def clear(self) -> None:
        """Remove all checkpoints of the run."""
        shutil.rmtree(self._root, ignore_errors=True)


def array_to_bytes(array: NDArray[np.float64]) -> bytes:
    """Return an array in NumPy's own format, without pickle."""
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()


def array_from_bytes(data: bytes) -> NDArray[np.float64]:
    """Return the array that :func:`array_to_bytes` wrote."""
    loaded: NDArray[np.float64] = np.load(io.BytesIO(data), allow_pickle=False)
    return loaded
