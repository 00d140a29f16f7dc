"""What a version must show before it may stand in a stage, as a value that a file can hold."""

import hashlib
import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from huleedu_ml_training.registry.gating.policy_rules import (
    Bound,
    CardRule,
    ComparisonRule,
    FrozenEssays,
    GroupBound,
    HeldOutRule,
    PolicyPart,
    PromptBound,
    require_metrics,
)
from huleedu_ml_training.registry.records import Stage


class Reasons(StrEnum):
    """When a reason must not be missing.

    Attributes:
        FORCE: Where a rule is set aside.
        PRODUCTION: There, and where another version comes to be in production.
        ALWAYS: Wherever a version moves.
    """

    FORCE = "force"
    PRODUCTION = "production"
    ALWAYS = "always"


class SyntheticData(StrEnum):
    """Whether a version that learnt from synthetic essays may stand in a stage.

    Attributes:
        NEVER: It may not.
        TRIAL: Where nothing is in production, or only what learnt from synthetic essays too.
        ALWAYS: It may.
    """

    NEVER = "never"
    TRIAL = "trial"
    ALWAYS = "always"


class StageContract(PolicyPart):
    """What a version must show to stand in one stage; what is left out is not asked for."""

    parity_certificate: bool = True
    data_digest: bool = True
    synthetic_data: Annotated[SyntheticData, Field(strict=False)] = SyntheticData.NEVER
    model_card: CardRule | None = None
    held_out: HeldOutRule | None = None
    metrics: Mapping[str, Bound] = Field(default_factory=dict)
    groups: GroupBound | None = None
    worst_prompt: PromptBound | None = None
    comparison: ComparisonRule | None = None

    @model_validator(mode="after")
    def _metrics_exist(self) -> "StageContract":
        require_metrics(self.metrics)
        return self


class PromotionPolicy(PolicyPart):
    """The rules of a school for moving versions up.

    Attributes:
        policy_format: Version of the form of the file.
        name: What people call it.
        policy_version: The author's own count of changes.
        require_reason: When a reason must not be missing.
        staging: What staging asks for.
        production: What production asks for.
    """

    policy_format: Literal[1]
    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$")]
    policy_version: Annotated[int, Field(ge=1)]
    require_reason: Annotated[Reasons, Field(strict=False)] = Reasons.FORCE
    staging: StageContract = StageContract()
    production: StageContract

    @property
    def digest(self) -> str:
        """Sha256 of the policy as canonical JSON; comments and layout of a file do not matter."""
        document = json.dumps(
            self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), ensure_ascii=True
        )
        return hashlib.sha256(document.encode()).hexdigest()

    def contract(self, stage: Stage) -> StageContract | None:
        """Return what a stage asks for; None for dev and archived, which are free."""
        return {Stage.STAGING: self.staging, Stage.PRODUCTION: self.production}.get(stage)

    @property
    def names_essays(self) -> bool:
        """Whether versions are compared on the essays of a file."""
        rules = (self.staging.comparison, self.production.comparison)
        return any(rule is not None and isinstance(rule.essays, FrozenEssays) for rule in rules)

    def demands_reason(self, *, touches_production: bool, forced: bool) -> bool:
        """Return whether a move must be explained."""
        if forced or self.require_reason is Reasons.ALWAYS:
            return True
        return touches_production and self.require_reason is Reasons.PRODUCTION
