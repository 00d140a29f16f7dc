"""From latent scores to probabilities one can believe."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.models.cumulative import grade_probabilities, sigmoid
from huleedu_ml_training.models.errors import InvalidModelStateError, UnknownMethodError
from huleedu_ml_training.models.isotonic import fit_isotonic, isotonic_from_parameters
from huleedu_ml_training.models.platt import fit_cumulative_logit
from huleedu_ml_training.models.protocols import CalibratorProtocol
from huleedu_ml_training.models.state import finite_numbers, typed_field
from huleedu_ml_training.models.temperature import fit_temperature, temperature_from_parameters

CALIBRATION_FILE = "calibration.json"
METHODS = ("none", "temperature", "platt", "isotonic")
"""From the simplest on."""


class PlattCalibrator:
    """Platt scaling for ordered grades: P(grade > k) = sigmoid(slope * latent - theta(k)).

    K parameters in all. The slope is positive and the thresholds ascend, so cumulative
    probabilities never cross and a higher latent score never means a lower expected grade.

    Args:
        slope: Above 0.
        thresholds: ndarray of shape (K-1,), float64, strictly ascending.

    Attributes:
        slope: As given.
        thresholds: As given.
    """

    method = "platt"

    def __init__(self, slope: float, thresholds: NDArray[np.float64]) -> None:
        self.slope = slope
        self.thresholds = thresholds

    def probabilities(
        self, latent: NDArray[np.float64], cumulative: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return P(grade), ndarray of shape (n_essays, K); the raw cumulative matrix is not used.

        Args:
            latent: ndarray of shape (n_essays,).
            cumulative: ndarray of shape (n_essays, K-1).
        """
        del cumulative
        calibrated = sigmoid(self.slope * latent[:, None] - self.thresholds)
        return grade_probabilities(calibrated)

    def parameters(self) -> dict[str, Any]:
        """Return method, slope and thresholds."""
        return {
            "method": self.method,
            "slope": self.slope,
            "thresholds": self.thresholds.tolist(),
        }


class IdentityCalibrator:
    """No calibration: the classifier's own cumulative probabilities are taken at their word."""

    method = "none"

    def probabilities(
        self, latent: NDArray[np.float64], cumulative: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return P(grade), ndarray of shape (n_essays, K); the latent score is not used.

        Args:
            latent: ndarray of shape (n_essays,).
            cumulative: ndarray of shape (n_essays, K-1), not increasing along a row.
        """
        del latent
        return grade_probabilities(cumulative)

    def parameters(self) -> dict[str, Any]:
        """Return the method alone."""
        return {"method": self.method}


def fit_calibrator(
    method: str,
    latent: NDArray[np.float64],
    cumulative: NDArray[np.float64],
    y: NDArray[np.int64],
    n_grades: int,
) -> CalibratorProtocol:
    """Fit a calibrator on out-of-fold predictions.

    Args:
        method: One of :data:`METHODS`.
        latent: Latent scores of essays that their model never saw, shape (n_essays,).
        cumulative: Raw P(grade > k) of the same essays, shape (n_essays, K-1).
        y: Their grade indices, shape (n_essays,); grades may be rare or absent.
        n_grades: K.

    Raises:
        UnknownMethodError: There is no such method.
    """
    match method:
        case "none":
            return IdentityCalibrator()
        case "temperature":
            return fit_temperature(cumulative, y)
        case "platt":
            return PlattCalibrator(*fit_cumulative_logit(latent, y, n_grades))
        case "isotonic":
            return fit_isotonic(latent, y, n_grades)
    raise UnknownMethodError(part="calibration", name=method, known=METHODS)


def calibrator_from_parameters(parameters: Mapping[str, Any], n_grades: int) -> CalibratorProtocol:
    """Return the calibrator that gave these parameters, bit for bit.

    Args:
        parameters: What :meth:`CalibratorProtocol.parameters` returned.
        n_grades: K.

    Raises:
        UnknownMethodError: This version has no such method.
        InvalidModelStateError: Parameters are missing or make no calibrator.
    """
    method = typed_field(parameters, "method", str, file=CALIBRATION_FILE)
    match method:
        case "none":
            return IdentityCalibrator()
        case "temperature":
            return temperature_from_parameters(parameters, file=CALIBRATION_FILE)
        case "platt":
            return _platt_from_parameters(parameters, n_grades)
        case "isotonic":
            return isotonic_from_parameters(parameters, n_grades, file=CALIBRATION_FILE)
    raise UnknownMethodError(part="calibration", name=method, known=METHODS)


def _platt_from_parameters(parameters: Mapping[str, Any], n_grades: int) -> PlattCalibrator:
    slope = typed_field(parameters, "slope", float, file=CALIBRATION_FILE)
    thresholds = finite_numbers(
        typed_field(parameters, "thresholds", list, file=CALIBRATION_FILE), file=CALIBRATION_FILE
    )
    if not 0 < slope < np.inf:
        raise InvalidModelStateError(
            file=CALIBRATION_FILE, reason="has a slope that is not above 0"
        )
    if len(thresholds) != n_grades - 1 or (np.diff(thresholds) <= 0).any():
        reason = f"has no {n_grades - 1} ascending thresholds"
        raise InvalidModelStateError(file=CALIBRATION_FILE, reason=reason)
    return PlattCalibrator(slope, thresholds)
