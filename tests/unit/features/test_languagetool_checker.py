"""What the LanguageTool checker says of texts, as long as its server is well."""

import subprocess
import sys
import threading

import pytest

from huleedu_essay_features.analysis import IssueCategory
from huleedu_essay_features.checking.languagetool import (
    LanguageToolChecker,
    LanguageToolConnection,
    LanguageToolOptions,
    create_languagetool_checker,
)
from huleedu_essay_features.checking.languagetool.errors import (
    InvalidLanguageToolSettingError,
    LanguageServerAnswerError,
)
from huleedu_essay_features.document import EssayDocument
from huleedu_ml_training.testing.checker_suite import LanguageCheckerSuite
from huleedu_ml_training.testing.fakes.languagetool_server import FakeLanguageToolServer


@pytest.fixture
def server():
    with FakeLanguageToolServer() as running:
        yield running


@pytest.fixture
def make(server):
    """Makes checkers of the server, and closes them."""
    made = []

    def make(**settings):
        made.append(LanguageToolChecker(settings.pop("url", server.url), **settings))
        return made[-1]

    yield make
    for checker in made:
        checker.close()


class TestConformance(LanguageCheckerSuite):
    @pytest.fixture
    def checker(self, make):
        return make()


class TestConformanceWithCache(LanguageCheckerSuite):
    @pytest.fixture
    def checker(self, make, tmp_path):
        return make(cache_path=tmp_path / "answers.sqlite")


class TestConformanceOfAnEnglishServer(LanguageCheckerSuite):
    @pytest.fixture
    def checker(self, server, make):
        server.languages = ("en", "en-US")
        return make()


def found(checker, text, language="en"):
    document = EssayDocument(text, language)
    return [(document.text[i.start : i.end], i.category) for i in checker.check(document)]


def test_remarks_become_issues(make):
    issue, *more = make().check(EssayDocument("I like teh dog."))

    assert [] == more
    assert (7, 10) == (issue.start, issue.end)
    assert IssueCategory.SPELLING == issue.category
    assert "MORFOLOGIK_RULE_EN_US" == issue.rule
    assert "Possible mistake: teh" == issue.message
    assert ("word",) == issue.replacements


def test_emoji_before_inside_and_after_a_mistake_do_not_move_it(make):
    text = "😀😀 I recieved 👩‍👩‍👧 two 😀, realy 𝒞. teh end 😀"

    assert [
        ("recieved", IssueCategory.SPELLING),
        ("realy", IssueCategory.SPELLING),
        ("teh", IssueCategory.SPELLING),
        ("teh", IssueCategory.CAPITALIZATION),
    ] == sorted(found(make(), text), key=lambda each: ["recieved", "realy", "teh"].index(each[0]))


def test_kinds_of_mistakes(make):
    checker = make()

    assert [("He have", IssueCategory.AGREEMENT)] == found(checker, "He have a dog.")
    assert [("have went", IssueCategory.TENSE)] == found(checker, "I have went home.")
    assert [(" ,", IssueCategory.PUNCTUATION)] == found(checker, "One , two.")
    assert [("the the", IssueCategory.OTHER)] == found(checker, "See the the dog.")
    assert [("ett mörk kväll", IssueCategory.AGREEMENT)] == found(
        checker, "Det var ett mörk kväll.", "sv"
    )


def test_what_is_asked_is_the_normalised_text_and_the_options(server, make):
    options = LanguageToolOptions(
        english="en-GB",
        level="picky",
        disabled_categories=("TYPOS", "CASING", "TYPOS"),
        disabled_rules=("EN_A_VS_AN",),
    )
    checker = make(options=options)

    assert () == checker.check(EssayDocument("  I like\r\nteh å & ö = 1+1%. \n"))
    assert {
        "text": "I like\nteh å & ö = 1+1%.",
        "language": "en-GB",
        "level": "picky",
        "disabledCategories": "CASING,TYPOS",
        "disabledRules": "EN_A_VS_AN",
    } == server.forms[-1]

    checker.check(EssayDocument("Hej.", "sv"))
    assert "sv" == server.forms[-1]["language"]


def test_identity_says_what_answers_depend_on_and_nothing_else(server, make):
    first = make()
    patient = make(connection=LanguageToolConnection(timeout_s=1000, concurrency=1))
    picky = make(options=LanguageToolOptions(level="picky"))
    with_ngrams = make(options=LanguageToolOptions(server_setup="ngrams"))
    reordered = [
        make(options=LanguageToolOptions(disabled_rules=rules)).identity
        for rules in (("A", "B"), ("B", "A"))
    ]
    server.version = "6.7"
    newer = make()

    assert first.identity == patient.identity
    assert reordered[0] == reordered[1]
    assert "LanguageTool 6.6 (2025-03-27 14:40:39 +0000)" == first.identity["checker.server"]
    assert server.url not in str(first.identity)
    different = [dict(c.identity) for c in (first, picky, with_ngrams, newer)]
    assert all(different.count(each) == 1 for each in different)


