"""The gate of a policy: what it gathers, what it decides, and two versions side by side."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huleedu_ml_training.export.bundle import Bundle
from huleedu_ml_training.export.bundle_errors import InvalidBundleDocumentError
from huleedu_ml_training.export.held_out import HELD_OUT
from huleedu_ml_training.metrics.noninferiority import NonInferiority
from huleedu_ml_training.metrics.values import MetricValue
from huleedu_ml_training.registry.candidates import candidate_from_bundle
from huleedu_ml_training.registry.decision_errors import EvidenceOutdatedError
from huleedu_ml_training.registry.errors import DamagedModelError
from huleedu_ml_training.registry.gating.evidence import NO_EVIDENCE
from huleedu_ml_training.registry.gating.paired import common_essays, judge_difference
from huleedu_ml_training.registry.gating.policy_file import default_policy, parse_policy
from huleedu_ml_training.registry.gating.policy_gate import PolicyGate
from huleedu_ml_training.registry.records import ModelCandidate, ModelRecord, Stage
from huleedu_ml_training.testing.bundles import held_out_essays, small_bundle, small_files

GATE = PolicyGate(default_policy())


class Versions:
    """Registered versions and their bundles, without a registry."""

    def __init__(self) -> None:
        self.bundles: dict[str, Bundle] = {}
        self.read_count = 0

    def add(self, stage=Stage.STAGING, *, files=None, held_out=None, **quality) -> ModelRecord:
        number = len(self.bundles) + 1
        version = f"20250101_{number:06d}"
        if held_out is not None:
            files = {**small_files(), **(files or {}), HELD_OUT: held_out.to_bytes()}
        bundle = small_bundle(version, files=files, **quality)
        candidate = candidate_from_bundle(bundle, model_path=f"models/model_{version}")
        fields = {name: getattr(candidate, name) for name in ModelCandidate.__slots__}
        self.bundles[version] = bundle
        created_at = datetime(2025, 1, 1, tzinfo=UTC)
        return ModelRecord(**fields, id=UUID(int=number), created_at=created_at, stage=stage)

    async def read(self, model: ModelRecord) -> Bundle:
        self.read_count += 1
        if model.version not in self.bundles:
            raise DamagedModelError(model=model, defect="it is gone")
        return self.bundles[model.version]


@pytest.fixture
def versions():
    return Versions()


async def judged(gate, versions, candidate, incumbent=None, target=Stage.PRODUCTION):
    evidence = await gate.gather(candidate, target, incumbent, versions.read)
    return gate.evaluate(candidate, target, incumbent, evidence)


def failed(report):
    return [check.name for check in report.checks if not check.passed]


def gate_of(comparison: str) -> PolicyGate:
    text = (
        "policy_format: 1\nname: mine\npolicy_version: 3\n"
        f"production: {{synthetic_data: always, comparison: {comparison}}}\n"
    )
    return PolicyGate(parse_policy(text.encode(), Path("policy.yaml")))


async def test_the_built_in_policy_lets_a_sound_version_up(versions):
    report = await judged(GATE, versions, versions.add())
    assert report.passed
    policy = default_policy()
    assert {"name": "default", "policy_version": 1, "digest": policy.digest} == report.policy
    assert report.policy == report.to_dict()["policy"]
    names = [check.name for check in report.checks]
    assert len(set(names)) == len(names) == 11


@pytest.mark.parametrize(
    ("broken", "name"),
    [
        ({"qwk_low": 0.39}, "QWK, lower bound"),
        ({"qwk_low": None}, "QWK, lower bound"),
        ({"parity_passed": False}, "parity certificate"),
        ({"files": {"model_card.md": b"# Model card\n"}}, "model card"),
    ],
)
async def test_the_built_in_policy_stops_a_broken_one(versions, broken, name):
    if "files" in broken:
        broken = {"files": {**small_files(), **broken["files"]}}
    report = await judged(GATE, versions, versions.add(**broken))
    assert [name] == failed(report)


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"smd": (0.31, 0.5)}, "SMD, interval"),
        ({"smd": (-0.9, -0.31)}, "SMD, interval"),
        ({"adjacent_agreement": (0.5, 0.74)}, "Adjacent agreement, upper bound"),
        ({"ece": (0.16, 0.3)}, "ECE, lower bound"),
    ],
)
async def test_the_built_in_policy_stops_what_is_proven_bad(versions, changes, name):
    candidate = versions.add()
    values = dict(candidate.metrics["values"])
    for metric, (low, high) in changes.items():
        values[metric] = {"value": low, "low": low, "high": high, "reason": None}
    candidate = replace(candidate, metrics={**candidate.metrics, "values": values})
    assert [name] == failed(await judged(GATE, versions, candidate))


@pytest.mark.parametrize("target", [Stage.DEV, Stage.ARCHIVED])
async def test_going_down_is_free(versions, target):
    report = await judged(GATE, versions, versions.add(qwk_low=None), target=target)
    assert ((), None) == (report.checks, report.policy)
    assert 0 == versions.read_count


async def test_staging_asks_rows_alone(versions):
    report = await judged(GATE, versions, versions.add(), versions.add(), target=Stage.STAGING)
    assert ["parity certificate", "data digest"] == [check.name for check in report.checks]
    assert 0 == versions.read_count


class TestComparison:
    async def test_the_same_grades_are_no_worse(self, versions):
        report = await judged(GATE, versions, versions.add(), versions.add(Stage.PRODUCTION))
        assert report.passed
        assert "the same on 120 essays" == report.checks[-1].observed
        assert (120, "held_out") == (report.comparison["n"], report.comparison["essays"])

    async def test_a_worse_one_is_refused(self, versions):
        good = versions.add(Stage.PRODUCTION, held_out=held_out_essays(300, noise=0.5))
        bad = versions.add(held_out=held_out_essays(300, noise=1.8))
        report = await judged(GATE, versions, bad, good)
        assert [f"QWK against {good.version}"] == failed(report)
        figures = report.comparison["metrics"]["qwk"]
        assert figures["difference"]["high"] < -0.05
        assert figures["candidate"]["value"] < figures["incumbent"]["value"]
        assert "on 300 essays" in report.checks[-1].observed
        assert (await judged(GATE, versions, good, bad)).passed

    async def test_a_difference_that_is_in_doubt_is_refused(self, versions):
        """The point alone would do; the interval reaches beyond the margin."""
        gate = gate_of("{metrics: {qwk: {margin: 0.01}}, confidence: 0.99}")
        first = versions.add(Stage.PRODUCTION, held_out=held_out_essays(60, noise=1.2, seed=5))
        second = versions.add(held_out=held_out_essays(60, noise=1.2, seed=6))
        report = await judged(gate, versions, second, first)
        difference = report.comparison["metrics"]["qwk"]["difference"]
        assert difference["low"] < -0.01 < difference["high"]
        assert not report.passed

    async def test_better_must_be_proven(self, versions):
        gate = gate_of("{metrics: {mae: {must_be: better}, rps: {must_be: better}}}")
        bad = versions.add(Stage.PRODUCTION, held_out=held_out_essays(300, noise=1.8))
        good = versions.add(held_out=held_out_essays(300, noise=0.5))
        assert (await judged(gate, versions, good, bad)).passed
        same = versions.add(Stage.PRODUCTION, held_out=held_out_essays(300, noise=0.5))
        report = await judged(gate, versions, good, same)
        assert [f"MAE against {same.version}", f"RPS against {same.version}"] == failed(report)

    @pytest.mark.parametrize("on_missing", ["refuse", "warn"])
    @pytest.mark.parametrize(
        ("first", "said"),
        [(91, "29 essays are held out for both"), (200, "0 essays are held out for both")],
    )
    async def test_too_few_essays_in_common(self, versions, on_missing, first, said):
        gate = gate_of(f"{{metrics: {{qwk: {{}}}}, on_missing: {on_missing}}}")
        incumbent = versions.add(Stage.PRODUCTION, held_out=held_out_essays(120))
        candidate = versions.add(held_out=held_out_essays(120, first=first))
        report = await judged(gate, versions, candidate, incumbent)
        check = report.checks[-1]
        warned = on_missing == "warn"
        assert (said, warned, warned) == (check.observed, check.passed, check.is_warning)
        assert "comparison.essays" in check.required
        assert said == report.comparison["missing"]

    async def test_thirty_essays_are_enough(self, versions):
        incumbent = versions.add(Stage.PRODUCTION, held_out=held_out_essays(120))
        candidate = versions.add(held_out=held_out_essays(120, first=90))
        report = await judged(gate_of("{metrics: {qwk: {}}}"), versions, candidate, incumbent)
        assert 30 == report.comparison["n"]

    @pytest.mark.parametrize("who", ["candidate", "incumbent"])
    async def test_predictions_that_are_not_recorded(self, versions, who):
        without = {n: data for n, data in small_files().items() if n != HELD_OUT}
        candidate = versions.add(files=without if who == "candidate" else None)
        incumbent = versions.add(Stage.PRODUCTION, files=without if who == "incumbent" else None)
        report = await judged(GATE, versions, candidate, incumbent)
        whose = "this version" if who == "candidate" else incumbent.version
        assert f"{whose} has no held-out predictions" == report.checks[-1].observed
        assert not report.passed

    async def test_an_incumbent_that_cannot_be_read_is_not_safe_for_ever(self, versions):
        incumbent, candidate = versions.add(Stage.PRODUCTION), versions.add()
        del versions.bundles[incumbent.version]
        report = await judged(GATE, versions, candidate, incumbent)
        assert [f"comparison against {incumbent.version}"] == failed(report)
        assert "cannot be used" in report.checks[-1].observed
        warned = await judged(
            gate_of("{metrics: {qwk: {}}, on_missing: warn}"), versions, candidate, incumbent
        )
        assert warned.passed

    async def test_another_scale(self, versions):
        incumbent = replace(versions.add(Stage.PRODUCTION), scale=("1", "2"))
        report = await judged(GATE, versions, versions.add(), incumbent)
        assert f"{incumbent.version} grades on another scale" == report.checks[-1].observed

    async def test_predictions_that_are_malformed(self, versions):
        incumbent = versions.add(Stage.PRODUCTION)
        bad = {**small_files(), HELD_OUT: b'{"held_out_version": 9}'}
        with pytest.raises(InvalidBundleDocumentError):
            await judged(GATE, versions, versions.add(files=bad), incumbent)
        report = await judged(GATE, versions, incumbent, versions.add(Stage.PRODUCTION, files=bad))
        assert not report.passed
        assert "held_out.json" in report.checks[-1].observed

    async def test_two_versions_are_compared_once(self, versions):
        gate = PolicyGate(default_policy())
        incumbent, candidate = versions.add(Stage.PRODUCTION), versions.add()
        first = await gate.gather(candidate, Stage.PRODUCTION, incumbent, versions.read)
        again = await gate.gather(candidate, Stage.PRODUCTION, incumbent, versions.read)
        assert first.comparison is again.comparison
        other = await gate.gather(
            candidate, Stage.PRODUCTION, versions.add(Stage.PRODUCTION), versions.read
        )
        assert other.comparison is not first.comparison


async def test_evidence_about_others_is_refused(versions):
    first, second = versions.add(Stage.PRODUCTION), versions.add(Stage.PRODUCTION)
    candidate, other = versions.add(), versions.add()

    async def gathered(model, incumbent):
        return await GATE.gather(model, Stage.PRODUCTION, incumbent, versions.read)

    outdated = [
        (await gathered(candidate, first), second),
        (await gathered(candidate, first), None),
        (await gathered(candidate, None), first),
        (await gathered(other, first), first),
        (await gathered(other, None), None),
        (NO_EVIDENCE, None),
        (NO_EVIDENCE, first),
    ]
    for evidence, incumbent in outdated:
        with pytest.raises(EvidenceOutdatedError):
            GATE.evaluate(candidate, Stage.PRODUCTION, incumbent, evidence)
    fresh = await gathered(candidate, second)
    assert GATE.evaluate(candidate, Stage.PRODUCTION, second, fresh).passed


class TestCommonEssays:
    @given(
        st.lists(st.integers(0, 20), max_size=20),
        st.lists(st.integers(0, 20), max_size=20),
    )
    @settings(max_examples=60)
    def test_each_text_of_both_once_in_the_order_of_the_first(self, ours, theirs):
        every = held_out_essays(21)
        own, other, regraded = common_essays(every.take(ours), every.take(theirs))
        expected = [every.texts[i] for i in dict.fromkeys(ours) if i in theirs]
        assert expected == list(own.texts) == list(other.texts)
        assert np.array_equal(own.y, other.y)
        assert 0 == regraded

    def test_essays_that_were_graded_otherwise_are_left_out(self):
        essays = held_out_essays(10)
        again = replace(essays, y=(essays.y + np.eye(10, dtype=np.int64)[3]) % 8)
        own, other, regraded = common_essays(essays, again)
        assert (9, 9, 1) == (len(own), len(other), regraded)
        assert essays.texts[3] not in own.texts


class TestJudgeDifference:
    @pytest.mark.parametrize(
        ("name", "low", "high", "margin", "verdict"),
        [
            ("qwk", -0.05, 0.01, 0.05, NonInferiority.NO_WORSE),
            ("qwk", -0.051, 0.01, 0.05, NonInferiority.UNDECIDED),
            ("qwk", 0.001, 0.1, 0.05, NonInferiority.BETTER),
            ("qwk", -0.3, -0.06, 0.05, NonInferiority.WORSE),
            ("mae", -0.01, 0.05, 0.05, NonInferiority.NO_WORSE),
            ("mae", -0.01, 0.051, 0.05, NonInferiority.UNDECIDED),
            ("rps", -0.1, -0.001, 0.05, NonInferiority.BETTER),
            ("rps", 0.06, 0.3, 0.05, NonInferiority.WORSE),
        ],
    )
    def test_whichever_way_the_metric_points(self, name, low, high, margin, verdict):
        difference = MetricValue(name, (low + high) / 2, low, high)
        assert verdict is judge_difference(name, difference, margin).verdict

    def test_what_is_undefined_decides_nothing(self):
        undefined = MetricValue("qwk", float("nan"), reason="one grade only")
        assert NonInferiority.UNDEFINED is judge_difference("qwk", undefined, 0.1).verdict
