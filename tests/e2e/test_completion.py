"""Completion, asked for as bash asks: words in the environment, answers on stdout."""

import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = Path(sys.executable).parent / "train-essay-grader"


def complete(grader, *words):
    """Return what bash would offer for the last word, and what would be seen beside it."""
    environment = grader.environment | {
        "_TRAIN_ESSAY_GRADER_COMPLETE": "complete_bash",
        "COMP_WORDS": " ".join(("train-essay-grader", *words)),
        "COMP_CWORD": str(len(words)),
    }
    done = subprocess.run(
        [COMMAND], env=environment, cwd=grader.home, capture_output=True, text=True, check=False
    )
    return done.stdout.split(), done.stderr


def elsewhere(grader, tmp_path, url):
    return type(grader)(tmp_path, url)


def test_names_versions_stages_and_ids_are_offered(grader, trained):
    def offers(*words):
        found, noise = complete(grader, *words)
        assert noise == ""
        return found

    assert "essay-scorer" in offers("registry", "list", "--model-name", "ess")
    assert offers("registry", "promote", "--model-id", trained["model_id"]) == [trained["model_id"]]
    versions = offers("registry", "rollback", "--model-name", "essay-scorer", "--to", "2")
    assert trained["version"] in versions
    assert trained["run_id"] in offers("runs", "show", trained["run_id"][:3])


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://nobody:hush@127.0.0.1:1/nothing",
        "not a url",
        None,
    ],
)
def test_without_a_database_nothing_is_offered_or_said(grader, tmp_path, url):
    found, noise = complete(
        elsewhere(grader, tmp_path, url), "registry", "list", "--model-name", "e"
    )
    assert (found, noise) == ([], "")
    assert not (tmp_path / "postgres").exists()


def test_stages_need_no_database(grader, tmp_path):
    line = ("registry", "promote", "--stage", "st")
    assert complete(elsewhere(grader, tmp_path, None), *line) == (["staging"], "")


def test_broken_settings_are_no_matter_for_a_line_that_is_typed(grader):
    line = ("registry", "list", "--config", "absent.yaml", "--model-name", "e")
    assert complete(grader, *line) == ([], "")
