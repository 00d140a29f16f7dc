"""Conducting a distributed extraction: divide, leave out what is done, do the rest, take stock."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from huleedu_ml_training.config import FeatureSettings
from huleedu_ml_training.distributed.errors import ShardsFailedError, WorkerPipelineError
from huleedu_ml_training.distributed.protocols import EssaySourceProtocol, FeatureSinkProtocol
from huleedu_ml_training.distributed.ray_job import Workload, run_on_ray
from huleedu_ml_training.distributed.shards import Job, Shard, ShardResult
from huleedu_ml_training.features.pipelines import open_pipeline
from huleedu_ml_training.training.interruption import StopSignal, run_stoppable

_NO_ANSWER = "its worker ended several times, often for lack of memory"


@dataclass(frozen=True, slots=True)
class ExtractionReport:
    """What a distributed extraction did.

    Attributes:
        schema_digest: Of the features.
        n_features: Columns.
        n_shards: All shards.
        n_shards_before: Shards that were done before.
        n_essays: Essays with features.
        n_computed: Those of them whose features were computed now.
        n_skipped: Rows without a text.
    """

    schema_digest: str
    n_features: int
    n_shards: int
    n_shards_before: int
    n_essays: int
    n_computed: int
    n_skipped: int


@dataclass(frozen=True, slots=True)
class PreparedExtraction:
    """A job that can be done now.

    Attributes:
        job: All of it.
        done: What was done before.
        source: Where essays are.
        sink: Where features go.
        features: How they are made.
    """

    job: Job
    done: Mapping[int, ShardResult]
    source: EssaySourceProtocol
    sink: FeatureSinkProtocol
    features: FeatureSettings

    async def run(
        self,
        *,
        workers: int,
        address: str | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> ExtractionReport:
        """Do what is left. Neither essays nor features come to this process.

        Args:
            workers: Processes that extract.
            address: Of a Ray cluster; None starts Ray here, unless this program is connected
                already.
            progress: Told of essays done and of all, in another thread.

        Raises:
            ShardsFailedError: Some shards could not be done; the others are.
            WorkerPipelineError: A worker cannot extract at all.
            RayNotInstalledError: The package is missing.
            RayUnavailableError: There is no Ray.
            HuleEduMLError: The sink cannot be written.
        """
        results = dict(self.done)
        waiting = [shard for shard in self.job.shards if shard.index not in results]

        def take(result: ShardResult) -> None:
            if result.hopeless:
                raise WorkerPipelineError(reason=result.failure)
            results[result.index] = result
            if progress is not None:
                progress(self._essays_in(results), self.job.n_essays)

        def work(stop: StopSignal) -> None:
            run_on_ray(
                Workload(self.job.schema_digest, self.source, self.sink, self.features),
                waiting,
                address=address,
                workers=workers,
                on_result=take,
                stop=stop,
            )

        if progress is not None:
            progress(self._essays_in(results), self.job.n_essays)
        if waiting:
            await run_stoppable(work)
        _require_all(self.job.shards, results)
        await self.sink.finish(self.job, results)
        return self._report(results)

    def _essays_in(self, results: Mapping[int, ShardResult]) -> int:
        return sum(shard.n_essays for shard in self.job.shards if shard.index in results)

    def _report(self, results: Mapping[int, ShardResult]) -> ExtractionReport:
        return ExtractionReport(
            schema_digest=self.job.schema_digest,
            n_features=len(self.job.schema["features"]),
            n_shards=len(self.job.shards),
            n_shards_before=len(self.done),
            n_essays=sum(result.n_essays for result in results.values()),
            n_computed=sum(result.n_computed for result in results.values()),
            n_skipped=sum(result.n_skipped for result in results.values()),
        )


async def prepare_extraction(
    source: EssaySourceProtocol,
    sink: FeatureSinkProtocol,
    features: FeatureSettings,
    *,
    n_shards: int | None = None,
) -> PreparedExtraction:
    """Divide the essays of a source, and see what is done already.

    Args:
        source: Where essays are.
        sink: Where features go.
        features: How they are made.
        n_shards: Into how many parts the essays are divided; None for a sensible number. A job
            that was begun keeps its own.

    Raises:
        OtherJobError: The sink holds features of another job.
        NoEssaysError: There are no essays.
        HuleEduMLError: Source or sink cannot be read, or the pipeline not be made.
    """
    pipeline = open_pipeline(features.model_copy(update={"workers": 1}))
    pipeline.close()
    what, shards = await source.divide(n_shards)
    job = Job(what, pipeline.schema.to_dict(), pipeline.schema.digest, shards)
    job = await sink.prepare(job)
    return PreparedExtraction(job, await sink.done(job), source, sink, features)


def _require_all(shards: Sequence[Shard], results: Mapping[int, ShardResult]) -> None:
    failures = {
        shard.index: reason
        for shard in shards
        if (reason := results[shard.index].failure if shard.index in results else _NO_ANSWER)
    }
    if failures:
        raise ShardsFailedError(failures=failures, n_shards=len(shards))
