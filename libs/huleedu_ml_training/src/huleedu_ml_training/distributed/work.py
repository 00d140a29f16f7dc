"""The work on one shard, the same in a Ray worker and without Ray."""

from collections.abc import Callable, Sequence
from contextlib import aclosing

import numpy as np
from numpy.typing import NDArray

from huleedu_essay_features.protocols import FeaturePipelineProtocol
from huleedu_ml_training.distributed.protocols import EssaySourceProtocol, FeatureSinkProtocol
from huleedu_ml_training.distributed.shards import Essay, Shard, ShardResult
from huleedu_ml_training.features.errors import (
    InfiniteFeaturesError,
    translated_feature_errors,
)


async def extract_shard(
    shard: Shard,
    source: EssaySourceProtocol,
    sink: FeatureSinkProtocol,
    pipeline: FeaturePipelineProtocol,
    *,
    batch_size: int,
    before_batch: Callable[[], None] = lambda: None,
) -> ShardResult:
    """Read a shard's essays, extract what is missing, and write it; in bounded memory.

    Args:
        shard: Which essays.
        source: Where they are.
        sink: Where their features go.
        pipeline: Computes them.
        batch_size: Essays in memory at a time.
        before_batch: Called before each batch; may raise to stop.

    Raises:
        FeatureExtractionError: An essay's features cannot be computed; names the essay.
        HuleEduMLError: Essays cannot be read, or features not be written.
    """
    n_essays = n_computed = n_skipped = 0
    async with (
        sink.open(shard, pipeline.schema) as writer,
        aclosing(source.read(shard, batch_size)) as batches,
    ):
        async for rows in batches:
            before_batch()
            essays = [essay for essay in rows if essay is not None]
            writer.skip(len(rows) - len(essays))
            n_skipped += len(rows) - len(essays)
            n_essays += len(essays)
            missing = await writer.missing(essays)
            if missing:
                await writer.write(missing, _extract(missing, pipeline))
                n_computed += len(missing)
    return ShardResult(shard.index, n_essays, n_computed, n_skipped)


def _extract(essays: Sequence[Essay], pipeline: FeaturePipelineProtocol) -> NDArray[np.float32]:
    ids = [essay.essay_id for essay in essays]
    with translated_feature_errors(ids):
        features = pipeline.extract([essay.content for essay in essays])
    infinite = np.isinf(features)
    if infinite.any():
        row = int(np.flatnonzero(infinite.any(axis=1))[0])
        names = [pipeline.schema.names[column] for column in np.flatnonzero(infinite[row])]
        raise InfiniteFeaturesError(essay_id=ids[row], names=names)
    return features
