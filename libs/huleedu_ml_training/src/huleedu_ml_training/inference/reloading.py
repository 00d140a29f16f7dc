"""Grading with whatever version is to grade now, without a restart."""

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from huleedu_essay_features import EssayInput
from huleedu_essay_features.protocols import FeaturePipelineProtocol
from huleedu_ml_training.domain.predictions import GradePredictions
from huleedu_ml_training.inference.errors import ScorerClosedError, TooManyEssaysError
from huleedu_ml_training.inference.leases import ScorerSlot
from huleedu_ml_training.inference.reload_reporting import ReloadReporter, ReloadStatus
from huleedu_ml_training.inference.scorer import EssayScore, EssayScorer
from huleedu_ml_training.inference.sources import BundleSourceProtocol, TellingSourceProtocol

if TYPE_CHECKING:
    from huleedu_ml_training.inference.reload_metrics import ReloadMetrics

_END_TIMEOUT_S = 5.0
_LEAST_PAUSE_S = 0.1


class ReloadingScorer:
    """An :class:`EssayScorer` that follows its source; safe for concurrent use.

    A new version is loaded beside the old one and takes its place in one step. Calls in flight end
    with the version they began with. A version that cannot be loaded changes nothing: the old one
    goes on grading, a log line and the metrics say so, and every check tries again.

    Args:
        source: Says which bundle is to grade. Closed with the scorer.
        pipeline: As of :class:`EssayScorer`; stays open in the end. Versions of another feature
            schema then cannot be loaded. None makes each version's own standard pipeline.
        check_every_s: Seconds between two checks, at least. A source that tells of changes is
            checked at once when it does, and otherwise just as often, since it may have been cut
            off without a sign.
        watch: Check in a thread of its own; otherwise a call that finds a check due does it before
            it grades, while other calls go on.
        max_essays: Most essays, or feature vectors, of one call.
        threads: Threads of one call of the graph.
        workers: Processes of a pipeline that is made here.
        metrics: Where versions and failures are counted.
        clock: Seconds since any moment.

    Raises:
        HuleEduMLError: The first version cannot be loaded.
    """

    def __init__(
        self,
        source: BundleSourceProtocol,
        pipeline: FeaturePipelineProtocol | None = None,
        *,
        check_every_s: float = 30.0,
        watch: bool = False,
        max_essays: int = 1000,
        threads: int = 1,
        workers: int = 1,
        metrics: "ReloadMetrics | None" = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = source
        self._pipeline = pipeline
        self._check_every_s = check_every_s
        self._max_essays = max_essays
        self._threads = threads
        self._workers = workers
        self._clock = clock
        self._reporter = ReloadReporter(metrics)
        self._checking = threading.Lock()
        self._stopped = threading.Event()
        self._told = threading.Event()
        identity = source.current()
        scorer = self._load(identity)
        self._slot = ScorerSlot(scorer, identity)
        self._reporter.loaded(scorer, identity, None)
        self._next_check = clock() + check_every_s
        if isinstance(source, TellingSourceProtocol):
            source.subscribe(_Observer(self._reporter, self._slot, self._told))
        self._watcher: threading.Thread | None = None
        if watch:
            self._watcher = threading.Thread(
                target=self._watch, name="huleedu-model-watcher", daemon=True
            )
            self._watcher.start()

    @property
    def status(self) -> ReloadStatus:
        """Which version grades, and whether the last check failed."""
        scorer, identity = self._slot.last
        return ReloadStatus(
            scorer.model_name,
            scorer.version,
            identity,
            self._reporter.failure,
            self._reporter.listening,
        )

    def score_texts(self, essays: Sequence[str | EssayInput]) -> list[EssayScore]:
        """Grade texts with one version, as :meth:`EssayScorer.score_texts` does.

        Raises:
            TooManyEssaysError: There are more than ``max_essays``.
            ScorerClosedError: The scorer was closed.
            FeatureExtractionError: Features of a text cannot be computed.
        """
        self._prepare(len(essays))
        with self._slot.borrowed() as scorer:
            return scorer.score_texts(essays)

    def score_features(self, X: NDArray[np.float32]) -> GradePredictions:
        """Grade feature vectors with one version, as :meth:`EssayScorer.score_features` does.

        Raises:
            TooManyEssaysError: There are more than ``max_essays``.
            ScorerClosedError: The scorer was closed.
            InvalidFeatureMatrixError: The shape is wrong or a value is infinite.
        """
        self._prepare(len(X))
        with self._slot.borrowed() as scorer:
            return scorer.score_features(X)

    async def score_texts_async(self, essays: Sequence[str | EssayInput]) -> list[EssayScore]:
        """Grade texts in a thread, leaving the event loop free."""
        return await asyncio.to_thread(self.score_texts, essays)

    async def score_features_async(self, X: NDArray[np.float32]) -> GradePredictions:
        """Grade feature vectors in a thread, leaving the event loop free."""
        return await asyncio.to_thread(self.score_features, X)

    def check(self) -> bool:
        """Ask the source now, and load what it names; return whether that was another version.

        Never raises for a version that cannot be loaded: see :attr:`status`.
        """
        with self._checking:
            return self._check()

    def close(self) -> None:
        """Take no more calls and stop watching.

        Calls in flight end as they began; the last of them releases the pipeline.
        """
        self._stopped.set()
        self._told.set()
        if self._watcher is not None:
            self._watcher.join(_END_TIMEOUT_S)
        self._slot.close()
        with self._checking:
            self._source.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _prepare(self, n_essays: int) -> None:
        if n_essays > self._max_essays:
            raise TooManyEssaysError(n_essays=n_essays, limit=self._max_essays)
        if self._watcher is not None or self._stopped.is_set() or not self._is_due():
            return
        if self._checking.acquire(blocking=False):
            try:
                if self._is_due():
                    self._check()
            finally:
                self._checking.release()

    def _is_due(self) -> bool:
        return self._told.is_set() or self._clock() >= self._next_check

    def _watch(self) -> None:
        while not self._stopped.is_set():
            self._told.wait(self._check_every_s)
            self.check()
            # Anybody can notify: a flood of it must not become a flood of questions.
            self._stopped.wait(_LEAST_PAUSE_S)

    def _check(self) -> bool:
        if self._stopped.is_set():
            return False
        old, served = self._slot.last
        self._told.clear()
        try:
            identity = self._source.current()
            if identity == served:
                self._reporter.unchanged(old)
                return False
            scorer = self._load(identity)
            self._slot.replace(scorer, identity)
        except ScorerClosedError:
            return False
        except Exception as error:  # noqa: BLE001 - whatever is wrong there, the old one is sound
            self._reporter.failed(error, old)
            return False
        finally:
            self._next_check = self._clock() + self._check_every_s
        self._reporter.loaded(scorer, identity, old)
        return True

    def _load(self, identity: str) -> EssayScorer:
        bundle = self._source.load(identity)
        return EssayScorer(bundle, self._pipeline, threads=self._threads, workers=self._workers)


class _Observer:
    """Wakes whoever checks; called in the source's thread."""

    def __init__(self, reporter: ReloadReporter, slot: ScorerSlot, told: threading.Event) -> None:
        self._reporter = reporter
        self._slot = slot
        self._told = told

    def listening(self) -> None:
        """Check once: a change may have come before."""
        self._reporter.hears(self._slot.last[0])
        self._told.set()

    def changed(self) -> None:
        """Check now."""
        self._reporter.notified(self._slot.last[0])
        self._told.set()

    def deaf(self, reason: str) -> None:
        """Leave it to the checks from time to time."""
        self._reporter.deaf(self._slot.last[0], reason)
