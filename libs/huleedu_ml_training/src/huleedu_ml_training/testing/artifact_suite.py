"""Conformance suite of :class:`ArtifactStoreProtocol`: inherit it and override one fixture."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from huleedu_ml_training.export.bundle_errors import (
    MissingBundleFileError,
    UnknownBundleFileError,
)
from huleedu_ml_training.registry.artifacts.errors import (
    ArtifactExistsError,
    ArtifactNotFoundError,
    InvalidArtifactNameError,
)
from huleedu_ml_training.registry.protocols import ArtifactStoreProtocol
from huleedu_ml_training.testing.bundles import small_bundle

HOSTILE_NAMES = (
    "",
    ".",
    "..",
    "../model_x",
    "a/b",
    "a\\b",
    "/etc",
    "%2e%2e%2fmodel",
    "..%2f",
    "model\0x",
    "model\n",
    "Model",
    "modèle",
    "ｍodel",
    "-rf",
    ".hidden",
    "model x",
    "model:stream",
    "file:model",
    "model#fragment",
    "a" * 129,
)
"""Names that no store may take; a path made of one must not leave the store either."""


class ArtifactStoreSuite:
    """What every artifact store does. Override :meth:`store` with an empty one."""

    pytestmark = pytest.mark.asyncio

    @pytest.fixture
    def store(self) -> ArtifactStoreProtocol:
        """Return an empty store."""
        raise NotImplementedError

    async def test_gives_back_what_was_written(self, store: ArtifactStoreProtocol) -> None:
        """All bytes of all files come back from the path that writing returned."""
        files = dict(small_bundle().files)
        path = await store.write("model_a", files)
        assert files == await store.read(path)

    async def test_paths_are_relative_and_plain(self, store: ArtifactStoreProtocol) -> None:
        """A path can be kept in a database and read on another machine."""
        path = await store.write("model_a", small_bundle().files)
        assert not path.startswith("/")
        assert set(path) <= set("abcdefghijklmnopqrstuvwxyz0123456789._-/")

    async def test_never_overwrites(self, store: ArtifactStoreProtocol) -> None:
        """A second bundle of one name is refused and the first stays."""
        first = small_bundle()
        path = await store.write("model_a", first.files)
        with pytest.raises(ArtifactExistsError) as caught:
            await store.write("model_a", small_bundle("20250101_120001").files)
        assert path == caught.value.path
        assert dict(first.files) == await store.read(path)

    async def test_one_of_many_writers_wins(self, store: ArtifactStoreProtocol) -> None:
        """Of concurrent writers of one name exactly one succeeds, and its bundle is whole."""
        bundles = [small_bundle(f"20250101_12000{i}") for i in range(8)]
        outcomes = await asyncio.gather(
            *(store.write("model_a", bundle.files) for bundle in bundles), return_exceptions=True
        )
        winners = [bundles[i] for i, out in enumerate(outcomes) if isinstance(out, str)]
        losers = [out for out in outcomes if isinstance(out, ArtifactExistsError)]
        assert (len(winners), len(losers)) == (1, 7)
        assert dict(winners[0].files) == await store.read(str(outcomes[bundles.index(winners[0])]))

    async def test_lists_paths_ascending(self, store: ArtifactStoreProtocol) -> None:
        """Every bundle is listed, and nothing else."""
        assert [] == await store.list_paths()
        later = await store.write("model_b", small_bundle().files)
        earlier = await store.write("model_a", small_bundle().files)
        assert [earlier, later] == await store.list_paths()

    async def test_deletes_and_forgets(self, store: ArtifactStoreProtocol) -> None:
        """A deleted bundle is gone; deleting it again is no error; its name is free again."""
        path = await store.write("model_a", small_bundle().files)
        await store.delete(path)
        await store.delete(path)
        assert [] == await store.list_paths()
        with pytest.raises(ArtifactNotFoundError):
            await store.read(path)
        assert path == await store.write("model_a", small_bundle().files)

    async def test_says_since_when_a_bundle_lies_there(self, store: ArtifactStoreProtocol) -> None:
        """By the clock of the store, with a time zone; not at all where none lies."""
        # Kernels stamp files with the time of their last tick, a few milliseconds ago.
        before = datetime.now(UTC) - timedelta(seconds=1)
        path = await store.write("model_a", small_bundle().files)
        stored_at = await store.stored_at(path)
        assert stored_at is not None
        assert before < stored_at < datetime.now(UTC) + timedelta(seconds=1)
        assert timedelta(0) == stored_at.utcoffset()
        await store.delete(path)
        assert await store.stored_at(path) is None

    async def test_sweeping_leaves_bundles_alone(self, store: ArtifactStoreProtocol) -> None:
        """Only what was never finished is swept."""
        path = await store.write("model_a", small_bundle().files)
        later = datetime.now(UTC) + timedelta(days=1)
        assert [] == await store.sweep(before=later, dry_run=True)
        assert [] == await store.sweep(before=later)
        assert dict(small_bundle().files) == await store.read(path)

    @pytest.mark.parametrize("name", HOSTILE_NAMES)
    async def test_refuses_hostile_names(self, store: ArtifactStoreProtocol, name: str) -> None:
        """A name that is not plain is refused before anything is touched."""
        with pytest.raises(InvalidArtifactNameError):
            await store.write(name, small_bundle().files)
        assert [] == await store.list_paths()

    @pytest.mark.parametrize("name", HOSTILE_NAMES)
    async def test_refuses_hostile_paths(self, store: ArtifactStoreProtocol, name: str) -> None:
        """A path that the store did not make is refused, for reading and for deleting."""
        folder = (await store.write("model_a", small_bundle().files)).rpartition("/")[0]
        for path in (name, f"{folder}/{name}", f"{folder}/../{folder}/model_a"):
            with pytest.raises(InvalidArtifactNameError):
                await store.read(path)
            with pytest.raises(InvalidArtifactNameError):
                await store.stored_at(path)
            with pytest.raises(InvalidArtifactNameError):
                await store.delete(path)

    @pytest.mark.parametrize(
        "file", ["../x", "a/b", "evil.py", "grader.onnx.data", "MANIFEST.JSON"]
    )
    async def test_refuses_foreign_files(self, store: ArtifactStoreProtocol, file: str) -> None:
        """A file that no bundle may contain is refused."""
        with pytest.raises(UnknownBundleFileError):
            await store.write("model_a", {**small_bundle().files, file: b""})
        assert [] == await store.list_paths()

    async def test_refuses_files_without_a_manifest(self, store: ArtifactStoreProtocol) -> None:
        """What no manifest holds together is no bundle."""
        with pytest.raises(MissingBundleFileError):
            await store.write("model_a", {"grader.onnx": b""})
        assert [] == await store.list_paths()
