"""How long the sentences are."""

import math
from collections.abc import Mapping

from huleedu_essay_features.document import DOCUMENT_VERSION, EssayDocument
from huleedu_essay_features.extractors.measures import mean, variance
from huleedu_essay_features.schema import FeatureDefinition

_ALGORITHM = "1"

DEFINITIONS = (
    FeatureDefinition(
        "mean_sentence_length_words",
        "syntax",
        "words",
        "Running words divided by sentences.",
        undefined_when="the essay has no word",
        languages=("en", "sv"),
        value_range="[1, ∞)",
    ),
    FeatureDefinition(
        "sentence_length_cv",
        "syntax",
        "ratio",
        "Population standard deviation of the sentences' lengths in words, divided by their mean.",
        undefined_when="the essay has fewer than two sentences",
        languages=("en", "sv"),
        value_range="[0, ∞)",
    ),
)


class SyntaxExtractor:
    """Computes the group ``syntax``."""

    @property
    def definitions(self) -> tuple[FeatureDefinition, ...]:
        """What is computed."""
        return DEFINITIONS

    @property
    def identity(self) -> Mapping[str, str]:
        """What the values depend on."""
        return {"document": DOCUMENT_VERSION, "syntax": _ALGORITHM}

    def extract(self, document: EssayDocument) -> tuple[float, ...]:
        """Return one value per definition."""
        lengths = [float(len(sentence.words)) for sentence in document.sentences]
        average = mean(lengths)
        return average, math.sqrt(variance(lengths)) / average
