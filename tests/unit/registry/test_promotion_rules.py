"""Who may go where, and what was there before."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huleedu_ml_training.domain.errors import ExitCode
from huleedu_ml_training.registry.candidates import candidate_from_bundle
from huleedu_ml_training.registry.decision_errors import (
    ForceNeededError,
    InvalidDemotionError,
    NoRollbackTargetError,
    StaleDecisionError,
)
from huleedu_ml_training.registry.errors import InvalidModelIdError
from huleedu_ml_training.registry.gating.metrics_gate import MetricsGate
from huleedu_ml_training.registry.promotion import (
    check_current,
    plan,
    plan_demotion,
    stage_below,
)
from huleedu_ml_training.registry.promotion_errors import (
    InvalidTransitionError,
    MissingReasonError,
    NothingToRollBackError,
    PromotionRefusedError,
)
from huleedu_ml_training.registry.records import (
    EventAction,
    GateCheck,
    GateReport,
    ModelCandidate,
    ModelRecord,
    Stage,
)
from huleedu_ml_training.registry.rollbacks import earlier_in_production, rollback_target
from huleedu_ml_training.testing.bundles import small_bundle

GATE = MetricsGate(min_qwk_lower_bound=0.4)
UP = {(Stage.DEV, Stage.STAGING), (Stage.STAGING, Stage.PRODUCTION)}


def record(stage: Stage = Stage.DEV, *, number: int = 1, **quality) -> ModelRecord:
    bundle = small_bundle(**quality)
    candidate = candidate_from_bundle(bundle, model_path="models/model_a")
    fields = {name: getattr(candidate, name) for name in ModelCandidate.__slots__}
    created_at = datetime(2025, 1, 1, tzinfo=UTC)
    return ModelRecord(**fields, id=UUID(int=number), created_at=created_at, stage=stage)


class TestPlan:
    @pytest.mark.parametrize("target", Stage)
    @pytest.mark.parametrize("stage", Stage)
    def test_only_one_stage_up_goes_without_force(self, stage, target):
        def attempt(*, force: bool):
            return plan(
                record(stage), target, incumbent=None, gate=GATE, reason="because", force=force
            )

        if (stage, target) in UP:
            assert (False, False) == (attempt(force=False).refused, attempt(force=True).forced)
        else:
            with pytest.raises(InvalidTransitionError) as caught:
                attempt(force=False)
            assert ExitCode.NOT_FOUND_OR_CONFLICT is caught.value.exit_code
            if stage is target:
                with pytest.raises(InvalidTransitionError):
                    attempt(force=True)
            else:
                assert attempt(force=True).forced

    @pytest.mark.parametrize("reason", [None, "", " \n"])
    def test_force_without_a_reason(self, reason):
        with pytest.raises(MissingReasonError) as caught:
            plan(record(), Stage.STAGING, incumbent=None, gate=GATE, reason=reason, force=True)
        assert ExitCode.USAGE is caught.value.exit_code

    def test_a_refusal(self):
        weak = record(Stage.STAGING, qwk_low=0.3)
        refused = plan(weak, Stage.PRODUCTION, incumbent=None, gate=GATE, reason=None, force=False)
        assert (True, False, EventAction.REFUSED) == (
            refused.refused,
            refused.forced,
            refused.action,
        )
        forced = plan(weak, Stage.PRODUCTION, incumbent=None, gate=GATE, reason="x", force=True)
        assert (False, True, EventAction.PROMOTED) == (
            forced.refused,
            forced.forced,
            forced.action,
        )

    @pytest.mark.parametrize(
        ("stage", "target", "action"),
        [
            (Stage.DEV, Stage.PRODUCTION, EventAction.PROMOTED),
            (Stage.ARCHIVED, Stage.DEV, EventAction.PROMOTED),
            (Stage.PRODUCTION, Stage.STAGING, EventAction.DEMOTED),
            (Stage.DEV, Stage.ARCHIVED, EventAction.DEMOTED),
        ],
    )
    def test_the_ledger_says_up_or_down(self, stage, target, action):
        forced = plan(record(stage), target, incumbent=None, gate=GATE, reason="x", force=True)
        assert action is forced.action

    def test_the_incumbent_makes_room(self):
        incumbent = record(Stage.PRODUCTION, number=2)
        model = record(Stage.STAGING)
        up = plan(model, Stage.PRODUCTION, incumbent=incumbent, gate=GATE, reason=None, force=False)
        assert (incumbent, Stage.ARCHIVED) == (up.incumbent, up.incumbent_goes_to)
        to_staging = replace(up, target=Stage.STAGING)
        assert Stage.DEV is to_staging.incumbent_goes_to

    def test_what_is_in_the_way_is_said(self):
        error = InvalidTransitionError(model=record(), target=Stage.PRODUCTION)
        assert "promote it to staging first" in error.remedy
        error = InvalidTransitionError(model=record(Stage.ARCHIVED), target=Stage.PRODUCTION)
        assert "first" not in error.remedy
        error = InvalidTransitionError(model=record(), target=Stage.DEV)
        assert "already" in error.what


class TestMetricsGate:
    @pytest.mark.parametrize(("low", "passed"), [(0.4, True), (0.41, True), (0.3999, False)])
    def test_decides_on_the_lower_bound(self, low, passed):
        report = GATE.evaluate(record(qwk_low=low), Stage.PRODUCTION, None)
        assert passed is report.passed

    @pytest.mark.parametrize(
        "metrics",
        [
            {},
            {"values": {}},
            {"values": None},
            {"values": {"qwk": None}},
            {"values": {"qwk": 0.9}},
            {"values": {"qwk": {"value": 0.9}}},
            {"values": {"qwk": {"value": 0.9, "low": None, "reason": "n = 1"}}},
            {"values": {"qwk": {"value": 0.9, "low": "0.9"}}},
            {"values": {"qwk": {"value": 0.9, "low": True}}},
            {"values": {"qwk": {"value": 0.9, "low": float("nan")}}},
            {"values": {"qwk": {"value": 0.9, "low": float("inf")}}},
        ],
    )
    def test_an_unknown_bound_is_not_good_enough(self, metrics):
        report = GATE.evaluate(replace(record(), metrics=metrics), Stage.PRODUCTION, None)
        assert not report.passed
        assert report.checks[-1].observed.startswith("unknown")

    @pytest.mark.parametrize(
        ("parity", "observed"),
        [
            ({"passed": True}, "passed"),
            ({"passed": False}, "failed"),
            ({"passed": "yes"}, "absent"),
            ({"passed": 1}, "absent"),
            ({}, "absent"),
            (None, "absent"),
        ],
    )
    @pytest.mark.parametrize("target", [Stage.STAGING, Stage.PRODUCTION])
    def test_asks_for_the_parity_certificate(self, target, parity, observed):
        report = GATE.evaluate(replace(record(), metadata={"parity": parity}), target, None)
        assert (observed, observed == "passed") == (report.checks[0].observed, report.passed)

    def test_staging_does_not_ask_for_agreement(self):
        assert GATE.evaluate(record(qwk_low=-1.0), Stage.STAGING, None).passed

    @pytest.mark.parametrize("target", [Stage.DEV, Stage.ARCHIVED])
    def test_going_down_is_free(self, target):
        report = GATE.evaluate(record(qwk_low=-1.0, parity_passed=False), target, None)
        assert ((), True) == (report.checks, report.passed)

    def test_a_refusal_names_every_failed_check(self):
        report = GateReport((GateCheck("a", True, "1", "1"), GateCheck("b", False, "2", "3")))
        error = PromotionRefusedError(model=record(), target=Stage.STAGING, report=report)
        assert "b is 2, required: 3" == error.why
        assert ExitCode.REFUSED is error.exit_code
        assert report.to_dict() == error.to_dict()["gate_report"]


A, B, C = (UUID(int=i) for i in (1, 2, 3))
UPWARDS, BACK, REFUSED = EventAction.PROMOTED, EventAction.ROLLED_BACK, EventAction.REFUSED


class TestEarlierInProduction:
    @pytest.mark.parametrize(
        ("entries", "previous"),
        [
            ([], None),
            ([(UPWARDS, A)], None),
            ([(UPWARDS, A), (UPWARDS, B)], A),
            ([(UPWARDS, A), (REFUSED, B)], None),
            ([(UPWARDS, A), (UPWARDS, B), (REFUSED, C)], A),
            ([(UPWARDS, A), (UPWARDS, B), (BACK, A)], None),
            ([(UPWARDS, A), (UPWARDS, B), (UPWARDS, C), (BACK, B)], A),
            ([(UPWARDS, A), (UPWARDS, B), (UPWARDS, C), (BACK, B), (BACK, A)], None),
            ([(UPWARDS, A), (UPWARDS, B), (BACK, A), (UPWARDS, C)], A),
            ([(UPWARDS, A), (UPWARDS, B), (BACK, A), (UPWARDS, B)], A),
            ([(UPWARDS, A), (UPWARDS, B), (UPWARDS, A)], B),
            ([(UPWARDS, A), (UPWARDS, B), (UPWARDS, A), (BACK, B)], A),
            ([(UPWARDS, A), (UPWARDS, A)], None),  # demoted by hand in between
        ],
    )
    def test_examples(self, entries, previous):
        assert previous == next(iter(earlier_in_production(entries)), None)

    @given(st.lists(st.sampled_from([A, B, C]), min_size=1, max_size=12))
    def test_rolling_back_walks_the_promotions_backwards(self, promoted):
        entries = [(UPWARDS, model) for model in promoted]
        walked = []
        expected = earlier_in_production(entries)
        while earlier := earlier_in_production(entries):
            walked.append(earlier[0])
            entries.append((BACK, earlier[0]))
        distinct = [m for i, m in enumerate(promoted) if i == 0 or promoted[i - 1] != m]
        assert distinct[-2::-1] == walked == expected

    @given(st.lists(st.sampled_from([A, B, C]), min_size=2, max_size=12))
    def test_several_steps_at_once_end_where_single_steps_end(self, promoted):
        """And the next step goes on from there."""
        entries = [(UPWARDS, model) for model in promoted]
        reachable = [m for m in earlier_in_production(entries) if m != promoted[-1]]
        for target in reachable:
            walked = list(entries)
            while walked[-1][1] != target:
                walked.append((BACK, earlier_in_production(walked)[0]))
            at_once = [*entries, (BACK, target)]
            assert earlier_in_production(walked) == earlier_in_production(at_once)


class TestRollbackTarget:
    def test_one_step_or_as_many_as_wanted(self):
        current, b, c = (record(number=number) for number in (1, 2, 3))
        assert b.id == rollback_target(current, [b.id, c.id], None)
        assert c.id == rollback_target(current, [b.id, c.id], c)

    @pytest.mark.parametrize("wanted", [1, 4])
    def test_what_was_never_there_or_is_there(self, wanted):
        current = record(Stage.PRODUCTION, number=1)
        with pytest.raises(NoRollbackTargetError) as caught:
            rollback_target(current, [UUID(int=2), UUID(int=1)], record(number=wanted))
        assert ExitCode.NOT_FOUND_OR_CONFLICT is caught.value.exit_code
        assert ("already" in caught.value.what) is (wanted == 1)

    def test_nothing_before(self):
        with pytest.raises(NothingToRollBackError):
            rollback_target(record(), [], None)


DOWN = {
    (Stage.PRODUCTION, Stage.STAGING),
    (Stage.STAGING, Stage.DEV),
    (Stage.DEV, Stage.ARCHIVED),
}


class TestPlanDemotion:
    @pytest.mark.parametrize("target", Stage)
    @pytest.mark.parametrize("stage", Stage)
    def test_one_stage_down_goes_without_force_except_from_production(self, stage, target):
        def attempt(*, force: bool):
            return plan_demotion(
                record(stage), target, incumbent=None, reason="because", force=force
            )

        if target.rank >= stage.rank:
            for force in (False, True):
                with pytest.raises(InvalidDemotionError):
                    attempt(force=force)
            return
        ordinary = (stage, target) in DOWN and stage is not Stage.PRODUCTION
        if not ordinary:
            with pytest.raises(ForceNeededError) as caught:
                attempt(force=False)
            assert ExitCode.NOT_FOUND_OR_CONFLICT is caught.value.exit_code
            assert ("rollback" in caught.value.remedy) is (stage is Stage.PRODUCTION)
        forced = attempt(force=True)
        assert (not ordinary, False, EventAction.DEMOTED, target) == (
            forced.forced,
            forced.refused,
            forced.action,
            forced.target,
        )

    @pytest.mark.parametrize("reason", [None, "", " \n"])
    @pytest.mark.parametrize(
        ("stage", "force", "allowed"),
        [(Stage.DEV, False, True), (Stage.DEV, True, False), (Stage.STAGING, False, False)],
    )
    def test_who_must_say_why(self, stage, force, allowed, reason):
        def attempt():
            target = stage_below(record(stage))
            return plan_demotion(record(stage), target, incumbent=None, reason=reason, force=force)

        if allowed:
            assert Stage.ARCHIVED is attempt().target
        else:
            with pytest.raises(MissingReasonError) as caught:
                attempt()
            assert ("--force" in caught.value.what) is force


class TestCheckCurrent:
    CURRENT = record(Stage.PRODUCTION, number=0xABC << 112)

    @pytest.mark.parametrize(
        ("expected", "fits", "fits_nobody"),
        [
            (None, True, True),
            ("none", False, True),
            ("20250101_120000", True, False),
            ("20250101_120001", False, False),
            ("0abc", True, False),
            ("0ABC0000-0000", True, False),
            (str(CURRENT.id), True, False),
            ("abc0", False, False),
        ],
    )
    def test_versions_ids_and_nobody(self, expected, fits, fits_nobody):
        for current, fine in ((self.CURRENT, fits), (None, fits_nobody)):
            given_ = {"model_name": "essay-scorer", "stage": Stage.PRODUCTION}
            if fine:
                check_current(expected, current, **given_)
                continue
            with pytest.raises(StaleDecisionError) as caught:
                check_current(expected, current, **given_)
            assert ExitCode.NOT_FOUND_OR_CONFLICT is caught.value.exit_code
            assert expected in caught.value.what

    @pytest.mark.parametrize("expected", ["", "abc", "None", "latest", "abcd\0", "xyz12345"])
    def test_what_is_neither(self, expected):
        with pytest.raises(InvalidModelIdError):
            check_current(expected, None, model_name="essay-scorer", stage=Stage.PRODUCTION)
