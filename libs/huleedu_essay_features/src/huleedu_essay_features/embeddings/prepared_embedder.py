"""Embedding texts with a prepared model: hidden states of one layer, averaged over tokens."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path

import onnxruntime

from huleedu_essay_features.embeddings.encoder_graph import state_name
from huleedu_essay_features.embeddings.encoder_session import hidden_states, open_session
from huleedu_essay_features.embeddings.encoder_tokenizer import EncoderTokenizer
from huleedu_essay_features.embeddings.pooling import WindowStates, pool_text, stack_texts
from huleedu_essay_features.embeddings.prepared import (
    GRAPH,
    TOKENIZER,
    PreparedDirectory,
    PreparedModel,
)
from huleedu_essay_features.normalisation import normalise_text
from huleedu_essay_features.protocols import TextVectors
from huleedu_essay_features.segmentation import Span


class PreparedEmbedder:
    """Embeds texts with a model that ``features prepare-model`` has kept.

    Writing vectors are means of one layer's hidden states over all tokens of a text; topic
    vectors are the same, of unit length. A text is cut into windows between words, never
    truncated, and each token counts once, those that open and close a window included.

    Each window is a call of its own, so that no vector depends on another text. Integer products
    are exact; what is left to the machine are the last bits of float32.

    Args:
        path: Directory of the prepared model.
        threads: Threads of one call.
        name: What to call the embedder in error texts.

    Raises:
        ModelNotPreparedError: There is no prepared model.
        PreparedModelChangedError: Its files are not those that were written.
        ModelsDirectoryError: They cannot be read.
    """

    def __init__(self, path: Path, *, threads: int = 1, name: str | None = None) -> None:
        self._threads = threads
        self._directory = PreparedDirectory(path, name=name or path.name)
        self._tokenizer = EncoderTokenizer(self._directory.read(TOKENIZER).decode())
        # Wrong bytes are found now; the graph is loaded from a second, again verified read when
        # the first text comes, so that asking for a schema stays cheap.
        self._directory.read(GRAPH)

    @property
    def model(self) -> PreparedModel:
        """What the vectors come from."""
        return self._directory.model

    @property
    def dimensions(self) -> int:
        """Length of a writing vector."""
        return self.model.dimensions

    @property
    def languages(self) -> tuple[str, ...]:
        """Languages that the encoder was trained on; empty: every language."""
        return self.model.languages

    @property
    def identity(self) -> Mapping[str, str]:
        """What the vectors depend on."""
        model = self.model
        return {
            "embedding.model": model.encoder,
            "embedding.weights": f"sha256:{model.weights_sha256}",
            "embedding.vocabulary": f"sha256:{model.tokenizer_sha256}",
            "embedding.layers": f"writing {model.layer}, topic {model.layer}, of {model.n_layers}",
            "embedding.windows": f"at most {model.window} tokens, balanced, between words",
            "embedding.pooling": "mean over tokens; writing as it is, topic of unit length",
            "embedding.arithmetic": f"{model.arithmetic}, {model.family}, "
            f"graph {model.graph_version}",
        }

    def embed(
        self, texts: Sequence[str], spans: Sequence[Sequence[Span]] | None = None
    ) -> TextVectors:
        """Return the vectors of n texts; what has no token gives NaN."""
        wanted: Sequence[Sequence[Span]] = [()] * len(texts) if spans is None else spans
        size = self.dimensions
        pooled = [
            pool_text(self._states(text), cuts, dimensions=size, topic_size=size)
            for text, cuts in zip(texts, wanted, strict=True)
        ]
        return stack_texts(pooled, dimensions=size, topic_size=size)

    def _states(self, text: str) -> Iterator[WindowStates]:
        output = state_name(self.model.layer)
        for window in self._tokenizer.windows(normalise_text(text), self.model.window):
            states = hidden_states(self._session, window.ids, [output])[0]
            yield WindowStates(window.offsets, states, states)

    @cached_property
    def _session(self) -> onnxruntime.InferenceSession:
        return open_session(self._directory.read(GRAPH), threads=self._threads)
