"""What a scorer that reloads tells of itself: by log lines, metrics and its status."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from huleedu_ml_training.domain.errors import HuleEduMLError
from huleedu_ml_training.inference.scorer import EssayScorer

if TYPE_CHECKING:
    from huleedu_ml_training.inference.reload_metrics import ReloadMetrics


@dataclass(frozen=True, slots=True)
class ReloadStatus:
    """What a health check wants to know.

    Attributes:
        model_name: Of the version that grades.
        version: As ``YYYYMMDD_HHMMSS``.
        identity: What the source calls its bundle.
        failure: Why the last check failed; None where it did not. Grading goes on either way.
        listening: Whether the source tells of changes by itself now; otherwise it is asked from
            time to time.
    """

    model_name: str
    version: str
    identity: str
    failure: str | None
    listening: bool


class ReloadReporter:
    """Keeps the last failure, logs, and counts.

    Args:
        metrics: Where versions and failures are counted, if they are.

    Attributes:
        failure: Why the last check failed; None where it did not.
        listening: Whether changes are told by the source.
    """

    def __init__(self, metrics: "ReloadMetrics | None") -> None:
        self._metrics = metrics
        self._log = structlog.get_logger("huleedu_ml_training.serving")
        self.failure: str | None = None
        self.listening = False

    def loaded(self, scorer: EssayScorer, identity: str, old: EssayScorer | None) -> None:
        """Tell of a version that grades from now on."""
        self.failure = None
        before = None if old is None else (old.model_name, old.version)
        if self._metrics is not None:
            self._metrics.loaded(scorer.model_name, scorer.version, instead_of=before)
            self._metrics.listening(scorer.model_name, self.listening)
        self._log.info(
            "model_loaded",
            model_name=scorer.model_name,
            version=scorer.version,
            identity=identity,
            instead_of=None if old is None else old.version,
        )

    def unchanged(self, serving: EssayScorer) -> None:
        """Note a check that found the version that grades already."""
        self.failure = None
        if self._metrics is not None:
            self._metrics.current(serving.model_name)

    def failed(self, error: Exception, serving: EssayScorer) -> None:
        """Tell of a check that failed, and of the version that goes on grading."""
        known = isinstance(error, HuleEduMLError)
        self.failure = error.what if isinstance(error, HuleEduMLError) else repr(error)
        if self._metrics is not None:
            self._metrics.failed(serving.model_name)
        self._log.warning(
            "model_reload_failed",
            model_name=serving.model_name,
            still_grading=serving.version,
            reason=self.failure,
            exc_info=None if known else error,
        )

    def notified(self, serving: EssayScorer) -> None:
        """Count a change that the source told of."""
        if self._metrics is not None:
            self._metrics.notified(serving.model_name)

    def hears(self, serving: EssayScorer) -> None:
        """Tell that the source tells of changes by itself from now on."""
        self.listening = True
        if self._metrics is not None:
            self._metrics.listening(serving.model_name, True)
        self._log.info("model_changes_heard", model_name=serving.model_name)

    def deaf(self, serving: EssayScorer, reason: str) -> None:
        """Tell that it does not, for the time being."""
        was_listening, self.listening = self.listening, False
        if self._metrics is not None:
            self._metrics.deaf(serving.model_name)
        # Every attempt fails while a server is away; one line says it.
        if was_listening:
            self._log.warning(
                "model_changes_not_heard", model_name=serving.model_name, reason=reason
            )
