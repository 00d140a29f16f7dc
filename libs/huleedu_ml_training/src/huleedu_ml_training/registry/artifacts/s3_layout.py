"""Where the objects of a bundle lie in an S3 store, relative to its prefix."""

from huleedu_ml_training.registry.artifacts.names import FOLDER, is_name

_UPLOADS = ".uploads"
_RECORD = ".json"

UPLOADS = f"{FOLDER}/{_UPLOADS}/"
"""Begins the keys of all files of bundles; no name of a bundle begins with a dot."""


def commit_key(name: str) -> str:
    """Return the key of the record that shows a bundle."""
    return f"{FOLDER}/{name}{_RECORD}"


def name_of_commit(key: str) -> str | None:
    """Return the name of the bundle that a record of this key shows; None for another key."""
    name = key.removeprefix(f"{FOLDER}/").removesuffix(_RECORD)
    return name if is_name(name) and commit_key(name) == key else None


def file_key(name: str, token: str, file: str) -> str:
    """Return the key of a file of the bundle that an upload brings."""
    return f"{UPLOADS}{name}/{token}/{file}"


def leftover(name: str, token: str) -> str:
    """Return what people see of an upload that was never finished, relative to the bundles."""
    return f"{_UPLOADS}/{name}/{token}"


def name_and_token(key: str) -> tuple[str, str] | None:
    """Return name and upload of a file's key; None for another key."""
    parts = key.removeprefix(UPLOADS).split("/")
    return (parts[0], parts[1]) if key.startswith(UPLOADS) and len(parts) == 3 else None
