"""The store in Parquet files: the contract, kills, many processes, and damaged files."""

import asyncio
import os
import random
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import structlog
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pyarrow import parquet

from huleedu_essay_features import FeatureDefinition, FeatureSchema
from huleedu_ml_training.data.file_errors import FileAccessError
from huleedu_ml_training.features.parquet.directory import SchemaDirectory
from huleedu_ml_training.features.parquet.errors import (
    DamagedFeatureFileError,
    ForeignFeatureFileError,
)
from huleedu_ml_training.features.parquet.store import ParquetFeatureStore
from huleedu_ml_training.features.protocols import FeatureKey
from huleedu_ml_training.testing.feature_store_suite import FeatureStoreSuite

DIGEST = "5" * 64
SCHEMA = FeatureSchema(features=(FeatureDefinition("words", "structure", "count", "Words."),))


def key(number, schema=DIGEST):
    return FeatureKey(f"{number:064x}", schema, "9" * 64)


def batch(numbers, width=4):
    return {key(n): np.full(width, n, dtype=np.float32) for n in numbers}


def parts(root, digest=DIGEST):
    return sorted((root / digest).glob("part-*.parquet"))


@pytest.fixture
def root(tmp_path):
    return tmp_path / "features"


@pytest.fixture
def store(root):
    return ParquetFeatureStore(root)


class TestParquetFeatureStore(FeatureStoreSuite):
    @pytest.fixture
    def open_store(self, root):
        async def open_store():
            return ParquetFeatureStore(root)

        return open_store


class TestTheBits:
    @settings(max_examples=60, deadline=None)
    @given(
        rows=st.lists(
            arrays(np.uint32, st.integers(1, 40), elements=st.integers(0, 2**32 - 1)),
            min_size=1,
            max_size=5,
        )
    )
    def test_every_pattern_of_bits_comes_back(self, rows, tmp_path_factory):
        """Payloads of NaN too, though nobody asked for that."""
        root = tmp_path_factory.mktemp("bits")
        vectors = {key(n): bits.view(np.float32) for n, bits in enumerate(rows)}
        asyncio.run(ParquetFeatureStore(root).put(vectors))
        got = asyncio.run(ParquetFeatureStore(root).get(list(vectors)))
        assert [bits.tolist() for bits in rows] == [
            got[key(n)].view(np.uint32).tolist() for n in range(len(rows))
        ]

    async def test_other_tools_can_read_it(self, store, root):
        await store.put(batch([1, 2]))
        (path,) = parts(root)
        table = parquet.read_table(path)
        assert [[1] * 4, [2] * 4] == table.column("vector").to_pylist()
        assert bytes.fromhex(key(1).text_digest) == table.column("text_digest")[0].as_py()

    @pytest.mark.parametrize("vector", [np.empty(0, np.float32), np.ones((2, 2), np.float32)])
    async def test_what_is_no_vector_is_refused_and_nothing_is_stored(self, store, vector):
        with pytest.raises(ValueError, match="shape"):
            await store.put({**batch([1]), key(2): vector})
        assert 0 == await store.count(DIGEST)

    @pytest.mark.parametrize("digest", ["../../etc", "A" * 64, "5" * 63, ""])
    async def test_a_digest_is_never_a_path(self, store, digest):
        with pytest.raises(ValueError, match="is not a sha256 digest"):
            await store.count(digest)


class TestReadingLittle:
    async def test_only_row_groups_with_wanted_rows_are_read(self, store, root):
        """A byte changed in one row group is noticed by readers of that group alone."""
        await store.put(batch(range(2000), width=50))
        (path,) = parts(root)
        group = parquet.ParquetFile(path).metadata.row_group(2)
        data = bytearray(path.read_bytes())
        data[group.column(2).data_page_offset + 100] ^= 1
        path.write_bytes(data)
        fresh = ParquetFeatureStore(root)
        found = await fresh.get([key(n) for n in (0, 1023, 1536, 1999)])
        assert [0, 1023, 1536, 1999] == sorted(int(vector[0]) for vector in found.values())
        with pytest.raises(DamagedFeatureFileError, match=path.name):
            await fresh.get([key(1024)])

    async def test_one_reader_sees_what_another_wrote_later(self, store, root):
        other = ParquetFeatureStore(root)
        assert {} == await store.get([key(1)])
        await other.put(batch([1]))
        assert {key(1)} == set(await store.get([key(1)]))


