"""The wheels are whole: nothing but them and what they declare is needed to run the demo.

They are built as a release builds them: sources to sdist to wheel. The environment that receives
them is empty at first; then every distribution that the wheels require, directly or through others,
is linked into it from the environment that runs the tests. So nothing is downloaded, an undeclared
import fails, and pip, without network, judges whether all that is declared is there.
"""

import json
import os
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from importlib.metadata import Distribution, PathDistribution, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LIBRARIES = ("huleedu_essay_features", "huleedu_ml_training")
QUICK_DEMO = (
    "training.folds=2",
    "training.threads=1",
    "model.booster.max_rounds=40",
    "evaluation.resamples=200",
    "registry.policy=lenient.yaml",
)
# Forty held-out essays prove nothing of a grader; what is asked here is whether it is whole.
LENIENT = """
policy_format: 1
name: lenient
policy_version: 1
staging:
  synthetic_data: always
production:
  parity_certificate: true
  synthetic_data: always
"""

pytestmark = [pytest.mark.slow]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The directory with the sdists and wheels of both libraries."""
    sources = tmp_path_factory.mktemp("sources")
    for name in ("libs", "migrations"):
        shutil.copytree(ROOT / name, sources / name, ignore=shutil.ignore_patterns("*.egg-info"))
    out = tmp_path_factory.mktemp("dist")
    for name in LIBRARIES:
        _run(
            sys.executable,
            "-m",
            "build",
            "--no-isolation",
            "--outdir",
            out,
            sources / "libs" / name,
        )
    return out


@pytest.fixture(scope="module")
def environment(built, tmp_path_factory):
    """The ``bin`` directory of an environment into which the wheels were installed."""
    prefix = tmp_path_factory.mktemp("environment")
    venv.create(prefix, with_pip=True, symlinks=True)
    (site_packages,) = prefix.glob("lib/python*/site-packages")
    for required in _requirements_of(built.glob("*.whl")):
        _link(required, prefix, site_packages)
    python = prefix / "bin" / "python"
    _run(python, "-m", "pip", "install", "--isolated", "--no-index", *sorted(built.glob("*.whl")))
    return prefix / "bin"


@pytest.mark.parametrize("name", LIBRARIES)
def test_wheel_holds_the_package_and_nothing_else(built, name):
    wheel = zipfile.ZipFile(_only(built.glob(f"{name}-*.whl")))
    metadata = {member for member in wheel.namelist() if ".dist-info/" in member}

    assert _package_files(name) == set(wheel.namelist()) - metadata
    assert {"METADATA", "RECORD", "WHEEL"} <= {Path(member).name for member in metadata}


@pytest.mark.parametrize("name", LIBRARIES)
def test_sdist_holds_what_the_wheel_is_built_from(built, name):
    archive = _only(built.glob(f"{name}-*.tar.gz"))
    members = {Path(*Path(member).parts[1:]).as_posix() for member in _tar_names(archive)}
    sources = {member.removeprefix("src/") for member in members if member.startswith("src/")}
    build_files = {path.name for path in (ROOT / "libs" / name).iterdir() if path.is_file()}

    assert _package_files(name) == sources
    assert build_files | {"PKG-INFO"} == {member for member in members if "/" not in member}
    assert all(member.startswith("src/") or "/" not in member for member in members)


def test_installed_command_runs_the_library_of_the_wheel(environment, tmp_path):
    where = "import huleedu_ml_training; print(huleedu_ml_training.__file__)"

    printed = _run(environment / "python", "-c", where, cwd=tmp_path).stdout

    assert Path(printed.strip()).is_relative_to(environment.parent)


@pytest.mark.timeout(600)
def test_installed_wheel_migrates_a_database_and_runs_the_demo(environment, tmp_path):
    grader = environment / "train-essay-grader"
    quick = [word for setting in QUICK_DEMO for word in ("--set", setting)]

    (tmp_path / "lenient.yaml").write_text(LENIENT, encoding="utf-8")

    migrated = _run(grader, "db", "upgrade", cwd=tmp_path)
    demo = _run(grader, "demo", "--json", "--essays", "200", *quick, cwd=tmp_path)

    assert "none → 0007" in migrated.stdout + migrated.stderr
    document = json.loads(demo.stdout)
    assert "demo" == document["kind"]
    assert "production" == document["stage"]
    assert 3 == len(document["graded"])


def _run(*command, cwd=None):
    environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "OMP_NUM_THREADS": "1"}
    if cwd is not None:
        environment |= {"HOME": str(cwd), "HULEEDU_ML_HOME": str(cwd / "home")}
    finished = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert 0 == finished.returncode, finished.stdout + finished.stderr
    return finished


def _only(paths):
    (path,) = paths
    return path


def _tar_names(archive):
    with tarfile.open(archive) as tar:
        return [member.name for member in tar if member.isfile()]


def _package_files(name):
    """Paths that a distribution carries: the sources as git would have them, and the migrations."""
    source = ROOT / "libs" / name / "src"
    carried = {path: path.relative_to(source) for path in source.rglob("*")}
    if name == "huleedu_ml_training":
        migrations = ROOT / "migrations"
        target = Path(name) / "migrations"
        carried |= {path: target / path.relative_to(migrations) for path in migrations.rglob("*")}
    return {
        place.as_posix()
        for path, place in carried.items()
        if path.is_file() and "__pycache__" not in path.parts
    }


def _requirements_of(wheels):
    """The distributions that wheels need, markers and extras resolved for this interpreter."""
    ours: list[Distribution] = []
    for wheel in wheels:
        (info,) = {Path(member).parts[0] for member in zipfile.ZipFile(wheel).namelist()} - {
            wheel.name.split("-")[0]
        }
        ours.append(PathDistribution(zipfile.Path(wheel, f"{info}/")))
    own_names = {canonicalize_name(dist.metadata["Name"]) for dist in ours}
    found: dict[str, Distribution] = {}
    seen: set[tuple[str, str]] = set()
    pending = [(dist, "") for dist in ours]
    while pending:
        dist, extra = pending.pop()
        for requirement in map(Requirement, dist.requires or ()):
            name = canonicalize_name(requirement.name)
            applies = requirement.marker is None or requirement.marker.evaluate({"extra": extra})
            if name in own_names or not applies:
                continue
            found.setdefault(name, distribution(name))
            wanted = {(name, each) for each in ("", *requirement.extras)}
            pending.extend((found[name], each) for _, each in sorted(wanted - seen))
            seen |= wanted
    return list(found.values())


def _link(dist, prefix, site_packages):
    """Link what a distribution owns: the tops of its trees in site-packages, and its data files."""
    places = {}
    for file in dist.files or ():
        source = Path(os.path.normpath(dist.locate_file(file)))
        if ".." not in file.parts:
            top = file.parts[0]
            places[site_packages / top] = Path(dist.locate_file(top))
        elif source.is_relative_to(sys.prefix) and source.parent.name != "bin":
            places[prefix / source.relative_to(sys.prefix)] = source
    for link, source in places.items():
        if not link.exists():
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(source)
