"""What the training image and the compose file promise; `make lint` checks their form."""

import fnmatch
import re
from pathlib import Path

import pytest
import yaml

from huleedu_essay_features.service.command import argument_parser
from huleedu_ml_training.config_loader import load_settings

ROOT = Path(__file__).parents[2]
REQUIRED_PASSWORD = re.compile(r"\$\{POSTGRES_PASSWORD:\?.+\}")


@pytest.fixture(scope="module")
def stages():
    """Instructions of the Dockerfile, a list per stage; the first holds what precedes them."""
    text = (ROOT / "Dockerfile.train").read_text(encoding="utf-8")
    text = re.sub(r"(?m)^#.*\n", "", text).replace("\\\n", " ")
    stages = [[]]
    for line in filter(str.strip, text.splitlines()):
        word, rest = line.split(maxsplit=1)
        if word == "FROM":
            stages.append([])
        stages[-1].append((word, " ".join(rest.split())))
    return stages


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load((ROOT / "docker" / "compose.yaml").read_text(encoding="utf-8"))


def test_every_stage_starts_from_the_base_image_argument(stages):
    preamble, *built = stages

    assert [("ARG", "BASE_IMAGE=python:3.11-slim-bookworm")] == preamble
    assert {"${BASE_IMAGE}"} == {stage[0][1].split()[0] for stage in built}


def test_image_runs_the_command_as_a_fixed_unprivileged_user(stages):
    last = dict(stages[-1])

    assert "10001:10001" == last["USER"]
    assert '["train-essay-grader"]' == last["ENTRYPOINT"]
    assert "SIGTERM" == last["STOPSIGNAL"]


def test_last_stage_installs_the_openmp_runtime_and_no_build_tools(stages):
    commands = " ".join(rest for word, rest in stages[-1] if word == "RUN")
    installed = re.search(r"apt-get install ((?:--[\w-]+ )*)([^&]*)", commands)

    assert "libgomp1" == installed[2].strip()
    assert not re.search(r"\b(pip|pdm) (install|sync)", commands)


def test_dependencies_come_from_the_lock_file(stages):
    commands = " ".join(rest for word, rest in stages[1] if word == "RUN")

    assert "pdm sync --no-editable --group libs" in commands


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("pyproject.toml", True),
        ("pdm.lock", True),
        ("alembic.ini", True),
        ("migrations/env.py", True),
        ("libs/huleedu_ml_training/pyproject.toml", True),
        ("libs/huleedu_ml_training/src/huleedu_ml_training/cli/app.py", True),
        ("libs/huleedu_ml_training/src/huleedu_ml_training/__pycache__/x.pyc", False),
        ("libs/huleedu_ml_training/.env", False),
        ("libs/huleedu_ml_training/dist/old.whl", False),
        (".git/config", False),
        (".env", False),
        ("docker/.env", False),
        ("data/essays.csv", False),
        ("models/model_1/grader.onnx", False),
        ("tests/conftest.py", False),
    ],
)
def test_build_context_holds_the_sources_only(path, expected):
    assert expected == _in_build_context(path)


def test_compose_file_starts_the_training_after_the_migration(compose):
    services = compose["services"]

    assert {"postgres": {"condition": "service_healthy"}} == services["migrate"]["depends_on"]
    assert {"migrate": {"condition": "service_completed_successfully"}} == (
        services["train"]["depends_on"]
    )
    assert ["db", "upgrade"] == services["migrate"]["command"]
    assert "pg_isready" in services["postgres"]["healthcheck"]["test"]


def test_compose_file_requires_the_password_and_holds_none(compose):
    services = compose["services"]

    assert REQUIRED_PASSWORD.fullmatch(services["postgres"]["environment"]["POSTGRES_PASSWORD"])
    for name in ("migrate", "train"):
        environment = services[name]["environment"]
        assert REQUIRED_PASSWORD.fullmatch(environment["PGPASSWORD"])
        assert (
            "postgresql://huleedu@postgres:5432/huleedu" == (environment["HULEEDU_ML_DATABASE_URL"])
        )
    example = (ROOT / "docker" / ".env.example").read_text(encoding="utf-8")
    assert "\nPOSTGRES_PASSWORD=\n" in example


@pytest.mark.parametrize("name", ["migrate", "train"])
def test_jobs_run_confined_and_keep_their_artifacts(compose, name):
    job = compose["services"][name]

    assert job["read_only"]
    assert ["ALL"] == job["cap_drop"]
    assert ["no-new-privileges:true"] == job["security_opt"]
    assert "artifacts:/var/lib/huleedu-ml" in job["volumes"]
    assert "artifacts" in compose["volumes"]


def test_settings_of_image_and_job_are_valid(stages, compose, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    image = dict(re.findall(r"(HULEEDU_ML_\w+)=(\S+)", dict(stages[-1])["ENV"]))
    job = compose["services"]["train"]["environment"]
    for variable, value in {**image, **job}.items():
        if value is not None:  # else Compose passes it on only where it is set outside
            monkeypatch.setenv(variable, value)

    settings = load_settings(ROOT / "docker" / "workspace" / "train.yaml").settings

    assert Path("/var/lib/huleedu-ml") == settings.home
    assert "container" == settings.observability.environment
    assert "json" == settings.observability.log_format


def test_feature_service_is_started_on_demand_confined_and_with_options_it_knows(compose):
    service = compose["services"]["features"]
    arguments = [re.sub(r"\$\{\w+:-(\w+)\}", r"\1", each) for each in service["command"]]

    options = argument_parser().parse_args(arguments)

    assert ["features"] == service["profiles"]
    assert service["read_only"]
    assert (["ALL"], ["no-new-privileges:true"]) == (service["cap_drop"], service["security_opt"])
    assert "ports" not in service
    assert ["python", "-m", "huleedu_essay_features.service"] == service["entrypoint"]
    assert ("0.0.0.0", 8080, 2) == (options.host, options.port, options.workers)
    assert options.shutdown_timeout < int(service["stop_grace_period"].removesuffix("s"))
    assert f":{options.port}/healthz" in service["healthcheck"]["test"][-1]


def _in_build_context(path):
    """Whether Docker sends a path: the last pattern that matches it or a parent decides."""
    parts = path.split("/")
    prefixes = ["/".join(parts[: end + 1]) for end in range(len(parts))]
    included = True
    for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            pattern = line.removeprefix("!")
            if any(_matches(prefix, pattern) for prefix in prefixes):
                included = line.startswith("!")
    return included


def _matches(path, pattern):
    if pattern.startswith("**/"):
        return fnmatch.fnmatchcase(path.rsplit("/", 1)[-1], pattern.removeprefix("**/"))
    return "/" not in path and fnmatch.fnmatchcase(path, pattern)
