"""The how-to page: its code runs, and does what the page says."""

import asyncio
import re
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from huleedu_essay_features.pipeline import create_pipeline
from huleedu_ml_training.testing.working_bundles import working_bundle

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "score-in-a-service.md"


@pytest.fixture(scope="module")
def blocks():
    """The Python of the page, in order."""
    return re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


@pytest.fixture(scope="module")
def schema():
    return create_pipeline("none", parser="none", checker="none").schema


def test_one_model(blocks, schema, store, tmp_path, monkeypatch, capsys):
    (tmp_path / "models").mkdir()
    store(working_bundle(schema), "models/model_20250101_120000")
    monkeypatch.chdir(tmp_path)
    exec(blocks[0], {})
    assert re.fullmatch(r"[A-F]\+? [01]\.\d\d (True|False)\n", capsys.readouterr().out)


def test_a_service(blocks, schema, store):
    names = {}
    exec(blocks[1], names)
    metrics = CollectorRegistry()
    grading = names["Grading"](str(store(working_bundle(schema), "production")), metrics)
    try:
        (grade,) = asyncio.run(grading.grade(["I like my school. It is big."]))
        assert grade in {"F", "E", "D", "D+", "C", "C+", "B", "A"}
        assert {"version": "20250101_120000", "last_check": None} == grading.health()
        labels = {"model_name": "essay-scorer", "version": "20250101_120000"}
        assert 1 == metrics.get_sample_value("huleedu_ml_training_served_model_info", labels)
    finally:
        grading.close()


def test_the_metrics_of_the_page_are_those_there_are(blocks):
    page = PAGE.read_text(encoding="utf-8")
    source = (
        Path(__file__).parents[3]
        / "libs/huleedu_ml_training/src/huleedu_ml_training/inference/reload_metrics.py"
    ).read_text(encoding="utf-8")
    named = set(re.findall(r"huleedu_ml_training_\w+(?=\{)", page))
    assert named == set(re.findall(r'"(huleedu_ml_training_\w+)"', source))
