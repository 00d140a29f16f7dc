"""``registry`` and ``runs`` as people and programs use them."""

import asyncio
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from huleedu_ml_training.database.engine import ResolvedDatabase, create_engine
from huleedu_ml_training.registry.runs.records import RunRecord, RunState
from huleedu_ml_training.registry.runs.store import PostgresRunStore
from huleedu_ml_training.testing.bundles import small_bundle
from huleedu_ml_training.testing.run_store_suite import start_run


@pytest.fixture
def add(document, tmp_path) -> Callable[..., dict[str, Any]]:
    """Register a small bundle and return the version's document."""

    def register(version: str, **quality: Any) -> dict[str, Any]:
        place = tmp_path / f"made_{version}"
        place.mkdir()
        for name, data in small_bundle(version, **quality).files.items():
            (place / name).write_bytes(data)
        model: dict[str, Any] = document("registry register", str(place))["model"]
        shutil.rmtree(place)
        return model

    return register


def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def test_from_a_bundle_to_production_and_back(run, document, add, tmp_path):
    first, second = add("20250101_120000"), add("20250102_120000")
    assert (home(tmp_path) / first["model_path"] / "grader.onnx").is_file()
    assert "dev" == first["stage"]
    for model in (first, second):
        for stage in ("staging", "production"):
            run(f"registry promote --model-id {model['id'][:8]} --stage {stage}")
    listed = document("registry list")["models"]
    assert [("20250102_120000", "production"), ("20250101_120000", "archived")] == [
        (model["version"], model["stage"]) for model in listed
    ]
    back = document("registry rollback --model-name essay-scorer", "--reason", "too strict")
    assert (first["id"], "production") == (back["model"]["id"], back["model"]["stage"])
    events = document("registry history --model-name essay-scorer")["events"]
    assert ["registered", "registered", *["promoted"] * 3] == [e["action"] for e in events[:5]]
    assert ["demoted", "promoted", "demoted", "rolled_back"] == [e["action"] for e in events[5:]]
    assert {"anna"} == {event["actor"] for event in events}
    assert "too strict" == events[-1]["reason"]
    assert 1 == len({event["correlation_id"] for event in events[-2:]})
    assert 7 == len({event["correlation_id"] for event in events})
    run("registry rollback --model-name essay-scorer", code=4)


def test_tables_for_people(run, add):
    model = add("20250101_120000")
    promoted = run(f"registry promote --model-id {model['id']} --stage staging")
    assert "parity certificate" in promoted.stdout
    assert "essay-scorer 20250101_120000 is in staging" in promoted.stdout
    listed = run("registry list").stdout
    assert model["id"][:8] in listed
    assert "0.700 [0.600, 0.800]" in listed
    assert "synthetic" in listed
    shown = run("registry show", model["id"][:6]).stdout
    assert model["digest"] in shown
    assert "F < E < D < D+ < C < C+ < B < A" in shown
    assert "cumulative_binary" in shown
    history = run("registry history").stdout
    assert 2 == len(re.findall(r"anna", history))
    assert "1 bundles are as they were registered" in run("registry verify").stdout


def test_filters(document, add):
    model, _ = add("20250101_120000"), add("20250102_120000", model_name="other")
    document(f"registry promote --model-id {model['id']} --stage staging")
    for arguments, versions in {
        "": ["20250102_120000", "20250101_120000"],
        "--model-name other": ["20250102_120000"],
        "--stage staging": ["20250101_120000"],
        "--stage production": [],
        "--model-name nobody": [],
        "--model-name ../x": [],
    }.items():
        found = document(f"registry list {arguments}")["models"]
        assert versions == [item["version"] for item in found]


