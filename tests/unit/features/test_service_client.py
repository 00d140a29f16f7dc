"""The client against servers that do not behave: told apart, never believed, never zeros."""

import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from huleedu_essay_features import EssayInput, FeatureDefinition, FeatureSchema
from huleedu_essay_features.errors import EssayFeaturesError
from huleedu_essay_features.service.client import RemoteFeaturePipeline
from huleedu_essay_features.service.errors import (
    EssayTooLargeError,
    InvalidServiceUrlError,
    ServiceAccessError,
    ServiceAnswerError,
    ServiceRefusedError,
    ServiceSchemaError,
    ServiceUnavailableError,
)
from huleedu_essay_features.service.limits import ServiceLimits
from huleedu_essay_features.service.retrying import RetryPolicy
from huleedu_essay_features.service.wire import NPY, PROBLEM, encode_npy
from huleedu_essay_features.workers.errors import WorkerCrashedError
from huleedu_ml_training.config import FeatureSettings
from huleedu_ml_training.features.errors import FeatureExtractionError
from huleedu_ml_training.features.pipelines import open_pipeline

SCHEMA = FeatureSchema((FeatureDefinition("x", "structure", "count", "A number."),))
ANNOUNCED = {
    "digest": SCHEMA.digest,
    "schema": SCHEMA.to_dict(),
    "limits": ServiceLimits().to_dict(),
}
QUICK = RetryPolicy(attempts=3, first_delay_s=0.01, max_delay_s=0.02, patience_s=0.2)
ESSAYS = [EssayInput("a"), EssayInput("b")]
NPY_HEADERS = {"Content-Type": NPY, "X-Schema-Digest": SCHEMA.digest}


class ScriptedServer:
    """Announces a schema, and answers extractions with what it was given, in order.

    Attributes:
        requests: Path, headers and body of what was asked.
        answers: Status, headers and body of what it will answer; the last one stays.
    """

    def __init__(self) -> None:
        self.announced: tuple[int, dict[str, str], bytes] = (
            200,
            {},
            json.dumps(ANNOUNCED).encode(),
        )
        self.answers: list[tuple[int, dict[str, str], bytes]] = []
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        scripted = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                scripted.requests.append((self.path, self._headers(), b""))
                self._send(*scripted.announced)

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                scripted.requests.append((self.path, self._headers(), body))
                last = len(scripted.answers) == 1
                self._send(*(scripted.answers[0] if last else scripted.answers.pop(0)))

            def _headers(self):
                return {name.lower(): value for name, value in self.headers.items()}

            def _send(self, status, headers, body):
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    made = ScriptedServer()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def connect(server):
    made = []

    def connect(**options):
        made.append(RemoteFeaturePipeline(server.url, **{"retry": QUICK, **options}))
        return made[-1]

    yield connect
    for pipeline in made:
        pipeline.close()


def rows(*values, **headers):
    matrix = np.array(values, dtype=np.float32).reshape(-1, 1)
    return 200, {**NPY_HEADERS, **headers}, encode_npy(matrix)


def problem(status, code, **members):
    document = {"code": code, "detail": "It says why.", **members}
    return status, {"Content-Type": PROBLEM}, json.dumps(document).encode()


def test_a_request_says_what_is_wanted(server, connect):
    server.answers = [rows(1, 2)]
    pipeline = connect(api_key="key", correlation_id=lambda: "1f0e")
    assert [[1], [2]] == pipeline.extract(ESSAYS).tolist()
    (schema_path, schema_headers, _), (path, headers, body) = server.requests
    assert ("/v1/schema", "/v1/extract") == (schema_path, path)
    for each in (schema_headers, headers):
        assert ("Bearer key", "1f0e") == (each["authorization"], each["x-correlation-id"])
    assert headers["accept"].startswith(NPY)
    assert {
        "schema_digest": SCHEMA.digest,
        "essays": [{"text": text, "prompt_text": None, "language": "en"} for text in ("a", "b")],
    } == json.loads(body)


def test_a_path_before_the_endpoints_is_kept(server):
    pipeline = RemoteFeaturePipeline(f"{server.url}/nlp/features/", retry=QUICK)
    pipeline.close()
    assert "/nlp/features/v1/schema" == server.requests[0][0]


