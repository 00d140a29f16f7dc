"""A scorer that is closed when it has been replaced and nobody uses it any more."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from huleedu_ml_training.inference.errors import ScorerClosedError
from huleedu_ml_training.inference.scorer import EssayScorer


class _Lease:
    def __init__(self, scorer: EssayScorer, identity: str) -> None:
        self.scorer = scorer
        self.identity = identity
        self.users = 0


class ScorerSlot:
    """Holds the scorer in use; safe for concurrent use.

    Replacing takes effect for calls that begin afterwards. Calls in flight end with the scorer they
    began with, and the last of them closes it.

    Args:
        scorer: The first scorer.
        identity: Of its bundle.
    """

    def __init__(self, scorer: EssayScorer, identity: str) -> None:
        self._lock = threading.Lock()
        self._lease: _Lease | None = _Lease(scorer, identity)
        self._last = (scorer, identity)

    @property
    def last(self) -> tuple[EssayScorer, str]:
        """The scorer in use, or the one that was in use at closing, and its identity."""
        return self._last

    @contextmanager
    def borrowed(self) -> Iterator[EssayScorer]:
        """Give the scorer in use, which stays open meanwhile.

        Raises:
            ScorerClosedError: The slot was closed.
        """
        with self._lock:
            lease = self._lease
            if lease is None:
                raise ScorerClosedError
            lease.users += 1
        try:
            yield lease.scorer
        finally:
            with self._lock:
                lease.users -= 1
                done = lease.users == 0 and lease is not self._lease
            if done:
                lease.scorer.close()

    def replace(self, scorer: EssayScorer, identity: str) -> None:
        """Put another scorer in the place of the one in use.

        Raises:
            ScorerClosedError: The slot was closed; the scorer is closed likewise.
        """
        try:
            self._exchange(_Lease(scorer, identity))
        except ScorerClosedError:
            scorer.close()
            raise

    def close(self) -> None:
        """Take no more calls; closing twice does nothing."""
        try:
            self._exchange(None)
        except ScorerClosedError:
            return

    def _exchange(self, new: _Lease | None) -> None:
        with self._lock:
            old = self._lease
            if old is None:
                raise ScorerClosedError
            self._lease = new
            if new is not None:
                self._last = (new.scorer, new.identity)
            idle = old.users == 0
        if idle:
            old.scorer.close()
