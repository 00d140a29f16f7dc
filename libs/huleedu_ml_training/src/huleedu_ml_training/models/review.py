"""Which essays a teacher should look at before their grade counts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.domain.predictions import GradePredictions
from huleedu_ml_training.models.errors import InvalidModelStateError

REVIEW_FILE = "review.json"


@dataclass(frozen=True, slots=True)
class ReviewRule:
    """An essay is sent to a teacher when either bound is exceeded.

    Attributes:
        max_grades: Most grades that a prediction set may hold; None for no bound.
        max_expected_loss: Most levels that the decided grade may be off in expectation; None for
            no bound.
    """

    max_grades: int | None = None
    max_expected_loss: float | None = None

    def flags(self, predictions: GradePredictions) -> NDArray[np.bool_]:
        """Return which essays go to a teacher, ndarray of shape (n_essays,).

        Predictions without sets are judged by their expected loss alone.
        """
        flagged = np.zeros(len(predictions), dtype=np.bool_)
        if self.max_grades is not None and predictions.set_sizes is not None:
            flagged |= predictions.set_sizes > self.max_grades
        if self.max_expected_loss is not None:
            flagged |= predictions.expected_loss > self.max_expected_loss
        return flagged

    def parameters(self) -> dict[str, Any]:
        """Return JSON-ready parameters."""
        return {"max_grades": self.max_grades, "max_expected_loss": self.max_expected_loss}


def review_rule_from_parameters(parameters: Mapping[str, Any]) -> ReviewRule:
    """Return the rule that gave these parameters.

    Raises:
        InvalidModelStateError: A bound is missing or is no number.
    """
    names = ("max_grades", "max_expected_loss")
    for name in names:
        value = parameters.get(name, "")
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if value is not None and not is_number:
            raise InvalidModelStateError(file=REVIEW_FILE, reason=f"has no number {name}")
    return ReviewRule(**{name: parameters[name] for name in names})
