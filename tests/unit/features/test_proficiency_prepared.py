"""Preparing an encoder, embedding with it, and what damaged or missing files do."""

import json
from pathlib import Path

import numpy as np
import pytest

from huleedu_essay_features.embeddings.encoder_source import open_encoder
from huleedu_essay_features.embeddings.errors import (
    ModelNotPreparedError,
    ModelsDirectoryError,
    PreparedModelChangedError,
    QuantisationLossError,
    UnusableEncoderError,
)
from huleedu_essay_features.embeddings.layer_states import LayerReader
from huleedu_essay_features.embeddings.prepared import models_directory
from huleedu_essay_features.embeddings.prepared_embedder import PreparedEmbedder
from huleedu_essay_features.embeddings.preparing import lowest_cosines, prepare_encoder
from huleedu_essay_features.embeddings.proficiency import ProficiencyEmbedder
from huleedu_ml_training.testing.embedder_suite import EmbedderSuite
from huleedu_ml_training.testing.fakes.tiny_encoder import (
    safetensors_bytes,
    tiny_weights,
    write_tiny_encoder,
)

TEXT = "The dog ran, and we like the cat. " * 9


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return open_encoder(str(write_tiny_encoder(tmp_path_factory.mktemp("encoder") / "tiny")))


def prepared(source, models, **options):
    options = {"layer": 2, "languages": ["en"], "window": 24, **options}
    return prepare_encoder(source, models_dir=models, **options)


@pytest.fixture(scope="module")
def tiny_embedder(source, tmp_path_factory):
    return PreparedEmbedder(prepared(source, tmp_path_factory.mktemp("models")).path)


class TestPrepared(EmbedderSuite):
    @pytest.fixture
    def embedder(self, tiny_embedder):
        return tiny_embedder


def test_vectors_are_means_over_all_windows(source, tmp_path):
    embedder = PreparedEmbedder(prepared(source, tmp_path, arithmetic="float32").path)
    reader = LayerReader(source, layers=[2], arithmetic="float32", window=24)
    vectors = embedder.embed([TEXT])

    np.testing.assert_allclose(vectors.writing, reader.means([TEXT])[:, 0], rtol=1e-6)
    np.testing.assert_allclose(
        vectors.topic, vectors.writing / np.linalg.norm(vectors.writing), rtol=1e-6
    )


def test_identity_says_what_vectors_depend_on(source, tmp_path):
    embedder = PreparedEmbedder(prepared(source, tmp_path).path)
    identity = embedder.identity

    assert ("en",) == embedder.languages
    assert 24 == embedder.dimensions
    assert f"sha256:{source.weights_sha256}" == identity["embedding.weights"]
    assert "writing 2, topic 2, of 3" == identity["embedding.layers"]
    assert "24 tokens" in identity["embedding.windows"]
    others = [
        PreparedEmbedder(prepared(source, tmp_path, **options).path).identity
        for options in ({"layer": 1}, {"window": 30}, {"arithmetic": "float32"})
    ]
    assert all(identity != other for other in others)


def test_preparing_again_finds_what_is_there(source, tmp_path):
    first = prepared(source, tmp_path)
    written = (first.path / "graph.onnx").stat().st_mtime_ns
    again = prepared(source, tmp_path)

    assert first.lowest_cosine > 0.995
    assert (first.path, None) == (again.path, again.lowest_cosine)
    assert written == (first.path / "graph.onnx").stat().st_mtime_ns
    assert prepared(source, tmp_path, force=True).lowest_cosine == first.lowest_cosine
    assert [first.path] == list(tmp_path.iterdir())


def test_other_languages_are_another_model(source, tmp_path):
    prepared(source, tmp_path)
    path = prepared(source, tmp_path, languages=["sv"]).path

    assert ("sv",) == PreparedEmbedder(path).languages


def test_windows_are_no_longer_than_the_encoder_reads(source, tmp_path):
    assert 64 == prepared(source, tmp_path, window=300).model.window


@pytest.mark.parametrize("layer", [0, 4])
def test_layers_that_are_not_there_are_refused(source, tmp_path, layer):
    with pytest.raises(UnusableEncoderError, match="layers 1 to 3"):
        prepared(source, tmp_path, layer=layer)


