"""What the server answers, and what all answers have in common."""

import logging
import time
from collections.abc import Awaitable, Callable

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from huleedu_essay_features.errors import EssayFeaturesError
from huleedu_essay_features.protocols import FeaturePipelineProtocol, ProgressCallback
from huleedu_essay_features.service.extractions import ClientGoneError, Extractions
from huleedu_essay_features.service.health import HealthProbe
from huleedu_essay_features.service.limits import ServiceLimits
from huleedu_essay_features.service.metrics import ServiceMetrics
from huleedu_essay_features.service.problems import ProblemError, library_problem
from huleedu_essay_features.service.representations import negotiate, renderers
from huleedu_essay_features.service.requests import (
    check_token,
    correlation_id,
    parse_request,
    read_body,
)
from huleedu_essay_features.service.wire import CORRELATION_HEADER, DIGEST_HEADER

logger = logging.getLogger(__name__)

_Endpoint = Callable[[Request], Awaitable[Response]]

_CLIENT_GONE = 499
"""What logs and metrics show for an answer that nobody waited for."""


class ServiceEndpoints:
    """The endpoints, and what all of them have in common. Used within one event loop.

    Args:
        pipeline: What is served.
        limits: What is taken.
        metrics: What is counted.
        probe: Says whether the pipeline works.
        api_key: What clients must send; None to serve everyone.
    """

    def __init__(
        self,
        pipeline: FeaturePipelineProtocol,
        limits: ServiceLimits,
        metrics: ServiceMetrics,
        probe: HealthProbe,
        api_key: str | None,
    ) -> None:
        self._pipeline = pipeline
        self._digest = pipeline.schema.digest
        self._limits = limits
        self._metrics = metrics
        self._probe = probe
        self._api_key = api_key
        self._extractions = Extractions(limits)
        self._renderers = renderers()
        metrics.in_flight.set_function(lambda: self._extractions.in_flight)

    def close(self) -> None:
        """Begin nothing any more."""
        self._extractions.close()
        self._probe.close()

    def endpoint(self, name: str, handler: _Endpoint) -> _Endpoint:
        """Return a handler that counts, logs, and answers errors with problem documents."""

        async def answer(request: Request) -> Response:
            return await self.answer(name, handler, request)

        return answer

    async def answer(self, name: str, handler: _Endpoint, request: Request) -> Response:
        """Let a handler answer a request; see :meth:`endpoint`."""
        started = time.perf_counter()
        request_id = correlation_id(request)
        try:
            response = await handler(request)
        except (ClientGoneError, ClientDisconnect):
            response = Response(status_code=_CLIENT_GONE)
        except Exception as error:  # noqa: BLE001 - no client ever sees a traceback
            problem = _problem(error, request_id)
            self._metrics.problems.labels(problem.code).inc()
            response = problem.response(request_id)
        response.headers[CORRELATION_HEADER] = request_id
        seconds = time.perf_counter() - started
        self._metrics.requests.labels(name, str(response.status_code)).inc()
        self._metrics.request_seconds.labels(name).observe(seconds)
        logger.log(
            logging.INFO if name in {"extract", "schema", "other"} else logging.DEBUG,
            "%s %s %d in %.3f s, correlation id %s",
            request.method,
            name,
            response.status_code,
            seconds,
            request_id,
            extra={
                "correlation_id": request_id,
                "endpoint": name,
                "status": response.status_code,
                "duration_s": seconds,
            },
        )
        return response

    async def extract(self, request: Request) -> Response:
        """``POST /v1/extract``: essays to a matrix."""
        check_token(request, self._api_key)
        media_type = negotiate(request.headers.get("Accept", ""), self._renderers)
        with self._extractions.place():
            body = await read_body(request, self._limits)
            content = await self._extractions.run(
                lambda progress: self._extract(body, media_type, progress), request.receive
            )
        return Response(content, media_type=media_type, headers={DIGEST_HEADER: self._digest})

    def _extract(self, body: bytes, media_type: str, progress: ProgressCallback) -> bytes:
        """Do what takes time, in a thread."""
        wanted = parse_request(body, self._limits)
        schema = self._pipeline.schema
        if wanted.schema_digest not in {None, self._digest}:
            raise ProblemError(
                409,
                "schema-mismatch",
                "this service has another feature schema than the request asks for",
                expected=wanted.schema_digest,
                schema_digest=self._digest,
            )
        with self._metrics.extraction_seconds.time():
            matrix = self._pipeline.extract(wanted.essays, progress=progress)
        content = self._renderers[media_type](matrix, schema)
        self._metrics.essays.inc(len(wanted.essays))
        return content

    async def schema(self, request: Request) -> Response:
        """``GET /v1/schema``: what the columns mean, and what a request may hold."""
        check_token(request, self._api_key)
        return JSONResponse(
            {
                "digest": self._digest,
                "schema": self._pipeline.schema.to_dict(),
                "limits": self._limits.to_dict(),
            }
        )

    async def healthz(self, _: Request) -> Response:
        """``GET /healthz``: whether features can be extracted."""
        health = await self._probe.check()
        if health.ok:
            return _uncached({"status": "ok", "schema_digest": self._digest}, 200)
        return _uncached({"status": "failing", "reason": health.reason}, 503)

    async def livez(self, _: Request) -> Response:
        """``GET /livez``: whether the event loop turns."""
        return _uncached({"status": "ok"}, 200)

    async def metrics(self, _: Request) -> Response:
        """``GET /metrics``: the registry in the Prometheus text format."""
        return Response(self._metrics.text(), headers={"Content-Type": CONTENT_TYPE_LATEST})


def _problem(error: Exception, request_id: str) -> ProblemError:
    match error:
        case ProblemError():
            return error
        case EssayFeaturesError():
            problem = library_problem(error)
        case HTTPException():
            code = {404: "not-found", 405: "method-not-allowed"}.get(error.status_code, "http")
            return ProblemError(error.status_code, code, error.detail, headers=error.headers)
        case _:
            detail = "the service failed; its log says more under the correlation id"
            problem = ProblemError(500, "internal-error", detail)
    if problem.status >= 500:
        logger.error(
            "extraction failed, correlation id %s",
            request_id,
            exc_info=error,
            extra={"correlation_id": request_id},
        )
    return problem


def _uncached(document: dict[str, str], status: int) -> Response:
    return JSONResponse(document, status_code=status, headers={"Cache-Control": "no-store"})
