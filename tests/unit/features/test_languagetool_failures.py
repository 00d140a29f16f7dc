"""A LanguageTool server that is away, busy, slow or talks nonsense is an error, never nothing."""

import json
import socket
import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from huleedu_essay_features.checking.languagetool import (
    LanguageToolChecker,
    LanguageToolConnection,
)
from huleedu_essay_features.checking.languagetool.errors import (
    LanguageServerAnswerError,
    LanguageServerChangedError,
    LanguageServerIncompleteError,
    LanguageServerRefusedError,
    LanguageServerUnavailableError,
)
from huleedu_essay_features.document import EssayDocument
from huleedu_ml_training.testing.fakes.languagetool_server import (
    FakeLanguageToolServer,
    Reply,
)

DOCUMENT = EssayDocument("I like teh dog.")
GONE = Reply(status=None)
BROKEN = Reply(status=500, body=b"Error: Internal Error: out of memory")


class Clock:
    """Time that only passes when somebody sleeps, or when it is told to."""

    def __init__(self):
        self.now = 1000.0
        self.passing = 0
        self.slept = []

    def __call__(self):
        self.now += self.passing
        return self.now

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def server():
    with FakeLanguageToolServer() as running:
        yield running


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def make(server, clock):
    made = []

    def make(url=None, cache_path=None, **limits):
        checker = LanguageToolChecker(
            url or server.url,
            connection=LanguageToolConnection(**limits),
            cache_path=cache_path,
            clock=clock,
            sleep=clock.sleep,
            jitter=lambda: 1.0,
        )
        made.append(checker)
        return checker

    yield make
    for checker in made:
        checker.close()


@pytest.fixture
def closed_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def test_a_server_that_is_not_there_is_an_error_with_address_attempts_and_remedy(
    make, clock, closed_port
):
    with pytest.raises(LanguageServerUnavailableError) as caught:
        make(f"http://mary:secret@127.0.0.1:{closed_port}/lt/", attempts=3, backoff_s=1)

    assert 3 == caught.value.attempts
    assert f"http://***@127.0.0.1:{closed_port}/lt" == caught.value.url
    assert "refused" in caught.value.reason
    assert [1, 2] == clock.slept
    assert "(3 attempts)" in str(caught.value)
    assert "start the server" in caught.value.remedy
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("failure", [GONE, BROKEN, Reply(status=429), Reply(status=503)])
def test_what_may_pass_is_tried_again(server, make, clock, failure):
    checker = make(backoff_s=1, attempts=4)
    server.script.extend([failure] * 3)

    assert 1 == len(checker.check(DOCUMENT))
    assert [1, 2, 4] == clock.slept
    assert 5 == len(server.forms)  # one when it was made


def test_waits_are_random_and_bounded(server, clock):
    jitter = iter([0.5, 0.25, 0.0])
    checker = LanguageToolChecker(
        server.url,
        connection=LanguageToolConnection(backoff_s=4, max_backoff_s=6),
        clock=clock,
        sleep=clock.sleep,
        jitter=lambda: next(jitter),
    )
    server.script.extend([GONE] * 3)
    checker.check(DOCUMENT)
    checker.close()

    assert [0.5 * 4, 0.25 * 6, 0] == clock.slept


def test_a_server_that_stays_broken_is_an_error_that_quotes_it(server, make):
    checker = make(attempts=2)
    server.script.extend([BROKEN] * 2)

    with pytest.raises(LanguageServerUnavailableError) as caught:
        checker.check(DOCUMENT)
    assert 2 == caught.value.attempts
    assert "status 500: Error: Internal Error: out of memory" == caught.value.reason


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_retry_after_is_honoured(server, make, clock, form):
    checker = make(backoff_s=1)
    value = "30"
    if form == "date":
        value = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    server.script.append(Reply(status=429, headers={"Retry-After": value}))

    checker.check(DOCUMENT)
    (slept,) = clock.slept
    assert 25 < slept <= 31


def test_retry_after_is_bounded(server, make, clock):
    checker = make(max_retry_after_s=60)
    server.script.append(Reply(status=503, headers={"Retry-After": "3600"}))

    with pytest.raises(LanguageServerUnavailableError, match="come back in 3600 s"):
        checker.check(DOCUMENT)
    assert [] == clock.slept


