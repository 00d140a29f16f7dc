"""A bundle is sound, or it says what is wrong with it."""

import hashlib
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huleedu_ml_training.domain.errors import ExitCode
from huleedu_ml_training.export import bundle as bundle_module
from huleedu_ml_training.export.bundle import Bundle, manifest_digest
from huleedu_ml_training.export.bundle_errors import (
    BundleError,
    BundleFileTooLargeError,
    InvalidBundleDocumentError,
    InvalidManifestError,
    MissingBundleFileError,
    TamperedBundleFileError,
    UnknownBundleFileError,
    UnlistedBundleFileError,
    UnsupportedBundleVersionError,
)
from huleedu_ml_training.export.manifest import FileEntry, Manifest
from huleedu_ml_training.testing.bundles import small_bundle, small_files


def with_manifest(bundle: Bundle, **changes: Any) -> dict[str, bytes]:
    """The files of a bundle with keys of its manifest changed; None removes a key."""
    document = json.loads(bundle.files["manifest.json"])
    document.update(changes)
    kept = {key: value for key, value in document.items() if value is not None}
    return {**bundle.files, "manifest.json": json.dumps(kept).encode()}


class TestSound:
    def test_parse_gives_back_what_create_made(self):
        made = small_bundle()
        parsed = Bundle.parse(dict(made.files))
        assert made.manifest == parsed.manifest
        assert dict(made.files) == dict(parsed.files)
        assert made.digest == parsed.digest

    def test_digest_is_that_of_the_manifest(self):
        bundle = small_bundle()
        expected = hashlib.sha256(bundle.files["manifest.json"]).hexdigest()
        assert expected == bundle.digest == manifest_digest(bundle.files["manifest.json"])

    def test_equal_inputs_give_equal_bytes(self):
        assert small_bundle().files["manifest.json"] == small_bundle().files["manifest.json"]

    def test_manifest_lists_size_and_digest_of_every_other_file(self):
        bundle = small_bundle()
        expected = {
            name: FileEntry(len(data), hashlib.sha256(data).hexdigest())
            for name, data in small_files().items()
        }
        assert expected == dict(bundle.manifest.files)

    def test_times_are_written_in_utc(self):
        manifest = small_bundle().manifest
        local = datetime(2025, 1, 1, 14, tzinfo=timezone(timedelta(hours=2)))
        moved = Manifest.from_bytes(
            Manifest(
                **{
                    **{name: getattr(manifest, name) for name in manifest.__slots__},
                    "created_at": local,
                }
            ).to_bytes()
        )
        assert datetime(2025, 1, 1, 12, tzinfo=UTC) == moved.created_at
        assert timedelta(0) == moved.created_at.utcoffset()

    def test_names_features_in_order(self):
        assert ("total_words", "mtld", "spelling_error_rate") == small_bundle().feature_names

    def test_files_cannot_be_exchanged_after_the_check(self):
        files = dict(small_bundle().files)
        bundle = Bundle.parse(files)
        files["grader.onnx"] = b"other"
        assert b"not a graph" == bundle.files["grader.onnx"]
        with pytest.raises(TypeError):
            bundle.files["grader.onnx"] = b"other"

    @pytest.mark.parametrize(
        "name",
        ["report.html", "model_card.md", "booster.txt", "booster_0.txt", "booster-2.json"],
    )
    def test_optional_files(self, name):
        bundle = small_bundle(files={**small_files(), name: b"{}"})
        assert b"{}" == Bundle.parse(bundle.files).files[name]

    def test_split_is_a_document(self):
        bundle = small_bundle(files={**small_files(), "split.json": b'{"test": [1]}'})
        assert {"test": [1]} == bundle.document("split.json")

    def test_an_absent_document_is_missing(self):
        with pytest.raises(MissingBundleFileError):
            small_bundle().document("split.json")


REQUIRED = sorted(small_files())

UNKNOWN_NAMES = [
    "evil.py",
    "grader.onnx.data",
    "weights.bin",
    "model.pkl",
    "../grader.onnx",
    "/etc/passwd",
    "Manifest.json",
    "grader.onnx ",
    "grader.onnx\n",
    "grader.onnx\0",
    "boosterx/../../y.txt",
    "booster.pkl",
    "booster_" + "0" * 80 + ".txt",
    "%2e%2e",
    "",
    ".",
    "..",
    "ｇrader.onnx",
]

