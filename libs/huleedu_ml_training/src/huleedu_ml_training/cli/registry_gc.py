"""What ``registry gc`` prints."""

from datetime import timedelta
from typing import Any

from huleedu_ml_training.cli.output import Output
from huleedu_ml_training.registry.collection import Collection, StoredBundle


def show_collection(output: Output, found: Collection, grace: timedelta) -> None:
    """Print what a collection removed, what it left, and which versions lack their bundle."""
    done = "would be removed" if found.dry_run else "removed"
    young = f"stays, younger than {grace.total_seconds() / 3600:g} h"
    rows = [(b.path, b.stored_at.isoformat(timespec="seconds"), done) for b in found.removed]
    rows += [(b.path, b.stored_at.isoformat(timespec="seconds"), young) for b in found.young]
    rows += [(f"models/{name}", "left by a killed process", done) for name in found.leftovers]
    if rows:
        output.table("Bundles that no version names", ("bundle", "stored", "outcome"), rows)
    else:
        output.line("every bundle in the store belongs to a version")
    if found.missing:
        output.table(
            "Versions whose bundle is absent",
            ("id", "name", "version", "stage", "bundle"),
            [
                (str(m.model_id)[:8], m.model_name, m.version, m.stage, m.model_path)
                for m in found.missing
            ],
            whole=("id", "version", "stage"),
        )
        output.note("restore the absent bundles from a backup; their versions stay registered")
    output.document("registry.gc", _document(found, grace))


def _document(found: Collection, grace: timedelta) -> dict[str, Any]:
    return {
        "dry_run": found.dry_run,
        "grace_hours": grace.total_seconds() / 3600,
        "removed": [_bundle(bundle) for bundle in found.removed],
        "young": [_bundle(bundle) for bundle in found.young],
        "leftovers": list(found.leftovers),
        "missing": [
            {
                "id": str(reference.model_id),
                "model_name": reference.model_name,
                "version": reference.version,
                "stage": reference.stage.value,
                "model_path": reference.model_path,
            }
            for reference in found.missing
        ],
    }


def _bundle(bundle: StoredBundle) -> dict[str, str]:
    return {"model_path": bundle.path, "stored_at": bundle.stored_at.isoformat()}
