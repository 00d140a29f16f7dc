"""What a plugged-in extractor's values depend on, as far as it can be told."""

import hashlib
import importlib.metadata
import inspect
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path


def describe(part: object) -> str:
    """Return a text that changes when the part's code does, and is the same in every process.

    Put together from what the part says of itself (a mapping ``identity``, a text ``version``) and
    the version of the package that its class is in. A class in no installed package, which has
    no version to go by, is known by the sha256 of its source file.
    """
    kind = type(part)
    told = [f"{kind.__module__}.{kind.__qualname__}"]
    version = getattr(part, "version", None)
    if isinstance(version, str):
        told.append(f"version {version}")
    identity = getattr(part, "identity", None)
    if isinstance(identity, Mapping):
        told.extend(f"{key} {identity[key]}" for key in sorted(identity, key=str))
    packages = _packages().get(kind.__module__.partition(".")[0], ())
    told.extend(f"{name} {importlib.metadata.version(name)}" for name in sorted(set(packages)))
    if not packages:
        told.append(f"source {_source_digest(kind)}")
    return "; ".join(told)


@cache
def _packages() -> Mapping[str, Sequence[str]]:
    return importlib.metadata.packages_distributions()


def _source_digest(kind: type) -> str:
    try:
        source = Path(inspect.getfile(kind)).read_bytes()
    except (OSError, TypeError):  # typed at a prompt, or built in
        return "unknown"
    return hashlib.sha256(source).hexdigest()
