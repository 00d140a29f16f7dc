"""The only place that knows every implementation.

One provider per room. A host replaces a part by passing a provider of its own, which wins over
ours::

    container = create_container(settings, MyDataProvider())

Implementations whose import is heavy (boosters, ONNX) are imported inside their provide method, so
that ``db upgrade`` does not wait for LightGBM.
"""

from collections.abc import AsyncIterable, Iterable

from dishka import AsyncContainer, Provider, Scope, from_context, make_async_container, provide
from prometheus_client import CollectorRegistry
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from huleedu_essay_features.protocols import FeaturePipelineProtocol
from huleedu_ml_training.config import ModelSettings, Settings
from huleedu_ml_training.data.importer import EssayImporter
from huleedu_ml_training.data.loader import PostgresDataLoader
from huleedu_ml_training.data.protocols import DataLoaderProtocol, SplitterProtocol
from huleedu_ml_training.data.splitter import create_splitter
from huleedu_ml_training.database.engine import (
    ResolvedDatabase,
    create_engine,
    resolve_database,
)
from huleedu_ml_training.database.grants import Grants
from huleedu_ml_training.database.host_tables import HostTables
from huleedu_ml_training.database.migrations import Migrator
from huleedu_ml_training.domain.grades import GradeScale
from huleedu_ml_training.features.protocols import FeatureStoreProtocol
from huleedu_ml_training.features.service import FeatureService
from huleedu_ml_training.models.protocols import OrdinalClassifierTrainerProtocol
from huleedu_ml_training.observability.correlation import CorrelationId
from huleedu_ml_training.observability.metrics import MLMetrics
from huleedu_ml_training.registry.catalogue_protocol import ModelCatalogueProtocol
from huleedu_ml_training.registry.protocols import (
    ArtifactStoreProtocol,
    ModelRegistryProtocol,
    PromotionGateProtocol,
    RunStoreProtocol,
)
from huleedu_ml_training.registry.publishing import ModelPublisher
from huleedu_ml_training.registry.references import ModelResolver
from huleedu_ml_training.training.making_protocols import MakerProtocol, ReproducerProtocol
from huleedu_ml_training.training.preparation import DataPreparation
from huleedu_ml_training.training.progress import LogProgress
from huleedu_ml_training.training.protocols import (
    JudgeProtocol,
    ProgressProtocol,
    TrainerProtocol,
    TunerProtocol,
)
from huleedu_ml_training.training.validation_request import CrossValidatorProtocol


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
    def provide_grants(self, engine: AsyncEngine) -> Grants:
        """Return what says who may do what with our own tables."""
        return Grants(engine)

    @provide
    def provide_host_tables(self, engine: AsyncEngine, settings: Settings) -> HostTables:
        """Return what creates the host's tables where there is no host."""
        return HostTables(engine, settings.essays)


class ModelProvider(Provider):
    """What fits models."""

    @provide(scope=Scope.APP)
    def provide_classifier_trainer(self, settings: Settings) -> OrdinalClassifierTrainerProtocol:
        """Return the trainer of the kind and library that the settings choose."""
        from huleedu_ml_training.models.catalogue import create_trainer

        return create_trainer(settings.model, threads=settings.training.threads)


class DataProvider(Provider):
    """Reading, importing and dividing essays."""

    scope = Scope.APP

    @provide
    def provide_loader(
        self, engine: AsyncEngine, settings: Settings, scale: GradeScale
    ) -> DataLoaderProtocol:
        """Return the reader of the host's tables."""
        return PostgresDataLoader(
            engine, settings.essays, scale, batch_size=settings.database.stream_batch_size
        )

    @provide
    def provide_importer(self, engine: AsyncEngine, settings: Settings) -> EssayImporter:
        """Return the writer of the host's essays table."""
        return EssayImporter(engine, settings.essays)

    @provide
    def provide_splitter(self, settings: Settings) -> SplitterProtocol:
        """Return the splitting scheme of the settings."""
        return create_splitter(settings.split)


class FeatureProvider(Provider):
    """Extracting features and keeping them."""

    scope = Scope.APP

    @provide
    def provide_pipeline(self, settings: Settings) -> Iterable[FeaturePipelineProtocol]:
        """Give the pipeline of the settings, and end its processes in the end."""
        from huleedu_ml_training.features.pipelines import open_pipeline

        pipeline = open_pipeline(settings.features)
        yield pipeline
        pipeline.close()

    @provide
    def provide_service(
        self, pipeline: FeaturePipelineProtocol, store: FeatureStoreProtocol, settings: Settings
    ) -> FeatureService:
        """Return what adds features to data sets."""
        return FeatureService(
            pipeline,
            store,
            batch_size=settings.features.batch_size,
            near_duplicate=settings.features.near_duplicate,
        )


