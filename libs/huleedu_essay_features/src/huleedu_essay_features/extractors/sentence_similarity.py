"""How alike the sentences of a text are, by their vectors.

Vectors of sentences that were read in their context are all rather near to one another, and how
near depends on the model. So nothing here compares a cosine with a constant: what is low is said
by the essay's own sentences.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from huleedu_essay_features.document import EssayDocument

_ROUNDING = 1e-6
"""Cosines of equal float32 vectors differ by less."""


class SentenceSimilarities:
    """Cosines among the n sentences of a text.

    A sentence without a vector takes part in nothing. Cosines are float64 in [-1, 1].

    Args:
        sentences: ndarray of shape (n, d), float32, rows of unit length or NaN.
        paragraphs: Of each sentence, the index of its paragraph.
    """

    def __init__(self, sentences: NDArray[np.float32], paragraphs: Sequence[int]) -> None:
        vectors = sentences.astype(np.float64)
        known = np.flatnonzero(~np.isnan(vectors).any(axis=1))
        self._known = vectors[known]
        first = known[:-1][np.diff(known) == 1]
        self._neighbours = _cosines(vectors[first], vectors[first + 1])
        self._breaks = np.diff(np.array(paragraphs, dtype=np.int64))[first] != 0

    @property
    def neighbour_variance(self) -> float:
        """Population variance of the cosines of neighbours; NaN for fewer than two pairs."""
        return _variance(self._neighbours)

    @property
    def low_rate(self) -> float:
        """Share of neighbours less alike than two sentences are on average.

        NaN for no neighbours and for fewer than three sentences, whose one pair is the average.
        """
        n = len(self._known)
        if n < 3 or not len(self._neighbours):
            return math.nan
        # Of all cosines the mean, without making them all: |v₁ + … + vₙ|² holds each pair twice.
        squares = float(np.sum(self._known**2))
        total = float(np.sum(self._known.sum(axis=0) ** 2))
        average = (total - squares) / (n * (n - 1))
        return float(np.mean(self._neighbours < average - _ROUNDING))

    @property
    def paragraph_drop(self) -> float:
        """Mean cosine of neighbours in one paragraph minus that of neighbours in two.

        NaN where there are none of either kind.
        """
        inside = self._neighbours[~self._breaks]
        across = self._neighbours[self._breaks]
        if not len(inside) or not len(across):
            return math.nan
        return float(inside.mean() - across.mean())

    def variance_towards(self, topic: NDArray[np.float32]) -> float:
        """Return the population variance of the sentences' cosines to a topic.

        Args:
            topic: ndarray of shape (d,), float32, of unit length, or NaN.

        Returns:
            NaN for fewer than two sentences, and where the topic is NaN.
        """
        return _variance(_cosines(self._known, topic.astype(np.float64)))


def sentence_similarities(document: EssayDocument) -> SentenceSimilarities | None:
    """Return the similarities of a document; None where no embedder speaks its language."""
    if document.vectors is None:
        return None
    paragraphs = [sentence.paragraph for sentence in document.sentences]
    return SentenceSimilarities(document.vectors.sentences, paragraphs)


def _cosines(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    cosines: NDArray[np.float64] = np.clip(np.sum(a * b, axis=1), -1.0, 1.0)
    return cosines


def _variance(values: NDArray[np.float64]) -> float:
    return float(np.var(values)) if len(values) >= 2 else math.nan
