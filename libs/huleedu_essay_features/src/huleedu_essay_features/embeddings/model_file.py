"""Finding a model file that comes in a package, and making sure it is the right one."""

import hashlib
from importlib import metadata
from pathlib import Path

from huleedu_essay_features.errors import MissingModelError, ModelDigestError


def find_package_file(package: str, name: str, *, part: str) -> Path:
    """Return the path of a file of an installed distribution, without importing it.

    Args:
        package: Name of the distribution.
        name: The file's path inside it, with forward slashes.
        part: What the file is for, in words.

    Raises:
        MissingModelError: The distribution or the file is not installed.
    """
    try:
        distribution = metadata.distribution(package)
    except metadata.PackageNotFoundError:
        raise MissingModelError(part=part, package=package) from None
    path = Path(str(distribution.locate_file(name)))
    if not path.is_file():
        raise MissingModelError(part=part, package=package, path=path)
    return path


def read_verified(path: Path, *, sha256: str, package: str) -> bytes:
    """Return a file's bytes if they have the expected digest.

    Raises:
        ModelDigestError: They have another.
    """
    content = path.read_bytes()
    got = hashlib.sha256(content).hexdigest()
    if got != sha256:
        raise ModelDigestError(path=path, package=package, expected=sha256, got=got)
    return content
