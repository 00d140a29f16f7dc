"""From essays to a float32 matrix, in the calling process."""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from huleedu_essay_features.analysis import NO_ANALYSERS, Analysers
from huleedu_essay_features.detection import (
    LanguageDetectorProtocol,
    resolve_languages,
    standard_detector,
)
from huleedu_essay_features.document import EssayDocument
from huleedu_essay_features.errors import EssayExtractionError, EssayFeaturesError
from huleedu_essay_features.languages import SUPPORTED_LANGUAGES
from huleedu_essay_features.protocols import (
    EmbedderProtocol,
    EssayInput,
    FeatureExtractorProtocol,
    ProgressCallback,
)
from huleedu_essay_features.schema import FeatureDefinition, FeatureSchema

_PROMPT_CACHE_SIZE = 256


class FeaturePipeline:
    """Extracts features in the calling process. Safe for concurrent use.

    Args:
        extractors: Engineered features, in column order.
        analysers: What parses, checks and embeds the texts for them. The embedder's writing
            vectors follow the engineered features as columns ``emb_000`` and so on.
        choices: Names of the parts, for the schema's backends: what makes the same pipeline.
        detector: Finds the language of essays in ``und``; None for the standard one.
    """

    def __init__(
        self,
        extractors: Sequence[FeatureExtractorProtocol],
        analysers: Analysers = NO_ANALYSERS,
        *,
        choices: Mapping[str, str] = MappingProxyType({}),
        detector: LanguageDetectorProtocol | None = None,
    ) -> None:
        self._extractors = tuple(extractors)
        self._analysers = analysers
        self._detector = detector or standard_detector()
        self._schema = _schema(self._extractors, analysers, {**self._detector.identity, **choices})
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
            UnsupportedLanguageError: An essay is in a language without features, or in ``und``
                and its language cannot be told.
            EssayExtractionError: A feature of an essay could not be computed.
            EssayFeaturesError: A part is missing.
        """
        resolved = resolve_languages(essays, self._detector)
        matrix = np.empty((len(resolved), len(self._schema)), dtype=np.float32)
        for index, essay in enumerate(resolved):
            try:
                matrix[index] = self._row(essay)
            except EssayFeaturesError:
                raise
            except Exception as error:
                reason = f"{type(error).__name__}: {error}"
                raise EssayExtractionError(index=index, reason=reason) from error
            if progress is not None:
                progress(index + 1, len(resolved))
        return matrix

    def close(self) -> None:
        """Let go of what the analysers hold, such as a connection to a server."""
        for part in (self._analysers.parser, self._analysers.checker, self._analysers.embedder):
            close = getattr(part, "close", None)
            if close is not None:
                close()

    @property
    def extractors(self) -> tuple[FeatureExtractorProtocol, ...]:
        """The extractors, in column order."""
        return self._extractors

    def document(self, essay: EssayInput) -> EssayDocument:
        """Return an essay as the extractors see it; nothing of it is analysed yet.

        Args:
            essay: An essay whose language is known.
        """
        text = essay.prompt_text
        prompt = None if text is None else self._prompt(text, essay.language)
        return EssayDocument(essay.text, essay.language, prompt=prompt, analysers=self._analysers)

    def _row(self, essay: EssayInput) -> NDArray[np.float32]:
        document = self.document(essay)
        values = [value for part in self._extractors for value in part.extract(document)]
        with np.errstate(over="ignore"):  # told of below, with the feature's name
            engineered = np.array(values, dtype=np.float64).astype(np.float32)
        row = np.concatenate([engineered, self._writing(document)])
        row[self._undefined[essay.language]] = np.nan
        infinite = np.flatnonzero(np.isinf(row))
        if infinite.size:
            name = self._schema.names[infinite[0]]
            msg = f"feature {name} is infinite"
            raise OverflowError(msg)
        return row

    def _parse_prompt(self, text: str, language: str) -> EssayDocument:
        return EssayDocument(text, language, analysers=self._analysers)

    def _writing(self, document: EssayDocument) -> NDArray[np.float32]:
        embedder = self._analysers.embedder
        if embedder is None:
            return np.empty(0, dtype=np.float32)
        if document.vectors is None:
            return np.full(embedder.dimensions, np.nan, dtype=np.float32)
        return document.vectors.writing


def _schema(
    extractors: Sequence[FeatureExtractorProtocol],
    analysers: Analysers,
    names: Mapping[str, str],
) -> FeatureSchema:
    features = [definition for part in extractors for definition in part.definitions]
    backends = {name: value for part in extractors for name, value in part.identity.items()}
    for part in (analysers.parser, analysers.checker, analysers.embedder):
        if part is not None:
            backends.update(part.identity)
    if analysers.embedder is not None:
        features.extend(_embedding_columns(analysers.embedder))
    backends.update(names)
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
