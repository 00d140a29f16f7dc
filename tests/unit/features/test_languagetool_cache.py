"""What the LanguageTool checker keeps on disk."""

import json
import sqlite3
import subprocess
import sys
import threading

import pytest

from huleedu_essay_features.checking.languagetool import (
    LanguageToolChecker,
    LanguageToolConnection,
    LanguageToolOptions,
)
from huleedu_essay_features.checking.languagetool.cache import AnswerCache, answer_key
from huleedu_essay_features.checking.languagetool.errors import (
    AnswerCacheError,
    LanguageServerUnavailableError,
)
from huleedu_essay_features.document import EssayDocument
from huleedu_ml_training.testing.fakes.languagetool_server import FakeLanguageToolServer

DOCUMENT = EssayDocument("😀 I like teh dog, and the the cat.")


@pytest.fixture
def server():
    with FakeLanguageToolServer() as running:
        yield running


@pytest.fixture
def path(tmp_path):
    return tmp_path / "cache" / "answers.sqlite"


@pytest.fixture
def make(server, path):
    made = []

    def make(**settings):
        made.append(LanguageToolChecker(server.url, cache_path=path, **settings))
        return made[-1]

    yield make
    for checker in made:
        checker.close()


@pytest.fixture
def cache(path):
    with_bound = AnswerCache(path, max_bytes=100)
    yield with_bound
    with_bound.close()


def asked(server, work):
    """Number of texts, apart from the first greeting, that the server was asked about by work."""
    before = len(server.forms)
    work()
    return len([form for form in server.forms[before:] if form["text"] != "Hello."])


def test_the_same_text_is_asked_about_once(server, make):
    first = make()
    expected = first.check(DOCUMENT)

    assert 0 == asked(server, lambda: first.check(DOCUMENT))
    assert 0 == asked(server, lambda: make().check(EssayDocument(f" {DOCUMENT.text}\n")))
    assert expected == first.check(DOCUMENT) == make().check(DOCUMENT)
    assert 1 == asked(server, lambda: first.check(EssayDocument("Another text.")))


def test_an_empty_answer_is_kept_too(server, make):
    make().check(EssayDocument("Nothing is wrong here."))

    assert 0 == asked(server, lambda: make().check(EssayDocument("Nothing is wrong here.")))


@pytest.mark.parametrize(
    ("options", "language", "requests"),
    [
        (LanguageToolOptions(), "en", 0),
        (LanguageToolOptions(), "sv", 1),
        (LanguageToolOptions(english="en-GB"), "en", 1),
        (LanguageToolOptions(level="picky"), "en", 1),
        (LanguageToolOptions(disabled_rules=("X",)), "en", 1),
        (LanguageToolOptions(disabled_categories=("X",)), "en", 1),
        (LanguageToolOptions(server_setup="ngrams"), "en", 1),
    ],
)
def test_whatever_changes_the_answer_is_part_of_the_key(server, make, options, language, requests):
    make().check(DOCUMENT)
    document = EssayDocument(DOCUMENT.text, language)

    assert requests == asked(server, lambda: make(options=options).check(document))


def test_addresses_and_limits_are_no_part_of_the_key(make):
    make().check(DOCUMENT)
    limits = LanguageToolConnection(timeout_s=1, concurrency=1, deadline_s=5)

    assert 0 == asked_of_another(make, limits)


def asked_of_another(make, limits):
    with FakeLanguageToolServer() as other:
        path = make()._cache._path
        checker = LanguageToolChecker(other.url, cache_path=path, connection=limits)
        requests = asked(other, lambda: checker.check(DOCUMENT))
        checker.close()
        return requests


def test_another_version_of_the_server_is_asked_anew(server, make):
    make().check(DOCUMENT)
    server.version = "6.7"

    assert 1 == asked(server, lambda: make().check(DOCUMENT))
    assert 0 == asked(server, lambda: make().check(DOCUMENT))


def test_a_process_finds_what_another_kept(server, make, path):
    expected = make().check(DOCUMENT)
    program = (
        "import sys, json, pathlib, dataclasses\n"
        "from huleedu_essay_features.checking.languagetool import LanguageToolChecker\n"
        "from huleedu_essay_features.document import EssayDocument\n"
        "checker = LanguageToolChecker(sys.argv[1], cache_path=pathlib.Path(sys.argv[2]))\n"
        "issues = checker.check(EssayDocument(sys.argv[3]))\n"
        "print(json.dumps([dataclasses.astuple(issue) for issue in issues]))\n"
        "checker.check(EssayDocument('New in teh other process.'))\n"
    )
    command = [sys.executable, "-c", program, server.url, str(path), DOCUMENT.text]
    outputs = []

    def run():
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        outputs.append(json.loads(done.stdout))

    assert 1 == asked(server, run)  # the new one
    assert [[i.start, i.end] for i in expected] == [found[:2] for found in outputs[0]]
    assert 0 == asked(server, lambda: make().check(EssayDocument("New in teh other process.")))


