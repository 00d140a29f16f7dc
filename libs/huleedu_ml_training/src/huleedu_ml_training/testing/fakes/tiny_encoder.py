"""An encoder of a few kilobytes with made-up weights, in the files that hubs publish.

It stands in for real weights wherever an encoder is prepared or probed: the whole way from
``model.safetensors`` to vectors is walked, only the numbers mean nothing.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from string import ascii_lowercase
from typing import Any

import numpy as np
from numpy.typing import NDArray

from huleedu_essay_features.embeddings.encoder_tokenizer import tokenizer_of_vocabulary

Array = NDArray[np.float32]

_SPECIAL = ("<s>", "<pad>", "</s>", "[UNK]", "[CLS]", "[SEP]", "<mask>", "[PAD]")
_WORDS = ("the", "dog", "cat", "ran", "sat", "on", "mat", "was", "happy", "and", "we", "like", "om")
PIECES = (*_SPECIAL, *".,!?", *_WORDS, *ascii_lowercase, *(f"##{c}" for c in ascii_lowercase))
"""Its vocabulary, in order of id."""

CONFIGURATION: Mapping[str, Any] = {
    "hidden_act": "gelu",
    "hidden_size": 24,
    "intermediate_size": 40,
    "layer_norm_eps": 1e-5,
    "max_position_embeddings": 66,
    "num_attention_heads": 3,
    "num_hidden_layers": 3,
    "pad_token_id": 1,
    "type_vocab_size": 2,
    "vocab_size": len(PIECES),
}
"""Its ``config.json``, but for the family."""

_BERT = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "o": "attention.output.dense",
    "norm": "attention.output.LayerNorm",
}
_MPNET = {
    "q": "attention.attn.q",
    "k": "attention.attn.k",
    "v": "attention.attn.v",
    "o": "attention.attn.o",
    "norm": "attention.LayerNorm",
}


def tiny_weights(family: str, seed: int = 7) -> dict[str, Array]:
    """Return weights by the names that the family's programs save them under.

    Args:
        family: ``mpnet``, ``bert``, ``roberta`` or ``xlm-roberta``.
        seed: Equal seeds, equal weights.
    """
    d, inner = CONFIGURATION["hidden_size"], CONFIGURATION["intermediate_size"]
    shapes: dict[str, tuple[int, ...]] = {
        "embeddings.word_embeddings.weight": (len(PIECES), d),
        "embeddings.position_embeddings.weight": (CONFIGURATION["max_position_embeddings"], d),
        "embeddings.LayerNorm.weight": (d,),
        "embeddings.LayerNorm.bias": (d,),
    }
    if family == "mpnet":
        shapes["encoder.relative_attention_bias.weight"] = (
            32,
            CONFIGURATION["num_attention_heads"],
        )
    else:
        shapes["embeddings.token_type_embeddings.weight"] = (2, d)
    names = _MPNET if family == "mpnet" else _BERT
    for index in range(CONFIGURATION["num_hidden_layers"]):
        layer = f"encoder.layer.{index}."
        for part in "qkvo":
            shapes |= {f"{layer}{names[part]}.weight": (d, d), f"{layer}{names[part]}.bias": (d,)}
        shapes |= {
            f"{layer}intermediate.dense.weight": (inner, d),
            f"{layer}intermediate.dense.bias": (inner,),
            f"{layer}output.dense.weight": (d, inner),
            f"{layer}output.dense.bias": (d,),
        }
        for norm in (names["norm"], "output.LayerNorm"):
            shapes |= {f"{layer}{norm}.weight": (d,), f"{layer}{norm}.bias": (d,)}
    return {name: _drawn(name, shape, seed) for name, shape in shapes.items()}


def safetensors_bytes(tensors: Mapping[str, Array], kind: str = "F32") -> bytes:
    """Return tensors in the safetensors format.

    Args:
        tensors: Name → values.
        kind: Type to store them as: F32, F16, F64 or BF16.
    """
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    parts: list[bytes] = []
    at = 0
    for name, tensor in tensors.items():
        part = _encoded(tensor, kind)
        place = [at, at + len(part)]
        header[name] = {"dtype": kind, "shape": list(tensor.shape), "data_offsets": place}
        parts.append(part)
        at += len(part)
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + b"".join(parts)


def write_tiny_encoder(
    directory: Path, family: str = "mpnet", *, prefix: str = "", **changes: object
) -> Path:
    """Write ``config.json``, ``model.safetensors`` and a vocabulary.

    Args:
        directory: Where to; made if it is not there.
        family: ``mpnet``, ``bert``, ``roberta`` or ``xlm-roberta``.
        prefix: Put before the names of all weights.
        changes: Fields of ``config.json`` that differ.

    Returns:
        The directory.
    """
    directory.mkdir(parents=True, exist_ok=True)
    document = {"model_type": family, **CONFIGURATION, **changes}
    (directory / "config.json").write_text(json.dumps(document), encoding="utf-8")
    tensors = {prefix + name: tensor for name, tensor in tiny_weights(family).items()}
    (directory / "model.safetensors").write_bytes(safetensors_bytes(tensors))
    vocabulary = "\n".join(PIECES)
    if family in {"bert", "mpnet"}:
        (directory / "vocab.txt").write_text(vocabulary, encoding="utf-8")
    else:
        tokenizer = tokenizer_of_vocabulary(vocabulary, "mpnet", {})
        assert tokenizer is not None
        (directory / "tokenizer.json").write_text(tokenizer, encoding="utf-8")
    return directory


def _drawn(name: str, shape: tuple[int, ...], seed: int) -> Array:
    # Each by its own name, so that their order plays no part.
    rng = np.random.default_rng([seed, *name.encode()])
    around = 1.0 if name.endswith("LayerNorm.weight") else 0.0
    return (around + rng.normal(0, 0.2, shape)).astype(np.float32)


def _encoded(tensor: Array, kind: str) -> bytes:
    if kind == "BF16":
        return (tensor.view(np.uint32) >> 16).astype("<u2").tobytes()
    return tensor.astype({"F32": "<f4", "F16": "<f2", "F64": "<f8"}[kind]).tobytes()
