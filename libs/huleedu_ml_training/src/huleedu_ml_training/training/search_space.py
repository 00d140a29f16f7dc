"""Which hyperparameters are searched, and between which bounds."""

from dataclasses import dataclass
from typing import Any

from optuna.trial import Trial

from huleedu_ml_training.config import BoosterSettings


@dataclass(frozen=True, slots=True)
class Range:
    """Bounds of one hyperparameter, both inclusive.

    Attributes:
        name: Field of :class:`~huleedu_ml_training.config.BoosterSettings`.
        low: Smallest value.
        high: Greatest value.
        log: Whether values are drawn evenly on the logarithmic scale.
    """

    name: str
    low: float
    high: float
    log: bool = False


BOOSTER_SPACE: tuple[Range, ...] = (
    Range("learning_rate", 0.02, 0.2, log=True),
    Range("num_leaves", 4, 48, log=True),
    Range("min_child_samples", 5, 60, log=True),
    Range("feature_fraction", 0.05, 0.9),
    Range("bagging_fraction", 0.5, 1.0),
    Range("lambda_l1", 1e-3, 10.0, log=True),
    Range("lambda_l2", 1e-3, 30.0, log=True),
)
"""Rounds are not searched: early stopping chooses them."""


def suggest(trial: Trial) -> dict[str, Any]:
    """Draw one value per hyperparameter."""
    values: dict[str, Any] = {}
    for item in BOOSTER_SPACE:
        if BoosterSettings.model_fields[item.name].annotation is int:
            values[item.name] = trial.suggest_int(
                item.name, int(item.low), int(item.high), log=item.log
            )
        else:
            values[item.name] = trial.suggest_float(item.name, item.low, item.high, log=item.log)
    return values


def clipped(settings: BoosterSettings) -> dict[str, Any]:
    """Return the configured hyperparameters, moved to the nearest value of the space."""
    configured = settings.model_dump()
    return {
        item.name: type(configured[item.name])(min(max(configured[item.name], item.low), item.high))
        for item in BOOSTER_SPACE
    }
