"""How sentences and paragraphs hang together, by their words and by what they are about."""

import math
from collections import Counter
from collections.abc import Mapping
from itertools import pairwise

from huleedu_essay_features.analysis import NO_ANALYSERS, Analysers
from huleedu_essay_features.document import DOCUMENT_VERSION, EssayDocument
from huleedu_essay_features.extractors.availability import Need, available_features
from huleedu_essay_features.extractors.entities import entity_grid
from huleedu_essay_features.extractors.measures import cosine, mean, variance
from huleedu_essay_features.extractors.sentence_similarity import sentence_similarities
from huleedu_essay_features.lexicon import lexicon_identity
from huleedu_essay_features.schema import FeatureDefinition

_ALGORITHM = "1"

DEFINITIONS = (
    FeatureDefinition(
        "entity_grid_coherence",
        "cohesion",
        "cosine",
        "Mean over neighbouring sentences of the cosine of their entities, weighted by role: the "
        "base forms of nouns and names that head a phrase, 3 as subject, 2 as object, else 1; "
        "neighbours without any entity are left out.",
        undefined_when="no two neighbouring sentences have an entity",
        source="grid: Barzilay & Lapata 2008, Computational Linguistics 34, 1–34; weights: "
        "Guinaudeau & Strube 2013, ACL",
        languages=("en", "sv"),
        value_range="[0, 1]",
    ),
    FeatureDefinition(
        "adjacent_sent_sim_variance",
        "cohesion",
        "cosine²",
        "Population variance over neighbouring sentences of the cosine of their vectors: means "
        "over a sentence's tokens as the model reads them in the essay.",
        undefined_when="there are fewer than two pairs of neighbouring sentences",
        source="sentence vectors: Günther et al. 2024 (late chunking)",
        languages=("en", "sv"),
        value_range="[0, 1]",
    ),
    FeatureDefinition(
        "adjacent_sent_low_sim_rate",
        "cohesion",
        "share",
        "Share of the pairs of neighbouring sentences that are less alike (cosine lower by more "
        "than 10⁻⁶) than two different sentences of the essay are on average.",
        undefined_when="there are fewer than three sentences",
        languages=("en", "sv"),
        value_range="[0, 1]",
    ),
    FeatureDefinition(
        "lexical_overlap_prev_sent_mean",
        "cohesion",
        "share",
        "Mean over neighbouring sentences of 2·shared / (n₁ + n₂), counting the distinct base "
        "forms of content words; neighbours without any content word are left out.",
        undefined_when="no two neighbouring sentences have a content word",
        source="after the content word overlap of Coh-Metrix (Graesser et al. 2004)",
        languages=("en", "sv"),
        value_range="[0, 1]",
    ),
    FeatureDefinition(
        "lexical_overlap_prev_sent_var",
        "cohesion",
        "share²",
        "Population variance of the same shares.",
        undefined_when="fewer than two pairs of neighbouring sentences have a content word",
        languages=("en", "sv"),
        value_range="[0, 0.25]",
    ),
    FeatureDefinition(
        "paragraph_thematic_overlap_mean",
        "cohesion",
        "cosine",
        "Mean over neighbouring paragraphs of the cosine of their counts of base forms of content "
        "words; paragraphs without content words are left out.",
        undefined_when="fewer than two paragraphs have a content word",
        languages=("en", "sv"),
        value_range="[0, 1]",
    ),
    FeatureDefinition(
        "paragraph_boundary_drop_mean",
        "cohesion",
        "cosine",
        "Mean cosine of neighbouring sentences of the same paragraph minus mean cosine of "
        "neighbouring sentences on two sides of a paragraph boundary.",
        undefined_when="there is one paragraph, or none has two sentences",
        source="after the lexical cohesion dips of TextTiling (Hearst 1997)",
        languages=("en", "sv"),
        value_range="[−2, 2]",
    ),
    FeatureDefinition(
        "doc_sent_drift_var",
        "cohesion",
        "cosine²",
        "Population variance over sentences of the cosine of their vectors to the essay's topic "
        "vector.",
        undefined_when="there are fewer than two sentences",
        languages=("en", "sv"),
        value_range="[0, 1]",
    ),
)

_NEEDS: Mapping[str, Need] = {
    "entity_grid_coherence": "parser",
    "adjacent_sent_sim_variance": "embedder",
    "adjacent_sent_low_sim_rate": "embedder",
    "paragraph_boundary_drop_mean": "embedder",
    "doc_sent_drift_var": "embedder",
}


class CohesionExtractor:
    """Computes the group ``cohesion``.

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
        return {"document": DOCUMENT_VERSION, "cohesion": _ALGORITHM, **lexicon_identity()}

    def extract(self, document: EssayDocument) -> tuple[float, ...]:
        """Return one value per definition."""
        sets = [set(lemmas) for lemmas in document.content_lemmas]
        overlaps = [
            2 * len(before & after) / (len(before) + len(after))
            for before, after in pairwise(sets)
            if before or after
        ]
        values = {
            "entity_grid_coherence": _entity_coherence(document),
            "lexical_overlap_prev_sent_mean": mean(overlaps),
            "lexical_overlap_prev_sent_var": variance(overlaps),
            "paragraph_thematic_overlap_mean": mean(_paragraph_cosines(document)),
            **_sentence_values(document),
        }
        return tuple(values.get(definition.name, math.nan) for definition in self._definitions)


def _entity_coherence(document: EssayDocument) -> float:
    grid = entity_grid(document)
    if grid is None:
        return math.nan
    rows = [Counter(row) for row in grid]
    return mean(
        [
            cosine(before, after) if before and after else 0.0
            for before, after in pairwise(rows)
            if before or after
        ]
    )


def _sentence_values(document: EssayDocument) -> dict[str, float]:
    similarities = sentence_similarities(document)
    if similarities is None or document.vectors is None:
        return {}
    return {
        "adjacent_sent_sim_variance": similarities.neighbour_variance,
        "adjacent_sent_low_sim_rate": similarities.low_rate,
        "paragraph_boundary_drop_mean": similarities.paragraph_drop,
        "doc_sent_drift_var": similarities.variance_towards(document.vectors.topic),
    }


def _paragraph_cosines(document: EssayDocument) -> list[float]:
    counts: dict[int, Counter[str]] = {}
    for sentence, lemmas in zip(document.sentences, document.content_lemmas, strict=True):
        counts.setdefault(sentence.paragraph, Counter()).update(lemmas)
    return [cosine(*pair) for pair in pairwise(filter(None, counts.values()))]
