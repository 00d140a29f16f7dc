"""Importing essays: once, all good rows, in one transaction."""

import asyncio
import csv
import json
from dataclasses import replace

import pytest
from sqlalchemy import text

from huleedu_ml_training.config import EssayColumns, EssaySource
from huleedu_ml_training.data.column_errors import ColumnTypeError
from huleedu_ml_training.data.columns import parse_mapping
from huleedu_ml_training.data.errors import EmptyDatasetError
from huleedu_ml_training.data.file_errors import MalformedFileError
from huleedu_ml_training.data.files import EssayFile, read_dataset
from huleedu_ml_training.data.import_report import Fate
from huleedu_ml_training.data.importer import EssayImporter
from huleedu_ml_training.data.loader import PostgresDataLoader
from huleedu_ml_training.data.row_errors import MissingColumnsError, RejectedRowsError
from huleedu_ml_training.data.table_errors import (
    ConcurrentWriteError,
    MissingTableError,
    TableAccessError,
    TablePermissionError,
)
from huleedu_ml_training.database.host_tables import HostTables
from huleedu_ml_training.domain.errors import ExitCode
from huleedu_ml_training.domain.text_identity import text_identity
from huleedu_ml_training.testing.essays import ELLIPSE_OVERALL, SWEDISH_8, varied_essays

GOOD = [
    {"id": "1", "text": "one essay", "grade": "A", "prompt": "sea", "ratings": ["A", "B"]},
    {"id": "2", "text": "two essays", "grade": "D+", "created_at": "2025-05-01"},
    {"id": "3", "text": "three essays", "grade": "F", "language": "sv", "metadata": {"a": "b"}},
]


@pytest.fixture
async def importer(engine):
    await HostTables(engine, EssaySource()).create()
    return EssayImporter(engine, EssaySource(), batch_size=2)


@pytest.fixture
def write(tmp_path):
    def written(rows, scale=SWEDISH_8, **options):
        path = tmp_path / "essays.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        return EssayFile(path, scale, **options)

    return written


@pytest.fixture
def stored(engine):
    async def loaded():
        return await PostgresDataLoader(engine, EssaySource(), SWEDISH_8).load()

    return loaded


@pytest.fixture
def count(execute):
    async def counted():
        return (await execute("SELECT count(*) FROM essays"))[0][0]

    return counted


def fates(report):
    return tuple(report.fates[fate] for fate in Fate)


async def test_what_is_imported_is_what_is_in_the_file(importer, write, stored):
    file = write(GOOD, source="school")
    report = await importer.import_file(file)
    assert ((3, 3, (3, 0, 0)), []) == (
        (report.n_read, report.n_kept, fates(report)),
        report.rejected,
    )
    loaded = await stored()
    assert read_dataset(file.path, SWEDISH_8).digest == loaded.digest
    assert ("school",) * 3 == loaded.sources


async def test_digests_of_the_texts_are_stored(importer, write, execute):
    await importer.import_file(write(GOOD[:1]))
    assert [(text_identity("one essay"),)] == await execute("SELECT text_digest FROM essays")


async def test_importing_again_changes_nothing(importer, write, stored):
    await importer.import_file(write(GOOD))
    before = await stored()
    report = await importer.import_file(write(GOOD))
    assert (0, 3, 0) == fates(report)
    assert before.digest == (await stored()).digest


async def test_essays_without_ids_are_known_by_their_texts(importer, write, count):
    rows = [{"text": row["text"], "grade": row["grade"]} for row in GOOD]
    await importer.import_file(write(rows))
    rows[0]["text"] = "  one \n essay\u200b"
    report = await importer.import_file(write(rows))
    assert ([1], (0, 2, 0)) == ([row.row for row in report.rejected], fates(report))
    assert "stored with another text" in report.rejected[0].reason
    assert 3 == await count()


async def test_other_content_under_a_known_id_is_rejected(importer, write, stored):
    await importer.import_file(write(GOOD))
    changed = [GOOD[0], {**GOOD[1], "grade": "C", "prompt": "hill"}]
    report = await importer.import_file(write(changed))
    (rejected,) = report.rejected
    assert (2, "id", "'2'") == (rejected.row, rejected.column, rejected.value)
    assert "is stored with another grade and prompt; --update would replace it" == rejected.reason
    assert 3 == (await stored()).grades[1]


