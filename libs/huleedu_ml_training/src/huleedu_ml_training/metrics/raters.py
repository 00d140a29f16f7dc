"""Two people, and the machine beside each of them, on the essays that both people graded.

Every figure is a mean over pairs of raters, weighted by the essays that both of a pair graded
(Light 1971, with weights). Human-machine figures are taken on the same essays, against the same
single raters and with the same weights: a grade that several people agreed on would flatter the
machine. With two raters the human-human figures are those of RSMTool.
"""

from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.domain.predictions import GradePredictions
from huleedu_ml_training.metrics.agreement import agreement_values
from huleedu_ml_training.metrics.correlation import pearson_from_sums
from huleedu_ml_training.metrics.errors import InvalidRatingsError
from huleedu_ml_training.metrics.true_scores import (
    attainable_equated_qwk,
    attainable_qwk,
    true_score_terms,
    true_scores,
)
from huleedu_ml_training.metrics.uncertainty import Clusters, Resampled

PAIR_METRICS = ("qwk", "accuracy", "adjacent_agreement", "pearson")
"""What is computed for two people, and for a person and the machine."""

HUMAN_HUMAN, HUMAN_MACHINE, DEGRADATION = "human_human", "human_machine", "degradation"
"""Prefixes of names such as ``human_human_qwk``."""


def check_ratings(ratings: NDArray[np.float64], n_grades: int) -> None:
    """Make sure that all ratings are grades.

    Args:
        ratings: Shape (n_essays, n_raters); NaN where a rater did not grade an essay.
        n_grades: K.

    Raises:
        InvalidRatingsError: A rating is neither NaN nor a whole number in 0…K-1.
    """
    given = ratings[~np.isnan(ratings)]
    wrong = given[(given != np.floor(given)) | (given < 0) | (given >= n_grades)]
    if len(wrong):
        raise InvalidRatingsError(value=float(wrong[0]), n_grades=n_grades)


