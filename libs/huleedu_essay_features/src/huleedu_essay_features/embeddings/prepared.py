"""Prepared models on disk: a directory with graph, tokenizer and a manifest of their digests."""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import platformdirs

from huleedu_essay_features.embeddings.encoder_graph import GRAPH_VERSION, Arithmetic
from huleedu_essay_features.embeddings.errors import (
    ModelNotPreparedError,
    ModelsDirectoryError,
    PreparedModelChangedError,
)

MODELS_VARIABLE = "HULEEDU_ESSAY_MODELS"
"""Environment variable that names the directory of prepared models."""

GRAPH, TOKENIZER = "graph.onnx", "tokenizer.json"

_MANIFEST = "manifest.json"
_FORMAT_VERSION = 1
_MANIFEST_LIMIT = 100_000


@dataclass(frozen=True, slots=True)
class PreparedModel:
    """What a prepared model is made of; everything its vectors depend on.

    Attributes:
        encoder: Name of the encoder.
        family: Its family.
        weights_sha256: Digest of the source weights.
        tokenizer_sha256: Digest of the canonical tokenizer.
        layer: Layer whose hidden states it gives.
        n_layers: Layers that the encoder had.
        dimensions: Length of a vector.
        window: Tokens of the longest window.
        arithmetic: ``int8`` or ``float32``.
        graph_version: Version of the graph's arithmetic.
        languages: ISO 639-1 codes that the encoder was trained on; empty: every language.
    """

    encoder: str
    family: str
    weights_sha256: str
    tokenizer_sha256: str
    layer: int
    n_layers: int
    dimensions: int
    window: int
    arithmetic: Arithmetic
    graph_version: str
    languages: tuple[str, ...]

    @property
    def key(self) -> str:
        """Name of its directory."""
        return prepared_key(
            self.weights_sha256, self.tokenizer_sha256, self.layer, self.window, self.arithmetic
        )


def prepared_key(
    weights_sha256: str, tokenizer_sha256: str, layer: int, window: int, arithmetic: str
) -> str:
    """Return the name of the directory of what was prepared by this version of the library."""
    digests = f"{weights_sha256[:16]}-{tokenizer_sha256[:8]}"
    return f"{digests}-layer{layer}-window{window}-{arithmetic}-graph{GRAPH_VERSION}"


def models_directory(chosen: Path | str | None = None) -> Path:
    """Return where prepared models are kept.

    Args:
        chosen: The directory, where the caller knows; otherwise the environment variable
            ``HULEEDU_ESSAY_MODELS`` says, or it is in the user's cache directory.
    """
    if chosen is not None:
        return Path(chosen)
    if named := os.environ.get(MODELS_VARIABLE):
        return Path(named).expanduser()
    return platformdirs.user_cache_path("huleedu-essay-features") / "models"


def write_prepared(
    models: Path,
    model: PreparedModel,
    files: Mapping[str, bytes],
    verification: Mapping[str, object],
) -> Path:
    """Keep a model: whole, or not at all.

    Args:
        models: The directory of prepared models; made if it is not there.
        model: What it is made of.
        files: ``graph.onnx`` and ``tokenizer.json``.
        verification: How it was verified, JSON-ready.

    Returns:
        Its directory. What was there before is replaced.

    Raises:
        ModelsDirectoryError: The operating system refuses.
    """
    manifest = {
        "format_version": _FORMAT_VERSION,
        "model": asdict(model),
        "verification": dict(verification),
        "files": {
            name: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            for name, content in files.items()
        },
    }
    text = json.dumps(manifest, indent=1, ensure_ascii=False) + "\n"
    target = models / model.key
    try:
        models.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(dir=models, prefix=".preparing-"))
        try:
            new = temporary / "new"
            new.mkdir()
            for name, content in {**files, _MANIFEST: text.encode()}.items():
                _write(new / name, content)
            if target.exists():
                target.rename(temporary / "old")
            new.rename(target)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    except OSError as error:
        raise ModelsDirectoryError(path=models, reason=str(error)) from error
    return target


def _write(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


class PreparedDirectory:
    """A prepared model in its directory, its files verified whenever they are read.

    Args:
        path: The directory.
        name: What to call the embedder in error texts.

    Raises:
        ModelNotPreparedError: There is no such directory.
        PreparedModelChangedError: Its manifest is damaged, or of another version.
        ModelsDirectoryError: It cannot be read.
    """

    def __init__(self, path: Path, *, name: str) -> None:
        self.path = path
        if not (path / _MANIFEST).is_file():
            raise ModelNotPreparedError(name=name, path=path / _MANIFEST)
        content = self._content(_MANIFEST, _MANIFEST_LIMIT)
        try:
            manifest = json.loads(content)
            version = manifest["format_version"]
            model: dict[str, Any] = manifest["model"] | {
                "languages": tuple(manifest["model"]["languages"])
            }
            self.model = PreparedModel(**model)
            self._files = {
                file: (int(entry["bytes"]), str(entry["sha256"]))
                for file, entry in manifest["files"].items()
            }
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise self._changed(_MANIFEST, f"it cannot be read ({error!r})") from error
        if version != _FORMAT_VERSION or self.model.graph_version != GRAPH_VERSION:
            raise self._changed(_MANIFEST, "it was written by another version")

    def read(self, name: str) -> bytes:
        """Return a file's bytes.

        Raises:
            PreparedModelChangedError: They are not those that were written.
            ModelsDirectoryError: They cannot be read.
        """
        if name not in self._files:
            raise self._changed(_MANIFEST, f"it does not list {name}")
        size, digest = self._files[name]
        content = self._content(name, size)
        got = hashlib.sha256(content).hexdigest()
        if got != digest:
            raise self._changed(name, f"sha256 is {got}, its manifest says {digest}")
        return content

    def _content(self, name: str, limit: int) -> bytes:
        try:
            with (self.path / name).open("rb") as file:
                content = file.read(limit + 1)
        except FileNotFoundError:
            raise self._changed(name, "it is missing") from None
        except OSError as error:
            raise ModelsDirectoryError(path=self.path / name, reason=str(error)) from error
        if len(content) > limit:
            raise self._changed(name, f"it is longer than {limit} bytes")
        return content

    def _changed(self, name: str, reason: str) -> PreparedModelChangedError:
        return PreparedModelChangedError(path=self.path / name, reason=reason)
