"""What a grader said of essays, with all that a comparison needs to know of them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.domain.dataset import EssayDataset
from huleedu_ml_training.domain.predictions import GradePredictions
from huleedu_ml_training.metrics.values import METRICS_VERSION


@dataclass(frozen=True, slots=True, eq=False)
class ScoredSet:
    """A grader's predictions of n essays, with all that a comparison needs to know of them.

    Attributes:
        model_name: Name of the model.
        version: Its version.
        metrics_version: Version of the definitions that it was judged by.
        essay_ids: n identifiers.
        texts: n identities of the texts.
        prompts: n prompt names; None where an essay has none.
        y: Human grade indices, ndarray of shape (n_essays,), int64.
        predictions: What it said.
        seen: Which essays it was trained on, by text, ndarray of shape (n_essays,), bool.
    """

    model_name: str
    version: str
    metrics_version: int
    essay_ids: tuple[str, ...]
    texts: tuple[str, ...]
    prompts: tuple[str | None, ...]
    y: NDArray[np.int64]
    predictions: GradePredictions
    seen: NDArray[np.bool_]

    @property
    def title(self) -> str:
        """Name and version."""
        return f"{self.model_name} {self.version}"


def scored_set(
    model_name: str,
    version: str,
    dataset: EssayDataset,
    predictions: GradePredictions,
    seen: NDArray[np.bool_],
) -> ScoredSet:
    """Put a grader's predictions beside the essays that they are about.

    Args:
        model_name: Name of the model.
        version: Its version.
        dataset: n essays.
        predictions: What it said of them.
        seen: Which of them it was trained on, shape (n_essays,).
    """
    return ScoredSet(
        model_name=model_name,
        version=version,
        metrics_version=METRICS_VERSION,
        essay_ids=dataset.essay_ids,
        texts=dataset.text_identities(),
        prompts=dataset.prompts,
        y=dataset.grades,
        predictions=predictions,
        seen=seen,
    )
