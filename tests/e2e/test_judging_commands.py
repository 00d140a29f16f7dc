"""Evaluate, compare, score."""

import json
import re

import pytest

from huleedu_ml_training.metrics.judgement_report import JudgementReport
from huleedu_ml_training.metrics.standing_flags import standing_flags
from huleedu_ml_training.training.residuals import read_residuals

ESSAY = "I think phones are useful in school. However, they can disturb the lessons a lot."


def test_evaluate_repeats_the_figures_of_training(grader, trained, quick):
    document = grader.json("evaluate", "--model-path", trained["model_path"], *quick)
    assert document["report"]["values"] == trained["evaluation"]["values"]
    assert document["seen_in_training"] == 0


def test_evaluate_takes_a_file_and_needs_no_database(grader, trained, tmp_path, quick):
    file = tmp_path / "test.parquet"
    grader.json("data", "export", str(file))
    bundle = str(grader.home / trained["model_path"])
    offline = type(grader)(tmp_path, "postgresql://nobody@127.0.0.1:1/nothing")

    answer = offline(
        "evaluate", "--model-path", bundle, "--test-data-path", str(file), *quick, "--json"
    )

    assert answer.code == 0, answer.err
    assert answer.document["report"]["n"] == trained["data"]["n_essays"]
    parts = trained["data"]["parts"]
    assert answer.document["seen_in_training"] >= parts["train"] + parts["validation"]
    assert "was trained on" in answer.err


def test_evaluate_writes_everything_once(grader, trained, tmp_path, quick):
    directory = tmp_path / "judged" / "now"
    card = tmp_path / "card.md"
    arguments = ("evaluate", "--model", trained["model_id"][:8], *quick)
    files = ("--output-dir", str(directory), "--model-card", str(card))

    answer = grader(*arguments, *files, "--fail-on-flags", "--json")

    assert {"metrics.json", "report.html", "residuals.parquet"} == {
        path.name for path in directory.iterdir()
    }
    document = json.loads((directory / "metrics.json").read_text())
    report = JudgementReport.from_dict(document)
    standing = standing_flags(report)
    assert answer.code == (3 if standing else 0), answer.err
    assert answer.document["report"] == document
    assert document["values"] == trained["evaluation"]["values"]
    assert ("error" in answer.document) == bool(standing)
    kept = read_residuals(directory / "residuals.parquet")
    assert len(kept.essay_ids) == document["n"] == trained["data"]["parts"]["test"]
    again = grader(*arguments, "--output-dir", str(directory))
    assert again.code == 4
    assert "--force" in again.err

    told = card.read_text(encoding="utf-8")
    assert "of the model's held-out test part, as selected in the database." in told
    assert trained["data"]["dataset_digest"] in told
    assert "> **Synthetic essays.**" in told
    missing = re.findall(r"(?m)^Not stated: (.+?)\.", told)
    assert missing == [
        "how far changed texts move the grade",
        "who maintains this model and answers complaints",
    ]
    html = (directory / "report.html").read_text(encoding="utf-8")
    assert html.lstrip().lower().startswith("<!doctype html>")
    assert trained["data"]["dataset_digest"] in html


def test_the_card_of_a_bundle_speaks_of_its_test_part(grader, trained):
    bundle = grader.home / trained["model_path"]
    card = (bundle / "model_card.md").read_text(encoding="utf-8")
    assert f"of {trained['data']['parts']['test']} essays of the held-out test part" in card
    for heading in ("Groups of essays", "How well people agree", "When a teacher has to look"):
        assert f"## {heading}\n\n" in card
        assert f"## {heading}\n\nNot stated" not in card


def test_evaluate_tells_what_a_person_wants_to_know(grader, trained, quick):
    answer = grader(
        *("evaluate", "--model-path", trained["model_path"], "--split", "train", *quick),
        *("--perturbations", "--perturbation-essays", "4"),
    )
    assert answer.code == 0, answer.err
    for caption in ("Worst prompts", "Groups", "Ranges of grades", "Sent to a teacher"):
        assert caption in answer.out
    assert "Changed texts: 4 of" in answer.out
    for change in ("the whole essay twice", "everything in lower case"):
        assert change in answer.out
    assert f"was trained on {trained['data']['parts']['train']} of these" in answer.err


def test_evaluate_selects_from_the_database_by_prompt(grader, trained, quick):
    arguments = ("evaluate", "--model-path", trained["model_path"], "--split", "all", *quick)
    whole = grader.json(*arguments)["report"]
    assert whole["n"] == trained["data"]["n_essays"]
    largest = whole["by_prompt"][0]
    part = grader.json(*arguments, "--prompt", largest["prompt"])["report"]
    assert part["n"] == largest["n"]


def test_compare_takes_several_models_on_the_same_essays(grader, trained, tmp_path, quick):
    other = grader.json("train", *quick, "--set", "model.booster.max_rounds=2")
    a, b = trained["model_path"], other["model_path"]

    document = grader.json("compare", "--model-a", a, "--model-b", b, "--model-b", a, *quick)

    different, same = document["comparisons"]
    qwk = different["metrics"]["qwk"]
    assert different["n"] == trained["data"]["parts"]["test"]
    assert qwk["a"]["value"] == trained["evaluation"]["values"]["qwk"]["value"]
    assert qwk["difference"]["value"] == pytest.approx(qwk["b"]["value"] - qwk["a"]["value"])
    assert qwk["difference"]["low"] <= qwk["difference"]["value"] <= qwk["difference"]["high"]
    assert different["disagreements"]
    assert same["metrics"]["qwk"]["difference"]["value"] == 0
    assert same["metrics"]["qwk"]["probability_b_better"] == 0.5
    assert same["noninferiority"]["verdict"] == "no_worse"

    # What was said of each essay can be compared later, without models.
    files = [tmp_path / "a.parquet", tmp_path / "b.parquet"]
    for model, file in zip((a, b), files, strict=True):
        assert grader("evaluate", "--model", model, "--residuals", str(file), *quick).code == 0
    stored = ("compare", "--model-a", str(files[0]), "--model-b", str(files[1]), *quick)
    (again,) = grader.json(*stored)["comparisons"]
    assert again == different
    assert "Where they differ most" in grader(*stored).out


