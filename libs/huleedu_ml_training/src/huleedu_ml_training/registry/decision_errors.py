"""Why a decision about a version cannot be carried out as it was made."""

from huleedu_ml_training.domain.errors import ConflictError
from huleedu_ml_training.registry.promotion_errors import InvalidTransitionError
from huleedu_ml_training.registry.records import ModelRecord, Stage


class StaleDecisionError(ConflictError):
    """Another version stands in a stage than the one the decision was made about.

    Attributes:
        model_name: Whose versions.
        stage: Where.
        expected: Version or id that the caller expected there, or ``none``.
        current: The version that stands there; None for nobody.
    """

    code = "stale-decision"

    def __init__(
        self, *, model_name: str, stage: Stage, expected: str, current: ModelRecord | None
    ) -> None:
        super().__init__()
        self.model_name = model_name
        self.stage = stage
        self.expected = expected
        self.current = current

    @property
    def what(self) -> str:
        """Name both versions."""
        there = "no version" if self.current is None else f"{self.current.version}"
        return f"{there} of {self.model_name} is in {self.stage}, expected was {self.expected}"

    @property
    def why(self) -> str:
        """Say what must have happened."""
        return "somebody else moved a version since, or the stage never held the expected one"

    @property
    def remedy(self) -> str:
        """Say where to look before deciding again."""
        return (
            f"look at train-essay-grader registry history --model-name {self.model_name} "
            "and decide again; nothing was changed"
        )


class EvidenceOutdatedError(ConflictError):
    """The version in a stage changed, again and again, while a promotion was being judged.

    Attributes:
        model: The version that was to be promoted.
        target: Where it was to go.
    """

    code = "evidence-outdated"

    def __init__(self, *, model: ModelRecord, target: Stage) -> None:
        super().__init__()
        self.model = model
        self.target = target

    @property
    def what(self) -> str:
        """Name the version and the stage."""
        return (
            f"{self.model.model_name} {self.model.version} was not promoted to {self.target}: "
            "what it was compared with is no longer there"
        )

    @property
    def why(self) -> str:
        """Say what happened meanwhile."""
        return "others kept moving versions of this name while the versions were compared"

    @property
    def remedy(self) -> str:
        """Say where to look before trying again."""
        return (
            f"look at train-essay-grader registry history --model-name {self.model.model_name} "
            "and try again; nothing was changed"
        )


class InvalidDemotionError(InvalidTransitionError):
    """A demotion does not lead down."""

    @property
    def why(self) -> str:
        """State the rule."""
        if self.model.stage is self.target:
            return ""
        return "a demotion leads down: production, staging, dev, archived"

    @property
    def remedy(self) -> str:
        """Say what leads up."""
        if self.model.stage is self.target:
            return "nothing is left to do"
        return "train-essay-grader registry promote moves it up"


class ForceNeededError(ConflictError):
    """A demotion skips a stage, or leaves a name without a version in production.

    Attributes:
        model: The version.
        target: Where it was to go.
    """

    code = "force-needed"

    def __init__(self, *, model: ModelRecord, target: Stage) -> None:
        super().__init__()
        self.model = model
        self.target = target

    @property
    def what(self) -> str:
        """Name the version and the move."""
        model = self.model
        name = f"{model.model_name} {model.version}"
        return f"{name} goes from {model.stage} to {self.target} by force only"

    @property
    def why(self) -> str:
        """Say what is out of the ordinary."""
        if self.model.stage is Stage.PRODUCTION:
            return "services would find no version in production afterwards"
        return "it skips a stage"

    @property
    def remedy(self) -> str:
        """Name the ordinary way and the option."""
        forced = '--force --reason "…" does it, and the ledger keeps it'
        if self.model.stage is Stage.PRODUCTION:
            name = self.model.model_name
            return f"train-essay-grader registry rollback --model-name {name} goes back; {forced}"
        return forced


class NoRollbackTargetError(ConflictError):
    """A version was not in production before the present one, so no rollback leads to it.

    Attributes:
        current: The version in production.
        wanted: The version to go back to.
    """

    code = "no-rollback-target"

    def __init__(self, *, current: ModelRecord, wanted: ModelRecord) -> None:
        super().__init__()
        self.current = current
        self.wanted = wanted

    @property
    def what(self) -> str:
        """Name both versions."""
        name = self.current.model_name
        if self.wanted.id == self.current.id:
            return f"{name} {self.current.version} is in production already"
        return f"no rollback leads from {name} {self.current.version} to {self.wanted.version}"

    @property
    def why(self) -> str:
        """Say what a rollback is."""
        return "a rollback undoes promotions to production, the newest first"

    @property
    def remedy(self) -> str:
        """Say where to look and what leads to all others."""
        return (
            f"train-essay-grader registry history --model-name {self.current.model_name} shows "
            "what was in production; registry promote puts any other version there"
        )
