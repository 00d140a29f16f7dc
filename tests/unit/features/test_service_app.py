"""The server's answers, in the process of the test: what it takes, refuses, and says of itself."""

import asyncio
import json
import logging
import os
import re
import subprocess
import sys
import threading
import uuid
from contextlib import asynccontextmanager

import httpx
import numpy as np
import pytest
from prometheus_client import CollectorRegistry
from starlette.applications import Starlette
from starlette.routing import Mount

from huleedu_essay_features import EssayInput
from huleedu_essay_features.errors import MissingModelError
from huleedu_essay_features.service.app import create_app
from huleedu_essay_features.service.command import main
from huleedu_essay_features.service.limits import ServiceLimits
from huleedu_essay_features.workers.errors import WorkerCrashedError
from huleedu_ml_training.testing.fakes.feature_pipeline import CountingFeaturePipeline

JSON = {"Content-Type": "application/json"}
ESSAY = {"text": "Dogs bark."}


class FailingPipeline(CountingFeaturePipeline):
    """Raises what it was told to, as long as it was told to."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error: Exception | None = error

    def extract(self, essays, *, progress=None):
        if self.error is not None:
            raise self.error
        return super().extract(essays, progress=progress)


@asynccontextmanager
async def client(pipeline=None, limits=None, path="", **options):
    app = create_app(pipeline or CountingFeaturePipeline(), limits, **options)
    if path:
        app = Starlette(routes=[Mount(path, app)])
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url=f"http://test{path}") as made:
        yield made


async def extract(service, body, **headers):
    content = body if isinstance(body, bytes) else json.dumps(body)
    return await service.post("/v1/extract", content=content, headers={**JSON, **headers})


async def test_rows_come_as_json_with_null_for_nan():
    async with client() as service:
        answer = await extract(
            service, {"essays": [ESSAY, {"text": "", "prompt_text": "Why dogs?", "language": "sv"}]}
        )
    digest = CountingFeaturePipeline().schema.digest
    assert {
        "schema_digest": digest,
        "names": ["words", "characters", "prompt_words"],
        "rows": [[2.0, 10.0, None], [0.0, 0.0, 2.0]],
    } == answer.json()
    assert digest == answer.headers["X-Schema-Digest"]


async def test_no_essay_gives_no_row():
    async with client() as service:
        assert [] == (await extract(service, {"essays": []})).json()["rows"]


async def test_the_schema_comes_with_digest_and_limits():
    limits = ServiceLimits(essays=3, concurrent=5)
    async with client(limits=limits) as service:
        document = (await service.get("/v1/schema")).json()
    schema = CountingFeaturePipeline().schema
    assert {
        "digest": schema.digest,
        "schema": json.loads(json.dumps(schema.to_dict())),
        "limits": {
            "essays": 3,
            "body_bytes": 16 * 1024 * 1024,
            "text_bytes": 1024 * 1024,
            "concurrent": 5,
            "waiting": 16,
            "body_timeout_s": 60,
        },
    } == document


@pytest.mark.parametrize(
    ("body", "status", "code", "named"),
    [
        (b"{", 400, "malformed-json", {}),
        (b'"\xff"', 400, "malformed-json", {}),
        (b"[" * 100_000, 400, "malformed-json", {}),
        ([], 422, "invalid-field", {"field": "", "index": None}),
        ({}, 422, "invalid-field", {"field": "essays", "index": None}),
        ({"essays": {}}, 422, "invalid-field", {"field": "essays", "index": None}),
        ({"essays": [], "x": 1}, 422, "invalid-field", {"field": "x", "index": None}),
        ({"essays": [ESSAY, "a"]}, 422, "invalid-field", {"field": "", "index": 1}),
        ({"essays": [ESSAY, {}]}, 422, "invalid-field", {"field": "text", "index": 1}),
        ({"essays": [{"text": None}]}, 422, "invalid-field", {"field": "text", "index": 0}),
        (
            {"essays": [{**ESSAY, "prompt": "Why?"}]},
            422,
            "invalid-field",
            {"field": "prompt", "index": 0},
        ),
        (
            {"essays": [{**ESSAY, "prompt_text": 1}]},
            422,
            "invalid-field",
            {"field": "prompt_text", "index": 0},
        ),
        (
            {"essays": [{**ESSAY, "language": ["en"]}]},
            422,
            "invalid-field",
            {"field": "language", "index": 0},
        ),
        (
            {"essays": [], "schema_digest": "abc"},
            422,
            "invalid-field",
            {"field": "schema_digest", "index": None},
        ),
        ({"essays": [ESSAY] * 4}, 413, "too-many-essays", {"limit": 3}),
        (
            {"essays": [ESSAY, {"text": "å" * 51}]},
            413,
            "text-too-long",
            {"field": "text", "index": 1, "limit": 100, "size": 102},
        ),
        (
            {"essays": [{"text": "", "prompt_text": "a" * 101}]},
            413,
            "text-too-long",
            {"field": "prompt_text", "index": 0, "limit": 100, "size": 101},
        ),
        (b" " * 200_001, 413, "body-too-large", {"limit": 200_000}),
        ({"essays": [], "schema_digest": "0" * 64}, 409, "schema-mismatch", {}),
    ],
)
async def test_what_it_refuses_it_names(body, status, code, named):
    pipeline = CountingFeaturePipeline()
    async with client(pipeline, ServiceLimits(3, 200_000, 100)) as service:
        answer = await extract(service, body)
    problem = answer.json()
    assert status == answer.status_code
    assert "application/problem+json" == answer.headers["Content-Type"]
    assert (status, code) == (problem["status"], problem["code"])
    assert f"urn:huleedu-essay-features:problem:{code}" == problem["type"]
    assert problem["title"]
    assert named == {name: problem[name] for name in named}
    assert [] == pipeline.extracted


async def test_an_unsupported_language_is_named_with_its_place(engineered):
    async with client(engineered) as service:
        answer = await extract(service, {"essays": [ESSAY, {**ESSAY, "language": "de"}]})
    assert 422 == answer.status_code
    problem = answer.json()
    assert ("unsupported-language", "language", 1, "de", ["en", "sv"]) == tuple(
        problem[name] for name in ("code", "field", "index", "language", "supported")
    )


@pytest.fixture(scope="module")
def engineered():
    from huleedu_essay_features.pipeline import create_pipeline

    return create_pipeline("none", parser="none", checker="none")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Encoding": "gzip"}, 415),
        ({"Content-Type": "application/json; charset=utf-8"}, 200),
        ({"Accept": "text/html"}, 406),
        ({"Accept": "text/html, */*;q=0.1"}, 200),
    ],
)
async def test_media_types_are_checked(headers, status):
    async with client() as service:
        assert status == (await extract(service, {"essays": [ESSAY]}, **headers)).status_code


async def test_a_body_that_does_not_come_is_not_waited_for():
    async def body():
        yield b"{"
        await asyncio.sleep(30)
        yield b"}"

    async with client(limits=ServiceLimits(body_timeout_s=1)) as service:
        answer = await service.post("/v1/extract", content=body(), headers=JSON)
    assert (408, "slow-body") == (answer.status_code, answer.json()["code"])


async def test_the_correlation_id_is_taken_or_made_and_logged(caplog):
    caplog.set_level(logging.INFO, "huleedu_essay_features")
    chosen = str(uuid.uuid4())
    async with client() as service:
        echoed = await extract(service, b"{", **{"X-Correlation-ID": chosen})
        made = await extract(service, {"essays": [ESSAY]}, **{"X-Correlation-ID": "a\tb"})
    assert chosen == echoed.headers["X-Correlation-ID"] == echoed.json()["correlation_id"]
    ids = [record.correlation_id for record in caplog.records]
    assert [chosen, str(uuid.UUID(made.headers["X-Correlation-ID"]))] == ids


async def test_texts_are_never_logged(caplog):
    caplog.set_level(logging.DEBUG)
    async with client(FailingPipeline(RuntimeError("broken"))) as service:
        await extract(service, {"essays": [{"text": "My secret diary", "prompt_text": "Why?"}]})
    assert "broken" in caplog.text
    assert "diary" not in caplog.text


@pytest.mark.parametrize(
    "header", [None, "Bearer", "Bearer wrong", "Basic right", "right", "Bearer right2", "Bearer é"]
)
async def test_without_the_key_nothing_is_computed(header):
    pipeline = CountingFeaturePipeline()
    headers = {} if header is None else {"Authorization": header.encode("latin-1")}
    async with client(pipeline, api_key="right") as service:
        answer = await extract(service, {"essays": [ESSAY]}, **headers)
        schema = await service.get("/v1/schema", headers=headers)
        live = await service.get("/livez")
    assert (401, 401, 200) == (answer.status_code, schema.status_code, live.status_code)
    assert "Bearer" == answer.headers["WWW-Authenticate"]
    assert "right" not in answer.text
    assert [] == pipeline.extracted


async def test_with_the_key_it_serves():
    async with client(api_key="right") as service:
        answer = await extract(service, {"essays": [ESSAY]}, Authorization="bearer right")
    assert 200 == answer.status_code


@pytest.mark.parametrize("key", ["", " a", "nyckel-å", "a\nb"])
def test_a_key_that_no_header_can_carry_is_refused(key):
    with pytest.raises(ValueError, match="API key"):
        create_app(CountingFeaturePipeline(), api_key=key)


@pytest.mark.parametrize(
    ("error", "code", "members"),
    [
        (MissingModelError(part="model", package="p"), "missing-model", {"remedy"}),
        (WorkerCrashedError(index=3, exit_status=-9), "worker-crashed", {"index", "exit_status"}),
        (RuntimeError("a detail that is not the client's"), "internal-error", set()),
    ],
)
async def test_a_failure_is_a_problem_document_and_a_log_entry(error, code, members, caplog):
    async with client(FailingPipeline(error)) as service:
        answer = await extract(service, {"essays": [ESSAY]})
    assert (500, code) == (answer.status_code, answer.json()["code"])
    assert members <= answer.json().keys()
    assert "not the client's" not in answer.text
    assert [error] == [record.exc_info[1] for record in caplog.records if record.exc_info]


async def test_unknown_paths_and_methods_are_problem_documents_too():
    async with client() as service:
        missing, wrong = await service.get("/nothing"), await service.get("/v1/extract")
    assert ("not-found", "method-not-allowed") == (missing.json()["code"], wrong.json()["code"])
    assert "POST" == wrong.headers["Allow"]


class Waiting(CountingFeaturePipeline):
    """Extracts when the door is open."""

    def __init__(self) -> None:
        super().__init__()
        self.entered = threading.Semaphore(0)
        self.door = threading.Event()

    def extract(self, essays, *, progress=None):
        self.entered.release()
        self.door.wait(60)
        return super().extract(essays, progress=progress)


async def test_more_than_served_and_waiting_are_turned_away_and_the_loop_stays_free():
    pipeline = Waiting()
    async with client(pipeline, ServiceLimits(concurrent=2, waiting=1)) as service:
        body = {"essays": [ESSAY]}
        served = [asyncio.create_task(extract(service, body)) for _ in range(3)]
        for _ in range(2):
            await asyncio.to_thread(pipeline.entered.acquire)
        turned_away = await extract(service, body)
        live = await service.get("/livez")
        still_two = not pipeline.entered.acquire(blocking=False)
        pipeline.door.set()
        answers = await asyncio.gather(*served)
        again = await extract(service, body)
    assert (503, "busy", 3) == (
        turned_away.status_code,
        turned_away.json()["code"],
        turned_away.json()["limit"],
    )
    assert int(turned_away.headers["Retry-After"]) >= 1
    assert 200 == live.status_code
    assert still_two
    assert [200] * 4 == [answer.status_code for answer in [*answers, again]]


async def test_a_request_whose_client_left_the_queue_is_never_begun():
    pipeline = Waiting()
    app = create_app(pipeline, ServiceLimits(concurrent=1))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://test"
    ) as service:
        served = asyncio.create_task(extract(service, {"essays": [ESSAY]}))
        await asyncio.to_thread(pipeline.entered.acquire)
        await _leave_after_sending(app, {"essays": [{"text": "Nobody waits."}]})
        pipeline.door.set()
        assert 200 == (await served).status_code
        metrics = (await service.get("/metrics")).text
    assert ["Dogs bark."] == pipeline.extracted
    assert 'http_requests_total{endpoint="extract",status="499"} 1.0' in metrics
    assert "in_flight_requests 0.0" in metrics


async def test_a_request_whose_client_leaves_stops_after_the_essay_it_is_at():
    pipeline = Waiting()
    app = create_app(pipeline)
    left = asyncio.Event()
    leaving = asyncio.create_task(_leave_after_sending(app, {"essays": [ESSAY] * 5}, left))
    await asyncio.to_thread(pipeline.entered.acquire)
    await left.wait()
    for _ in range(10):  # turns of the loop in which it can take notice
        await asyncio.sleep(0)
    pipeline.door.set()
    await leaving
    assert ["Dogs bark."] == pipeline.extracted


async def test_a_client_that_leaves_while_it_sends_is_no_error(caplog):
    messages = [{"type": "http.request", "body": b"{", "more_body": True}]
    pipeline = CountingFeaturePipeline()
    await _call(create_app(pipeline), messages)
    assert [] == pipeline.extracted
    assert [] == [record for record in caplog.records if record.levelno >= logging.WARNING]


async def _leave_after_sending(app, body, left=None):
    message = {"type": "http.request", "body": json.dumps(body).encode(), "more_body": False}
    await _call(app, [message], left)


async def _call(app, messages, left=None):
    """Call an application as a server does; after the messages the client is gone.

    ``left`` is set when that was told.
    """
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/v1/extract",
        "query_string": b"",
        "headers": [(b"content-type", b"application/json")],
    }

    async def receive():
        if messages:
            return messages.pop(0)
        if left is not None:
            left.set()
        return {"type": "http.disconnect"}

    async def send(_):
        pass

    await app(scope, receive, send)


async def test_a_healthy_pipeline_is_ok_and_probed_once_for_a_while():
    pipeline = CountingFeaturePipeline()
    async with client(pipeline, probe_lasts_s=60) as service:
        answers = await asyncio.gather(*(service.get("/healthz") for _ in range(5)))
    assert [200] * 5 == [answer.status_code for answer in answers]
    assert {"ok"} == {answer.json()["status"] for answer in answers}
    assert 1 == len(pipeline.extracted)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (MissingModelError(part="lexicon", package="words"), "the lexicon is not installed"),
        (ZeroDivisionError("division by zero"), "ZeroDivisionError: division by zero"),
    ],
)
async def test_a_broken_part_fails_the_probe_until_it_is_mended(error, reason):
    pipeline = FailingPipeline(error)
    async with client(pipeline, probe_lasts_s=0) as service:
        broken, live = await service.get("/healthz"), await service.get("/livez")
        pipeline.error = None
        mended = await service.get("/healthz")
    assert (503, 200, 200) == (broken.status_code, live.status_code, mended.status_code)
    assert "failing" == broken.json()["status"]
    assert reason in broken.json()["reason"]
    assert "no-store" == broken.headers["Cache-Control"]


async def test_the_outcome_of_a_probe_is_kept_for_its_time_only():
    pipeline = FailingPipeline(RuntimeError("broken"))
    async with client(pipeline, probe_lasts_s=3600) as service:
        first = await service.get("/healthz")
        pipeline.error = None
        second = await service.get("/healthz")
    assert (503, 503) == (first.status_code, second.status_code)


async def test_a_probe_that_hangs_fails_and_is_not_started_twice():
    pipeline = Waiting()
    async with client(pipeline, probe_timeout_s=0.1, probe_lasts_s=0) as service:
        hanging = [await service.get("/healthz") for _ in range(3)]
        pipeline.door.set()
        await asyncio.to_thread(pipeline.entered.acquire)
        started_once = not pipeline.entered.acquire(blocking=False)
    assert [503] * 3 == [answer.status_code for answer in hanging]
    assert "has not ended within 0.1 s" in hanging[0].json()["reason"]
    assert started_once


class Strange(CountingFeaturePipeline):
    def __init__(self, matrix) -> None:
        super().__init__()
        self.matrix = np.array(matrix, dtype=np.float32)

    def extract(self, essays, *, progress=None):
        return self.matrix


@pytest.mark.parametrize(
    ("matrix", "reason"),
    [
        ([[1, 2]], "shape (1, 2), expected (1, 3)"),
        ([[1, np.inf, 2]], "infinities"),
        ([[np.nan] * 3], "without any value"),
    ],
)
async def test_a_probe_looks_at_what_comes(matrix, reason):
    async with client(Strange(matrix)) as service:
        answer = await service.get("/healthz")
    assert 503 == answer.status_code
    assert reason in answer.json()["reason"]


async def test_a_probe_is_of_the_essays_that_were_chosen():
    pipeline = CountingFeaturePipeline()
    async with client(pipeline, probe_essays=[EssayInput("Hej.", None, "sv")]) as service:
        await service.get("/healthz")
    assert ["Hej."] == pipeline.extracted


async def test_it_can_be_mounted_with_a_registry_of_the_host():
    registry = CollectorRegistry()
    async with client(path="/features", metrics_registry=registry) as service:
        answer = await extract(service, {"essays": [ESSAY] * 2})
        text = (await service.get("/metrics")).text
    assert 200 == answer.status_code
    assert 2 == registry.get_sample_value("huleedu_essay_features_essays_total")
    assert "huleedu_essay_features_essays_total 2.0" in text
    names = set(re.findall(r"(?m)^# TYPE (\S+)", text))
    assert all(name.startswith("huleedu_essay_features_") for name in names)


@pytest.mark.parametrize(
    ("arguments", "key", "said"),
    [
        (["--workers", "0"], "", "--workers: 0 is less than 1"),
        (["--concurrent", "many"], "", "--concurrent: invalid"),
        (["--embedder", "bert"], "", "minilm"),
        (["--checker", "languagetool"], "", "--languagetool-url"),
        (["--languagetool-url", "http://localhost"], "", "--checker languagetool"),
        (["--api-key-file", "/no/such/file"], "", "No such file"),
        (["--api-key-file", os.devnull], "", "is empty"),
        ([], "nyckel-å", "printable ASCII"),
    ],
)
def test_the_command_refuses_options_that_cannot_work(arguments, key, said, monkeypatch, capsys):
    monkeypatch.setenv("HULEEDU_ESSAY_FEATURES_API_KEY", key)
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert 2 == caught.value.code
    printed = capsys.readouterr().err
    assert said in printed
    assert "nyckel" not in printed


def test_two_applications_do_not_share_their_metrics():
    create_app(CountingFeaturePipeline())
    create_app(CountingFeaturePipeline())


def test_making_an_application_configures_nothing_global():
    code = """
import logging, os, signal, sys, threading
import prometheus_client
handlers, environment = list(logging.root.handlers), dict(os.environ)
signals = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
collectors = len(list(prometheus_client.REGISTRY.collect()))
threads = threading.active_count()
from huleedu_essay_features.service.app import create_app
from huleedu_ml_training.testing.fakes.feature_pipeline import CountingFeaturePipeline
create_app(CountingFeaturePipeline())
assert handlers == logging.root.handlers
assert environment == dict(os.environ)
assert signals == [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
assert collectors == len(list(prometheus_client.REGISTRY.collect()))
assert threads == threading.active_count()
assert "uvicorn" not in sys.modules and "httpx" not in sys.modules
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert 0 == done.returncode, done.stderr
