"""Many fits told as one phase: a bar that goes once from left to right, however fits are nested."""

from collections.abc import Iterator
from contextlib import contextmanager

from huleedu_ml_training.training.protocols import PhaseProtocol


class FitProgress:
    """Counts the fits of all folds; what a fold's own phases report moves the one phase on.

    Args:
        phase: The phase of the whole work, of ``n_folds * steps_per_fold`` steps.
        steps_per_fold: Fits in a fold.
    """

    def __init__(self, phase: PhaseProtocol, steps_per_fold: int) -> None:
        self._phase = phase
        self._steps = steps_per_fold
        self._folds = 0
        self._inside = 0

    def advance(self, steps: int = 1) -> None:
        """Report that further models of the current fold are fitted."""
        # The last step of a fold is its end: a fold is never told as done before it is.
        self._inside = min(self._inside + steps, self._steps - 1)
        self._report()

    def update(self, done: int, total: int | None = None) -> None:
        """Report how many models of the current fold are fitted."""
        del total
        self._inside = min(done, self._steps - 1)
        self._report()

    def fold_done(self) -> None:
        """Report that a fold is scored, or was found in a checkpoint."""
        self._folds += 1
        self._inside = 0
        self._report()

    @contextmanager
    def phase(self, title: str, total: int | None = None) -> Iterator[PhaseProtocol]:
        """Open a phase within a fold; it has no line of its own."""
        del title, total
        yield self

    def _report(self) -> None:
        self._phase.update(self._folds * self._steps + self._inside)