class TestCompaction:
    async def test_many_small_parts_become_few(self, store, root):
        for n in range(100):
            await store.put(batch([n]))
        assert len(parts(root)) < 40
        fresh = ParquetFeatureStore(root)
        assert 100 == await fresh.count(DIGEST)
        found = await fresh.get([key(n) for n in range(100)])
        assert list(range(100)) == [int(found[key(n)][0]) for n in range(100)]

    async def test_merged_parts_are_merged_again_and_large_ones_left(self, store, root):
        await store.put(batch(range(10_000, 11_025), width=1))
        (large,) = parts(root)
        for start in range(0, 31 * 40, 40):
            await store.put(batch(range(start, start + 40)))
        assert 31 + 1 == len(parts(root))
        for start in range(2000, 2064, 2):  # together as large as those of 40
            await store.put(batch(range(start, start + 2)))
        assert 2 == len(parts(root))
        assert large in parts(root)
        assert 1025 + 31 * 40 + 64 == await ParquetFeatureStore(root).count(DIGEST)

    async def test_a_key_in_two_parts_keeps_the_older_vector(self, store, root, tmp_path):
        """As a compaction leaves them that was killed before it removed the old parts."""
        twin = ParquetFeatureStore(tmp_path / "twin")
        await store.put(batch([1]))
        await twin.put({key(1): np.full(4, -1, np.float32)})
        (newer,) = parts(tmp_path / "twin")
        newer.rename(root / DIGEST / newer.name)
        for n in range(2, 40):
            await store.put(batch([n]))
        fresh = ParquetFeatureStore(root)
        assert 39 == await fresh.count(DIGEST)
        assert 1 == (await fresh.get([key(1)]))[key(1)][0]

    async def test_readers_of_another_process_see_every_key_all_the_time(self, store, root):
        """While parts come, are merged and disappear."""
        await store.put(batch(range(1000)))
        stop, seen = threading.Event(), []

        def read():
            reader = ParquetFeatureStore(root)
            wanted = [key(n) for n in range(0, 1000, 37)]
            while not stop.is_set():
                seen.append(len(asyncio.run(reader.get(wanted))))

        thread = threading.Thread(target=read)
        thread.start()
        for n in range(1000, 1130):
            await store.put(batch([n]))
        stop.set()
        thread.join()
        assert {28} == set(seen)

    def test_a_reader_that_a_compaction_overtakes_reads_again(self, store, root):
        for n in range(31):
            asyncio.run(store.put(batch([n])))

        class Overtaken(SchemaDirectory):
            def parts(self):
                listed = super().parts()
                asyncio.run(store.put(batch([31])))
                return listed

        raw = [bytes.fromhex(key(n).text_digest + key(n).prompt_digest) for n in range(31)]
        found = Overtaken(root / DIGEST).get(raw)
        assert 1 == len(parts(root))
        assert list(range(31)) == sorted(int(vector[0]) for _, vector in found)

    async def test_a_failure_is_logged_and_what_was_put_is_there(self, store, root):
        for n in range(31):
            await store.put(batch([n]))
        damaged = parts(root)[3]
        data = bytearray(damaged.read_bytes())
        page = parquet.ParquetFile(damaged).metadata.row_group(0).column(2).data_page_offset
        data[page + 40] ^= 1
        damaged.write_bytes(data)
        with structlog.testing.capture_logs() as logs:
            await store.put(batch([31]))
        assert ["feature_store_compaction_failed"] == [line["event"] for line in logs]
        assert damaged.name in logs[0]["error"]
        assert 32 == await ParquetFeatureStore(root).count(DIGEST)