async def test_other_content_replaces_on_demand(importer, write, stored):
    await importer.import_file(write(GOOD))
    changed = [GOOD[0], {**GOOD[1], "text": "two longer essays", "grade": "C"}]
    report = await importer.import_file(write(changed), update=True)
    assert (0, 1, 1) == fates(report)
    loaded = await stored()
    assert ("two longer essays", 4) == (loaded.texts[1], loaded.grades[1])


async def test_what_a_row_does_not_give_replaces_nothing(importer, write, stored):
    await importer.import_file(write(GOOD))
    before = await stored()
    bare = [{name: row[name] for name in ("id", "text", "grade")} for row in GOOD[:2]]
    report = await importer.import_file(write(bare), update=True)
    assert (0, 2, 0) == fates(report)
    assert before.digest == (await stored()).digest


async def test_a_dry_run_writes_nothing_and_says_what_would_be(importer, write, count):
    report = await importer.import_file(write(GOOD), dry_run=True)
    assert (True, (3, 0, 0)) == (report.dry_run, fates(report))
    assert 0 == await count()


class TestBadRows:
    BAD = (*GOOD[:2], {"id": "4", "text": "four", "grade": "Z"}, {"id": "5", "grade": "A"})

    async def test_good_rows_are_imported_and_bad_ones_reported(self, importer, write, count):
        report = await importer.import_file(write(self.BAD))
        assert [(3, "grade", "'Z'"), (4, "text", "")] == [
            (row.row, row.column, row.value) for row in report.rejected
        ]
        assert (4, 2) == (report.n_read, await count())

    async def test_strict_imports_all_or_none(self, importer, write, count):
        with pytest.raises(RejectedRowsError) as caught:
            await importer.import_file(write(self.BAD), strict=True)
        assert ExitCode.INVALID_DATA == caught.value.exit_code
        assert "correct these rows; nothing was written" == caught.value.remedy
        assert 0 == await count()

    async def test_nothing_but_bad_rows_is_an_error(self, importer, write):
        with pytest.raises(RejectedRowsError, match="2 of 2 rows of"):
            await importer.import_file(write(self.BAD[2:]))

    async def test_no_row_at_all_is_an_error(self, importer, tmp_path):
        (tmp_path / "e.csv").write_text("text,grade\n")
        with pytest.raises(EmptyDatasetError):
            await importer.import_file(EssayFile(tmp_path / "e.csv", SWEDISH_8))

    async def test_a_file_that_breaks_off_leaves_nothing_behind(self, importer, tmp_path, count):
        path = tmp_path / "e.csv"
        path.write_text("id,text,grade\n" + "".join(f"{i},text {i},A\n" for i in range(9)) + '9,"')
        with pytest.raises(MalformedFileError):
            await importer.import_file(EssayFile(path, SWEDISH_8))
        assert 0 == await count()


async def test_an_interrupted_import_leaves_nothing_behind(importer, write, count):
    read = []

    def interrupt(n_read):
        read.append(n_read)
        if n_read == 2:
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await importer.import_file(write(GOOD), progress=interrupt)
    assert ([2], 0) == (read, await count())


async def test_progress_counts_rows(importer, write):
    seen = []
    await importer.import_file(write(GOOD), progress=seen.append)
    assert [2, 3] == seen


async def test_two_imports_at_once_store_every_essay_once(importer, write, count):
    file = write([{"id": str(i), "text": f"essay {i}", "grade": "A"} for i in range(20)])
    reports = await asyncio.gather(*(importer.import_file(file) for _ in range(3)))
    assert [(0, 20, 0), (0, 20, 0), (20, 0, 0)] == sorted(map(fates, reports))
    assert 20 == await count()


async def test_a_host_that_writes_at_the_same_time_is_noticed(
    engine, importer, write, count, execute
):
    insert = text(
        "INSERT INTO essays (id, text, grade, scale, text_digest) "
        "VALUES ('3', 'mine', 'A', 'swedish_8', '')"
    )
    n_waiting = (
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE application_name = current_schema() AND wait_event_type = 'Lock'"
    )
    async with engine.connect() as host:
        await host.execute(insert)
        task = asyncio.create_task(importer.import_file(write(GOOD)))
        for _ in range(1000):
            if await execute(n_waiting) == [(1,)]:
                break
            await asyncio.sleep(0.01)
        await host.commit()
    with pytest.raises(ConcurrentWriteError, match="run the import again"):
        await task
    assert 1 == await count()


