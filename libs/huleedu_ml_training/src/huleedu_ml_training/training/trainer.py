"""Conducting a training run from essays to a registered version."""

from datetime import UTC, datetime

import structlog

from huleedu_ml_training.config import Settings
from huleedu_ml_training.config_loader import masked
from huleedu_ml_training.observability.metrics import MLMetrics
from huleedu_ml_training.registry.protocols import RunStoreProtocol
from huleedu_ml_training.registry.publishing import ModelPublisher
from huleedu_ml_training.registry.runs.records import NewRun, RunKind
from huleedu_ml_training.training.checkpoints import CheckpointStore
from huleedu_ml_training.training.making_protocols import MakerProtocol
from huleedu_ml_training.training.packaging import build_bundle
from huleedu_ml_training.training.preparation import DataPreparation, inputs_digest
from huleedu_ml_training.training.protocols import ProgressProtocol, TrainingRequest
from huleedu_ml_training.training.results import TrainingResult
from huleedu_ml_training.training.run_requests import MODEL_NAME, SELECTION, selection_document
from huleedu_ml_training.training.runs import tracked_run


class GraderTrainer:
    """Trains, judges, exports and registers; implements TrainerProtocol."""

    def __init__(
        self,
        settings: Settings,
        preparation: DataPreparation,
        maker: MakerProtocol,
        runs: RunStoreProtocol,
        publisher: ModelPublisher,
        progress: ProgressProtocol,
        metrics: MLMetrics,
    ) -> None:
        self._settings = settings
        self._preparation = preparation
        self._maker = maker
        self._runs = runs
        self._publisher = publisher
        self._progress = progress
        self._metrics = metrics
        self._log = structlog.get_logger("huleedu_ml_training.trainer")

    async def train(self, request: TrainingRequest) -> TrainingResult:
        """Load, extract, split, fit, calibrate, evaluate, export, store and register."""
        model_name = request.model_name or self._settings.registry.model_name
        prepared = await self._preparation.prepare(request.selection)
        digest = inputs_digest("train", self._settings, prepared.dataset, prepared.split, {})
        async with tracked_run(
            self._runs,
            self._metrics,
            NewRun(
                kind=RunKind.TRAIN,
                experiment_name=request.experiment_name,
                inputs_digest=digest,
                config=masked(self._settings),
                dataset_digest=prepared.summary.dataset_digest,
                correlation_id=request.correlation_id,
                request={MODEL_NAME: model_name, SELECTION: selection_document(request.selection)},
            ),
            may_resume=self._settings.training.resume,
        ) as run:
            checkpoints = CheckpointStore(self._settings.runs_dir, run.record.id)
            contents = await self._maker.make(
                prepared,
                checkpoints,
                model_name=model_name,
                experiment_name=request.experiment_name,
                run_id=run.record.id,
            )
            self._metrics.test_qwk.set(contents.evaluation.values["qwk"].value)
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
            registered = {"model_id": str(model.id), "model_version": model.version}
            await run.complete({**registered, **contents.evaluation.to_dict()})
        checkpoints.clear()
        self._metrics.last_success.set_to_current_time()
        self._log.info("model_registered", model_id=str(model.id), version=model.version)
        return TrainingResult(
            run=run.record,
            model=model,
            evaluation=contents.evaluation,
            data=prepared.summary,
            resumed=contents.fitted.resumed,
        )
