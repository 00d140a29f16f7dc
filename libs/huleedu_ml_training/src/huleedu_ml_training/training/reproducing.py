"""Training an earlier run again, to see whether it gives the same grader."""

import asyncio
from collections.abc import Mapping
from typing import Any

from huleedu_ml_training.config import Settings
from huleedu_ml_training.config_loader import masked
from huleedu_ml_training.domain.dataset import EssayDataset
from huleedu_ml_training.export.bundle import Bundle
from huleedu_ml_training.observability.metrics import MLMetrics
from huleedu_ml_training.registry.runs.protocol import RunStoreProtocol
from huleedu_ml_training.registry.runs.records import NewRun, RunKind, RunRecord, RunState
from huleedu_ml_training.registry.tags import REPRODUCTION
from huleedu_ml_training.training.checkpoints import CheckpointStore
from huleedu_ml_training.training.interruption import StopSignal, run_stoppable
from huleedu_ml_training.training.making_protocols import (
    MakerProtocol,
    ReproducedRun,
    ReproductionRequest,
)
from huleedu_ml_training.training.packaging import build_bundle
from huleedu_ml_training.training.preparation import (
    DataPreparation,
    PreparedData,
    inputs_digest,
)
from huleedu_ml_training.training.reproducing_errors import (
    ChangedEssays,
    RunDataChangedError,
    RunNotReproducibleError,
)
from huleedu_ml_training.training.reproduction import Reproduction, compare_bundles
from huleedu_ml_training.training.run_requests import SELECTION, stored_selection
from huleedu_ml_training.training.runs import tracked_run


class RunReproducer:
    """Implements ReproducerProtocol.

    Args:
        settings: Those of the run; see :mod:`~huleedu_ml_training.training.stored_settings`.
        preparation: Loads essays and adds features.
        maker: Fits, exports and judges.
        runs: Remembers the run.
        metrics: Counts runs.
    """

    def __init__(
        self,
        settings: Settings,
        preparation: DataPreparation,
        maker: MakerProtocol,
        runs: RunStoreProtocol,
        metrics: MLMetrics,
    ) -> None:
        self._settings = settings
        self._preparation = preparation
        self._maker = maker
        self._runs = runs
        self._metrics = metrics

    async def reproduce(self, request: ReproductionRequest) -> ReproducedRun:
        """Train again and compare; see :class:`ReproducerProtocol`."""
        run, first = request.run, request.bundle
        require_reproducible(run)
        try:
            selection = stored_selection(run.request.get(SELECTION, {}))
        except (TypeError, ValueError) as error:
            raise RunNotReproducibleError(run_id=run.id, reason=str(error)) from None
        prepared = await self._preparation.prepare(selection)
        self._require_same_inputs(run, first, prepared)
        digest = inputs_digest(
            "reproduce", self._settings, prepared.dataset, prepared.split, {"run": str(run.id)}
        )
        async with tracked_run(
            self._runs,
            self._metrics,
            NewRun(
                kind=RunKind.TRAIN,
                experiment_name=run.experiment_name,
                inputs_digest=digest,
                config=masked(self._settings),
                dataset_digest=prepared.summary.dataset_digest,
                correlation_id=request.correlation_id,
                request=run.request,
                tags=(REPRODUCTION,),
                reproduces=run.id,
            ),
            may_resume=True,
        ) as tracked:
            checkpoints = CheckpointStore(self._settings.runs_dir, tracked.record.id)
            manifest = first.manifest
            contents = await self._maker.make(
                prepared,
                checkpoints,
                model_name=manifest.model_name,
                experiment_name=run.experiment_name,
                # The papers name run, version and time: those of the first, to be comparable.
                run_id=run.id,
            )
            features = prepared.dataset.features

            def compare(stop: StopSignal) -> Reproduction:
                second = build_bundle(contents, manifest.version, manifest.created_at)
                stop.check()
                assert features is not None  # noqa: S101 - prepared data have features
                return compare_bundles(first, second, features)

            found = await run_stoppable(compare)
            figures = {**contents.evaluation.to_dict(), "reproduction": found.to_dict()}
            await tracked.complete(figures)
        await asyncio.to_thread(checkpoints.clear)
        return ReproducedRun(tracked.record, found)

    def _require_same_inputs(self, run: RunRecord, first: Bundle, prepared: PreparedData) -> None:
        dataset = prepared.dataset
        if prepared.summary.dataset_digest != run.dataset_digest:
            known = _known_essays(run, first)
            raise RunDataChangedError(
                run_id=run.id,
                n_then=len(known),
                n_now=len(dataset),
                essays=changed_essays(known, dataset),
            )
        if dataset.feature_schema_digest != first.manifest.feature_schema_digest:
            reason = "features are made by another schema than then: other code, models or settings"
            raise RunNotReproducibleError(run_id=run.id, reason=reason)


def require_reproducible(run: RunRecord) -> None:
    """Check that a run is a completed training.

    Raises:
        RunNotReproducibleError: It is not.
    """
    if run.kind is not RunKind.TRAIN:
        reason = f"it is of the kind {run.kind}; only trainings make a grader to compare with"
        raise RunNotReproducibleError(run_id=run.id, reason=reason)
    if run.reproduces is not None:
        reason = f"it reproduces run {run.reproduces} itself, and registered nothing"
        raise RunNotReproducibleError(run_id=run.id, reason=reason)
    if run.state is not RunState.COMPLETED:
        reason = f"it is {run.state}; there is no grader to compare with"
        raise RunNotReproducibleError(run_id=run.id, reason=reason)


def changed_essays(known: Mapping[str, str], dataset: EssayDataset) -> ChangedEssays:
    """Return how a data set differs from the essays of a bundle.

    Args:
        known: Id → digest, as in the bundle.
        dataset: The essays of today.
    """
    now = dict(zip(dataset.essay_ids, dataset.essay_digests(), strict=True))
    return ChangedEssays(
        missing=len(known.keys() - now.keys()),
        new=len(now.keys() - known.keys()),
        changed=sum(now[key] != known[key] for key in known.keys() & now.keys()),
    )


def _known_essays(run: RunRecord, bundle: Bundle) -> dict[str, str]:
    parts: Mapping[str, Any] = bundle.document("split.json").get("parts", {})
    if not all("essay_digests" in part for part in parts.values()):
        reason = "other essays are selected than then, and its bundle is too old to say which"
        raise RunNotReproducibleError(run_id=run.id, reason=reason)
    return {
        str(essay_id): str(digest)
        for part in parts.values()
        for essay_id, digest in zip(part["essay_ids"], part["essay_digests"], strict=True)
    }