class TestTables:
    async def test_only_the_columns_that_the_settings_map_are_written(self, engine, write, schema):
        columns = EssayColumns(id="nr", text="body", ratings=None, metadata=None, prompt="Topic")
        source = EssaySource(schema=schema, table='the "essays"', columns=columns)
        await HostTables(engine, source).create()
        importer = EssayImporter(engine, source)
        assert (3, 0, 0) == fates(await importer.import_file(write(GOOD)))
        assert (0, 3, 0) == fates(await importer.import_file(write(GOOD)))
        loaded = await PostgresDataLoader(engine, source, SWEDISH_8).load()
        assert (("sea", None, None), 0) == (loaded.prompts, loaded.ratings.shape[1])

    async def test_a_table_that_is_not_there(self, engine, write):
        with pytest.raises(MissingTableError, match="db create-host-tables"):
            await EssayImporter(engine, EssaySource()).import_file(write(GOOD))

    async def test_a_rule_of_the_host_that_the_essays_break(self, importer, execute, write, count):
        await execute("ALTER TABLE essays ADD CONSTRAINT long CHECK (length(text) > 9)")
        with pytest.raises(TableAccessError, match='violates check constraint "long"'):
            await importer.import_file(write(GOOD))
        assert 0 == await count()

    async def test_a_column_that_cannot_hold_the_values(self, importer, execute, write):
        await execute("ALTER TABLE essays ALTER prompt TYPE varchar, ALTER grade TYPE char(3)")
        with pytest.raises(ColumnTypeError, match="'grade' of essays is of type character"):
            await importer.import_file(write(GOOD))

    async def test_a_role_that_may_only_read(self, importer, execute, write, reader):
        role, engine = reader
        await execute(f"GRANT USAGE ON SCHEMA {engine.url.query['search_path']} TO {role}")
        await execute(f"GRANT SELECT ON essays TO {role}")
        reading = EssayImporter(engine, EssaySource())
        with pytest.raises(TablePermissionError) as caught:
            await reading.import_file(write(GOOD))
        await execute(*caught.value.statements)
        assert (3, 0, 0) == fates(await reading.import_file(write(GOOD)))


async def test_a_data_set_is_imported_as_a_file_is(importer, stored):
    dataset = varied_essays()
    report = await importer.import_dataset(dataset, name="varied essays")
    assert ("varied essays", (8, 0, 0)) == (report.source, fates(report))
    assert dataset.digest == (await stored()).digest
    changed = replace(dataset, prompts=("lake", *dataset.prompts[1:]))
    report = await importer.import_dataset(changed, update=True)
    assert (0, 7, 1) == fates(report)


@pytest.mark.corpus
class TestEllipse:
    """The corpus as it is published, all 1,789 essays of the development file."""

    async def test_every_row_is_kept_and_says_what_it_said(self, engine, ellipse_csv):
        await HostTables(engine, EssaySource()).create()
        importer = EssayImporter(engine, EssaySource())
        file = EssayFile(ellipse_csv, ELLIPSE_OVERALL, file_format="ellipse")
        report = await importer.import_file(file)
        assert ((1789, 0, 0), []) == (fates(report), report.rejected)
        assert (0, 1789, 0) == fates(await importer.import_file(file))
        loaded = await PostgresDataLoader(engine, EssaySource(), ELLIPSE_OVERALL).load()
        assert [1, 8, 154, 310, 677, 346, 249, 38, 6] == loaded.grade_counts.tolist()
        assert (1789, 30) == (len(set(loaded.texts)), len(set(loaded.prompts)))
        assert {"ellipse"} == set(loaded.sources)
        assert {
            "gender",
            "race_ethnicity",
            "school_year",
            "ses",
            "task",
            "set",
        } == set(loaded.metadata)
        assert {"8", "9", "10", "11", "12"} == set(loaded.metadata["school_year"])
        with ellipse_csv.open(encoding="utf-8", newline="") as stream:
            texts = {row["text_id_kaggle"]: row["full_text"] for row in csv.DictReader(stream)}
        assert texts == dict(zip(loaded.essay_ids, loaded.texts, strict=True))

    def test_its_columns_are_recognised(self, ellipse_csv):
        assert 1789 == len(read_dataset(ellipse_csv, ELLIPSE_OVERALL))

    def test_it_is_no_plain_csv(self, ellipse_csv):
        with pytest.raises(MissingColumnsError, match="pass --format ellipse"):
            read_dataset(
                ellipse_csv,
                ELLIPSE_OVERALL,
                file_format="csv",
                mapping=parse_mapping(["id=nr"]),
            )
