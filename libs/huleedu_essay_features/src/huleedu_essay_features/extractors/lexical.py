"""How varied and how rare the words are."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache

from huleedu_essay_features.analysis import NO_ANALYSERS, Analysers, ParsedSentence
from huleedu_essay_features.document import DOCUMENT_VERSION, EssayDocument
from huleedu_essay_features.extractors.availability import Need, available_features
from huleedu_essay_features.extractors.measures import mean, ratio
from huleedu_essay_features.lexicon import lexicon_identity
from huleedu_essay_features.schema import FeatureDefinition
from huleedu_essay_features.tokens import TokenKind

_ALGORITHM = "1"
_MTLD_THRESHOLD = 0.72
_MTLD_LEAST_WORDS = 50
_HDD_SAMPLE = 42
_RARE_ZIPF = 3.0

DEFINITIONS = (
    FeatureDefinition(
        "mtld",
        "lexical",
        "words",
        "Mean number of running words over which the type-token ratio of lower-case words stays at "
        "or above 0.72, averaged over a forward and a backward pass; the last, incomplete stretch "
        "counts in proportion.",
        undefined_when=f"the essay has fewer than {_MTLD_LEAST_WORDS} words, or repeats none",
        source="McCarthy & Jarvis 2010, Behavior Research Methods 42, 381–392",
        languages=("en", "sv"),
        value_range="[1, ∞)",
    ),
    FeatureDefinition(
        "hdd",
        "lexical",
        "type-token ratio",
        f"Expected type-token ratio of {_HDD_SAMPLE} lower-case words drawn without replacement.",
        undefined_when=f"the essay has fewer than {_HDD_SAMPLE} words",
        source="McCarthy & Jarvis 2007, Language Testing 24, 459–488",
        languages=("en", "sv"),
        value_range="(0, 1]",
    ),
    FeatureDefinition(
        "ttr_lemma",
        "lexical",
        "ratio",
        "Distinct base forms divided by running words.",
        undefined_when="the essay has no word",
        languages=("en", "sv"),
        value_range="(0, 1]",
    ),
    FeatureDefinition(
        "content_word_ratio",
        "lexical",
        "share",
        "Nouns, names, verbs, adjectives and adverbs as a share of the parser's words; copulas and "
        "auxiliaries are not verbs here, and n't or 's is a word.",
        undefined_when="the essay has no word",
        source="lexical density, Ure 1971; Lu 2012, Modern Language Journal 96, 190–208",
        languages=("en", "sv"),
        value_range="[0, 1]",
    ),
    FeatureDefinition(
        "avg_zipf",
        "lexical",
        "Zipf scale",
        "Mean Zipf frequency (log10 of occurrences per 10⁹ words) of the words that the frequency "
        "list has; words with a digit are left out.",
        undefined_when="the frequency list has none of the words",
        source="wordfreq, large list; scale: van Heuven et al. 2014",
        languages=("en", "sv"),
        value_range="[1, 8]",
    ),
    FeatureDefinition(
        "pct_zipf_lt3",
        "lexical",
        "per 100 words",
        "Words with a Zipf frequency below 3, as a percentage of the words that the frequency list "
        "has; words with a digit are left out.",
        undefined_when="the frequency list has none of the words",
        source="wordfreq, large list",
        languages=("en", "sv"),
        value_range="[0, 100]",
    ),
    FeatureDefinition(
        "noun_verb_ratio",
        "lexical",
        "ratio",
        "Nouns and names divided by verbs other than copulas and auxiliaries.",
        undefined_when="the essay has no such verb",
        languages=("en", "sv"),
        value_range="[0, ∞)",
    ),
    FeatureDefinition(
        "adj_adv_ratio",
        "lexical",
        "ratio",
        "Adjectives divided by adverbs.",
        undefined_when="the essay has no adverb",
        languages=("en", "sv"),
        value_range="[0, ∞)",
    ),
)

_NEEDS: Mapping[str, Need] = {
    "content_word_ratio": "parser",
    "noun_verb_ratio": "parser",
    "adj_adv_ratio": "parser",
}


class LexicalExtractor:
    """Computes the group ``lexical``.

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
        return {"document": DOCUMENT_VERSION, "lexical": _ALGORITHM, **lexicon_identity()}

    def extract(self, document: EssayDocument) -> tuple[float, ...]:
        """Return one value per definition."""
        zipf = document.lexicon.zipf
        frequencies = [
            frequency
            for word, key in zip(document.words, document.keys, strict=True)
            if word.kind is TokenKind.WORD and not math.isnan(frequency := zipf(key))
        ]
        values = {
            "mtld": mtld(document.keys),
            "hdd": hdd(document.keys),
            "ttr_lemma": ratio(len(set(document.lemmas)), len(document.lemmas)),
            "avg_zipf": mean(frequencies),
            "pct_zipf_lt3": 100
            * mean([float(frequency < _RARE_ZIPF) for frequency in frequencies]),
        }
        if document.parsed is not None:
            values.update(_word_classes(document.parsed))
        return tuple(values.get(definition.name, math.nan) for definition in self._definitions)


def _word_classes(sentences: Sequence[ParsedSentence]) -> dict[str, float]:
    counts = Counter(
        token.upos
        for sentence in sentences
        for token in sentence.tokens
        if any(map(str.isalnum, token.text))
    )
    nouns = counts["NOUN"] + counts["PROPN"]
    content = nouns + counts["VERB"] + counts["ADJ"] + counts["ADV"]
    return {
        "content_word_ratio": ratio(content, counts.total()),
        "noun_verb_ratio": ratio(nouns, counts["VERB"]),
        "adj_adv_ratio": ratio(counts["ADJ"], counts["ADV"]),
    }


def mtld(words: Sequence[str]) -> float:
    """Return the measure of textual lexical diversity; NaN where undefined."""
    if len(words) < _MTLD_LEAST_WORDS:
        return math.nan
    return (_mtld_pass(words) + _mtld_pass(words[::-1])) / 2


def _mtld_pass(words: Sequence[str]) -> float:
    factors = 0.0
    types: set[str] = set()
    tokens = 0
    for word in words:
        types.add(word)
        tokens += 1
        if len(types) < _MTLD_THRESHOLD * tokens:
            factors += 1
            types.clear()
            tokens = 0
    if tokens:
        factors += (1 - len(types) / tokens) / (1 - _MTLD_THRESHOLD)
    return ratio(len(words), factors)


def hdd(words: Sequence[str]) -> float:
    """Return the hypergeometric diversity of a 42-word sample; NaN where undefined."""
    n = len(words)
    if n < _HDD_SAMPLE:
        return math.nan
    occurrences = Counter(Counter(words).values())
    expected = math.fsum(
        types * (1 - _probability_absent(n, count)) for count, types in sorted(occurrences.items())
    )
    return expected / _HDD_SAMPLE


@lru_cache(maxsize=10_000)
def _probability_absent(n: int, count: int) -> float:
    """Return the probability that a sample of 42 out of n words holds none of ``count`` equal."""
    return math.comb(n - count, _HDD_SAMPLE) / math.comb(n, _HDD_SAMPLE)
