"""What a LanguageTool server says, read strictly."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MAX_REPLACEMENTS = 10
"""Of a long list of suggestions, as many are kept; the best come first."""


class MalformedAnswerError(ValueError):
    """What was said is not of the form that LanguageTool documents; the text says where."""


@dataclass(frozen=True, slots=True)
class Match:
    """One remark, in LanguageTool's own terms.

    Attributes:
        offset: First UTF-16 code unit, from 0.
        length: Number of UTF-16 code units, at least 1.
        rule: Id of the rule.
        category: Id of the rule's category.
        issue_type: Kind of mistake by ITS 2.0; empty where it gives none.
        message: What it says to the writer.
        replacements: Suggestions, best first.
    """

    offset: int
    length: int
    rule: str
    category: str
    issue_type: str
    message: str
    replacements: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CheckAnswer:
    """Answer of ``/v2/check``.

    Attributes:
        server: Name, version and build of the server.
        matches: Its remarks, in its own order.
        incomplete: Why it did not check everything; empty where it did.
    """

    server: str
    matches: tuple[Match, ...]
    incomplete: str


def read_check(body: bytes, *, language: str, units: int) -> CheckAnswer:
    """Read an answer of ``/v2/check``.

    Args:
        body: What came back.
        language: LanguageTool's code of the language that was asked for.
        units: Length of the text in UTF-16 code units.

    Raises:
        MalformedAnswerError: It is something else, or speaks of another text or language.
    """
    answer = _object(_json(body), "the answer")
    checked = _string(_object(answer.get("language"), "language"), "code", "language")
    if checked.partition("-")[0] != language.partition("-")[0]:
        msg = f"it is about the language {checked!r}, and {language!r} was asked for"
        raise MalformedAnswerError(msg)
    matches = _array(answer.get("matches"), "matches")
    return CheckAnswer(
        server=_server(_object(answer.get("software"), "software")),
        matches=tuple(_match(each, f"matches[{i}]", units) for i, each in enumerate(matches)),
        incomplete=_incomplete(answer.get("warnings")),
    )


def read_languages(body: bytes) -> frozenset[str]:
    """Read an answer of ``/v2/languages``: the codes of all languages and variants.

    Raises:
        MalformedAnswerError: It is something else.
    """
    codes: set[str] = set()
    for index, each in enumerate(_array(_json(body), "the answer")):
        entry = _object(each, f"languages[{index}]")
        codes |= {_string(entry, key, f"languages[{index}]") for key in ("code", "longCode")}
    return frozenset(codes)


def write_matches(matches: Sequence[Match]) -> str:
    """Return matches as a text that :func:`read_matches` takes."""
    rows = [
        [m.offset, m.length, m.rule, m.category, m.issue_type, m.message, list(m.replacements)]
        for m in matches
    ]
    return json.dumps(rows, separators=(",", ":"))


def read_matches(text: str, *, units: int) -> tuple[Match, ...]:
    """Read what :func:`write_matches` wrote.

    Raises:
        MalformedAnswerError: It did not write this.
    """
    found = []
    for index, row in enumerate(_array(_json(text), "the entry")):
        where = f"entry {index}"
        keys = ("offset", "length", "rule", "category", "issue_type", "message", "replacements")
        if len(_array(row, where)) != len(keys):
            msg = f"{where} has {len(row)} values"
            raise MalformedAnswerError(msg)
        entry = dict(zip(keys, row, strict=True))
        start, length = _span(entry, where, units)
        rule, category, issue_type, message = (_string(entry, key, where) for key in keys[2:6])
        suggested = _array(entry["replacements"], where)
        replacements = tuple(_string({"value": each}, "value", where) for each in suggested)
        found.append(Match(start, length, rule, category, issue_type, message, replacements))
    return tuple(found)


def _match(value: Any, where: str, units: int) -> Match:
    match = _object(value, where)
    rule = _object(match.get("rule"), f"{where}.rule")
    category = _object(rule.get("category"), f"{where}.rule.category")
    start, length = _span(match, where, units)
    suggested = _array(match.get("replacements", []), f"{where}.replacements")
    return Match(
        offset=start,
        length=length,
        rule=_string(rule, "id", f"{where}.rule"),
        category=_string(category, "id", f"{where}.rule.category"),
        issue_type=_string(rule, "issueType", f"{where}.rule") if "issueType" in rule else "",
        message=_string(match, "message", where),
        replacements=tuple(
            _string(_object(each, f"{where}.replacements"), "value", f"{where}.replacements")
            for each in suggested[:MAX_REPLACEMENTS]
        ),
    )


def _span(value: Mapping[str, Any], where: str, units: int) -> tuple[int, int]:
    start, length = _integer(value, "offset", where), _integer(value, "length", where)
    if start < 0 or length < 1 or start + length > units:
        msg = f"{where} is at {start} to {start + length} of a text with {units} code units"
        raise MalformedAnswerError(msg)
    return start, length


def _server(software: Mapping[str, Any]) -> str:
    name, version = (_string(software, key, "software") for key in ("name", "version"))
    # Snapshots of one version differ in their rules; null where it was built without a repository.
    built = software.get("buildDate")
    parts = [name, version]
    if built is not None:
        parts.append(f"({_string(software, 'buildDate', 'software')})")
    if software.get("premium") is True:
        parts.append("premium")
    return " ".join(parts)


def _incomplete(warnings: Any) -> str:
    if warnings is None:  # from servers before 3.7
        return ""
    incomplete = _object(warnings, "warnings").get("incompleteResults", False)
    if not isinstance(incomplete, bool):
        msg = "warnings.incompleteResults is neither true nor false"
        raise MalformedAnswerError(msg)
    if not incomplete:
        return ""
    reason = warnings.get("incompleteResultsReason", "")
    return reason if isinstance(reason, str) and reason else "it gave no reason"


def _json(body: bytes | str) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        msg = "it is not JSON"
        raise MalformedAnswerError(msg) from None


def _object(value: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        msg = f"{where} is not an object"
        raise MalformedAnswerError(msg)
    return value


def _array(value: Any, where: str) -> Sequence[Any]:
    if not isinstance(value, list):
        msg = f"{where} is not an array"
        raise MalformedAnswerError(msg)
    return value


def _integer(value: Mapping[str, Any], key: str, where: str) -> int:
    number = value.get(key)
    if not isinstance(number, int) or isinstance(number, bool):
        msg = f"{where}.{key} is not an integer"
        raise MalformedAnswerError(msg)
    return number


def _string(value: Mapping[str, Any], key: str, where: str) -> str:
    text = value.get(key)
    if not isinstance(text, str):
        msg = f"{where}.{key} is not a text"
        raise MalformedAnswerError(msg)
    # JSON may hold halves of surrogate pairs, which nothing can write out.
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
