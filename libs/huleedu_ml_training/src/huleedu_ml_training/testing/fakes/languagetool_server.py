"""A server that speaks LanguageTool's HTTP API, knows a handful of rules, and fails on command."""

import json
import re
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs


@dataclass(frozen=True, slots=True)
class Reply:
    """What the server does in place of an answer.

    Attributes:
        status: Status code; None to end the connection without a word.
        body: Bytes after the header.
        headers: Further header fields.
        silent_until: The reply is held back until this is set; None for at once.
    """

    status: int | None = HTTPStatus.OK
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    silent_until: threading.Event | None = None


@dataclass(frozen=True, slots=True)
class _Rule:
    pattern: re.Pattern[str]
    rule_id: str
    category: str
    issue_type: str
    replacement: str


_ENGLISH = (
    _Rule(re.compile(r"\b(?:[Ff]reind|[Rr]ecieved?|[Rr]ealy|[Tt]eh)\b"), "MORFOLOGIK_RULE_EN_US",
          "TYPOS", "misspelling", "word"),
    _Rule(re.compile(r"\b(?:He|She|freind) have\b|\b(?:They|We) is\b"), "HE_VERB_AGR",
          "GRAMMAR", "grammar", "has"),
    _Rule(re.compile(r"\b(?:have|has) (?:go|went)\b"), "HAVE_PART_AGREEMENT", "GRAMMAR",
          "grammar", "have gone"),
    _Rule(re.compile(r"\b(\w+) \1\b"), "ENGLISH_WORD_REPEAT_RULE", "MISC", "duplication", ""),
    _Rule(re.compile(r"\s,"), "COMMA_PARENTHESIS_WHITESPACE", "TYPOGRAPHY", "whitespace", ","),
    _Rule(re.compile(r"(?<=[.!?] )[a-z]\w*"), "UPPERCASE_SENTENCE_START", "CASING",
          "typographical", "It"),
)  # fmt: skip
_SWEDISH = (
    _Rule(re.compile(r"\b(?:[Kk]unnna|[Ff]ikk)\b"), "HUNSPELL_RULE", "TYPOS", "misspelling",
          "ord"),
    _Rule(re.compile(r"\bett mörk kväll\b"), "JJ.OCH_n-ord", "GRAMMAR", "grammar",
          "en mörk kväll"),
    _Rule(re.compile(r"\b(\w+) \1\b"), "WORD_REPEAT_RULE", "MISC", "duplication", ""),
)  # fmt: skip
_RULES = {"en-US": _ENGLISH, "en-GB": _ENGLISH, "sv": _SWEDISH}
_NAMES = {"en": "English", "en-US": "English (US)", "en-GB": "English (GB)", "sv": "Swedish"}