class PostgresFeatureStoreProvider(Provider):
    """Keeping features in the database."""

    @provide(scope=Scope.APP)
    def provide_store(self, engine: AsyncEngine) -> FeatureStoreProtocol:
        """Return the store in the database."""
        from huleedu_ml_training.features.store import PostgresFeatureStore

        return PostgresFeatureStore(engine)


class ParquetFeatureStoreProvider(Provider):
    """Keeping features in files; apart, so that the database is never asked for."""

    @provide(scope=Scope.APP)
    def provide_store(self, settings: Settings) -> FeatureStoreProtocol:
        """Return the store in the directory of the settings."""
        from huleedu_ml_training.features.parquet.store import ParquetFeatureStore

        return ParquetFeatureStore(settings.features_dir)


class RegistryProvider(Provider):
    """Bundles, versions with their ledger, and runs."""

    scope = Scope.APP

    @provide
    def provide_artifacts(self, settings: Settings) -> ArtifactStoreProtocol:
        """Return the store of bundles that the settings mean; needs no database."""
        from huleedu_ml_training.registry.artifacts.opening import open_artifact_store

        return open_artifact_store(settings)

    @provide
    def provide_gate(self, settings: Settings, progress: ProgressProtocol) -> PromotionGateProtocol:
        """Return the gate of the policy that the settings mean."""
        from huleedu_ml_training.registry.gating.policy_file import policy_in_force
        from huleedu_ml_training.registry.gating.policy_gate import PolicyGate

        policy = policy_in_force(settings.registry)
        if settings.registry.policy is None or not policy.names_essays:
            return PolicyGate(policy)
        from huleedu_ml_training.training.frozen_essays import FrozenEssayScorer

        root = settings.registry.policy.absolute().parent
        return PolicyGate(policy, FrozenEssayScorer(settings.features, root, progress))

    @provide
    def provide_registry(
        self, engine: AsyncEngine, gate: PromotionGateProtocol, artifacts: ArtifactStoreProtocol
    ) -> ModelRegistryProtocol:
        """Return the registry in the database."""
        from huleedu_ml_training.registry.postgres_registry import PostgresModelRegistry

        return PostgresModelRegistry(engine, gate, artifacts)

    @provide
    def provide_catalogue(self, engine: AsyncEngine) -> ModelCatalogueProtocol:
        """Return what finds versions in the database, and tags them."""
        from huleedu_ml_training.registry.catalogue import PostgresModelCatalogue

        return PostgresModelCatalogue(engine)

    @provide
    def provide_publisher(
        self, artifacts: ArtifactStoreProtocol, registry: ModelRegistryProtocol
    ) -> ModelPublisher:
        """Return what stores finished bundles and registers them."""
        return ModelPublisher(artifacts, registry)

    @provide
    async def provide_runs(
        self, engine: AsyncEngine, settings: Settings, metrics: MLMetrics
    ) -> AsyncIterable[RunStoreProtocol]:
        """Give the runs of the database, and let go of those at work in the end."""
        from huleedu_ml_training.registry.runs.store import PostgresRunStore

        runs = PostgresRunStore(engine)
        if settings.tracking.mlflow_uri is None:
            yield runs
        else:
            from huleedu_ml_training.registry.runs.mlflow_sink import MlflowSink
            from huleedu_ml_training.registry.runs.sink import AnnouncingRunStore

            yield AnnouncingRunStore(runs, MlflowSink(settings.tracking), metrics)
        await runs.close()


class ObservabilityProvider(Provider):
    """Metrics in a registry of their own, and progress as log lines."""

    scope = Scope.APP

    @provide
    def provide_metrics_registry(self) -> CollectorRegistry:
        """Return a registry of ours; a host passes its own."""
        return CollectorRegistry()

    metrics = provide(MLMetrics)
    progress = provide(LogProgress, provides=ProgressProtocol)


