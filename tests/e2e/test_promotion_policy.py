"""Policies as operators meet them: shown, checked, asking for reasons, refusing, overridden."""

import json
import os
import pty
import select
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from huleedu_ml_training.config import EvaluationSettings
from huleedu_ml_training.export.bundle import Bundle
from huleedu_ml_training.export.held_out import HeldOutEssays
from huleedu_ml_training.metrics.evaluation import evaluate_predictions
from huleedu_ml_training.registry.gating.papers import read_papers
from huleedu_ml_training.registry.gating.policy_file import default_policy
from huleedu_ml_training.testing.bundles import held_out_essays, small_bundle, small_files

SHORT = "policy_format: 1\nname: mine\npolicy_version: 4\nproduction: {synthetic_data: always}\n"


@pytest.fixture
def add(document, tmp_path) -> Callable[..., str]:
    """Register a small bundle and return the version's id."""

    def register(day: int, held_out: HeldOutEssays | None = None, **quality: Any) -> str:
        version = f"202501{day:02d}_120000"
        place = tmp_path / f"made_{version}"
        place.mkdir()
        files = None if held_out is None else small_files(held_out=held_out)
        for name, data in small_bundle(version, files=files, **quality).files.items():
            (place / name).write_bytes(data)
        identity: str = document("registry register", str(place))["model"]["id"]
        return identity

    return register


@pytest.fixture
def policy(tmp_path, monkeypatch) -> Callable[[str], Path]:
    """Put a policy in force."""

    def write(text: str) -> Path:
        path = tmp_path / "policy.yaml"
        path.write_text(text)
        monkeypatch.setenv("HULEEDU_ML_REGISTRY__POLICY", str(path))
        return path

    return write


def test_the_policy_is_shown_and_checked(run, document, policy, tmp_path):
    shown = run("registry policy show")
    assert default_policy().digest in shown.stderr
    own = tmp_path / "own.yaml"
    own.write_text(shown.stdout)
    assert default_policy().digest in run("registry policy check", str(own)).stdout
    looser = document("registry policy show --set registry.min_qwk_lower_bound=0")
    assert 0.0 == looser["policy"]["production"]["metrics"]["qwk"]["at_least"]
    assert looser["digest"] != default_policy().digest
    path = policy(SHORT)
    assert "mine" == document("registry policy show")["policy"]["name"]
    assert (
        document("registry policy check", str(path))["digest"]
        == document("registry policy show")["digest"]
    )
    again = tmp_path / "again.yaml"
    again.write_text(run("registry policy show").stdout)
    assert (
        document("registry policy check", str(again))["digest"]
        == document("registry policy check", str(path))["digest"]
    )


@pytest.mark.parametrize(
    "command", ["registry policy show", "registry promote --model-id abcd1234 --stage staging"]
)
def test_a_policy_that_is_none_lets_nothing_up(run, policy, command):
    path = policy(SHORT.replace("always", "sometimes"))
    refused = run(command, code=2)
    assert "error[invalid-policy]" in refused.stderr
    assert "production.synthetic_data is 'sometimes'" in refused.stderr
    assert str(path) in refused.stderr
    path.unlink()
    assert "error[policy-not-found]" in run(command, code=4).stderr
    both = run("registry policy show --set registry.min_qwk_lower_bound=0", code=2)
    assert "error[ambiguous-threshold]" in both.stderr


def test_a_worse_version_is_refused_and_overridden_for_ever(run, document, add):
    good = add(1, held_out_essays(300, noise=0.5))
    bad = add(2, held_out_essays(300, noise=1.8))
    for stage in ("staging", "production"):
        run(f"registry promote --model-id {good} --stage {stage}")
    run(f"registry promote --model-id {bad} --stage staging")
    promote = f"registry promote --model-id {bad} --stage production"
    dry = run(f"{promote} --dry-run", code=3)
    assert "QWK against 20250101_120000" in dry.stdout
    assert "Beside 20250101_120000 on 300 essays" in dry.stdout
    assert f"sha256 {default_policy().digest[:12]}" in dry.stdout
    assert 5 == len(document("registry history")["events"])

    error = document(promote, code=3)["error"]
    report = error["gate_report"]
    assert ["QWK against 20250101_120000"] == [
        check["name"] for check in report["checks"] if not check["passed"]
    ]
    assert report["comparison"]["metrics"]["qwk"]["difference"]["high"] < 0
    plan = document(f"{promote} --force --dry-run --reason x")["plan"]
    assert (True, "archived") == (plan["forced"], plan["incumbent"]["goes_to"])

    run(f"{promote} --force", "--reason", "the only one with Swedish")
    events = document("registry history")["events"]
    refused, forced = events[5], events[-1]
    assert ("refused", False, []) == (
        refused["action"],
        refused["forced"],
        refused["overridden"],
    )
    assert ("promoted", True, ["QWK against 20250101_120000"]) == (
        forced["action"],
        forced["forced"],
        forced["overridden"],
    )
    assert {"name": "default", "policy_version": 1, "digest": default_policy().digest} == (
        forced["gate_report"]["policy"]
    )
    for command in ("registry history", f"registry show {bad}"):
        told = run(command).stdout
        assert "promoted (forced)" in told
        assert "overridden" in told
        assert "QWK against 20250101_120000" in told
        assert "the only one with Swedish" in told
    shown = document(f"registry show {bad}")
    assert ["registered", "promoted", "refused", "promoted"] == [
        event["action"] for event in shown["events"]
    ]
    assert "overridden" not in run(f"registry show {good}").stdout