class FakeLanguageToolServer:
    """Serves on a free port of this machine, in threads, from ``with`` to the end of its block.

    Offsets are UTF-16 code units, as those of LanguageTool.

    Attributes:
        version: What it calls its version; may be changed while it runs.
        languages: Codes that it offers.
        max_text_length: Longest text that it takes, in UTF-16 code units; None for any.
        says_its_limit: Whether a refusal of a longer one names the limit.
        incomplete: Reason that it gives for not checking everything; None where it does.
        script: Replies to the next requests to ``/v2/check``, before it works again.
        forms: What was posted to ``/v2/check``, in the order of arrival.
        authorization: The header of that name in the last request.
        gate: While it is not set, no request to ``/v2/check`` is answered.
        most_at_once: Largest number of requests to ``/v2/check`` that were open at one time.
    """

    def __init__(self) -> None:
        self.version = "6.6"
        self.languages = ("en", "en-US", "en-GB", "sv")
        self.max_text_length: int | None = None
        self.says_its_limit = True
        self.incomplete: str | None = None
        self.script: deque[Reply] = deque()
        self.forms: list[dict[str, str]] = []
        self.authorization: str | None = None
        self.gate = threading.Event()
        self.gate.set()
        self.most_at_once = 0
        self._open = 0
        self._changed = threading.Condition()
        fake = self

        class Handler(_Handler):
            server_state = fake

        self._server = _Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def wait_for_open(self, requests: int, timeout_s: float = 30.0) -> bool:
        """Wait until so many requests to ``/v2/check`` are open; tell whether they are."""
        with self._changed:
            return self._changed.wait_for(lambda: self._open >= requests, timeout_s)

    def wait_for_done(self, timeout_s: float = 30.0) -> bool:
        """Wait until no request to ``/v2/check`` is open; tell whether none is."""
        with self._changed:
            return self._changed.wait_for(lambda: self._open == 0, timeout_s)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.gate.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def reply_to_check(self, form: dict[str, str]) -> Reply:
        """Return what ``/v2/check`` says to a form."""
        with self._changed:
            self.forms.append(form)
            self._open += 1
            self.most_at_once = max(self.most_at_once, self._open)
            self._changed.notify_all()
            scripted = self.script.popleft() if self.script else None
        self.gate.wait()
        with self._changed:
            self._open -= 1
            self._changed.notify_all()
        return scripted or self._check(form)

    def reply_to_languages(self) -> Reply:
        """Return what ``/v2/languages`` says."""
        entries = [
            {"name": _NAMES[code], "code": code.partition("-")[0], "longCode": code}
            for code in self.languages
        ]
        return _json(entries)

    def _check(self, form: Mapping[str, str]) -> Reply:
        text, language = form["text"], form["language"]
        length = _units(text)
        if language not in self.languages:
            return _refusal(HTTPStatus.BAD_REQUEST, f"'{language}' is not a language code known")
        if self.max_text_length is not None and length > self.max_text_length:
            said = "Your text is too long"
            if self.says_its_limit:
                said = (
                    f"Your text exceeds the limit of {self.max_text_length} characters "
                    f"(it's {length} characters). Please submit a shorter text."
                )
            return _refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, said)
        without = form.get("disabledCategories", "").split(",")
        matches = [
            m for m in _matches(text, language) if m["rule"]["category"]["id"] not in without
        ]
        warnings: dict[str, Any] = {"incompleteResults": self.incomplete is not None}
        if self.incomplete is not None:
            warnings["incompleteResultsReason"] = self.incomplete
        software = {
            "name": "LanguageTool",
            "version": self.version,
            "buildDate": "2025-03-27 14:40:39 +0000",
            "apiVersion": 1,
            "premium": False,
            "status": "",
        }
        name = {"name": _NAMES[language], "code": language}
        return _json(
            {"software": software, "warnings": warnings, "language": name, "matches": matches}
        )


def _matches(text: str, language: str) -> Iterator[dict[str, Any]]:
    for rule in _RULES.get(language, ()):
        for found in rule.pattern.finditer(text):
            yield {
                "message": f"Possible mistake: {found.group()}",
                "shortMessage": "",
                "replacements": [{"value": rule.replacement}],
                "offset": _units(text[: found.start()]),
                "length": _units(found.group()),
                "context": {"text": found.group(), "offset": 0, "length": _units(found.group())},
                "sentence": text,
                "type": {"typeName": "Other"},
                "rule": {
                    "id": rule.rule_id,
                    "description": "A rule",
                    "issueType": rule.issue_type,
                    "category": {"id": rule.category, "name": rule.category.title()},
                },
                "ignoreForIncompleteSentence": False,
                "contextForSureMatch": 0,
            }


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _json(document: Any) -> Reply:
    return Reply(body=json.dumps(document).encode(), headers={"Content-Type": "application/json"})


def _refusal(status: int, said: str) -> Reply:
    return Reply(status=status, body=f"Error: {said}".encode())


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """Write nothing: clients that go away are what this server is for."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server_state: FakeLanguageToolServer

    def do_GET(self) -> None:
        self.server_state.authorization = self.headers.get("Authorization")
        if self.path == "/v2/languages":
            self._send(self.server_state.reply_to_languages())
        else:
            self._send(_refusal(HTTPStatus.NOT_FOUND, f"Unsupported action: '{self.path}'"))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = {key: values[0] for key, values in parse_qs(body, keep_blank_values=True).items()}
        self.server_state.authorization = self.headers.get("Authorization")
        if self.path == "/v2/check":
            self._send(self.server_state.reply_to_check(form))
        else:
            self._send(_refusal(HTTPStatus.NOT_FOUND, f"Unsupported action: '{self.path}'"))

    def _send(self, reply: Reply) -> None:
        if reply.silent_until is not None:
            reply.silent_until.wait()
        if reply.status is None:
            self.close_connection = True
            return
        try:
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)
        except OSError:  # the client did not wait, or read no further
            self.close_connection = True

    def log_message(self, *_: Any) -> None:
        """Write nothing."""
