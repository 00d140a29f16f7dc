"""The ``data`` commands as people and programs run them."""

import json
import signal
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from huleedu_ml_training.cli.app import app
from huleedu_ml_training.data.writers import write_dataset
from huleedu_ml_training.domain.errors import ExitCode
from huleedu_ml_training.testing.essays import dated_essays, varied_essays


@pytest.fixture
def run():
    """A function that runs a command and returns what it printed and its exit code."""

    def ran(*arguments):
        return CliRunner().invoke(app, list(map(str, arguments)))

    return ran


@pytest.fixture
def read_json(run):
    """A function that runs a command with ``--json`` and returns its one document."""

    def read(*arguments, exit_code=ExitCode.DONE):
        result = run(*arguments, "--json")
        assert exit_code == result.exit_code, result.output
        return json.loads(result.stdout)

    return read


@pytest.fixture
def essays(tmp_path):
    path = tmp_path / "essays.parquet"
    write_dataset(varied_essays(), path)
    return path


@pytest.fixture
def database(own_schema_url, monkeypatch, run):
    """The commands work on fresh and empty tables of a host."""
    monkeypatch.setenv("HULEEDU_ML_DATABASE_URL", own_schema_url)
    assert ExitCode.DONE == run("db", "create-host-tables").exit_code


