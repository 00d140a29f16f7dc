"""What the server counts, in a registry that is the host's or its own."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, generate_latest

_PREFIX = "huleedu_essay_features"
_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100)


class ServiceMetrics:
    """Metrics of one application; names begin with ``huleedu_essay_features_``.

    Args:
        registry: Where they are registered; None for a registry of their own.
        schema_digest: Shown by the metric ``huleedu_essay_features_schema_info``.
    """

    def __init__(self, registry: CollectorRegistry | None, *, schema_digest: str) -> None:
        self.registry = registry if registry is not None else CollectorRegistry()
        self.requests = Counter(
            f"{_PREFIX}_http_requests_total",
            "Requests that were answered.",
            ("endpoint", "status"),
            registry=self.registry,
        )
        self.request_seconds = Histogram(
            f"{_PREFIX}_http_request_duration_seconds",
            "From the head of a request to its answer.",
            ("endpoint",),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.problems = Counter(
            f"{_PREFIX}_problems_total",
            "Refusals and failures by the code of their problem document.",
            ("code",),
            registry=self.registry,
        )
        self.essays = Counter(
            f"{_PREFIX}_essays_total", "Essays that features were sent of.", registry=self.registry
        )
        self.extraction_seconds = Histogram(
            f"{_PREFIX}_extraction_duration_seconds",
            "Time of a request's extraction, without waiting.",
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.in_flight = Gauge(
            f"{_PREFIX}_in_flight_requests",
            "Requests that are served or wait.",
            registry=self.registry,
        )
        Info(f"{_PREFIX}_schema", "What the columns mean.", registry=self.registry).info(
            {"digest": schema_digest}
        )

    def text(self) -> bytes:
        """Return the registry's metrics in the Prometheus text format."""
        return generate_latest(self.registry)
