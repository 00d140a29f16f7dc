"""The checker that a pipeline uses."""

import random
import re
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from huleedu_essay_features.analysis import LanguageIssue
from huleedu_essay_features.checking.languagetool.answers import (
    CheckAnswer,
    MalformedAnswerError,
    Match,
    read_check,
    read_languages,
    read_matches,
    write_matches,
)
from huleedu_essay_features.checking.languagetool.cache import (
    DEFAULT_CACHE_BYTES,
    AnswerCache,
    answer_key,
)
from huleedu_essay_features.checking.languagetool.categories import MAPPING_VERSION, categorise
from huleedu_essay_features.checking.languagetool.client import LanguageToolClient
from huleedu_essay_features.checking.languagetool.errors import (
    LanguageServerAnswerError,
    LanguageServerChangedError,
    LanguageServerIncompleteError,
    LanguageServerRefusedError,
)
from huleedu_essay_features.checking.languagetool.pieces import cut
from huleedu_essay_features.checking.languagetool.refusals import TextTooLongError
from huleedu_essay_features.checking.languagetool.settings import (
    LanguageToolConnection,
    LanguageToolOptions,
    read_address,
)
from huleedu_essay_features.checking.languagetool.utf16 import Utf16Text
from huleedu_essay_features.document import EssayDocument
from huleedu_essay_features.errors import UnsupportedLanguageError
from huleedu_essay_features.segmentation import Span

_PROBE = "Hello."
_LIMIT = re.compile(r"limit of (\d+) characters")
_SMALLEST_PIECE = 2


