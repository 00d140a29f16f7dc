"""Bundles on a real disk."""

import asyncio
import os
import signal
import stat
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from huleedu_ml_training.export.bundle import Bundle
from huleedu_ml_training.export.bundle_access_errors import (
    IrregularBundleEntryError,
)
from huleedu_ml_training.export.bundle_errors import (
    MissingBundleFileError,
    TamperedBundleFileError,
)
from huleedu_ml_training.registry.artifacts.errors import (
    ArtifactExistsError,
    ArtifactNotFoundError,
    ArtifactStoreError,
)
from huleedu_ml_training.registry.artifacts.local import LocalArtifactStore
from huleedu_ml_training.registry.errors import DamagedModelError, DamagedModelsError
from huleedu_ml_training.registry.gating.metrics_gate import MetricsGate
from huleedu_ml_training.registry.verification import read_registered_bundle, verify_bundles
from huleedu_ml_training.testing.artifact_suite import ArtifactStoreSuite
from huleedu_ml_training.testing.bundles import small_bundle
from huleedu_ml_training.testing.fakes.model_registry import InMemoryModelRegistry
from huleedu_ml_training.testing.registry_cases.shelf import Shelf

FILES = small_bundle().files


class TestLocalArtifactStore(ArtifactStoreSuite):
    @pytest.fixture
    def store(self, tmp_path):
        return LocalArtifactStore(tmp_path / "home")


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


@pytest.fixture
def store(home):
    return LocalArtifactStore(home)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


async def test_nobody_else_can_read_a_bundle(store, home):
    before = os.umask(0)
    try:
        path = await store.write("model_a", FILES)
    finally:
        os.umask(before)
    assert [0o700] * 3 == [mode(home), mode(home / "models"), mode(home / path)]
    assert {0o600} == {mode(place) for place in (home / path).iterdir()}


async def test_bundles_lie_below_models(store, home):
    path = await store.write("model_20250101_120000", FILES)
    assert "models/model_20250101_120000" == path
    assert set(FILES) == {place.name for place in (home / path).iterdir()}


async def test_writing_leaves_nothing_else(store, home):
    await store.write("model_a", FILES)
    with pytest.raises(ArtifactExistsError):
        await store.write("model_a", FILES)
    assert ["model_a"] == [place.name for place in (home / "models").iterdir()]


@pytest.mark.parametrize("obstacle", ["file", "link", "directory"])
async def test_whatever_has_the_name_stays(store, home, tmp_path, obstacle):
    (home / "models").mkdir(parents=True)
    place = home / "models" / "model_a"
    if obstacle == "file":
        place.write_text("mine")
    elif obstacle == "link":
        (tmp_path / "elsewhere").mkdir()
        place.symlink_to(tmp_path / "elsewhere")
    else:
        place.mkdir()
        (place / "mine").write_text("mine")
    with pytest.raises(ArtifactExistsError):
        await store.write("model_a", FILES)
    assert [] == await store.list_paths()
    if obstacle == "link":
        assert [] == list((tmp_path / "elsewhere").iterdir())


async def test_a_bundle_that_is_a_link_is_not_read(store, home, tmp_path):
    path = await store.write("model_a", FILES)
    (home / path).rename(tmp_path / "moved")
    (home / path).symlink_to(tmp_path / "moved")
    with pytest.raises(IrregularBundleEntryError):
        await store.read(path)
    assert [] == await store.list_paths()


async def test_a_file_that_is_a_link_is_not_read(store, home):
    path = await store.write("model_a", FILES)
    (home / path / "config.yaml").unlink()
    (home / path / "config.yaml").symlink_to("/etc/passwd")
    with pytest.raises(IrregularBundleEntryError):
        await store.read(path)


async def test_deleting_a_link_leaves_what_it_points_at(store, home, tmp_path):
    (home / "models").mkdir(parents=True)
    (tmp_path / "precious").mkdir()
    (home / "models" / "model_a").symlink_to(tmp_path / "precious")
    with pytest.raises(ArtifactStoreError):
        await store.delete("models/model_a")
    assert (tmp_path / "precious").is_dir()


