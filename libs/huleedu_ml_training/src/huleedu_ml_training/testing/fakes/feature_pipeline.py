"""A feature pipeline whose values can be worked out in the head."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from huleedu_essay_features import EssayInput, FeatureDefinition, FeatureSchema
from huleedu_essay_features.protocols import ProgressCallback
from huleedu_ml_training.domain.text_identity import count_words


class CountingFeaturePipeline:
    """Counts words and characters, and the essays that it was asked for.

    Attributes:
        extracted: Texts it computed features of, in order.
    """

    def __init__(self) -> None:
        self.extracted: list[str] = []

    @property
    def schema(self) -> FeatureSchema:
        """Three columns: ``words``, ``characters``, ``prompt_words`` (NaN without a prompt)."""
        return FeatureSchema(
            features=tuple(
                FeatureDefinition(name, "structure", "count", f"Number of {name}.")
                for name in ("words", "characters", "prompt_words")
            ),
            backends={"counting": "1"},
        )

    def extract(
        self, essays: Sequence[EssayInput], *, progress: ProgressCallback | None = None
    ) -> NDArray[np.float32]:
        """Return ndarray of shape (n_essays, 3)."""
        matrix = np.empty((len(essays), 3), dtype=np.float32)
        for index, essay in enumerate(essays):
            prompt = essay.prompt_text
            prompt_words = np.nan if prompt is None else count_words(prompt)
            matrix[index] = (count_words(essay.text), len(essay.text), prompt_words)
            self.extracted.append(essay.text)
            if progress is not None:
                progress(index + 1, len(essays))
        return matrix
