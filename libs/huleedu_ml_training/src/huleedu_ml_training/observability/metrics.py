"""Prometheus metrics, in a registry that the host may pass."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_PHASE_BUCKETS = (0.1, 0.5, 1, 5, 10, 30, 60, 300, 900, 3600)


class MLMetrics:
    """The metrics of training and scoring.

    Names follow ``huleedu_ml_training_<what>_<unit>``; label values are few and fixed, and a
    correlation id is never one of them.

    Args:
        registry: Where the metrics are registered; a second instance needs another registry.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        self.runs = Counter(
            "huleedu_ml_training_runs_total",
            "Runs by kind and final state.",
            ["kind", "state"],
            registry=registry,
        )
        self.sink_failures = Counter(
            "huleedu_ml_training_run_sink_failures_total",
            "Runs that a sink could not be told of, by sink.",
            ["sink"],
            registry=registry,
        )
        self.phase_seconds = Histogram(
            "huleedu_ml_training_phase_duration_seconds",
            "Wall time of the phases of a run.",
            ["phase"],
            buckets=_PHASE_BUCKETS,
            registry=registry,
        )
        self.essays = Gauge(
            "huleedu_ml_training_dataset_essays",
            "Essays in the last data set, by part of the split.",
            ["part"],
            registry=registry,
        )
        self.test_qwk = Gauge(
            "huleedu_ml_training_test_qwk_ratio",
            "Quadratic weighted kappa of the last model on its held-out test part.",
            registry=registry,
        )
        self.last_success = Gauge(
            "huleedu_ml_training_last_success_timestamp_seconds",
            "Unix time at which the last run was completed.",
            registry=registry,
        )

    @contextmanager
    def timed(self, phase: str) -> Iterator[None]:
        """Observe the duration of a phase, whether it succeeds or fails."""
        started = time.perf_counter()
        try:
            yield
        finally:
            self.phase_seconds.labels(phase).observe(time.perf_counter() - started)