def test_a_warning_is_no_refusal(run, document, add, policy):
    policy(
        SHORT.replace(
            "{synthetic_data: always}",
            "{synthetic_data: always, comparison: {metrics: {qwk: {}}, on_missing: warn}}",
        )
    )
    first, second = add(1), add(2, held_out_essays(50, first=500))
    for model in (first, second):
        run(f"registry promote --model-id {model} --stage staging --force --reason x")
    run(f"registry promote --model-id {first} --stage production --force --reason x")
    told = run(f"registry promote --model-id {second} --stage production")
    assert "WARNING" in told.stdout
    assert "0 essays are held out for both" in told.stdout
    report = document("registry history")["events"][-1]["gate_report"]
    assert (True, False) == (report["passed"], report["forced"])


@pytest.mark.slow
def test_a_trained_version_carries_what_the_gate_asks_for(grader, trained):
    """Predictions of the held-out essays give the very figures that were measured on them."""
    model = grader.json("registry", "show", trained["model_id"])["model"]
    place = grader.home / model["model_path"]
    files = {path.name: path.read_bytes() for path in place.iterdir()}
    bundle = Bundle.parse(files)
    essays = HeldOutEssays.from_dict(bundle.document("held_out.json"), bundle.manifest.scale)
    metrics = bundle.document("metrics.json")
    test = bundle.document("split.json")["parts"]["test"]
    assert test["text_identities"] == list(essays.texts)
    report = evaluate_predictions(
        essays.predictions,
        essays.y,
        prompts=essays.prompts,
        settings=EvaluationSettings(resamples=metrics["resamples"]),
    )
    assert metrics["values"] == report.to_dict()["values"]
    groups = metrics["groups"]
    assert {"prompt", "course"} <= {group["column"] for group in groups}
    assert all(group["n"] > 0 and set(group["dsm"]) >= {"low", "high"} for group in groups)
    parts = default_policy().production.model_card.parts
    assert set(parts) <= read_papers(bundle).card_parts


class TestReasons:
    """On a terminal somebody is asked; elsewhere the option is needed."""

    @pytest.fixture
    def staged(self, run, add, policy) -> str:
        policy(f"{SHORT}require_reason: production\nstaging: {{synthetic_data: always}}\n")
        model: str = add(1)
        run(f"registry promote --model-id {model} --stage staging")
        return model

    def command(self, model: str, *options: str) -> list[str]:
        promote = f"registry promote --model-id {model} --stage production"
        return [sys.executable, "-m", "huleedu_ml_training", *promote.split(), *options]

    def answer(self, command: list[str], react: Callable[[subprocess.Popen[bytes], int], None]):
        """Run a command whose stdin and stderr are a terminal, and react to its question."""
        terminal, side = pty.openpty()
        process = subprocess.Popen(command, stdin=side, stdout=subprocess.PIPE, stderr=side)
        os.close(side)
        seen = b""
        try:
            while b"reason: " not in seen:
                ready, _, _ = select.select([terminal], [], [], 60)
                assert ready, seen
                seen += os.read(terminal, 4096)
            react(process, terminal)
            out, _ = process.communicate(timeout=60)
        finally:
            process.kill()
            os.close(terminal)
        return process.returncode, out.decode(), seen.decode()

    def test_elsewhere(self, run, document, staged):
        promote = f"registry promote --model-id {staged} --stage production"
        refused = run(promote, code=2)
        assert "error[missing-reason]" in refused.stderr
        assert "a promotion to production needs a reason" in refused.stderr
        run(promote, "--reason", "first")
        run("registry rollback", code=2)
        assert "first" == document("registry history")["events"][-1]["reason"]

    @pytest.mark.slow
    def test_on_a_terminal(self, document, staged):
        code, out, seen = self.answer(
            self.command(staged, "--json"),
            lambda _, terminal: os.write(terminal, "bättre på åk 9\n".encode()),
        )
        assert 0 == code, seen
        assert "production" == json.loads(out)["model"]["stage"]
        assert "a promotion to production needs a reason" in seen
        assert "bättre på åk 9" == document("registry history")["events"][-1]["reason"]

    @pytest.mark.slow
    @pytest.mark.parametrize(
        ("react", "code"),
        [
            (lambda _, terminal: os.write(terminal, b"\x04"), 2),
            (lambda process, _: process.send_signal(signal.SIGINT), 130),
        ],
        ids=["end of file", "Ctrl-C"],
    )
    def test_no_answer(self, document, staged, react, code):
        assert code == self.answer(self.command(staged), react)[0]
        assert ["registered", "promoted"] == [
            event["action"] for event in document("registry history")["events"]
        ]
