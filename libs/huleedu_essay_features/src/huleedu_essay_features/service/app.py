"""The server as an ASGI application, alone or mounted in a host's."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from prometheus_client import CollectorRegistry
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from huleedu_essay_features.protocols import EssayInput, FeaturePipelineProtocol
from huleedu_essay_features.service.endpoints import ServiceEndpoints
from huleedu_essay_features.service.health import PROBE_ESSAY, HealthProbe
from huleedu_essay_features.service.limits import ServiceLimits
from huleedu_essay_features.service.metrics import ServiceMetrics
from huleedu_essay_features.service.wire import EXTRACT_PATH, SCHEMA_PATH, is_api_key


def create_app(
    pipeline: FeaturePipelineProtocol,
    limits: ServiceLimits | None = None,
    metrics_registry: CollectorRegistry | None = None,
    *,
    api_key: str | None = None,
    probe_essays: Sequence[EssayInput] = (PROBE_ESSAY,),
    probe_timeout_s: float = 10.0,
    probe_lasts_s: float = 5.0,
) -> Starlette:
    """Return the application; it may be mounted below any path, and configures nothing global.

    It logs by :mod:`logging`, each record with ``correlation_id`` as an extra. Texts of essays
    are never logged.

    Args:
        pipeline: What it serves. The caller closes it.
        limits: None for the defaults.
        metrics_registry: Where its metrics go, and what ``/metrics`` shows; None for a registry
            of its own.
        api_key: What clients must send as a bearer token to ``/v1``; None to serve everyone.
        probe_essays: What ``/healthz`` extracts.
        probe_timeout_s: How long that may take.
        probe_lasts_s: How long its outcome is good for.

    Raises:
        ValueError: The API key is empty or has other characters than printable ASCII.
    """
    if api_key is not None and not is_api_key(api_key):
        msg = "an API key consists of printable ASCII characters without spaces at its ends"
        raise ValueError(msg)
    service = ServiceEndpoints(
        pipeline,
        limits or ServiceLimits(),
        ServiceMetrics(metrics_registry, schema_digest=pipeline.schema.digest),
        HealthProbe(pipeline, probe_essays, timeout_s=probe_timeout_s, lasts_s=probe_lasts_s),
        api_key,
    )

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        service.close()

    async def refuse(request: Request, error: Exception) -> Response:
        async def raise_it(_: Request) -> Response:
            raise error

        return await service.answer("other", raise_it, request)

    return Starlette(
        routes=[
            Route(EXTRACT_PATH, service.endpoint("extract", service.extract), methods=["POST"]),
            Route(SCHEMA_PATH, service.endpoint("schema", service.schema)),
            Route("/healthz", service.endpoint("healthz", service.healthz)),
            Route("/livez", service.endpoint("livez", service.livez)),
            Route("/metrics", service.endpoint("metrics", service.metrics)),
        ],
        exception_handlers={HTTPException: refuse},
        lifespan=lifespan,
    )