class TrainingProvider(Provider):
    """Training, tuning and judging."""

    scope = Scope.APP

    preparation = provide(DataPreparation)

    @provide
    def provide_maker(
        self,
        settings: Settings,
        splitter: SplitterProtocol,
        classifier_trainer: OrdinalClassifierTrainerProtocol,
        progress: ProgressProtocol,
        metrics: MLMetrics,
    ) -> MakerProtocol:
        """Return what makes graders; LightGBM and onnx are imported here."""
        from huleedu_ml_training.models.catalogue import create_companions
        from huleedu_ml_training.training.fitting import GraderFitter
        from huleedu_ml_training.training.making import GraderMaker

        companions = create_companions(settings.model, threads=settings.training.threads)
        fitter = GraderFitter(settings, classifier_trainer, splitter, progress, companions)
        return GraderMaker(settings, fitter, progress, metrics)

    @provide
    def provide_reproducer(
        self,
        settings: Settings,
        preparation: DataPreparation,
        maker: MakerProtocol,
        runs: RunStoreProtocol,
        metrics: MLMetrics,
    ) -> ReproducerProtocol:
        """Return what trains runs of these settings again."""
        from huleedu_ml_training.training.reproducing import RunReproducer

        return RunReproducer(settings, preparation, maker, runs, metrics)

    @provide
    def provide_trainer(
        self,
        settings: Settings,
        preparation: DataPreparation,
        maker: MakerProtocol,
        runs: RunStoreProtocol,
        publisher: ModelPublisher,
        progress: ProgressProtocol,
        metrics: MLMetrics,
    ) -> TrainerProtocol:
        """Return the trainer."""
        from huleedu_ml_training.training.trainer import GraderTrainer

        return GraderTrainer(settings, preparation, maker, runs, publisher, progress, metrics)

    @provide
    def provide_tuner(
        self,
        settings: Settings,
        preparation: DataPreparation,
        splitter: SplitterProtocol,
        runs: RunStoreProtocol,
        database: ResolvedDatabase,
        progress: ProgressProtocol,
        metrics: MLMetrics,
    ) -> TunerProtocol:
        """Return the tuner; Optuna is imported here."""
        from huleedu_ml_training.models.catalogue import create_trainer
        from huleedu_ml_training.training.hyperparameter import OptunaTuner

        def make_trainer(model: ModelSettings) -> OrdinalClassifierTrainerProtocol:
            return create_trainer(model, threads=settings.training.threads)

        return OptunaTuner(
            settings, preparation, splitter, make_trainer, runs, database, progress, metrics
        )

    @provide
    def provide_cross_validator(
        self,
        settings: Settings,
        preparation: DataPreparation,
        classifier_trainer: OrdinalClassifierTrainerProtocol,
        runs: RunStoreProtocol,
        progress: ProgressProtocol,
        metrics: MLMetrics,
    ) -> CrossValidatorProtocol:
        """Return what cross-validates, by either protocol."""
        from huleedu_ml_training.models.catalogue import create_companions
        from huleedu_ml_training.training.cross_validation import (
            CrossValidator,
            validation_protocols,
        )

        companions = create_companions(settings.model, threads=settings.training.threads)
        protocols = validation_protocols(classifier_trainer, companions, create_splitter)
        return CrossValidator(
            settings, preparation, protocols, create_splitter, runs, progress, metrics
        )

    @provide
    def provide_resolver(
        self, settings: Settings, container: AsyncContainer, artifacts: ArtifactStoreProtocol
    ) -> ModelResolver:
        """Return the resolver; it asks for the registry, and so the database, when it must."""
        return ModelResolver(settings, lambda: container.get(ModelRegistryProtocol), artifacts)

    @provide
    def provide_judge(
        self,
        settings: Settings,
        resolver: ModelResolver,
        container: AsyncContainer,
        progress: ProgressProtocol,
        metrics: MLMetrics,
    ) -> JudgeProtocol:
        """Return the judge; onnxruntime is imported here, and the database used when it must."""
        from huleedu_ml_training.training.judging import ModelJudge
        from huleedu_ml_training.training.recording import EvaluationRecorder

        recorder = EvaluationRecorder(settings, lambda: container.get(RunStoreProtocol), metrics)
        return ModelJudge(
            settings, resolver, lambda: container.get(DataLoaderProtocol), progress, recorder
        )


def create_container(settings: Settings, *overrides: Provider) -> AsyncContainer:
    """Assemble the library.

    Args:
        settings: Where everything is and how it behaves.
        overrides: Providers that win over the built-in ones.

    Returns:
        An application-scoped container; close it to stop what it started. Enter it with
        ``container(context={CorrelationId: ...})`` for one operation.
    """
    store = settings.features.store
    return make_async_container(
        SettingsProvider(),
        DatabaseProvider(),
        RegistryProvider(),
        DataProvider(),
        FeatureProvider(),
        ParquetFeatureStoreProvider() if store == "parquet" else PostgresFeatureStoreProvider(),
        ModelProvider(),
        ObservabilityProvider(),
        TrainingProvider(),
        *overrides,
        context={Settings: settings},
    )
