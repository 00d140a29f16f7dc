"""Feature vectors in a directory of Parquet files."""

import asyncio
import re
import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from huleedu_essay_features import FeatureSchema
from huleedu_ml_training.features.parquet.compaction import compact
from huleedu_ml_training.features.parquet.directory import SchemaDirectory
from huleedu_ml_training.features.parquet.errors import ForeignFeatureFileError
from huleedu_ml_training.features.parquet.files import file_access
from huleedu_ml_training.features.parquet.schema_document import read_document, write_document
from huleedu_ml_training.features.protocols import FeatureKey, StoredFeatures

_DIGEST = re.compile(r"[0-9a-f]{64}")


class ParquetFeatureStore:
    """Keeps feature vectors below a directory, one directory per schema digest.

    Each call of :meth:`put` adds one Parquet file, which is on disk with its name when the call
    returns; many small files become few large ones as it goes. Of what is stored, the keys of
    the schemas that are asked for stay in memory, 72 bytes a vector.

    Args:
        root: The directory; made when something is stored. Processes of one machine may share
            it. On a network file system that needs ``flock`` to work across machines.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._directories: dict[str, SchemaDirectory] = {}
        self._lock = threading.Lock()

    async def get(self, keys: Sequence[FeatureKey]) -> dict[FeatureKey, NDArray[np.float32]]:
        """Return the stored vectors, each of shape (n_features,); absent keys are left out.

        Raises:
            DamagedFeatureFileError: A file of the store cannot be used.
            ForeignFeatureFileError: Something else lies in the directory.
            FileAccessError: The operating system refused.
        """
        return await asyncio.to_thread(self._get, keys)

    async def put(self, vectors: Mapping[FeatureKey, NDArray[np.float32]]) -> None:
        """Store vectors of shape (n_features,), float32; those of one schema all or none.

        A key that is there already keeps its vector.

        Raises:
            ValueError: A vector is empty.
            InfrastructureError: As for :meth:`get`.
        """
        await asyncio.to_thread(self._put, dict(vectors))

    async def present(self, keys: Sequence[FeatureKey]) -> frozenset[FeatureKey]:
        """Return those of the keys that a vector is stored under.

        Raises:
            InfrastructureError: As for :meth:`get`.
        """
        return await asyncio.to_thread(self._present, keys)

    async def count(self, schema_digest: str) -> int:
        """Return how many vectors of a schema are stored.

        Raises:
            InfrastructureError: As for :meth:`get`.
        """
        return await asyncio.to_thread(self._count, schema_digest)

    async def remember_schema(self, schema: FeatureSchema) -> None:
        """Keep what the columns of a schema mean.

        Raises:
            InfrastructureError: As for :meth:`get`.
        """
        await asyncio.to_thread(self._remember, schema)

    async def holdings(self) -> tuple[StoredFeatures, ...]:
        """Return what is held of every schema, by digest.

        Raises:
            InfrastructureError: As for :meth:`get`.
        """
        return await asyncio.to_thread(self._holdings)

    def _get(self, keys: Sequence[FeatureKey]) -> dict[FeatureKey, NDArray[np.float32]]:
        found: dict[FeatureKey, NDArray[np.float32]] = {}
        for digest, wanted in _by_schema(keys).items():
            directory = self._directory(digest)
            with file_access(directory.path, "read"):
                found.update((wanted[key], vector) for key, vector in directory.get(list(wanted)))
        return found

    def _put(self, vectors: Mapping[FeatureKey, NDArray[np.float32]]) -> None:
        for vector in vectors.values():
            if vector.ndim != 1 or not vector.size:
                msg = f"a vector has the shape {vector.shape}"
                raise ValueError(msg)
        for digest, keys in _by_schema(vectors).items():
            directory = self._directory(digest)
            with file_access(directory.path, "written"):
                directory.add(
                    {raw: np.asarray(vectors[key], np.float32) for raw, key in keys.items()},
                    compact,
                )

    def _present(self, keys: Sequence[FeatureKey]) -> frozenset[FeatureKey]:
        found: set[FeatureKey] = set()
        for digest, wanted in _by_schema(keys).items():
            directory = self._directory(digest)
            with file_access(directory.path, "read"):
                found.update(wanted[key] for key in directory.present(list(wanted)))
        return frozenset(found)

    def _count(self, schema_digest: str) -> int:
        directory = self._directory(schema_digest)
        with file_access(directory.path, "read"):
            return directory.n_vectors()

    def _remember(self, schema: FeatureSchema) -> None:
        path = self._directory(schema.digest).path
        with file_access(path, "written"):
            write_document(path, schema)

    def _holdings(self) -> tuple[StoredFeatures, ...]:
        held = []
        with file_access(self._root, "read"):
            for path in sorted(self._root.iterdir()) if self._root.exists() else ():
                if path.name.startswith("."):
                    continue
                if not _DIGEST.fullmatch(path.name) or not path.is_dir():
                    raise ForeignFeatureFileError(path=path)
                directory = self._directory(path.name)
                size = sum(part.size_bytes for part in directory.parts())
                document = read_document(path)
                held.append(StoredFeatures(path.name, directory.n_vectors(), size, document))
        return tuple(held)

    def _directory(self, digest: str) -> SchemaDirectory:
        if not _DIGEST.fullmatch(digest):
            msg = f"{digest!r} is not a sha256 digest"
            raise ValueError(msg)
        with self._lock:
            return self._directories.setdefault(digest, SchemaDirectory(self._root / digest))


def _by_schema(keys: Iterable[FeatureKey]) -> dict[str, dict[bytes, FeatureKey]]:
    """Return schema digest → key in bytes → key."""
    found: dict[str, dict[bytes, FeatureKey]] = defaultdict(dict)
    for key in keys:
        raw = bytes.fromhex(key.text_digest) + bytes.fromhex(key.prompt_digest)
        found[key.schema_digest][raw] = key
    return found
