"""How sentences and paragraphs hang together by their words."""

from collections import Counter
from collections.abc import Mapping
from itertools import pairwise

from huleedu_essay_features.document import DOCUMENT_VERSION, EssayDocument
from huleedu_essay_features.extractors.measures import cosine, mean, variance
from huleedu_essay_features.lexicon import lexicon_identity
from huleedu_essay_features.schema import FeatureDefinition

_ALGORITHM = "1"

DEFINITIONS = (
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
)


class CohesionExtractor:
    """Computes the group ``cohesion``."""

    @property
    def definitions(self) -> tuple[FeatureDefinition, ...]:
        """What is computed."""
        return DEFINITIONS

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
        return mean(overlaps), variance(overlaps), mean(_paragraph_cosines(document))


def _paragraph_cosines(document: EssayDocument) -> list[float]:
    counts: dict[int, Counter[str]] = {}
    for sentence, lemmas in zip(document.sentences, document.content_lemmas, strict=True):
        counts.setdefault(sentence.paragraph, Counter()).update(lemmas)
    return [cosine(*pair) for pair in pairwise(filter(None, counts.values()))]
