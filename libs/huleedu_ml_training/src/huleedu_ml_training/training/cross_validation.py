"""Conducting a cross-validation from essays to figures."""

from collections.abc import Mapping, Sequence
from typing import Any

from huleedu_ml_training.config import Settings
from huleedu_ml_training.config_loader import masked
from huleedu_ml_training.models.protocols import OrdinalClassifierTrainerProtocol
from huleedu_ml_training.observability.metrics import MLMetrics
from huleedu_ml_training.registry.protocols import RunStoreProtocol
from huleedu_ml_training.registry.runs.records import NewRun, RunKind
from huleedu_ml_training.training.checkpoints import CheckpointStore
from huleedu_ml_training.training.held_out import HeldOut
from huleedu_ml_training.training.interruption import StopSignal, run_stoppable
from huleedu_ml_training.training.legacy_validation import LegacyProtocol
from huleedu_ml_training.training.preparation import (
    DataPreparation,
    PreparedData,
    inputs_digest,
)
from huleedu_ml_training.training.protocols import ProgressProtocol
from huleedu_ml_training.training.run_requests import SELECTION, selection_document
from huleedu_ml_training.training.runs import tracked_run
from huleedu_ml_training.training.validation import (
    HonestProtocol,
    PassWork,
    SplitterFactory,
    ValidationProtocol,
)
from huleedu_ml_training.training.validation_judging import ValidationJudge
from huleedu_ml_training.training.validation_plan import PlannedPass, cell_name, plan_passes
from huleedu_ml_training.training.validation_progress import FitProgress
from huleedu_ml_training.training.validation_report import ValidationReport, ValidationResult
from huleedu_ml_training.training.validation_request import ValidationRequest


class CrossValidator:
    """Scores every essay by graders that never saw it; implements CrossValidatorProtocol.

    Args:
        settings: Everything; ``settings.split`` says how folds are made.
        preparation: Loads essays and adds features.
        protocols: Name → protocol.
        make_splitter: Makes splitters.
        runs: Remembers the run.
        progress: Is told of the fits.
        metrics: Counts runs.
    """

    def __init__(
        self,
        settings: Settings,
        preparation: DataPreparation,
        protocols: Mapping[str, ValidationProtocol],
        make_splitter: SplitterFactory,
        runs: RunStoreProtocol,
        progress: ProgressProtocol,
        metrics: MLMetrics,
    ) -> None:
        self._settings = settings
        self._preparation = preparation
        self._protocols = protocols
        self._make_splitter = make_splitter
        self._runs = runs
        self._progress = progress
        self._metrics = metrics

    async def validate(self, request: ValidationRequest) -> ValidationResult:
        """Cross-validate; see :class:`CrossValidatorProtocol`."""
        request.require_random_splits(self._settings.split.scheme)
        prepared = await self._preparation.prepare(request.selection)
        # All folds before any fit: what cannot be divided is told at once.
        passes = plan_passes(request, prepared.dataset, self._settings, self._make_splitter)
        digest = inputs_digest(
            "cv",
            self._settings,
            prepared.dataset,
            prepared.split,
            {
                **request.options(),
                "evaluation": self._settings.evaluation.model_dump(mode="json"),
                "folds": [fold.digest for each in passes.values() for fold in each.folds],
            },
        )
        async with tracked_run(
            self._runs,
            self._metrics,
            NewRun(
                kind=RunKind.CV,
                experiment_name=request.experiment_name,
                inputs_digest=digest,
                config=masked(self._settings),
                dataset_digest=prepared.summary.dataset_digest,
                correlation_id=request.correlation_id,
                request={SELECTION: selection_document(request.selection), **request.options()},
            ),
            may_resume=self._settings.training.resume,
        ) as run:
            checkpoints = CheckpointStore(self._settings.runs_dir, run.record.id)
            protocol = self._protocols[request.protocol]

            def work(stop: StopSignal) -> tuple[dict[str, HeldOut], ValidationReport]:
                with self._metrics.timed("fit"):
                    scored = self._score(protocol, prepared, passes, checkpoints, stop)
                judge = ValidationJudge(
                    request, prepared.dataset, self._settings, passes, scored, stop
                )
                with self._progress.phase("Evaluating"), self._metrics.timed("evaluate"):
                    return scored, judge.report(protocol.caveats)

            scored, report = await run_stoppable(work)
            await run.complete(run_figures(report))
        checkpoints.clear()
        return ValidationResult(
            run=run.record,
            report=report,
            passes=tuple(scored[cell_name(0, split)] for split in range(request.repeats)),
            dataset=prepared.dataset,
            resumed=run.resumed,
        )

    def _score(
        self,
        protocol: ValidationProtocol,
        prepared: PreparedData,
        passes: Mapping[str, PlannedPass],
        checkpoints: CheckpointStore,
        stop: StopSignal,
    ) -> dict[str, HeldOut]:
        steps = protocol.steps_per_fold(self._settings)
        total = steps * sum(len(each.folds) for each in passes.values())
        with self._progress.phase("Cross-validating", total) as phase:
            progress = FitProgress(phase, steps)
            return {
                name: protocol.score(
                    PassWork(
                        settings=each.settings,
                        prepared=prepared,
                        folds=each.folds,
                        checkpoints=checkpoints.inside(name),
                        stop=stop,
                        progress=progress,
                    )
                )
                for name, each in passes.items()
            }


def run_figures(report: ValidationReport) -> dict[str, Any]:
    """Return the report with the figures of the chosen rule where all kinds of runs keep theirs."""
    chosen = {name: value.to_dict() for name, value in report.chosen.values.items()}
    return {**report.to_dict(), "values": chosen}


def validation_protocols(
    trainer: OrdinalClassifierTrainerProtocol,
    companions: Sequence[OrdinalClassifierTrainerProtocol],
    make_splitter: SplitterFactory,
) -> dict[str, ValidationProtocol]:
    """Return every protocol by its name."""
    protocols = (
        HonestProtocol(trainer, companions, make_splitter),
        LegacyProtocol(trainer, companions),
    )
    return {protocol.name: protocol for protocol in protocols}
