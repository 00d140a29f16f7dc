"""A pipeline whose work is done by a feature service."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from huleedu_essay_features.adapters.event_loop import EventLoopThread
from huleedu_essay_features.protocols import EssayInput, ProgressCallback
from huleedu_essay_features.schema import FeatureSchema
from huleedu_essay_features.service.answers import read_schema, refusal
from huleedu_essay_features.service.batches import Batch, batches
from huleedu_essay_features.service.errors import (
    MissingServiceExtraError,
    ServiceAccessError,
    ServiceSchemaError,
    ServiceUnavailableError,
)
from huleedu_essay_features.service.limits import MEBIBYTE, ServiceLimits
from huleedu_essay_features.service.retrying import RetryPolicy
from huleedu_essay_features.service.wire import (
    EXTRACT_PATH,
    JSON,
    NPY,
    NPY_HEADER_BYTES,
    PROBLEM,
    SCHEMA_PATH,
    decode_npy,
    is_api_key,
)

if TYPE_CHECKING:
    from huleedu_essay_features.service.connection import ServiceConnection

_SCHEMA_BYTES = 64 * MEBIBYTE
_PROBLEM_BYTES = 64 * 1024
_OK = 200

_Rows = tuple[Batch, NDArray[np.float32]]


class RemoteFeaturePipeline:
    """Extracts features on another machine; equal to the pipeline there, bit for bit.

    Safe for concurrent use: calls share the connections. The schema is fetched when the pipeline
    is made, and its digest computed here. Every request names that digest and every answer must:
    a server that computes something else is an error before any of its values is used.

    Args:
        url: Of the service, as in ``https://features.example.org``.
        api_key: What the service was started with.
        batch_essays: Essays of a request, where the server takes more.
        concurrency: Requests at the same time, where the server takes more.
        timeout_s: How long an answer may take, waiting for its turn included.
        connect_timeout_s: How long a connection may take.
        retry: When to ask again; None for the defaults.
        correlation_id: Asked, in the thread of each call, for the UUID under which the service
            logs it; None for a new one each request.

    Raises:
        InvalidServiceUrlError: The URL cannot be one of a service.
        MissingServiceExtraError: The extra ``remote`` is not installed.
        ServiceAccessError: The API key is wrong or missing.
        ServiceAnswerError: What answered is not a feature service.
        ServiceSchemaError: The service's schema contradicts its digest, or cannot be read.
        ServiceUnavailableError: Nothing answered.
    """

    def __init__(
        self,
        url: str,
        *,
        api_key: str | None = None,
        batch_essays: int = 64,
        concurrency: int = 4,
        timeout_s: float = 300.0,
        connect_timeout_s: float = 10.0,
        retry: RetryPolicy | None = None,
        correlation_id: Callable[[], str | None] | None = None,
    ) -> None:
        try:
            from huleedu_essay_features.service.connection import (  # noqa: PLC0415
                ServiceConnection,
                base_url,
            )
        except ModuleNotFoundError as missing:
            if missing.name != "httpx":
                raise
            raise MissingServiceExtraError(extra="remote", package="httpx") from None
        checked_url = base_url(url)
        self._url = str(checked_url)
        if api_key is not None and not is_api_key(api_key):
            reason = "an API key consists of printable ASCII characters"
            raise ServiceAccessError(url=self._url, reason=reason)
        self._batch_essays = batch_essays
        self._correlation_id = correlation_id or (lambda: None)
        self._connect: Callable[[], ServiceConnection] = lambda: ServiceConnection(
            checked_url,
            api_key=api_key,
            timeout_s=timeout_s,
            connect_timeout_s=connect_timeout_s,
            concurrency=concurrency,
            retry=retry or RetryPolicy(),
        )
        self._loop = EventLoopThread("essay-features-client")
        self._connection: tuple[asyncio.AbstractEventLoop, ServiceConnection] | None = None
        self._closing: asyncio.Task[None] | None = None
        request_id = self._correlation_id()
        try:
            self._schema, self._limits = self._loop.run(lambda _: self._announced(request_id))
        except BaseException:
            self.close()
            raise
        self._digest = self._schema.digest
        self._concurrency = min(concurrency, self._limits.in_flight)

    @property
    def schema(self) -> FeatureSchema:
        """Names, definitions and digest of the columns, as the service announced them."""
        return self._schema

    def extract(
        self, essays: Sequence[EssayInput], *, progress: ProgressCallback | None = None
    ) -> NDArray[np.float32]:
        """Return ndarray of shape (n_essays, n_features); see the protocol.

        Raises:
            UnsupportedLanguageError: An essay is in a language without features.
            EssayExtractionError: A feature of an essay could not be computed.
            EssayTooLargeError: The service does not take an essay of that size.
            ServiceError: The service is gone, busy, refuses, or computes something else now.
            EssayFeaturesError: A part is missing there.
        """
        matrix = np.empty((len(essays), len(self._schema)), dtype=np.float32)
        done = 0

        def receive(rows: _Rows) -> None:
            nonlocal done
            batch, values = rows
            matrix[batch.start : batch.start + batch.size] = values
            for _ in range(batch.size):
                done += 1
                if progress is not None:
                    progress(done, len(essays))

        requests = batches(essays, self._digest, self._limits, most=self._batch_essays)
        request_id = self._correlation_id()
        try:
            self._loop.run(lambda tell: self._extract(requests, request_id, tell), receive)
        except asyncio.CancelledError:
            reason = "the client was closed meanwhile"
            raise ServiceUnavailableError(url=self._url, reason=reason) from None
        return matrix

    def close(self) -> None:
        """Close the connections; they are opened anew when they are needed again."""
        self._loop.close()

    async def _announced(self, request_id: str | None) -> tuple[FeatureSchema, ServiceLimits]:
        answer = await self._connected().request(
            SCHEMA_PATH,
            most_bytes=_SCHEMA_BYTES,
            accept=f"{JSON}, {PROBLEM}",
            correlation_id=request_id,
        )
        if answer.status != _OK:
            raise refusal(answer)
        return read_schema(answer)

    async def _extract(
        self, requests: Iterator[Batch], request_id: str | None, tell: Callable[[_Rows], None]
    ) -> None:
        """Work off requests, so many at a time; the first error ends the others."""

        async def work() -> None:
            for batch in requests:
                tell((batch, await self._rows(batch, request_id)))

        tasks = [asyncio.ensure_future(work()) for _ in range(self._concurrency)]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _rows(self, batch: Batch, request_id: str | None) -> NDArray[np.float32]:
        shape = (batch.size, len(self._schema))
        answer = await self._connected().request(
            EXTRACT_PATH,
            most_bytes=max(NPY_HEADER_BYTES + 4 * shape[0] * shape[1], _PROBLEM_BYTES),
            accept=f"{NPY}, {PROBLEM}",
            body=batch.body,
            correlation_id=request_id,
        )
        if answer.status != _OK:
            raise refusal(answer, start=batch.start)
        if answer.schema_digest != self._digest:
            got = answer.schema_digest or "missing"
            reason = f"the digest of its answer is {got}, expected {self._digest}"
            raise ServiceSchemaError(
                url=self._url, reason=reason, correlation_id=answer.correlation_id
            )
        if answer.media_type != NPY:
            raise answer.malformed(f"it answered {answer.media_type or 'nothing'}, expected {NPY}")
        try:
            rows = decode_npy(answer.content, shape)
        except ValueError as error:
            raise answer.malformed(f"its matrix cannot be read: {error}") from None
        if np.isinf(rows).any():
            raise answer.malformed("its matrix holds infinities")
        return rows

    def _connected(self) -> "ServiceConnection":
        """Return the connection of the event loop that is running; it is closed with the loop."""
        loop = asyncio.get_running_loop()
        if self._connection is None or self._connection[0] is not loop:
            connection = self._connect()
            self._connection = (loop, connection)
            self._closing = loop.create_task(_close_in_the_end(connection))
        return self._connection[1]


async def _close_in_the_end(connection: "ServiceConnection") -> None:
    try:
        await asyncio.Event().wait()
    finally:
        await connection.close()
