"""Running changed texts through the grader itself."""

import numpy as np
from numpy.typing import NDArray

from huleedu_essay_features import EssayInput
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
    sample = _draw(dataset, n_essays, settings.seed)
    originals, changed = _change(sample, settings.seed, progress, stop)
    texts = [*originals, *(essay for essays in changed for essay in essays)]
    with progress.phase("Extracting features of changed texts", len(texts)) as phase:

        def report(done: int, total: int) -> None:
            stop.check()
            phase.update(done, total)

        X = scorer.extract(texts, progress=report)
    # All in one call of the graph, so that equal features give equal bits.
    graded = scorer.score_features(X)
    return tabulate_perturbations(
        _part(graded, 0, len(sample)),
        [
            PerturbedGrades(
                name=perturbation.name,
                description=perturbation.description,
                changed=_differ(originals, changed[number]),
                predictions=_part(graded, number + 1, len(sample)),
            )
            for number, perturbation in enumerate(PERTURBATIONS)
        ],
        sample.prompts,
        settings,
        population=len(dataset),
    )


def _draw(dataset: EssayDataset, n_essays: int, seed: int) -> EssayDataset:
    count = min(n_essays, len(dataset))
    rows = np.random.default_rng(seed).choice(len(dataset), size=count, replace=False)
    return dataset.take(np.sort(rows).astype(np.int64))


def _change(
    sample: EssayDataset, seed: int, progress: ProgressProtocol, stop: StopSignal
) -> tuple[list[EssayInput], list[list[EssayInput]]]:
    """Return the essays as they are, and for each perturbation the changed ones."""
    with translated_feature_errors(sample.essay_ids):
        originals = resolve_languages(essay_inputs(sample), standard_detector())
    changed: list[list[EssayInput]] = []
    with progress.phase("Changing texts", len(originals) * len(PERTURBATIONS)) as phase:
        for perturbation in PERTURBATIONS:
            essays = []
            for essay in originals:
                stop.check()
                with translated_feature_errors():
                    essays.append(perturbation.apply(essay, seed))
                phase.advance()
            changed.append(essays)
    return originals, changed


def _differ(originals: list[EssayInput], changed: list[EssayInput]) -> NDArray[np.bool_]:
    """Return which texts differ in what features see of them, shape (n_essays,)."""
    return np.asarray(
        [
            normalise_text(new.text) != normalise_text(old.text)
            for old, new in zip(originals, changed, strict=True)
        ],
        dtype=np.bool_,
    )


def _part(graded: GradePredictions, number: int, count: int) -> GradePredictions:
    """Take the rows of one change, or those of the originals (0), out of all."""
    rows = slice(number * count, (number + 1) * count)
    return GradePredictions(
        graded.scale, graded.latent[rows], graded.probabilities[rows], graded.grades[rows]
    )
