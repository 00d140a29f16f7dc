"""What a version must show before it may go up."""

import math
from collections.abc import Mapping
from typing import Any

from huleedu_ml_training.registry.records import GateCheck, GateReport, ModelRecord, Stage


class MetricsGate:
    """Lets a version up on the strength of its own metrics and of its parity certificate.

    Staging asks for the parity certificate. Production asks for it too, and for agreement with
    the teachers that is good enough even at the lower end of its interval: a point estimate on
    few essays would let luck through. Moves to dev and archived are free.

    Args:
        min_qwk_lower_bound: What the lower bound of the interval of QWK must reach.
    """

    def __init__(self, *, min_qwk_lower_bound: float) -> None:
        self._min_qwk_lower_bound = min_qwk_lower_bound

    def evaluate(
        self, candidate: ModelRecord, target: Stage, incumbent: ModelRecord | None
    ) -> GateReport:
        """Return the checks that the target stage asks for, with their outcomes."""
        del incumbent
        if not target.is_exclusive:
            return GateReport()
        checks = [_parity(candidate)]
        if target is Stage.PRODUCTION:
            checks.append(self._qwk(candidate))
        return GateReport(tuple(checks))

    def _qwk(self, candidate: ModelRecord) -> GateCheck:
        values = _mapping(_mapping(candidate.metrics.get("values")).get("qwk"))
        low = _finite(values.get("low"))
        reason = values.get("reason")
        unknown = f"unknown ({reason})" if reason else "unknown"
        return GateCheck(
            name="QWK, lower bound",
            passed=low is not None and low >= self._min_qwk_lower_bound,
            observed=unknown if low is None else f"{low:.3f}",
            required=f"at least {self._min_qwk_lower_bound:.3f}",
        )


def _parity(candidate: ModelRecord) -> GateCheck:
    passed = _mapping(candidate.metadata.get("parity")).get("passed")
    return GateCheck(
        name="parity certificate",
        passed=passed is True,
        observed="passed" if passed is True else "failed" if passed is False else "absent",
        required="passed",
    )


def _finite(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) else None


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