async def test_a_disk_that_cannot_be_written(tmp_path):
    (tmp_path / "home").write_text("a file where the directory should be")
    store = LocalArtifactStore(tmp_path / "home")
    with pytest.raises(ArtifactStoreError) as caught:
        await store.write("model_a", FILES)
    assert "HULEEDU_ML_HOME" in caught.value.remedy
    with pytest.raises(ArtifactStoreError):
        await store.list_paths()
    with pytest.raises(ArtifactNotFoundError):
        await store.read("models/model_a")


async def test_a_full_disk_leaves_nothing(store, home, monkeypatch):
    written = []

    def full(descriptor: int) -> None:
        written.append(descriptor)
        if len(written) > 3:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ArtifactStoreError) as caught:
        await store.write("model_a", FILES)
    assert "free space" in caught.value.remedy
    assert [] == list((home / "models").iterdir())


async def test_a_directory_that_cannot_be_synced_shows_no_bundle(store, home, monkeypatch):
    written = []

    def failing(descriptor: int) -> None:
        written.append(descriptor)
        if len(written) > len(FILES) + 1:
            raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", failing)
    with pytest.raises(ArtifactStoreError):
        await store.write("model_a", FILES)
    assert [] == await store.list_paths()


async def test_the_manifest_is_written_last(store, monkeypatch):
    opened: list[str] = []
    original = os.open

    def recording(path, flags, *rest, **options):
        if flags & os.O_CREAT:
            opened.append(Path(path).name)
        return original(path, flags, *rest, **options)

    monkeypatch.setattr(os, "open", recording)
    await store.write("model_a", FILES)
    assert sorted(FILES) == sorted(opened)
    assert "manifest.json" == opened[-1]


async def test_leftovers_are_invisible_and_swept_when_old(store, home):
    path = await store.write("model_a", FILES)
    fresh, old = home / "models" / ".tmp-b-1", home / "models" / ".tmp-c-2"
    for leftover in (fresh, old):
        leftover.mkdir()
        (leftover / "manifest.json").write_bytes(b"{}")
    yesterday = time.time() - 25 * 3600
    os.utime(old, (yesterday, yesterday))
    assert [path] == await store.list_paths()
    await store.write("model_d", FILES)
    assert fresh.exists()
    assert not old.exists()


async def test_sweeping_removes_what_is_old_enough(store, home):
    path = await store.write("model_a", FILES)
    fresh, old = home / "models" / ".tmp-b-1", home / "models" / ".tmp-c-2"
    for leftover in (fresh, old):
        leftover.mkdir()
        (leftover / "manifest.json").write_bytes(b"{}")
    two_hours_ago = datetime.now(UTC) - timedelta(hours=2)
    os.utime(old, (two_hours_ago.timestamp(),) * 2)
    hour_ago = datetime.now(UTC) - timedelta(hours=1)
    assert [old.name] == await store.sweep(before=hour_ago, dry_run=True)
    assert old.exists()
    assert [old.name] == await store.sweep(before=hour_ago)
    assert {"model_a", fresh.name} == {place.name for place in (home / "models").iterdir()}
    assert [] == await store.sweep(before=hour_ago)
    assert [path] == await store.list_paths()


async def test_a_writer_whose_work_is_swept_shows_nothing(store, home, monkeypatch):
    """Swept in the middle of writing: an error, and not half a bundle."""
    original, calls = os.fsync, []

    def sweeping(descriptor: int) -> None:
        original(descriptor)
        calls.append(descriptor)
        if len(calls) == 3:
            [temporary] = (home / "models").iterdir()
            os.utime(temporary, (0, 0))
            store._sweep(datetime.now(UTC) - timedelta(hours=1))

    monkeypatch.setattr(os, "fsync", sweeping)
    with pytest.raises(ArtifactStoreError):
        await store.write("model_a", FILES)
    assert [] == list((home / "models").iterdir())


async def test_a_restored_bundle_counts_from_its_restoration(store, home):
    """Backups give files their old times back; that must not make them old."""
    path = await store.write("model_a", FILES)
    os.utime(home / path, (0, 0))
    assert datetime.now(UTC) - timedelta(minutes=1) < await store.stored_at(path)


