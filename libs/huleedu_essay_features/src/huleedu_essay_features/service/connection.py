"""The client's HTTP: sends a request until there is an answer, and reads no more than expected."""

import asyncio
import time
from uuid import uuid4

import httpx

from huleedu_essay_features.service.answers import Answer
from huleedu_essay_features.service.errors import (
    InvalidServiceUrlError,
    ServiceAnswerError,
    ServiceUnavailableError,
)
from huleedu_essay_features.service.retrying import RetryPolicy
from huleedu_essay_features.service.wire import CORRELATION_HEADER, DIGEST_HEADER

_LOST = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.ReadError,
    httpx.WriteError,
    httpx.CloseError,
    httpx.RemoteProtocolError,
)
"""What happens when a server is gone, or goes away meanwhile."""

_BUSY = {429, 503}
_GATEWAY = 502


class ServiceConnection:
    """Requests to one service. Used within one event loop, which it has to be made in.

    Args:
        url: Of the service, checked by :func:`base_url`.
        api_key: Sent as a bearer token.
        timeout_s: How long the server may take for an answer, waiting for its turn included.
        connect_timeout_s: How long a connection may take.
        concurrency: Requests at the same time.
        retry: When to ask again.
    """

    def __init__(
        self,
        url: httpx.URL,
        *,
        api_key: str | None,
        timeout_s: float,
        connect_timeout_s: float,
        concurrency: int,
        retry: RetryPolicy,
    ) -> None:
        self._url = url
        self._timeout_s = timeout_s
        self._retry = retry
        self._slots = asyncio.Semaphore(concurrency)
        headers = {"Accept-Encoding": "identity", "User-Agent": "huleedu-essay-features"}
        if api_key is not None:
            headers["Authorization"] = f"Bearer {api_key}"
        self._client = httpx.AsyncClient(
            headers=headers,
            timeout=httpx.Timeout(None, connect=connect_timeout_s),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=concurrency),
        )

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def request(
        self,
        path: str,
        *,
        most_bytes: int,
        accept: str,
        body: bytes | None = None,
        correlation_id: str | None = None,
    ) -> Answer:
        """Return the answer to a request: GET, or POST of JSON where there is a body.

        Args:
            path: Below the service's URL.
            most_bytes: Of an answer; a longer one is not read.
            accept: Media types that are understood.
            body: JSON.
            correlation_id: A UUID; None for one of our own.

        Raises:
            ServiceUnavailableError: The server cannot be reached, is too slow, or busy for longer
                than the patience lasts.
            ServiceAnswerError: The answer is too long, or not HTTP as it should be.
        """
        request_id = correlation_id or str(uuid4())
        headers = {"Accept": accept, CORRELATION_HEADER: request_id}
        if body is not None:
            headers["Content-Type"] = "application/json"
        request = self._client.build_request(
            "GET" if body is None else "POST",
            httpx.URL(f"{str(self._url).rstrip('/')}{path}"),
            headers=headers,
            content=body,
        )
        attempt, lost, since = 0, 0, time.monotonic()
        while True:
            attempt += 1
            retry_after = None
            try:
                async with self._slots:
                    answer, retry_after = await self._send(request, request_id, most_bytes)
            except _LOST as error:
                lost += 1
                if lost >= self._retry.attempts:
                    reason = f"{_reason(error)}, {lost} times in a row"
                    raise self._unavailable(reason, request_id) from error
            else:
                lost = lost + 1 if answer.status == _GATEWAY else 0
                if answer.status not in {*_BUSY, _GATEWAY}:
                    return answer
                waited = time.monotonic() - since
                if lost >= self._retry.attempts or waited >= self._retry.patience_s:
                    reason = f"it answered {answer.status} for {waited:.0f} s"
                    raise self._unavailable(reason, request_id)
            await asyncio.sleep(self._retry.delay_s(attempt, retry_after))

    async def _send(
        self, request: httpx.Request, request_id: str, most_bytes: int
    ) -> tuple[Answer, str | None]:
        """Send once; return the answer and its header Retry-After."""
        try:
            async with asyncio.timeout(self._timeout_s):
                response = await self._client.send(request, stream=True)
                content = await self._read(response, most_bytes)
        except _LOST:
            raise
        except TimeoutError:
            reason = f"no answer within {self._timeout_s:g} s"
            raise self._unavailable(reason, request_id) from None
        except httpx.HTTPError as error:
            raise self._malformed(_reason(error), request_id) from error
        if len(content) > most_bytes:
            reason = f"its answer has more than the expected {most_bytes} bytes"
            raise self._malformed(reason, request_id)
        headers = response.headers
        answer = Answer(
            url=str(self._url),
            correlation_id=request_id,
            status=response.status_code,
            media_type=headers.get("Content-Type", "").partition(";")[0].strip().lower(),
            schema_digest=headers.get(DIGEST_HEADER, ""),
            content=content,
        )
        return answer, headers.get("Retry-After")

    async def _read(self, response: httpx.Response, most_bytes: int) -> bytes:
        """Return the body, or its beginning if it is longer than wanted."""
        content = bytearray()
        try:
            async for chunk in response.aiter_raw():
                content += chunk
                if len(content) > most_bytes:
                    break
        finally:
            await response.aclose()
        return bytes(content)

    def _unavailable(self, reason: str, request_id: str) -> ServiceUnavailableError:
        return ServiceUnavailableError(url=str(self._url), reason=reason, correlation_id=request_id)

    def _malformed(self, reason: str, request_id: str) -> ServiceAnswerError:
        return ServiceAnswerError(url=str(self._url), reason=reason, correlation_id=request_id)


def base_url(text: str) -> httpx.URL:
    """Return the URL of a service.

    Raises:
        InvalidServiceUrlError: It is not an absolute HTTP URL, or says more than a URL should.
    """
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, TypeError) as error:
        raise InvalidServiceUrlError(reason=str(error)) from None
    if url.scheme not in {"http", "https"} or not url.host:
        raise InvalidServiceUrlError(reason="it does not begin with http:// or https:// and a host")
    if url.userinfo or url.query or url.fragment:
        raise InvalidServiceUrlError(reason="it has a user name, a query or a fragment")
    return url


def _reason(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split()).removesuffix(":")
