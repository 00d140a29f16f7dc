"""The checker that needs no server: English by Harper, Swedish by rules of our own."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from huleedu_essay_features.analysis import LanguageIssue
from huleedu_essay_features.checking.english import EnglishChecker, english_identity
from huleedu_essay_features.checking.swedish import check_swedish, swedish_identity
from huleedu_essay_features.errors import UnsupportedLanguageError

if TYPE_CHECKING:
    from huleedu_essay_features.document import EssayDocument


class LocalChecker:
    """Checks English and Swedish offline. Safe for concurrent use.

    Spelling, capitals and the placing of marks are no part of it: the features count them
    themselves, by the same definition whatever the checker.

    Raises:
        MissingModelError: Harper is not installed, or in another version.
        ForeignHarperError: Another package's module has Harper's name.
    """

    def __init__(self) -> None:
        self._english = EnglishChecker()

    @property
    def languages(self) -> tuple[str, ...]:
        """ISO 639-1 codes of the languages it checks."""
        return ("en", "sv")

    @property
    def identity(self) -> Mapping[str, str]:
        """What its answers depend on."""
        return {"checker": "local 1", **english_identity(), **swedish_identity()}

    def check(self, document: "EssayDocument") -> tuple[LanguageIssue, ...]:
        """Return the remarks on a text, ordered by start, then end.

        Raises:
            UnsupportedLanguageError: The text is in another language.
        """
        match document.language:
            case "en":
                issues = self._english.check(document.text)
            case "sv":
                issues = check_swedish(document)
            case language:
                raise UnsupportedLanguageError(language=language, supported=self.languages)
        return tuple(sorted(issues, key=lambda issue: (issue.start, issue.end, issue.rule)))