MANIFESTS: dict[str, dict[str, Any]] = {
    "key missing": {"seed": None},
    "key unknown": {"trust_everything": True},
    "name": {"model_name": "../essay"},
    "name in capitals": {"model_name": "Essay"},
    "name of look-alikes": {"model_name": "еssay"},
    "name of another type": {"model_name": 3},
    "version": {"version": "latest"},
    "version with newline": {"version": "20250101_120000\n"},
    "version of other digits": {"version": "２０２５0101_120000"},
    "scale of one grade": {"scale": {"name": "x", "labels": ["A"]}},
    "scale with a grade twice": {"scale": {"name": "x", "labels": ["A", "A"]}},
    "scale without labels": {"scale": {"name": "x"}},
    "scale of numbers": {"scale": {"name": "x", "labels": [1, 2]}},
    "scale is a list": {"scale": ["A", "B"]},
    "schema digest": {"feature_schema_digest": "f" * 63},
    "schema digest in capitals": {"feature_schema_digest": "F" * 64},
    "dataset digest": {"dataset_digest": 0},
    "no features": {"feature_count": 0},
    "features as text": {"feature_count": "3"},
    "features as truth": {"feature_count": True},
    "time": {"created_at": "yesterday"},
    "time without zone": {"created_at": "2025-01-01T12:00:00"},
    "libraries": {"library_versions": {"numpy": 2}},
    "seed": {"seed": "42"},
    "seed as fraction": {"seed": 42.0},
    "parity without outcome": {"parity": {}},
    "parity of another type": {"parity": {"passed": "yes"}},
    "labels": {"labels": "synthetic"},
    "files as list": {"files": []},
    "file entry": {"files": {"grader.onnx": "x"}},
    "file size as text": {"files": {"grader.onnx": {"size": "1", "sha256": "a" * 64}}},
    "file digest": {"files": {"grader.onnx": {"size": 1, "sha256": "md5"}}},
    "file size negative": {"files": {"grader.onnx": {"size": -1, "sha256": "a" * 64}}},
}

BROKEN_JSON = {
    "empty": b"",
    "truncated": small_bundle().files["manifest.json"][:200],
    "not UTF-8": b"\xff\xfe{}",
    "a list": b"[]",
    "a number": b"1",
    "not JSON": b"format_version: 1",
    "NaN": b'{"format_version": NaN}',
    "infinite": b'{"format_version": Infinity}',
    "a key twice": b'{"format_version": 1, "format_version": 1}',
    "too deep": b'{"a":' * 100_000,
    "a huge number": b'{"format_version": ' + b"9" * 10_000 + b"}",
}


