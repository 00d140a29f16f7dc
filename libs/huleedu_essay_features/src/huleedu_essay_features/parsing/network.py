"""The networks of a spaCy pipeline, run as few large matrix products.

spaCy computes the same sums through BLIS, one call a transition and state; its wheels choose slow
kernels on many processors. Here numpy's BLAS does them: each distinct word of a text is embedded
once, and all sentences take their next transition together.
"""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from spacy.ml.parser_model import ParserStepModel
from spacy.tokens import Doc

Floats = NDArray[np.float32]
Ints = NDArray[np.uint64]

_EPSILON = np.float32(1e-8)


class _Maxout(NamedTuple):
    """A maxout layer and the normalisation that follows it.

    Attributes:
        weights: ndarray of shape (n_in, pieces · n_out), float32; pieces outermost.
        bias: ndarray of shape (pieces · n_out,), float32.
        pieces: Number of linear maps of which the largest counts.
        scale: ndarray of shape (n_out,), float32.
        shift: ndarray of shape (n_out,), float32.
    """

    weights: Floats
    bias: Floats
    pieces: int
    scale: Floats
    shift: Floats

    @classmethod
    def of(cls, maxout: Any, norm: Any) -> "_Maxout":
        weights, bias = maxout.get_param("W"), maxout.get_param("b")
        n_out, pieces, n_in = weights.shape
        return cls(
            np.ascontiguousarray(weights.transpose(2, 1, 0).reshape(n_in, pieces * n_out)),
            np.ascontiguousarray(bias.T).ravel(),
            pieces,
            norm.get_param("G"),
            norm.get_param("b"),
        )

    def __call__(self, inputs: Floats) -> Floats:
        products = inputs @ self.weights
        products += self.bias
        hidden: Floats = _largest(products, self.pieces)
        hidden -= hidden.mean(axis=1, keepdims=True)
        variance = np.einsum("ij,ij->i", hidden, hidden) / np.float32(hidden.shape[1])
        hidden /= np.sqrt(variance + _EPSILON)[:, None]
        hidden *= self.scale
        hidden += self.shift
        return hidden


class TokenEncoder:
    """Vectors of tokens in their contexts, equal but for rounding to ``spacy.Tok2Vec.v2``.

    Args:
        model: The pipeline's, of hash embeddings and a window encoder with window 1.
    """

    def __init__(self, model: Any) -> None:
        embed, encode = model.layers
        self._attributes = _named(embed, "extract_features")[0].attrs["columns"]
        self._tables = [
            (node.attrs["seed"], node.get_param("E")) for node in _named(embed, "hashembed")
        ]
        self._hash = model.ops.hash
        self._gather = model.ops.gather_add
        self._mix = _Maxout.of(_named(embed, "maxout")[0], _named(embed, "layernorm")[0])
        self._layers = [
            _Maxout.of(*pair)
            for pair in zip(_named(encode, "maxout"), _named(encode, "layernorm"), strict=True)
        ]
        self._pad: int = encode.attrs["pad"]

    def __call__(self, docs: Sequence[Doc]) -> Floats:
        """Return ndarray of shape (n_tokens, width), of all tokens of all documents in order."""
        words = np.concatenate([doc.to_array(self._attributes) for doc in docs])
        embedded = self._embed(words)
        # Documents are kept apart by as many zeros as the windows of all layers reach.
        lengths = np.array([len(doc) for doc in docs])
        gaps = np.repeat(np.arange(1, len(docs) + 1) * self._pad, lengths)
        rows = gaps + np.arange(len(words))
        n_rows = len(words) + (len(docs) + 1) * self._pad
        width = embedded.shape[1]
        # One more row at either end: the first window begins before the first row.
        states = np.zeros((n_rows + 2, width), dtype=np.float32)
        states[rows + 1] = embedded
        windows = np.lib.stride_tricks.as_strided(
            states, (n_rows, 3 * width), states.strides, writeable=False
        )
        for layer in self._layers:
            states[1:-1] += layer(np.ascontiguousarray(windows))
        vectors: Floats = states[rows + 1]
        return vectors

    def _embed(self, words: Ints) -> Floats:
        """Return ndarray of shape (n_tokens, width) from one of shape (n_tokens, n_attributes)."""
        places: dict[tuple[int, ...], int] = {}
        inverse = [places.setdefault(word, len(places)) for word in map(tuple, words.tolist())]
        distinct = np.array(list(places), dtype=np.uint64)
        vectors = [
            self._gather(table, self._hash(np.ascontiguousarray(column), seed) % len(table))
            for (seed, table), column in zip(self._tables, distinct.T, strict=True)
        ]
        return self._mix(np.concatenate(vectors, axis=1))[inverse]


