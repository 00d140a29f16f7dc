"""Offsets, pieces, categories and the circuit breaker of the LanguageTool client."""

import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huleedu_essay_features.analysis import IssueCategory
from huleedu_essay_features.checking.languagetool import LanguageToolChecker
from huleedu_essay_features.checking.languagetool.breaker import CircuitBreaker
from huleedu_essay_features.checking.languagetool.categories import (
    CATEGORIES,
    ISSUE_TYPES,
    RULES,
    categorise,
)
from huleedu_essay_features.checking.languagetool.errors import LanguageServerRefusedError
from huleedu_essay_features.checking.languagetool.pieces import cut
from huleedu_essay_features.checking.languagetool.utf16 import Utf16Text
from huleedu_essay_features.document import EssayDocument
from huleedu_ml_training.testing.fakes.languagetool_server import FakeLanguageToolServer

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "languagetool.md"
TEXTS = st.text(alphabet=st.sampled_from("aå \n.€😀𝒞\u0301"), max_size=60)


def units(text):
    return len(text.encode("utf-16-le")) // 2


@given(TEXTS, st.data())
def test_spans_of_code_units_become_the_same_characters(text, data):
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    counted = Utf16Text(text)

    assert units(text) == counted.units
    assert units(text[:start]) == counted.unit(start)
    assert (start, end) == counted.span(units(text[:start]), units(text[:end]))


@given(TEXTS.filter(bool), st.data())
def test_spans_that_cut_a_character_take_all_of_it(text, data):
    counted = Utf16Text(text)
    first = data.draw(st.integers(0, counted.units - 1))
    last = data.draw(st.integers(first, counted.units - 1))
    start, end = counted.span(first, last + 1)

    wanted = text.encode("utf-16-le")[2 * first : 2 * last + 2]
    assert 0 <= start < end <= len(text)
    assert wanted in text[start:end].encode("utf-16-le")
    assert units(text[start:end]) <= last + 1 - first + 2


@given(TEXTS, st.integers(2, 30), st.sampled_from(["en", "sv"]))
def test_pieces_make_up_the_text_and_fit(text, limit, language):
    document = EssayDocument(text, language)
    if not document.text:
        return
    pieces = cut(document, (0, len(document.text)), limit)

    found = [document.text[start:end] for start, end in pieces]
    assert "".join(document.text.split()) == "".join("".join(found).split())
    assert found == [each.strip() for each in found]
    assert sorted(pieces) == pieces
    assert all(0 < units(each) <= limit for each in found)


def test_pieces_end_at_paragraphs_sentences_words_in_this_order():
    def pieces(text, limit):
        document = EssayDocument(text)
        return [document.text[slice(*s)] for s in cut(document, (0, len(document.text)), limit)]

    assert ["A b. C d.", "E f. G h.", "I j."] == pieces("A b. C d.\n\nE f. G h.\n\nI j.", 12)
    assert ["A b. C d.\n\nE f. G h.", "I j."] == pieces("A b. C d.\n\nE f. G h.\n\nI j.", 22)
    assert ["One is here.", "Two is here.", "Three."] == pieces(
        "One is here. Two is here. Three.", 18
    )
    assert ["one two", "three", "four"] == pieces("one two three four", 9)
    assert ["aaaaa", "aaaaa", "aa"] == pieces("a" * 12, 5)
    assert ["😀😀", "😀"] == pieces("😀😀😀", 5)


@pytest.mark.parametrize("says_its_limit", [True, False])
def test_a_text_that_is_too_long_is_checked_in_pieces(says_its_limit):
    text = "😀 I like teh dog.\n\nHe have a cat.\n\nSee the the bird. I recieved 😀 it."
    with FakeLanguageToolServer() as server:
        checker = LanguageToolChecker(server.url)
        document = EssayDocument(text)
        whole = checker.check(document)
        server.max_text_length = 40
        server.says_its_limit = says_its_limit
        asked = len(server.forms)

        assert whole == checker.check(document)
        texts = [form["text"] for form in server.forms[asked:]]
        assert text == texts[0]
        assert text == "\n\n".join(each for each in texts if units(each) <= 40)
        checker.close()


def test_a_server_that_takes_no_text_is_an_error():
    with FakeLanguageToolServer() as server:
        checker = LanguageToolChecker(server.url)
        server.max_text_length = 0
        for server.says_its_limit in (True, False):
            with pytest.raises(LanguageServerRefusedError) as caught:
                checker.check(EssayDocument("I like teh dog."))
            assert 413 == caught.value.status
        checker.close()


