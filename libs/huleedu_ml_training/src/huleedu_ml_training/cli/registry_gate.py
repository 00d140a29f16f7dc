"""How the checks of a gate look at the terminal."""

from collections.abc import Mapping, Sequence
from typing import Any

from huleedu_ml_training.cli.output import Output
from huleedu_ml_training.registry.gating.figures import figure, mapping, shown
from huleedu_ml_training.registry.records import GateCheck, GateReport, ModelEvent, Stage


def show_gate(output: Output, target: Stage, report: GateReport) -> None:
    """Print the checks of a gate and the two versions side by side; nothing where it made none."""
    if not report.checks:
        return
    output.table(
        f"Gate of {target}",
        ("check", "found", "required", "outcome"),
        [(check.name, check.observed, check.required, _outcome(check)) for check in report.checks],
    )
    if report.comparison is not None:
        _show_comparison(output, report.comparison)
    if report.policy is not None:
        policy = report.policy
        output.line(
            f"policy {policy['name']}, version {policy['policy_version']}, "
            f"sha256 {policy['digest'][:12]}…"
        )


def recorded_report(events: Sequence[ModelEvent], correlation_id: str) -> GateReport:
    """Return what the gate saw when it decided, as the ledger has it.

    A dry run before it may have seen another incumbent.

    Args:
        events: The entries of a version, oldest first.
        correlation_id: Of the command that promoted it.
    """
    own = [event for event in events if event.correlation_id == correlation_id]
    document = mapping(own[-1].gate_report if own else None)
    return GateReport(
        tuple(GateCheck(**check) for check in document.get("checks", ())),
        policy=document.get("policy"),
        comparison=document.get("comparison"),
    )


def _outcome(check: GateCheck) -> str:
    if check.is_warning:
        return "WARNING"
    return "ok" if check.passed else "REFUSED"


def _show_comparison(output: Output, comparison: Mapping[str, Any]) -> None:
    version, metrics = comparison["incumbent_version"], mapping(comparison["metrics"])
    if metrics:
        output.table(
            f"Beside {version} on {comparison['n']} essays",
            ("metric", "this version", version, "difference"),
            [
                (
                    name,
                    shown(figure(name, values["candidate"])),
                    shown(figure(name, values["incumbent"])),
                    shown(figure(name, values["difference"]), signed=True),
                )
                for name, values in metrics.items()
            ],
        )
    for note in comparison["notes"]:
        output.note(note)
