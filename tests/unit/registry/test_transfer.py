"""Versions between registries."""

import asyncio
import json
import os
import stat
from datetime import timedelta

import pytest

from huleedu_ml_training.data.file_errors import FileAccessError
from huleedu_ml_training.export.bundle_errors import BundleError, TamperedBundleFileError
from huleedu_ml_training.registry.candidates import InvalidCandidateError
from huleedu_ml_training.registry.collection import collect_garbage
from huleedu_ml_training.registry.errors import DamagedModelError
from huleedu_ml_training.registry.gating.metrics_gate import MetricsGate
from huleedu_ml_training.registry.publishing import ORIGIN, ModelPublisher
from huleedu_ml_training.registry.records import EventAction, Stage
from huleedu_ml_training.registry.transfer.errors import (
    ExportDigestError,
    ExportNotFoundError,
    ImportConflictError,
    InvalidExportError,
    UnreadableExportError,
    UnsupportedExportVersionError,
)
from huleedu_ml_training.registry.transfer.export_file import Export
from huleedu_ml_training.registry.transfer.moving import (
    export_version,
    import_version,
    read_export,
    write_export,
)
from huleedu_ml_training.registry.transfer.origin import origins
from huleedu_ml_training.registry.transfer.stored_zip import pack, unpack
from huleedu_ml_training.registry.verification import verify_bundles
from huleedu_ml_training.testing.bundles import small_bundle, small_files
from huleedu_ml_training.testing.fakes.artifact_store import InMemoryArtifactStore
from huleedu_ml_training.testing.fakes.model_registry import InMemoryModelRegistry
from huleedu_ml_training.testing.registry_cases.shelf import NAME, Shelf


class Place:
    """An environment with a registry of its own."""

    def __init__(self):
        self.store = InMemoryArtifactStore()
        self.registry = InMemoryModelRegistry(MetricsGate(min_qwk_lower_bound=0.4), self.store)
        self.shelf = Shelf(self.registry, self.store)
        self.publisher = ModelPublisher(self.store, self.registry)

    async def export(self, model):
        return await export_version(
            self.registry, self.store, await self.registry.get(str(model.id))
        )

    async def take(self, export, **options):
        return await import_version(self.registry, self.publisher, export, actor="carl", **options)


@pytest.fixture
def home():
    return Place()


@pytest.fixture
def away():
    return Place()


@pytest.fixture
async def export(home):
    model = await home.shelf.into_production()
    return await home.export(model)


async def test_a_version_arrives_with_its_history(home, away):
    model = await home.shelf.promote(await home.shelf.add(), Stage.STAGING)
    await home.registry.promote(
        str(model.id), Stage.PRODUCTION, actor="berit", reason="pilot", force=True
    )
    export = Export.parse((await home.export(model)).to_bytes())
    arrival = await away.take(export, correlation_id="c-9")
    found = arrival.model
    assert arrival.is_new
    assert (model.model_name, model.version, model.digest) == (
        found.model_name,
        found.version,
        found.digest,
    )
    assert Stage.DEV is found.stage
    [event] = await away.registry.events_of(str(found.id))
    assert (EventAction.REGISTERED, "carl", "c-9") == (
        event.action,
        event.actor,
        event.correlation_id,
    )
    [origin] = origins(found)
    assert (export.digest, str(model.id), Stage.PRODUCTION) == (
        origin.export_digest,
        origin.model_id,
        origin.stage,
    )
    assert await home.registry.events_of(str(model.id)) == list(origin.events)
    assert ["registered", "promoted", "promoted"] == [e.action.value for e in origin.events]
    assert "pilot" == origin.events[-1].reason
    assert origin.events[-1].gate_report is not None


async def test_what_was_imported_can_be_moved_verified_and_stays(away, export):
    found = (await away.take(export)).model
    await away.shelf.promote(found, Stage.STAGING, Stage.PRODUCTION)
    await verify_bundles(away.store, await away.registry.list_models())
    found_garbage = await collect_garbage(away.registry, away.store, grace=timedelta(0))
    assert ((), ()) == (found_garbage.removed, found_garbage.missing)
    await away.shelf.check_invariants()


async def test_over_several_registries(home, away, export):
    middle = (await away.take(export)).model
    await away.shelf.promote(middle, Stage.STAGING)
    last = Place()
    found = (await last.take(Export.parse((await away.export(middle)).to_bytes()))).model
    assert [Stage.STAGING, Stage.PRODUCTION] == [origin.stage for origin in origins(found)]
    assert ["carl", "anna"] == [origin.events[0].actor for origin in origins(found)]
    assert [] == origins(await home.registry.find(NAME, stage=Stage.PRODUCTION))


async def test_importing_again_changes_nothing(away, export):
    first = await away.take(export)
    again = await away.take(export)
    assert (True, False) == (first.is_new, again.is_new)
    assert first.model == again.model
    assert 1 == len(await away.registry.history(NAME))
    assert 1 == len(await away.store.list_paths())


