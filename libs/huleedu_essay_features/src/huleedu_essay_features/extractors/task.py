"""How far an essay answers its prompt."""

import math
from collections import Counter
from collections.abc import Mapping
from itertools import chain

from huleedu_essay_features.analysis import NO_ANALYSERS, Analysers
from huleedu_essay_features.document import DOCUMENT_VERSION, EssayDocument
from huleedu_essay_features.extractors.availability import Need, available_features
from huleedu_essay_features.extractors.entities import entity_grid
from huleedu_essay_features.extractors.measures import cosine, ratio
from huleedu_essay_features.extractors.sentence_similarity import sentence_similarities
from huleedu_essay_features.lexicon import lexicon_identity
from huleedu_essay_features.schema import FeatureDefinition

_ALGORITHM = "1"
_RAREST_ZIPF = 1.0
_MOST_FREQUENT_ZIPF = 8.0

DEFINITIONS = (
    FeatureDefinition(
        "prompt_similarity",
        "task",
        "cosine",
        "Cosine of the topic vectors of essay and prompt text.",
        undefined_when="there is no prompt text, or one of the texts is empty",
        source="Reimers & Gurevych 2019 (sentence embeddings); model: see the schema's backends",
        languages=("en", "sv"),
        value_range="[−1, 1]",
    ),
    FeatureDefinition(
        "tfidf_cos_to_prompt",
        "task",
        "cosine",
        "Cosine of essay and prompt text as counts of base forms of content words, each weighted "
        "by 8 minus its Zipf frequency; a word that the frequency list lacks has frequency 1.",
        undefined_when="there is no prompt text, or one of the texts has no content word",
        source="weights: wordfreq, large list",
        languages=("en", "sv"),
        value_range="[0, 1]",
    ),
    FeatureDefinition(
        "keyword_coverage_prompt",
        "task",
        "share",
        "Share of the distinct base forms of the prompt text's content words that the essay uses.",
        undefined_when="there is no prompt text, or it has no content word",
        languages=("en", "sv"),
        value_range="[0, 1]",
    ),
    FeatureDefinition(
        "entity_overlap_prompt",
        "task",
        "share",
        "Share of the prompt text's distinct entities that are entities of the essay too; an "
        "entity is the base form of a noun or name that heads its phrase.",
        undefined_when="there is no prompt text, or it has no entity",
        languages=("en", "sv"),
        value_range="[0, 1]",
    ),
    FeatureDefinition(
        "prompt_alignment_var",
        "task",
        "cosine²",
        "Population variance over the essay's sentences of the cosine of their vectors to the "
        "prompt text's topic vector.",
        undefined_when="there is no prompt text or it is empty, or there are fewer than two "
        "sentences",
        source="sentence vectors: Günther et al. 2024 (late chunking)",
        languages=("en", "sv"),
        value_range="[0, 1]",
    ),
)


_NEEDS: Mapping[str, Need] = {
    "prompt_similarity": "embedder",
    "entity_overlap_prompt": "parser",
    "prompt_alignment_var": "embedder",
}


class TaskExtractor:
    """Computes the group ``task``.

    Args:
        analysers: Those that documents will have; they decide which features there are.
    """

    def __init__(self, analysers: Analysers = NO_ANALYSERS) -> None:
        self._definitions = available_features(DEFINITIONS, _NEEDS, analysers)

    @property
    def definitions(self) -> tuple[FeatureDefinition, ...]:
        """What is computed."""
        return self._definitions

    @property
    def identity(self) -> Mapping[str, str]:
        """What the values depend on."""
        return {"document": DOCUMENT_VERSION, "task": _ALGORITHM, **lexicon_identity()}

    def extract(self, document: EssayDocument) -> tuple[float, ...]:
        """Return one value per definition."""
        prompt = document.prompt
        if prompt is None:
            return (math.nan,) * len(self.definitions)
        essay_words, prompt_words = (
            Counter(chain.from_iterable(side.content_lemmas)) for side in (document, prompt)
        )

        def weight(word: str) -> float:
            zipf = document.lexicon.zipf(word)
            return _MOST_FREQUENT_ZIPF - (_RAREST_ZIPF if math.isnan(zipf) else zipf)

        values = {
            "prompt_similarity": _similarity(document, prompt),
            "tfidf_cos_to_prompt": cosine(essay_words, prompt_words, weight),
            "keyword_coverage_prompt": ratio(
                len(prompt_words.keys() & essay_words.keys()), len(prompt_words)
            ),
            "entity_overlap_prompt": _entity_overlap(document, prompt),
            "prompt_alignment_var": _alignment(document, prompt),
        }
        return tuple(values[definition.name] for definition in self._definitions)


def _similarity(document: EssayDocument, prompt: EssayDocument) -> float:
    if document.vectors is None or prompt.vectors is None:
        return math.nan
    return float(document.vectors.topic @ prompt.vectors.topic)


def _entity_overlap(document: EssayDocument, prompt: EssayDocument) -> float:
    essay_grid, prompt_grid = entity_grid(document), entity_grid(prompt)
    if essay_grid is None or prompt_grid is None:
        return math.nan
    wanted = set(chain.from_iterable(prompt_grid))
    return ratio(len(wanted.intersection(chain.from_iterable(essay_grid))), len(wanted))


def _alignment(document: EssayDocument, prompt: EssayDocument) -> float:
    similarities = sentence_similarities(document)
    if similarities is None or prompt.vectors is None:
        return math.nan
    return similarities.variance_towards(prompt.vectors.topic)