def test_a_refusal_is_shown_and_has_its_exit_code(run, document, add):
    weak = add("20250101_120000", qwk_low=0.1)
    promote = f"registry promote --model-id {weak['id']} --stage"
    run(f"{promote} staging")
    dry = run(f"{promote} production --dry-run", code=3)
    assert "QWK, lower bound" in dry.stdout
    assert "REFUSED" in dry.stdout
    refused = run(f"{promote} production", code=3)
    assert "REFUSED" in refused.stdout
    assert "error[promotion-refused]" in refused.stderr
    assert "at least 0.400" in refused.stderr
    error = document(f"{promote} production", code=3)["error"]
    failed = [check["name"] for check in error["gate_report"]["checks"] if not check["passed"]]
    assert ["QWK, lower bound"] == failed
    assert "default" == error["gate_report"]["policy"]["name"]
    assert "staging" == document(f"registry show {weak['id']}")["model"]["stage"]
    actions = [e["action"] for e in document("registry history")["events"]]
    assert ["registered", "promoted", "refused", "refused"] == actions
    run(f"{promote} production --force", code=2)
    forced = document(f"{promote} production --force", "--reason", "no other")
    assert "production" == forced["model"]["stage"]
    event = document("registry history")["events"][-1]
    assert (True, False, "no other") == (
        event["gate_report"]["forced"],
        event["gate_report"]["passed"],
        event["reason"],
    )
    assert "promoted (forced)" in run("registry history").stdout


def test_a_dry_run_changes_nothing(run, document, add):
    first, second = add("20250101_120000"), add("20250102_120000")
    run(f"registry promote --model-id {first['id']} --stage staging")
    before = document("registry history")["events"]
    promote = f"registry promote --model-id {second['id']} --stage staging --dry-run"
    plan = document(promote)["plan"]
    assert {"id": first["id"], "version": first["version"], "goes_to": "dev"} == plan["incumbent"]
    assert "nothing was changed" in run(promote).stdout
    assert before == document("registry history")["events"]


def test_skipping_a_stage_says_what_to_do(run, add):
    model = add("20250101_120000")
    refused = run(f"registry promote --model-id {model['id']} --stage production", code=4)
    assert "promote it to staging first" in refused.stderr


@pytest.mark.parametrize(
    ("command", "code", "said"),
    [
        ("registry promote --model-id abc123 --stage production", 4, "no id begins with abc123"),
        ("registry promote --model-id ../x --stage production", 2, "is not a model id"),
        ("registry promote --model-id abc123 --stage heaven", 2, "heaven"),
        ("registry show abcd", 4, "no id begins with abcd"),
        ("registry rollback --model-name essay-scorer", 4, "essay-scorer in production"),
        ("registry demote --model-id abc123", 4, "no id begins with abc123"),
        ("registry archive --model-id ../x", 2, "is not a model id"),
        ("registry register models/none", 4, "there is no bundle"),
        ("registry verify --model-id abc123", 4, "no id begins with abc123"),
        ("runs show 123", 2, "'123'"),
        ("runs show 00000000-0000-0000-0000-000000000000", 4, "there is no run"),
    ],
)
def test_what_is_not_there(run, command, code, said):
    result = run(command, code=code)
    assert said in result.stderr
    assert "Traceback" not in result.output


def test_nothing_registered_yet(run, document):
    assert "train-essay-grader train" in run("registry list").stderr
    assert [] == document("registry list")["models"]
    assert [] == document("registry history")["events"]
    assert [] == document("runs list")["runs"]
    assert 0 == document("registry verify")["n_checked"]


def test_a_damaged_bundle(run, document, add, tmp_path):
    first, second = add("20250101_120000"), add("20250102_120000")
    for model in (first, second):
        for stage in ("staging", "production"):
            run(f"registry promote --model-id {model['id']} --stage {stage}")
    graph = home(tmp_path) / first["model_path"] / "grader.onnx"
    graph.write_bytes(b"tampered")
    refused = run("registry rollback", code=5)
    assert "error[rollback-target-damaged]" in refused.stderr
    assert f"registry verify --model-id {first['id']}" in refused.stderr
    assert "production" == document(f"registry show {second['id']}")["model"]["stage"]
    error = document("registry verify", code=5)["error"]
    assert ([first["id"]], 2) == ([item["id"] for item in error["bundles"]], error["n_checked"])
    document(f"registry verify --model-id {second['id']}")
    run(f"registry verify --model-id {first['id']}", code=5)


