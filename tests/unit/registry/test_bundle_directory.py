"""Reading a bundle from a directory that anybody may have written to."""

import os
import socket

import pytest

from huleedu_ml_training.export import bundle_directory
from huleedu_ml_training.export.bundle import MAX_FILES
from huleedu_ml_training.export.bundle_access_errors import (
    BundleNotFoundError,
    IrregularBundleEntryError,
    UnreadableBundleError,
)
from huleedu_ml_training.export.bundle_directory import read_bundle_directory, read_regular_files
from huleedu_ml_training.export.bundle_errors import (
    BundleFileTooLargeError,
    MissingBundleFileError,
    TamperedBundleFileError,
    UnknownBundleFileError,
)
from huleedu_ml_training.testing.bundles import small_bundle


@pytest.fixture
def directory(tmp_path):
    """A sound bundle on disk."""
    place = tmp_path / "model"
    place.mkdir()
    for name, data in small_bundle().files.items():
        (place / name).write_bytes(data)
    return place


def test_reads_a_sound_bundle(directory):
    assert small_bundle().digest == read_bundle_directory(directory).digest


def test_the_way_to_a_bundle_may_be_a_link(directory, tmp_path):
    (tmp_path / "current").symlink_to(directory)
    assert small_bundle().digest == read_bundle_directory(tmp_path / "current").digest


def test_no_directory(tmp_path):
    with pytest.raises(BundleNotFoundError):
        read_bundle_directory(tmp_path / "absent")


def test_a_file_instead_of_a_directory(directory):
    with pytest.raises(BundleNotFoundError):
        read_bundle_directory(directory / "grader.onnx")


def test_a_name_with_nul(tmp_path):
    with pytest.raises(BundleNotFoundError):
        read_bundle_directory(tmp_path / "a\0b")


def test_an_empty_directory(tmp_path):
    with pytest.raises(MissingBundleFileError) as caught:
        read_bundle_directory(tmp_path)
    assert ("manifest.json",) == caught.value.names


def test_a_changed_file(directory):
    (directory / "grader.onnx").write_bytes(b"another graph")
    with pytest.raises(TamperedBundleFileError):
        read_bundle_directory(directory)


@pytest.mark.parametrize("target", ["outside", "inside", "/dev/zero", "/nowhere"])
def test_links_are_not_followed(directory, tmp_path, target):
    original = directory / "grader.onnx"
    moved = {"outside": tmp_path / "x", "inside": directory / "report.html"}.get(target)
    if moved is not None:
        original.rename(moved)
    else:
        original.unlink()
    original.symlink_to(moved or target)
    with pytest.raises(IrregularBundleEntryError) as caught:
        read_bundle_directory(directory)
    assert "link" == caught.value.kind


def test_a_named_pipe_does_not_hang(directory):
    (directory / "grader.onnx").unlink()
    os.mkfifo(directory / "grader.onnx")
    with pytest.raises(IrregularBundleEntryError):
        read_bundle_directory(directory)


def test_a_socket(directory, monkeypatch):
    (directory / "grader.onnx").unlink()
    monkeypatch.chdir(directory)  # a socket's whole path must be short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("grader.onnx")
        with pytest.raises(IrregularBundleEntryError):
            read_bundle_directory(directory)


def test_a_subdirectory(directory):
    (directory / "booster.txt").mkdir()
    with pytest.raises(IrregularBundleEntryError) as caught:
        read_bundle_directory(directory)
    assert "directory" == caught.value.kind


@pytest.mark.parametrize("name", ["run.sh", ".hidden", "grader.onnx.data", "grader.onnx\n", "ö"])
def test_a_foreign_file(directory, name):
    (directory / name).write_bytes(b"")
    with pytest.raises(UnknownBundleFileError) as caught:
        read_bundle_directory(directory)
    assert (name,) == caught.value.names


def test_too_many_files(directory):
    for i in range(MAX_FILES + 1):
        (directory / f"booster_{i}.txt").write_bytes(b"")
    with pytest.raises(UnknownBundleFileError):
        read_bundle_directory(directory)


def test_a_large_file_is_refused_before_it_is_read(directory):
    with (directory / "grader.onnx").open("wb") as sparse:
        sparse.truncate(600 * 1024**2)
    with pytest.raises(BundleFileTooLargeError) as caught:
        read_regular_files(directory)
    assert 600 * 1024**2 == caught.value.size


def test_all_files_together_are_bounded(directory, monkeypatch):
    monkeypatch.setattr(bundle_directory, "MAX_TOTAL_SIZE", 300)
    with pytest.raises(BundleFileTooLargeError):
        read_regular_files(directory)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_no_permission(directory):
    (directory / "grader.onnx").chmod(0)
    with pytest.raises(UnreadableBundleError):
        read_bundle_directory(directory)


def test_a_directory_that_cannot_be_opened(tmp_path):
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    with pytest.raises(UnreadableBundleError):
        read_bundle_directory(loop)