def test_languages_are_those_that_the_server_offers(server, make):
    server.languages = ("sv",)
    assert ("sv",) == make().languages

    server.languages = ("en", "en-GB")
    assert ("en",) == make(options=LanguageToolOptions(english="en-GB")).languages
    with pytest.raises(LanguageServerAnswerError, match="none of en-US, sv"):
        make()


def test_no_more_requests_at_once_than_allowed(server, make):
    checker = make(connection=LanguageToolConnection(concurrency=3))
    server.gate.clear()
    texts = [f"Text number {n} about teh dog." for n in range(9)]
    results = {}

    def check(text):
        results[text] = len(checker.check(EssayDocument(text)))

    threads = [threading.Thread(target=check, args=(text,)) for text in texts]
    for thread in threads:
        thread.start()
    assert server.wait_for_open(3)
    server.gate.set()
    for thread in threads:
        thread.join()

    assert 3 == server.most_at_once
    assert dict.fromkeys(texts, 1) == results


def test_credentials_are_sent_but_never_shown(server, make):
    url = server.url.replace("//", "//mary:s%40cret@")
    checker = make(url=url)
    assert server.authorization == "Basic bWFyeTpzQGNyZXQ="  # mary:s@cret

    server.languages = ()
    with pytest.raises(LanguageServerAnswerError) as caught:
        make(url=url)
    assert "***@127.0.0.1" in str(caught.value)
    assert "cret" not in f"{caught.value} {vars(caught.value)} {checker.identity}"


@pytest.mark.parametrize("ending", ["/", "/v2", "/v2/", "/v2/check", " "])
def test_addresses_may_end_in_what_belongs_to_the_api(server, make, ending):
    assert make(url=server.url + ending).check(EssayDocument("teh"))


@pytest.mark.parametrize(
    "url",
    [
        "localhost:8081",
        "ftp://localhost",
        "http://",
        "http://mary:pass:word@localhost:port",
        "http://mary:secret@localhost:8081/?q=1",
        "mary:secret@localhost",
        "http://mary:sec/ret@x@localhost:99999999",
        "http://mary:1/secret@localhost",
        "http://localhost/?key=secret",
        "http://mary:secret@local host",
        "http://mary:secret@localhost/\x00",
        "http://mary:secret@xn--/",
    ],
)
def test_what_is_no_address_is_refused_without_its_password(url):
    with pytest.raises(InvalidLanguageToolSettingError) as caught:
        LanguageToolChecker(url)
    assert "url" == caught.value.setting
    assert not any(word in str(caught.value) for word in ("secret", "sec/ret", "pass:word"))


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        (LanguageToolOptions, {"level": "strict"}),
        (LanguageToolOptions, {"english": "en"}),
        (LanguageToolOptions, {"disabled_rules": ("A,B",)}),
        (LanguageToolOptions, {"disabled_categories": ("",)}),
        (LanguageToolConnection, {"concurrency": 0}),
        (LanguageToolConnection, {"timeout_s": -1.0}),
        (LanguageToolConnection, {"deadline_s": float("nan")}),
        (LanguageToolConnection, {"deadline_s": float("inf")}),
    ],
)
def test_impossible_settings_are_refused_by_name(kind, settings):
    with pytest.raises(InvalidLanguageToolSettingError) as caught:
        kind(**settings)
    assert next(iter(settings)) == caught.value.setting


def test_settings_of_a_file_make_a_checker(server, tmp_path):
    checker = create_languagetool_checker(
        server.url,
        cache_path=str(tmp_path / "answers"),
        english="en-GB",
        disabled_rules=["A", "B"],
        concurrency=2,
    )
    expected = LanguageToolOptions(english="en-GB", disabled_rules=("A", "B")).canonical

    assert expected == checker.identity["checker.options"]
    assert (tmp_path / "answers").exists()
    checker.close()


@pytest.mark.parametrize(
    ("settings", "name"),
    [({}, "url"), ({"url": "http://localhost", "time_out": 1}, "time_out")],
)
def test_settings_that_are_missing_or_unknown_are_named(settings, name):
    with pytest.raises(InvalidLanguageToolSettingError) as caught:
        create_languagetool_checker(**settings)
    assert name == caught.value.setting


def test_without_httpx_the_import_says_what_to_install():
    program = (
        "import sys; sys.modules['httpx'] = None\n"
        "try: import huleedu_essay_features.checking.languagetool\n"
        "except ImportError as error: print(error.code, error.remedy)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert 'httpx-not-installed pip install "huleedu-essay-features[remote]"\n' == done.stdout