def test_score_gives_grade_confidence_and_all_probabilities(grader, trained):
    document = grader.json("score", "--text", ESSAY, "--model", trained["model_path"])
    (score,) = document["scores"]
    assert list(score["probabilities"]) == ["F", "E", "D", "D+", "C", "C+", "B", "A"]
    assert sum(score["probabilities"].values()) == pytest.approx(1, abs=1e-6)
    assert score["confidence"] == score["probabilities"][score["grade"]]


def test_file_stdin_and_option_give_the_same_score(grader, trained, tmp_path):
    model = ("--model", trained["model_path"], "--json")
    file = tmp_path / "essay.txt"
    file.write_text(ESSAY, encoding="utf-8")
    answers = [
        grader("score", "--text", ESSAY, *model),
        grader("score", str(file), *model),
        grader("score", "-", *model, stdin=ESSAY),
    ]
    scores = [{**answer.document["scores"][0], "essay": ""} for answer in answers]
    assert scores[0] == scores[1] == scores[2]


def test_a_table_of_essays_is_scored_row_by_row(grader, trained, tmp_path):
    file = tmp_path / "essays.csv"
    file.write_text(f'id,text\na,"{ESSAY}"\nb,"Short one.\nWith two lines."\n', encoding="utf-8")
    document = grader.json("score", str(file), "--model", trained["model_path"])
    assert [score["essay"] for score in document["scores"]] == ["a", "b"]


@pytest.mark.parametrize(
    ("arguments", "code", "expected"),
    [
        (("--text", " … "), 5, "no words"),
        (("absent.txt",), 4, "absent.txt"),
        (("--text", "a", "--language", "xx"), 5, "xx"),
        (("--text", "a", "--model", "models/absent"), 4, "models/absent"),
        (("--text", "a", "--model", "models:/absent/production"), 4, "absent"),
        (("--text", "a", "--model", "models:/absent"), 2, "models:/"),
        (("--text", "a", "--model", "ffffffff"), 4, "ffffffff"),
    ],
)
def test_what_cannot_be_scored_says_why(grader, trained, arguments, code, expected):
    if "--model" not in arguments:
        arguments = (*arguments, "--model", trained["model_path"])
    answer = grader("score", *arguments)
    assert answer.code == code, answer.err
    assert expected in answer.err


def test_latin_1_is_told_from_utf_8(grader, trained, tmp_path):
    file = tmp_path / "essay.txt"
    file.write_bytes("sm\xe5 katter".encode("latin-1"))
    answer = grader("score", str(file), "--model", trained["model_path"])
    assert answer.code == 5
    assert "byte 2 is not UTF-8" in answer.err


@pytest.mark.parametrize("file", ["grader.onnx", "calibration.json", "manifest.json"])
def test_a_tampered_bundle_is_refused(grader, trained, tmp_path, file):
    bundle = tmp_path / "bundle"
    bundle.mkdir()
    for source in (grader.home / trained["model_path"]).iterdir():
        (bundle / source.name).write_bytes(source.read_bytes())
    damaged = bundle / file
    damaged.write_bytes(damaged.read_bytes()[:-4])
    answer = grader("score", "--text", ESSAY, "--model", str(bundle))
    assert answer.code == 5
    assert file in answer.err


def test_doctor_finds_nothing_and_says_nothing_else(grader, trained):
    answer = grader("doctor", "--json")
    assert (answer.code, answer.document["healthy"], answer.err) == (0, True, "")
    names = {check["name"] for check in answer.document["checks"]}
    assert {"python", "database", "migrations", "model files", "home", "packages"} <= names


def test_doctor_says_what_to_do_about_a_missing_migration(grader, empty_database_url):
    fresh = type(grader)(grader.home, empty_database_url)
    answer = fresh("doctor")
    assert answer.code == 6
    assert "train-essay-grader db upgrade" in answer.out


def test_too_few_held_out_essays_are_no_basis(grader, trained, quick):
    answer = grader(
        "evaluate", "--model-path", trained["model_path"], *quick, "--scale", "ellipse_overall"
    )
    assert answer.code == 5
    assert "only 0 held-out essays to judge on" in answer.err
    assert "--test-data-path" in answer.err


def test_explain_says_why(grader, trained, tmp_path):
    essay = tmp_path / "essay.txt"
    essay.write_text(ESSAY)
    arguments = ("explain", str(essay), "--model", trained["model_id"][:8])
    (found,) = grader.json(*arguments, "--top", "3")["explanations"]
    (score,) = grader.json("score", str(essay), *arguments[2:])["scores"]
    assert score["latent"] == pytest.approx(found["latent"], abs=1e-9)
    assert found["latent"] == pytest.approx(found["base"] + sum(found["groups"].values()))
    assert len(found["features"]) == 3
    sizes = [abs(feature["effect"]) for feature in found["features"]]
    assert sizes == sorted(sizes, reverse=True)

    answer = grader(*arguments)
    assert answer.code == 0, answer.err
    assert " 1. " in answer.out
    assert "the score by" in answer.out
