"""The reference of the features and the library's README agree with the code."""

import re
import subprocess
import sys
from pathlib import Path

from huleedu_essay_features.docs import render
from huleedu_essay_features.pipeline import create_pipeline

ROOT = Path(__file__).parents[3]
README = ROOT / "libs/huleedu_essay_features/README.md"


def test_the_reference_is_current():
    command = "python -m huleedu_essay_features.docs > docs/features.md"
    expected = render(create_pipeline().schema)
    assert expected == (ROOT / "docs/features.md").read_text(encoding="utf-8"), f"run {command}"


def test_the_module_prints_the_reference():
    run = [sys.executable, "-m", "huleedu_essay_features.docs"]
    printed = subprocess.run(run, check=True, capture_output=True, encoding="utf-8").stdout
    assert render(create_pipeline().schema) == printed


def test_every_engineered_feature_has_an_entry():
    schema = create_pipeline().schema
    text = render(schema)
    assert list(schema.names[:49]) == re.findall(r"^### (\w+)$", text, re.MULTILINE)


def test_the_example_in_the_readme_runs(tmp_path):
    (example,) = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    script = tmp_path / "example.py"
    script.write_text(example, encoding="utf-8")
    printed = subprocess.run(
        [sys.executable, script], check=True, capture_output=True, encoding="utf-8"
    ).stdout
    assert f"(1, 433) {create_pipeline().schema.digest}" in printed