@pytest.mark.parametrize(
    ("answer", "error", "why"),
    [
        (rows(1, 2, **{"X-Schema-Digest": "0" * 64}), ServiceSchemaError, "0" * 64),
        ((200, {"Content-Type": NPY}, rows(1, 2)[2]), ServiceSchemaError, "missing"),
        (problem(409, "schema-mismatch"), ServiceSchemaError, "It says why."),
        (rows(1), ServiceAnswerError, "shape (1, 1)"),
        (rows(1, np.inf), ServiceAnswerError, "infinities"),
        ((200, {**NPY_HEADERS, "Content-Type": "text/html"}, b"<p>"), ServiceAnswerError, "html"),
        ((200, NPY_HEADERS, b"x" * 100_000), ServiceAnswerError, "more than the expected"),
        ((404, {"Content-Type": "text/html"}, b"<p>Nothing\nhere"), ServiceAnswerError, "404"),
        ((301, {"Location": "http://elsewhere.test/"}, b""), ServiceAnswerError, "301"),
        ((500, {"Content-Type": PROBLEM}, b"[1]"), ServiceAnswerError, "500"),
        (problem(422, "unsupported-language", index=0), ServiceAnswerError, "malformed"),
        (problem(413, "too-many-essays", limit=1), ServiceRefusedError, "It says why."),
        (problem(401, "unauthorised"), ServiceAccessError, "It says why."),
        ((403, {"Content-Type": "text/html"}, b"<p>no"), ServiceAccessError, "403"),
    ],
)
def test_an_answer_without_rows_is_an_error_that_says_why(server, connect, answer, error, why):
    server.answers = [answer]
    told = []
    with pytest.raises(error) as caught:
        connect().extract(ESSAYS, progress=lambda *args: told.append(args))
    assert why in caught.value.why
    assert [] == told
    assert 2 == len(server.requests), "only a server that is gone or busy is asked again"


def test_errors_of_the_servers_parts_keep_their_texts_and_get_our_place(server, connect):
    pipeline = connect(batch_essays=1, concurrency=1)
    server.answers = [rows(1), problem(500, "missing-model", why="No file.", remedy="Install it.")]
    with pytest.raises(EssayFeaturesError) as caught:
        pipeline.extract(ESSAYS)
    error = caught.value
    assert ("missing-model", "It says why.", "No file.", "Install it.") == (
        error.code,
        error.what,
        error.why,
        error.remedy,
    )
    server.answers = [
        rows(1),
        problem(500, "worker-crashed", index=0, exit_status=-9, why="", remedy="Fewer."),
    ]
    with pytest.raises(WorkerCrashedError, match="at essay 1 of the call") as crashed:
        pipeline.extract(ESSAYS)
    assert (1, -9) == (crashed.value.index, crashed.value.exit_status)
    server.answers = [rows(1), problem(413, "text-too-long", index=0, size=9, limit=8)]
    with pytest.raises(EssayTooLargeError) as large:
        pipeline.extract(ESSAYS)
    assert (1, 9, 8) == (large.value.index, large.value.size, large.value.limit)


@pytest.mark.parametrize("status", [429, 502, 503])
def test_a_server_in_trouble_is_asked_again(server, connect, status):
    server.answers = [(status, {"Retry-After": "0"}, b""), (status, {}, b""), rows(1, 2)]
    assert [[1], [2]] == connect().extract(ESSAYS).tolist()
    assert 4 == len(server.requests)


@pytest.mark.parametrize(("status", "asked"), [(502, 3), (503, None), (429, None)])
def test_patience_ends(server, connect, status, asked):
    server.answers = [(status, {}, b"")]
    with pytest.raises(ServiceUnavailableError, match=str(status)):
        connect().extract(ESSAYS)
    extractions = len(server.requests) - 1
    assert asked == extractions if asked is not None else extractions > 3


