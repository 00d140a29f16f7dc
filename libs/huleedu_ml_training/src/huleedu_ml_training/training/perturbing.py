"""Running changed texts through the grader itself."""

from collections.abc import Callable

import numpy as np

from huleedu_essay_features.detection import resolve_languages, standard_detector
from huleedu_essay_features.normalisation import normalise_text
from huleedu_ml_training.config import EvaluationSettings
from huleedu_ml_training.domain.dataset import EssayDataset
from huleedu_ml_training.domain.predictions import GradePredictions
from huleedu_ml_training.features.errors import translated_feature_errors
from huleedu_ml_training.features.inputs import essay_inputs
from huleedu_ml_training.inference.scorer import EssayScorer
from huleedu_ml_training.metrics.perturbation_report import (
    PerturbationTable,
    PerturbedGrades,
    tabulate_perturbations,
)
from huleedu_ml_training.perturbations.catalogue import PERTURBATIONS
from huleedu_ml_training.training.interruption import StopSignal
from huleedu_ml_training.training.protocols import ProgressProtocol

DEFAULT_ESSAYS = 100
"""Essays that are changed unless more are asked for."""


def perturb(
    scorer: EssayScorer,
    dataset: EssayDataset,
    n_essays: int,
    settings: EvaluationSettings,
    progress: ProgressProtocol,
    stop: StopSignal,
) -> PerturbationTable:
    """Change the texts of a random sample of essays, and see what the grader makes of it.

    Args:
        scorer: The grader.
        dataset: Essays to draw from.
        n_essays: How many to draw at most.
        settings: Seed of sample and changes; resamples and confidence of the intervals.
        progress: Told how far the work is.
        stop: Asked between essays whether to go on.

    Raises:
        HostFeaturesNeededError: The host computes this grader's features.
        PipelineNeededError: Another pipeline than ours does, and none was passed.
        UnsupportedEssayError: An essay is in a language that has no dictionary.
        FeatureExtractionError: Features of a text cannot be computed.
    """
    rng = np.random.default_rng(settings.seed)
    count = min(n_essays, len(dataset))
    rows = np.sort(rng.choice(len(dataset), size=count, replace=False)).astype(np.int64)
    sample = dataset.take(rows)
    inputs = essay_inputs(sample)
    with progress.phase("Changing texts", count * len(PERTURBATIONS)) as phase:
        with translated_feature_errors(sample.essay_ids):
            originals = resolve_languages(inputs, standard_detector())
        texts = list(originals)
        for perturbation in PERTURBATIONS:
            for essay in originals:
                stop.check()
                with translated_feature_errors():
                    texts.append(perturbation.apply(essay, settings.seed))
                phase.advance()
    with progress.phase("Extracting features of changed texts", len(texts)) as phase:
        X = scorer.extract(texts, progress=_report(stop, phase.update))
    graded = scorer.score_features(X)
    return tabulate_perturbations(
        _part(graded, 0, count),
        [
            PerturbedGrades(
                name=perturbation.name,
                description=perturbation.description,
                changed=np.asarray(
                    [
                        normalise_text(new.text) != normalise_text(old.text)
                        for old, new in zip(
                            originals, texts[number * count : (number + 1) * count], strict=True
                        )
                    ],
                    dtype=np.bool_,
                ),
                predictions=_part(graded, number, count),
            )
            for number, perturbation in enumerate(PERTURBATIONS, start=1)
        ],
        sample.prompts,
        settings,
        population=len(dataset),
    )


def _report(
    stop: StopSignal, update: Callable[[int, int | None], None]
) -> Callable[[int, int], None]:
    def report(done: int, total: int) -> None:
        stop.check()
        update(done, total)

    return report


def _part(graded: GradePredictions, number: int, count: int) -> GradePredictions:
    """Take the rows of one change out of those of all."""
    rows = slice(number * count, (number + 1) * count)
    return GradePredictions(
        graded.scale, graded.latent[rows], graded.probabilities[rows], graded.grades[rows]
    )
