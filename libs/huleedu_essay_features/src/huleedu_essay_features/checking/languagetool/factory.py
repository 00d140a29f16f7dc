"""A checker from settings as they stand in files and environment variables."""

from dataclasses import fields
from pathlib import Path
from typing import Any

from huleedu_essay_features.checking.languagetool.cache import DEFAULT_CACHE_BYTES
from huleedu_essay_features.checking.languagetool.checker import LanguageToolChecker
from huleedu_essay_features.checking.languagetool.errors import InvalidLanguageToolSettingError
from huleedu_essay_features.checking.languagetool.settings import (
    LanguageToolConnection,
    LanguageToolOptions,
)


def create_languagetool_checker(
    url: str | None = None,
    *,
    cache_path: str | None = None,
    cache_bytes: int = DEFAULT_CACHE_BYTES,
    **settings: Any,
) -> LanguageToolChecker:
    """Return a checker, from JSON values.

    Args:
        url: Address of the server.
        cache_path: File that keeps answers; None to keep none.
        cache_bytes: Bound of what it keeps.
        **settings: Any attributes of :class:`LanguageToolOptions` and
            :class:`LanguageToolConnection`.

    Raises:
        InvalidLanguageToolSettingError: The address is missing, or a setting is unknown or
            impossible.
        EssayFeaturesError: The server or the cache cannot be used; see
            :class:`LanguageToolChecker`.
    """
    if url is None:
        raise InvalidLanguageToolSettingError(setting="url", reason="it is not set")
    values: dict[str, Any] = {
        name: tuple(v) if isinstance(v, list) else v for name, v in settings.items()
    }
    options: dict[str, Any] = {
        f.name: values.pop(f.name) for f in fields(LanguageToolOptions) if f.name in values
    }
    connection: dict[str, Any] = {
        f.name: values.pop(f.name) for f in fields(LanguageToolConnection) if f.name in values
    }
    if values:
        raise InvalidLanguageToolSettingError(setting=min(values), reason="it does not exist")
    return LanguageToolChecker(
        url,
        options=LanguageToolOptions(**options),
        connection=LanguageToolConnection(**connection),
        cache_path=None if cache_path is None else Path(cache_path),
        cache_bytes=cache_bytes,
    )
