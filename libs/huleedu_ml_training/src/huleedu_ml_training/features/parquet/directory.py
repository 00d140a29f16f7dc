"""The vectors of one schema: a directory of parts, and an index of their keys in memory."""

import re
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.data.durable_files import sync_directory
from huleedu_ml_training.features.parquet.errors import (
    DamagedFeatureFileError,
    ForeignFeatureFileError,
)
from huleedu_ml_training.features.parquet.files import (
    locked,
    make_directory,
    publish,
)
from huleedu_ml_training.features.parquet.parts import (
    KEY_BYTES,
    KeyedVector,
    read_keys,
    read_vectors,
    write_part,
)
from huleedu_ml_training.features.parquet.schema_document import SCHEMA_DOCUMENT

_PART = re.compile(r"part-(?P<age>\d{20})-[0-9a-f]{16}\.parquet")
_SCAN_LOCK = ".scan.lock"
_WRITE_LOCK = ".write.lock"
_MOST_ATTEMPTS = 20


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One file.

    Attributes:
        path: Where it is; names sort by age.
        keys: ndarray of shape (n_rows,), 64 bytes each, ascending.
        rows: ndarray of shape (n_rows,), int64; the row of each key.
        size_bytes: Length of the file.
    """

    path: Path
    keys: NDArray[np.bytes_]
    rows: NDArray[np.int64]
    size_bytes: int

    @property
    def age(self) -> int:
        """Nanoseconds since 1970 at which its oldest vector was stored."""
        return int(self.path.name.split("-")[1])


class SchemaDirectory:
    """The parts of one schema. Safe for concurrent use by threads and processes.

    A part is never changed. It appears by a rename, and disappears only after another one with
    all that it held has appeared. Writers of one schema take turns; readers wait for nobody but
    the moment in which parts disappear.

    Args:
        path: The directory; its name is the schema's digest.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.digest = path.name
        self._parts: dict[str, Part] = {}
        self._lock = threading.Lock()

    def parts(self) -> tuple[Part, ...]:
        """Return what there is now, the oldest part first.

        Raises:
            DamagedFeatureFileError: A part cannot be read.
            ForeignFeatureFileError: Something else lies in the directory.
            OSError: The file system refused.
        """
        with self._lock:
            if not self.path.is_dir():
                self._parts = {}
                return ()
            # A scan during a replacement could miss both the old names and the new one.
            with locked(self.path / _SCAN_LOCK, shared=True):
                self._parts = {
                    path.name: self._parts.get(path.name) or self._read(path)
                    for path in sorted(self._listed())
                }
            return tuple(self._parts.values())

    def n_vectors(self) -> int:
        """Return the number of distinct keys."""
        parts = self.parts()
        return len(np.unique(np.concatenate([part.keys for part in parts]))) if parts else 0

    def present(self, keys: Sequence[bytes]) -> list[bytes]:
        """Return those of the keys that a vector is stored under."""
        return [keys[i] for _, found, _ in _located(self.parts(), keys) for i in found]

    def get(self, keys: Sequence[bytes]) -> list[KeyedVector]:
        """Return the vectors that are stored under the keys, in no order."""
        attempts = _MOST_ATTEMPTS
        while True:
            try:
                return [
                    vector
                    for part, _, rows in _located(self.parts(), keys)
                    for vector in read_vectors(part.path, self.digest, rows)
                ]
            except FileNotFoundError:  # its vectors are in a newer part by now
                attempts -= 1
                if not attempts:
                    raise

    def add(
        self,
        vectors: Mapping[bytes, NDArray[np.float32]],
        tidy: Callable[["SchemaDirectory"], None],
    ) -> None:
        """Store the vectors whose keys are new, all or none.

        Args:
            vectors: Key → vector of shape (n_features,).
            tidy: Called after a part was added, while no other writer is at work.
        """
        make_directory(self.path)
        with locked(self.path / _WRITE_LOCK):
            known = set(self.present(list(vectors)))
            new = [KeyedVector(*item) for item in sorted(vectors.items()) if item[0] not in known]
            if new:
                self._publish(new, time.time_ns())
                tidy(self)
            else:
                # They may be another process's, which has not yet come to do this.
                sync_directory(self.path)

    def replace(self, old: Sequence[Part], vectors: Iterable[KeyedVector]) -> None:
        """Put one part in the place of several; for those who hold the lock of writers.

        Args:
            old: Parts, the oldest first.
            vectors: All that they hold, each key once.
        """
        self._publish(vectors, old[0].age)
        with locked(self.path / _SCAN_LOCK):
            for part in old:
                part.path.unlink()
        sync_directory(self.path)

    def _publish(self, vectors: Iterable[KeyedVector], age: int) -> None:
        path = self.path / f"part-{age:020d}-{secrets.token_hex(8)}.parquet"
        publish(path, lambda file: write_part(file, self.digest, vectors))

    def _listed(self) -> Iterator[Path]:
        for path in self.path.iterdir():
            if _PART.fullmatch(path.name):
                yield path
            elif path.name != SCHEMA_DOCUMENT and not path.name.startswith("."):
                raise ForeignFeatureFileError(path=path)

    def _read(self, path: Path) -> Part:
        keys = read_keys(path, self.digest)
        if not len(keys):
            raise DamagedFeatureFileError(path=path, reason="it holds no vectors")
        order = np.argsort(keys, kind="stable")
        return Part(path, keys[order], order.astype(np.int64), path.stat().st_size)


def _located(
    parts: Sequence[Part], keys: Sequence[bytes]
) -> Iterator[tuple[Part, list[int], list[int]]]:
    """Yield each part that holds wanted keys, with the indices of these keys and their rows.

    A key that several parts hold is found in the oldest one.
    """
    # Fixed in width, so that a digest that ends in a zero byte is no shorter than others.
    wanted = np.array(keys, dtype=f"S{KEY_BYTES}")
    left = np.arange(len(keys))
    for part in parts:
        if not left.size:
            return
        places = np.minimum(np.searchsorted(part.keys, wanted[left]), len(part.keys) - 1)
        here = part.keys[places] == wanted[left]
        if here.any():
            yield part, left[here].tolist(), part.rows[places[here]].tolist()
            left = left[~here]
