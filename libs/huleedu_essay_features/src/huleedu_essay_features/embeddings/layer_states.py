"""Means of an encoder's hidden states, layer by layer."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from huleedu_essay_features.embeddings.encoder_graph import (
    Arithmetic,
    build_encoder_graph,
    state_name,
)
from huleedu_essay_features.embeddings.encoder_session import hidden_states, open_session
from huleedu_essay_features.embeddings.encoder_source import EncoderSource
from huleedu_essay_features.embeddings.encoder_tokenizer import EncoderTokenizer
from huleedu_essay_features.normalisation import normalise_text


class LayerReader:
    """Reads texts with an encoder; safe for concurrent use.

    Args:
        source: The encoder.
        layers: Layers whose states are wanted: 0…L, 0 for the embeddings.
        arithmetic: ``int8`` or ``float32``.
        window: Tokens of the longest window.
        threads: Threads of one call.

    Attributes:
        layers: The layers, in the order of the results.
        window: Tokens of the longest window.
        graph: The ONNX model, serialised.

    Raises:
        UnusableEncoderError: Weights are missing or of another shape than the configuration says.
    """

    def __init__(
        self,
        source: EncoderSource,
        *,
        layers: Sequence[int],
        arithmetic: Arithmetic,
        window: int,
        threads: int = 1,
    ) -> None:
        self.layers = tuple(layers)
        self.window = window
        self.graph = build_encoder_graph(
            source.weights, layers=layers, window=window, arithmetic=arithmetic
        )
        self._dimensions = source.config.dimensions
        self._session = open_session(self.graph, threads=threads)
        self._tokenizer = EncoderTokenizer(source.tokenizer)

    def means(
        self, texts: Sequence[str], *, progress: Callable[[int, int], None] | None = None
    ) -> NDArray[np.float32]:
        """Return means over all tokens of each text, those that open and close a window included.

        Args:
            texts: n texts.
            progress: Called as ``progress(done, total)``, in texts.

        Returns:
            ndarray of shape (n, n_layers, d), float32; NaN for a text without tokens.
        """
        outputs = [state_name(layer) for layer in self.layers]
        means = np.full((len(texts), len(outputs), self._dimensions), np.nan, dtype=np.float32)
        for row, text in enumerate(texts):
            total = np.zeros(means.shape[1:], dtype=np.float64)
            n_tokens = 0
            for window in self._tokenizer.windows(normalise_text(text), self.window):
                states = hidden_states(self._session, window.ids, outputs)
                total += [each.sum(axis=0, dtype=np.float64) for each in states]
                n_tokens += len(window.ids)
            if n_tokens:
                means[row] = total / n_tokens
            if progress is not None:
                progress(row + 1, len(texts))
        return means