@pytest.mark.parametrize(
    ("change", "error", "why"),
    [
        ({"digest": "0" * 64}, ServiceSchemaError, "claims 0000"),
        ({"schema": {**SCHEMA.to_dict(), "backends": {"x": "2"}}}, ServiceSchemaError, "claims"),
        ({"schema": {**SCHEMA.to_dict(), "schema_version": 99}}, ServiceSchemaError, "version"),
        ({"schema": {"schema_version": 1}}, ServiceSchemaError, "cannot be read"),
        ({"schema": 3}, ServiceSchemaError, "cannot be read"),
        ({"limits": {}}, ServiceAnswerError, "limit"),
        ({"limits": 3}, ServiceAnswerError, "malformed"),
    ],
)
def test_a_schema_is_checked_before_it_is_used(server, connect, change, error, why):
    server.announced = (200, {}, json.dumps({**ANNOUNCED, **change}).encode())
    with pytest.raises(error) as caught:
        connect()
    assert why in caught.value.why


@pytest.mark.parametrize("content", [b"", b"<html>", b"[]", b"[" * 100_000, b"null"])
def test_what_is_no_schema_document_is_not_a_feature_service(server, connect, content):
    server.announced = (200, {}, content)
    with pytest.raises(ServiceAnswerError, match="schema document is malformed"):
        connect()


@pytest.mark.parametrize(
    "url",
    ["", "features.test", "ftp://features.test", "http://", "http://a:b", "http://u:pw@features.test",
     "http://features.test/?key=pw", "http://features.test/#x"],
)  # fmt: skip
def test_a_url_that_is_none_is_refused_and_not_repeated(url):
    with pytest.raises(InvalidServiceUrlError) as caught:
        RemoteFeaturePipeline(url)
    assert "pw" not in str(caught.value)


@pytest.mark.parametrize("key", ["", "a\r\nX-Other: b", "nyckel-å"])
def test_a_key_that_no_header_can_carry_is_refused_and_not_repeated(server, connect, key):
    with pytest.raises(ServiceAccessError) as caught:
        connect(api_key=key)
    assert [] == server.requests
    assert not key or key not in str(caught.value)


def test_closing_ends_a_call_in_another_thread(server, connect):
    pipeline = connect(retry=RetryPolicy(first_delay_s=60, max_delay_s=60))
    server.answers = [(503, {}, b"")]
    caught: list[BaseException] = []

    def extract():
        try:
            pipeline.extract(ESSAYS)
        except ServiceUnavailableError as error:
            caught.append(error)

    thread = threading.Thread(target=extract)
    thread.start()
    while len(server.requests) < 2:
        threading.Event().wait(0.01)
    pipeline.close()
    thread.join(30)
    assert ["the client was closed meanwhile"] == [error.why for error in caught]


async def test_a_caller_that_runs_an_event_loop_may_use_it(server, connect):
    server.answers = [rows(1, 2)]
    assert [[1], [2]] == connect().extract(ESSAYS).tolist()


def test_without_httpx_the_error_says_what_to_install():
    code = """
import sys
sys.modules["httpx"] = None
from huleedu_essay_features.service.client import RemoteFeaturePipeline
try:
    RemoteFeaturePipeline("http://features.test")
except Exception as error:
    print(error.code, error.remedy)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert 'missing-service-extra python -m pip install "huleedu-essay-features[remote]"' == (
        done.stdout.strip()
    )


def test_without_starlette_the_command_says_what_to_install():
    code = """
import runpy, sys
sys.modules["starlette"] = None
runpy.run_module("huleedu_essay_features.service", run_name="__main__")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert 6 == done.returncode
    assert 'pip install "huleedu-essay-features[service]"' in done.stderr
    assert "Traceback" not in done.stderr


def test_training_uses_the_service_of_its_settings(server):
    server.answers = [rows(1, 2)]
    settings = FeatureSettings(service_url=server.url, service_api_key="key")
    pipeline = open_pipeline(settings)
    try:
        assert [[1], [2]] == pipeline.extract(ESSAYS).tolist()
    finally:
        pipeline.close()
    assert "Bearer key" == server.requests[1][1]["authorization"]


def test_training_says_why_it_cannot_use_the_service(server):
    server.announced = problem(401, "unauthorised")
    with pytest.raises(FeatureExtractionError, match="refused access"):
        open_pipeline(FeatureSettings(service_url=server.url))


@pytest.mark.parametrize("url", ["features.test", "http://u:pw@features.test", "http://a b"])
def test_a_setting_that_is_no_url_is_refused(url):
    with pytest.raises(ValueError, match="service_url"):
        FeatureSettings(service_url=url)
