"""Contracts between a shard's worker and where essays come from and features go to."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from huleedu_essay_features import FeatureSchema
from huleedu_ml_training.distributed.shards import Essay, Job, Shard, ShardResult


class EssaySourceProtocol(Protocol):
    """Essays that can be read in parts; the same part has the same essays every time.

    Instances travel to other machines.
    """

    async def divide(self, n_shards: int | None) -> tuple[Mapping[str, Any], tuple[Shard, ...]]:
        """Return what the source is, and its essays in parts of about equal size.

        Args:
            n_shards: How many; None for parts that take a minute or so.

        Raises:
            NoEssaysError: There are none.
            HuleEduMLError: The source cannot be read.
        """
        ...

    def read(self, shard: Shard, batch_size: int) -> AsyncGenerator[list[Essay | None], None]:
        """Yield the essays of a shard in order, in bounded memory; None for one without text.

        Raises:
            HuleEduMLError: The source cannot be read.
        """
        ...


class ShardWriterProtocol(Protocol):
    """Takes the features of one shard."""

    async def missing(self, essays: Sequence[Essay]) -> list[Essay]:
        """Return the essays whose features are wanted, in order."""
        ...

    async def write(self, essays: Sequence[Essay], features: NDArray[np.float32]) -> None:
        """Take the features, of shape (n_essays, n_features), of essays that were missing."""
        ...

    def skip(self, n_rows: int) -> None:
        """Take note of rows that have no text."""
        ...


class FeatureSinkProtocol(Protocol):
    """Where features go, shard by shard; instances travel to other machines."""

    async def prepare(self, job: Job) -> Job:
        """Get ready, and return the job to do: an earlier division of the same essays, if any.

        Raises:
            OtherJobError: There are features of another job.
            HuleEduMLError: The sink cannot be written.
        """
        ...

    async def done(self, job: Job) -> Mapping[int, ShardResult]:
        """Return the shards that are done, after a look at what is there.

        Raises:
            HuleEduMLError: The sink cannot be read.
        """
        ...

    def open(
        self, shard: Shard, schema: FeatureSchema
    ) -> AbstractAsyncContextManager[ShardWriterProtocol]:
        """Give what takes one shard; the shard is done when the context ends well.

        Raises:
            HuleEduMLError: The sink cannot be written.
        """
        ...

    async def finish(self, job: Job, results: Mapping[int, ShardResult]) -> None:
        """Take note that all shards are done.

        Raises:
            HuleEduMLError: The sink cannot be written.
        """
        ...
