"""The ``features`` commands as people and programs run them."""

import asyncio
import csv
import json
import signal

import numpy as np
import pytest
from pyarrow import parquet
from typer.testing import CliRunner

from huleedu_essay_features import FeatureSchema
from huleedu_ml_training.cli.app import app
from huleedu_ml_training.config import FeatureSettings
from huleedu_ml_training.data.demo_corpus import generate_demo_corpus
from huleedu_ml_training.data.writers import write_dataset
from huleedu_ml_training.domain.errors import ExitCode
from huleedu_ml_training.features.inputs import essay_inputs, feature_keys
from huleedu_ml_training.features.parquet.store import ParquetFeatureStore
from huleedu_ml_training.features.pipelines import open_pipeline
from huleedu_ml_training.testing.essays import varied_essays

LIGHT = FeatureSettings(embedder="none", parser="none", checker="none", workers=1)
LIGHT_OPTIONS = (
    *("--set", "features.embedder=none"),
    *("--set", "features.parser=none"),
    *("--set", "features.checker=none"),
    *("--set", "features.workers=1"),
)
NO_DATABASE = "postgresql://nobody@127.0.0.1:1/nothing"


@pytest.fixture
def run():
    """A function that runs a features command and returns what it printed and its exit code."""

    def ran(command, *arguments):
        options = [command, *LIGHT_OPTIONS, *map(str, arguments)]
        return CliRunner().invoke(app, ["features", *options])

    return ran


@pytest.fixture
def read_json(run):
    """A function that runs a features command with ``--json`` and returns its document."""

    def read(command, *arguments, exit_code=ExitCode.DONE):
        result = run(command, *arguments, "--json")
        assert exit_code == result.exit_code, result.output
        return json.loads(result.stdout)

    return read


@pytest.fixture(scope="module")
def schema():
    return open_pipeline(LIGHT).schema


@pytest.fixture
def essays(tmp_path):
    """Eight essays, five of them in English and three in Swedish."""
    path = tmp_path / "essays.parquet"
    write_dataset(varied_essays(), path)
    return path


@pytest.fixture
def parquet_store(tmp_path, monkeypatch):
    """The commands keep features in files; a database would be an error."""
    directory = tmp_path / "store"
    monkeypatch.setenv("HULEEDU_ML_FEATURES__STORE", "parquet")
    monkeypatch.setenv("HULEEDU_ML_FEATURES__STORE_DIR", str(directory))
    monkeypatch.setenv("HULEEDU_ML_DATABASE_URL", NO_DATABASE)
    return directory


@pytest.fixture
def database(database_url, monkeypatch):
    """The commands work on the essays and features of a fresh database."""
    monkeypatch.setenv("HULEEDU_ML_DATABASE_URL", database_url)
    assert ExitCode.DONE == CliRunner().invoke(app, ["db", "create-host-tables"]).exit_code


def counts(document):
    return document["n_essays"], document["n_stored"], document["n_computed"]


def check_all_four(read_json, schema, output, options=()):
    """Extract, look, verify and write out eight essays."""
    before = read_json("status", *options)
    assert {"n_essays": 8, "n_stored": 0, "n_missing": 8} == before["coverage"]
    first = read_json("extract", *options, "--language", "sv")
    assert (3, 0, 3) == counts(first)
    again = read_json("extract", *options)
    assert (8, 3, 5) == counts(again)
    assert (schema.digest, len(schema)) == (
        again["schema_digest"],
        again["report"]["n_features"],
    )
    assert (8, 8, 0) == counts(read_json("extract", *options))
    found = read_json("status", *options)
    assert {"n_essays": 8, "n_stored": 8, "n_missing": 0} == found["coverage"]
    (held,) = found["schemas"]
    assert (schema.digest, 8, True) == (held["digest"], held["n_vectors"], held["current"])
    verified = read_json("verify", *options, "--sample", 5)
    assert (5, 8, 8) == (verified["n_checked"], verified["n_stored"], verified["n_essays"])
    exported = read_json("export", output, *options)
    assert (8, len(schema), schema.digest) == (
        exported["n_essays"],
        exported["n_features"],
        exported["schema_digest"],
    )


@pytest.mark.usefixtures("database")
class TestOnADatabase:
    def test_all_four(self, read_json, essays, schema, tmp_path):
        assert ExitCode.DONE == CliRunner().invoke(app, ["data", "import", str(essays)]).exit_code
        check_all_four(read_json, schema, tmp_path / "out.parquet")

    def test_status_without_essays_says_so(self, run, read_json):
        assert read_json("status")["coverage"] is None
        result = run("status")
        assert "no essays to look for" in result.stderr

    def test_what_a_host_computes_is_not_extracted(self, read_json):
        setting = ("--set", "essays.features.table=vectors")
        document = read_json("extract", *setting, exit_code=ExitCode.USAGE)
        assert "host-keeps-features" == document["error"]["code"]
        assert "vectors" in document["error"]["what"]


