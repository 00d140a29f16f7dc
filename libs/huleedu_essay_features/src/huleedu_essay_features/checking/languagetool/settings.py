"""What a LanguageTool client is told: what to check for, and how to deal with the server."""

import json
import re
from dataclasses import asdict, dataclass, fields
from typing import Literal, get_args
from urllib.parse import unquote, urlsplit

from huleedu_essay_features.checking.languagetool.errors import InvalidLanguageToolSettingError

EnglishVariant = Literal["en-US", "en-GB"]
Level = Literal["default", "picky"]

_LARGEST = 10**9
_API = re.compile(r"(?:/v2(?:/check)?)?/*$")
_BLANK = re.compile(r"[\s\x00-\x1f]")
_IDENTIFIER = re.compile(r"[^\s,]+")
_CREDENTIALS = re.compile(r"^([A-Za-z][\w+.-]*://)?.*@", re.DOTALL)


@dataclass(frozen=True, slots=True)
class LanguageToolOptions:
    """What changes the server's answers; all of it is part of the schema's digest.

    Attributes:
        english: Variant that English texts are held to.
        level: ``picky`` adds rules that are for formal text.
        disabled_categories: Ids of LanguageTool's categories to leave out, in any order.
        disabled_rules: Ids of its rules to leave out, in any order.
        server_setup: Name, of your choice, of what the server's own configuration adds or leaves
            out, such as ``ngrams-2015``. The server does not tell, so the digest would not know.

    Raises:
        InvalidLanguageToolSettingError: A value is impossible.
    """

    english: EnglishVariant = "en-US"
    level: Level = "default"
    disabled_categories: tuple[str, ...] = ()
    disabled_rules: tuple[str, ...] = ()
    server_setup: str = ""

    def __post_init__(self) -> None:
        for name, known in (("english", EnglishVariant), ("level", Level)):
            if getattr(self, name) not in get_args(known):
                reason = f"{getattr(self, name)!r} is none of {', '.join(get_args(known))}"
                raise InvalidLanguageToolSettingError(setting=name, reason=reason)
        for name in ("disabled_categories", "disabled_rules"):
            ids = tuple(sorted(set(getattr(self, name))))
            for each in ids:
                if not _IDENTIFIER.fullmatch(each):
                    reason = f"{each!r} is empty, or holds a comma or white space"
                    raise InvalidLanguageToolSettingError(setting=name, reason=reason)
            object.__setattr__(self, name, ids)

    @property
    def languages(self) -> dict[str, str]:
        """ISO 639-1 code → LanguageTool's code."""
        return {"en": self.english, "sv": "sv"}

    @property
    def form(self) -> dict[str, str]:
        """The fields of a request that say what to check for."""
        form: dict[str, str] = {"level": self.level}
        if self.disabled_categories:
            form["disabledCategories"] = ",".join(self.disabled_categories)
        if self.disabled_rules:
            form["disabledRules"] = ",".join(self.disabled_rules)
        return form

    @property
    def canonical(self) -> str:
        """The options as JSON, always written in the same way."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class LanguageToolConnection:
    """How to deal with the server; nothing here changes an answer.

    Attributes:
        concurrency: Requests that may be under way at once, over all threads of a process.
        connect_timeout_s: Seconds that a connection may take.
        timeout_s: Seconds that the server may be silent; the first check after its start is slow.
        deadline_s: Seconds that checking one text may take, waits and repetitions included.
        attempts: How often a request is sent before it has failed.
        backoff_s: Longest wait after the first failure, of which a random part is waited; doubled
            after each further one.
        max_backoff_s: It does not grow beyond this.
        max_retry_after_s: If the server asks for a longer wait, the request has failed.
        max_answer_bytes: Largest answer that is read.
        breaker_failures: Failures in a row after which the server is left alone.
        breaker_open_s: Seconds for which it is; then one request tries.

    Raises:
        InvalidLanguageToolSettingError: A value is zero, negative or endless.
    """

    concurrency: int = 4
    connect_timeout_s: float = 5.0
    timeout_s: float = 60.0
    deadline_s: float = 240.0
    attempts: int = 4
    backoff_s: float = 0.5
    max_backoff_s: float = 10.0
    max_retry_after_s: float = 60.0
    max_answer_bytes: int = 32 * 2**20
    breaker_failures: int = 8
    breaker_open_s: float = 30.0

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not 0 < value <= _LARGEST:
                reason = f"{value} is not greater than 0, or over {_LARGEST:,}"
                raise InvalidLanguageToolSettingError(setting=field.name, reason=reason)


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """Where the server is.

    Attributes:
        url: What stands before ``/v2/check``, without credentials and without a slash at the end.
        shown: The same for people, with a mark where credentials were given.
        credentials: User and password; None where none were given.
    """

    url: str
    shown: str
    credentials: tuple[str, str] | None


def read_address(url: str) -> ServerAddress:
    """Take an address apart.

    Args:
        url: For example ``http://localhost:8081``, or ``https://user:password@host/languagetool``;
            what belongs to the API, as in ``…/v2`` and ``…/v2/check``, may follow.

    Raises:
        InvalidLanguageToolSettingError: It is no address of an HTTP server.
    """
    try:
        parts = urlsplit(url.strip())
        host, _ = parts.hostname, parts.port  # the port is only checked when asked for
    except ValueError:
        raise not_an_address(url) from None
    # A password with a slash in it would make a path of itself.
    is_place = host and not (parts.query or parts.fragment or "@" in parts.path)
    if parts.scheme not in {"http", "https"} or not is_place or _BLANK.search(url.strip()):
        raise not_an_address(url)
    place = parts.netloc.rpartition("@")[2] + _API.sub("", parts.path)
    bare = f"{parts.scheme}://{place}"
    if parts.username is None:
        return ServerAddress(bare, bare, None)
    credentials = (unquote(parts.username), unquote(parts.password or ""))
    return ServerAddress(bare, f"{parts.scheme}://***@{place}", credentials)


def not_an_address(url: str) -> InvalidLanguageToolSettingError:
    """Return the error of an address that is none, without what may be a secret in it."""
    shown = _CREDENTIALS.sub(r"\1***@", re.sub(r"[?#].*", "?…", url.strip(), flags=re.DOTALL))
    reason = f"{shown} is not of the form http://host:port or https://host/path"
    return InvalidLanguageToolSettingError(setting="url", reason=reason)
