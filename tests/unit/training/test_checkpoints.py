from uuid import UUID

import numpy as np
import pytest

from huleedu_ml_training.training.checkpoints import (
    CheckpointStore,
    CheckpointWriteError,
    array_from_bytes,
    array_to_bytes,
)

RUN = UUID(int=1)


@pytest.fixture
def store(tmp_path):
    return CheckpointStore(tmp_path, RUN)


def test_what_was_saved_is_loaded(store):
    store.save("fold-0", {"a": b"1", "b": b"2"})
    assert {"a": b"1", "b": b"2"} == store.load("fold-0")


def test_absent_is_none(store):
    assert store.load("fold-0") is None


def test_a_later_save_replaces_all_files(store):
    store.save("fold-0", {"a": b"1", "b": b"2"})
    store.save("fold-0", {"a": b"3"})
    assert {"a": b"3"} == store.load("fold-0")


def test_a_damaged_checkpoint_is_treated_as_absent(store, tmp_path):
    store.save("fold-0", {"a": b"12345"})
    (tmp_path / str(RUN) / "checkpoints" / "fold-0" / "a").write_bytes(b"1234")
    assert store.load("fold-0") is None


def test_a_half_written_checkpoint_is_not_seen(store, tmp_path):
    store.save("fold-0", {"a": b"1"})
    (tmp_path / str(RUN) / "checkpoints" / "fold-0" / "index.json").unlink()
    assert store.load("fold-0") is None


def test_clear_removes_everything(store):
    store.save("fold-0", {"a": b"1"})
    store.clear()
    assert store.load("fold-0") is None


def test_a_disk_that_refuses_is_told(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(CheckpointWriteError, match="checkpoint"):
        CheckpointStore(tmp_path / "file", RUN).save("fold-0", {"a": b"1"})


def test_arrays_survive_to_the_bit():
    array = np.array([0.1, np.nan, -np.inf, 5e-324])
    assert array.tobytes() == array_from_bytes(array_to_bytes(array)).tobytes()
