"""What the configuration of an encoder says, checked against what the graph builder can do."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from huleedu_essay_features.embeddings.errors import UnsupportedEncoderError, UnusableEncoderError

FAMILIES = ("bert", "mpnet", "roberta", "xlm-roberta")
"""Families that graphs can be built for, as ``model_type`` of ``config.json`` names them."""


@dataclass(frozen=True, slots=True)
class EncoderConfig:
    """Shape and arithmetic of an encoder.

    Attributes:
        family: One of :data:`FAMILIES`.
        n_layers: Transformer layers, L.
        dimensions: Length of a hidden state, d.
        n_heads: Attention heads; divides d.
        inner: Width of the feed-forward part.
        vocabulary: Rows of the word table.
        positions: Rows of the position table.
        first_position: Row of the position table that the first token takes.
        epsilon: What layer normalisation adds to the variance.
        buckets: Buckets of relative distance; 0 where distances have no weights of their own.
    """

    family: str
    n_layers: int
    dimensions: int
    n_heads: int
    inner: int
    vocabulary: int
    positions: int
    first_position: int
    epsilon: float
    buckets: int

    @property
    def longest_window(self) -> int:
        """Tokens that the position table has room for."""
        return self.positions - self.first_position

    @classmethod
    def from_document(cls, document: Mapping[str, Any], *, origin: str) -> "EncoderConfig":
        """Read a ``config.json``.

        Args:
            document: The parsed file.
            origin: Where it comes from, for error texts.

        Raises:
            UnsupportedEncoderError: The encoder is of another family.
            UnusableEncoderError: A field is missing, impossible, or asks for arithmetic that the
                graph does not have.
        """
        family = str(document.get("model_type"))
        if family not in FAMILIES:
            raise UnsupportedEncoderError(family=family, supported=FAMILIES)
        fields = _Fields(document, origin)
        fields.require("hidden_act", "gelu", default="gelu")
        fields.require("position_embedding_type", "absolute", default="absolute")
        fields.require("is_decoder", False, default=False)
        first = 0 if family == "bert" else fields.count("pad_token_id", default=1, least=0) + 1
        config = cls(
            family=family,
            n_layers=fields.count("num_hidden_layers"),
            dimensions=fields.count("hidden_size"),
            n_heads=fields.count("num_attention_heads"),
            inner=fields.count("intermediate_size"),
            vocabulary=fields.count("vocab_size"),
            positions=fields.count("max_position_embeddings"),
            first_position=first,
            epsilon=fields.epsilon(),
            buckets=(
                fields.count("relative_attention_num_buckets", default=32)
                if family == "mpnet"
                else 0
            ),
        )
        if config.dimensions % config.n_heads or config.longest_window < 3:
            raise UnusableEncoderError(
                origin=origin, reason="the sizes in its config.json contradict each other"
            )
        return config


class _Fields:
    def __init__(self, document: Mapping[str, Any], origin: str) -> None:
        self._document = document
        self._origin = origin

    def count(self, name: str, *, default: int | None = None, least: int = 1) -> int:
        value = self._document.get(name, default)
        if type(value) is not int or value < least:
            raise self._unusable(f"{name} is {value!r} in its config.json")
        return value

    def epsilon(self) -> float:
        value = self._document.get("layer_norm_eps", 1e-12)
        if not isinstance(value, int | float) or not 0 < value < 1:
            raise self._unusable(f"layer_norm_eps is {value!r} in its config.json")
        return float(value)

    def require(self, name: str, wanted: object, *, default: object) -> None:
        value = self._document.get(name, default)
        if value != wanted:
            raise self._unusable(f"{name} is {value!r}, and only {wanted!r} can be computed")

    def _unusable(self, reason: str) -> UnusableEncoderError:
        return UnusableEncoderError(origin=self._origin, reason=reason)