class LanguageToolChecker:
    """Asks a LanguageTool server, and remembers what it said. Safe for concurrent use.

    Made, it asks the server for its languages and its version, which are part of the schema's
    digest. Each answer has to come from that version.

    Args:
        url: For example ``http://localhost:8081``; what stands before ``/v2/check``.
        options: What to check for.
        connection: How to deal with the server.
        cache_path: File that keeps answers; None to keep none.
        cache_bytes: Bound of what it keeps.
        clock: Seconds that never run backwards.
        sleep: Waits for some seconds; None for a wait that :meth:`close` ends.
        jitter: Gives numbers from 0 to 1.

    Raises:
        InvalidLanguageToolSettingError: The address is none.
        AnswerCacheError: The file cannot be used.
        LanguageServerUnavailableError: The server does not answer.
        LanguageServerRefusedError: It refuses to.
        LanguageServerAnswerError: It is not LanguageTool, or speaks none of our languages.
    """

    def __init__(
        self,
        url: str,
        *,
        options: LanguageToolOptions | None = None,
        connection: LanguageToolConnection | None = None,
        cache_path: Path | None = None,
        cache_bytes: int = DEFAULT_CACHE_BYTES,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        address = read_address(url)
        self._shown = address.shown
        self._options = options or LanguageToolOptions()
        self._client = LanguageToolClient(
            address,
            connection or LanguageToolConnection(),
            clock=clock,
            sleep=sleep,
            jitter=jitter,
        )
        self._cache: AnswerCache | None = None
        try:
            if cache_path is not None:
                self._cache = AnswerCache(cache_path, max_bytes=cache_bytes)
            self._codes = self._offered()
            self._server = self._probe()
        except TextTooLongError as error:
            self.close()
            raise self._takes_nothing(error) from None
        except BaseException:
            self.close()
            raise

    @property
    def languages(self) -> tuple[str, ...]:
        """ISO 639-1 codes of those of our languages that the server offers."""
        return tuple(self._codes)

    @property
    def identity(self) -> Mapping[str, str]:
        """Name, version of the server, options, version of the mapping of categories."""
        return {
            "checker": "languagetool",
            "checker.mapping": MAPPING_VERSION,
            "checker.options": self._options.canonical,
            "checker.server": self._server,
        }

    def check(self, document: EssayDocument) -> tuple[LanguageIssue, ...]:
        """Return the remarks on a text, ordered by start, then end.

        Raises:
            UnsupportedLanguageError: The server does not offer the language.
            LanguageServerUnavailableError: The server gave no answer, as often as it was asked.
            LanguageServerRefusedError: It refused the request.
            LanguageServerAnswerError: What it said cannot be used.
            LanguageServerIncompleteError: It checked a part of the text only.
            LanguageServerChangedError: It is another version by now.
            AnswerCacheError: The cache cannot be used.
        """
        if document.language not in self._codes:
            raise UnsupportedLanguageError(language=document.language, supported=self.languages)
        if not document.text:
            return ()
        deadline = self._client.deadline()
        issues = self._check_span(document, (0, len(document.text)), deadline)
        return tuple(sorted(issues, key=lambda i: (i.start, i.end, i.rule, i.message)))

    def close(self) -> None:
        """Close connections and cache; checks under way fail. It can be called twice."""
        self._client.close()
        if self._cache is not None:
            self._cache.close()

    def _check_span(
        self, document: EssayDocument, span: Span, deadline: float
    ) -> list[LanguageIssue]:
        """Check a part of a text, in pieces where the server takes no more."""
        text = document.text[slice(*span)]
        counted = Utf16Text(text)
        try:
            matches = self._matches(text, counted.units, document.language, deadline)
        except TextTooLongError as error:
            limit = self._piece_limit(error, counted.units)
            pieces = cut(document, span, limit)
            return [i for piece in pieces for i in self._check_span(document, piece, deadline)]
        return [_issue(match, counted, span[0]) for match in matches]

    def _piece_limit(self, error: TextTooLongError, units: int) -> int:
        """Return how long the pieces may be: as the server says, or else half as long."""
        named = _LIMIT.search(error.said)
        limit = int(named[1]) if named else units // 2
        if not _SMALLEST_PIECE <= limit < units:
            raise self._takes_nothing(error)
        return limit

    def _takes_nothing(self, error: TextTooLongError) -> LanguageServerRefusedError:
        return LanguageServerRefusedError(url=self._shown, status=413, reason=error.said)

    def _matches(self, text: str, units: int, language: str, deadline: float) -> tuple[Match, ...]:
        """Return what the server says, or said before, of a text."""
        if self._cache is None:
            return self._ask(text, units, language, deadline).matches
        key = answer_key(
            text=text,
            language=self._codes[language],
            options={**self._options.form, "server_setup": self._options.server_setup},
            server=self._server,
        )
        kept = self._cache.get(key)
        if kept is not None:
            try:
                return read_matches(kept, units=units)
            except MalformedAnswerError:
                pass  # asked again, and put right
        answer = self._ask(text, units, language, deadline)
        self._cache.put(key, write_matches(answer.matches))
        return answer.matches

    def _ask(self, text: str, units: int, language: str, deadline: float) -> CheckAnswer:
        answer = self._request(text, units, self._codes[language], deadline)
        if answer.server != self._server:
            raise LanguageServerChangedError(
                url=self._shown, expected=self._server, got=answer.server
            )
        return answer

    def _request(self, text: str, units: int, code: str, deadline: float) -> CheckAnswer:
        form = {"text": text, "language": code, **self._options.form}
        body = self._client.ask("/v2/check", form, deadline=deadline)
        try:
            answer = read_check(body, language=code, units=units)
        except MalformedAnswerError as error:
            raise LanguageServerAnswerError(url=self._shown, reason=str(error)) from None
        if answer.incomplete:
            raise LanguageServerIncompleteError(url=self._shown, reason=answer.incomplete)
        return answer

    def _offered(self) -> dict[str, str]:
        """Return our code → LanguageTool's code, of the languages that the server offers."""
        body = self._client.ask("/v2/languages", None, deadline=self._client.deadline())
        try:
            offered = read_languages(body)
        except MalformedAnswerError as error:
            raise LanguageServerAnswerError(url=self._shown, reason=str(error)) from None
        wanted = self._options.languages
        codes = {ours: code for ours, code in wanted.items() if code in offered}
        if not codes:
            reason = f"it offers none of {', '.join(wanted.values())}"
            raise LanguageServerAnswerError(url=self._shown, reason=reason)
        return codes

    def _probe(self) -> str:
        """Return name, version and build of the server."""
        code = next(iter(self._codes.values()))
        return self._request(_PROBE, len(_PROBE), code, self._client.deadline()).server


def _issue(match: Match, text: Utf16Text, shift: int) -> LanguageIssue:
    start, end = text.span(match.offset, match.offset + match.length)
    return LanguageIssue(
        start=shift + start,
        end=shift + end,
        category=categorise(match.rule, match.category, match.issue_type),
        rule=match.rule,
        message=match.message,
        replacements=match.replacements,
    )
