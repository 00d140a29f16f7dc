"""What one process asked of a registry, and what it was told."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

DONE = "done"
REFUSED = "PromotionRefusedError"

DOCUMENTED = {
    "register": set[str](),
    "promote": {
        REFUSED,
        "EvidenceOutdatedError",
        "InvalidTransitionError",
        "StaleDecisionError",
    },
    "demote": {"InvalidDemotionError", "ForceNeededError", "MissingReasonError"},
    "rollback": {
        "ModelNotFoundError",
        "NothingToRollBackError",
        "NoRollbackTargetError",
        "StaleDecisionError",
    },
    "collect": set[str](),
}
"""Operation → errors that may come of it while others change the same name."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One call of a registry.

    Attributes:
        correlation_id: Of this call alone; the entries of the ledger bear it.
        operation: A key of :data:`DOCUMENTED`.
        outcome: :data:`DONE`, or the name of the error's class.
        seconds: How long it took.
        model_id: The version that was moved or made; None where nothing was.
        stage: Where it then stood.
        single_step: Whether it was a rollback to wherever one step leads.
    """

    correlation_id: str
    operation: str
    outcome: str
    seconds: float
    model_id: str | None = None
    stage: str | None = None
    single_step: bool = False

    @property
    def is_documented(self) -> bool:
        """Whether a caller was told that this may happen."""
        return self.outcome == DONE or self.outcome in DOCUMENTED[self.operation]


def save(attempts: Iterable[Attempt], path: Path) -> None:
    """Write attempts as lines of JSON."""
    path.write_text("".join(f"{json.dumps(asdict(attempt))}\n" for attempt in attempts))


def load(path: Path) -> list[Attempt]:
    """Return attempts that :func:`save` wrote."""
    return [Attempt(**json.loads(line)) for line in path.read_text().splitlines()]
