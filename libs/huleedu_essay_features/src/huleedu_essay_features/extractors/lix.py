"""LIX, the usual index of readability for Swedish."""

from collections.abc import Mapping

from huleedu_essay_features.document import DOCUMENT_VERSION, EssayDocument
from huleedu_essay_features.extractors.measures import ratio
from huleedu_essay_features.schema import FeatureDefinition

_ALGORITHM = "1"
_LONG_WORD = 7

DEFINITIONS = (
    FeatureDefinition(
        "lix",
        "readability",
        "points",
        "Words per sentence plus the percentage of words of more than six letters and digits.",
        undefined_when="the essay has no word",
        source="Björnsson 1968, Läsbarhet",
        languages=("en", "sv"),
        value_range="[1, ∞)",
    ),
)


class LixExtractor:
    """Computes LIX, which follows the engineered features where it is asked for."""

    @property
    def definitions(self) -> tuple[FeatureDefinition, ...]:
        """What is computed."""
        return DEFINITIONS

    @property
    def identity(self) -> Mapping[str, str]:
        """What the values depend on."""
        return {"document": DOCUMENT_VERSION, "lix": _ALGORITHM}

    def extract(self, document: EssayDocument) -> tuple[float, ...]:
        """Return one value per definition."""
        long_words = sum(sum(map(str.isalnum, key)) >= _LONG_WORD for key in document.keys)
        n_words = len(document.words)
        return (ratio(n_words, len(document.sentences)) + 100 * ratio(long_words, n_words),)