def test_registering_what_is_no_bundle(run, document, tmp_path):
    place = tmp_path / "model"
    place.mkdir()
    assert "manifest.json" in run(f"registry register {place}", code=5).stderr
    for name, data in small_bundle().files.items():
        (place / name).write_bytes(data)
    (place / "grader.onnx").write_bytes(b"tampered")
    assert "error[tampered-bundle-file]" in run(f"registry register {place}", code=5).stderr
    assert [] == document("registry list")["models"]
    assert not (home(tmp_path) / "models").exists()


def test_registering_twice_and_under_another_name(run, document, add, tmp_path):
    model = add("20250101_120000")
    place = home(tmp_path) / model["model_path"]
    run(f"registry register {place}", code=4)
    other = document(f"registry register {place} --model-name other")["model"]
    assert ("other", model["model_path"]) == (other["model_name"], other["model_path"])
    third = document(f"registry register {model['model_path']} --model-name third")["model"]
    assert (model["version"], model["digest"]) == (third["version"], third["digest"])
    refused = run(f"registry register {place} --model-name ../x", code=2)
    assert "'../x' is no model name" in refused.stderr


def into_production(run, *models: dict[str, Any]) -> None:
    for model in models:
        for stage in ("staging", "production"):
            run(f"registry promote --model-id {model['id']} --stage {stage}")


def test_demoting_and_archiving(run, document, add):
    first, second = add("20250101_120000"), add("20250102_120000")
    into_production(run, first)
    demote = f"registry demote --model-id {first['id'][:8]}"
    refused = run(demote, "--reason", "recalled", code=4)
    assert "error[force-needed]" in refused.stderr
    assert "registry rollback --model-name essay-scorer" in refused.stderr
    assert "error[missing-reason]" in run(f"{demote} --force", code=2).stderr
    left = run(f"{demote} --force --reason recalled")
    assert "essay-scorer 20250101_120000 is in staging" in left.stdout
    assert "no version of essay-scorer is in production now" in left.stderr
    assert "dev" == document(f"{demote} --reason weak")["model"]["stage"]
    archive = f"registry archive --model-id {first['id']}"
    assert "archived" == document(archive)["model"]["stage"]
    assert "error[invalid-transition]" in run(archive, code=4).stderr
    run(f"registry promote --model-id {second['id']} --stage staging")
    run(f"registry archive --model-id {second['id']} --reason weak", code=4)
    run(f"registry archive --model-id {second['id']} --reason weak --force")
    events = document("registry history")["events"]
    assert [("demoted", "staging"), ("demoted", "dev"), ("demoted", "archived")] == [
        (e["action"], e["to_stage"]) for e in events if e["version"] == first["version"]
    ][-3:]
    assert [True, False, False, True] == [
        e["gate_report"]["forced"] for e in events if e["action"] == "demoted"
    ]


def test_stale_decisions(run, document, add):
    first, second = add("20250101_120000"), add("20250102_120000")
    into_production(run, first)
    promote = f"registry promote --model-id {second['id']} --stage staging --expected-current"
    for mode in ("", " --dry-run"):
        stale = run(f"{promote} {first['version']}{mode}", code=4)
        assert "error[stale-decision]" in stale.stderr
    run(f"{promote} ../x", code=2)
    assert "staging" == document(f"{promote} none")["model"]["stage"]
    promote = f"registry promote --model-id {second['id']} --stage production"
    run(f"{promote} --expected-current {first['id'][:8]}")
    run(f"registry rollback --expected-current {first['version']}", code=4)
    back = document(f"registry rollback --expected-current {second['version']}")
    assert first["id"] == back["model"]["id"]


def test_rolling_back_to_a_version(run, document, add):
    models = [add(f"2025010{day}_120000") for day in (1, 2, 3)]
    into_production(run, *models)
    rollback = "registry rollback --model-name essay-scorer --to"
    assert "error[no-rollback-target]" in run(f"{rollback} 20250103_120000", code=4).stderr
    assert "error[model-not-found]" in run(f"{rollback} ../x", code=4).stderr
    back = document(f"{rollback} 20250101_120000")["model"]
    assert (models[0]["id"], "production") == (back["id"], back["stage"])
    run("registry rollback", code=4)