@pytest.mark.parametrize(
    ("remark", "expected"),
    [
        (("HE_VERB_AGR", "GRAMMAR", "grammar"), IssueCategory.AGREEMENT),
        (("AGREEMENT_SENT_START_2", "GRAMMAR", "grammar"), IssueCategory.AGREEMENT),
        (("PERS_PRONOUN_AGREEMENT", "GRAMMAR", "grammar"), IssueCategory.AGREEMENT),
        (("THERE_S_MANY", "GRAMMAR", "grammar"), IssueCategory.AGREEMENT),
        (("THIS_NNS_VB", "GRAMMAR", "grammar"), IssueCategory.AGREEMENT),
        (("JJ.OCH_t-ord", "GRAMMAR", "grammar"), IssueCategory.AGREEMENT),
        (("HAVE_PART_AGREEMENT", "GRAMMAR", "grammar"), IssueCategory.TENSE),
        (("MISSING_PAST_TENSE", "GRAMMAR", "grammar"), IssueCategory.TENSE),
        (("DID_BASEFORM", "GRAMMAR", "grammar"), IssueCategory.TENSE),
        (("DID_BASEFORM_2", "GRAMMAR", "grammar"), IssueCategory.TENSE),
        (("GOING_TO_VBD", "GRAMMAR", "grammar"), IssueCategory.TENSE),
        (("CD_NN_APOSTROPHE_S", "TYPOGRAPHY", "typographical"), IssueCategory.PUNCTUATION),
        (("EN_A_VS_AN", "MISC", "misspelling"), IssueCategory.GRAMMAR),
        (("EJ_INNAN_ATT", "GRAMMAR", "grammar"), IssueCategory.GRAMMAR),
        (("PRP_RB_NO_VB", "GRAMMAR", "grammar"), IssueCategory.GRAMMAR),
        (("MORFOLOGIK_RULE_EN_GB", "TYPOS", "misspelling"), IssueCategory.SPELLING),
        (("HUNSPELL_RULE", "TYPOS", "misspelling"), IssueCategory.SPELLING),
        (("THERE_THEIR", "CONFUSED_WORDS", "misspelling"), IssueCategory.GRAMMAR),
        (("UPPERCASE_SENTENCE_START", "CASING", "typographical"), IssueCategory.CAPITALIZATION),
        (("COMMA_PARENTHESIS_WHITESPACE", "TYPOGRAPHY", "whitespace"), IssueCategory.PUNCTUATION),
        (("PASSIVE_VOICE", "STYLE", "style"), IssueCategory.STYLE),
        (("ENGLISH_WORD_REPEAT_RULE", "MISC", "duplication"), IssueCategory.OTHER),
        (("NEW", "NEW_CATEGORY", "misspelling"), IssueCategory.SPELLING),
        (("NEW", "NEW_CATEGORY", "new-type"), IssueCategory.OTHER),
        (("NEW", "NEW_CATEGORY", ""), IssueCategory.OTHER),
    ],
)
def test_categories(remark, expected):
    assert expected == categorise(*remark)


def test_no_id_has_two_categories():
    for table in (RULES, CATEGORIES, ISSUE_TYPES):
        names = [name for names in table.values() for name in names]
        assert len(names) == len(set(names))


def test_the_page_has_the_tables():
    page = PAGE.read_text(encoding="utf-8")
    for table in (RULES, CATEGORIES, ISSUE_TYPES):
        for category, names in table.items():
            row = f"| {category} | {', '.join(f'`{name}`' for name in names)} |"
            assert row.replace("|", "") in page.replace("\\|", "").replace("|", "")


class TestCircuitBreaker:
    @pytest.fixture
    def now(self):
        return [0.0]

    @pytest.fixture
    def breaker(self, now):
        return CircuitBreaker(failures=2, open_s=10, clock=lambda: now[0])

    def fail(self, breaker):
        breaker.settle(breaker.acquire(), succeeded=False)

    def test_only_failures_in_a_row_open_it(self, breaker):
        for _ in range(3):
            self.fail(breaker)
            breaker.settle(breaker.acquire(), succeeded=True)
        assert breaker.acquire() is not None

        self.fail(breaker)
        self.fail(breaker)
        assert breaker.acquire() is None
        assert 10 == breaker.wait_s

    def test_one_request_tries_after_a_while(self, breaker, now):
        self.fail(breaker)
        self.fail(breaker)
        now[0] = 9.9
        assert breaker.acquire() is None
        now[0] = 10

        trial = breaker.acquire()
        assert trial is not None
        assert breaker.acquire() is None
        breaker.settle(trial, succeeded=True)
        assert all(breaker.acquire() for _ in range(3))
        self.fail(breaker)
        assert breaker.acquire() is not None

    def test_a_trial_that_fails_opens_it_anew(self, breaker, now):
        self.fail(breaker)
        self.fail(breaker)
        now[0] = 10
        self.fail(breaker)

        assert breaker.acquire() is None
        assert 10 == breaker.wait_s

    def test_a_trial_that_was_not_made_leaves_its_place(self, breaker, now):
        self.fail(breaker)
        self.fail(breaker)
        now[0] = 10
        breaker.give_back(breaker.acquire())

        assert breaker.acquire() is not None

    def test_requests_from_before_a_change_count_for_nothing(self, breaker, now):
        early = [breaker.acquire() for _ in range(4)]
        breaker.settle(early[0], succeeded=False)
        breaker.settle(early[1], succeeded=False)
        now[0] = 5
        breaker.settle(early[2], succeeded=True)
        assert breaker.acquire() is None
        breaker.settle(early[3], succeeded=False)
        assert 5 == breaker.wait_s

    def test_of_many_threads_one_gets_the_trial(self, breaker, now):
        self.fail(breaker)
        self.fail(breaker)
        now[0] = 10
        together = threading.Barrier(8)
        got = []

        def acquire():
            together.wait()
            got.append(breaker.acquire())

        threads = [threading.Thread(target=acquire) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert 7 == got.count(None)
