"""Temperature scaling of ordered probabilities: one parameter.

The log-odds of every raw P(grade > k) are multiplied by the same positive number (Guo et al. 2017,
"On calibration of modern neural networks", ICML, applied to cumulative log-odds). Below 1 it
tempers an overconfident model, above 1 it sharpens a timid one; which of two essays is better and
where the grades' boundaries lie stay as the model has them.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from huleedu_ml_training.models.cumulative import grade_probabilities, rearranged, sigmoid
from huleedu_ml_training.models.errors import InvalidModelStateError
from huleedu_ml_training.models.state import typed_field

FloatArray = NDArray[np.float64]

LEAST_PROBABILITY = 1e-12
"""Raw probabilities are kept this far from 0 and 1, where log-odds are infinite."""

_LOG_BOUNDS = (-3.0, 3.0)


class TemperatureCalibrator:
    """P(grade > k) = sigmoid(sharpness * logit(raw P(grade > k))).

    Args:
        sharpness: One over the temperature; above 0.

    Attributes:
        sharpness: As given.
    """

    method = "temperature"

    def __init__(self, sharpness: float) -> None:
        self.sharpness = sharpness

    def probabilities(self, latent: FloatArray, cumulative: FloatArray) -> FloatArray:
        """Return P(grade), ndarray of shape (n_essays, K); the latent score is not used.

        Args:
            latent: ndarray of shape (n_essays,).
            cumulative: ndarray of shape (n_essays, K-1), not increasing along a row.
        """
        del latent
        return grade_probabilities(rearranged(sigmoid(self.sharpness * log_odds(cumulative))))

    def parameters(self) -> dict[str, Any]:
        """Return the method and its parameter."""
        return {"method": self.method, "sharpness": self.sharpness}


def log_odds(cumulative: FloatArray) -> FloatArray:
    """Return the log-odds of probabilities, elementwise and finite."""
    inside = np.clip(cumulative, LEAST_PROBABILITY, 1 - LEAST_PROBABILITY)
    odds: FloatArray = np.log(inside) - np.log(1 - inside)
    return odds


def fit_temperature(cumulative: FloatArray, y: NDArray[np.int64]) -> TemperatureCalibrator:
    """Fit by maximum likelihood on out-of-fold predictions.

    Args:
        cumulative: Raw P(grade > k), shape (n_essays, K-1).
        y: Grade indices, shape (n_essays,).
    """
    rows = np.arange(len(y))

    def loss(log_sharpness: float) -> float:
        calibrator = TemperatureCalibrator(float(np.exp(log_sharpness)))
        given = calibrator.probabilities(np.empty(len(y)), cumulative)[rows, y]
        return float(-np.log(np.maximum(given, LEAST_PROBABILITY)).sum())

    best = minimize_scalar(loss, bounds=_LOG_BOUNDS, method="bounded", options={"xatol": 1e-6})
    return TemperatureCalibrator(float(np.exp(best.x)))


def temperature_from_parameters(
    parameters: Mapping[str, Any], *, file: str
) -> TemperatureCalibrator:
    """Return the calibrator that gave these parameters, bit for bit.

    Raises:
        InvalidModelStateError: The parameter is missing or not above 0.
    """
    sharpness = typed_field(parameters, "sharpness", float, file=file)
    if not 0 < sharpness < np.inf:
        raise InvalidModelStateError(file=file, reason="has a sharpness that is not above 0")
    return TemperatureCalibrator(sharpness)
