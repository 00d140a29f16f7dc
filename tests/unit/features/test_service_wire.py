"""Bodies and headers of the feature service: exact values, bounded requests, polite retries."""

import email.utils
import io
import json
import math
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from huleedu_essay_features import EssayInput, FeatureDefinition, FeatureSchema
from huleedu_essay_features.service import representations
from huleedu_essay_features.service.batches import batches
from huleedu_essay_features.service.errors import EssayTooLargeError
from huleedu_essay_features.service.limits import ServiceLimits
from huleedu_essay_features.service.problems import ProblemError
from huleedu_essay_features.service.representations import negotiate, render_json, renderers
from huleedu_essay_features.service.requests import parse_request
from huleedu_essay_features.service.retrying import RetryPolicy, parse_retry_after
from huleedu_essay_features.service.wire import ARROW, JSON, NPY, decode_npy, encode_npy

DIGEST = "0" * 64
SCHEMA = FeatureSchema((FeatureDefinition("x", "structure", "count", "A number."),))

texts = st.text(st.characters(exclude_categories=()), max_size=60)
essay_lists = st.lists(
    st.builds(EssayInput, texts, st.none() | texts, st.sampled_from(["en", "sv"])), max_size=30
)


@given(st.lists(st.floats(width=32, allow_infinity=False), max_size=30))
def test_json_holds_every_float32_exactly_and_briefly(values):
    matrix = np.array(values, dtype=np.float32).reshape(-1, 1)
    content = render_json(matrix, SCHEMA).decode()
    rows = json.loads(content)["rows"]
    again = np.array([[math.nan if row[0] is None else row[0]] for row in rows], dtype=np.float32)
    np.testing.assert_array_equal(matrix.ravel(), again.ravel())
    assert "NaN" not in content


def test_json_writes_the_shortest_number():
    content = render_json(np.array([[0.1]], dtype=np.float32), SCHEMA)
    assert b'"rows": [[0.1]]' in content


@given(
    st.integers(0, 5).flatmap(
        lambda columns: st.lists(
            st.lists(st.floats(width=32), min_size=columns, max_size=columns), max_size=5
        ).map(lambda rows: np.array(rows, dtype=np.float32).reshape(len(rows), columns))
    )
)
def test_npy_holds_every_matrix_exactly(matrix):
    content = encode_npy(matrix)
    again = decode_npy(content, matrix.shape)
    assert matrix.tobytes() == again.tobytes()
    assert again.flags.c_contiguous
    assert again.flags.writeable
    assert matrix.tobytes() == np.load(io.BytesIO(content), allow_pickle=False).tobytes()


def _saved(array, **options):
    stream = io.BytesIO()
    np.save(stream, array, **options)
    return stream.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"<html>", id="something else"),
        pytest.param(_saved(np.zeros((2, 3), np.float64)), id="float64"),
        pytest.param(_saved(np.zeros((3, 2), np.float32)), id="another shape"),
        pytest.param(_saved(np.zeros((2, 3), np.float32, order="F")), id="Fortran order"),
        pytest.param(_saved(np.zeros((2, 3), ">f4")), id="big endian"),
        pytest.param(_saved(np.array([[None] * 3] * 2), allow_pickle=True), id="pickled objects"),
        pytest.param(encode_npy(np.zeros((2, 3), np.float32))[:-1], id="a byte short"),
        pytest.param(encode_npy(np.zeros((2, 3), np.float32)) + b"\0", id="a byte long"),
        pytest.param(b"\x93NUMPY\x02\x00" + b"\xff" * 40, id="another version"),
        pytest.param(b"\x93NUMPY\x01\x00\xff\xff" + b"{" * 65535, id="an endless header"),
    ],
)
def test_anything_but_the_expected_matrix_is_refused(content):
    with pytest.raises(ValueError, match=r"."):
        decode_npy(content, (2, 3))


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        (NPY, NPY),
        (NPY.upper(), NPY),
        (f"{NPY}, application/problem+json", NPY),
        (f"{JSON};q=0.5, {NPY}", NPY),
        (f"{JSON};q=0.5, {NPY};q=0.4", JSON),
        (f"{JSON};q=0, */*", NPY),
        (f"text/html, {ARROW};q=0.2", ARROW),
    ],
)
def test_the_form_follows_the_clients_wishes(accept, expected):
    assert expected == negotiate(accept, renderers())


