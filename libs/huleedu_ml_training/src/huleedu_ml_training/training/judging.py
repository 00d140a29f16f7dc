"""Judging finished graders on essays: one alone, or two side by side."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager, aclosing
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.config import EvaluationSettings, Settings
from huleedu_ml_training.data.files import read_dataset
from huleedu_ml_training.data.protocols import DataLoaderProtocol
from huleedu_ml_training.domain.dataset import EssayDataset, concatenate
from huleedu_ml_training.domain.errors import ConflictError, InvalidDataError
from huleedu_ml_training.domain.predictions import GradePredictions
from huleedu_ml_training.export.bundle import Bundle
from huleedu_ml_training.features.inputs import essay_inputs
from huleedu_ml_training.inference.configured import open_scorer
from huleedu_ml_training.inference.scorer import EssayScorer
from huleedu_ml_training.metrics.comparison import ComparisonReport, compare_predictions
from huleedu_ml_training.metrics.evaluation import evaluate_predictions
from huleedu_ml_training.registry.references import ModelResolver
from huleedu_ml_training.training.interruption import StopSignal, run_stoppable
from huleedu_ml_training.training.protocols import ProgressProtocol
from huleedu_ml_training.training.results import Judgement

_FEWEST_ESSAYS = 10
"""Below this a metric says nothing."""


class ScaleMismatchError(ConflictError):
    """Models, or a model and its essays, are on different scales."""

    code = "scale-mismatch"

    def __init__(self, *, first: tuple[str, ...], second: tuple[str, ...]) -> None:
        super().__init__()
        self.first = first
        self.second = second

    @property
    def what(self) -> str:
        """Name both scales."""
        return f"the grade scales differ: {', '.join(self.first)} and {', '.join(self.second)}"

    @property
    def remedy(self) -> str:
        """Say what can be compared."""
        return "judge a model on essays of its own scale (--scale), and compare within one scale"


class NoCommonTestEssaysError(InvalidDataError):
    """No essays are left that the models have not learnt from."""

    code = "no-common-test-essays"

    def __init__(self, *, n_found: int, reason: str) -> None:
        super().__init__()
        self.n_found = n_found
        self.reason = reason

    @property
    def what(self) -> str:
        """Say how few were found."""
        return f"only {self.n_found} held-out essays to judge on: {self.reason}"

    @property
    def remedy(self) -> str:
        """Say how to give some."""
        return "name a file of graded essays that no model was trained on with --test-data-path"


class ModelJudge:
    """Finds models and essays by what a user calls them, and judges; implements JudgeProtocol.

    Args:
        settings: Evaluation and features.
        resolver: Finds bundles.
        loader: Reads held-out essays; asked for only when no file is named, so that judging a
            bundle on a file needs no database.
        progress: Tells how far the extraction is.
    """

    def __init__(
        self,
        settings: Settings,
        resolver: ModelResolver,
        loader: Callable[[], Awaitable[DataLoaderProtocol]],
        progress: ProgressProtocol,
    ) -> None:
        self._settings = settings
        self._resolver = resolver
        self._loader = loader
        self._progress = progress

    async def evaluate(self, reference: str | None, test_data: Path | None) -> Judgement:
        """Judge one model on a file, or on its own held-out essays.

        Args:
            reference: A directory, an id or ``models:/NAME/STAGE``; None for production.
            test_data: File of graded essays; None for the held-out essays in the database.

        Raises:
            NotFoundError: Model or file is not there.
            InvalidDataError: The bundle is damaged or the essays cannot be used.
            ScaleMismatchError: Model and essays are on different scales.
        """
        bundle = await self._resolver.resolve(reference)
        dataset = await self._essays(test_data, [bundle])

        def work(stop: StopSignal) -> Judgement:
            with self._scorer(bundle) as scorer:
                return judge(scorer, dataset, self._settings.evaluation, self._progress, stop)

        return await run_stoppable(work)

    async def compare(self, a: str, b: str, test_data: Path | None) -> ComparisonReport:
        """Compare two models on a file, or on the essays that both held out.

        Raises:
            NotFoundError: A model or the file is not there.
            NoCommonTestEssaysError: Too few essays were held out by both.
            ScaleMismatchError: Models and essays are not on one scale.
        """
        bundles = [await self._resolver.resolve(reference) for reference in (a, b)]
        dataset = await self._essays(test_data, bundles)

        def work(stop: StopSignal) -> ComparisonReport:
            with self._scorer(bundles[0]) as first, self._scorer(bundles[1]) as second:
                return compare(
                    first, second, dataset, self._settings.evaluation, self._progress, stop
                )

        return await run_stoppable(work)

    def _scorer(self, bundle: Bundle) -> AbstractContextManager[EssayScorer]:
        return open_scorer(bundle, self._settings.features)

    async def _essays(self, test_data: Path | None, bundles: Sequence[Bundle]) -> EssayDataset:
        scale = bundles[0].manifest.scale
        if test_data is not None:
            return await asyncio.to_thread(read_dataset, test_data, scale)
        wanted = frozenset.intersection(*(held_out_ids(bundle) for bundle in bundles))
        loader = await self._loader()
        batches = []
        async with aclosing(loader.stream()) as stream:
            async for batch in stream:
                if batch.scale.labels != scale.labels:
                    raise ScaleMismatchError(first=scale.labels, second=batch.scale.labels)
                rows = [row for row, essay in enumerate(batch.essay_ids) if essay in wanted]
                batches.append(batch.take(np.asarray(rows, dtype=np.int64)))
        n_found = sum(map(len, batches))
        if n_found < _FEWEST_ESSAYS:
            reason = (
                f"{len(wanted)} are in the test part of "
                f"{'both models' if len(bundles) > 1 else 'the model'}, "
                f"{n_found} of them are in the database"
            )
            raise NoCommonTestEssaysError(n_found=n_found, reason=reason)
        return concatenate(batches)


def development_texts(bundle: Bundle) -> frozenset[str]:
    """Return the identities of the texts that a model learnt from or was stopped on."""
    return frozenset(_part_values(bundle, ("train", "validation"), "text_identities"))


def held_out_ids(bundle: Bundle) -> frozenset[str]:
    """Return the ids of the essays in a model's test part."""
    return frozenset(_part_values(bundle, ("test",), "essay_ids"))


