"""``train-essay-grader db``: what it prints, and how it leaves."""

import json
from uuid import uuid4

import psycopg
import pytest
from alembic.script import ScriptDirectory
from typer.testing import CliRunner

from huleedu_ml_training.cli.db import app
from huleedu_ml_training.database.embedded import EmbeddedServer
from huleedu_ml_training.database.migrations import script_location

REVISIONS = [
    script.revision for script in ScriptDirectory(str(script_location())).walk_revisions()
][::-1]
HEAD = REVISIONS[-1]
PREVIOUS = [None, *REVISIONS][-2]


@pytest.fixture
def db(monkeypatch, empty_database_url):
    """Run a command on an empty database; gives the exit code, stdout and stderr."""
    monkeypatch.setenv("HULEEDU_ML_DATABASE_URL", empty_database_url)
    return run


def run(*words):
    return CliRunner().invoke(app, list(words))


def document(result):
    assert result.exit_code == 0, result.stderr
    parsed = json.loads(result.stdout)
    assert parsed["schema_version"] == 1
    return parsed


def test_upgrade_tells_where_from_and_where_to(db):
    assert db("upgrade").stdout == f"none → {HEAD}\n"
    assert db("upgrade").stdout == f"{HEAD}, as before\n"


def test_downgrade_goes_one_back(db):
    db("upgrade")
    moved = document(db("downgrade", "--json"))
    assert (moved["kind"], moved["before"], moved["after"]) == ("db.downgrade", HEAD, PREVIOUS)


def test_downgrade_from_nothing_is_not_found(db):
    result = db("downgrade")
    assert result.exit_code == 4
    assert "error[unknown-revision]" in result.stderr


def test_downgrade_over_rows_asks_for_yes(monkeypatch, database_url):
    monkeypatch.setenv("HULEEDU_ML_DATABASE_URL", database_url)
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "INSERT INTO ml_training.feature_vectors VALUES ('a', 'b', 'c', '{1.0}')"
        )
    refused = run("downgrade")
    assert refused.exit_code == 4
    assert "feature_vectors (1)" in refused.stderr
    assert "--yes" in refused.stderr
    assert run("downgrade", "--yes").exit_code == 0


def test_current_before_and_after(db):
    assert db("current").stdout == "none\n"
    db("upgrade")
    assert db("current").stdout == f"{HEAD} (head)\n"
    found = document(db("current", "--json"))
    assert (found["revision"], found["head"], found["up_to_date"]) == (HEAD, HEAD, True)


def test_history_lists_every_migration(db):
    found = document(db("history", "--json"))
    listed = [(item["id"], item["applied"]) for item in found["revisions"]]
    assert listed == [(revision, False) for revision in REVISIONS]
    assert "0001" in db("history").stdout


def test_host_tables_are_created_once(db):
    states = [
        [table["state"] for table in document(db("create-host-tables", "--json"))["tables"]]
        for _ in range(2)
    ]
    assert states == [["created", "created"], ["present", "present"]]


def test_host_tables_take_their_names_from_settings(db):
    created = document(db("create-host-tables", "--set", "essays.table=texts", "--json"))
    assert [table["name"] for table in created["tables"]] == ["texts", "essay_features"]


def test_status_of_a_database_of_ones_own(db):
    db("upgrade")
    found = document(db("status", "--json"))
    assert found["embedded"] is False
    assert (found["running"], found["revision"], found["head"]) == (True, HEAD, HEAD)


def test_stop_is_for_the_embedded_server_only(db):
    result = db("stop")
    assert result.exit_code == 2
    assert "error[not-embedded]" in result.stderr


@pytest.mark.parametrize("command", ["upgrade", "current", "create-host-tables", "status"])
def test_no_server_is_exit_code_6_without_a_password(monkeypatch, command):
    monkeypatch.setenv("HULEEDU_ML_DATABASE_URL", "postgresql://ada:secret@127.0.0.1:1/essays")
    result = run(command)
    assert result.exit_code == 6
    assert "error[database-unavailable]" in result.stderr
    assert "ada:***@127.0.0.1:1/essays" in result.stderr
    assert "secret" not in result.output