class RaterStatistics:
    """Raters and one grader on given essays, ready to be resampled.

    Args:
        predictions: Predictions of n essays on a scale of K grades.
        ratings: Grade indices of single raters, shape (n_essays, n_raters), NaN where missing.
        clusters: Which essays are drawn together.
    """

    def __init__(
        self,
        predictions: GradePredictions,
        ratings: NDArray[np.float64],
        clusters: Clusters,
    ) -> None:
        self._n_grades = len(predictions.scale)
        self._middle = (self._n_grades - 1) / 2
        self._clusters = clusters
        score = predictions.expected - self._middle
        self._pairs = [
            self._sums_of_pair(predictions.grades, score, ratings[:, [a, b]])
            for a, b in combinations(range(ratings.shape[1]), 2)
            if np.isfinite(ratings[:, [a, b]]).all(axis=1).any()
        ]
        terms = true_score_terms(ratings - self._middle, score)
        self._true_sums = _sum_by(clusters.of_essay, terms, clusters.count)

    def __call__(self, weights: NDArray[np.float64]) -> Resampled:
        """Return each figure under each row of weights of shape (n_resamples, n_clusters)."""
        means = {
            f"{side}_{name}": _WeightedMean(len(weights))
            for side in (HUMAN_HUMAN, HUMAN_MACHINE, DEGRADATION)
            for name in PAIR_METRICS
        }
        for pair in self._pairs:
            n, people, machine = self._judge_pair(weights[:, pair.clusters] @ pair.sums)
            for name in PAIR_METRICS:
                means[f"{HUMAN_HUMAN}_{name}"].add(people[name], n)
                means[f"{HUMAN_MACHINE}_{name}"].add(machine[name], n)
                means[f"{DEGRADATION}_{name}"].add(machine[name] - people[name], n)
        values = {name: mean.value() for name, mean in means.items()}
        true = true_scores(weights @ self._true_sums)
        r_people = values[f"{HUMAN_HUMAN}_pearson"]
        with np.errstate(divide="ignore", invalid="ignore"):
            disattenuated = values[f"{HUMAN_MACHINE}_pearson"] / np.sqrt(
                np.where(r_people > 0, r_people, np.nan)
            )
        return {
            **values,
            "disattenuated_pearson": disattenuated,
            "prmse": true.prmse,
            "rater_reliability": true.reliability,
            "rater_error_variance": true.error_variance,
            "true_score_variance": true.variance,
            "attainable_qwk": attainable_qwk(true.reliability),
            "attainable_qwk_two_raters": attainable_qwk(true.reliability, raters=2),
            "attainable_qwk_equated": attainable_equated_qwk(true.reliability),
        }

    def _sums_of_pair(
        self,
        grades: NDArray[np.int64],
        score: NDArray[np.float64],
        ratings: NDArray[np.float64],
    ) -> "_Pair":
        both = np.flatnonzero(np.isfinite(ratings).all(axis=1))
        present, cluster = np.unique(self._clusters.of_essay[both], return_inverse=True)
        first, second = ratings[both].astype(np.int64).T
        machine, x = grades[both], score[both]
        tables = [
            np.eye(self._n_grades**2)[rows * self._n_grades + columns]
            for rows, columns in ((first, second), (first, machine), (second, machine))
        ]
        products = x[:, None] * (ratings[both] - self._middle)
        terms = np.column_stack([*tables, x, x**2, products])
        return _Pair(present, _sum_by(cluster, terms, len(present)))

    def _judge_pair(
        self, sums: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], Resampled, Resampled]:
        """Return essays, human-human figures and the mean of both human-machine figures."""
        k, cells = self._n_grades, self._n_grades**2
        tables = sums[:, : 3 * cells].reshape(-1, 3, k, k)
        x, xx, *products = sums[:, 3 * cells :].T
        levels = np.arange(k) - self._middle
        people = tables[:, 0]
        n: NDArray[np.float64] = people.sum(axis=(1, 2))
        raters = [
            {"n": n, "y": counts @ levels, "yy": counts @ levels**2}
            for counts in (people.sum(axis=2), people.sum(axis=1))
        ]
        # A resample may have no essay that both graded: 0 / 0, and no part of any mean.
        with np.errstate(divide="ignore", invalid="ignore"):
            between = {
                **agreement_values(people),
                "pearson": pearson_from_sums(
                    **raters[0], x=raters[1]["y"], xx=raters[1]["yy"], xy=people @ levels @ levels
                ),
            }
            machine = [
                {
                    **agreement_values(tables[:, number + 1]),
                    "pearson": pearson_from_sums(**raters[number], x=x, xx=xx, xy=products[number]),
                }
                for number in range(2)
            ]
        both = {name: (machine[0][name] + machine[1][name]) / 2 for name in PAIR_METRICS}
        return n, between, both


class _Pair(NamedTuple):
    """Two raters: the clusters of the essays that both graded, and sums over those essays.

    The columns of ``sums`` are three tables of K * K pairs of grades (first and second rater,
    first and machine, second and machine), and with x the centred expected grade the sums of x,
    its square, and its products with the centred grades of either rater.
    """

    clusters: NDArray[np.int64]
    sums: NDArray[np.float64]


def _sum_by(
    group: NDArray[np.int64], terms: NDArray[np.float64], count: int
) -> NDArray[np.float64]:
    """Sum rows of shape (n, n_terms) by group 0…count-1, shape (count, n_terms)."""
    summed = np.zeros((count, terms.shape[1]))
    np.add.at(summed, group, terms)
    return summed


class _WeightedMean:
    """A mean over pairs, of those for which the figure is defined."""

    def __init__(self, rows: int) -> None:
        self._total = np.zeros(rows)
        self._weight = np.zeros(rows)

    def add(self, value: NDArray[np.float64], weight: NDArray[np.float64]) -> None:
        defined = np.isfinite(value)
        self._total += np.where(defined, value, 0.0) * np.where(defined, weight, 0.0)
        self._weight += np.where(defined, weight, 0.0)

    def value(self) -> NDArray[np.float64]:
        with np.errstate(divide="ignore", invalid="ignore"):
            mean: NDArray[np.float64] = self._total / self._weight
        return mean
