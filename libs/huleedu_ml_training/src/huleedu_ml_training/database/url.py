"""Reading database URLs."""

from urllib.parse import parse_qsl, quote, urlsplit

from huleedu_ml_training.config_loader import mask_url
from huleedu_ml_training.database.errors import InvalidDatabaseUrlError

_SCHEMES = frozenset({"postgresql", "postgres"})
_UNSUPPORTED = frozenset({"channel_binding", "gssencmode", "keepalives", "sslpassword", "hostaddr"})
"""Parameters of libpq that asyncpg would take for server settings."""


def normalise_url(text: str) -> str:
    """Return a database URL as ``postgresql://…``, without the name of a driver.

    Raises:
        InvalidDatabaseUrlError: It is not a URL of PostgreSQL, or has an unusable part.
    """
    scheme, separator, rest = text.strip().partition("://")
    if not separator:
        raise _invalid(text, "it has no scheme")
    if scheme.partition("+")[0].lower() not in _SCHEMES:
        raise _invalid(text, f"{scheme} is not PostgreSQL")
    url = f"postgresql://{rest}"
    try:
        parts = urlsplit(url)
        several_hosts = "," in parts.netloc
        port = None if several_hosts else parts.port
    except ValueError as error:
        raise _invalid(text, str(error)) from None
    if several_hosts:
        raise _invalid(text, "it names several hosts; name the one that takes writes")
    if port == 0:
        raise _invalid(text, "port 0 cannot be connected to")
    parameters = dict(parse_qsl(parts.query, keep_blank_values=True))
    if not parts.netloc and not parts.path.strip("/") and not parameters:
        raise _invalid(text, "it names neither host nor database")
    for name in sorted(_UNSUPPORTED & parameters.keys()):
        raise _invalid(text, f"the parameter {name} is not supported")
    return url


def with_database(url: str, name: str) -> str:
    """Return a normalised URL with another database in it."""
    parts = urlsplit(url)
    return f"postgresql://{parts.netloc}/{quote(name, safe='')}?{parts.query}".rstrip("?")


def _invalid(url: str, reason: str) -> InvalidDatabaseUrlError:
    return InvalidDatabaseUrlError(url=mask_url(url), reason=reason)
