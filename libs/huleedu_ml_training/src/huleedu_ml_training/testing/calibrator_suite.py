"""Conformance suite of :class:`CalibratorProtocol`.

Inherit :class:`CalibratorSuite` and override :meth:`~CalibratorSuite.method`; override the two
other fixtures as well if the calibrator is not made by this package's functions.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from huleedu_ml_training.models.calibration import calibrator_from_parameters, fit_calibrator
from huleedu_ml_training.models.cumulative import sigmoid
from huleedu_ml_training.models.protocols import CalibratorProtocol

Fit = Callable[
    [NDArray[np.float64], NDArray[np.float64], NDArray[np.int64], int], CalibratorProtocol
]
Restore = Callable[[Mapping[str, Any], int], CalibratorProtocol]


def _cumulative(latent: NDArray[np.float64], n_grades: int) -> NDArray[np.float64]:
    return sigmoid(latent[:, None] - np.linspace(-2, 2, n_grades - 1))


def _latent(n_essays: int, seed: int = 3) -> NDArray[np.float64]:
    return np.random.default_rng(seed).normal(scale=2.0, size=n_essays)


class CalibratorSuite:
    """What every calibrator does."""

    @pytest.fixture
    def method(self) -> str:
        """Return the method's name, as in the settings."""
        raise NotImplementedError

    @pytest.fixture
    def fit(self, method: str) -> Fit:
        """Return a function of (latent, cumulative, y, K) that fits a calibrator."""
        return lambda latent, cumulative, y, n_grades: fit_calibrator(
            method, latent, cumulative, y, n_grades
        )

    @pytest.fixture
    def restore(self) -> Restore:
        """Return a function of (parameters, K) that makes the calibrator again."""
        return calibrator_from_parameters

    @staticmethod
    def _is_simplex(probabilities: NDArray[np.float64]) -> bool:
        sums_to_one = np.allclose(1.0, probabilities.sum(axis=1), rtol=0, atol=1e-12)
        return bool(sums_to_one and (probabilities >= 0).all())

    @pytest.mark.parametrize("n_grades", [2, 3, 9])
    def test_probabilities(self, fit: Fit, method: str, n_grades: int) -> None:
        """Rows are distributions over K grades, and higher scores expect higher grades."""
        latent = np.sort(_latent(300))
        cumulative = _cumulative(latent, n_grades)
        y = (cumulative > 0.5).sum(axis=1)
        calibrator = fit(latent, cumulative, y, n_grades)
        probabilities = calibrator.probabilities(latent, cumulative)
        assert method == calibrator.method
        assert (300, n_grades) == probabilities.shape
        assert np.dtype(np.float64) == probabilities.dtype
        assert self._is_simplex(probabilities)
        assert (np.diff(probabilities @ np.arange(n_grades)) >= -1e-12).all()

    def test_rare_and_absent_grades(self, fit: Fit) -> None:
        """Grades with one essay, or none, break nothing."""
        latent = np.sort(_latent(60))
        y = np.concatenate([[1], np.full(29, 3), np.full(29, 4), [6]])
        cumulative = _cumulative(latent, 9)
        assert self._is_simplex(fit(latent, cumulative, y, 9).probabilities(latent, cumulative))

    def test_equal_scores(self, fit: Fit) -> None:
        """Scores that tell nothing apart break nothing."""
        latent = np.zeros(40)
        cumulative = _cumulative(latent, 4)
        y = np.arange(40) % 4
        assert self._is_simplex(fit(latent, cumulative, y, 4).probabilities(latent, cumulative))

    def test_separable_grades(self, fit: Fit) -> None:
        """Grades that the score tells apart without an error break nothing."""
        latent = np.linspace(-5, 5, 80)
        cumulative = _cumulative(latent, 4)
        y = np.repeat(np.arange(4), 20)
        assert self._is_simplex(fit(latent, cumulative, y, 4).probabilities(latent, cumulative))

    def test_extreme_scores(self, fit: Fit) -> None:
        """Scores far beyond any that were fitted on give distributions too."""
        latent = _latent(100)
        cumulative = _cumulative(latent, 5)
        calibrator = fit(latent, cumulative, (cumulative > 0.5).sum(axis=1), 5)
        far = np.array([-1e30, -1e6, 1e6, 1e30])
        assert self._is_simplex(calibrator.probabilities(far, _cumulative(far, 5)))

    def test_no_essays(self, fit: Fit) -> None:
        """No scores give no rows."""
        latent = _latent(50)
        cumulative = _cumulative(latent, 5)
        calibrator = fit(latent, cumulative, (cumulative > 0.5).sum(axis=1), 5)
        assert (0, 5) == calibrator.probabilities(latent[:0], cumulative[:0]).shape

    def test_parameters_come_back_bit_for_bit(self, fit: Fit, restore: Restore) -> None:
        """Parameters survive JSON and make the same calibrator; equal fits have equal ones."""
        latent = _latent(200)
        cumulative = _cumulative(latent, 6)
        y = (cumulative > 0.4).sum(axis=1)
        calibrator = fit(latent, cumulative, y, 6)
        again = restore(json.loads(json.dumps(calibrator.parameters())), 6)
        assert np.array_equal(
            calibrator.probabilities(latent, cumulative), again.probabilities(latent, cumulative)
        )
        assert calibrator.parameters() == again.parameters()
        assert calibrator.parameters() == fit(latent, cumulative, y, 6).parameters()
