"""The rows that evaluations leave behind."""

import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import structlog

from huleedu_ml_training.config import Settings
from huleedu_ml_training.config_loader import masked
from huleedu_ml_training.domain.dataset import EssayDataset
from huleedu_ml_training.domain.errors import InfrastructureError
from huleedu_ml_training.export.bundle import Bundle
from huleedu_ml_training.observability.metrics import MLMetrics
from huleedu_ml_training.registry.runs.protocol import RunStoreProtocol
from huleedu_ml_training.registry.runs.records import NewRun, RunKind
from huleedu_ml_training.training.judging_requests import EvaluationRequest
from huleedu_ml_training.training.run_requests import MODEL_NAME, SELECTION, selection_document
from huleedu_ml_training.training.runs import TrackedRun, tracked_run

_EXPERIMENT = "evaluate"


class RecordedEvaluation:
    """The row of one evaluation, if it has one."""

    def __init__(self, run: TrackedRun | None) -> None:
        self._run = run

    async def complete(self, metrics: Mapping[str, Any]) -> None:
        """Set the run to completed; a database that fails now takes no figures from the user."""
        if self._run is not None:
            try:
                await self._run.complete(metrics)
            except InfrastructureError as error:
                _warn(error)


class EvaluationRecorder:
    """Keeps a row of every evaluation where there is a database to keep it in.

    A bundle can be judged on a file without any database: one that is absent, that cannot be
    reached or that may only be read costs the row and a warning, never the figures.

    Args:
        settings: Kept with the row; name the database.
        runs: Gives the store of runs; asked for when an evaluation begins.
        metrics: Counts runs.
    """

    def __init__(
        self,
        settings: Settings,
        runs: Callable[[], Awaitable[RunStoreProtocol]],
        metrics: MLMetrics,
    ) -> None:
        self._settings = settings
        self._runs = runs
        self._metrics = metrics

    @asynccontextmanager
    async def recorded(
        self, request: EvaluationRequest, bundle: Bundle, dataset: EssayDataset
    ) -> AsyncIterator[RecordedEvaluation]:
        """Keep the row of an evaluation true to what happens inside the context.

        Raises:
            RunInterruptedError: The task was cancelled, and the run is recorded as interrupted.
        """
        async with AsyncExitStack() as stack:
            yield RecordedEvaluation(await self._begin(stack, request, bundle, dataset))

    async def _begin(
        self,
        stack: AsyncExitStack,
        request: EvaluationRequest,
        bundle: Bundle,
        dataset: EssayDataset,
    ) -> TrackedRun | None:
        if self._settings.database_url is None and not self._settings.postgres_dir.exists():
            return None  # nobody shall wait for a database to be made for one row
        manifest = bundle.manifest
        try:
            context = tracked_run(
                await self._runs(),
                self._metrics,
                NewRun(
                    kind=RunKind.EVALUATE,
                    experiment_name=_EXPERIMENT,
                    inputs_digest=self._digest(request, bundle, dataset),
                    config=masked(self._settings),
                    dataset_digest=dataset.digest,
                    correlation_id=request.correlation_id,
                    request={
                        MODEL_NAME: manifest.model_name,
                        "version": manifest.version,
                        "bundle_digest": bundle.digest,
                        "file": None if request.essays.file is None else str(request.essays.file),
                        "part": request.essays.split_part.value,
                        SELECTION: selection_document(request.essays.selection),
                    },
                ),
                may_resume=False,
            )
            return await stack.enter_async_context(context)
        except InfrastructureError as error:
            _warn(error)
            return None

    def _digest(self, request: EvaluationRequest, bundle: Bundle, dataset: EssayDataset) -> str:
        document = {
            "kind": "evaluate",
            "bundle": bundle.digest,
            "dataset": dataset.digest,
            "evaluation": self._settings.evaluation.model_dump(mode="json"),
            "perturbed_essays": request.perturbed_essays,
        }
        return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()


def _warn(error: InfrastructureError) -> None:
    log = structlog.get_logger("huleedu_ml_training.runs")
    log.warning("run_not_recorded", kind=RunKind.EVALUATE.value, reason=error.what)
