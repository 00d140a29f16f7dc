"""``registry export``, ``import`` and ``diff``, from one environment to another."""

import json
import shutil
from collections.abc import Callable
from typing import Any

import pytest
from typer.testing import CliRunner

from huleedu_ml_training.cli.app import app
from huleedu_ml_training.testing.bundles import small_bundle, small_files

Run = Callable[..., Any]


@pytest.fixture
def environment(tmp_path, monkeypatch) -> Callable[[str, str], Run]:
    """Make a way to run commands on a database and in a home of an environment's own."""
    monkeypatch.setenv("COLUMNS", "250")
    monkeypatch.chdir(tmp_path)
    runner = CliRunner()

    def make(name: str, url: str, **more: str) -> Run:
        variables = {
            "HULEEDU_ML_DATABASE_URL": url,
            "HULEEDU_ML_HOME": str(tmp_path / name),
            "LOGNAME": f"{name}-user",
            **more,
        }

        def invoke(command: str, *arguments: str, code: int = 0) -> Any:
            result = runner.invoke(app, [*command.split(), *arguments], env=variables)
            assert code == result.exit_code, result.output
            if "--json" in command:
                [line] = result.stdout.splitlines()
                return json.loads(line)
            return result

        return invoke

    return make


@pytest.fixture
def lab(environment, database_url) -> Run:
    return environment("lab", database_url)


@pytest.fixture
def school(environment, other_database_url) -> Run:
    return environment("school", other_database_url)


@pytest.fixture
def add(lab, tmp_path) -> Callable[..., dict[str, Any]]:
    """Register a small bundle in the lab and return the version's document."""

    def register(version: str, run: Run = lab, **quality: Any) -> dict[str, Any]:
        place = tmp_path / f"made_{version}"
        place.mkdir()
        for name, data in small_bundle(version, **quality).files.items():
            (place / name).write_bytes(data)
        model: dict[str, Any] = run("registry register --json", str(place))["model"]
        shutil.rmtree(place)
        return model

    return register


def test_from_the_lab_to_the_school(lab, school, add, tmp_path):
    model = add("20250101_120000")
    lab(f"registry promote --model-id {model['id']} --stage staging")
    exported = lab("registry export --json", model["id"][:8], "--output", str(tmp_path))
    path = tmp_path / "essay-scorer-20250101_120000.zip"
    assert (str(path), 2) == (exported["path"], exported["n_events"])
    assert path.stat().st_size == exported["bytes"]

    imported = school("registry import --json", str(path), "--digest", exported["digest"])
    arrived = imported["model"]
    assert (True, "dev", model["digest"]) == (
        imported["imported"],
        arrived["stage"],
        arrived["digest"],
    )
    assert arrived["id"] != model["id"]
    assert (tmp_path / "school" / arrived["model_path"] / "grader.onnx").is_file()

    [event] = school("registry history --json")["events"]
    assert ("registered", "school-user") == (event["action"], event["actor"])
    shown = school("registry show", arrived["id"]).stdout
    assert f"as essay-scorer {model['id'][:8]} (not in the ledger here)" in shown
    assert "lab-user" in shown
    origin = school("registry show --json", arrived["id"])["model"]["metadata"]["imported_from"]
    assert ["registered", "promoted"] == [e["action"] for e in origin["events"]]
    assert (exported["digest"], "staging") == (origin["export_digest"], origin["stage"])

    school("registry promote --model-id", arrived["id"], "--stage", "staging")
    assert 1 == school("registry verify --json")["n_checked"]
    collected = school("registry gc --json --grace 0")
    assert ([], []) == (collected["removed"], collected["missing"])

    again = school("registry import", str(path))
    assert "is here already" in again.stdout
    assert "in staging; nothing was changed" in again.stdout


def test_what_is_in_the_way(lab, school, add, tmp_path):
    model = add("20250101_120000")
    lab("registry export models:/essay-scorer/20250101_120000 --output a.zip")
    refused = lab("registry export", model["id"], "--output", "a.zip", code=4)
    assert "error[output-file-exists]" in refused.stderr
    lab("registry export", model["id"], "--output", "a.zip", "--force")
    lab("registry export", model["id"], "--output", "no/such/place.zip", code=6)

    add("20250101_120000", school, qwk_low=0.3)
    refused = school("registry import a.zip", code=4)
    assert "error[import-conflict]" in refused.stderr
    school("registry import a.zip --model-name lab-scorer")
    assert 2 == school("registry verify --json")["n_checked"]


def test_files_that_are_refused(lab, school, add, tmp_path):
    model = add("20250101_120000")
    lab("registry export", model["id"], "--output", "a.zip")
    whole = (tmp_path / "a.zip").read_bytes()
    for name, data in {
        "cut.zip": whole[:-1],
        "changed.zip": whole.replace(b"not a graph", b"not A graph"),
        "text.zip": b"essays",
    }.items():
        (tmp_path / name).write_bytes(data)
        refused = school("registry import", name, code=5)
        assert "error[invalid-export]" in refused.stderr
        assert name in refused.stderr
    assert "error[export-digest]" in school("registry import a.zip --digest 0", code=5).stderr
    assert "error[export-not-found]" in school("registry import b.zip", code=4).stderr
    assert [] == school("registry list --json")["models"]
    assert not (tmp_path / "school" / "models").exists()


