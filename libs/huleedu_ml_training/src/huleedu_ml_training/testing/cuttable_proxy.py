"""A way to a PostgreSQL server that breaks at a chosen request."""

import asyncio
from enum import StrEnum
from urllib.parse import parse_qsl, urlencode, urlsplit

_CHUNK = 1 << 16


class Cut(StrEnum):
    """Where a connection breaks."""

    BEFORE = "before"
    """The request never reaches the server, which sees the connection end."""
    AFTER = "after"
    """The server does what was asked, and its answer is lost."""
    HALF = "half"
    """The request never reaches the server, which does not see that its client is gone."""


class CuttableProxy:
    """Passes bytes on between clients and a server; an async context manager.

    What a client sends at once counts as one request, as asyncpg sends what it waits for an answer
    to. Connecting takes requests too, so connect before :meth:`cut_at`.

    Args:
        url: The server, without a driver.

    Attributes:
        fired: The request at which the connection broke; None until it does.
        accepts: Whether new connections get through.
    """

    def __init__(self, url: str) -> None:
        self.fired: bytes | None = None
        self.accepts = True
        self._parts = urlsplit(url)
        self._options = dict(parse_qsl(self._parts.query))
        self._server: asyncio.Server | None = None
        self._left: int | None = None
        self._cut = Cut.BEFORE
        self._orphans: list[asyncio.StreamWriter] = []
        self._open: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> "CuttableProxy":
        """Listen."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Break every connection and listen no more."""
        assert self._server is not None
        self._server.close()
        for writer in [*self._open, *self._orphans]:
            writer.close()
        await self._server.wait_closed()

    @property
    def url(self) -> str:
        """The way through the proxy, without a driver."""
        assert self._server is not None
        port = self._server.sockets[0].getsockname()[1]
        user, _, _ = self._parts.netloc.rpartition("@")
        options = {k: v for k, v in self._options.items() if k not in {"host", "port"}}
        query = urlencode({**options, "sslmode": "disable"})
        return f"postgresql://{user}@127.0.0.1:{port}{self._parts.path}?{query}"

    def cut_at(self, request: int, cut: Cut) -> None:
        """Break the connection that sends a request from now, counted from 1."""
        self._left, self._cut, self.fired = request, cut, None

    def disarm(self) -> None:
        """Break nothing."""
        self._left = None

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        host = self._options.get("host") or self._parts.hostname or "127.0.0.1"
        port = int(self._options.get("port") or self._parts.port or 5432)
        if host.startswith("/"):
            return await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
        return await asyncio.open_connection(host, port)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self.accepts:
            writer.close()
            return
        try:
            from_server, to_server = await self._connect()
        except OSError:
            writer.close()
            return
        own = {writer, to_server}
        self._open |= own
        unheard = asyncio.Event()
        pumps = [
            asyncio.create_task(self._requests(reader, to_server, unheard)),
            asyncio.create_task(_answers(from_server, writer, unheard)),
        ]
        await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        for pump in pumps:
            pump.cancel()
        await asyncio.gather(*pumps, return_exceptions=True)
        for end in own - set(self._orphans):
            end.close()
        self._open -= own

    async def _requests(
        self,
        client: asyncio.StreamReader,
        to_server: asyncio.StreamWriter,
        unheard: asyncio.Event,
    ) -> None:
        while data := await client.read(_CHUNK):
            if self._left is not None:
                self._left -= 1
                if self._left == 0:
                    self._left, self.fired = None, data
                    if self._cut is Cut.HALF:
                        self._orphans.append(to_server)
                    if self._cut is not Cut.AFTER:
                        return
                    unheard.set()
            to_server.write(data)
            await to_server.drain()


async def _answers(
    server: asyncio.StreamReader, to_client: asyncio.StreamWriter, unheard: asyncio.Event
) -> None:
    while data := await server.read(_CHUNK):
        if unheard.is_set():
            return
        to_client.write(data)
        await to_client.drain()
