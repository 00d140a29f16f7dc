"""Runs: what every command leaves behind, finding it, comparing it, and training it again."""

import uuid
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

IN_THE_FUTURE = (datetime.now(UTC) + timedelta(days=2)).isoformat()


def sql(grader):
    return psycopg.connect(grader.url)


def only(found):
    (one,) = found["runs"]
    return one


@pytest.fixture(scope="module")
def evaluated(inside, trained, quick):
    """The run that an evaluation of the trained version left."""
    arguments = ("evaluate", "--model-path", trained["model_path"], *quick)
    report = inside.json(*arguments)["report"]
    return report, only(inside.json("runs", "list", "--kind", "evaluate", "--limit", "1"))


def test_a_training_leaves_all_that_it_takes_to_repeat_it(inside, trained):
    run = inside.json("runs", "show", trained["run_id"][:8])["run"]

    assert (run["kind"], run["state"], run["alive"]) == ("train", "completed", False)
    assert run["config"]["training"]["folds"] == 3
    assert run["request"] == {"model_name": "essay-scorer", "selection": {}}
    assert run["metrics"]["values"] == trained["evaluation"]["values"]
    assert run["metrics"]["model_id"] == trained["model_id"]
    assert len(run["dataset_digest"]) == 64
    assert uuid.UUID(run["correlation_id"])
    assert run["seconds"] > 0


def test_an_evaluation_leaves_a_run(grader, trained, evaluated):
    report, run = evaluated
    assert (run["state"], run["error"], run["can_resume"]) == ("completed", None, False)
    assert run["metrics"]["values"] == report["values"]
    assert run["request"]["version"] == trained["version"]
    assert run["config"]["evaluation"]["resamples"] == 200
    assert len(run["dataset_digest"]) == 64
    assert uuid.UUID(run["correlation_id"])


def test_runs_are_found_by_what_they_are(inside, trained, evaluated):
    qwk = trained["evaluation"]["values"]["qwk"]["value"]
    here = ("--model-name", "essay-scorer", "--since", "2020-01-01", "--until", IN_THE_FUTURE)

    def found(*options):
        listed = inside.json("runs", "list", "--limit", "1000", *options)["runs"]
        ids = {run["id"] for run in listed}
        return (trained["run_id"] in ids, evaluated[1]["id"] in ids)

    assert found(*here, "--where", f"qwk>={qwk - 1e-6:.9f}") == (True, True)
    assert found("--kind", "train", "--state", "completed") == (True, False)
    assert found("--where", f"qwk>{qwk + 1e-6:.9f}") == (False, False)


def test_tags_come_and_go(inside, evaluated):
    run = evaluated[1]["id"]
    added = inside.json("runs", "tag", run, "--add", "autumn", "--add", "draft")
    assert added["tags"] == ["autumn", "draft"]
    assert only(inside.json("runs", "list", "--tag", "autumn", "--tag", "draft"))["id"] == run
    assert inside.json("runs", "tag", run[:10], "--remove", "draft")["tags"] == ["autumn"]


@pytest.fixture(scope="module")
def other(grader, quick):
    """A training of other settings on fewer essays."""
    with sql(grader) as database:
        texts = database.execute("SELECT text FROM essays").fetchall()
    shortest = sorted(len(text.split()) for (text,) in texts)
    fewer = ("--min-words", str(shortest[20]), "--set", "model.booster.max_rounds=4")
    return grader.json("train", *quick, *fewer, "--set", "training.seed=5")


@pytest.fixture(scope="module")
def reproduced(inside, grader, trained):
    """The training once more, under settings of today that are not those of the run."""
    models = inside.json("registry", "list")["models"]
    today = ("--set", "training.seed=9", "--set", "features.workers=1")
    document = grader.json("runs", "reproduce", trained["run_id"][:12], *today)
    assert inside.json("registry", "list")["models"] == models
    return document


def test_a_training_is_reproduced_bit_for_bit(grader, trained, reproduced):
    found = reproduced["reproduction"]
    assert (found["identical"], found["other_files"], found["other_metrics"]) == (True, [], [])
    assert (found["n_essays"], found["other_grades"]) == (trained["data"]["n_essays"], 0)
    same = {file["name"] for file in found["files"] if file["identical"]}
    assert {"grader.onnx", "calibration.json", "decision.json", "metrics.json"} <= same
    run = reproduced["run"]
    assert (run["reproduces"], run["tags"]) == (trained["run_id"], ["reproduction"])
    assert run["metrics"]["reproduction"]["identical"] is True
    assert not (grader.home / "runs" / run["id"] / "checkpoints").exists()


