"""Why a version does not move from one stage to another."""

from huleedu_ml_training.domain.errors import ConflictError, GateRefusedError, UsageError
from huleedu_ml_training.registry.errors import DamagedModelError
from huleedu_ml_training.registry.records import GateReport, ModelRecord, Stage


class InvalidTransitionError(ConflictError):
    """A move between stages is not one stage up."""

    code = "invalid-transition"

    def __init__(self, *, model: ModelRecord, target: Stage) -> None:
        super().__init__()
        self.model = model
        self.target = target

    @property
    def what(self) -> str:
        """Name the version and the move."""
        name = f"{self.model.model_name} {self.model.version}"
        if self.model.stage is self.target:
            return f"{name} is in {self.target} already"
        return f"{name} cannot go from {self.model.stage} to {self.target}"

    @property
    def why(self) -> str:
        """State the rule."""
        if self.model.stage is self.target:
            return ""
        return "a version goes one stage up at a time: dev, staging, production"

    @property
    def remedy(self) -> str:
        """Say what is allowed."""
        if self.model.stage is self.target:
            return "nothing is left to do"
        step = {Stage.DEV: Stage.STAGING, Stage.STAGING: Stage.PRODUCTION}.get(self.model.stage)
        prefix = "" if step is None else f"promote it to {step} first, or "
        return f'{prefix}skip stages with --force --reason "…", which the ledger keeps'


class MissingReasonError(UsageError):
    """Something out of the ordinary was asked for without saying why.

    Attributes:
        asked_for: What needs a reason.
    """

    code = "missing-reason"

    def __init__(self, *, asked_for: str = "--force") -> None:
        super().__init__()
        self.asked_for = asked_for

    @property
    def what(self) -> str:
        """Say what is missing."""
        return f"{self.asked_for} needs a reason"

    @property
    def why(self) -> str:
        """Say who asks."""
        return "the ledger must be able to tell later why this was done"

    @property
    def remedy(self) -> str:
        """Show the option."""
        return 'add --reason "…"'


class PromotionRefusedError(GateRefusedError):
    """A gate refused a promotion; nothing moved, and the ledger holds the refusal.

    Attributes:
        model: The version that stays where it was.
        target: The stage that was asked for.
        report: What the gate saw.
    """

    code = "promotion-refused"

    def __init__(self, *, model: ModelRecord, target: Stage, report: GateReport) -> None:
        super().__init__()
        self.model = model
        self.target = target
        self.report = report

    @property
    def what(self) -> str:
        """Name the version and the stage."""
        return (
            f"{self.model.model_name} {self.model.version} was refused for {self.target} "
            f"and stays in {self.model.stage}"
        )

    @property
    def why(self) -> str:
        """List the failed checks."""
        return "; ".join(
            f"{check.name} is {check.observed}, required: {check.required}"
            for check in self.report.checks
            if not check.passed
        )

    @property
    def remedy(self) -> str:
        """Say what helps, and what is possible."""
        return (
            'train a better version; --force --reason "…" overrides the gate and is marked in '
            "the ledger for ever"
        )

    def to_dict(self) -> dict[str, object]:
        """Return the fields of every error, and the gate's report."""
        return {**super().to_dict(), "gate_report": self.report.to_dict()}


class NothingToRollBackError(ConflictError):
    """No version was in production before the present one."""

    code = "nothing-to-roll-back"

    def __init__(self, *, model_name: str, version: str) -> None:
        super().__init__()
        self.model_name = model_name
        self.version = version

    @property
    def what(self) -> str:
        """Name the version."""
        return f"{self.model_name} {self.version} has no predecessor in production"

    @property
    def remedy(self) -> str:
        """Say where to look and what else can be done."""
        return (
            f"train-essay-grader registry history --model-name {self.model_name} shows what was "
            "in production; registry promote puts another version there"
        )


class RollbackTargetDamagedError(DamagedModelError):
    """The version to go back to cannot be served; production stays as it is."""

    code = "rollback-target-damaged"

    @property
    def what(self) -> str:
        """Say that nothing moved."""
        return f"rolled nothing back: {super().what}"
