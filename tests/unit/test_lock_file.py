"""What holds for the lock file, whoever last wrote it."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def lock_text():
    return (ROOT / "pdm.lock").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_lock_leaves_the_heavy_groups_out(lock_text, project):
    lock = tomllib.loads(lock_text)
    groups = {"default", *project["dependency-groups"], *project["tool"]["pdm"]["dev-dependencies"]}
    packages = {package["name"] for package in lock["package"]}

    assert groups - {"distributed", "transformers"} == set(lock["metadata"]["groups"])
    assert set() == packages & {"torch", "transformers", "peft", "ray"}


def test_lock_and_project_name_no_package_index(lock_text, project):
    without_descriptions = re.sub(r"(?m)^summary = .*$", "", lock_text)
    elsewhere = without_descriptions.replace("file:///${PROJECT_ROOT}/libs/", "")

    assert [] == re.findall(r".*//.*", elsewhere)
    assert {"file", "hash"} == {
        key
        for package in tomllib.loads(lock_text)["package"]
        for file in package.get("files", ())
        for key in file
    }
    assert "source" not in project["tool"]["pdm"]
    assert not (ROOT / "pdm.toml").exists()


def test_everyone_uses_the_same_pdm():
    requirement = r"pdm\[locked\]~=[\d.]+"
    named = {
        name: set(re.findall(requirement, (ROOT / name).read_text(encoding="utf-8")))
        for name in ("Makefile", "Dockerfile.train", "CONTRIBUTING.md")
    }

    assert 1 == len(set.union(*named.values()))
    assert all(named.values())
