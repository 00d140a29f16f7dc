"""``cv``: figures, files, resuming, and telling what makes no sense."""

import json
import signal

import pyarrow.parquet as pq

CHEAP = ("--set", "training.folds=2", "--set", "model.booster.max_rounds=15")


def test_cross_validation_answers_people_and_programs(grader, quick, tmp_path):
    output, predictions, plot = (tmp_path / name for name in ("cv.json", "oof.parquet", "c.svg"))
    arguments = ("cv", *quick, *CHEAP, "--scheme", "prompt-holdout", "--folds", "2", "--nested")
    arguments += ("--learning-curve", "60", "--output", str(output))
    arguments += ("--predictions", str(predictions), "--plot", str(plot))

    answer = grader(*arguments)

    assert answer.code == 0, answer.err
    assert "260 held-out essays, prompt_holdout, 2 folds, honest protocol" in answer.out
    assert "median (configured)" in answer.out
    assert "Learning curve" in answer.out
    assert "Cross-validating" in answer.err
    assert "Cross-validating" not in answer.out
    report = json.loads(output.read_text())
    assert (report["protocol"], report["n"], len(report["rules"])) == ("honest", 260, 5)
    table = pq.read_table(predictions).to_pydict()
    folds = dict(zip(table["prompt"], table["fold"], strict=True))
    pairs = set(zip(table["prompt"], table["fold"], strict=True))
    assert len(table["essay_id"]) == len(set(table["essay_id"])) == 260
    assert pairs == set(folds.items())
    assert plot.read_text().startswith("<svg")
    again = grader(*arguments)
    assert again.code == 4
    assert "cv.json" in again.err
    run = grader.json("runs", "list", "--kind", "cv")["runs"][0]
    assert (run["kind"], run["state"]) == ("cv", "completed")
    assert run["metrics"]["values"] == report["rules"][report["rule"]]["values"]
    assert run["request"]["outer_folds"] == 2
    assert all(run[field] for field in ("dataset_digest", "correlation_id", "seconds", "config"))


def test_the_legacy_protocol_says_that_it_flatters(grader, quick):
    arguments = ("cv", *quick, *CHEAP, "--protocol", "legacy", "--scheme", "repeated")
    arguments += ("--folds", "3", "--repeats", "2", "--variance", "2x2")

    answer = grader(*arguments)

    assert answer.code == 0, answer.err
    assert "legacy protocol (optimistic)" in answer.out
    assert "warning: these figures are optimistic" in answer.err
    assert "essays that were graded" in answer.out
    document = grader.json(*arguments)
    assert document["kind"] == "cv"
    report = document["report"]
    assert (report["protocol"], report["n_repeats"], len(report["folds"])) == ("legacy", 2, 6)
    assert len(report["caveats"]) == 2
    assert ["qwk", "rps"] == [each["metric"] for each in report["variance"]]


def test_an_interrupted_cross_validation_goes_on(grader, quick, interrupt_when):
    arguments = ("cv", *quick, "--folds", "6", "--set", "training.seed=4711")

    def one_fold_is_scored():
        return bool(list((grader.home / "runs").rglob("scored-0/index.json")))

    stopped = interrupt_when(grader.start(*arguments), one_fold_is_scored, signal.SIGINT)

    assert stopped.code == 130, stopped.err
    assert "goes on where it stopped" in stopped.err
    run = grader.json("runs", "list", "--kind", "cv")["runs"][0]
    assert run["state"] == "interrupted"
    resumed = grader.json(*arguments)
    assert (resumed["run_id"], resumed["resumed"]) == (run["id"], True)
    anew = grader.json(*arguments)
    assert anew["run_id"] != run["id"]
    assert anew["report"] == resumed["report"]


def test_what_makes_no_sense_is_told_before_a_run_begins(grader, quick):
    before = grader.json("runs", "list")
    for arguments, code, expected in (
        (("--scheme", "prompt-holdout", "--folds", "40"), 5, "cannot be divided into 40 parts"),
        (("--learning-curve", "9999"), 2, "--learning-curve 9999"),
    ):
        answer = grader("cv", *quick, *arguments)
        assert answer.code == code, answer.err
        assert expected in answer.err
    assert before == grader.json("runs", "list")
