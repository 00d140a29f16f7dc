"""Running an application on a socket until a signal."""

import asyncio
import logging
import socket

import uvicorn
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from huleedu_essay_features.service.errors import CannotListenError
from huleedu_essay_features.service.extractions import RETRY_AFTER_S
from huleedu_essay_features.service.problems import ProblemError
from huleedu_essay_features.service.requests import correlation_id

logger = logging.getLogger(__name__)


def bind(host: str, port: int) -> socket.socket:
    """Return a socket that has the address, and does not listen yet.

    Raises:
        CannotListenError: The address is taken, not ours, or not an address.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except (OSError, OverflowError) as error:
        raise CannotListenError(host=host, port=port, reason=str(error)) from None
    return listener


def run(app: ASGIApp, listener: socket.socket, *, shutdown_timeout_s: int) -> None:
    """Serve until SIGINT or SIGTERM, then let requests end.

    Args:
        app: The application.
        listener: Of :func:`bind`.
        shutdown_timeout_s: How long requests may take to end.

    Raises:
        KeyboardInterrupt: It was SIGINT. After SIGTERM, the handler that was in place before is
            called.
    """
    config = uvicorn.Config(
        _answer_when_cancelled(app),
        log_config=None,
        access_log=False,
        lifespan="on",
        server_header=False,
        timeout_graceful_shutdown=shutdown_timeout_s,
    )
    listener.listen(config.backlog)
    host, port = listener.getsockname()[:2]
    logger.info("listening on http://%s:%d", f"[{host}]" if ":" in host else host, port)
    uvicorn.Server(config).run(sockets=[listener])


def _answer_when_cancelled(app: ASGIApp) -> ASGIApp:
    """Tell the clients of requests that uvicorn gives up, which it does without a word."""

    async def answering(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await app(scope, receive, send)
        except asyncio.CancelledError:
            problem = ProblemError(
                503,
                "shutting-down",
                "the service ends; its time to finish requests is over",
                headers={"Retry-After": str(RETRY_AFTER_S)},
            )
            response = problem.response(correlation_id(Request(scope)))
            await response(scope, receive, send)

    return answering
