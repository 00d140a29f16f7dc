"""Length, and the classical formulas on word and sentence length."""

import math
from collections.abc import Mapping

from huleedu_essay_features.document import DOCUMENT_VERSION, EssayDocument
from huleedu_essay_features.extractors.measures import ratio
from huleedu_essay_features.schema import FeatureDefinition
from huleedu_essay_features.syllables import count_syllables

_ALGORITHM = "1"
_NO_WORD = "the essay has no word"

DEFINITIONS = (
    FeatureDefinition(
        "fkgl",
        "readability",
        "US school years",
        "Flesch-Kincaid grade level: 0.39·words/sentence + 11.8·syllables/word − 15.59.",
        undefined_when=_NO_WORD,
        source="Kincaid et al. 1975; fitted to English",
        languages=("en",),
        value_range="[−3.4, ∞)",
    ),
    FeatureDefinition(
        "fre",
        "readability",
        "points",
        "Flesch reading ease: 206.835 − 1.015·words/sentence − 84.6·syllables/word.",
        undefined_when=_NO_WORD,
        source="Flesch 1948, Journal of Applied Psychology 32, 221–233; fitted to English",
        languages=("en",),
        value_range="(−∞, 121.22]",
    ),
    FeatureDefinition(
        "smog",
        "readability",
        "US school years",
        "1.043·√(30·p/sentences) + 3.1291, where p counts words of three or more syllables.",
        undefined_when=_NO_WORD,
        source="McLaughlin 1969, Journal of Reading 12, 639–646; fitted to English",
        languages=("en",),
        value_range="[3.1291, ∞)",
    ),
    FeatureDefinition(
        "ari",
        "readability",
        "US school years",
        "Automated readability index: 4.71·characters/word + 0.5·words/sentence − 21.43, counting "
        "letters and digits. Swedish texts: the same index, not calibrated to school years.",
        undefined_when=_NO_WORD,
        source="Senter & Smith 1967",
        languages=("en", "sv"),
        value_range="[−16.22, ∞)",
    ),
    FeatureDefinition(
        "avg_syllables_per_word",
        "readability",
        "syllables",
        "Mean number of syllables of a word, counted by rules on the spelling; a number has one.",
        undefined_when=_NO_WORD,
        languages=("en", "sv"),
        value_range="[1, ∞)",
    ),
    FeatureDefinition(
        "total_words",
        "readability",
        "count",
        "Maximal runs of letters or digits, with inner apostrophes and hyphens kept.",
        value_range="[0, ∞)",
    ),
    FeatureDefinition(
        "total_sentences",
        "readability",
        "count",
        "Sentences that hold a word; the last one of a paragraph needs no terminal mark.",
        value_range="[0, ∞)",
    ),
    FeatureDefinition(
        "total_paragraphs",
        "readability",
        "count",
        "Paragraphs that hold a word. Blank lines separate paragraphs; without any, each line is "
        "one, unless the lines are wrapped at a fixed width.",
        value_range="[0, ∞)",
    ),
)


class ReadabilityExtractor:
    """Computes the group ``readability``."""

    @property
    def definitions(self) -> tuple[FeatureDefinition, ...]:
        """What is computed."""
        return DEFINITIONS

    @property
    def identity(self) -> Mapping[str, str]:
        """What the values depend on."""
        return {"document": DOCUMENT_VERSION, "readability": _ALGORITHM}

    def extract(self, document: EssayDocument) -> tuple[float, ...]:
        """Return one value per definition."""
        n_words, n_sentences = len(document.words), len(document.sentences)
        syllables = [count_syllables(key, document.language) for key in document.keys]
        characters = sum(sum(map(str.isalnum, key)) for key in document.keys)
        long_words = sum(count >= 3 for count in syllables)
        words_per_sentence = ratio(n_words, n_sentences)
        syllables_per_word = ratio(sum(syllables), n_words)
        return (
            0.39 * words_per_sentence + 11.8 * syllables_per_word - 15.59,
            206.835 - 1.015 * words_per_sentence - 84.6 * syllables_per_word,
            1.043 * math.sqrt(ratio(30 * long_words, n_sentences)) + 3.1291,
            4.71 * ratio(characters, n_words) + 0.5 * words_per_sentence - 21.43,
            syllables_per_word,
            float(n_words),
            float(n_sentences),
            float(len(document.paragraphs)),
        )