CHILD = """
import asyncio, os, signal, sys
from pathlib import Path
import numpy as np
from huleedu_ml_training.features.parquet.store import ParquetFeatureStore
from huleedu_ml_training.features.protocols import FeatureKey

root, first, step, fatal = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
calls = 0
def dying(call):
    def wrapped(*arguments, **options):
        global calls
        calls += 1
        if calls == fatal:
            os.kill(os.getpid(), signal.SIGKILL)
        return call(*arguments, **options)
    return wrapped
if fatal:
    for name in ("fsync", "rename", "replace", "unlink"):
        setattr(os, name, dying(getattr(os, name)))
store = ParquetFeatureStore(Path(root))
for n in range(first, first + 60 * step, step):
    key = FeatureKey(f"{n:064x}", "5" * 64, "9" * 64)
    asyncio.run(store.put({key: np.full(4, n, dtype=np.float32)}))
    print(n, flush=True)
"""

IN_COMPACTION = (131, 132, 133, 134, 135, 136, 150, 167)
"""Steps of the 32nd put: before, while and after parts are replaced by one."""


def start_child(root, first, step, fatal=0):
    arguments = [sys.executable, "-c", CHILD, str(root), str(first), str(step), str(fatal)]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)


class TestProcesses:
    async def test_two_writers_and_nothing_is_lost_or_doubled(self, root):
        """Each puts 60 keys, of which 30 are the other's too."""
        children = [start_child(root, 0, 1), start_child(root, 30, 1)]
        assert [60, 60] == [len(child.communicate(timeout=120)[0].split()) for child in children]
        store = ParquetFeatureStore(root)
        assert 90 == await store.count(DIGEST)
        found = await store.get([key(n) for n in range(90)])
        assert list(range(90)) == [int(found[key(n)][0]) for n in range(90)]
        assert 90 == sum(parquet.ParquetFile(path).metadata.num_rows for path in parts(root))

    @pytest.mark.parametrize("fatal", [1, 2, 3, 4, 5, 6, 7, 70, *IN_COMPACTION, 200])
    async def test_killed_at_any_step_it_keeps_what_it_acknowledged(self, root, fatal):
        child = start_child(root, 0, 1, fatal)
        acknowledged = [int(n) for n in child.communicate(timeout=120)[0].split()]
        assert -signal.SIGKILL == child.returncode
        store = ParquetFeatureStore(root)
        found = await store.get([key(n) for n in range(60)])
        assert set(acknowledged) <= {int(vector[0]) for vector in found.values()}
        assert len(found) <= len(acknowledged) + 1
        if fatal in IN_COMPACTION:
            assert (31, 32) == (len(acknowledged), len(found))
        await store.put(batch(range(60)))
        assert 60 == await ParquetFeatureStore(root).count(DIGEST)

    async def test_killed_from_outside_at_any_moment(self, root):
        child = start_child(root, 0, 1)
        acknowledged = [int(child.stdout.readline()) for _ in range(random.Random(4).randrange(60))]
        child.kill()
        acknowledged += [int(n) for n in child.communicate()[0].split()]
        found = await ParquetFeatureStore(root).get([key(n) for n in acknowledged])
        assert acknowledged == [int(found[key(n)][0]) for n in acknowledged]

    async def test_what_a_killed_writer_left_is_ignored_and_swept_a_day_later(self, store, root):
        await store.remember_schema(SCHEMA)
        left = [root / SCHEMA.digest / f".tmp-{name}" for name in ("old", "new")]
        for path in left:
            path.write_bytes(b"PAR1 half a file")
        os.utime(left[0], (0, 0))
        assert 0 == await store.count(SCHEMA.digest)
        await store.remember_schema(SCHEMA)
        assert [False, True] == [path.exists() for path in left]


def cut(path):
    path.write_bytes(path.read_bytes()[:-20])


def empty(path):
    path.write_bytes(b"")


def overwrite(path):
    path.write_text("id,text\n")


def replace_by_another_table(path):
    parquet.write_table(pa.table({"a": [1]}), path)


def garble_a_name(path):
    """Make a column's name in the footer no UTF-8."""
    path.write_bytes(path.read_bytes().replace(b"checksum", b"che\xdfksum"))


def stray(path):
    """Make it a part of another schema."""
    asyncio.run(ParquetFeatureStore(path.parents[2] / "twin").put({key(7, "6" * 64): np.ones(1)}))
    (other,) = parts(path.parents[2] / "twin", "6" * 64)
    path.write_bytes(other.read_bytes())


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """Name and content of a part, and its vectors."""
    root = tmp_path_factory.mktemp("sound")
    vectors = {key(n): np.arange(30, dtype=np.float32) * n for n in range(8)}
    asyncio.run(ParquetFeatureStore(root).put(vectors))
    (path,) = parts(root)
    return path.name, path.read_bytes(), vectors


