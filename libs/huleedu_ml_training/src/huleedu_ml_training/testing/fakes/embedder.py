"""An embedder whose vectors a test chooses, word by word."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from huleedu_essay_features.embeddings.pooling import WindowStates, pool_text, stack_texts
from huleedu_essay_features.normalisation import normalise_text
from huleedu_essay_features.protocols import TextVectors
from huleedu_essay_features.segmentation import Span

_WORD = re.compile(r"\w+")


class WordVectorEmbedder:
    """Gives each word a vector that no context changes; texts and spans are means of them.

    Args:
        vectors: Word, as written → its vector; other words have vectors that look random.
        dimensions: Length of all vectors.
        languages: ISO 639-1 codes that it speaks; empty for all.
    """

    def __init__(
        self,
        vectors: Mapping[str, Sequence[float]] = MappingProxyType({}),
        *,
        dimensions: int = 4,
        languages: tuple[str, ...] = ("en",),
    ) -> None:
        self._vectors = dict(vectors)
        self.dimensions = dimensions
        self.languages = languages
        self.identity = {"embedding.model": f"words, {len(self._vectors)} of them chosen"}

    def embed(
        self, texts: Sequence[str], spans: Sequence[Sequence[Span]] | None = None
    ) -> TextVectors:
        """Return the vectors of n texts; one without a word gives NaN."""
        size = self.dimensions
        wanted = [()] * len(texts) if spans is None else spans
        pooled = [
            pool_text(self._windows(normalise_text(text)), of, dimensions=size, topic_size=size)
            for text, of in zip(texts, wanted, strict=True)
        ]
        return stack_texts(pooled, dimensions=size, topic_size=size)

    def _windows(self, text: str) -> list[WindowStates]:
        words = list(_WORD.finditer(text))
        if not words:
            return []
        states = np.stack([self._vector(word.group()) for word in words])
        offsets = np.array([word.span() for word in words], dtype=np.int64)
        return [WindowStates(offsets, states, states)]

    def _vector(self, word: str) -> NDArray[np.float32]:
        if word in self._vectors:
            return np.array(self._vectors[word], dtype=np.float32)
        digest = hashlib.sha256(word.encode("utf-8", "surrogatepass")).digest()
        rng = np.random.default_rng(int.from_bytes(digest[:8], "big"))
        return rng.standard_normal(self.dimensions).astype(np.float32)