def test_what_was_in_production_then(run, document, add):
    models = [add(f"2025010{day}_120000") for day in (1, 2)]
    into_production(run, *models)
    events = document("registry history")["events"]
    entered = [event for event in events if event["to_stage"] == "production"]
    for event in entered:
        answer = document("registry history --at", event["occurred_at"])
        assert event == answer["event"]
    assert document("registry history --at 2025-01-01")["event"] is None
    assert "no version of essay-scorer" in run("registry history --at 2025-01-01").stdout
    then = run("registry history --at", entered[0]["occurred_at"]).stdout
    assert "essay-scorer 20250101_120000 was in production" in then
    assert "promoted by anna" in then
    for text in ("yesterday", "2026-13-01", "0001-01-01T00:00+23:00", ""):
        assert "error[invalid-time]" in run("registry history --at", text, code=2).stderr


def test_only_so_many(run, document, add):
    models = [add(f"2025010{day}_120000") for day in (1, 2, 3)]
    listed = run("registry list --limit 2")
    assert "--limit shows more" in listed.stderr
    assert models[0]["version"] not in listed.stdout
    assert "--limit" not in run("registry list --limit 3").stderr
    found = document("registry list --name essay-scorer --limit 1")["models"]
    assert [models[2]["id"]] == [model["id"] for model in found]
    history = run("registry history --limit 1")
    assert "--limit shows more" in history.stderr
    events = document("registry history --limit 2")["events"]
    assert [m["version"] for m in models[1:]] == [event["version"] for event in events]
    run("registry list --limit 0", code=2)


def test_collecting_garbage(run, document, add, tmp_path):
    kept, lost = add("20250101_120000"), add("20250102_120000")
    models = home(tmp_path) / "models"
    shutil.copytree(home(tmp_path) / kept["model_path"], models / "model_orphan")
    shutil.rmtree(home(tmp_path) / lost["model_path"])
    young = document("registry gc")
    assert ([], ["models/model_orphan"]) == (
        young["removed"],
        [bundle["model_path"] for bundle in young["young"]],
    )
    assert "would be removed" in run("registry gc --dry-run --grace 0").stdout
    assert (models / "model_orphan").is_dir()
    found = document("registry gc --grace 0")
    assert ["models/model_orphan"] == [bundle["model_path"] for bundle in found["removed"]]
    assert [(lost["id"], "dev")] == [(m["id"], m["stage"]) for m in found["missing"]]
    assert ["model_20250101_120000"] == [place.name for place in models.iterdir()]
    again = run("registry gc --grace 0")
    assert "every bundle in the store belongs to a version" in again.stdout
    assert lost["version"] in again.stdout
    assert "restore" in again.stderr
    assert 2 == len(document("registry list")["models"])
    run("registry gc --grace -1", code=2)


@pytest.fixture
def three_runs(database_url) -> list[RunRecord]:
    """A run that is done, one that failed, and one whose process is gone; oldest first."""

    async def make() -> list[RunRecord]:
        engine = create_engine(ResolvedDatabase(database_url, embedded=False))
        store = PostgresRunStore(engine)
        runs = [await start_run(store, experiment_name=name) for name in ("done", "failed", "dead")]
        await store.finish(runs[0].id, RunState.COMPLETED, metrics={"qwk": 0.7})
        await store.finish(runs[1].id, RunState.FAILED, error={"code": "disk-full"})
        await store.close()
        await engine.dispose()
        return runs

    return asyncio.run(make())


def test_runs(run, document, three_runs):
    listed = document("runs list --kind train --limit 2")["runs"]
    assert [("dead", "running", True), ("failed", "failed", False)] == [
        (item["experiment_name"], item["state"], item["can_resume"]) for item in listed
    ]
    assert [] == document("runs list --kind tune")["runs"]
    assert "running, but its process is gone" in run("runs list").stdout
    shown = document("runs show", str(three_runs[0].id))["run"]
    assert ({"qwk": 0.7}, "completed", False) == (
        shown["metrics"],
        shown["state"],
        shown["can_resume"],
    )
    assert "disk-full" in run("runs show", str(three_runs[1].id)).stdout
