"""Judging finished graders on essays: one alone, or several side by side."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

from huleedu_ml_training.config import Settings
from huleedu_ml_training.data.protocols import DataLoaderProtocol
from huleedu_ml_training.domain.dataset import ALL_ESSAYS, EssayDataset
from huleedu_ml_training.domain.predictions import GradePredictions
from huleedu_ml_training.export.bundle import Bundle
from huleedu_ml_training.inference.configured import open_scorer
from huleedu_ml_training.inference.scorer import EssayScorer
from huleedu_ml_training.metrics.judgement import judge_predictions, surface_of
from huleedu_ml_training.metrics.model_comparison import ModelComparison
from huleedu_ml_training.registry.references import ModelResolver
from huleedu_ml_training.training.comparing import compare_scored_sets
from huleedu_ml_training.training.interruption import StopSignal, run_stoppable
from huleedu_ml_training.training.judged_essays import find_essays, seen_rows
from huleedu_ml_training.training.judging_errors import (
    InvalidComparisonError,
    ScaleMismatchError,
)
from huleedu_ml_training.training.judging_requests import ComparisonRequest, EvaluationRequest
from huleedu_ml_training.training.perturbing import perturb
from huleedu_ml_training.training.protocols import ProgressProtocol
from huleedu_ml_training.training.recording import EvaluationRecorder
from huleedu_ml_training.training.residuals import read_residuals
from huleedu_ml_training.training.results import Judgement
from huleedu_ml_training.training.scored_set import ScoredSet, scored_set
from huleedu_ml_training.training.scoring import score_essays


class ModelJudge:
    """Finds models and essays by what a user calls them, and judges; implements JudgeProtocol.

    Args:
        settings: Evaluation and features.
        resolver: Finds bundles.
        loader: Reads essays of the database; asked for only when no file is named, so that judging
            a bundle on a file needs no database.
        progress: Tells how far the work is.
        recorder: Keeps a row of every evaluation.
    """

    def __init__(
        self,
        settings: Settings,
        resolver: ModelResolver,
        loader: Callable[[], Awaitable[DataLoaderProtocol]],
        progress: ProgressProtocol,
        recorder: EvaluationRecorder,
    ) -> None:
        self._settings = settings
        self._resolver = resolver
        self._loader = loader
        self._progress = progress
        self._recorder = recorder

    async def evaluate(self, request: EvaluationRequest) -> Judgement:
        """Judge one model; see :class:`~huleedu_ml_training.training.protocols.JudgeProtocol`."""
        bundle = await self._resolver.resolve(request.model)
        dataset = await find_essays(request.essays, [bundle], self._loader)

        def work(stop: StopSignal) -> Judgement:
            with self._scorer(bundle) as scorer:
                return self._judge(scorer, dataset, request.perturbed_essays, stop)

        async with self._recorder.recorded(request, bundle, dataset) as run:
            judgement = await run_stoppable(work)
            await run.complete(judgement.report.evaluation.to_dict())
        return judgement

    async def compare(self, request: ComparisonRequest) -> tuple[ModelComparison, ...]:
        """Compare models; see :class:`~huleedu_ml_training.training.protocols.JudgeProtocol`."""
        if len(request.models) < 2:
            raise InvalidComparisonError(problem="one model alone has nothing to differ from")
        if request.stored:
            return await self._compare_stored(request)
        bundles = [await self._resolver.resolve(model) for model in request.models]
        for bundle in bundles[1:]:
            scales = [each.manifest.scale.labels for each in (bundles[0], bundle)]
            if scales[0] != scales[1]:
                raise ScaleMismatchError(first=scales[0], second=scales[1])
        dataset = await find_essays(request.essays, bundles, self._loader)

        def work(stop: StopSignal) -> tuple[ModelComparison, ...]:
            sets = self._score_all(bundles, dataset, stop)
            return compare_scored_sets(sets, self._settings.evaluation, request.margin, stop)

        return await run_stoppable(work)

    async def _compare_stored(self, request: ComparisonRequest) -> tuple[ModelComparison, ...]:
        if request.stored < len(request.models):
            problem = "models and residual files are mixed"
            raise InvalidComparisonError(problem=problem)
        essays = request.essays
        if essays.file is not None or essays.part is not None or essays.selection != ALL_ESSAYS:
            problem = "residual files hold their own essays, but others are selected"
            raise InvalidComparisonError(problem=problem)

        def work(stop: StopSignal) -> tuple[ModelComparison, ...]:
            sets = [read_residuals(Path(model)) for model in request.models]
            return compare_scored_sets(sets, self._settings.evaluation, request.margin, stop)

        return await run_stoppable(work)

    def _judge(
        self,
        scorer: EssayScorer,
        dataset: EssayDataset,
        perturbed_essays: int | None,
        stop: StopSignal,
    ) -> Judgement:
        settings = self._settings.evaluation
        scored = score_essays(scorer, dataset, self._progress, stop)
        review = scorer.review.flags(scored.predictions)
        with self._progress.phase("Judging"):
            report = judge_predictions(
                scored.predictions,
                dataset,
                settings,
                surface=surface_of(dataset, scored.features, scorer.schema.names),
                flagged=review,
                between=stop.check,
            )
        if perturbed_essays is not None:
            table = perturb(scorer, dataset, perturbed_essays, settings, self._progress, stop)
            report = replace(report, perturbations=table)
        return Judgement(
            dataset=dataset,
            scored=_beside(scorer, dataset, scored.predictions),
            report=report,
            review=review,
            bundle=scorer.bundle,
        )

    def _score_all(
        self, bundles: Sequence[Bundle], dataset: EssayDataset, stop: StopSignal
    ) -> list[ScoredSet]:
        sets = []
        for bundle in bundles:
            with self._scorer(bundle) as scorer:
                scored = score_essays(scorer, dataset, self._progress, stop)
                sets.append(_beside(scorer, dataset, scored.predictions))
                # Models of one schema look at the same numbers: extracted once.
                schema = scorer.schema
                dataset = dataset.with_features(scored.features, schema.names, schema.digest)
        return sets

    def _scorer(self, bundle: Bundle) -> AbstractContextManager[EssayScorer]:
        return open_scorer(bundle, self._settings.features)


def _beside(scorer: EssayScorer, dataset: EssayDataset, predictions: GradePredictions) -> ScoredSet:
    seen = seen_rows(scorer.bundle, dataset)
    return scored_set(scorer.model_name, scorer.version, dataset, predictions, seen)
