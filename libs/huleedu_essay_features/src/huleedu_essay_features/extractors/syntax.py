"""How long the sentences are, and how they are built."""

import math
from collections.abc import Iterator, Mapping, Sequence

from huleedu_essay_features.analysis import NO_ANALYSERS, Analysers, ParsedSentence
from huleedu_essay_features.document import DOCUMENT_VERSION, EssayDocument
from huleedu_essay_features.extractors.availability import Need, available_features
from huleedu_essay_features.extractors.clauses import count_clauses, relation
from huleedu_essay_features.extractors.measures import mean, ratio, variance
from huleedu_essay_features.schema import FeatureDefinition

_ALGORITHM = "1"
_CLAUSE = (
    "a clause has a finite verb or is an imperative, and coordinated verbs with one subject "
    "share it"
)

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
    FeatureDefinition(
        "clauses_per_sentence",
        "syntax",
        "clauses",
        f"Clauses divided by sentences; {_CLAUSE}.",
        undefined_when="the essay has no word",
        source="C/S of Lu 2010, International Journal of Corpus Linguistics 15, 474–496, here by "
        "dependencies",
        languages=("en", "sv"),
        value_range="[0, ∞)",
    ),
    FeatureDefinition(
        "subordination_ratio",
        "syntax",
        "share",
        "Share of the clauses that are nominal, adverbial or relative ones; a complement clause "
        "before its head and without a conjunction is a main one, as in a comma splice.",
        undefined_when="the essay has no clause",
        source="DC/C of Lu 2010, here by dependencies",
        languages=("en", "sv"),
        value_range="[0, 1]",
    ),
    FeatureDefinition(
        "mean_tunit_length_words",
        "syntax",
        "words",
        "Running words divided by T-units; a T-unit is a main clause with all that depends on it.",
        undefined_when="the essay has no main clause",
        source="Hunt 1965, Grammatical Structures Written at Three Grade Levels; MLT of Lu 2010",
        languages=("en", "sv"),
        value_range="(0, ∞)",
    ),
    FeatureDefinition(
        "passive_voice_rate",
        "syntax",
        "per 100 words",
        "Verbs in the passive (with a passive auxiliary or a passive subject) per 100 words.",
        undefined_when="the essay has no word",
        languages=("en", "sv"),
        value_range="[0, 100]",
    ),
    FeatureDefinition(
        "dependency_distance_mean",
        "syntax",
        "words",
        "Mean number of words from a word to its head, 1 for neighbours; punctuation marks are "
        "neither counted nor passed, roots have no head.",
        undefined_when="no word has a head",
        source="Liu 2008, Journal of Cognitive Science 9, 159–191",
        languages=("en", "sv"),
        value_range="[1, ∞)",
    ),
    FeatureDefinition(
        "coordination_rate",
        "syntax",
        "per 100 words",
        "Words, phrases and clauses that are joined to an earlier one of their kind (relation "
        "conj), per 100 words.",
        undefined_when="the essay has no word",
        languages=("en", "sv"),
        value_range="[0, 100]",
    ),
    FeatureDefinition(
        "parse_depth_mean",
        "syntax",
        "dependencies",
        "Mean over sentences of the number of dependencies between a root and the word that is "
        "farthest from it.",
        undefined_when="the essay has no word",
        languages=("en", "sv"),
        value_range="[0, ∞)",
    ),
    FeatureDefinition(
        "left_branching_ratio",
        "syntax",
        "share",
        "Share of the words with a head that stand before it; punctuation marks do not count.",
        undefined_when="no word has a head",
        source="direction of dependencies, Liu 2010, Lingua 120, 1567–1578",
        languages=("en", "sv"),
        value_range="[0, 1]",
    ),
)

_NEEDS: Mapping[str, Need] = {
    "clauses_per_sentence": "parser",
    "subordination_ratio": "parser",
    "mean_tunit_length_words": "parser",
    "passive_voice_rate": "parser",
    "dependency_distance_mean": "parser",
    "coordination_rate": "parser",
    "parse_depth_mean": "parser",
    "left_branching_ratio": "parser",
}


class SyntaxExtractor:
    """Computes the group ``syntax``.

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
        return {"document": DOCUMENT_VERSION, "syntax": _ALGORITHM}

    def extract(self, document: EssayDocument) -> tuple[float, ...]:
        """Return one value per definition."""
        lengths = [float(len(sentence.words)) for sentence in document.sentences]
        average = mean(lengths)
        values = {
            "mean_sentence_length_words": average,
            "sentence_length_cv": math.sqrt(variance(lengths)) / average,
        }
        if document.parsed is not None:
            values.update(_structure(document.parsed, len(document.words)))
        return tuple(values.get(definition.name, math.nan) for definition in self._definitions)


def _structure(sentences: Sequence[ParsedSentence], n_words: int) -> dict[str, float]:
    counts = [count_clauses(sentence) for sentence in sentences]
    clauses = sum(count.clauses for count in counts)
    distances = [distance for sentence in sentences for distance in _distances(sentence)]
    return {
        "clauses_per_sentence": ratio(clauses, len(sentences)),
        "subordination_ratio": ratio(sum(count.subordinate for count in counts), clauses),
        "mean_tunit_length_words": ratio(n_words, sum(count.t_units for count in counts)),
        "passive_voice_rate": 100 * ratio(sum(map(_passives, sentences)), n_words),
        "dependency_distance_mean": mean([abs(distance) for distance in distances]),
        "coordination_rate": 100 * ratio(sum(map(_conjuncts, sentences)), n_words),
        "parse_depth_mean": mean([_depth(sentence) for sentence in sentences]),
        "left_branching_ratio": mean([float(distance > 0) for distance in distances]),
    }


def _passives(sentence: ParsedSentence) -> int:
    """Count the verbs with a passive auxiliary or subject."""
    passive = ("aux:pass", "nsubj:pass", "csubj:pass")
    return len({token.head for token in sentence.tokens if token.dep in passive})


def _conjuncts(sentence: ParsedSentence) -> int:
    return sum(relation(token) == "conj" for token in sentence.tokens)


def _distances(sentence: ParsedSentence) -> Iterator[int]:
    """Yield how many words after each word its head stands; negative where it stands before."""
    places: list[int] = []
    n_words = 0
    for token in sentence.tokens:
        places.append(n_words)
        n_words += token.upos != "PUNCT"
    for index, token in enumerate(sentence.tokens):
        head = token.head
        if head != index and "PUNCT" not in (token.upos, sentence.tokens[head].upos):
            yield places[head] - places[index]


def _depth(sentence: ParsedSentence) -> int:
    """Return the length of the longest path from a root to a word."""
    tokens = sentence.tokens
    depths = {index: 0 for index, token in enumerate(tokens) if token.head == index}
    for start in range(len(tokens)):
        path = []
        place = start
        while place not in depths:
            path.append(place)
            place = tokens[place].head
        first = depths[place] + 1
        depths.update(zip(reversed(path), range(first, first + len(path)), strict=True))
    return max(
        (depths[index] for index, token in enumerate(tokens) if token.upos != "PUNCT"), default=0
    )
