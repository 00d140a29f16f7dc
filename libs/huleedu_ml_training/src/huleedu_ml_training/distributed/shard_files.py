"""Features in a directory: a Parquet file and a document per shard.

``job.json`` says what the job is, ``shard-00000.parquet`` has features, ``shard-00000.json`` beside
it the file's digest, and ``manifest.json``, written last, lists all of them.
"""

import json
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from huleedu_essay_features import FeatureSchema
from huleedu_ml_training.data.durable_files import sync_file
from huleedu_ml_training.data.file_errors import FileAccessError
from huleedu_ml_training.data.replacing import replacing
from huleedu_ml_training.distributed.errors import OtherJobError, UnreadableJobError
from huleedu_ml_training.distributed.protocols import ShardWriterProtocol
from huleedu_ml_training.distributed.shard_format import ShardFileWriter, file_digest, read_shard
from huleedu_ml_training.distributed.shards import Job, Shard, ShardResult

JOB_DOCUMENT = "job.json"
MANIFEST = "manifest.json"


class ShardDirectory:
    """Writes features into a directory, which has the same path on every machine.

    A row has ``essay_id``, ``text_digest``, ``prompt_digest`` and ``features``, a list of fixed
    length. Files appear whole or not at all.

    Args:
        path: The directory; made if it is not there.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()

    async def prepare(self, job: Job) -> Job:
        """Keep the job's document, or return the one that is kept if it is of the same essays.

        Raises:
            OtherJobError: The directory holds another job.
            UnreadableJobError: Its document cannot be read.
            FileAccessError: The operating system refuses.
        """
        document = self.path / JOB_DOCUMENT
        with _access(self.path, "written"):
            self.path.mkdir(parents=True, exist_ok=True)
            if not document.exists():
                _write_json(document, job.to_dict())
                return job
        kept = self.job()
        differences = list(_differences(kept, job))
        if differences:
            raise OtherJobError(directory=self.path, differences=differences)
        return kept

    def job(self) -> Job:
        """Return the directory's job.

        Raises:
            UnreadableJobError: There is none, or it cannot be read.
        """
        path = self.path / JOB_DOCUMENT
        try:
            return Job.from_dict(json.loads(path.read_bytes()))
        except OSError as error:
            reason = error.strerror or str(error)
            raise UnreadableJobError(path=path, reason=reason) from None
        except ValueError as error:
            raise UnreadableJobError(path=path, reason=str(error)) from None

    async def done(self, job: Job) -> Mapping[int, ShardResult]:
        """Return the shards whose file has the digest that its document says."""
        return {
            shard.index: ShardResult(shard.index, document["essays"], 0, document["skipped"])
            for shard in job.shards
            if (document := self._verified(shard, job.schema_digest)) is not None
        }

    def open(
        self, shard: Shard, schema: FeatureSchema
    ) -> AbstractAsyncContextManager[ShardWriterProtocol]:
        """Give what writes one shard; see the protocol.

        Raises:
            FileAccessError: The operating system refuses.
        """
        return self._open(shard, schema)

    async def finish(self, job: Job, results: Mapping[int, ShardResult]) -> None:
        """Write the manifest.

        Raises:
            FileAccessError: The operating system refuses.
        """
        shards = [self._document(shard) for shard in job.shards]
        manifest = {
            "format": 1,
            "job_digest": job.digest,
            "feature_schema_digest": job.schema_digest,
            "essays": sum(result.n_essays for result in results.values()),
            "shards": shards,
        }
        with _access(self.path, "written"):
            _write_json(self.path / MANIFEST, manifest)

    def features(self) -> Iterator[tuple[list[str], NDArray[np.float32]]]:
        """Yield essay ids and features of shape (n_essays, n_features), shard by shard.

        Raises:
            UnreadableJobError: A shard is missing or has another digest.
        """
        job = self.job()
        for shard in job.shards:
            path = self.path / _name(shard)
            if self._verified(shard, job.schema_digest) is None:
                raise UnreadableJobError(path=path, reason="it is not done, or was changed")
            yield from read_shard(path)

    @asynccontextmanager
    async def _open(
        self, shard: Shard, schema: FeatureSchema
    ) -> AsyncGenerator[ShardWriterProtocol, None]:
        final = self.path / _name(shard)
        with _access(final, "written"):
            # Left by a worker that died over it.
            for stray in self.path.glob(f".{final.name}.*.tmp"):
                stray.unlink(missing_ok=True)
            temporary = final.with_name(f".{final.name}.{uuid4().hex}.tmp")
            writer = ShardFileWriter(temporary, schema)
            try:
                yield writer
                writer.close()
                document = {
                    "file": final.name,
                    "sha256": file_digest(temporary),
                    "bytes": temporary.stat().st_size,
                    "essays": writer.n_essays,
                    "skipped": writer.n_skipped,
                    "feature_schema_digest": schema.digest,
                    "where": dict(shard.where),
                }
                temporary.replace(final)
                _write_json(final.with_suffix(".json"), document)
            finally:
                writer.discard()
                temporary.unlink(missing_ok=True)

    def _verified(self, shard: Shard, schema_digest: str) -> dict[str, Any] | None:
        document = self._document(shard)
        if document is None or document.get("where") != shard.where:
            return None
        path = self.path / _name(shard)
        if document.get("feature_schema_digest") != schema_digest or not path.is_file():
            return None
        with _access(path, "read"):
            same = (
                path.stat().st_size == document["bytes"] and file_digest(path) == document["sha256"]
            )
        return document if same else None

    def _document(self, shard: Shard) -> dict[str, Any] | None:
        try:
            return dict(json.loads((self.path / _name(shard)).with_suffix(".json").read_bytes()))
        except (OSError, ValueError):
            return None


def _name(shard: Shard) -> str:
    return f"shard-{shard.index:05d}.parquet"


def _write_json(path: Path, document: Mapping[str, Any]) -> None:
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", "utf-8")
        sync_file(temporary)


def _differences(kept: Job, wanted: Job) -> Iterator[str]:
    if kept.schema_digest != wanted.schema_digest:
        yield f"its features are {kept.schema_digest[:12]}, wanted are {wanted.schema_digest[:12]}"
    if kept.source != wanted.source:
        yield "its essays are others, or were changed since"


@contextmanager
def _access(path: Path, action: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise FileAccessError(path=path, action=action, reason=reason) from None