@pytest.mark.usefixtures("database")
class TestOnAHostsDatabase:
    def test_in_a_look_and_out_again(self, read_json, essays, tmp_path):
        report = read_json("data", "import", essays)
        assert ("data.import", 8, 8, 0) == (
            report["kind"],
            report["rows_kept"],
            report["rows_new"],
            report["rows_rejected"],
        )
        found = read_json("data", "describe")
        assert (8, varied_essays().digest) == (found["n_essays"], found["digest"])
        assert [1] * 8 == [grade["n_essays"] for grade in found["grades"]]
        assert [("hill", 3), ("sea", 2), (None, 2)] == [
            (prompt["name"], prompt["n_essays"]) for prompt in found["prompts"][:3]
        ]
        assert ({"en": 5, "sv": 3}, 2, 4) == (
            found["languages"],
            found["n_raters"],
            found["n_rated_twice"],
        )
        assert ("2025-01-01T00:00:00+00:00", 2) == (found["first_at"], found["n_undated"])
        for suffix in ("csv", "jsonl", "parquet"):
            exported = read_json("data", "export", tmp_path / f"out.{suffix}")
            assert found["digest"] == exported["digest"]
            again = read_json("data", "import", tmp_path / f"out.{suffix}")
            assert 8 == again["rows_unchanged"]

    def test_people_get_tables_on_stdout_and_remarks_on_stderr(self, run, tmp_path):
        path = tmp_path / "essays.csv"
        path.write_text("id,text,grade,seat\n1,one essay,A,3\n2,two essays,Q,4\n")
        result = run("data", "import", path, "--dry-run")
        assert ExitCode.DONE == result.exit_code
        assert "dry run: nothing was written" in result.stdout
        assert "'Q'" in result.stdout
        assert "is not a grade of the scale" in result.stdout
        assert "columns that were not used: seat" in result.stderr
        assert "columns that were not used" not in result.stdout
        run("data", "import", path)
        result = run("data", "describe")
        assert "Essays on the scale swedish_8" in result.stdout
        assert "Grades, lowest first" in result.stdout

    def test_selection_options_select(self, run, read_json, essays, tmp_path):
        run("data", "import", essays)
        options = ("--language", "sv", "--exclude-prompt", "hill", "--min-words", "30")
        assert 1 == read_json("data", "describe", *options)["n_essays"]
        out = tmp_path / "out.csv"
        options = ("--since", "2025-01-02", "--until", "2025-01-04", "--source", "north")
        assert 1 == read_json("data", "export", out, *options)["n_essays"]

    def test_mapping_scale_source_and_language_are_options(self, read_json, tmp_path):
        path = tmp_path / "work.txt"
        path.write_bytes("Nr,Betyg,Uppsats\r\n1,VG,En höst.\r\n2,MVG,En vår.\r\n".encode("cp1252"))
        scale = ("--scale", "IG,G,VG,MVG")
        options = ("--map", "id=Nr", "--map", "grade=Betyg", "--map", "text=Uppsats")
        report = read_json(
            "data", "import", path, "--format", "csv", "--encoding", "cp1252",
            "--source", "skolan", "--language", "sv", *options, *scale,
        )  # fmt: skip
        assert 2 == report["rows_new"]
        found = read_json("data", "describe", *scale)
        assert ({"sv": 2}, [{"name": "skolan", "n_essays": 2}]) == (
            found["languages"],
            found["sources"],
        )

    def test_changed_essays_are_replaced_on_demand(self, read_json, tmp_path):
        path = tmp_path / "essays.csv"
        path.write_text("id,text,grade\n1,one,A\n2,two,B\n")
        read_json("data", "import", path)
        path.write_text("id,text,grade\n1,one,A\n2,two,C\n")
        report = read_json("data", "import", path)
        assert "--update would replace it" in report["rejected"][0]["reason"]
        assert 1 == read_json("data", "import", path, "--update")["rows_updated"]

    def test_strict_refuses_bad_rows(self, read_json, tmp_path):
        path = tmp_path / "essays.csv"
        path.write_text("id,text,grade\n1,one,A\n2,two,Q\n")
        document = read_json("data", "import", path, "--strict", exit_code=5)
        assert ("error", "rejected-rows") == (document["kind"], document["error"]["code"])
        assert [3] == [row["row"] for row in document["error"]["rejected"]]
        document = read_json("data", "describe", exit_code=ExitCode.INVALID_DATA)
        assert "empty-dataset" == document["error"]["code"]

    def test_an_export_does_not_overwrite(self, run, essays, tmp_path):
        run("data", "import", essays)
        path = tmp_path / "out.csv"
        path.write_text("mine")
        result = run("data", "export", path)
        assert (ExitCode.NOT_FOUND_OR_CONFLICT, "mine") == (result.exit_code, path.read_text())
        assert "--force" in result.stderr
        assert ExitCode.DONE == run("data", "export", path, "--force").exit_code

    @pytest.mark.parametrize(
        ("content", "arguments", "code", "exit_code"),
        [
            (None, (), "data-file-not-found", 4),
            (b"", (), "malformed-file", 5),
            (b"id,text,grade\r\n", (), "empty-dataset", 5),
            ("text,grade\nen höst,A\n".encode("latin-1"), (), "wrong-encoding", 5),
            ("text,grade\nen höst,A\n".encode("utf-16"), (), "wrong-encoding", 5),
            (b"text,grade\none,Z\n", (), "rejected-rows", 5),
            (b"text,mark\none,A\n", (), "missing-columns", 5),
            (b'text,grade\n"one,A\n', (), "malformed-file", 5),
            (b"text,grade\none,A\n", ("--format", "parquet"), "malformed-file", 5),
            (b"text,grade\none,A\n", ("--map", "Text=text"), "invalid-mapping", 2),
            (b"text,grade\none,A\n", ("--encoding", "utf-7.5"), "unknown-encoding", 2),
            (b"text,grade\none,A\n", ("--scale", "danish_7"), "invalid-scale", 2),
            (b"text,grade\none,A\n", ("--set", "essay.table=x"), "invalid-config", 2),
            (b"text,grade\none,A\n", ("--set", "essays.table=x"), "missing-table", 6),
        ],
    )
    def test_bad_input_has_its_code(self, read_json, tmp_path, content, arguments, code, exit_code):
        path = tmp_path / "essays.csv"
        if content is not None:
            path.write_bytes(content)
        document = read_json("data", "import", path, *arguments, exit_code=exit_code)
        assert code == document["error"]["code"]
        assert document["error"]["remedy"]

    @pytest.mark.parametrize(
        ("arguments", "code"),
        [
            (("--since", "soon"), "invalid-selection"),
            (("--min-words", "9", "--max-words", "8"), "invalid-selection"),
            (
                ("--source", "x", "--set", "essays.columns.source=null"),
                "unmapped-column",
            ),
        ],
    )
    def test_an_impossible_selection_is_a_usage_error(self, read_json, arguments, code):
        document = read_json("data", "describe", *arguments, exit_code=ExitCode.USAGE)
        assert code == document["error"]["code"]

    def test_unknown_suffixes_are_usage_errors_before_anything_is_read(self, read_json, tmp_path):
        document = read_json("data", "export", tmp_path / "x.docx", exit_code=2)
        assert "unknown-file-format" == document["error"]["code"]

    @pytest.mark.corpus
    def test_the_ellipse_file_imports_as_it_is(self, read_json, ellipse_csv):
        report = read_json("data", "import", ellipse_csv, "--format", "ellipse")
        assert (1789, 1789, "ellipse_overall") == (
            report["rows_read"],
            report["rows_new"],
            report["scale"],
        )
        document = read_json("data", "describe", exit_code=ExitCode.INVALID_DATA)
        assert "choose their scale: --scale ellipse_overall" == document["error"]["remedy"]
        found = read_json(
            "data", "describe", "--scale", "ellipse_overall", "--min-words", 200,
            "--max-words", 1000, "--exclude-prompt", "Community service",
            "--exclude-prompt", "Grades for extracurricular activities",
            "--exclude-prompt", "Cell phones at school", "--exclude-prompt", "Letter to employer",
        )  # fmt: skip
        assert (1528, 26) == (found["n_essays"], len(found["prompts"]))


