"""Training: registered, judged, reproducible, and resumable however it was stopped."""

import json
import signal
from pathlib import Path

import pytest


def checkpoints(home: Path) -> list[Path]:
    return sorted((home / "runs").glob("*/checkpoints/fold-0/index.json"))


def test_a_training_leaves_a_judged_version_in_dev(grader, trained):
    bundle = grader.home / trained["model_path"]
    manifest = json.loads((bundle / "manifest.json").read_text())

    assert trained["stage"] == "dev"
    assert trained["data"]["synthetic"] is True
    assert manifest["parity"]["passed"] is True
    assert manifest["labels"] == ["synthetic"]
    qwk = trained["evaluation"]["values"]["qwk"]
    assert qwk["low"] < qwk["value"] < qwk["high"]
    assert {"report.html", "model_card.md", "grader.onnx", "split.json"} <= set(manifest["files"])


def test_the_run_is_remembered_as_completed(grader, trained):
    runs = grader.json("runs", "list")["runs"]
    run = next(run for run in runs if run["id"] == trained["run_id"])
    assert (run["state"], run["experiment_name"]) == ("completed", "first")
    assert not list((grader.home / "runs").glob(f"{trained['run_id']}/checkpoints"))


def test_training_again_gives_the_same_grader_bit_for_bit(grader, trained, quick):
    again = grader.json("train", "--experiment-name", "again", *quick)

    first, second = (grader.home / doc["model_path"] for doc in (trained, again))
    assert first != second
    names = [p.name for p in first.iterdir() if p.name.startswith("booster")]
    assert names
    for name in [*names, "calibration.json", "decision.json", "grader.onnx", "metrics.json"]:
        assert (first / name).read_bytes() == (second / name).read_bytes(), name
    text = "My phone is useful. I think we should keep it, because it helps us learn."
    scores = [
        grader.json("score", "--text", text, "--model", doc["model_path"])["scores"]
        for doc in (trained, again)
    ]
    assert scores[0] == scores[1]


@pytest.mark.parametrize(
    ("sent", "code", "state"),
    [
        (signal.SIGINT, 130, "interrupted"),
        (signal.SIGTERM, 130, "interrupted"),
        (signal.SIGKILL, -9, "running"),
    ],
)
def test_a_stopped_training_goes_on(grader, quick, interrupt_when, sent, code, state):
    arguments = ("train", *quick, "--set", f"training.seed={int(sent)}")
    arguments += ("--set", "training.folds=6", "--set", "model.booster.max_rounds=120")
    models_before = {model["id"] for model in grader.json("registry", "list")["models"]}

    stopped = interrupt_when(grader.start(*arguments), lambda: bool(checkpoints(grader.home)), sent)

    assert stopped.code == code, stopped.err
    run = grader.json("runs", "list")["runs"][0]
    assert run["state"] == state
    models = {model["id"] for model in grader.json("registry", "list")["models"]}
    assert models == models_before
    resumed = grader.json(*arguments)
    assert (resumed["run_id"], resumed["resumed"]) == (run["id"], True)


def test_a_resumed_training_gives_what_an_undisturbed_one_gives(grader, quick, interrupt_when):
    arguments = ("train", *quick, "--set", "training.seed=77", "--set", "training.folds=5")
    interrupt_when(grader.start(*arguments), lambda: bool(checkpoints(grader.home)), signal.SIGKILL)
    resumed = grader.json(*arguments)
    undisturbed = grader.json(*arguments, "--no-resume")

    assert resumed["resumed"]
    assert not undisturbed["resumed"]
    for name in ("grader.onnx", "calibration.json", "decision.json", "metrics.json"):
        one, other = (grader.home / doc["model_path"] / name for doc in (resumed, undisturbed))
        assert one.read_bytes() == other.read_bytes(), name


def test_text_for_people_goes_to_stdout_and_progress_to_stderr(grader, quick):
    answer = grader("train", *quick)
    assert answer.code == 0, answer.err
    assert "Quadratic weighted kappa" in answer.out
    assert "Try next:" in answer.out
    assert "Cross-fitting" in answer.err
    assert "Cross-fitting" not in answer.out


def test_metrics_are_written_for_prometheus(grader, quick, tmp_path):
    textfile = tmp_path / "train.prom"
    grader.json("train", *quick, "--set", f"observability.metrics_textfile={textfile}")
    text = textfile.read_text()
    assert 'huleedu_ml_training_runs_total{kind="train",state="completed"} 1.0' in text
    assert 'huleedu_ml_training_dataset_essays{part="test"}' in text


def test_logs_are_json_with_one_correlation_id(grader, quick):
    answer = grader("train", *quick, "--verbose", "--set", "observability.log_format=json")
    lines = [json.loads(line) for line in answer.err.splitlines() if line.startswith("{")]
    assert {"run_started", "run_finished", "model_registered"} <= {line["event"] for line in lines}
    assert len({line["correlation_id"] for line in lines}) == 1
    assert {line["service.name"] for line in lines} == {"huleedu-ml-training"}


@pytest.mark.parametrize(
    ("arguments", "code", "expected"),
    [
        (("--config", "absent.yaml"), 4, "absent.yaml"),
        (("--set", "training.sed=1"), 2, "training.seed"),
        (("--scale", "ellipse_overall"), 5, "ellipse_overall"),
        (("--source", "nowhere"), 5, "no essay of the table essays is selected"),
        (("--since", "yesterday"), 2, "--since"),
        (("--scale", "A"), 2, "scale"),
    ],
)
def test_bad_input_is_named_and_changes_nothing(grader, arguments, code, expected):
    before = grader.json("runs", "list")
    answer = grader("train", *arguments)
    assert answer.code == code, answer.err
    assert expected in answer.err
    assert before == grader.json("runs", "list")