def test_a_version_whose_bundle_is_damaged(lab, add, tmp_path):
    model = add("20250101_120000")
    (tmp_path / "lab" / model["model_path"] / "grader.onnx").write_bytes(b"")
    lab("registry export", model["id"], "--output", "a.zip", code=5)
    lab("registry diff", model["id"], model["id"], code=5)
    assert not (tmp_path / "a.zip").exists()


def test_two_versions_side_by_side(lab, add):
    first = add("20250101_120000", qwk_low=0.5)
    files = small_files(qwk_low=0.62)
    schema = json.loads(files["feature_schema.json"])
    schema["features"] = [{"name": "ttr"}, {"name": "mtld", "unit": "1"}, {"name": "total_words"}]
    schema["backends"] = {"parser": "spacy 3.8"}
    files |= {
        "feature_schema.json": json.dumps(schema).encode(),
        "config.yaml": b"model:\n  kind: ridge\nsplit:\n  seed: 7\n",
        "decision.json": b'{"rule": "equating"}',
    }
    second = add("20250102_120000", files=files)
    found = lab("registry diff --json", first["id"][:8], "models:/essay-scorer/20250102_120000")

    def of(part: str) -> dict[str, Any]:
        return {pair["name"]: (pair["first"], pair["second"]) for pair in found[part]}

    assert (first["id"], second["id"]) == (found["first"]["id"], found["second"]["id"])
    assert {"model.kind": ("cumulative_binary", "ridge"), "split.seed": (None, 7)} == of("config")
    assert (None, 7) == of("data")["split.seed"]
    assert ("d" * 64,) * 2 == of("data")["essays"]
    assert (0.5, 0.62) == tuple(value["low"] for value in of("metrics")["qwk"])
    assert ["spelling_error_rate"] == found["features"]["only_first"]
    assert ["ttr"] == found["features"]["only_second"]
    assert ["mtld"] == found["features"]["redefined"]
    assert found["features"]["reordered"]
    assert [(None, "spacy 3.8")] == [
        (pair["first"], pair["second"]) for pair in found["features"]["backends"]
    ]
    assert {"config.yaml", "decision.json", "feature_schema.json", "metrics.json"} == {
        pair["name"] for pair in found["files"] if pair["differs"]
    }
    assert [] == found["libraries"]

    table = lab("registry diff", first["id"], second["id"]).stdout
    assert "0.700 [0.500, 0.800]" in table
    assert "0.700 [0.620, 0.800]" in table
    assert first["digest"][:12] in table
    assert "Libraries that differ: no difference" in table
    same = lab("registry diff", first["id"], first["id"]).stdout
    assert "≠" not in same
    lab("registry diff", first["id"], "models:/essay-scorer/20300101_000000", code=4)
    lab("registry diff", first["id"], "models:/", code=2)


def test_bundles_in_s3(environment, database_url, other_database_url, add, s3_server, tmp_path):
    """All commands about bundles, with a store that the settings name."""
    settings = s3_server.settings()
    school = environment(
        "school",
        other_database_url,
        HULEEDU_ML_REGISTRY__ARTIFACTS__URL=str(settings.url),
        HULEEDU_ML_REGISTRY__ARTIFACTS__ENDPOINT_URL=str(settings.endpoint_url),
        HULEEDU_ML_REGISTRY__ARTIFACTS__ATTEMPTS="1",
    )
    lab = environment("lab", database_url)
    first = add("20250101_120000")
    lab("registry export", first["id"], "--output", "a.zip")
    arrived = school("registry import --json a.zip")["model"]
    assert "models/model_20250101_120000" == arrived["model_path"]
    assert not (tmp_path / "school" / "models").exists()
    second = add("20250102_120000", school)
    for model in (arrived, second):
        for stage in ("staging", "production"):
            school("registry promote --model-id", model["id"], "--stage", stage)
    back = school("registry rollback --json --model-name essay-scorer --reason strict")
    assert arrived["id"] == back["model"]["id"]
    assert 2 == school("registry verify --json")["n_checked"]
    school("registry diff", arrived["id"], second["id"])
    assert [] == school("registry gc --json --grace 0")["removed"]
    no_essays = 6
    doctor = school(
        "doctor --json",
        *("--set", "features.embedder=none"),
        *("--set", "features.parser=none"),
        *("--set", "features.checker=none"),
        code=no_essays,
    )
    checks = {check["name"]: check for check in doctor["checks"]}
    assert ("ok", f"{settings.url}/") == (
        checks["artifacts"]["state"],
        checks["artifacts"]["found"],
    )
    shown = school("config show").stdout
    assert str(settings.url) in shown
    assert "a-secret-of-tests" not in shown
