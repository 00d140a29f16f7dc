"""Grading with whatever version is to grade now, without a restart."""

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
import structlog
from numpy.typing import NDArray

from huleedu_essay_features import EssayInput
from huleedu_essay_features.protocols import FeaturePipelineProtocol
from huleedu_ml_training.domain.errors import HuleEduMLError
from huleedu_ml_training.domain.predictions import GradePredictions
from huleedu_ml_training.inference.errors import ScorerClosedError, TooManyEssaysError
from huleedu_ml_training.inference.leases import ScorerSlot
from huleedu_ml_training.inference.scorer import EssayScore, EssayScorer
from huleedu_ml_training.inference.sources import BundleSourceProtocol

if TYPE_CHECKING:
    from huleedu_ml_training.inference.reload_metrics import ReloadMetrics

_END_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class ReloadStatus:
    """What a health check wants to know.

    Attributes:
        model_name: Of the version that grades.
        version: As ``YYYYMMDD_HHMMSS``.
        identity: What the source calls its bundle.
        failure: Why the last check failed; None where it did not. Grading goes on either way.
    """

    model_name: str
    version: str
    identity: str
    failure: str | None


class ReloadingScorer:
    """An :class:`EssayScorer` that follows its source; safe for concurrent use.

    A new version is loaded beside the old one and takes its place in one step. Calls in flight end
    with the version they began with. A version that cannot be loaded changes nothing: the old one
    goes on grading, a log line and the metrics say so, and every check tries again.

    Args:
        source: Says which bundle is to grade. Closed with the scorer.
        pipeline: As of :class:`EssayScorer`; stays open in the end. Versions of another feature
            schema then cannot be loaded. None makes each version's own standard pipeline.
        check_every_s: Least seconds between two checks.
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
        self._metrics = metrics
        self._clock = clock
        self._log = structlog.get_logger("huleedu_ml_training.serving")
        self._checking = threading.Lock()
        self._stopped = threading.Event()
        self._failure: str | None = None
        identity = source.current()
        scorer = self._load(identity)
        self._slot = ScorerSlot(scorer, identity)
        self._announce(scorer, identity, None)
        self._next_check = clock() + check_every_s
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
        return ReloadStatus(scorer.model_name, scorer.version, identity, self._failure)

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
        if self._watcher is not None or self._stopped.is_set() or self._clock() < self._next_check:
            return
        if self._checking.acquire(blocking=False):
            try:
                if self._clock() >= self._next_check:
                    self._check()
            finally:
                self._checking.release()

    def _watch(self) -> None:
        while not self._stopped.wait(self._check_every_s):
            self.check()

    def _check(self) -> bool:
        if self._stopped.is_set():
            return False
        old, served = self._slot.last
        try:
            identity = self._source.current()
            if identity == served:
                self._note_success(old.model_name)
                return False
            scorer = self._load(identity)
            self._slot.replace(scorer, identity)
        except ScorerClosedError:
            return False
        except Exception as error:  # noqa: BLE001 - whatever is wrong there, the old one is sound
            self._note_failure(error, old)
            return False
        finally:
            self._next_check = self._clock() + self._check_every_s
        self._failure = None
        self._announce(scorer, identity, old)
        return True

    def _load(self, identity: str) -> EssayScorer:
        bundle = self._source.load(identity)
        return EssayScorer(bundle, self._pipeline, threads=self._threads, workers=self._workers)

    def _announce(self, scorer: EssayScorer, identity: str, old: EssayScorer | None) -> None:
        before = None if old is None else (old.model_name, old.version)
        if self._metrics is not None:
            self._metrics.loaded(scorer.model_name, scorer.version, instead_of=before)
        self._log.info(
            "model_loaded",
            model_name=scorer.model_name,
            version=scorer.version,
            identity=identity,
            instead_of=None if old is None else old.version,
        )

    def _note_success(self, model_name: str) -> None:
        self._failure = None
        if self._metrics is not None:
            self._metrics.current(model_name)

    def _note_failure(self, error: Exception, serving: EssayScorer) -> None:
        known = isinstance(error, HuleEduMLError)
        what = error.what if isinstance(error, HuleEduMLError) else repr(error)
        self._failure = what
        if self._metrics is not None:
            self._metrics.failed(serving.model_name)
        self._log.warning(
            "model_reload_failed",
            model_name=serving.model_name,
            still_grading=serving.version,
            reason=what,
            exc_info=None if known else error,
        )
