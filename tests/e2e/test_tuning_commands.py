"""Tuning: trials are kept, and the best configuration trains."""

import signal

import yaml


def test_tuning_goes_on_and_its_best_configuration_trains(grader, quick, interrupt_when, tmp_path):
    output = tmp_path / "best.yaml"
    arguments = ("tune", *quick, "--output", str(output), "--set", "tuning.folds=3")
    arguments += ("--study-name", "e2e", "--n-trials")

    def started():
        return any(run["kind"] == "tune" for run in grader.json("runs", "list")["runs"])

    stopped = interrupt_when(grader.start(*arguments, "500"), started, signal.SIGINT)
    assert stopped.code == 130, stopped.err
    assert not output.exists()

    document = grader.json(*arguments, "4")

    assert document["study_name"] == "e2e"
    assert 4 <= document["n_finished"] < 500
    assert document["best_value"] <= document["default_value"]
    run = grader.json("runs", "list", "--kind", "tune", "--limit", "1")["runs"][0]
    assert run["state"] == "completed"
    assert run["metrics"]["values"]["rps"]["value"] == document["best_value"]
    assert run["request"]["study_name"] == "e2e"
    assert all(run[field] for field in ("dataset_digest", "correlation_id", "seconds", "config"))
    booster = yaml.safe_load(output.read_text())["model"]["booster"]
    assert booster["num_leaves"] == document["best_parameters"]["num_leaves"]
    trained = grader.json("train", "--config", str(output))
    assert trained["stage"] == "dev"


def test_an_existing_output_is_told_before_the_search(grader, quick, tmp_path):
    output = tmp_path / "best.yaml"
    output.write_text("precious")
    answer = grader("tune", *quick, "--n-trials", "100", "--output", str(output))
    assert answer.code == 4
    assert output.read_text() == "precious"


def test_a_study_of_other_inputs_is_not_mixed_in(grader, quick, tmp_path):
    arguments = ("tune", *quick, "--n-trials", "1", "--study-name", "mixed")
    output = ("--output", str(tmp_path / "best.yaml"), "--force")
    assert grader(*arguments, *output).code == 0
    answer = grader(*arguments, *output, "--set", "split.seed=1")
    assert answer.code == 4
    assert "mixed" in answer.err
