"""Whether the pipeline works: found out by letting it work."""

import asyncio
import math
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from huleedu_essay_features.errors import EssayFeaturesError
from huleedu_essay_features.protocols import EssayInput, FeaturePipelineProtocol
from huleedu_essay_features.service.extractions import THREAD_NAME

PROBE_ESSAY = EssayInput("The dog barks. Nobody sleeps.", "What does your pet do?")
"""Of which every pipeline for English can say something."""


@dataclass(frozen=True, slots=True)
class Health:
    """Outcome of a probe.

    Attributes:
        reason: What failed, on one line; empty where all is well.
    """

    reason: str = ""

    @property
    def ok(self) -> bool:
        """Whether the probe passed."""
        return not self.reason


class HealthProbe:
    """Extracts the features of tiny essays, one probe at a time. Used within one event loop.

    Args:
        pipeline: What is probed.
        essays: What it has to be able to extract.
        timeout_s: How long a probe may take.
        lasts_s: How long an outcome is good for.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        pipeline: FeaturePipelineProtocol,
        essays: Sequence[EssayInput],
        *,
        timeout_s: float,
        lasts_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pipeline = pipeline
        self._essays = tuple(essays)
        self._timeout_s = timeout_s
        self._lasts_s = lasts_s
        self._clock = clock
        # A thread of its own: a probe says whether extraction works, not whether it is in demand.
        self._pool = ThreadPoolExecutor(1, f"{THREAD_NAME}-probe")
        self._running: Future[Health] | None = None
        self._started = -math.inf
        self._last: Health | None = None
        self._last_at = -math.inf

    def close(self) -> None:
        """Begin no probe any more, and let the thread end when it is free."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def check(self) -> Health:
        """Return the last outcome if it is fresh, else that of a probe; callers share one."""
        if self._last is not None and self._clock() - self._last_at < self._lasts_s:
            return self._last
        if self._running is None:
            self._started = self._clock()
            self._running = self._pool.submit(self._probe)
        running = self._running
        remaining = max(0.0, self._started + self._timeout_s - self._clock())
        # wait(), unlike wait_for(), leaves the probe alone when the time is over.
        await asyncio.wait({asyncio.wrap_future(running)}, timeout=remaining)
        if not running.done():
            return Health(f"extracting a tiny text has not ended within {self._timeout_s:g} s")
        if self._running is running:
            self._running = None
            self._last, self._last_at = running.result(), self._clock()
        return running.result()

    def _probe(self) -> Health:
        try:
            matrix = self._pipeline.extract(self._essays)
        except EssayFeaturesError as error:
            return Health(f"{error.what}: {error.why}" if error.why else error.what)
        except Exception as error:  # noqa: BLE001 - whatever it is, the pipeline does not work
            return Health(f"{type(error).__name__}: {error}")
        expected = (len(self._essays), len(self._pipeline.schema))
        if matrix.shape != expected:
            return Health(f"the matrix has shape {matrix.shape}, expected {expected}")
        if np.isinf(matrix).any() or np.isnan(matrix).all(axis=1).any():
            return Health("the matrix has infinities, or rows without any value")
        return Health()