KILLED_WRITER = """
import asyncio, os, signal, sys
from pathlib import Path
from huleedu_ml_training.registry.artifacts.local import LocalArtifactStore
from huleedu_ml_training.testing.bundles import small_bundle

step, calls = int(sys.argv[2]), []
fsync = os.fsync

def dying(descriptor):
    calls.append(descriptor)
    if len(calls) == step:
        os.kill(os.getpid(), signal.SIGKILL)
    fsync(descriptor)

os.fsync = dying
asyncio.run(LocalArtifactStore(Path(sys.argv[1])).write("model_a", small_bundle().files))
"""


@pytest.mark.parametrize("step", [1, len(FILES), len(FILES) + 1, len(FILES) + 2])
async def test_a_killed_writer_leaves_all_or_nothing(store, home, step):
    killed = await asyncio.create_subprocess_exec(
        sys.executable, "-c", KILLED_WRITER, str(home), str(step)
    )
    await killed.wait()
    assert -signal.SIGKILL == killed.returncode
    visible = step == len(FILES) + 2  # killed after the rename
    assert (["models/model_a"] if visible else []) == await store.list_paths()
    if visible:
        assert dict(FILES) == await store.read("models/model_a")
    else:
        assert "models/model_a" == await store.write("model_a", FILES)


async def test_readers_never_see_half_a_bundle(store):
    async def read() -> None:
        for _ in range(30):
            for path in await store.list_paths():
                try:
                    assert dict(FILES) == await store.read(path)
                except ArtifactNotFoundError:
                    continue
            await asyncio.sleep(0)

    async def write() -> None:
        for i in range(15):
            path = await store.write(f"model_{i}", FILES)
            if i % 2:
                await store.delete(path)

    await asyncio.gather(read(), read(), write())
    assert 8 == len(await store.list_paths())


class TestVerification:
    """What a registered version's bundle is compared with."""

    @pytest.fixture
    def shelf(self, store):
        return Shelf(InMemoryModelRegistry(MetricsGate(min_qwk_lower_bound=0.4), store), store)

    async def test_a_sound_bundle(self, shelf, store):
        model = await shelf.add()
        assert model.digest == (await read_registered_bundle(store, model)).digest
        await verify_bundles(store, [model])

    @pytest.mark.parametrize("damage", ["absent", "changed", "exchanged", "cut", "linked"])
    async def test_damage(self, shelf, store, home, damage):
        model, sound = await shelf.add(), await shelf.add()
        place = home / model.model_path
        if damage == "absent":
            await store.delete(model.model_path)
        elif damage == "changed":
            (place / "grader.onnx").write_bytes(b"another")
        elif damage == "exchanged":
            for name, data in small_bundle(model.version, qwk_low=0.9).files.items():
                (place / name).write_bytes(data)
        elif damage == "cut":
            (place / "manifest.json").unlink()
        else:
            place.rename(home / "moved")
            place.symlink_to(home / "moved")
        with pytest.raises(DamagedModelError) as caught:
            await read_registered_bundle(store, model)
        assert str(model.id) in caught.value.remedy
        with pytest.raises(DamagedModelsError) as all_of_them:
            await verify_bundles(store, [model, sound])
        assert (1, 2) == (len(all_of_them.value.failures), all_of_them.value.n_checked)
        assert model.model_path == all_of_them.value.to_dict()["bundles"][0]["model_path"]


async def test_reading_is_checked_by_whoever_parses(store, home):
    """The store gives bytes; sizes and digests are the bundle's business."""
    path = await store.write("model_a", FILES)
    (home / path / "grader.onnx").write_bytes(b"another")
    with pytest.raises(TamperedBundleFileError):
        Bundle.parse(await store.read(path))
    (home / path / "manifest.json").unlink()
    with pytest.raises(MissingBundleFileError):
        Bundle.parse(await store.read(path))


class OutpacedStore(LocalArtifactStore):
    """Lists a bundle that somebody else removes before it is looked at."""

    def _entries(self):
        yield from super()._entries()
        yield self._folder / "removed-since"


async def test_a_bundle_that_is_removed_while_it_is_listed_is_not_there(home):
    store = OutpacedStore(home)
    path = await store.write("kept", small_bundle().files)
    assert [path] == await store.list_paths()
