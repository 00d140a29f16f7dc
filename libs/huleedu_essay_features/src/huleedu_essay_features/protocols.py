"""Contracts between the feature pipeline and its parts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from huleedu_essay_features.document import EssayDocument
from huleedu_essay_features.schema import FeatureDefinition, FeatureSchema

ProgressCallback = Callable[[int, int], None]
"""Called as ``callback(done, total)``, in essays."""


@dataclass(frozen=True, slots=True)
class EssayInput:
    """What features are computed from.

    Attributes:
        text: The essay as the pupil wrote it.
        prompt_text: The task as put to the pupil; None where unknown.
        language: ISO 639-1 code.
    """

    text: str
    prompt_text: str | None = None
    language: str = "en"


class FeatureExtractorProtocol(Protocol):
    """Computes one group of features from a parsed essay.

    Implementations are pure functions of the document: no state between calls, no global
    configuration, equal results in every process; safe for concurrent use.
    """

    @property
    def definitions(self) -> tuple[FeatureDefinition, ...]:
        """What is computed, in the order of the values of :meth:`extract`."""
        ...

    def extract(self, document: EssayDocument) -> Sequence[float]:
        """Return one finite value per definition, or NaN where a feature is undefined."""
        ...


class EmbedderProtocol(Protocol):
    """Maps texts to vectors; safe for concurrent use, deterministic on one machine.

    A text's vector does not depend on the other texts of the call.
    """

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        ...

    @property
    def identity(self) -> dict[str, str]:
        """What the vectors depend on: name, weights digest, layer, window, pooling, versions."""
        ...

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return ndarray of shape (n_texts, dimensions); an empty text gives NaN, never zeros."""
        ...


class FeaturePipelineProtocol(Protocol):
    """Texts to a matrix whose columns a schema describes."""

    @property
    def schema(self) -> FeatureSchema:
        """Names, definitions and digest of the columns."""
        ...

    def extract(
        self, essays: Sequence[EssayInput], *, progress: ProgressCallback | None = None
    ) -> NDArray[np.float32]:
        """Return ndarray of shape (n_essays, n_features), C-contiguous.

        A row depends on its own essay only: not on the others, their order, or the number of
        workers. Undefined values are NaN; infinities never occur.

        Raises:
            EssayFeaturesError: A part failed; no value is ever invented in its place.
        """
        ...
