"""The feature service when something goes wrong: on the line, in the server, or in the request."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading

import httpx
import numpy as np
import pytest

from huleedu_essay_features import EssayInput
from huleedu_essay_features.errors import EssayExtractionError, UnsupportedLanguageError
from huleedu_essay_features.service.client import RemoteFeaturePipeline
from huleedu_essay_features.service.errors import (
    EssayTooLargeError,
    ServiceAccessError,
    ServiceSchemaError,
    ServiceUnavailableError,
)
from huleedu_essay_features.service.retrying import RetryPolicy

QUICK = RetryPolicy(attempts=3, first_delay_s=0.05, max_delay_s=0.2, patience_s=60)
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def connect():
    """Make clients that are closed in the end."""
    made = []

    def connect(server, **options):
        pipeline = RemoteFeaturePipeline(server.url, **{"retry": QUICK, **options})
        made.append(pipeline)
        return pipeline

    yield connect
    for pipeline in made:
        pipeline.close()


def test_an_essay_that_fails_is_named_by_its_place_in_the_call(scripted_server, connect):
    pipeline = connect(scripted_server, batch_essays=4)
    essays = [EssayInput("fine")] * 20
    essays[14] = EssayInput("raise")
    with pytest.raises(EssayExtractionError, match="LookupError: no such thing") as caught:
        pipeline.extract(essays)
    assert 14 == caught.value.index
    assert [[4.0]] == pipeline.extract(essays[:1]).tolist()


def test_a_language_without_features_is_named_by_its_place_in_the_call(scripted_server, connect):
    pipeline = connect(scripted_server, batch_essays=4)
    essays = [EssayInput("fine")] * 9 + [EssayInput("Hallo.", language="de")]
    with pytest.raises(UnsupportedLanguageError) as caught:
        pipeline.extract(essays)
    assert (9, "de", ("en", "sv")) == (
        caught.value.index,
        caught.value.language,
        caught.value.supported,
    )


def test_an_essay_beyond_the_limit_is_refused_before_it_is_sent(servers, connect):
    pipeline = connect(servers.scripted("--max-text-bytes", "100"))
    with pytest.raises(EssayTooLargeError) as caught:
        pipeline.extract([EssayInput("å" * 50), EssayInput("å" * 51)])
    assert (1, 102, 100) == (caught.value.index, caught.value.size, caught.value.limit)


def test_requests_stay_within_the_limits_of_the_server(servers, connect):
    server = servers.scripted("--max-essays", "3", "--max-body-bytes", "600")
    essays = [EssayInput("x" * (1 + 37 * i % 300)) for i in range(40)]
    matrix = connect(server).extract(essays)
    assert [len(essay.text) for essay in essays] == matrix[:, 0].tolist()
    assert "extract 413" not in server.output


def test_a_busy_server_is_asked_again_until_it_has_time(servers, connect, wait_until, tmp_path):
    server = servers.scripted("--concurrent", "1", "--waiting", "1")
    pipeline = connect(server)
    door = tmp_path / "door"
    taken = [_in_thread(pipeline, f"await {door}"), _in_thread(pipeline, f"await {door}")]
    wait_until(lambda: "in_flight_requests 2.0" in httpx.get(f"{server.url}/metrics").text)
    turned_away = httpx.post(f"{server.url}/v1/extract", json={"essays": [{"text": "a"}]})
    assert 503 == turned_away.status_code
    assert "1" == turned_away.headers["Retry-After"]
    assert ("busy", 2) == (turned_away.json()["code"], turned_away.json()["limit"])
    third = _in_thread(pipeline, "fine")
    wait_until(lambda: server.output.count("extract 503") >= 3)
    door.touch()
    assert [4.0] == third()
    assert [[float(len(f"await {door}"))]] * 2 == [take() for take in taken]


def _in_thread(pipeline, text):
    """Extract one essay in a thread; the result waits for it."""
    rows: list[list[float]] = []
    thread = threading.Thread(
        target=lambda: rows.extend(pipeline.extract([EssayInput(text)]).tolist())
    )
    thread.start()

    def result():
        thread.join(60)
        (row,) = rows
        return row

    return result


def test_a_client_that_gives_up_stops_the_server(servers, connect, wait_until, tmp_path):
    server = servers.scripted("--concurrent", "1")
    begun = tmp_path / "begun"
    essays = [EssayInput(f"begin {begun}")] * 200
    url = f"{server.url}/v1/extract"
    body = {"essays": [{"text": essay.text} for essay in essays]}
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(url, json=body, timeout=httpx.Timeout(30, read=0.5))
    wait_until(lambda: "extract 499" in server.output)
    assert 1 <= len(begun.read_text().splitlines()) < 200
    assert [[4.0]] == connect(server).extract([EssayInput("fine")]).tolist()


def test_progress_that_raises_stops_the_server_too(servers, connect, wait_until, tmp_path):
    server = servers.scripted("--concurrent", "2")
    begun = tmp_path / "begun"

    def stop(done: int, _: int) -> None:
        wait_until(begun.exists)
        raise TimeoutError(done)

    essays = [EssayInput("fine")] * 100 + [EssayInput(f"begin {begun}")] * 100
    pipeline = connect(server, batch_essays=100, concurrency=2)
    with pytest.raises(TimeoutError, match="1"):
        pipeline.extract(essays, progress=stop)
    wait_until(lambda: "extract 499" in server.output)
    assert len(begun.read_text().splitlines()) < 100
    assert 5 == len(pipeline.extract(essays[:5]))


def test_a_server_that_is_killed_in_the_middle_is_a_clear_error(servers, connect):
    server = servers.scripted()
    pipeline = connect(server)
    with pytest.raises(ServiceUnavailableError, match="does not answer") as caught:
        pipeline.extract([EssayInput("fine"), EssayInput("die")])
    assert server.url in str(caught.value)
    assert "3 times in a row" in caught.value.why
    assert -signal.SIGKILL == server.process.wait(60)


def test_a_server_that_comes_back_is_used_again(servers, connect):
    server = servers.scripted()
    pipeline = connect(server)
    first = pipeline.extract([EssayInput("fine")])
    assert 0 == server.end()
    servers.scripted(port=server.port)
    assert first.tobytes() == pipeline.extract([EssayInput("fine")]).tobytes()


def test_a_server_that_comes_back_with_other_features_is_an_error(servers, connect):
    server = servers.scripted()
    pipeline = connect(server)
    server.end()
    servers.scripted(port=server.port, SCRIPTED_VERSION="2")
    with pytest.raises(ServiceSchemaError, match="has another feature schema"):
        pipeline.extract([EssayInput("fine")])
    assert pipeline.schema.digest != connect(server).schema.digest


def test_nobody_at_the_address_is_a_clear_error():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(ServiceUnavailableError, match="3 times in a row"):
        RemoteFeaturePipeline(f"http://127.0.0.1:{port}", retry=QUICK)


def test_a_server_that_is_too_slow_is_a_clear_error(servers, connect, tmp_path):
    pipeline = connect(servers.scripted(), timeout_s=0.5)
    with pytest.raises(ServiceUnavailableError, match=r"no answer within 0\.5 s"):
        pipeline.extract([EssayInput(f"await {tmp_path / 'never'}")])


def test_the_key_is_needed_and_enough(servers, connect):
    server = servers.scripted(HULEEDU_ESSAY_FEATURES_API_KEY="open sesame")
    for wrong in ({}, {"api_key": "open"}, {"api_key": "open sesame!"}):
        with pytest.raises(ServiceAccessError):
            connect(server, **wrong)
    assert [[4.0]] == connect(server, api_key="open sesame").extract([EssayInput("fine")]).tolist()
    assert "sesame" not in server.output


def test_an_announced_body_that_is_too_large_is_refused(servers):
    server = servers.scripted("--max-body-bytes", "1000")
    answer = httpx.post(f"{server.url}/v1/extract", content=b" " * 1001, headers=JSON)
    assert 413 == answer.status_code
    assert "application/problem+json" == answer.headers["Content-Type"]
    assert ("body-too-large", 1000) == (answer.json()["code"], answer.json()["limit"])


def test_a_chunked_body_is_counted_while_it_comes_and_refused_before_its_end(servers):
    server = servers.scripted("--max-body-bytes", "100000")
    head = (
        "POST /v1/extract HTTP/1.1",
        "Host: x",
        "Content-Type: application/json",
        "Transfer-Encoding: chunked",
        "",
        "",
    )
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as line:
        line.sendall("\r\n".join(head).encode())
        for _ in range(3):
            line.sendall(b"c350\r\n" + b" " * 50_000 + b"\r\n")
        answer = http.client.HTTPResponse(line)
        answer.begin()  # the body has not ended, and never will
        problem = json.loads(answer.read())
    assert 413 == answer.status
    assert ("body-too-large", 100_000) == (problem["code"], problem["limit"])
    assert 200 == httpx.get(f"{server.url}/livez").status_code


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)], ids=["SIGTERM", "Ctrl-C"]
)
def test_a_signal_lets_requests_end_and_leaves_no_traceback(
    servers, connect, wait_until, tmp_path, number, status
):
    server = servers.scripted("--workers", "2")
    door = tmp_path / "door"
    answer = _in_thread(connect(server), f"await {door}")
    wait_until((tmp_path / "door.begun").exists)
    server.process.send_signal(number)
    wait_until(lambda: not _accepts(server.port))
    door.touch()
    assert [float(len(f"await {door}"))] == answer()
    assert status == server.process.wait(60)
    assert "Traceback" not in server.output


def test_a_request_that_never_ends_does_not_keep_the_server(servers, connect, wait_until, tmp_path):
    server = servers.scripted("--shutdown-timeout", "1")
    failed = []

    def extract():
        try:
            pipeline.extract([EssayInput(f"await {tmp_path / 'door'}")])
        except ServiceUnavailableError as error:
            failed.append(error)

    pipeline = connect(server)
    thread = threading.Thread(target=extract)
    thread.start()
    wait_until((tmp_path / "door.begun").exists)
    assert 0 == server.end()
    assert "Traceback" not in server.output
    assert "left an extraction" in server.output
    thread.join(60)
    assert 1 == len(failed)


def _accepts(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def test_a_taken_port_is_told_before_models_are_loaded(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "huleedu_essay_features.service", "--port", port]
        done = subprocess.run(
            [*command, "--pipeline", "nothing:here"], capture_output=True, text=True, check=False
        )
    assert 6 == done.returncode
    assert done.stderr.startswith("error[cannot-listen]: ")
    assert port in done.stderr


@pytest.mark.parametrize(
    ("pipeline", "code", "said"),
    [
        ("nothing:here", "pipeline-import", "No module named 'nothing'"),
        ("scripted_service:create_broken", "essay-extraction", "the lexicon is gone"),
    ],
)
def test_a_pipeline_that_does_not_work_is_told_before_anyone_is_served(
    servers, pipeline, code, said
):
    command = [sys.executable, "-m", "huleedu_essay_features.service", "--port", "0"]
    done = subprocess.run(
        [*command, "--pipeline", pipeline],
        env={**os.environ, "PYTHONPATH": servers.python_path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert 6 == done.returncode
    assert f"error[{code}]: " in done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert "listening" not in done.stderr


def test_no_row_is_ever_invented(scripted_server, connect):
    pipeline = connect(scripted_server, batch_essays=1, concurrency=2)
    told = []
    with pytest.raises(EssayExtractionError):
        pipeline.extract(
            [EssayInput("fine"), EssayInput("raise")], progress=lambda *args: told.append(args)
        )
    assert (2, 2) not in told
    assert np.isfinite(pipeline.extract([EssayInput("fine")])).all()
