"""Who did something, why, and in the course of what."""

from dataclasses import dataclass

from huleedu_ml_training.registry.storable import checked_text


@dataclass(frozen=True, slots=True)
class Attribution:
    """The part of a ledger entry that comes from the actor.

    A blank reason is none.

    Attributes:
        actor: User name or service name.
        reason: Why, in the actor's words.
        correlation_id: Ties the entry to logs.

    Raises:
        InvalidTextError: A text cannot be kept.
    """

    actor: str
    reason: str | None = None
    correlation_id: str | None = None

    def __post_init__(self) -> None:
        checked_text(self.actor, "actor", limit=200)
        if self.reason is not None and not self.reason.strip():
            object.__setattr__(self, "reason", None)
        if self.reason is not None:
            checked_text(self.reason, "reason")
        if self.correlation_id is not None:
            checked_text(self.correlation_id, "correlation id", limit=200)
