"""How the history looks that an imported version has elsewhere."""

from huleedu_ml_training.cli.output import Output
from huleedu_ml_training.registry.records import ModelRecord
from huleedu_ml_training.registry.transfer.origin import origins


def show_origins(output: Output, model: ModelRecord) -> None:
    """Print what happened to a version in the registries that it comes from; nothing if none."""
    for origin in origins(model):
        output.table(
            f"History where it comes from, as {origin.model_name} {origin.model_id[:8]} "
            f"(not in the ledger here)",
            ("when", "who", "what", "from", "to", "why"),
            [
                (
                    event.occurred_at.isoformat(sep=" ", timespec="seconds"),
                    event.actor,
                    f"{event.action}{' (forced)' if event.is_forced else ''}",
                    event.from_stage,
                    event.to_stage,
                    event.reason,
                )
                for event in origin.events
            ],
            whole=("from", "to"),
        )
