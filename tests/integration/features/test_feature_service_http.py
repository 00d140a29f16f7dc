"""The feature service and its client: equal to the pipeline that is served, whatever happens."""

import io
import json
import threading
import uuid

import httpx
import numpy as np
import pyarrow as pa
import pytest

from huleedu_essay_features import EssayInput
from huleedu_essay_features.pipeline import create_pipeline
from huleedu_essay_features.service.client import RemoteFeaturePipeline
from huleedu_ml_training.testing.pipeline_suite import FeaturePipelineSuite

ENGLISH = "The dog barks loudly. It is loud, and nobody sleeps.\n\nTherefore we moved away."
SWEDISH = "Hunden skäller högt. Det låter illa, och ingen sover.\n\nDärför flyttade vi."
TEXTS = {
    "English": (ENGLISH, "Which pet is best?", "en"),
    "without a prompt": (ENGLISH, None, "en"),
    "with an empty prompt": (ENGLISH, "", "en"),
    "Swedish": (SWEDISH, "Vilket husdjur är bäst?", "sv"),
    "Swedish without a prompt": (SWEDISH, None, "sv"),
    "empty": ("", None, "en"),
    "emoji": ("I ❤️ cats 😀👩‍👩‍👧. They purr.", "Why 😀?", "en"),
    "NUL": ("a\x00b\x07 c. Dogs bark.", "\x00", "en"),
    "quotes and backslashes": ('He said "\\n\\u0041", and <left>.', '"', "en"),
    "a lone surrogate": ("a \ud800 b", None, "en"),
    "line separators": ("One\u2028two\u2029three\x85four", None, "sv"),
}


@pytest.fixture(scope="module")
def local():
    return create_pipeline("none", parser="none", checker="none")


@pytest.fixture(scope="module")
def remote(engineered_server):
    pipeline = RemoteFeaturePipeline(engineered_server.url)
    yield pipeline
    pipeline.close()


class TestRemotePipeline(FeaturePipelineSuite):
    @pytest.fixture
    def pipeline(self, remote):
        return remote


def test_the_schema_is_the_servers(local, remote):
    assert local.schema == remote.schema
    assert local.schema.digest == remote.schema.digest


@pytest.mark.parametrize("essay", TEXTS.values(), ids=TEXTS.keys())
def test_local_and_remote_give_identical_bytes(local, remote, essay):
    essays = [EssayInput(*essay)]
    assert local.extract(essays).tobytes() == remote.extract(essays).tobytes()


def test_many_essays_over_many_requests_give_identical_bytes(local, engineered_server):
    essays = [
        EssayInput(f"{text} Number {i}. " * (1 + i % 7), prompt, language)
        for i in range(40)
        for text, prompt, language in TEXTS.values()
    ]
    pipeline = RemoteFeaturePipeline(engineered_server.url, batch_essays=7, concurrency=3)
    try:
        assert local.extract(essays).tobytes() == pipeline.extract(essays).tobytes()
    finally:
        pipeline.close()


def test_the_embedding_comes_back_to_the_bit(servers):
    choice = ("--embedder", "minilm", "--parser", "none", "--checker", "none")
    pipeline = RemoteFeaturePipeline(servers.start(*choice).url)
    essays = [EssayInput(*essay) for essay in TEXTS.values()] * 2
    local = create_pipeline("minilm", parser="none", checker="none")
    expected = local.extract(essays)
    try:
        got = pipeline.extract(essays)
    finally:
        pipeline.close()
    assert local.schema.digest == pipeline.schema.digest
    assert expected.tobytes() == got.tobytes()
    assert np.isfinite(got[0]).sum() > 384


@pytest.mark.parametrize("media_type", ["json", "npy", "arrow"])
def test_every_form_of_the_answer_holds_the_same_values(local, engineered_server, media_type):
    accept, read = {
        "json": ("application/json", _read_json),
        "npy": ("application/x-npy", lambda content: np.load(io.BytesIO(content))),
        "arrow": ("application/vnd.apache.arrow.stream", _read_arrow),
    }[media_type]
    essays = [EssayInput(*essay) for name, essay in TEXTS.items() if name != "a lone surrogate"]
    body = {
        "essays": [
            {"text": each.text, "prompt_text": each.prompt_text, "language": each.language}
            for each in essays
        ]
    }
    answer = httpx.post(
        f"{engineered_server.url}/v1/extract", json=body, headers={"Accept": accept}
    )
    assert 200 == answer.status_code
    assert accept == answer.headers["Content-Type"]
    assert local.schema.digest == answer.headers["X-Schema-Digest"]
    assert local.extract(essays).tobytes() == read(answer.content).tobytes()


def _read_json(content):
    document = json.loads(content)
    return np.array(
        [[np.nan if value is None else value for value in row] for row in document["rows"]],
        dtype=np.float32,
    )


def _read_arrow(content):
    table = pa.ipc.open_stream(content).read_all()
    columns = [column.to_numpy() for column in table.columns]
    return np.ascontiguousarray(np.stack(columns, axis=1), dtype=np.float32)


def test_the_correlation_id_reaches_the_servers_log(engineered_server):
    chosen = str(uuid.uuid4())
    pipeline = RemoteFeaturePipeline(engineered_server.url, correlation_id=lambda: chosen)
    pipeline.extract([EssayInput(ENGLISH)])
    pipeline.close()
    assert "extract 200 in " in engineered_server.output
    assert 2 == engineered_server.output.count(chosen)


def test_one_client_serves_again_after_close(engineered_server):
    before = set(threading.enumerate())
    pipeline = RemoteFeaturePipeline(engineered_server.url)
    first = pipeline.extract([EssayInput(ENGLISH)])
    pipeline.close()
    assert first.tobytes() == pipeline.extract([EssayInput(ENGLISH)]).tobytes()
    pipeline.close()
    pipeline.close()
    assert set() == set(threading.enumerate()) - before


def test_metrics_count_requests_and_essays(servers):
    server = servers.scripted()
    pipeline = RemoteFeaturePipeline(server.url, batch_essays=5)
    pipeline.extract([EssayInput("a")] * 12)
    pipeline.close()
    httpx.post(f"{server.url}/v1/extract", content=b"{", headers={"Content-Type": "text/plain"})
    lines = httpx.get(f"{server.url}/metrics").text.splitlines()
    name = "huleedu_essay_features"
    assert f"{name}_essays_total 12.0" in lines
    assert f'{name}_http_requests_total{{endpoint="extract",status="200"}} 3.0' in lines
    assert f'{name}_http_requests_total{{endpoint="schema",status="200"}} 1.0' in lines
    assert f'{name}_problems_total{{code="unsupported-media-type"}} 1.0' in lines
    assert f"{name}_in_flight_requests 0.0" in lines
    assert f'{name}_schema_info{{digest="{pipeline.schema.digest}"}} 1.0' in lines
