"""The demo: the main job, start to finish, on an embedded server of its own."""

import pytest


@pytest.mark.slow
def test_the_demo_runs_twice_and_adds_a_version(grader, tmp_path, quick):
    embedded = type(grader)(tmp_path, None)
    settings = [item for item in quick if item != "--set" and "=none" not in item]
    # 45 test essays cannot lift the lower bound of an interval over the default gate.
    settings.append("registry.min_qwk_lower_bound=0")
    arguments = ["demo", "--essays", "220"]
    for setting in settings:
        arguments += ["--set", setting]

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