async def test_importing_twice_at_once(away, export):
    arrivals = await asyncio.gather(*(away.take(export) for _ in range(4)))
    assert 1 == sum(arrival.is_new for arrival in arrivals)
    assert 1 == len({arrival.model.id for arrival in arrivals})


async def test_an_import_that_is_interrupted_leaves_no_version(away, export, monkeypatch):
    """The bundle may be stored; nobody sees it, and another import finds it there."""
    stored = asyncio.Event()

    async def wait(_candidate, **_options):
        stored.set()
        await asyncio.Event().wait()

    with monkeypatch.context() as patched:
        patched.setattr(away.registry, "register", wait)
        importing = asyncio.create_task(away.take(export))
        await stored.wait()
        importing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await importing
    assert [] == await away.registry.list_models()
    assert (await away.take(export)).is_new
    assert 1 == len(await away.store.list_paths())


async def test_back_to_where_it_comes_from(home, export):
    arrival = await home.take(export)
    assert (False, export.model_id) == (arrival.is_new, arrival.model.id)


async def test_another_model_of_that_version(away, export):
    present = await away.shelf.add(qwk_low=0.9)
    with pytest.raises(ImportConflictError) as caught:
        await away.take(export)
    assert (present.digest, export.bundle.digest) == (
        caught.value.present.digest,
        caught.value.digest,
    )
    assert "--model-name" in caught.value.remedy
    assert [present.model_path] == await away.store.list_paths()
    other = await away.take(export, model_name="from-the-lab")
    assert "from-the-lab" == other.model.model_name
    await verify_bundles(away.store, await away.registry.list_models())


async def test_its_second_may_be_taken_by_another_model(away, export):
    """A place in the store is named after the second; imports may meet another's."""
    neighbour = await away.shelf.add(name="other", qwk_low=0.9)
    found = (await away.take(export)).model
    assert neighbour.model_path != found.model_path
    await verify_bundles(away.store, [neighbour, found])


@pytest.mark.parametrize("name", ["../x", "Ä", "a" * 64, "x\0"])
async def test_names_are_checked(away, export, name):
    with pytest.raises(InvalidCandidateError):
        await away.take(export, model_name=name)
    assert [] == await away.store.list_paths()


async def test_a_digest_that_was_agreed_upon(away, export):
    with pytest.raises(ExportDigestError):
        await away.take(export, expected_digest="0" * 64)
    assert [] == await away.registry.list_models()
    assert (await away.take(export, expected_digest=export.digest.upper())).is_new


async def test_a_damaged_bundle_is_not_exported(home):
    model = await home.shelf.add()
    await home.shelf.damage(model)
    with pytest.raises(DamagedModelError):
        await home.export(model)


async def test_equal_exports_are_equal_bytes(home):
    model = await home.shelf.into_production()
    assert (await home.export(model)).to_bytes() == (await home.export(model)).to_bytes()


class TestFiles:
    async def test_whole_and_for_the_owner_alone(self, export, tmp_path):
        path = tmp_path / "export.zip"
        write_export(path, export.to_bytes())
        assert export.digest == read_export(path).digest
        assert 0o600 == stat.S_IMODE(path.stat().st_mode)
        assert [path] == list(tmp_path.iterdir())

    async def test_a_disk_that_refuses(self, export, tmp_path, monkeypatch):
        def full(_descriptor):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(FileAccessError):
            write_export(tmp_path / "export.zip", export.to_bytes())
        assert [] == list(tmp_path.iterdir())

    def test_no_file(self, tmp_path):
        with pytest.raises(ExportNotFoundError):
            read_export(tmp_path / "absent.zip")
        with pytest.raises(ExportNotFoundError):
            read_export(tmp_path / "absent.zip" / "\udcff")

    def test_no_regular_file(self, tmp_path):
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(InvalidExportError, match="no regular file"):
            read_export(tmp_path / "pipe")
        with pytest.raises((UnreadableExportError, InvalidExportError)):
            read_export(tmp_path)

    def test_too_large(self, tmp_path, monkeypatch):
        monkeypatch.setattr("huleedu_ml_training.registry.transfer.moving.MAX_SIZE", 100)
        (tmp_path / "large").write_bytes(bytes(101))
        with pytest.raises(InvalidExportError, match="100 bytes") as caught:
            read_export(tmp_path / "large")
        assert str(tmp_path / "large") in str(caught.value)


def files_of(export):
    return unpack(export.to_bytes(), lambda _: 10**9)


def reindexed(files):
    """Files with an index that fits them, as a forger would write it."""
    from huleedu_ml_training.export.manifest import FileEntry

    entries = {n: FileEntry.of(d) for n, d in files.items() if n != "export.json"}
    index = {
        "format_version": 1,
        "files": {n: {"size": e.size, "sha256": e.sha256} for n, e in entries.items()},
    }
    return {**files, "export.json": written(index)}


