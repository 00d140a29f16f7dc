"""How far an essay answers its prompt."""

import math
from collections import Counter
from collections.abc import Mapping
from itertools import chain

from huleedu_essay_features.document import DOCUMENT_VERSION, EssayDocument
from huleedu_essay_features.extractors.measures import cosine, ratio
from huleedu_essay_features.lexicon import lexicon_identity
from huleedu_essay_features.schema import FeatureDefinition

_ALGORITHM = "1"
_RAREST_ZIPF = 1.0
_MOST_FREQUENT_ZIPF = 8.0

_SIMILARITY = FeatureDefinition(
    "prompt_similarity",
    "task",
    "cosine",
    "Cosine of the topic vectors of essay and prompt text.",
    undefined_when="there is no prompt text, or one of the texts is empty",
    source="Reimers & Gurevych 2019 (sentence embeddings); model: see the schema's backends",
    languages=("en",),
    value_range="[−1, 1]",
)
_WORD_FEATURES = (
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
)


class TaskExtractor:
    """Computes the group ``task``.

    Args:
        with_topic: Whether documents carry topic vectors; without them ``prompt_similarity`` is
            not among the features.
    """

    def __init__(self, *, with_topic: bool) -> None:
        self._with_topic = with_topic

    @property
    def definitions(self) -> tuple[FeatureDefinition, ...]:
        """What is computed."""
        return (_SIMILARITY, *_WORD_FEATURES) if self._with_topic else _WORD_FEATURES

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

        values = (
            cosine(essay_words, prompt_words, weight),
            ratio(len(prompt_words.keys() & essay_words.keys()), len(prompt_words)),
        )
        return (_similarity(document, prompt), *values) if self._with_topic else values


def _similarity(document: EssayDocument, prompt: EssayDocument) -> float:
    if document.topic is None or prompt.topic is None:
        return math.nan
    return float(document.topic @ prompt.topic)
