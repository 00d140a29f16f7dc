"""Commands that are given what nobody types by mistake end with an error of ours, and no more."""

import asyncio
import json
import unicodedata

import pytest
from typer.testing import CliRunner

from huleedu_ml_training.cli.app import app
from huleedu_ml_training.database.engine import ResolvedDatabase, create_engine
from huleedu_ml_training.registry.artifacts.local import LocalArtifactStore
from huleedu_ml_training.registry.gating.metrics_gate import MetricsGate
from huleedu_ml_training.registry.postgres_registry import PostgresModelRegistry
from huleedu_ml_training.testing.hostile_texts import HOSTILE_TEXTS
from huleedu_ml_training.testing.registry_cases.shelf import MIN_QWK, Shelf

COMMANDS = {
    "show": ["registry", "show", "--", "TEXT"],
    "list": ["registry", "list", "--name=TEXT"],
    "tag": ["registry", "list", "--tag=TEXT"],
    "history": ["registry", "history", "--model-name=TEXT"],
    "at": ["registry", "history", "--model-name=essay-scorer", "--at=TEXT"],
    "promote": ["registry", "promote", "--model-id=TEXT", "--stage=staging"],
    "demote": ["registry", "demote", "--model-id=TEXT", "--reason=x"],
    "archive": ["registry", "archive", "--model-id=TEXT", "--reason=x"],
    "rollback": ["registry", "rollback", "--model-name=TEXT", "--reason=x"],
    "to": ["registry", "rollback", "--model-name=essay-scorer", "--to=TEXT", "--reason=x"],
    "register": ["registry", "register", "--", "TEXT"],
    "verify": ["registry", "verify", "--model-id=TEXT"],
    "import": ["registry", "import", "--", "TEXT"],
    "export": ["registry", "export", "--", "TEXT"],
    "diff": ["registry", "diff", "--", "TEXT", "models:/TEXT/production"],
    "score": ["score", "--model=models:/essay-scorer/TEXT", "essay.txt"],
    "score by path": ["score", "--model=TEXT", "essay.txt"],
    "run": ["runs", "show", "--", "TEXT"],
    "grant": ["db", "grant", "--role=service", "--to=TEXT"],
}
STEERING = {"Cc", "Cf", "Cs", "Zl", "Zp"}
"""Categories of characters that a terminal obeys, hides, or writes backwards."""

FINDS_NOTHING = {"list", "tag", "history"}
NAMES = list(COMMANDS)
CASES = [(NAMES[place % len(NAMES)], what) for place, what in enumerate(HOSTILE_TEXTS)]


@pytest.fixture(scope="module")
def place(module_database_url, tmp_path_factory):
    """A home with two versions, the second of them in production, and a directory to work in."""
    place = tmp_path_factory.mktemp("hostile")
    (place / "work").mkdir()
    (place / "essay.txt").write_text("I like my school.")

    async def prepare():
        engine = create_engine(ResolvedDatabase(module_database_url, embedded=False))
        artifacts = LocalArtifactStore(place / "home")
        gate = MetricsGate(min_qwk_lower_bound=MIN_QWK)
        shelf = Shelf(PostgresModelRegistry(engine, gate, artifacts), artifacts)
        await shelf.into_production()
        await shelf.into_production()
        await engine.dispose()

    asyncio.run(prepare())
    return place


@pytest.fixture
def run(place, module_database_url, monkeypatch):
    monkeypatch.setenv("HULEEDU_ML_DATABASE_URL", module_database_url)
    monkeypatch.setenv("HULEEDU_ML_HOME", str(place / "home"))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(place / "work")
    return lambda *words: CliRunner().invoke(app, list(words))


@pytest.mark.parametrize(("command", "what"), CASES, ids=lambda part: part)
def test_a_command(run, command, what):
    text = HOSTILE_TEXTS[what]
    result = run(*(word.replace("TEXT", text) for word in COMMANDS[command]))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    allowed = {2, 3, 4, 5, 6} | ({0} if command in FINDS_NOTHING else set())
    assert result.exit_code in allowed, result.output
    for line in result.output.splitlines():
        assert "Traceback" not in line
        assert "\x1b[2J" not in line
    if "error[" in result.stderr:
        assert set() == STEERING & {
            unicodedata.category(each) for each in result.stderr if each != "\n"
        }
        assert len(result.stderr) < 5000


@pytest.mark.parametrize("what", ["half a pair", "escape sequence", "NUL", "a format"])
def test_an_error_as_a_document(run, what):
    result = run("registry", "export", "--json", "--", HOSTILE_TEXTS[what])
    document = json.loads(result.stdout)
    assert result.exit_code == document["error"]["exit_code"] != 0


def test_what_is_in_the_ledger_does_not_reach_the_terminal_as_a_command(run, place):
    """Reasons are kept as they were given, and shown with escapes."""
    reason = "\x1b[2J\u202e see\x9b"
    listed = json.loads(run("registry", "list", "--stage=production", "--json").stdout)
    promoted = run(
        *("registry", "demote", f"--model-id={listed['models'][0]['id']}", "--stage=archived"),
        *("--force", f"--reason={reason}"),
    )
    assert 0 == promoted.exit_code, promoted.output
    history = run("registry", "history", "--model-name=essay-scorer")
    assert "\\x1b[2J\\u202e see\\x9b" in history.stdout
    assert set("\x1b\x9b\u202e").isdisjoint(history.stdout)
    told = json.loads(run("registry", "history", "--model-name=essay-scorer", "--json").stdout)
    assert reason == told["events"][-1]["reason"]


def test_no_file_and_no_version_came_of_any_of_them(run, place):
    """Run last: what the commands were given is in no row and no file."""
    assert {"home", "work", "essay.txt"} == {path.name for path in place.iterdir()}
    assert [] == list((place / "work").iterdir())
    assert 2 == len(list((place / "home" / "models").iterdir()))
    listed = json.loads(run("registry", "list", "--json").stdout)
    assert ["archived", "archived"] == [model["stage"] for model in listed["models"]]
