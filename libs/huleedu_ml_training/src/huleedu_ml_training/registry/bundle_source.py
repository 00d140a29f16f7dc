"""The bundle that a registry reference means, for services that grade."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager, AsyncExitStack, suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from huleedu_essay_features.adapters.event_loop import EventLoopThread
from huleedu_ml_training.database.listening import Connect, listen
from huleedu_ml_training.export.bundle import Bundle
from huleedu_ml_training.registry.changes import CHANNEL, ChangeObserverProtocol, ChangesOfModel
from huleedu_ml_training.registry.references import ModelResolver, followed_name

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class OpenedRegistry:
    """A registry while it is open.

    Attributes:
        resolver: Says what a reference means.
        connect: Opens a connection to the registry's database, on which changes of stages are
            heard; None where nothing is to be heard.
    """

    resolver: ModelResolver
    connect: Connect | None = None


class RegistrySource:
    """Follows a reference such as ``models:/essay-scorer/production`` by asking the registry.

    The registry is asynchronous and its connections belong to one event loop; this source is
    called from any thread. It therefore keeps a loop in a thread of its own, on which the registry
    is opened with the first question and closed in the end.

    Args:
        open_registry: Opens the registry; called once, on the source's own event loop.
        reference: ``models:/NAME/STAGE``, ``models:/NAME/VERSION`` or an id.
    """

    def __init__(
        self,
        open_registry: Callable[[], AbstractAsyncContextManager[OpenedRegistry]],
        reference: str,
    ) -> None:
        self._open_registry = open_registry
        self._reference = reference
        self._loop = EventLoopThread("huleedu-registry-source")
        self._opened = AsyncExitStack()
        self._opening = asyncio.Lock()
        self._registry: OpenedRegistry | None = None
        self._listening: asyncio.Task[None] | None = None

    def current(self) -> str:
        """Return the id of the registered version that the reference means.

        Raises:
            NotFoundError: Nothing fits the reference.
            InvalidModelReferenceError: The reference is not of a known form.
            InfrastructureError: The registry cannot be asked.
        """

        async def ask() -> str:
            registry = await self._connected()
            return str((await registry.resolver.record(self._reference)).id)

        return self._run(ask)

    def load(self, identity: str) -> Bundle:
        """Return the bundle of a registered version, every byte of it verified.

        Raises:
            NotFoundError: The version is registered no more.
            DamagedModelError: Its bundle is absent, altered, or not the one that was registered.
            InfrastructureError: Registry or store cannot be read.
        """

        async def read() -> Bundle:
            registry = await self._connected()
            return await registry.resolver.resolve(identity)

        return self._run(read)

    def subscribe(self, observer: ChangeObserverProtocol) -> bool:
        """Tell an observer when another version may have come into the stage that is followed.

        Args:
            observer: Called on the source's own thread.

        Returns:
            Whether changes can be told: a reference to a version or an id always means the same.
        """
        name = followed_name(self._reference)
        if name is None:
            return False
        changes = ChangesOfModel(name, observer)

        async def start() -> bool:
            connect = (await self._connected()).connect
            if connect is not None:
                self._listening = asyncio.create_task(listen(connect, CHANNEL, changes))
            return connect is not None

        return self._run(start)

    def close(self) -> None:
        """Close the registry and end the thread."""
        if self._registry is not None:
            self._run(self._close)
        self._loop.close()

    async def _close(self) -> None:
        if self._listening is not None:
            self._listening.cancel()
            with suppress(asyncio.CancelledError):
                await self._listening
        self._registry, self._listening = None, None
        await self._opened.aclose()

    async def _connected(self) -> OpenedRegistry:
        async with self._opening:
            if self._registry is None:
                self._registry = await self._opened.enter_async_context(self._open_registry())
            return self._registry

    def _run(self, work: Callable[[], Coroutine[Any, Any, _T]]) -> _T:
        return self._loop.run(lambda _tell: work())
