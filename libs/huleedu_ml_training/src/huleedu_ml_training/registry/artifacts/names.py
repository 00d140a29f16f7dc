"""Names and paths that every artifact store takes; checked, never cleaned."""

import re
from collections.abc import Iterable

from huleedu_ml_training.export.bundle import MANIFEST, size_limit
from huleedu_ml_training.export.bundle_errors import (
    MissingBundleFileError,
    UnknownBundleFileError,
)
from huleedu_ml_training.registry.artifacts.errors import InvalidArtifactNameError

FOLDER = "models"
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,127}")


def is_name(text: str) -> bool:
    """Return whether a bundle may have this name."""
    return _NAME.fullmatch(text) is not None


def checked_name(name: str) -> str:
    """Return a name as it is.

    Raises:
        InvalidArtifactNameError: It is not plain.
    """
    if not is_name(name):
        raise InvalidArtifactNameError(name=name)
    return name


def path_of(name: str) -> str:
    """Return the path of a bundle, relative to the store's root."""
    return f"{FOLDER}/{name}"


def name_in(path: str) -> str:
    """Return the name of the bundle at a path.

    Raises:
        InvalidArtifactNameError: It is no path of a store.
    """
    folder, separator, name = path.partition("/")
    if folder != FOLDER or not separator or not is_name(name):
        raise InvalidArtifactNameError(name=path)
    return name


def check_file_names(names: Iterable[str]) -> None:
    """Check that files of these names can be a bundle.

    Raises:
        UnknownBundleFileError: A file has a name that no bundle may contain.
        MissingBundleFileError: ``manifest.json`` is not among them.
    """
    given = set(names)
    unknown = sorted(name for name in given if size_limit(name) is None)
    if unknown:
        raise UnknownBundleFileError(names=unknown)
    if MANIFEST not in given:
        raise MissingBundleFileError(names=[MANIFEST])