class TransitionNetwork:
    """Chooses the transitions of an arc-eager parser, equal but for rounding to spaCy's own.

    Args:
        parser: The pipeline's component, with an upper layer.
    """

    def __init__(self, parser: Any) -> None:
        self._parser = parser
        model = parser.model
        linear = _named(model.get_ref("tok2vec"), "linear")[0]
        lower, upper = model.get_ref("lower"), model.get_ref("upper")
        weights, bias, pad = (lower.get_param(name) for name in ("W", "b", "pad"))
        self._positions, n_out, self._pieces, n_in = weights.shape
        self._width = n_out * self._pieces
        self._project = (linear.get_param("W").T, linear.get_param("b"))
        self._lower = np.ascontiguousarray(
            weights.transpose(3, 0, 2, 1).reshape(n_in, self._positions * self._width)
        )
        self._missing = pad[0].transpose(0, 2, 1).reshape(self._positions * self._width)
        self._bias = np.ascontiguousarray(bias.T).ravel()
        self._upper = (np.ascontiguousarray(upper.get_param("W").T), upper.get_param("b"))
        self._unseen = sorted(model.attrs["unseen_classes"])
        # Only spaCy can read its states; it asks no more of a model than this number.
        self._reader = SimpleNamespace(state2vec=SimpleNamespace(nF=self._positions))

    def annotate(self, docs: Sequence[Doc], vectors: Floats) -> None:
        """Set heads and relations of all tokens.

        Args:
            docs: Each is parsed on its own.
            vectors: ndarray of shape (n_tokens, width), of all tokens of all documents in order.
        """
        weights, bias = self._project
        features = np.empty((len(vectors) + 1, self._positions * self._width), dtype=np.float32)
        features[0] = self._missing
        np.matmul(vectors @ weights + bias, self._lower, out=features[1:])
        table = features.reshape(-1, self._width)
        column = np.arange(self._positions) + self._positions
        states = self._parser.moves.init_batch(docs)
        unfinished = [state for state in states if not state.is_final()]
        while unfinished:
            tokens = ParserStepModel.get_token_ids(self._reader, unfinished)
            chosen = table.take(tokens * self._positions + column, axis=0)
            scores = self._scores(chosen.sum(axis=1))
            unfinished = self._parser.transition_states(unfinished, scores)
        self._parser.set_annotations(docs, states)

    def _scores(self, sums: Floats) -> Floats:
        """Return ndarray of shape (n_states, n_transitions) from one of shape (n_states, width)."""
        weights, bias = self._upper
        scores: Floats = _largest(sums + self._bias, self._pieces) @ weights
        scores += bias
        if self._unseen:
            scores[:, self._unseen] = scores.min()
        return scores


class TagNetwork:
    """Chooses tags as ``spacy.Tagger.v2`` does.

    Args:
        tagger: The pipeline's component.
    """

    def __init__(self, tagger: Any) -> None:
        output = tagger.model.get_ref("softmax")
        self._weights = np.ascontiguousarray(output.get_param("W").T)
        self._bias = output.get_param("b")
        self._labels = tagger.labels

    def __call__(self, vectors: Floats) -> list[str]:
        """Return the tags of tokens from their vectors, ndarray of shape (n_tokens, width)."""
        # The largest score has the largest probability too.
        scores = vectors @ self._weights + self._bias
        return [self._labels[label] for label in scores.argmax(axis=1).tolist()]


def _largest(products: Floats, pieces: int) -> Floats:
    """Return ndarray of shape (n, m): maxima over the pieces of one of shape (n, pieces · m)."""
    parts = products.reshape(len(products), pieces, -1)
    largest: Floats = np.maximum(parts[:, 0], parts[:, 1])
    for piece in range(2, pieces):
        np.maximum(largest, parts[:, piece], out=largest)
    return largest


def _named(model: Any, name: str) -> list[Any]:
    return [node for node in model.walk() if node.name == name]
