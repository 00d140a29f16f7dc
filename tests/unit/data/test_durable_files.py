"""Writing so that a machine which loses power keeps what was written."""

import os
import stat

import pytest

from huleedu_ml_training.data.durable_files import (
    new_file,
    sync_directory,
    sync_file,
    write_new_file,
)


@pytest.fixture
def synced(monkeypatch):
    """Sizes of what was synced, in order; None for a directory."""
    sizes = []

    def fsync(descriptor):
        status = os.fstat(descriptor)
        sizes.append(status.st_size if stat.S_ISREG(status.st_mode) else None)

    monkeypatch.setattr(os, "fsync", fsync)
    return sizes


def test_a_new_file_is_synced_when_it_is_whole(tmp_path, synced):
    write_new_file(tmp_path / "a", b"whole")
    assert (b"whole", [5]) == ((tmp_path / "a").read_bytes(), synced)


def test_a_file_that_others_wrote_and_a_directory(tmp_path, synced):
    (tmp_path / "a").write_bytes(b"abc")
    sync_file(tmp_path / "a")
    sync_directory(tmp_path)
    assert [3, None] == synced


def test_for_the_owner_alone(tmp_path):
    before = os.umask(0)
    try:
        write_new_file(tmp_path / "a", b"")
    finally:
        os.umask(before)
    assert 0o600 == stat.S_IMODE((tmp_path / "a").stat().st_mode)


@pytest.mark.parametrize("obstacle", ["file", "link"])
def test_nothing_is_written_over_or_through(tmp_path, obstacle):
    (tmp_path / "other").write_text("mine")
    if obstacle == "file":
        (tmp_path / "a").write_text("mine")
    else:
        (tmp_path / "a").symlink_to(tmp_path / "other")
    with pytest.raises(FileExistsError):
        write_new_file(tmp_path / "a", b"yours")
    assert "mine" == (tmp_path / "a").read_text()


def test_what_fails_is_not_synced(tmp_path, synced):
    with pytest.raises(ZeroDivisionError), new_file(tmp_path / "a") as file:
        file.write(b"%d" % (1 // 0))
    assert [] == synced