def test_a_retry_after_that_is_nonsense_is_passed_over(server, make, clock):
    checker = make(backoff_s=1)
    server.script.append(Reply(status=503, headers={"Retry-After": "soon"}))

    assert 1 == len(checker.check(DOCUMENT))
    assert [1] == clock.slept


def test_the_deadline_ends_the_attempts(server, make, clock):
    checker = make(deadline_s=10, backoff_s=8, attempts=100)
    server.script.extend([GONE] * 100)

    with pytest.raises(LanguageServerUnavailableError, match="no time") as caught:
        checker.check(DOCUMENT)
    assert 2 == caught.value.attempts
    assert [8] == clock.slept


def test_an_answer_that_drips_is_not_read_beyond_the_deadline(server, make, clock):
    checker = make(deadline_s=10)
    clock.passing = 4  # at each look: the deadline is set, a place is taken, a request sent, read

    with pytest.raises(LanguageServerUnavailableError, match="not complete at the deadline"):
        checker.check(DOCUMENT)


def test_a_silent_server_is_not_waited_for(server, make):
    checker = make(timeout_s=0.5, attempts=1)
    forever = threading.Event()
    server.script.append(Reply(silent_until=forever))

    with pytest.raises(LanguageServerUnavailableError, match="silent for too long"):
        checker.check(DOCUMENT)
    forever.set()


def test_limits_that_languagetool_reports_as_forbidden_are_tried_again(server, make):
    checker = make()
    said = b"Error: Access from 10.0.0.1 denied: Client request limit of 5 requests per 60 seconds"
    server.script.append(Reply(status=403, body=said))

    assert 1 == len(checker.check(DOCUMENT))


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (Reply(status=400, body=b"Error: 'xx' is not a\n language code"), "'xx' is not a language"),
        (Reply(status=403, body=b"Error: Access from 10.0.0.1 denied"), "10.0.0.1 denied"),
        (Reply(status=401), ""),
        (Reply(status=301, headers={"Location": "http://elsewhere.example/"}), ""),
        (Reply(status=404, body=b"x" * 1_000_000), "xxx…"),
    ],
)
def test_a_refusal_is_not_repeated_and_says_what_the_server_said(server, make, clock, reply, said):
    checker = make()
    server.script.append(reply)

    with pytest.raises(LanguageServerRefusedError) as caught:
        checker.check(DOCUMENT)
    assert reply.status == caught.value.status
    assert said in str(caught.value)
    assert len(str(caught.value)) < 1000
    assert [] == clock.slept


def answer(**changes):
    document = {
        "software": {"name": "LanguageTool", "version": "6.6", "buildDate": None},
        "language": {"code": "en-US"},
        "matches": [],
    }
    return json.dumps({**document, **changes}).encode()


def match(**changes):
    rule = {"id": "R", "issueType": "grammar", "category": {"id": "GRAMMAR"}}
    document = {"offset": 0, "length": 1, "message": "m", "replacements": [], "rule": rule}
    return {**document, **changes}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>It works!</html>",
        b"\xff\xfe",
        b"null",
        b"[]",
        b"[" * 100_000,
        answer(software=None),
        answer(software={"name": "LanguageTool", "version": 6.6}),
        answer(language={"code": "de-DE"}),
        answer(matches=None),
        answer(matches={}),
        answer(matches=[None]),
        answer(matches=[match(offset="0")]),
        answer(matches=[match(offset=True)]),
        answer(matches=[match(offset=-1)]),
        answer(matches=[match(length=0)]),
        answer(matches=[match(offset=15, length=1)]),
        answer(matches=[match(message=None)]),
        answer(matches=[match(rule=None)]),
        answer(matches=[match(rule={"id": "R", "issueType": "grammar"})]),
        answer(matches=[match(replacements=["a"])]),
        answer(warnings={"incompleteResults": "no"}),
    ],
)
def test_garbage_is_an_error_and_is_not_kept(server, make, tmp_path, body):
    checker = make(cache_path=tmp_path / "answers")
    server.script.append(Reply(body=body))

    with pytest.raises(LanguageServerAnswerError):
        checker.check(DOCUMENT)
    assert 1 == len(checker.check(DOCUMENT))