def test_a_wrong_url_is_exit_code_2(monkeypatch):
    monkeypatch.setenv("HULEEDU_ML_DATABASE_URL", "mysql://ada:secret@127.0.0.1/essays")
    result = run("upgrade", "--json")
    assert result.exit_code == 2
    assert json.loads(result.stdout)["error"]["code"] == "invalid-database-url"
    assert "secret" not in result.output


def test_without_a_url_commands_share_the_embedded_server(monkeypatch, directory):
    monkeypatch.setenv("HULEEDU_ML_HOME", str(directory.parent))
    assert run("upgrade").stdout == f"none → {HEAD}\n"
    assert run("current").stdout == f"{HEAD} (head)\n"
    found = document(run("status", "--json"))
    assert found["embedded"] is True
    assert found["running"] is False
    assert found["data"] == str(directory / "data")
    assert run("stop").stdout == "it was not running\n"


def test_status_of_a_running_server_and_stopping_it(monkeypatch, directory, start_user):
    monkeypatch.setenv("HULEEDU_ML_HOME", str(directory.parent))
    start_user().wait_until_joined()
    assert document(run("status", "--json"))["running"] is True
    refused = run("stop")
    assert refused.exit_code == 4
    assert "error[server-in-use]" in refused.stderr
    assert document(run("stop", "--force", "--json"))["stopped"] is True
    assert not EmbeddedServer(directory).is_running()


def test_a_home_that_cannot_be_is_exit_code_6(monkeypatch, tmp_path):
    (tmp_path / "home").write_text("")
    monkeypatch.setenv("HULEEDU_ML_HOME", str(tmp_path / "home"))
    result = run("upgrade")
    assert result.exit_code == 6
    assert "error[cluster-not-writable]" in result.stderr


class TestRoles:
    """``db grant`` and ``db grants``."""

    @pytest.fixture
    def name(self, monkeypatch, database_url):
        monkeypatch.setenv("HULEEDU_ML_DATABASE_URL", database_url)
        name = f"test_{uuid4().hex[:12]}"
        with psycopg.connect(database_url, autocommit=True) as connection:
            connection.execute(f"CREATE ROLE {name}")
            yield name
            connection.execute(f"DROP OWNED BY {name}")
            connection.execute(f"DROP ROLE {name}")

    def granted(self, name):
        found = document(run("grants", "--json"))["grants"]
        return next((each for each in found if each["to"] == name), None)

    def test_statements_are_printed_and_run(self, name):
        planned = run("grant", "--role", "service", "--to", name, "--dry-run")
        assert f'GRANT SELECT ON "ml_training"."ml_models" TO "{name}";' in planned.stdout
        assert self.granted(name) is None
        done = document(run("grant", "--role", "service", "--to", name, "--json"))
        assert [f"{each};" for each in done["statements"]] == planned.stdout.splitlines()
        expected = {"to": name, "roles": ["service"], "beyond": [], "missing": []}
        assert expected == self.granted(name)
        assert [] == document(run("grant", "--role=service", "--to", name, "--json"))["statements"]
        assert 0 == run("grant", "--nothing", "--to", name).exit_code
        assert self.granted(name) is None

    def test_a_trainer_may_tune(self, name, database_url):
        """Optuna's tables are made by their owner, and used by the trainer."""
        assert 0 == run("grant", "--role", "trainer", "--to", name).exit_code
        with psycopg.connect(database_url) as connection:
            connection.execute(f"SET ROLE {name}")
            connection.execute(
                "INSERT INTO ml_training_optuna.studies (study_name) VALUES ('mine')"
            )
        assert ["trainer"] == self.granted(name)["roles"]

    @pytest.mark.parametrize("words", [[], ["--role", "service", "--nothing"]])
    def test_what_is_unclear(self, name, words):
        result = run("grant", "--to", name, *words)
        assert 2 == result.exit_code
        assert "error[unclear-grant]" in result.stderr

    def test_a_role_that_is_not_there(self, name):
        result = run("grant", "--to", f"{name}x", "--role", "service")
        assert 4 == result.exit_code
        assert "error[database-role-not-found]" in result.stderr
