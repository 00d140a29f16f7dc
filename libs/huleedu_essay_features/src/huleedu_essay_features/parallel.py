"""Extracting features in several processes."""

import queue
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from huleedu_essay_features.detection import (
    LanguageDetectorProtocol,
    resolve_languages,
    standard_detector,
)
from huleedu_essay_features.protocols import (
    EssayInput,
    FeaturePipelineProtocol,
    ProgressCallback,
)
from huleedu_essay_features.schema import FeatureSchema
from huleedu_essay_features.workers.process import WorkerProcess

_LEAST_ESSAYS_PER_WORKER = 8
"""Fewer are done sooner in this process than a worker needs to start."""


class ParallelFeaturePipeline:
    """Spreads essays over worker processes; equal to the pipeline it wraps, bit for bit.

    Workers start with the first call that is worth them and stay until :meth:`close`. Safe for
    concurrent use: calls share the workers.

    Args:
        pipeline: What this process uses for few essays, and whose schema the workers must have.
        workers: Number of processes.
        factory: ``module:function`` that makes the same pipeline in a worker.
        options: Keyword arguments of the function, JSON values.
        detector: Finds the language of essays in ``und``, as the pipeline does; None for the
            standard one.
    """

    def __init__(
        self,
        pipeline: FeaturePipelineProtocol,
        *,
        workers: int,
        factory: str,
        options: Mapping[str, Any],
        detector: LanguageDetectorProtocol | None = None,
    ) -> None:
        self._pipeline = pipeline
        self._detector = detector or standard_detector()
        self._workers = workers
        self._factory = factory
        self._options = dict(options)
        # A place in the queue is the right to one worker; None stands for one not yet started.
        self._idle: queue.SimpleQueue[WorkerProcess | None] = queue.SimpleQueue()
        for _ in range(workers):
            self._idle.put(None)

    @property
    def schema(self) -> FeatureSchema:
        """Names, definitions and digest of the columns."""
        return self._pipeline.schema

    def extract(
        self, essays: Sequence[EssayInput], *, progress: ProgressCallback | None = None
    ) -> NDArray[np.float32]:
        """Return ndarray of shape (n_essays, n_features); see the protocol.

        Raises:
            EssayExtractionError: A feature of an essay could not be computed.
            WorkerCrashedError: A process ended; names the essay it was at.
            EssayFeaturesError: A part is missing, or a language has no features.
        """
        if len(essays) < _LEAST_ESSAYS_PER_WORKER * self._workers:
            return self._pipeline.extract(essays, progress=progress)
        essays = resolve_languages(essays, self._detector)
        matrix = np.empty((len(essays), len(self.schema)), dtype=np.float32)
        call = _Call(essays)
        threads = [
            threading.Thread(target=self._serve, args=(call,), name=f"essay-features-{n}")
            for n in range(self._workers)
        ]
        for thread in threads:
            thread.start()
        try:
            for done, (index, vector) in enumerate(call.results(), start=1):
                matrix[index] = vector
                if progress is not None:
                    progress(done, len(essays))
        finally:
            call.stop()
            for thread in threads:
                thread.join()
        return matrix

    def close(self) -> None:
        """End the workers that are idle; they are started anew when they are needed again."""
        for _ in range(self._workers):
            try:
                worker = self._idle.get_nowait()
            except queue.Empty:
                break
            if worker is not None:
                worker.close()
            self._idle.put(None)

    def _serve(self, call: "_Call") -> None:
        """Work off a call's essays, in a thread of its own, with a worker per essay.

        Handing the worker back after each essay lets concurrent calls take turns.
        """
        while call.has_work:
            worker = self._idle.get()
            try:
                worker = worker or self._start()
                call.work(worker)
            except BaseException as error:  # noqa: BLE001 - raised again in the caller's thread
                if worker is not None:
                    worker.stop()
                call.fail(error)
                return
            finally:
                self._idle.put(worker if worker is not None and worker.is_alive else None)

    def _start(self) -> WorkerProcess:
        return WorkerProcess(
            factory=self._factory, options=self._options, digest=self.schema.digest
        )


class _Call:
    """One call of ``extract``: what is to do, what is done, and who is doing it."""

    def __init__(self, essays: Sequence[EssayInput]) -> None:
        self._essays = essays
        self._next = 0
        self._lock = threading.Lock()
        self._stopped = False
        self._busy: set[WorkerProcess] = set()
        self._done: queue.SimpleQueue[tuple[int, NDArray[np.float32]] | BaseException] = (
            queue.SimpleQueue()
        )

    @property
    def has_work(self) -> bool:
        """Whether an essay is left that nobody has begun."""
        return not self._stopped and self._next < len(self._essays)

    def work(self, worker: WorkerProcess) -> None:
        """Give the next essay to a worker, if there is one and the call was not stopped."""
        with self._lock:
            if not self.has_work:
                return
            index = self._next
            self._next += 1
            self._busy.add(worker)
        vector = worker.extract(index, self._essays[index])
        with self._lock:
            self._busy.discard(worker)
        self._done.put((index, vector))

    def fail(self, error: BaseException) -> None:
        """Pass an error to the caller."""
        self._done.put(error)

    def results(self) -> Iterator[tuple[int, NDArray[np.float32]]]:
        """Yield index and vector of every essay, as they come; raise the first error."""
        for _ in self._essays:
            result = self._done.get()
            if isinstance(result, BaseException):
                raise result
            yield result

    def stop(self) -> None:
        """Let no further essay begin, and end the workers that are still at one."""
        with self._lock:
            self._stopped = True
            # Under the lock, so that a worker that is no longer busy is never ended.
            for worker in self._busy:
                worker.stop()
