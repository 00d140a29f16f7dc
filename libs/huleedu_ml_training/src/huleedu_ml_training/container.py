"""The only place that knows every implementation.

One provider per room. A host replaces a part by passing a provider of its own, which wins over
ours::

    container = create_container(settings, MyDataProvider())

Implementations whose import is heavy (boosters, ONNX) are imported inside their provide method, so
that ``db upgrade`` does not wait for LightGBM.
"""

from collections.abc import AsyncIterable

from dishka import AsyncContainer, Provider, Scope, from_context, make_async_container, provide
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from huleedu_ml_training.config import Settings
from huleedu_ml_training.database.engine import (
    ResolvedDatabase,
    create_engine,
    resolve_database,
)
from huleedu_ml_training.database.host_tables import HostTables
from huleedu_ml_training.database.migrations import Migrator
from huleedu_ml_training.domain.grades import GradeScale
from huleedu_ml_training.observability.correlation import CorrelationId


class SettingsProvider(Provider):
    """Settings, and what follows from them alone."""

    settings = from_context(Settings, scope=Scope.APP)
    correlation_id = from_context(CorrelationId, scope=Scope.REQUEST)

    @provide(scope=Scope.APP)
    def provide_scale(self, settings: Settings) -> GradeScale:
        """Return the grade scale of the settings."""
        return GradeScale.resolve(settings.scale)


class DatabaseProvider(Provider):
    """The database, embedded or not, and engines on it; all of it starts when first asked for."""

    scope = Scope.APP

    @provide
    async def provide_database(self, settings: Settings) -> AsyncIterable[ResolvedDatabase]:
        """Give the database of the settings, and leave the embedded server in the end."""
        async with resolve_database(settings) as database:
            yield database

    @provide
    async def provide_engine(
        self, database: ResolvedDatabase, settings: Settings
    ) -> AsyncIterable[AsyncEngine]:
        """Give an engine, and close its connections in the end."""
        engine = create_engine(database, settings.database)
        yield engine
        await engine.dispose()

    @provide
    def provide_sessions(self, engine: AsyncEngine) -> async_sessionmaker[AsyncSession]:
        """Return the factory of sessions; objects stay usable after a commit."""
        return async_sessionmaker(engine, expire_on_commit=False)

    @provide
    def provide_migrator(self, engine: AsyncEngine) -> Migrator:
        """Return what keeps our own tables up to date."""
        return Migrator(engine)

    @provide
    def provide_host_tables(self, engine: AsyncEngine, settings: Settings) -> HostTables:
        """Return what creates the host's tables where there is no host."""
        return HostTables(engine, settings.essays)


def create_container(settings: Settings, *overrides: Provider) -> AsyncContainer:
    """Assemble the library.

    Args:
        settings: Where everything is and how it behaves.
        overrides: Providers that win over the built-in ones.

    Returns:
        An application-scoped container; close it to stop what it started. Enter it with
        ``container(context={CorrelationId: ...})`` for one operation.
    """
    return make_async_container(
        SettingsProvider(),
        DatabaseProvider(),
        *overrides,
        context={Settings: settings},
    )