class TestOnAFileWithoutADatabase:
    def test_all_four(self, parquet_store, read_json, essays, schema, tmp_path):
        output = tmp_path / "out.parquet"
        check_all_four(read_json, schema, output, ("--file", essays))
        assert [schema.digest] == [path.name for path in parquet_store.iterdir()]

        table = parquet.read_table(output)
        assert ["essay_id", "grade", "prompt", *schema.names] == table.column_names
        metadata = table.schema.metadata
        assert schema.digest == metadata[b"huleedu.feature_schema_digest"].decode()
        document = json.loads(metadata[b"huleedu.feature_schema"])
        assert schema.digest == FeatureSchema.from_dict(document).digest
        order = sorted(varied_essays().essay_ids)
        assert order == table.column("essay_id").to_pylist()
        dataset = varied_essays().take(np.argsort(varied_essays().essay_ids))
        expected = open_pipeline(LIGHT).extract(essay_inputs(dataset))
        got = np.column_stack([table.column(name).to_numpy() for name in schema.names])
        assert expected.tobytes() == got.astype(np.float32).tobytes()
        labels = [dataset.scale.labels[grade] for grade in dataset.grades]
        assert labels == table.column("grade").to_pylist()
        assert list(dataset.prompts) == table.column("prompt").to_pylist()

    @pytest.mark.usefixtures("parquet_store")
    def test_csv_has_the_same_numbers(self, read_json, essays, schema, tmp_path):
        read_json("extract", "--file", essays)
        for name in ("out.csv", "out.parquet"):
            read_json("export", tmp_path / name, "--file", essays)
        with (tmp_path / "out.csv").open(newline="", encoding="utf-8") as stream:
            rows = list(csv.DictReader(stream))
        table = parquet.read_table(tmp_path / "out.parquet")
        for name in schema.names:
            column = [np.nan if not row[name] else float(row[name]) for row in rows]
            np.testing.assert_array_equal(
                table.column(name).to_numpy(), np.array(column, dtype=np.float32)
            )

    @pytest.mark.usefixtures("parquet_store")
    def test_an_export_replaces_nothing_unless_told_to(self, read_json, essays, tmp_path):
        output = tmp_path / "out.csv"
        output.write_text("mine")
        read_json("extract", "--file", essays)
        options = ("export", output, "--file", essays)
        refused = read_json(*options, exit_code=ExitCode.NOT_FOUND_OR_CONFLICT)
        assert ("output-file-exists", "mine") == (refused["error"]["code"], output.read_text())
        assert 8 == read_json(*options, "--force")["n_essays"]
        assert "essay_id,grade,prompt," == output.read_text()[:22]
        assert sorted(["essays.parquet", "out.csv", "store"]) == sorted(
            path.name for path in tmp_path.iterdir() if path.name != "home"
        )

    @pytest.mark.usefixtures("parquet_store")
    @pytest.mark.parametrize(
        ("arguments", "exit_code", "code"),
        [
            (("extract", "--file", "absent.csv"), 4, "data-file-not-found"),
            (("extract", "--file", "{essays}", "--language", "fi"), 5, "empty-dataset"),
            (("extract", "--file", "{essays}", "--since", "soon"), 2, "invalid-selection"),
            (("extract", "--file", "{essays}", "--scale", "U,G"), 5, "rejected-rows"),
            (("extract",), 6, "database-unavailable"),
            (("verify", "--file", "{essays}"), 4, "features-not-extracted"),
            (("export", "out.parquet", "--file", "{essays}"), 4, "features-not-extracted"),
            (("export", "out.txt", "--file", "{essays}"), 2, "unknown-file-format"),
            (("export", "out.jsonl", "--file", "{essays}"), 2, "unknown-file-format"),
        ],
    )
    def test_wrong_input_is_told_in_the_house_style(
        self, read_json, run, essays, tmp_path, monkeypatch, arguments, exit_code, code
    ):
        monkeypatch.chdir(tmp_path)
        arguments = [str(each).format(essays=essays) for each in arguments]
        error = read_json(*arguments, exit_code=exit_code)["error"]
        assert (code, exit_code) == (error["code"], error["exit_code"])
        result = run(*arguments)
        assert f"error[{code}]: " in result.stderr
        assert "Traceback" not in result.output
        assert not (tmp_path / "out.parquet").exists()

    def test_a_changed_vector_is_found_and_named(self, parquet_store, read_json, essays, schema):
        dataset = varied_essays()
        (row,) = (i for i, essay_id in enumerate(dataset.essay_ids) if essay_id == "a10")
        (true,) = open_pipeline(LIGHT).extract([essay_inputs(dataset)[row]])
        false = true.copy()
        changed = [schema.names.index(name) for name in ("total_words", "fkgl")]
        false[changed] = np.nextafter(true[changed], np.float32(np.inf))
        key = feature_keys(essay_inputs(dataset), schema.digest)[row]
        asyncio.run(ParquetFeatureStore(parquet_store).put({key: false}))
        assert (8, 1, 7) == counts(read_json("extract", "--file", essays))
        options = ("verify", "--file", essays)
        error = read_json(*options, exit_code=ExitCode.INVALID_DATA)["error"]
        assert "stored-features-differ" == error["code"]
        assert {"a10": ["fkgl", "total_words"]} == {
            essay: sorted(names) for essay, names in error["differences"].items()
        }
        assert "'a10'" in error["what"]
        assert "total_words" in error["what"]

    @pytest.mark.usefixtures("parquet_store")
    def test_a_sample_is_drawn_by_its_seed(self, read_json, essays):
        read_json("extract", "--file", essays, "--language", "en")
        found = read_json("verify", "--file", essays, "--sample", 100, "--seed", 1)
        assert (5, 5, 8, 1) == tuple(
            found[name] for name in ("n_checked", "n_stored", "n_essays", "seed")
        )

    @pytest.mark.usefixtures("parquet_store")
    def test_what_differs_in_another_schema_is_named(self, read_json, run, essays, schema):
        read_json("extract", "--file", essays, "--set", "features.lix=true")
        read_json("extract", "--file", essays, "--language", "sv")
        found = read_json("status", "--file", essays)
        assert [(True, 3), (False, 8)] == [
            (held["current"], held["n_vectors"]) for held in found["schemas"]
        ]
        other = found["schemas"][1]
        assert ["lix"] == other["columns"]
        assert len(schema) + 1 == other["n_features"]
        assert {"n_essays": 8, "n_stored": 3, "n_missing": 5} == found["coverage"]
        named = {each["name"]: (each["stored"], each["current"]) for each in other["backends"]}
        assert ("true", "false") == named["pipeline.lix"]
        text = run("status", "--file", essays).stdout
        assert "columns lix" in text
        assert "pipeline.lix" in text
        assert "3 have features, 5 lack them" in text

    def test_a_damaged_store_is_named(self, parquet_store, read_json, essays):
        read_json("extract", "--file", essays)
        (part,) = parquet_store.glob("*/part-*.parquet")
        part.write_bytes(part.read_bytes()[:100])
        for arguments in (("extract",), ("status",), ("verify",), ("export", "out.parquet")):
            error = read_json(*arguments, "--file", essays, exit_code=ExitCode.INFRASTRUCTURE)
            assert "damaged-feature-file" == error["error"]["code"]
            assert str(part) in error["error"]["what"]

    @pytest.mark.usefixtures("parquet_store")
    def test_people_get_tables_on_stdout(self, run, essays):
        result = run("extract", "--file", essays)
        assert ExitCode.DONE == result.exit_code
        assert "computed now" in result.stdout
        assert "Columns to look at" in result.stdout
        assert "Extracting features" in result.stderr
        assert "equal to the bit" in run("verify", "--file", essays).stdout


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """A file of 120 essays."""
    path = tmp_path_factory.mktemp("many") / "essays.parquet"
    write_dataset(generate_demo_corpus(120, 7), path)
    return path


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGKILL])
def test_stopped_it_goes_on_where_it_was(grader, interrupt_when, many, tmp_path, sent):
    store = tmp_path / "store"
    command = (
        *("features", "extract", "--file", str(many), "--json", *LIGHT_OPTIONS),
        *("--set", "features.store=parquet", "--set", f"features.store_dir={store}"),
    )
    process = grader.start(*command, "--set", "features.batch_size=2")
    stopped = interrupt_when(process, lambda: len(list(store.glob("*/part-*"))) > 3, sent)
    if sent == signal.SIGKILL:
        assert -sent == stopped.code
    else:
        assert ExitCode.INTERRUPTED == stopped.code
        assert "extraction-interrupted" == stopped.document["error"]["code"]
        assert "Traceback" not in stopped.err
    resumed = grader.json(*command)
    assert 120 == resumed["n_essays"] == resumed["n_stored"] + resumed["n_computed"]
    assert 6 < resumed["n_stored"] < 120
