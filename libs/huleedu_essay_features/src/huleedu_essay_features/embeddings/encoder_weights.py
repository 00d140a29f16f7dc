"""The weights of an encoder under one set of names, whatever its family calls them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from huleedu_essay_features.embeddings.encoder_config import EncoderConfig
from huleedu_essay_features.embeddings.errors import UnusableEncoderError

Array = NDArray[np.float32]

_PREFIXES = ("", "bert.", "roberta.", "mpnet.", "model.", "0.auto_model.")
"""What stands before the names, depending on the program that saved them."""

_PARTS = {
    "query": "attention.self.query",
    "key": "attention.self.key",
    "value": "attention.self.value",
    "attended": "attention.output.dense",
    "attention_norm": "attention.output.LayerNorm",
    "inner": "intermediate.dense",
    "outer": "output.dense",
    "output_norm": "output.LayerNorm",
}
_MPNET_PARTS = _PARTS | {
    "query": "attention.attn.q",
    "key": "attention.attn.k",
    "value": "attention.attn.v",
    "attended": "attention.attn.o",
    "attention_norm": "attention.LayerNorm",
}
_OLD_NAMES = {"LayerNorm.weight": "LayerNorm.gamma", "LayerNorm.bias": "LayerNorm.beta"}


@dataclass(frozen=True, slots=True, eq=False)
class Linear:
    """A linear map, ``x @ weight + bias``.

    Attributes:
        weight: ndarray of shape (n_inputs, n_outputs), float32.
        bias: ndarray of shape (n_outputs,), float32.
    """

    weight: Array
    bias: Array


@dataclass(frozen=True, slots=True, eq=False)
class Norm:
    """Parameters of a layer normalisation, each of shape (d,), float32."""

    gain: Array
    bias: Array


@dataclass(frozen=True, slots=True, eq=False)
class LayerWeights:
    """One transformer layer."""

    query: Linear
    key: Linear
    value: Linear
    attended: Linear
    attention_norm: Norm
    inner: Linear
    outer: Linear
    output_norm: Norm


class EncoderWeights:
    """The weights of an encoder, each checked for its shape when it is asked for.

    Args:
        config: Shape of the encoder.
        tensors: Name in the file → weights.
        origin: Where they come from, for error texts.

    Raises:
        UnusableEncoderError: There is no table of words; so do all methods, where what they
            return is missing or of another shape.
    """

    def __init__(self, config: EncoderConfig, tensors: Mapping[str, Array], *, origin: str) -> None:
        self.config = config
        self._tensors = tensors
        self._origin = origin
        word = "embeddings.word_embeddings.weight"
        found = [prefix for prefix in _PREFIXES if prefix + word in tensors]
        if not found:
            raise self.unusable(f"its weights have no {word}")
        self._prefix = found[0]

    def words(self) -> Array:
        """Return the table of word pieces, shape (vocabulary, d)."""
        shape = (self.config.vocabulary, self.config.dimensions)
        return self._tensor("embeddings.word_embeddings.weight", shape)

    def places(self, n_tokens: int) -> Array:
        """Return what is added to the first so many tokens for their place, shape (n_tokens, d).

        Where a family has segments, all tokens are of the first, which is added here too.
        """
        config = self.config
        table = self._tensor(
            "embeddings.position_embeddings.weight", (config.positions, config.dimensions)
        )
        first = config.first_position
        places = table[first : first + n_tokens]
        if config.family == "mpnet":
            return places
        segments = self._tensor("embeddings.token_type_embeddings.weight", (None, table.shape[1]))
        with_segment: Array = places + segments[0]
        return with_segment

    def embedding_norm(self) -> Norm:
        """Return the normalisation of the summed embeddings."""
        return self._norm("embeddings.LayerNorm")

    def distances(self, n_tokens: int) -> Array | None:
        """Return what relative distance adds to attention, shape (heads, n_tokens, n_tokens).

        Entry (h, i, j) is added to head h's score of token j as seen from token i. None where the
        family has none.
        """
        config = self.config
        if not config.buckets:
            return None
        table = self._tensor(
            "encoder.relative_attention_bias.weight", (config.buckets, config.n_heads)
        )
        places = np.arange(n_tokens)
        buckets = distance_buckets(places[None, :] - places[:, None], config.buckets)
        by_head: Array = table[buckets].transpose(2, 0, 1)
        return by_head

    def layer(self, index: int) -> LayerWeights:
        """Return a layer, counted from 0."""
        d, inner = self.config.dimensions, self.config.inner
        parts = _MPNET_PARTS if self.config.family == "mpnet" else _PARTS
        name = {part: f"encoder.layer.{index}.{path}" for part, path in parts.items()}
        return LayerWeights(
            query=self._linear(name["query"], d, d),
            key=self._linear(name["key"], d, d),
            value=self._linear(name["value"], d, d),
            attended=self._linear(name["attended"], d, d),
            attention_norm=self._norm(name["attention_norm"]),
            inner=self._linear(name["inner"], d, inner),
            outer=self._linear(name["outer"], inner, d),
            output_norm=self._norm(name["output_norm"]),
        )

    def _linear(self, name: str, n_inputs: int, n_outputs: int) -> Linear:
        weight = self._tensor(f"{name}.weight", (n_outputs, n_inputs))
        return Linear(weight.T, self._tensor(f"{name}.bias", (n_outputs,)))

    def _norm(self, name: str) -> Norm:
        shape = (self.config.dimensions,)
        return Norm(self._tensor(f"{name}.weight", shape), self._tensor(f"{name}.bias", shape))

    def _tensor(self, name: str, shape: tuple[int | None, ...]) -> Array:
        found = self._prefix + name
        for new, old in _OLD_NAMES.items():
            if name.endswith(new) and found not in self._tensors:
                found = found.removesuffix(new) + old
        if found not in self._tensors:
            raise self.unusable(f"its weights have no {name}")
        tensor = self._tensors[found]
        fits = len(tensor.shape) == len(shape) and all(
            wanted in {None, got} for wanted, got in zip(shape, tensor.shape, strict=True)
        )
        if not fits:
            raise self.unusable(f"{name} has shape {tensor.shape}, its config.json says {shape}")
        if not np.isfinite(tensor).all():
            raise self.unusable(f"{name} holds values that are not finite")
        return tensor

    def unusable(self, reason: str) -> UnusableEncoderError:
        """Return the error that says why the encoder cannot be used."""
        return UnusableEncoderError(origin=self._origin, reason=reason)


def distance_buckets(distances: NDArray[np.int64], n_buckets: int) -> NDArray[np.int64]:
    """Return the bucket of each relative distance (Raffel et al. 2020, as MPNet uses it).

    Half of the buckets are for tokens behind, half for tokens ahead. In each half the first half
    holds one distance each, the rest grow by a constant factor up to distance 128.

    Args:
        distances: Place of the token that is looked at, minus place of the one that looks.
        n_buckets: Number of buckets, even.

    Returns:
        ndarray of the same shape, int64, 0…n_buckets-1.
    """
    half = n_buckets // 2
    exact = half // 2
    away = np.abs(distances)
    # In float32, as the weights were trained: a distance on the edge of two buckets stays there.
    ratio = np.log(np.maximum(away, 1).astype(np.float32) / np.float32(exact))
    scale = np.float32(np.log(128 / exact))
    far = exact + (ratio / scale * np.float32(half - exact)).astype(np.int64)
    bucket = np.where(away < exact, away, np.minimum(far, half - 1))
    return bucket + np.where(distances > 0, half, 0)
