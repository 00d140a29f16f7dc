"""Fitting several boosters side by side, with one count of rounds and one way to stop."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import TypeVar

from huleedu_ml_training.models.protocols import RoundCallback

_T = TypeVar("_T")


class _StoppedError(Exception):
    """Ends the fits that run beside the one whose callback raised."""


class RoundCounter:
    """Counts the rounds of all fits as one number and passes it on.

    Args:
        callback: Told the number of rounds done and their total; may raise to stop all fits.
        rounds: Most rounds of one fit.
        n_fits: How many fits there are.
    """

    def __init__(self, callback: RoundCallback | None, rounds: int, *, n_fits: int) -> None:
        self._callback = callback
        self._rounds = rounds
        self._done = [0] * n_fits
        self._lock = Lock()
        self._error: BaseException | None = None

    def of_fit(self, number: int) -> Callable[[int], None]:
        """Return the callback of one fit, which takes the rounds that this fit has done."""
        return lambda done: self._report(number, done)

    def run(self, fit: Callable[[int], _T], *, threads: int) -> tuple[_T, ...]:
        """Return the results of ``fit(0)``, ``fit(1)`` …, in order.

        A fit that ends before its last round counts as done. The first exception, of a fit, of the
        callback or Ctrl-C, ends all fits at their next round and reaches the caller as it is.

        Args:
            fit: Fits one booster and reports its rounds to :meth:`of_fit`.
            threads: How many fits run at the same time.
        """

        def whole(number: int) -> _T:
            try:
                result = fit(number)
                self._report(number, self._rounds)
            except BaseException as error:
                self._stop(error)
                raise
            return result

        with ThreadPoolExecutor(threads) as pool:
            try:
                return tuple(pool.map(whole, range(len(self._done))))
            except BaseException as error:
                first = self._stop(error)
                if first is error:
                    raise
                raise first from None

    def _report(self, number: int, done: int) -> None:
        with self._lock:
            if self._error is not None:
                raise _StoppedError
            if done == self._done[number]:
                return
            self._done[number] = done
            if self._callback is None:
                return
            try:
                self._callback(sum(self._done), len(self._done) * self._rounds)
            except BaseException as error:
                self._error = error
                raise

    def _stop(self, error: BaseException) -> BaseException:
        with self._lock:
            self._error = self._error or error
            return self._error