def test_lossy_arithmetic_is_refused_and_nothing_kept(tmp_path):
    directory = write_tiny_encoder(tmp_path / "tiny")
    tensors = tiny_weights("mpnet")
    for index in range(3):
        # An input that is always zero, with weights that leave the others no levels.
        norm = f"encoder.layer.{index}.attention.LayerNorm."
        tensors[norm + "weight"][0] = tensors[norm + "bias"][0] = 0
        tensors[f"encoder.layer.{index}.intermediate.dense.weight"][:, 0] = 1000
    (directory / "model.safetensors").write_bytes(safetensors_bytes(tensors))
    source = open_encoder(str(directory))

    with pytest.raises(QuantisationLossError) as caught:
        prepared(source, tmp_path / "models", layer=3)
    assert "float32" in caught.value.remedy
    assert not (tmp_path / "models").exists()
    assert prepared(source, tmp_path / "models", layer=3, arithmetic="float32").path.is_dir()


def test_comparison_is_with_full_precision(source):
    exact = LayerReader(source, layers=[1, 2], arithmetic="float32", window=64)
    rough = LayerReader(source, layers=[1, 2], arithmetic="int8", window=64)

    np.testing.assert_allclose(lowest_cosines(source, exact, [TEXT]), [1, 1], atol=1e-6)
    assert (lowest_cosines(source, rough, [TEXT]) < 1 - 1e-7).all()


@pytest.mark.parametrize(
    ("name", "spoil"),
    [
        ("graph.onnx", lambda content: content[:-1]),
        ("graph.onnx", lambda content: content + b"\0"),
        ("graph.onnx", lambda content: content.replace(b"layer2", b"layer1")),
        ("tokenizer.json", lambda content: content.replace(b"dog", b"cow")),
        ("tokenizer.json", None),
        ("manifest.json", lambda _: b"{}"),
        ("manifest.json", lambda _: b"\xff"),
        ("manifest.json", lambda content: content.replace(b'"layer": 2', b'"layers": 2')),
        (
            "manifest.json",
            lambda content: content.replace(b'"format_version": 1', b'"format_version": 2'),
        ),
        ("manifest.json", lambda content: content.replace(b'"graph.onnx"', b'"../graph.onnx"')),
    ],
)
def test_changed_files_are_found(source, tmp_path, name, spoil):
    path = prepared(source, tmp_path).path
    content = (path / name).read_bytes()
    (path / name).unlink()
    if spoil is not None:
        assert spoil(content) != content
        (path / name).write_bytes(spoil(content))

    with pytest.raises(PreparedModelChangedError) as caught:
        PreparedEmbedder(path)
    assert str(path) in str(caught.value)
    assert prepared(source, tmp_path).lowest_cosine is not None
    assert PreparedEmbedder(path).embed([TEXT]).writing.shape == (1, 24)


def test_a_graph_changed_after_it_was_opened_is_found(source, tmp_path):
    path = prepared(source, tmp_path).path
    embedder = PreparedEmbedder(path)
    (path / "graph.onnx").write_bytes(b"something else")

    with pytest.raises(PreparedModelChangedError, match="sha256"):
        embedder.embed([TEXT])


@pytest.mark.parametrize("kind", [str, Path])
def test_a_missing_model_says_how_to_prepare_it(tmp_path, kind):
    with pytest.raises(ModelNotPreparedError) as caught:
        ProficiencyEmbedder(models_dir=kind(tmp_path))

    assert "'proficiency'" in caught.value.what
    assert "features prepare-model" in caught.value.remedy
    assert str(tmp_path) in caught.value.why


def test_another_model_under_the_name_of_proficiency_is_refused(source, tmp_path):
    with pytest.raises(ModelNotPreparedError) as caught:
        ProficiencyEmbedder(models_dir=tmp_path)
    wanted = caught.value.path.parent
    prepared(source, tmp_path).path.rename(wanted)

    with pytest.raises(PreparedModelChangedError, match="not made from"):
        ProficiencyEmbedder(models_dir=tmp_path)


def test_models_are_where_the_caller_or_the_environment_says(tmp_path, monkeypatch):
    monkeypatch.setenv("HULEEDU_ESSAY_MODELS", str(tmp_path / "named"))
    assert tmp_path / "named" == models_directory()
    assert tmp_path / "given" == models_directory(tmp_path / "given")

    monkeypatch.delenv("HULEEDU_ESSAY_MODELS")
    assert "huleedu-essay-features" in str(models_directory())


def test_a_directory_that_cannot_be_written_is_named(source, tmp_path):
    (tmp_path / "models").write_text("a file")

    with pytest.raises(ModelsDirectoryError, match="HULEEDU_ESSAY_MODELS"):
        prepared(source, tmp_path / "models")


def test_the_manifest_says_how_it_was_verified(source, tmp_path):
    done = prepared(source, tmp_path)
    manifest = json.loads((done.path / "manifest.json").read_text(encoding="utf-8"))

    assert round(done.lowest_cosine, 6) == manifest["verification"]["lowest_cosine"]
    assert {"graph.onnx", "tokenizer.json"} == set(manifest["files"])
