"""Conducting a training run from essays to a registered version."""

from datetime import UTC, datetime
from uuid import UUID

import structlog

from huleedu_ml_training.config import Settings
from huleedu_ml_training.config_loader import masked
from huleedu_ml_training.domain.dataset import EssayDataset
from huleedu_ml_training.inference.graph import GraderGraph
from huleedu_ml_training.metrics.evaluation import EvaluationReport, evaluate_predictions
from huleedu_ml_training.observability.metrics import MLMetrics
from huleedu_ml_training.registry.protocols import RunStoreProtocol
from huleedu_ml_training.registry.publishing import ModelPublisher
from huleedu_ml_training.registry.records import RunKind
from huleedu_ml_training.training.checkpoints import CheckpointStore
from huleedu_ml_training.training.contents import BundleContents
from huleedu_ml_training.training.fitting import FittedGrader, GraderFitter
from huleedu_ml_training.training.interruption import StopSignal, run_stoppable
from huleedu_ml_training.training.packaging import build_bundle, export_grader
from huleedu_ml_training.training.preparation import (
    DataPreparation,
    PreparedData,
    inputs_digest,
)
from huleedu_ml_training.training.protocols import ProgressProtocol, TrainingRequest
from huleedu_ml_training.training.results import TrainingResult
from huleedu_ml_training.training.runs import tracked_run


class GraderTrainer:
    """Trains, judges, exports and registers; implements TrainerProtocol."""

    def __init__(
        self,
        settings: Settings,
        preparation: DataPreparation,
        fitter: GraderFitter,
        runs: RunStoreProtocol,
        publisher: ModelPublisher,
        progress: ProgressProtocol,
        metrics: MLMetrics,
    ) -> None:
        self._settings = settings
        self._preparation = preparation
        self._fitter = fitter
        self._runs = runs
        self._publisher = publisher
        self._progress = progress
        self._metrics = metrics
        self._log = structlog.get_logger("huleedu_ml_training.trainer")

    async def train(self, request: TrainingRequest) -> TrainingResult:
        """Load, extract, split, fit, calibrate, evaluate, export, store and register."""
        prepared = await self._preparation.prepare(request.selection)
        digest = inputs_digest("train", self._settings, prepared.dataset, prepared.split, {})
        async with tracked_run(
            self._runs,
            self._metrics,
            kind=RunKind.TRAIN,
            experiment_name=request.experiment_name,
            inputs_digest=digest,
            config=masked(self._settings),
            dataset_digest=prepared.summary.dataset_digest,
            correlation_id=request.correlation_id,
            may_resume=self._settings.training.resume,
        ) as run:
            checkpoints = CheckpointStore(self._settings.runs_dir, run.record.id)

            def fit(stop: StopSignal) -> FittedGrader:
                return self._fitter.fit(prepared, checkpoints, stop)

            with self._metrics.timed("fit"):
                fitted = await run_stoppable(fit)
            contents = await self._judge_and_export(request, run.record.id, prepared, fitted)
            moment = datetime.now(UTC).replace(microsecond=0)
            with self._progress.phase("Storing and registering"):
                model = await self._publisher.publish(
                    lambda version: build_bundle(contents, version, moment),
                    created_at=moment,
                    actor=request.actor,
                    run_id=run.record.id,
                    correlation_id=request.correlation_id,
                )
            # The row says completed only when everything it speaks of is on disk and registered.
            await run.complete({"model_id": str(model.id), **contents.evaluation.to_dict()})
        checkpoints.clear()
        self._metrics.last_success.set_to_current_time()
        self._log.info("model_registered", model_id=str(model.id), version=model.version)
        return TrainingResult(
            run=run.record,
            model=model,
            evaluation=contents.evaluation,
            data=prepared.summary,
            resumed=fitted.resumed,
        )

    async def _judge_and_export(
        self,
        request: TrainingRequest,
        run_id: UUID,
        prepared: PreparedData,
        fitted: FittedGrader,
    ) -> BundleContents:
        test = prepared.dataset.take(prepared.split.test)

        def work(stop: StopSignal) -> BundleContents:
            with self._progress.phase("Exporting ONNX"), self._metrics.timed("export"):
                exported = export_grader(prepared.dataset, fitted.grader, self._settings)
                stop.check()
            with self._progress.phase("Evaluating"), self._metrics.timed("evaluate"):
                evaluation = evaluate_graph(exported.graph, test, self._settings)
                stop.check()
            self._metrics.test_qwk.set(evaluation.values["qwk"].value)
            return BundleContents(
                model_name=request.model_name or self._settings.registry.model_name,
                experiment_name=request.experiment_name,
                run_id=run_id,
                settings=self._settings,
                prepared=prepared,
                fitted=fitted,
                evaluation=evaluation,
                exported=exported,
            )

        return await run_stoppable(work)


def evaluate_graph(graph: bytes, test: EssayDataset, settings: Settings) -> EvaluationReport:
    """Return the metrics of the held-out test part.

    The exported graph is judged, not the model it was made from: what the figures speak of is
    what services will load.
    """
    if test.features is None:
        msg = "the data set has no features"
        raise ValueError(msg)
    session = GraderGraph(graph, scale=test.scale, n_features=test.features.shape[1])
    return evaluate_predictions(
        session.predict(test.features),
        test.grades,
        prompts=test.prompts,
        settings=settings.evaluation,
    )
