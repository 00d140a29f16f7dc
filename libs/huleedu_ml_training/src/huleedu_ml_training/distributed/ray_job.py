"""Shards as rows of a Ray Data pipeline."""

import asyncio
import json
import queue
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from huleedu_ml_training.config import FeatureSettings
from huleedu_ml_training.distributed.cluster import ray_session
from huleedu_ml_training.distributed.protocols import EssaySourceProtocol, FeatureSinkProtocol
from huleedu_ml_training.distributed.shards import Shard, ShardResult
from huleedu_ml_training.distributed.work import extract_shard
from huleedu_ml_training.domain.errors import HuleEduMLError
from huleedu_ml_training.features.pipelines import ClosablePipeline, open_pipeline
from huleedu_ml_training.training.interruption import StopSignal, WorkStoppedError

_POLL_S = 0.2
_END_TIMEOUT_S = 20.0
_MOST_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Workload:
    """What every worker has to know.

    Attributes:
        schema_digest: Of the features that are wanted.
        source: Where essays are.
        sink: Where features go.
        features: How features are made.
    """

    schema_digest: str
    source: EssaySourceProtocol
    sink: FeatureSinkProtocol
    features: FeatureSettings


class Foreman:
    """An actor of Ray's that workers ask before they begin anything."""

    def __init__(self) -> None:
        self._begun: Counter[int] = Counter()
        self._stopped = False

    def begin(self, index: int) -> int:
        """Return which attempt at a shard this is, from 1; Ray itself would try for ever."""
        self._begun[index] += 1
        return self._begun[index]

    def stop(self) -> None:
        """Let nothing more begin."""
        self._stopped = True

    def is_stopped(self) -> bool:
        """Whether nothing more may begin."""
        return self._stopped


class ShardWorker:
    """Lives in a process of Ray's and does one shard after the other, with one pipeline.

    Errors of ours come back as results: they would be the same if Ray tried again, and the other
    shards can still be done.

    Args:
        workload: What is to be done.
        foreman: Handle of the :class:`Foreman`.
    """

    def __init__(self, workload: Workload, foreman: Any) -> None:
        self._workload = workload
        self._foreman = foreman
        self._pipeline: ClosablePipeline | None = None

    def __call__(self, batch: Mapping[str, Any]) -> dict[str, list[Any]]:
        """Do the shards in the column ``shard``, JSON texts; return results' fields as columns."""
        shards = [Shard(**json.loads(text)) for text in batch["shard"]]
        results = [asdict(self._do(shard)) for shard in shards]
        return {name: [result[name] for result in results] for name in results[0]}

    def _do(self, shard: Shard) -> ShardResult:
        import ray  # noqa: PLC0415 - an extra of the package

        if ray.get(self._foreman.begin.remote(shard.index)) > _MOST_ATTEMPTS:
            failure = f"{_MOST_ATTEMPTS} workers ended over it, often for lack of memory"
            return ShardResult(shard.index, failure=failure)
        workload = self._workload
        try:
            pipeline = self._pipeline = self._pipeline or _open(workload.features)
        except HuleEduMLError as error:
            return ShardResult(shard.index, failure=_reason(error), hopeless=True)
        got, wanted = pipeline.schema.digest, workload.schema_digest
        if got != wanted:
            failure = f"its features are {got[:12]}, those of the job {wanted[:12]}"
            return ShardResult(shard.index, failure=failure, hopeless=True)
        work = extract_shard(
            shard,
            workload.source,
            workload.sink,
            pipeline,
            batch_size=workload.features.batch_size,
            before_batch=self._check,
        )
        try:
            return asyncio.run(work)
        except WorkStoppedError:
            return ShardResult(shard.index, failure="it was stopped")
        except HuleEduMLError as error:
            return ShardResult(shard.index, failure=_reason(error))

    def _check(self) -> None:
        import ray  # noqa: PLC0415 - an extra of the package

        if ray.get(self._foreman.is_stopped.remote()):
            raise WorkStoppedError


def run_on_ray(
    workload: Workload,
    shards: Sequence[Shard],
    *,
    address: str | None,
    workers: int,
    on_result: Callable[[ShardResult], None],
    stop: StopSignal,
) -> None:
    """Do shards on a pool of workers; a shard whose worker dies is done again by another.

    Args:
        workload: What every worker has to know.
        shards: What is to be done, at least one.
        address: Of the cluster; None for this machine.
        workers: Processes, each with a pipeline and one CPU.
        on_result: Called with each result, in the thread of the caller; may raise.
        stop: Ends the work; shards at work are left undone, once their batch of essays is done.

    Raises:
        RayNotInstalledError: The package is missing.
        RayUnavailableError: There is no Ray.
    """
    results: queue.SimpleQueue[ShardResult | BaseException | None] = queue.SimpleQueue()
    left = threading.Event()
    with ray_session(address, workers):
        import ray  # noqa: PLC0415 - an extra of the package

        foreman = ray.remote(num_cpus=0)(Foreman).remote()
        # Ray waits in a thread of its own, so that this one can look whether to stop.
        thread = threading.Thread(
            target=_consume,
            args=(_dataset(workload, foreman, shards, workers), results, left),
            name="ray-data",
            daemon=True,
        )
        thread.start()
        try:
            while (result := _next(results, stop)) is not None:
                if isinstance(result, BaseException):
                    raise result
                on_result(result)
        finally:
            left.set()
            foreman.stop.remote()
            # A worker that does not listen is ended with the session, if that is ours.
            thread.join(_END_TIMEOUT_S)


def _next(
    results: "queue.SimpleQueue[ShardResult | BaseException | None]", stop: StopSignal
) -> ShardResult | BaseException | None:
    while True:
        stop.check()
        try:
            return results.get(timeout=_POLL_S)
        except queue.Empty:
            continue


def _consume(
    dataset: Any,
    results: "queue.SimpleQueue[ShardResult | BaseException | None]",
    left: threading.Event,
) -> None:
    """Put results into the queue, then None; or the error that ended it all."""
    try:
        for row in dataset.iter_rows():
            if left.is_set():
                return
            results.put(ShardResult(**row))
    except BaseException as error:  # noqa: BLE001 - raised again by whoever waits
        results.put(error)
    results.put(None)


def _dataset(workload: Workload, foreman: Any, shards: Sequence[Shard], workers: int) -> Any:
    import ray.data  # noqa: PLC0415 - an extra of the package

    context = ray.data.DataContext.get_current().copy()
    context.enable_progress_bars = False
    context.print_on_execution_start = False
    # One shard's failure must not keep the others from being done.
    context.max_errored_blocks = -1
    with ray.data.DataContext.current(context):
        rows = [{"shard": json.dumps(asdict(shard))} for shard in shards]
        return ray.data.from_items(rows, override_num_blocks=len(rows)).map_batches(
            ShardWorker,
            fn_constructor_args=(workload, foreman),
            batch_size=1,
            compute=ray.data.ActorPoolStrategy(size=min(workers, len(rows))),
            num_cpus=1,
        )


def _open(features: FeatureSettings) -> ClosablePipeline:
    # One process: Ray has as many workers as there are CPUs for them.
    return open_pipeline(features.model_copy(update={"workers": 1}))


def _reason(error: HuleEduMLError) -> str:
    return f"{error.what} ({error.why})" if error.why else error.what
