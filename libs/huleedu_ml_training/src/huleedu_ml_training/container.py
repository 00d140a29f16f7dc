"""The only place that knows every implementation.

One provider per room. A host replaces a part by passing a provider of its own, which wins over
ours::

    container = create_container(settings, MyDataProvider())

Implementations whose import is heavy (boosters, ONNX) are imported inside their provide method, so
that ``db upgrade`` does not wait for LightGBM.
"""

from dishka import AsyncContainer, Provider, Scope, from_context, make_async_container, provide

from huleedu_ml_training.config import Settings
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
        *overrides,
        context={Settings: settings},
    )