class TestHostile:
    @pytest.mark.parametrize("name", [*REQUIRED, "manifest.json"])
    def test_a_missing_file(self, name):
        files = dict(small_bundle().files)
        del files[name]
        with pytest.raises(MissingBundleFileError) as caught:
            Bundle.parse(files)
        assert (name,) == caught.value.names

    @pytest.mark.parametrize("name", UNKNOWN_NAMES)
    def test_a_file_that_does_not_belong(self, name):
        with pytest.raises(UnknownBundleFileError):
            Bundle.parse({**small_bundle().files, name: b"x"})

    def test_a_file_that_was_added_later(self):
        with pytest.raises(UnlistedBundleFileError) as caught:
            Bundle.parse({**small_bundle().files, "booster.txt": b"<script>"})
        assert ("booster.txt",) == caught.value.names

    @pytest.mark.parametrize("name", REQUIRED)
    @pytest.mark.parametrize("how", ["flip", "append", "cut", "empty"])
    def test_a_tampered_file(self, name, how):
        data = small_bundle().files[name]
        tampered = {
            "flip": bytes([data[0] ^ 1]) + data[1:],
            "append": data + b" ",
            "cut": data[:-1],
            "empty": b"",
        }[how]
        with pytest.raises(TamperedBundleFileError) as caught:
            Bundle.parse({**small_bundle().files, name: tampered})
        assert name == caught.value.name

    def test_a_file_listed_but_absent(self):
        files = dict(small_bundle(files={**small_files(), "report.html": b"x"}).files)
        del files["report.html"]
        with pytest.raises(MissingBundleFileError) as caught:
            Bundle.parse(files)
        assert ("report.html",) == caught.value.names

    def test_a_manifest_that_lists_paths_outside(self):
        entry = {"size": 1, "sha256": "a" * 64}
        bundle = small_bundle()
        listed = json.loads(bundle.files["manifest.json"])["files"]
        with pytest.raises(MissingBundleFileError):
            Bundle.parse(with_manifest(bundle, files={**listed, "../../etc/passwd": entry}))

    def test_a_manifest_that_lists_itself(self):
        entry = {"size": 1, "sha256": "a" * 64}
        bundle = small_bundle()
        listed = json.loads(bundle.files["manifest.json"])["files"]
        with pytest.raises(TamperedBundleFileError):
            Bundle.parse(with_manifest(bundle, files={**listed, "manifest.json": entry}))

    @pytest.mark.parametrize("version", [0, 2, 99, "1", 1.0, True, [1], "../1"])
    def test_another_format_version(self, version):
        with pytest.raises(UnsupportedBundleVersionError) as caught:
            Bundle.parse(with_manifest(small_bundle(), format_version=version))
        assert version == caught.value.found
        assert "upgrade" in caught.value.remedy

    def test_no_format_version(self):
        with pytest.raises(UnsupportedBundleVersionError):
            Bundle.parse(with_manifest(small_bundle(), format_version=None))

    @pytest.mark.parametrize("changes", MANIFESTS.values(), ids=MANIFESTS)
    def test_a_manifest_that_says_something_impossible(self, changes):
        with pytest.raises(InvalidManifestError):
            Bundle.parse(with_manifest(small_bundle(), **changes))

    @pytest.mark.parametrize("data", BROKEN_JSON.values(), ids=BROKEN_JSON)
    def test_a_manifest_that_is_no_json_object(self, data):
        with pytest.raises(InvalidManifestError):
            Bundle.parse({**small_bundle().files, "manifest.json": data})

    @pytest.mark.parametrize("data", BROKEN_JSON.values(), ids=BROKEN_JSON)
    @pytest.mark.parametrize("name", ["calibration.json", "metrics.json", "feature_schema.json"])
    def test_a_document_that_was_broken_when_the_bundle_was_made(self, name, data):
        with pytest.raises(InvalidBundleDocumentError) as caught:
            small_bundle(files={**small_files(), name: data})
        assert name == caught.value.name

    @pytest.mark.parametrize(
        "features", [None, "abc", [], [{"name": "a"}], [{"name": 1}] * 3, ["a", "b", "c"]]
    )
    def test_a_feature_schema_that_does_not_name_the_features(self, features):
        document = json.dumps({"features": features}).encode()
        with pytest.raises(InvalidBundleDocumentError):
            small_bundle(files={**small_files(), "feature_schema.json": document})

    def test_a_file_that_is_too_large(self):
        data = b" " * (bundle_module.size_limit("config.yaml") + 1)
        with pytest.raises(BundleFileTooLargeError):
            small_bundle(files={**small_files(), "config.yaml": data})

    def test_files_that_are_too_large_together(self, monkeypatch):
        total = sum(map(len, small_bundle().files.values()))
        monkeypatch.setattr(bundle_module, "MAX_TOTAL_SIZE", total)
        assert small_bundle().digest
        monkeypatch.setattr(bundle_module, "MAX_TOTAL_SIZE", total - 1)
        with pytest.raises(BundleFileTooLargeError):
            small_bundle()

    def test_a_parity_certificate_that_json_cannot_hold(self):
        manifest = small_bundle().manifest
        fields = {name: getattr(manifest, name) for name in manifest.__slots__}
        odd = Manifest(**{**fields, "parity": {"passed": True, "worst": float("nan")}})
        with pytest.raises(InvalidManifestError):
            odd.to_bytes()

    @given(st.data())
    def test_no_change_of_any_byte_gets_through(self, data):
        bundle = small_bundle()
        name = data.draw(st.sampled_from(sorted(bundle.files)))
        content = bytearray(bundle.files[name])
        place = data.draw(st.integers(0, len(content) - 1))
        content[place] ^= data.draw(st.integers(1, 255))
        files = {**bundle.files, name: bytes(content)}
        outcome = parsed_or_error(files)
        if isinstance(outcome, BundleError):
            assert ExitCode.INVALID_DATA is outcome.exit_code
            assert outcome.remedy
        else:  # a changed manifest can be well-formed; its digest is what the registry compares
            assert "manifest.json" == name
            assert bundle.digest != outcome.digest


def parsed_or_error(files: dict[str, bytes]) -> Bundle | BundleError:
    try:
        return Bundle.parse(files)
    except BundleError as error:
        return error
