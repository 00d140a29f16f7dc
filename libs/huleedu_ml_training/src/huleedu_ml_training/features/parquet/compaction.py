"""Merging many small parts into few large ones.

Parts are merged when there are 32 of about one size: up to 32 rows, or up to 1,024; larger ones
stay as they are. So each vector is rewritten twice at most, and a store of a million vectors has
some hundred parts at most. In memory are the keys of what is merged, and one row group.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

import structlog

from huleedu_ml_training.data.file_errors import FileAccessError
from huleedu_ml_training.features.parquet.directory import Part, SchemaDirectory
from huleedu_ml_training.features.parquet.errors import DamagedFeatureFileError
from huleedu_ml_training.features.parquet.files import file_access
from huleedu_ml_training.features.parquet.parts import KeyedVector, read_vectors

_FACTOR = 32
_LEVELS = 2

_logger = structlog.get_logger(__name__)


def compact(directory: SchemaDirectory) -> None:
    """Merge parts where there are enough of one size; for those who hold the lock of writers.

    Readers go on: the old parts disappear after the new one has appeared. A failure is logged
    and not raised, since what was stored is safe all the same.
    """
    try:
        with file_access(directory.path, "written"):
            while mergeable := _mergeable(directory.parts()):
                directory.replace(mergeable, _merged(directory, mergeable))
    except (FileAccessError, DamagedFeatureFileError) as error:
        _logger.warning("feature_store_compaction_failed", error=error.what)


def _mergeable(parts: Sequence[Part]) -> Sequence[Part]:
    """Return the parts of the first size of which there are enough, the oldest first."""
    levels: dict[int, list[Part]] = defaultdict(list)
    for part in parts:
        level = next((n for n in range(_LEVELS) if len(part.keys) <= _FACTOR ** (n + 1)), None)
        if level is not None:
            levels[level].append(part)
    return next((found for found in levels.values() if len(found) >= _FACTOR), ())


def _merged(directory: SchemaDirectory, parts: Sequence[Part]) -> Iterator[KeyedVector]:
    seen: set[bytes] = set()
    for part in parts:
        for keyed in read_vectors(part.path, directory.digest):
            if keyed.key not in seen:
                seen.add(keyed.key)
                yield keyed