def test_a_run_and_its_reproduction_compare(inside, trained, reproduced):
    pair = (trained["run_id"][:8], reproduced["run"]["id"])
    document = inside.json("runs", "compare", *pair)
    assert (document["differences"], document["same_data"], document["notes"]) == ({}, True, [])
    qwk = trained["evaluation"]["values"]["qwk"]
    assert document["figures"]["qwk"] == [qwk, qwk]
    shown = inside("runs", "compare", *pair, pair[0])
    assert shown.out.count(f"{qwk['value']:.3f} ({qwk['low']:.3f} to {qwk['high']:.3f})") == 3


def test_figures_of_other_essays_are_marked(inside, trained, other):
    answer = inside("runs", "compare", trained["run_id"], other["run_id"], "--json")
    assert answer.code == 0, answer.err
    assert "their figures do not compare" in answer.err
    document = answer.document
    assert document["same_data"] is False
    assert document["differences"]["request.selection.min_words"][0] == "(absent)"
    assert document["differences"]["training.seed"] == [42, 5]
    assert "training.folds" not in document["differences"]


def test_another_grader_is_reported(grader, other):
    """As if the settings had not been those that the run says."""
    with sql(grader) as database:
        database.execute(
            "UPDATE ml_training.ml_runs SET config = jsonb_set(config, '{training,seed}', '6')"
            " WHERE id = %s",
            (other["run_id"],),
        )
    answer = grader("runs", "reproduce", other["run_id"], "--json")
    assert answer.code == 3, answer.err
    found = answer.document["reproduction"]
    assert not found["identical"]
    assert found["other_probabilities"] > 0
    assert "grader.onnx" in found["other_files"]
    assert answer.document["error"]["code"] == "not-reproduced"
    assert "another grader" in answer.err


def test_other_essays_are_refused_with_their_number(inside, grader, trained):
    before = inside.json("runs", "list")
    with sql(grader) as database:
        first, second, *_ = database.execute("SELECT id FROM essays ORDER BY id").fetchall()
        moved = {}
        for (essay_id,), change in (
            (first, "source = 'elsewhere'"),
            (second, "text = text || '.'"),
        ):
            moved[essay_id] = database.execute(
                "SELECT text, source FROM essays WHERE id = %s", (essay_id,)
            ).fetchone()
            database.execute(f"UPDATE essays SET {change} WHERE id = %s", (essay_id,))
    try:
        answer = inside("runs", "reproduce", trained["run_id"])
    finally:
        with sql(grader) as database:
            for essay_id, (text, source) in moved.items():
                database.execute(
                    "UPDATE essays SET text = %s, source = %s WHERE id = %s",
                    (text, source, essay_id),
                )
    assert answer.code == 4, answer.err
    assert "error[run-data-changed]: 1 essays differ" in answer.err
    assert "0 are missing, 0 are new, 1 have changed" in answer.err
    assert inside.json("runs", "list") == before


def test_only_trainings_are_reproduced(inside, evaluated):
    answer = inside("runs", "reproduce", evaluated[1]["id"])
    assert answer.code == 4
    assert "kind evaluate" in answer.err


def test_pruning_shows_asks_and_removes(inside, grader, trained, evaluated, quick):
    arguments = ("runs", "prune", "--older-than", "0h", "--kind", "evaluate")
    kept = evaluated[1]["id"]
    grader.json("evaluate", "--model-path", trained["model_path"], *quick)
    gone = only(inside.json("runs", "list", "--limit", "1"))["id"]
    inside.json("runs", "tag", kept, "--add", "keep")
    files = grader.home / "runs" / gone / "checkpoints"
    files.mkdir(parents=True)
    (files / "x").write_bytes(b"x" * 1000)

    plan = {run["id"]: run for run in inside.json(*arguments, "--dry-run")["runs"]}
    assert (plan[kept]["kept"], plan[gone]["kept"]) == ("tagged", None)
    assert plan[gone]["bytes"] == 1000
    refused = inside(*arguments)
    assert (refused.code, "--yes" in refused.err) == (2, True)
    assert files.exists()

    inside.json(*arguments, "--yes")

    left = {run["id"] for run in inside.json("runs", "list", "--limit", "1000")["runs"]}
    assert kept in left
    assert gone not in left
    assert not files.parent.exists()
    trainings = inside.json("runs", "prune", "--older-than", "0h", "--kind", "train", "--dry-run")
    assert {run["id"]: run["kept"] for run in trainings["runs"]}[trained["run_id"]] == "registered"
