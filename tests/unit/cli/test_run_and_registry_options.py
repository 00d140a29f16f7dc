"""Options about runs and versions are understood, or refused before any database is asked."""

import pytest
from typer.testing import CliRunner

from huleedu_ml_training.cli.app import app

NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"


@pytest.mark.parametrize("group", ["runs", "registry"])
@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("--where", "qvk>1"), "did you mean qwk"),
        (("--where", "qwk>=0.6; DROP TABLE x"), "invalid-condition"),
        (("--where", "qwk>=0.6", "--where", 'qwk"."x>=1'), "invalid-condition"),
        (("--where", "qwk >= 0.5)) OR 1=1 --"), "invalid-condition"),
        (("--since", "yesterday"), "invalid-time"),
        (("--until", "2026-13-01"), "invalid-time"),
    ],
)
def test_filters_that_cannot_be_understood(monkeypatch, group, options, expected):
    monkeypatch.setenv("HULEEDU_ML_DATABASE_URL", NOWHERE)
    answer = CliRunner().invoke(app, [group, "list", *options])
    assert answer.exit_code == 2, answer.output
    assert expected in answer.stderr


@pytest.mark.parametrize("age", ["soon", "", "-3d", "3", "3 months", "999999w", "１d", "1e9d"])
def test_ages_that_cannot_be_understood(monkeypatch, age):
    monkeypatch.setenv("HULEEDU_ML_DATABASE_URL", NOWHERE)
    answer = CliRunner().invoke(app, ["runs", "prune", f"--older-than={age}", "--yes"])
    assert answer.exit_code == 2, answer.output
    assert "error[invalid-age]" in answer.stderr
