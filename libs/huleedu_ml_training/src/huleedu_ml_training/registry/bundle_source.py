"""The bundle that a registry reference means, for services that grade."""

from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import Any, TypeVar

from huleedu_essay_features.adapters.event_loop import EventLoopThread
from huleedu_ml_training.export.bundle import Bundle
from huleedu_ml_training.registry.references import ModelResolver

_T = TypeVar("_T")


class RegistrySource:
    """Follows a reference such as ``models:/essay-scorer/production`` by asking the registry.

    The registry is asynchronous and its connections belong to one event loop; this source is
    called from any thread. It therefore keeps a loop in a thread of its own, on which the registry
    is opened with the first question and closed in the end.

    Args:
        open_resolver: Opens the registry; called once, on the source's own event loop.
        reference: ``models:/NAME/STAGE``, ``models:/NAME/VERSION`` or an id.
    """

    def __init__(
        self,
        open_resolver: Callable[[], AbstractAsyncContextManager[ModelResolver]],
        reference: str,
    ) -> None:
        self._open_resolver = open_resolver
        self._reference = reference
        self._loop = EventLoopThread("huleedu-registry-source")
        self._opened = AsyncExitStack()
        self._resolver: ModelResolver | None = None

    def current(self) -> str:
        """Return the id of the registered version that the reference means.

        Raises:
            NotFoundError: Nothing fits the reference.
            InvalidModelReferenceError: The reference is not of a known form.
            InfrastructureError: The registry cannot be asked.
        """

        async def ask() -> str:
            resolver = await self._connected()
            return str((await resolver.record(self._reference)).id)

        return self._run(ask)

    def load(self, identity: str) -> Bundle:
        """Return the bundle of a registered version, every byte of it verified.

        Raises:
            NotFoundError: The version is registered no more.
            DamagedModelError: Its bundle is absent, altered, or not the one that was registered.
            InfrastructureError: Registry or store cannot be read.
        """

        async def read() -> Bundle:
            resolver = await self._connected()
            return await resolver.resolve(identity)

        return self._run(read)

    def close(self) -> None:
        """Close the registry and end the thread."""
        if self._resolver is not None:
            self._resolver = None
            self._run(self._opened.aclose)
        self._loop.close()

    async def _connected(self) -> ModelResolver:
        if self._resolver is None:
            self._resolver = await self._opened.enter_async_context(self._open_resolver())
        return self._resolver

    def _run(self, work: Callable[[], Coroutine[Any, Any, _T]]) -> _T:
        return self._loop.run(lambda _tell: work())
