"""The demo: the main job, start to finish, on an embedded server of its own."""

import pytest


@pytest.mark.slow
def test_the_demo_runs_twice_and_adds_a_version(grader, tmp_path, quick):
    embedded = type(grader)(tmp_path, None)
    few = tuple(item for item in quick if "embedder" not in item)
    arguments = ("demo", "--essays", "220", "--set", "training.folds=3", *few[-4:])

    first = embedded.json(*arguments)
    answer = embedded(*arguments)

    assert answer.code == 0, answer.err
    assert first["stage"] == "production"
    assert len(first["graded"]) == 3
    for phrase in ("Data (synthetic)", "kappa", "production", "report.html", "Try next:"):
        assert phrase in answer.out
    models = embedded.json("registry", "list")["models"]
    assert [model["stage"] for model in models] == ["production", "archived"]
    assert models[1]["version"] == first["version"]


def test_the_demo_leaves_a_real_database_alone(grader):
    before = grader.json("data", "describe")
    answer = grader("demo", "--essays", "220")
    assert answer.code == 2
    assert "--use-configured-database" in answer.err
    assert before == grader.json("data", "describe")
