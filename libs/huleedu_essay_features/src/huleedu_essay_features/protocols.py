"""Contracts between the feature pipeline and its parts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from huleedu_essay_features.analysis import LanguageIssue, ParsedSentence
from huleedu_essay_features.schema import FeatureDefinition, FeatureSchema
from huleedu_essay_features.segmentation import Span

if TYPE_CHECKING:
    from huleedu_essay_features.document import EssayDocument

ProgressCallback = Callable[[int, int], None]
"""Called as ``callback(done, total)``, in essays, in the thread of the caller.

It may raise to stop the work; the exception reaches the caller.
"""


@dataclass(frozen=True, slots=True)
class EssayInput:
    """What features are computed from.

    Attributes:
        text: The essay as the pupil wrote it.
        prompt_text: The task as put to the pupil; None where unknown.
        language: ISO 639-1 code; ``und`` has it detected.
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

    @property
    def identity(self) -> Mapping[str, str]:
        """What the values depend on: version of the algorithm, versions and digests of data."""
        ...

    def extract(self, document: "EssayDocument") -> Sequence[float]:
        """Return one finite value per definition, or NaN where a feature is undefined.

        A feature that is not defined for the document's language may have any value here: the
        pipeline puts NaN in its place.
        """
        ...


class SyntaxParserProtocol(Protocol):
    """Finds parts of speech and the structure of sentences.

    Implementations are deterministic on one machine and safe for concurrent use.
    """

    @property
    def languages(self) -> tuple[str, ...]:
        """ISO 639-1 codes of the languages it parses; never empty."""
        ...

    @property
    def identity(self) -> Mapping[str, str]:
        """What its answers depend on: versions, and digests of models."""
        ...

    def parse(self, document: "EssayDocument") -> tuple[ParsedSentence, ...]:
        """Return one parsed sentence per sentence of the document.

        The document's sentence boundaries are kept. All characters of a sentence but white space
        belong to a token.

        Raises:
            EssayFeaturesError: The model is missing or changed.
        """
        ...


class LanguageCheckerProtocol(Protocol):
    """Finds mistakes; deterministic, safe for concurrent use."""

    @property
    def languages(self) -> tuple[str, ...]:
        """ISO 639-1 codes of the languages it checks; never empty."""
        ...

    @property
    def identity(self) -> Mapping[str, str]:
        """What its answers depend on: rules, versions, options; never addresses or time-outs."""
        ...

    def check(self, document: "EssayDocument") -> tuple[LanguageIssue, ...]:
        """Return the remarks on a text in one of :attr:`languages`, ordered by start, then end.

        Raises:
            EssayFeaturesError: The checker cannot answer; an empty answer means no remarks.
        """
        ...


@dataclass(frozen=True, slots=True, eq=False)
class TextVectors:
    """What an embedder says of n texts.

    Attributes:
        writing: ndarray of shape (n, dimensions), float32; how the texts are written. These are
            columns of the feature matrix.
        topic: ndarray of shape (n, d), float32, rows of unit length; the scalar product of two
            rows says how near two texts are in content.
        spans: Per text, ndarray of shape (n_spans, d), float32, rows of unit length or NaN: what
            the spans that were asked for are about, read in the context of the whole text.
    """

    writing: NDArray[np.float32]
    topic: NDArray[np.float32]
    spans: tuple[NDArray[np.float32], ...]


class EmbedderProtocol(Protocol):
    """Maps texts to vectors; safe for concurrent use, deterministic on one machine.

    A text's vectors do not depend on the other texts of the call.
    """

    @property
    def dimensions(self) -> int:
        """Length of a writing vector."""
        ...

    @property
    def languages(self) -> tuple[str, ...]:
        """ISO 639-1 codes of the languages the model was trained on; empty: every language."""
        ...

    @property
    def identity(self) -> Mapping[str, str]:
        """What the vectors depend on: name, weights digest, layers, window, pooling, arithmetic."""
        ...

    def embed(
        self, texts: Sequence[str], spans: Sequence[Sequence[Span]] | None = None
    ) -> TextVectors:
        """Return the vectors of n texts; what has no token gives NaN, never zeros.

        Args:
            texts: Any texts.
            spans: Per text, start and end of stretches of the *normalised* text, in order and
                without overlap, that vectors are wanted of; None for no spans.

        Raises:
            EssayFeaturesError: The model is missing or changed.
        """
        ...


class FeaturePipelineProtocol(Protocol):
    """Texts to a matrix whose columns a schema describes. Safe for concurrent use."""

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
