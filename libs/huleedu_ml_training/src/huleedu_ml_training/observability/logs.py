"""Setting up structlog for the command line; a host that imports the library sets its own up."""

import logging
import sys

import structlog

from huleedu_ml_training.config import ObservabilitySettings


def configure_logging(settings: ObservabilitySettings, *, verbose: bool = False) -> None:
    """Send structured log lines to stderr, as text or as one JSON object a line.

    Args:
        settings: Format, level, service name and environment.
        verbose: Show informational lines whatever the level says.
    """
    level = logging.getLevelNamesMapping()[settings.log_level]
    if verbose:
        level = min(level, logging.INFO)

    def add_service(
        _: object, __: str, event: structlog.typing.EventDict
    ) -> structlog.typing.EventDict:
        event["service.name"] = settings.service_name
        event["deployment.environment"] = settings.environment
        return event

    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    if settings.log_format == "json":
        shared += [add_service, structlog.processors.JSONRenderer()]
    else:
        shared.append(structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()))
    structlog.configure(
        processors=shared,
        wrapper_class=structlog.make_filtering_bound_logger(level),
        # Looked up at every line: whoever replaces stderr later is written to as well.
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
