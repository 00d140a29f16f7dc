"""Conformance suite of :class:`LanguageCheckerProtocol`: inherit it and override one fixture."""

import json
import threading
from itertools import pairwise

import pytest

from huleedu_essay_features.analysis import IssueCategory, LanguageIssue
from huleedu_essay_features.document import EssayDocument
from huleedu_essay_features.errors import UnsupportedLanguageError
from huleedu_essay_features.languages import SUPPORTED_LANGUAGES
from huleedu_essay_features.protocols import LanguageCheckerProtocol

FAULTY_TEXTS = {
    "en": "My freind have a dog. He recieved it from the the neighbour , and it bark. it is big.",
    "sv": "Min vän har ett hund. Han fikk den av av grannen , och den kunnna skälla. den är stor.",
}
"""A text with mistakes of many kinds for each language; a checker finds some of them."""

_ODD_TEXTS = {
    "one word": "Hello",
    "no word": "?! ... --",
    "lower case": "no capital and no end",
    "NUL and control characters": "a\x00b\x07 c",
    "lone surrogate": "a \ud800 b",
    "emoji": "I ❤️ cats 😀👩‍👩‍👧. They is 😀 realy nice.",
    "mixed scripts": "Привет мир, hello 世界 and γειά σου مرحبا.",
    "one endless word": "a" * 5000,
    "many paragraphs": "No.\n\n" * 50,
    "line breaks of all kinds": "One.\r\nTwo.\rThree.\u2028Four.",
}


class LanguageCheckerSuite:
    """What every checker does. Override :meth:`checker`."""

    @pytest.fixture
    def checker(self) -> LanguageCheckerProtocol:
        """Return a checker of English, Swedish, or both."""
        raise NotImplementedError

    def test_names_its_languages(self, checker: LanguageCheckerProtocol) -> None:
        """At least one, none twice, all of them ours."""
        assert checker.languages
        assert len(checker.languages) == len(set(checker.languages))
        assert set(checker.languages) <= set(SUPPORTED_LANGUAGES)

    def test_identity_is_fixed(self, checker: LanguageCheckerProtocol) -> None:
        """It can be written out, says something, and checking does not change it."""
        before = dict(checker.identity)
        for language in checker.languages:
            checker.check(EssayDocument(FAULTY_TEXTS[language], language))
        assert dict(checker.identity) == before
        assert before == json.loads(json.dumps(before))
        assert all(isinstance(value, str) and value for value in before.values())
        assert before

    def test_finds_mistakes(self, checker: LanguageCheckerProtocol) -> None:
        """No checker that found nothing has checked."""
        for language in checker.languages:
            assert checker.check(EssayDocument(FAULTY_TEXTS[language], language))

    def test_a_text_without_characters_has_no_mistake(
        self, checker: LanguageCheckerProtocol
    ) -> None:
        """Neither has white space alone."""
        for language in checker.languages:
            assert checker.check(EssayDocument("", language)) == ()
            assert checker.check(EssayDocument(" \n\t ", language)) == ()

    @pytest.mark.parametrize("text", _ODD_TEXTS.values(), ids=_ODD_TEXTS.keys())
    def test_remarks_on_odd_texts_are_sound(
        self, checker: LanguageCheckerProtocol, text: str
    ) -> None:
        """Inside the normalised text, in order, in our categories."""
        for language in checker.languages:
            document = EssayDocument(text, language)
            assert_sound(checker.check(document), document)

    def test_remarks_on_faulty_texts_are_sound(self, checker: LanguageCheckerProtocol) -> None:
        """Also where a text stands twice, or between white space that normalisation drops."""
        for language in checker.languages:
            faulty = FAULTY_TEXTS[language]
            for text in (faulty, f"{faulty}\n\n{faulty}", f" \n {faulty}\u200b \n"):
                document = EssayDocument(text, language)
                assert_sound(checker.check(document), document)

    def test_offsets_count_characters(self, checker: LanguageCheckerProtocol) -> None:
        """A mistake that is marked without emoji before it is marked with them, in its place."""
        for language in checker.languages:
            faulty = FAULTY_TEXTS[language]
            document = EssayDocument(f"😀👍🏽 𝒞 😀.\n\n{faulty}", language)
            shift = document.text.index(faulty)
            plain = {
                (issue.start, issue.end, issue.rule)
                for issue in checker.check(EssayDocument(faulty, language))
            }
            found = {
                (issue.start - shift, issue.end - shift, issue.rule)
                for issue in checker.check(document)
                if issue.start >= shift
            }
            assert plain <= found

    def test_the_same_text_gives_the_same_remarks(self, checker: LanguageCheckerProtocol) -> None:
        """Whatever was checked in between."""
        for language in checker.languages:
            first = checker.check(EssayDocument(FAULTY_TEXTS[language], language))
            for other in checker.languages:
                checker.check(EssayDocument(FAULTY_TEXTS[other] * 2, other))
            assert first == checker.check(EssayDocument(FAULTY_TEXTS[language], language))

    def test_other_languages_are_refused(self, checker: LanguageCheckerProtocol) -> None:
        """With an error, never with an empty answer."""
        for language in SUPPORTED_LANGUAGES:
            document = EssayDocument(FAULTY_TEXTS[language], language)
            if language in checker.languages:
                assert isinstance(checker.check(document), tuple)
            else:
                with pytest.raises(UnsupportedLanguageError):
                    checker.check(document)

    def test_threads_may_share_it(self, checker: LanguageCheckerProtocol) -> None:
        """Concurrent calls give what single calls give."""
        documents = [
            EssayDocument(f"{FAULTY_TEXTS[language]} {n}.", language)
            for language in checker.languages
            for n in range(4)
        ]
        expected = [checker.check(document) for document in documents]
        got: list[list[tuple[LanguageIssue, ...]]] = []
        threads = [
            threading.Thread(target=lambda: got.append([checker.check(d) for d in documents]))
            for _ in range(3)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert got == [expected] * 3


def assert_sound(issues: tuple[LanguageIssue, ...], document: EssayDocument) -> None:
    """Assert that remarks are inside the text, in order, and filled in."""
    for issue in issues:
        assert 0 <= issue.start < issue.end <= len(document.text)
        assert isinstance(issue.category, IssueCategory)
        assert issue.rule
        assert isinstance(issue.message, str)
        assert isinstance(issue.replacements, tuple)
        assert all(isinstance(each, str) for each in issue.replacements)
    places = [(issue.start, issue.end) for issue in issues]
    assert all(before <= after for before, after in pairwise(places))
