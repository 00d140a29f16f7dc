"""What comes from outside: ids, paths, texts and documents."""

import json
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huleedu_ml_training.config import Settings
from huleedu_ml_training.export.bundle_access_errors import (
    BundleNotFoundError,
)
from huleedu_ml_training.registry.actor import current_actor
from huleedu_ml_training.registry.attribution import Attribution
from huleedu_ml_training.registry.bundle_paths import resolve_bundle_path
from huleedu_ml_training.registry.errors import InvalidModelIdError, ModelNotFoundError
from huleedu_ml_training.registry.model_ids import id_digits, id_range
from huleedu_ml_training.registry.records import Stage
from huleedu_ml_training.registry.storable import InvalidTextError, checked_text, json_ready

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


class TestModelIds:
    @given(st.uuids(), st.integers(4, 32))
    def test_an_id_lies_in_the_range_of_each_of_its_beginnings(self, id_, length):
        low, high = id_range(id_digits(id_.hex[:length]))
        assert low <= id_ <= high

    @given(st.uuids(), st.uuids(), st.integers(4, 32))
    def test_another_id_lies_there_only_if_it_begins_so(self, one, other, length):
        low, high = id_range(one.hex[:length])
        assert other.hex.startswith(one.hex[:length]) is (low <= other <= high)

    @given(st.uuids())
    def test_the_usual_ways_of_writing_are_one(self, id_):
        assert {id_.hex} == {id_digits(t) for t in (str(id_), id_.hex, f" {str(id_).upper()}\n")}

    @pytest.mark.parametrize("text", ["abc", "", "-", "xyz0", "g" * 32, "a" * 33, "١٢٣٤"])
    def test_other_texts(self, text):
        with pytest.raises(InvalidModelIdError):
            id_digits(text)


class TestStorable:
    @given(JSON)
    def test_documents_become_json_that_postgres_takes(self, document):
        text = json.dumps(json_ready(document), allow_nan=False)
        assert "\\u0000" not in text
        assert json_ready(document) == json_ready(json_ready(document))

    @given(st.text(st.characters(codec="utf-8", exclude_characters="\0")))
    def test_texts_stay_as_they_are(self, text):
        assert {text: [text]} == json_ready({text: (text,)})

    def test_numbers_of_numpy(self):
        import numpy as np

        document = {"a": np.int64(3), "b": np.float32(0.5), "c": np.float64("nan"), "d": True}
        ready = json_ready(document)
        assert {"a": 3, "b": 0.5, "c": None, "d": True} == ready
        assert [int, float] == [type(ready["a"]), type(ready["b"])]

    def test_anything_else_becomes_its_text(self):
        assert str(UUID(int=1)) == json_ready(UUID(int=1))

    @pytest.mark.parametrize("text", ["", " \n", "a\0b", "\ud800", "x" * 11])
    def test_texts_that_cannot_be_kept(self, text):
        with pytest.raises(InvalidTextError) as caught:
            checked_text(text, "reason", limit=10)
        assert "the reason" in caught.value.what

    def test_a_blank_reason_is_none(self):
        assert Attribution("anna", " \n").reason is None
        assert "why" == Attribution("anna", "why").reason


class TestBundlePaths:
    @pytest.fixture
    def settings(self, tmp_path):
        return Settings(home=tmp_path / "home")

    def test_the_working_directory_goes_first(self, settings, tmp_path, monkeypatch):
        (settings.home / "models" / "model_x").mkdir(parents=True)
        monkeypatch.chdir(tmp_path)
        assert settings.home / "models/model_x" == resolve_bundle_path("models/model_x", settings)
        (tmp_path / "models" / "model_x").mkdir(parents=True)
        found = resolve_bundle_path("models/model_x", settings)
        assert tmp_path / "models" / "model_x" == found.absolute()

    def test_an_absolute_path(self, settings, tmp_path):
        assert tmp_path == resolve_bundle_path(str(tmp_path), settings)

    @pytest.mark.parametrize("text", ["models/none", "/nowhere/at/all", "a\0b", "", "%2e%2e/x"])
    def test_no_directory(self, settings, text, tmp_path, monkeypatch):
        (tmp_path / "empty").mkdir()
        monkeypatch.chdir(tmp_path / "empty")
        with pytest.raises(BundleNotFoundError) as caught:
            resolve_bundle_path(text, settings)
        assert "looked for" in caught.value.why

    def test_home_is_not_left(self, settings, tmp_path, monkeypatch):
        settings.home.mkdir()
        (tmp_path / "outside").mkdir()
        monkeypatch.chdir(settings.home.parent.parent)
        with pytest.raises(BundleNotFoundError):
            resolve_bundle_path("../outside", settings)


def test_an_actor_without_a_name(monkeypatch):
    for variable in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr("os.getuid", lambda: 4_000_000_000)
    assert "uid-4000000000" == current_actor()


def test_an_actor_with_a_name(monkeypatch):
    monkeypatch.setenv("LOGNAME", "anna")
    assert "anna" == current_actor()


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ModelNotFoundError.of("essay-scorer"), "essay-scorer"),
        (ModelNotFoundError.of("a", stage=Stage.PRODUCTION), "a in production"),
        (ModelNotFoundError.of("a", version="1"), "a version '1'"),
        (ModelNotFoundError.of("a\0b"), "'a\\x00b'"),
    ],
)
def test_what_was_looked_for_is_shown_harmlessly(error, text):
    assert f"no registered model: {text}" == error.what
