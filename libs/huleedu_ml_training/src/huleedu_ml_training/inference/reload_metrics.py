"""Which model a service grades with, as metrics."""

from prometheus_client import CollectorRegistry, Counter, Gauge


class ReloadMetrics:
    """Metrics of scorers that reload; one instance may serve several scorers of unlike models.

    Args:
        registry: Where the metrics are registered; a second instance needs another registry.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self.served = Gauge(
            "huleedu_ml_training_served_model_info",
            "1 for the version that grades.",
            ["model_name", "version"],
            registry=registry,
        )
        self.stale = Gauge(
            "huleedu_ml_training_served_model_stale",
            "1 while the last check failed, so that an older version may be grading; else 0.",
            ["model_name"],
            registry=registry,
        )
        self.reloads = Counter(
            "huleedu_ml_training_model_reloads_total",
            "Checks that brought another version, and checks that failed.",
            ["model_name", "outcome"],
            registry=registry,
        )
        self.heard = Gauge(
            "huleedu_ml_training_model_changes_heard",
            "1 while the source tells of changes by itself; 0 while they are found by asking only.",
            ["model_name"],
            registry=registry,
        )
        self.notifications = Counter(
            "huleedu_ml_training_model_change_notifications_total",
            "Changes that the source told of.",
            ["model_name"],
            registry=registry,
        )
        self.deafnesses = Counter(
            "huleedu_ml_training_model_listening_failures_total",
            "Connections for listening that were lost or could not be made.",
            ["model_name"],
            registry=registry,
        )

    def loaded(self, model_name: str, version: str, *, instead_of: tuple[str, str] | None) -> None:
        """Count a version that grades from now on."""
        if instead_of is not None:
            self.served.remove(*instead_of)
            self.reloads.labels(model_name, "loaded").inc()
        self.served.labels(model_name, version).set(1)
        self.stale.labels(model_name).set(0)

    def failed(self, model_name: str) -> None:
        """Count a check that failed."""
        self.reloads.labels(model_name, "failed").inc()
        self.stale.labels(model_name).set(1)

    def current(self, model_name: str) -> None:
        """Note a check that found the version that grades already."""
        self.stale.labels(model_name).set(0)

    def listening(self, model_name: str, is_listening: bool) -> None:
        """Note whether the source tells of changes by itself."""
        self.heard.labels(model_name).set(is_listening)
        # Counters that exist at 0 show their first event as an increase.
        self.notifications.labels(model_name)
        self.deafnesses.labels(model_name)

    def notified(self, model_name: str) -> None:
        """Count a change that the source told of."""
        self.notifications.labels(model_name).inc()

    def deaf(self, model_name: str) -> None:
        """Count a connection for listening that was lost or could not be made."""
        self.deafnesses.labels(model_name).inc()
        self.listening(model_name, False)