def test_processes_and_threads_write_at_once(path):
    program = (
        "import sys, pathlib\n"
        "from huleedu_essay_features.checking.languagetool.cache import AnswerCache\n"
        "cache = AnswerCache(pathlib.Path(sys.argv[1]))\n"
        "for n in range(150): cache.put(f'{sys.argv[2]} {n}'.encode(), str(n))\n"
    )
    processes = [
        subprocess.Popen([sys.executable, "-c", program, str(path), name]) for name in ("a", "b")
    ]
    cache = AnswerCache(path)

    def write(name):
        for n in range(150):
            cache.put(f"{name} {n}".encode(), str(n))

    threads = [threading.Thread(target=write, args=(name,)) for name in ("c", "d")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [0, 0] == [process.wait() for process in processes]
    kept = [cache.get(f"{name} {n}".encode()) for name in "abcd" for n in range(150)]
    cache.close()

    assert [str(n) for n in range(150)] * 4 == kept


def test_what_was_not_used_for_longest_goes_first(cache):
    for key in (b"a", b"b", b"c"):
        cache.put(key, "x" * 30)
    cache.get(b"a")
    cache.put(b"d", "x" * 30)

    assert [True, False, True, True] == [
        cache.get(key) is not None for key in (b"a", b"b", b"c", b"d")
    ]

    cache.put(b"e", "y" * 90)
    assert [False] * 4 == [cache.get(key) is not None for key in (b"a", b"b", b"c", b"d")]
    assert "y" * 90 == cache.get(b"e")


def test_a_value_that_takes_another_place_is_counted_once(cache):
    for _ in range(10):
        cache.put(b"a", "x" * 40)
    cache.put(b"b", "x" * 40)

    assert "x" * 40 == cache.get(b"a")


def test_a_value_over_the_bound_is_not_kept_and_pushes_nothing_out(cache):
    cache.put(b"a", "small")
    cache.put(b"b", "x" * 101)

    assert ("small", None) == (cache.get(b"a"), cache.get(b"b"))


def test_only_the_owner_can_read_it(cache, path):
    cache.put(b"a", "x")
    files = list(path.parent.iterdir())

    assert {path.name, f"{path.name}-wal", f"{path.name}-shm"} == {file.name for file in files}
    assert {0o600} == {file.stat().st_mode & 0o777 for file in files}
    assert 0o700 == path.parent.stat().st_mode & 0o777


def test_texts_are_not_in_it_and_nothing_is_pickled(make, path):
    make().check(EssayDocument("Secret words of a pupil about teh dog."))
    with sqlite3.connect(path) as connection:
        rows = connection.execute("SELECT key, value FROM answers").fetchall()

    ((key, value),) = rows
    assert 32 == len(key)
    assert b"pupil" not in path.read_bytes() + path.with_name(f"{path.name}-wal").read_bytes()
    assert isinstance(json.loads(value), list)


def test_a_damaged_entry_is_asked_for_again_and_put_right(server, make, path):
    checker = make()
    expected = checker.check(DOCUMENT)
    for damage in (
        "garbage",
        "{}",
        "[[0]]",
        '[[0,99,"R","C","","m",[]]]',
        '[[0,1,"R","C","",1,[]]]',
    ):
        with sqlite3.connect(path) as connection:
            connection.execute("UPDATE answers SET value = ?", (damage,))
        connection.close()

        assert 1 == asked(server, lambda: checker.check(DOCUMENT))
        assert 0 == asked(server, lambda: checker.check(DOCUMENT))
        assert expected == checker.check(DOCUMENT)


def test_a_file_of_something_else_is_an_error_and_stays_as_it_is(path):
    path.parent.mkdir()
    path.write_bytes(b"Dear diary, today I wrote no database at all. " * 100)
    before = path.read_bytes()

    with pytest.raises(AnswerCacheError, match="not a database") as caught:
        AnswerCache(path)
    assert str(path) in str(caught.value)
    assert "filled anew" in caught.value.remedy
    assert before == path.read_bytes()


def test_a_database_of_something_else_is_an_error_and_stays_as_it_is(path):
    path.parent.mkdir()
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE essays (text TEXT)")
    connection.close()
    before = path.read_bytes()

    with pytest.raises(AnswerCacheError, match="something else"):
        AnswerCache(path)
    assert before == path.read_bytes()


def test_a_damaged_file_is_an_error(path):
    cache = AnswerCache(path)
    for n in range(500):
        cache.put(str(n).encode(), "x" * 200)
    cache.close()
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xa5" * (len(content) - 4096)
    path.write_bytes(content)

    def use():
        damaged = AnswerCache(path)
        try:
            for n in range(500):
                damaged.get(str(n).encode())
        finally:
            damaged.close()

    with pytest.raises(AnswerCacheError):
        use()


def test_a_place_that_cannot_be_written_is_an_error(tmp_path):
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file" / "answers", tmp_path):
        with pytest.raises(AnswerCacheError):
            AnswerCache(path)


def test_a_file_of_another_format_is_emptied(path):
    cache = AnswerCache(path)
    cache.put(b"a", "x")
    cache.close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()

    again = AnswerCache(path)
    assert again.get(b"a") is None
    again.put(b"a", "y")
    assert "y" == again.get(b"a")
    again.close()


def test_a_closed_checker_says_so_even_where_it_knows_the_answer(make):
    checker = make()
    checker.check(DOCUMENT)
    checker.close()

    with pytest.raises(LanguageServerUnavailableError, match="closed"):
        checker.check(DOCUMENT)


def test_keys_are_digests_that_do_not_depend_on_the_order_of_options():
    key = answer_key(text="a", language="sv", options={"x": "1", "y": "2"}, server="s")

    assert key == answer_key(text="a", language="sv", options={"y": "2", "x": "1"}, server="s")
    assert key != answer_key(text="a", language="sv", options={"x": "1", "y": "3"}, server="s")
