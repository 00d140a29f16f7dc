"""From essays to a float32 matrix, in one process or several."""

import math
from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from huleedu_essay_features.document import EssayDocument
from huleedu_essay_features.errors import (
    EssayExtractionError,
    EssayFeaturesError,
    UnknownEmbedderError,
)
from huleedu_essay_features.extractors import (
    CohesionExtractor,
    ErrorsExtractor,
    LexicalExtractor,
    ReadabilityExtractor,
    SyntaxExtractor,
    TaskExtractor,
)
from huleedu_essay_features.languages import SUPPORTED_LANGUAGES, check_languages
from huleedu_essay_features.parallel import ParallelFeaturePipeline
from huleedu_essay_features.protocols import (
    EmbedderProtocol,
    EssayInput,
    FeatureExtractorProtocol,
    ProgressCallback,
)
from huleedu_essay_features.schema import FeatureDefinition, FeatureSchema

EMBEDDERS = ("minilm", "none")
"""Names that :func:`create_pipeline` knows."""

_PROMPT_CACHE_SIZE = 256


def create_pipeline(
    embedder: str = "minilm", workers: int = 1
) -> "FeaturePipeline | ParallelFeaturePipeline":
    """Return the standard pipeline; its ``close()`` ends the processes, if there are any.

    Args:
        embedder: ``minilm``, or ``none`` for the engineered features alone.
        workers: Processes that extract; with 1 everything happens in this process.

    Raises:
        UnknownEmbedderError: There is no such embedder.
        MissingModelError: A model or dictionary is not installed.
        ModelDigestError: A model file is not the expected one.
    """
    if embedder not in EMBEDDERS:
        raise UnknownEmbedderError(name=embedder, known=EMBEDDERS)
    if embedder == "none":
        pipeline = FeaturePipeline(standard_extractors(with_topic=False))
    else:
        # Imported here: half a second that a user of the engineered features need not wait.
        from huleedu_essay_features.embeddings.minilm import MiniLMEmbedder  # noqa: PLC0415

        pipeline = FeaturePipeline(standard_extractors(with_topic=True), MiniLMEmbedder())
    if workers == 1:
        return pipeline
    return ParallelFeaturePipeline(
        pipeline,
        workers=workers,
        factory="huleedu_essay_features.pipeline:create_pipeline",
        options={"embedder": embedder},
    )


def standard_extractors(*, with_topic: bool) -> tuple[FeatureExtractorProtocol, ...]:
    """Return the extractors of the engineered features, in column order.

    Args:
        with_topic: Whether an embedder gives topic vectors.
    """
    return (
        ErrorsExtractor(),
        LexicalExtractor(),
        SyntaxExtractor(),
        CohesionExtractor(),
        ReadabilityExtractor(),
        TaskExtractor(with_topic=with_topic),
    )


class FeaturePipeline:
    """Extracts features in the calling process. Safe for concurrent use.

    Args:
        extractors: Engineered features, in column order.
        embedder: Its writing vectors follow as columns ``emb_000`` and so on; None for none.
    """

    def __init__(
        self,
        extractors: Sequence[FeatureExtractorProtocol],
        embedder: EmbedderProtocol | None = None,
    ) -> None:
        self._extractors = tuple(extractors)
        self._embedder = embedder
        self._schema = _schema(self._extractors, embedder)
        self._undefined = {
            language: np.array(
                [bool(f.languages) and language not in f.languages for f in self._schema.features],
                dtype=np.bool_,
            )
            for language in SUPPORTED_LANGUAGES
        }
        self._prompt = lru_cache(_PROMPT_CACHE_SIZE)(self._parse_prompt)

    @property
    def schema(self) -> FeatureSchema:
        """Names, definitions and digest of the columns."""
        return self._schema

    def extract(
        self, essays: Sequence[EssayInput], *, progress: ProgressCallback | None = None
    ) -> NDArray[np.float32]:
        """Return ndarray of shape (n_essays, n_features); see the protocol.

        Raises:
            UnsupportedLanguageError: An essay is in a language without features.
            EssayExtractionError: A feature of an essay could not be computed.
            EssayFeaturesError: A part is missing.
        """
        check_languages(essay.language for essay in essays)
        matrix = np.empty((len(essays), len(self._schema)), dtype=np.float32)
        for index, essay in enumerate(essays):
            try:
                matrix[index] = self._row(essay)
            except EssayFeaturesError:
                raise
            except Exception as error:
                reason = f"{type(error).__name__}: {error}"
                raise EssayExtractionError(index=index, reason=reason) from error
            if progress is not None:
                progress(index + 1, len(essays))
        return matrix

    def close(self) -> None:
        """Do nothing: there is nothing to release."""

    def _row(self, essay: EssayInput) -> NDArray[np.float32]:
        document, writing = self._parse(essay)
        values = [value for part in self._extractors for value in part.extract(document)]
        with np.errstate(over="ignore"):  # told of below, with the feature's name
            engineered = np.array(values, dtype=np.float64).astype(np.float32)
        row = np.concatenate([engineered, writing])
        row[self._undefined[essay.language]] = np.nan
        infinite = np.flatnonzero(np.isinf(row))
        if infinite.size:
            name = self._schema.names[infinite[0]]
            msg = f"feature {name} is infinite"
            raise OverflowError(msg)
        return row

    def _parse(self, essay: EssayInput) -> tuple[EssayDocument, NDArray[np.float32]]:
        """Return the parsed essay and its writing vector."""
        text = essay.prompt_text
        prompt = None if text is None else self._prompt(text, essay.language)
        topic, writing = self._vectors(essay.text, essay.language)
        return EssayDocument(essay.text, essay.language, prompt=prompt, topic=topic), writing

    def _parse_prompt(self, text: str, language: str) -> EssayDocument:
        topic, _ = self._vectors(text, language)
        return EssayDocument(text, language, topic=topic)

    def _vectors(
        self, text: str, language: str
    ) -> tuple[NDArray[np.float32] | None, NDArray[np.float32]]:
        """Return topic and writing vector of a text."""
        embedder = self._embedder
        if embedder is None:
            return None, np.empty(0, dtype=np.float32)
        if embedder.languages and language not in embedder.languages:
            return None, np.full(embedder.dimensions, math.nan, dtype=np.float32)
        vectors = embedder.embed([text])
        return vectors.topic[0], vectors.writing[0]


def _schema(
    extractors: Sequence[FeatureExtractorProtocol], embedder: EmbedderProtocol | None
) -> FeatureSchema:
    features = [definition for part in extractors for definition in part.definitions]
    backends = {name: value for part in extractors for name, value in part.identity.items()}
    if embedder is not None:
        features.extend(_embedding_columns(embedder))
        backends.update(embedder.identity)
    return FeatureSchema(features=tuple(features), backends=backends)


def _embedding_columns(embedder: EmbedderProtocol) -> Iterator[FeatureDefinition]:
    digits = max(3, len(str(embedder.dimensions - 1)))
    for index in range(embedder.dimensions):
        yield FeatureDefinition(
            f"emb_{index:0{digits}d}",
            "embedding",
            "none",
            f"Component {index} of the essay's writing vector.",
            undefined_when="the essay has no token",
            source="the model named by the schema's backends",
            languages=embedder.languages,
            value_range="(−∞, ∞)",
        )