@pytest.mark.parametrize("accept", ["text/html", f"{NPY};q=0", f"{NPY};q=much", ";,;"])
def test_no_common_form_is_a_refusal_that_lists_them(accept):
    with pytest.raises(ProblemError) as caught:
        negotiate(accept, renderers())
    assert (406, [JSON, NPY, ARROW]) == (caught.value.status, caught.value.members["offered"])


def test_arrow_is_offered_only_where_it_is_installed(monkeypatch):
    monkeypatch.setattr(representations.importlib.util, "find_spec", lambda _: None)
    assert [JSON, NPY] == list(renderers())


@given(essay_lists, st.integers(1, 7), st.integers(900, 3000))
def test_requests_hold_all_essays_in_order_within_the_limits(essays, most, body_bytes):
    limits = ServiceLimits(essays=5, body_bytes=body_bytes, text_bytes=100_000)
    made = list(batches(essays, DIGEST, limits, most=most))
    parsed = [parse_request(batch.body, limits) for batch in made]
    assert tuple(essays) == tuple(essay for request in parsed for essay in request.essays)
    assert all(len(batch.body) <= body_bytes for batch in made)
    assert all(1 <= batch.size <= min(most, 5) for batch in made)
    assert [batch.start for batch in made] == [
        sum(each.size for each in made[:place]) for place in range(len(made))
    ]
    assert {DIGEST} >= {request.schema_digest for request in parsed}


@pytest.mark.parametrize(
    ("essay", "size", "limit"),
    [
        (EssayInput("å" * 51), 102, 100),
        (EssayInput("", "b" * 101), 101, 100),
        (EssayInput("\x00" * 100, "\x00" * 100), None, None),
    ],
)
def test_an_essay_that_fits_no_request_is_an_error_with_its_place(essay, size, limit):
    limits = ServiceLimits(body_bytes=1000, text_bytes=100)
    with pytest.raises(EssayTooLargeError) as caught:
        list(batches([EssayInput("fine"), essay], DIGEST, limits, most=64))
    assert 1 == caught.value.index
    assert caught.value.size > caught.value.limit
    if size is not None:
        assert (size, limit) == (caught.value.size, caught.value.limit)


@pytest.mark.parametrize("value", [0, -1, 1.5, True, "7", None])
def test_limits_are_positive_whole_numbers(value):
    with pytest.raises(ValueError, match="essays"):
        ServiceLimits.from_dict({**ServiceLimits().to_dict(), "essays": value})


def test_limits_of_a_newer_server_are_understood_and_missing_ones_told():
    document = ServiceLimits(essays=7).to_dict()
    assert ServiceLimits(essays=7) == ServiceLimits.from_dict({**document, "moons": 2})
    del document["essays"]
    with pytest.raises(ValueError, match="no limit is given for essays"):
        ServiceLimits.from_dict(document)


def test_delays_grow_to_the_longest_and_never_fall_below_what_was_asked():
    policy = RetryPolicy(first_delay_s=1, max_delay_s=10)
    grown = [policy.delay_s(attempt) for attempt in range(1, 8)]
    assert all(
        low <= delay <= 1.25 * low
        for low, delay in zip([1, 2, 4, 8, 10, 10, 10], grown, strict=True)
    )
    assert 5 <= policy.delay_s(1, "5") <= 6.25
    assert 10 <= policy.delay_s(1, "3600") <= 12.5
    assert policy.delay_s(10_000) <= 12.5


def test_retry_after_is_seconds_or_a_date():
    in_a_minute = email.utils.formatdate(time.time() + 60, usegmt=True)
    assert 7 == parse_retry_after(" 7 ")
    assert 50 < parse_retry_after(in_a_minute) <= 60
    assert 0 == parse_retry_after(email.utils.formatdate(0, usegmt=True))
    assert 0 == parse_retry_after("soon")