class TestWithoutAHost:
    def test_the_embedded_database_creates_its_tables(self, read_json, essays):
        assert 8 == read_json("data", "import", essays)["rows_new"]
        assert 8 == read_json("data", "describe")["n_essays"]

    def test_synthetic_essays_are_labelled_and_imported_once(self, read_json, tmp_path):
        options = ("--essays", 60, "--seed", 3)
        first = read_json("data", "demo", *options)
        assert (60, 60) == (first["rows_read"], first["rows_new"])
        assert 60 == read_json("data", "demo", *options)["rows_unchanged"]
        found = read_json("data", "describe", "--source", "synthetic-demo")
        assert 60 == found["n_essays"]
        path = tmp_path / "demo.parquet"
        written = read_json("data", "demo", *options, "--output", path)
        assert (found["digest"], True) == (written["digest"], path.is_file())

    def test_no_password_is_ever_shown(self, run, essays, monkeypatch):
        monkeypatch.setenv(
            "HULEEDU_ML_DATABASE_URL", "postgresql://me:hush@127.0.0.1:1/essays?password=hush"
        )
        for arguments in (("import", essays), ("describe",), ("export", "x.csv")):
            result = run("data", *arguments)
            assert ExitCode.INFRASTRUCTURE == result.exit_code
            assert "hush" not in result.output
            assert "127.0.0.1:1/essays" in result.stderr


def test_ctrl_c_leaves_the_table_as_it_was(own_schema_url, tmp_path, run, monkeypatch, read_json):
    """An import of 15,000 essays is interrupted half-way; nothing of it stays."""
    monkeypatch.setenv("HULEEDU_ML_DATABASE_URL", own_schema_url)
    run("db", "create-host-tables")
    path = tmp_path / "essays.csv"
    write_dataset(dated_essays([0, 1, 2] * 5000), path)
    # A child of a job in the background would ignore Ctrl-C.
    program = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "from huleedu_ml_training.cli.app import main; main()"
    )
    command = subprocess.Popen(
        [sys.executable, "-c", program, "data", "import", str(path)],
        stderr=subprocess.PIPE,
        text=True,
    )
    assert "Importing" in command.stderr.readline()
    command.send_signal(signal.SIGINT)
    assert "interrupted" in command.communicate(timeout=30)[1]
    assert ExitCode.INTERRUPTED == command.returncode
    document = read_json("data", "describe", exit_code=ExitCode.INVALID_DATA)
    assert "empty-dataset" == document["error"]["code"]
