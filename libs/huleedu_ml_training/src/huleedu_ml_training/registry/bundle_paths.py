"""Where a path that a user types lies."""

from pathlib import Path

from huleedu_ml_training.config import Settings
from huleedu_ml_training.export.bundle_access_errors import BundleNotFoundError


def resolve_bundle_path(text: str, settings: Settings) -> Path:
    """Return the directory that a path means: below the working directory, else below ``home``.

    Args:
        text: A path such as ``models/model_20250101_120000``, relative or absolute.
        settings: Where ``home`` is.

    Raises:
        BundleNotFoundError: Neither place has a directory of that name.
    """
    places = [Path(text)]
    inside_home = not places[0].is_absolute() and ".." not in places[0].parts
    if inside_home:
        places.append(settings.home / text)
    found = next((place for place in places if text and is_directory(place)), None)
    if found is not None:
        return found
    raise BundleNotFoundError(path=f"{text[:200]!a}", looked_in=[p.absolute() for p in places])


def is_directory(path: Path) -> bool:
    """Return whether a directory is there and can be seen; false for what no path can be."""
    try:
        return path.is_dir()
    except OSError:  # a name that is too long, a directory on the way that may not be searched
        return False