def written(document):
    return f"{json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False)}\n".encode()


def changed(files, name, change):
    document = json.loads(files[name])
    change(document)
    return {**files, name: written(document)}


class TestHostileFiles:
    async def test_an_honest_file_passes_this_way(self, export):
        assert export.digest == Export.parse(pack(reindexed(files_of(export)))).digest

    @pytest.mark.parametrize("name", ["bundle/grader.onnx", "history.json", "record.json"])
    async def test_a_changed_file(self, export, name):
        files = files_of(export)
        with pytest.raises(InvalidExportError, match="not as the index says"):
            Export.parse(pack({**files, name: files[name] + b" "}))

    @pytest.mark.parametrize("name", ["export.json", "history.json", "record.json"])
    async def test_a_missing_file(self, export, name):
        files = files_of(export)
        del files[name]
        with pytest.raises(InvalidExportError, match=f"lacks {name}"):
            Export.parse(pack(files))

    @pytest.mark.parametrize(
        "name",
        ["evil.py", "bundle/evil.py", "bundle/../record.json", "bundle/grader.onnx.data", "../x"],
    )
    async def test_a_file_too_many(self, export, name):
        with pytest.raises(InvalidExportError, match="does not belong"):
            Export.parse(pack(reindexed({**files_of(export), name: b""})))

    async def test_a_forged_bundle(self, export):
        forged = reindexed({**files_of(export), "bundle/grader.onnx": b"another"})
        with pytest.raises(TamperedBundleFileError):
            Export.parse(pack(forged))
        lacking = files_of(export)
        del lacking["bundle/metrics.json"]
        with pytest.raises(BundleError):
            Export.parse(pack(reindexed(lacking)))

    async def test_another_format(self, export):
        files = changed(files_of(export), "export.json", lambda d: d.update(format_version=2))
        with pytest.raises(UnsupportedExportVersionError):
            Export.parse(pack(files))

    @pytest.mark.parametrize(
        "change",
        [
            lambda d: d.update(model_name="../x"),
            lambda d: d.update(model_name=7),
            lambda d: d.update(version="20250101_999999"),
            lambda d: d.update(digest="0" * 64),
            lambda d: d.update(id="no-id"),
            lambda d: d.update(registered_at="2025-01-01T00:00:00"),
            lambda d: d.update(registered_at="yesterday"),
            lambda d: d.update(imported_from=[]),
            lambda d: d.update(more=1),
            lambda d: d.pop("run_id"),
            lambda d: d.update(imported_from={"x": "\ud800"}),
            lambda d: d.update(imported_from=json.loads('{"x":' * 100 + "1" + "}" * 100)),
        ],
    )
    async def test_a_forged_record(self, export, change):
        document = json.loads(files_of(export)["record.json"])
        change(document)
        data = json.dumps(document, indent=1, sort_keys=True).encode()
        with pytest.raises(InvalidExportError):
            Export.parse(pack(reindexed({**files_of(export), "record.json": data})))

    @pytest.mark.parametrize(
        "change",
        [
            lambda events: events.clear(),
            lambda events: events.pop(0),
            lambda events: events.reverse(),
            lambda events: events.append(events[-1]),
            lambda events: events[1].update(version="20250101_999999"),
            lambda events: events[1].update(from_stage="production"),
            lambda events: events[1].update(to_stage="heaven"),
            lambda events: events[1].update(action="blessed"),
            lambda events: events[1].update(id=True),
            lambda events: events[1].update(actor=None),
            lambda events: events[1].update(gate_report="passed"),
            lambda events: events[1].update(more=1),
            lambda events: events[1].pop("reason"),
            lambda events: events.append("promoted"),
        ],
    )
    async def test_a_forged_history(self, export, change):
        files = changed(files_of(export), "history.json", lambda d: change(d["events"]))
        with pytest.raises(InvalidExportError):
            Export.parse(pack(reindexed(files)))

    async def test_documents_in_another_form(self, export):
        files = files_of(export)
        compact = json.dumps(json.loads(files["record.json"])).encode()
        with pytest.raises(InvalidExportError, match="as an export writes them"):
            Export.parse(pack(reindexed({**files, "record.json": compact})))

    async def test_texts_that_a_database_cannot_keep(self, export, away):
        files = changed(
            files_of(export), "history.json", lambda d: d["events"][0].update(actor="x\0y")
        )
        found = (await away.take(Export.parse(pack(reindexed(files))))).model
        assert "x\ufffdy" == origins(found)[0].events[0].actor

    async def test_metadata_that_is_no_origin(self, away):
        bundle = small_bundle(files=small_files())
        model = await away.publisher.adopt(
            bundle, actor="anna", imported_from={"events": "none", "id": 3}
        )
        assert {"events": "none", "id": 3} == model.metadata[ORIGIN]
        assert [] == origins(model)
