"""Training and grading with another pipeline, as the how-to page tells."""

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "plug-in-a-pipeline.md"
ESSAY = "My phone is useful. I think we should keep it, because it helps us learn."
PLUGGED = ("--set", "features.pipeline=our_features:create_pipeline")


@pytest.fixture
def module(tmp_path, monkeypatch):
    (source,) = re.findall(
        r"`our_features\.py`:\n\n```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL
    )
    path = tmp_path / "our_features.py"
    path.write_text(source)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return path


def test_a_grader_learns_from_and_grades_with_a_plugged_in_pipeline(grader, quick, module):
    trained = grader.json("train", *quick, *PLUGGED)
    model = trained["model_path"]
    assert (grader.home / model / "config.yaml").read_text().count("our_features:create_pipeline")

    scored = grader.json("score", "--text", ESSAY, "--model", model, *PLUGGED)
    assert 1 == len(scored["scores"])

    judged = grader("evaluate", "--model", model, *PLUGGED)
    assert 0 == judged.code, judged.err

    # What a bundle names is never imported, even where it could be.
    without = grader("score", "--text", ESSAY, "--model", model)
    assert 2 == without.code
    assert "error[pipeline-needed]" in without.err

    module.write_text(module.read_text().replace('version = "1"', 'version = "2"'))
    changed = grader("score", "--text", ESSAY, "--model", model, *PLUGGED)
    assert 5 == changed.code
    assert "error[feature-schema-mismatch]" in changed.err
    assert "extractor.length was" in changed.err


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("our_features", "module:function"),
        ("no_such_module:make", "No module named 'no_such_module'"),
        ("our_features:LevelExtractor", "an object of type LevelExtractor"),
    ],
)
def test_a_setting_that_names_no_pipeline_is_refused(grader, quick, module, reference, said):
    answer = grader("train", *quick, "--set", f"features.pipeline={reference}")
    assert 2 == answer.code
    assert "error[invalid-pipeline]" in answer.err
    assert said in answer.err