class TestDamage:
    @pytest.mark.parametrize(
        "harm", [cut, empty, overwrite, replace_by_another_table, garble_a_name, stray]
    )
    def test_a_damaged_part_is_named(self, root, harm):
        asyncio.run(ParquetFeatureStore(root).put(batch([1])))
        (path,) = parts(root)
        harm(path)
        for read in (
            lambda store: store.get([key(1)]),
            lambda store: store.count(DIGEST),
            lambda store: store.present([key(1)]),
            lambda store: store.put(batch([2])),
            lambda store: store.holdings(),
        ):
            with pytest.raises(DamagedFeatureFileError) as caught:
                asyncio.run(read(ParquetFeatureStore(root)))
            assert path == caught.value.path

    @settings(max_examples=250, deadline=None)
    @given(data=st.data())
    def test_a_changed_bit_never_gives_a_wrong_vector(self, sound, data, tmp_path_factory):
        name, content, vectors = sound
        bit = data.draw(st.integers(0, len(content) * 8 - 1))
        changed = bytearray(content)
        changed[bit // 8] ^= 1 << bit % 8
        directory = tmp_path_factory.mktemp("changed") / DIGEST
        directory.mkdir()
        (directory / name).write_bytes(changed)
        with suppress(DamagedFeatureFileError):
            found = asyncio.run(ParquetFeatureStore(directory.parent).get(list(vectors)))
            for each, vector in found.items():
                assert vectors[each].tobytes() == vector.tobytes()

    @pytest.mark.parametrize("name", ["notes.txt", "part-1.parquet", "sub"])
    async def test_foreign_files_in_a_schema_are_named(self, store, root, name):
        await store.put(batch([1]))
        path = root / DIGEST / name
        path.mkdir() if name == "sub" else path.write_text("hello")
        with pytest.raises(ForeignFeatureFileError) as caught:
            await store.get([key(1)])
        assert path == caught.value.path

    @pytest.mark.parametrize("name", ["notes", "6" * 64])
    async def test_foreign_files_beside_schemas_are_named_when_all_are_listed(
        self, store, root, name
    ):
        await store.put(batch([1]))
        (root / name).write_text("hello")
        with pytest.raises(ForeignFeatureFileError, match=name):
            await store.holdings()
        assert 1 == await store.count(DIGEST)

    @pytest.mark.parametrize("text", ["{", "[]", "{}", '{"schema_version": 1}'])
    async def test_a_changed_schema_document_is_named(self, store, root, text):
        await store.remember_schema(SCHEMA)
        path = root / SCHEMA.digest / "schema.json"
        path.write_text(text)
        for call in (store.holdings, lambda: store.remember_schema(SCHEMA)):
            with pytest.raises(DamagedFeatureFileError, match=r"schema\.json"):
                await call()

    async def test_what_the_operating_system_refuses_names_the_file(self, tmp_path):
        in_the_way = tmp_path / "file"
        in_the_way.write_text("")
        store = ParquetFeatureStore(in_the_way)
        for call in (lambda: store.put(batch([1])), store.holdings):
            with pytest.raises(FileAccessError, match=str(in_the_way)):
                await call()

    async def test_a_full_disk_leaves_nothing_behind(self, store, root, monkeypatch):
        """The real call fails as the operating system lets it fail."""
        await store.put(batch([1]))
        before = sorted(root.rglob("*"))

        def full(_):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(FileAccessError, match="No space left"):
            await store.put(batch([2]))
        monkeypatch.undo()
        assert before == sorted(root.rglob("*"))
        assert {key(1)} == set(await ParquetFeatureStore(root).get([key(1), key(2)]))


def test_files_are_for_their_owner_alone(root):
    asyncio.run(ParquetFeatureStore(root).put(batch([1])))
    assert {0o600} == {path.stat().st_mode & 0o777 for path in (root / DIGEST).iterdir()}
    assert {0o700} == {path.stat().st_mode & 0o777 for path in (root, Path(root / DIGEST))}