def test_a_huge_answer_is_not_read(server, make):
    checker = make(max_answer_bytes=10_000)
    server.script.append(Reply(body=b" " * 20_000 + answer()))

    with pytest.raises(LanguageServerAnswerError, match="over 10000 bytes"):
        checker.check(DOCUMENT)


def test_what_is_not_languagetool_is_told_at_once(server, make):
    server.reply_to_languages = lambda: Reply(body=b"<html>Welcome</html>")

    with pytest.raises(LanguageServerAnswerError, match="not JSON"):
        make()


def test_a_server_that_takes_not_even_a_greeting_is_an_error(server, make):
    server.max_text_length = 2

    with pytest.raises(LanguageServerRefusedError) as caught:
        make()
    assert 413 == caught.value.status


def test_an_answer_about_a_part_of_the_text_is_an_error(server, make, tmp_path):
    checker = make(cache_path=tmp_path / "answers")
    server.incomplete = "Results are incomplete: text checking took longer than 1.00 seconds"

    with pytest.raises(LanguageServerIncompleteError, match=r"longer than 1\.00 seconds"):
        checker.check(DOCUMENT)
    server.incomplete = None
    assert 1 == len(checker.check(DOCUMENT))


def test_another_version_is_an_error_for_the_old_checker_and_fine_for_a_new_one(server, make):
    checker = make()
    server.version = "6.7-SNAPSHOT"

    with pytest.raises(LanguageServerChangedError) as caught:
        checker.check(DOCUMENT)
    assert "6.6" in caught.value.expected
    assert "6.7-SNAPSHOT" in caught.value.got
    assert 1 == len(make().check(DOCUMENT))


def test_a_server_that_keeps_failing_is_left_alone_and_tried_again_later(server, make, clock):
    checker = make(attempts=1, breaker_failures=3, breaker_open_s=60)
    server.script.extend([GONE] * 4)
    for _ in range(3):
        with pytest.raises(LanguageServerUnavailableError):
            checker.check(DOCUMENT)
    asked = len(server.forms)

    with pytest.raises(LanguageServerUnavailableError, match="left alone for 60 s") as caught:
        checker.check(DOCUMENT)
    assert 0 == caught.value.attempts
    assert asked == len(server.forms)

    clock.now += 60
    with pytest.raises(LanguageServerUnavailableError) as caught:  # the one that tries
        checker.check(DOCUMENT)
    assert 1 == caught.value.attempts
    with pytest.raises(LanguageServerUnavailableError, match="left alone"):
        checker.check(DOCUMENT)

    clock.now += 60
    assert 1 == len(checker.check(DOCUMENT))
    assert 1 == len(checker.check(DOCUMENT))


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(status=429), LanguageServerUnavailableError),
        (Reply(status=403, body=b"too many recent timeouts"), LanguageServerUnavailableError),
        (Reply(status=503, body=b"too many parallel requests"), LanguageServerUnavailableError),
        (Reply(status=400), LanguageServerRefusedError),
        (Reply(body=b"?"), LanguageServerAnswerError),
    ],
)
def test_a_busy_or_refusing_server_is_not_left_alone(server, make, reply, error):
    checker = make(attempts=1, breaker_failures=2)
    for _ in range(3):
        server.script.append(reply)
        with pytest.raises(error):
            checker.check(DOCUMENT)

    assert 1 == len(checker.check(DOCUMENT))


@pytest.mark.parametrize("moment", ["in a request", "in a wait"])
def test_closing_ends_checks_that_are_under_way_and_later_ones(server, moment):
    checker = LanguageToolChecker(
        server.url,
        connection=LanguageToolConnection(backoff_s=1e6, max_backoff_s=1e6, deadline_s=1e9),
        jitter=lambda: 1.0,
    )
    server.gate.clear()
    server.script.append(GONE)
    caught = []

    def check():
        try:
            checker.check(DOCUMENT)
        except LanguageServerUnavailableError as error:
            caught.append(error.reason)

    checking = threading.Thread(target=check)
    checking.start()
    assert server.wait_for_open(1)
    if moment == "in a wait":
        server.gate.set()
        assert server.wait_for_done()
    checker.close()
    server.gate.set()
    checking.join()
    checker.close()

    assert ["the checker was closed"] == caught
    with pytest.raises(LanguageServerUnavailableError, match="closed"):
        checker.check(DOCUMENT)
