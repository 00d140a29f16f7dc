"""Links of cumulative-link models: P(grade > k) = G(latent - theta(k)).

Each G is a distribution function with a log-concave density. The log-likelihood of a grade is then
concave in latent score and thresholds (Pratt 1981, "Concavity of the log likelihood", JASA 76), so
its curvature is positive wherever a booster needs it.
"""

from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, log_expit, log_ndtr, logit, ndtr, ndtri

from huleedu_ml_training.models.errors import UnknownMethodError

FloatArray = NDArray[np.float64]

_LOG_ROOT_TWO_PI = 0.5 * np.log(2 * np.pi)


class Link(ABC):
    """A distribution function G with density g; all methods work elementwise, also at infinities.

    Attributes:
        name: Name of the link, as in the settings.
    """

    name: str

    @abstractmethod
    def cumulative(self, margins: FloatArray) -> FloatArray:
        """Return G(margins), in [0, 1]."""

    @abstractmethod
    def quantile(self, probabilities: FloatArray) -> FloatArray:
        """Return the margins whose G these are."""

    @abstractmethod
    def log_cumulative(self, margins: FloatArray) -> FloatArray:
        """Return log G(margins), exact far into the lower tail."""

    @abstractmethod
    def log_survival(self, margins: FloatArray) -> FloatArray:
        """Return log(1 - G(margins)), exact far into the upper tail."""

    @abstractmethod
    def log_density(self, margins: FloatArray) -> FloatArray:
        """Return log g(margins)."""

    @abstractmethod
    def log_density_slope(self, margins: FloatArray) -> FloatArray:
        """Return the derivative of log g at finite margins."""


class LogitLink(Link):
    """Logistic distribution: proportional odds."""

    name = "logit"

    def cumulative(self, margins: FloatArray) -> FloatArray:
        """Return 1 / (1 + exp(-margins))."""
        probabilities: FloatArray = expit(margins)
        return probabilities

    def quantile(self, probabilities: FloatArray) -> FloatArray:
        """Return log-odds."""
        margins: FloatArray = logit(probabilities)
        return margins

    def log_cumulative(self, margins: FloatArray) -> FloatArray:
        """Return log G(margins)."""
        logarithms: FloatArray = log_expit(margins)
        return logarithms

    def log_survival(self, margins: FloatArray) -> FloatArray:
        """Return log G(-margins)."""
        logarithms: FloatArray = log_expit(-margins)
        return logarithms

    def log_density(self, margins: FloatArray) -> FloatArray:
        """Return log(G (1 - G))."""
        logarithms: FloatArray = log_expit(margins) + log_expit(-margins)
        return logarithms

    def log_density_slope(self, margins: FloatArray) -> FloatArray:
        """Return 1 - 2 G."""
        slope: FloatArray = -np.tanh(margins / 2)
        return slope


class ProbitLink(Link):
    """Standard normal distribution."""

    name = "probit"

    def cumulative(self, margins: FloatArray) -> FloatArray:
        """Return the normal distribution function."""
        probabilities: FloatArray = ndtr(margins)
        return probabilities

    def quantile(self, probabilities: FloatArray) -> FloatArray:
        """Return normal quantiles."""
        margins: FloatArray = ndtri(probabilities)
        return margins

    def log_cumulative(self, margins: FloatArray) -> FloatArray:
        """Return the logarithm of the normal distribution function."""
        logarithms: FloatArray = log_ndtr(margins)
        return logarithms

    def log_survival(self, margins: FloatArray) -> FloatArray:
        """Return log G(-margins)."""
        logarithms: FloatArray = log_ndtr(-margins)
        return logarithms

    def log_density(self, margins: FloatArray) -> FloatArray:
        """Return -margins² / 2 - log(2 pi) / 2."""
        logarithms: FloatArray = -0.5 * margins * margins - _LOG_ROOT_TWO_PI
        return logarithms

    def log_density_slope(self, margins: FloatArray) -> FloatArray:
        """Return -margins."""
        return -margins


class CloglogLink(Link):
    """Complementary log-log: P(grade <= k) = 1 - exp(-exp(theta(k) - latent)).

    The proportional-hazards model of McCullagh (1980, "Regression models for ordinal data",
    JRSS B 42); as everywhere in the field, the link is named after what it does to P(grade <= k).
    Seen from P(grade > k), G(m) = exp(-exp(-m)): low grades are reached more slowly than high ones.
    """

    name = "cloglog"

    def cumulative(self, margins: FloatArray) -> FloatArray:
        """Return exp(-exp(-margins))."""
        return np.exp(self.log_cumulative(margins))

    def quantile(self, probabilities: FloatArray) -> FloatArray:
        """Return -log(-log(probabilities))."""
        margins: FloatArray = -np.log(-np.log(probabilities))
        return margins

    def log_cumulative(self, margins: FloatArray) -> FloatArray:
        """Return -exp(-margins)."""
        with np.errstate(over="ignore"):
            logarithms: FloatArray = -np.exp(-margins)
        return logarithms

    def log_survival(self, margins: FloatArray) -> FloatArray:
        """Return log(1 - exp(-exp(-margins))).

        Beyond margins of 40, exp(-margins) is so small that its logarithm is the answer.
        """
        hazard = -self.log_cumulative(margins)
        with np.errstate(divide="ignore"):
            logarithms: FloatArray = np.where(margins > 40, -margins, np.log(-np.expm1(-hazard)))
        return logarithms

    def log_density(self, margins: FloatArray) -> FloatArray:
        """Return -margins - exp(-margins)."""
        with np.errstate(over="ignore", invalid="ignore"):
            logarithms = -margins - np.exp(-margins)
        density: FloatArray = np.where(margins == -np.inf, -np.inf, logarithms)
        return density

    def log_density_slope(self, margins: FloatArray) -> FloatArray:
        """Return exp(-margins) - 1."""
        with np.errstate(over="ignore"):
            slope: FloatArray = np.expm1(-margins)
        return slope


_LINKS: tuple[Link, ...] = (LogitLink(), ProbitLink(), CloglogLink())
LINK_NAMES = tuple(link.name for link in _LINKS)


def link_named(name: str) -> Link:
    """Return a link.

    Raises:
        UnknownMethodError: There is no such link.
    """
    for link in _LINKS:
        if link.name == name:
            return link
    raise UnknownMethodError(part="link", name=name, known=LINK_NAMES)