def seen_rows(bundle: Bundle, dataset: EssayDataset) -> NDArray[np.bool_]:
    """Return which essays a model was trained on, by text; shape (n_essays,)."""
    known = development_texts(bundle)
    return np.asarray([identity in known for identity in dataset.text_identities()], dtype=bool)


def judge(
    scorer: EssayScorer,
    dataset: EssayDataset,
    settings: EvaluationSettings,
    progress: ProgressProtocol,
    stop: StopSignal,
) -> Judgement:
    """Grade the essays and compare with the human grades.

    Raises:
        ScaleMismatchError: The essays are on another scale.
        FeatureExtractionError: Features of a text cannot be computed.
    """
    predictions = predict(scorer, dataset, progress, stop)
    report = evaluate_predictions(
        predictions, dataset.grades, prompts=dataset.prompts, settings=settings
    )
    return Judgement(
        model_name=scorer.model_name,
        version=scorer.version,
        predictions=predictions,
        report=report,
        seen=int(seen_rows(scorer.bundle, dataset).sum()),
    )


def predict(
    scorer: EssayScorer, dataset: EssayDataset, progress: ProgressProtocol, stop: StopSignal
) -> GradePredictions:
    """Grade the essays of a data set.

    Raises:
        ScaleMismatchError: The essays are on another scale.
    """
    if scorer.scale.labels != dataset.scale.labels:
        raise ScaleMismatchError(first=scorer.scale.labels, second=dataset.scale.labels)
    if dataset.features is not None and dataset.feature_schema_digest == scorer.schema.digest:
        return scorer.score_features(dataset.features)
    with progress.phase("Extracting features", len(dataset)) as phase:

        def report(done: int, total: int) -> None:
            stop.check()
            phase.update(done, total)

        X = scorer.extract(essay_inputs(dataset), progress=report)
    return scorer.score_features(X)


def compare(
    a: EssayScorer,
    b: EssayScorer,
    dataset: EssayDataset,
    settings: EvaluationSettings,
    progress: ProgressProtocol,
    stop: StopSignal,
) -> ComparisonReport:
    """Return paired differences, B minus A, on the same essays.

    Raises:
        ScaleMismatchError: Models and essays are not on one scale.
    """
    if a.scale.labels != b.scale.labels:
        raise ScaleMismatchError(first=a.scale.labels, second=b.scale.labels)
    return compare_predictions(
        predict(a, dataset, progress, stop),
        predict(b, dataset, progress, stop),
        dataset.grades,
        prompts=dataset.prompts,
        settings=settings,
    )


def _part_values(bundle: Bundle, parts: tuple[str, ...], key: str) -> list[str]:
    if "split.json" not in bundle.files:
        return []
    document: Mapping[str, Any] = bundle.document("split.json").get("parts", {})
    return [str(value) for part in parts for value in document.get(part, {}).get(key, [])]
