"""What a report says besides the figures: where the grader comes from and how it was made."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.metrics.agreement import quadratic_weighted_kappa
from huleedu_ml_training.metrics.calibration import (
    expected_calibration_error,
    ranked_probability_score,
)
from huleedu_ml_training.metrics.reliability import ReliabilityBin, reliability_bins
from huleedu_ml_training.models.review import ReviewRule
from huleedu_ml_training.reports.influence import FeatureInfluence
from huleedu_ml_training.reports.third_party import ThirdPartyModel


@dataclass(frozen=True, slots=True)
class DataSummary:
    """What a model learnt from and was judged on.

    Attributes:
        n_essays: Essays in all.
        n_prompts: Distinct prompts.
        grades: Grade label → essays, lowest grade first.
        parts: ``train``, ``validation``, ``test`` → essays.
        sources: Names of the corpora.
        languages: ISO 639-1 codes.
        notes: What the splitter had to say.
        dataset_digest: Sha256 of the data set.
        synthetic: Whether any essay is synthetic.
        words: Words of the shortest, the median and the longest essay.
        school_years: School years in which essays were created, such as ``2025/26``.
        double_rated: Essays of which the grades of two raters or more are known.
    """

    n_essays: int
    n_prompts: int
    grades: Mapping[str, int]
    parts: Mapping[str, int]
    sources: tuple[str, ...]
    languages: tuple[str, ...]
    notes: tuple[str, ...]
    dataset_digest: str
    synthetic: bool
    words: tuple[int, int, int] | None = None
    school_years: tuple[str, ...] = ()
    double_rated: int = 0


@dataclass(frozen=True, slots=True)
class CalibrationChange:
    """What calibration did to the probabilities, on out-of-fold predictions.

    Attributes:
        method: Name of the method, as in the settings.
        rps_before: Ranked probability score of the uncalibrated probabilities.
        rps_after: The same, calibrated by cross-fitting.
        ece_before: Expected calibration error of the uncalibrated probabilities.
        ece_after: The same, calibrated by cross-fitting.
        before: Reliability of the most probable grade, uncalibrated.
        after: The same, calibrated by cross-fitting.
    """

    method: str
    rps_before: float
    rps_after: float
    ece_before: float
    ece_after: float
    before: tuple[ReliabilityBin, ...] = ()
    after: tuple[ReliabilityBin, ...] = ()

    @classmethod
    def measure(
        cls,
        method: str,
        before: NDArray[np.float64],
        after: NDArray[np.float64],
        y: NDArray[np.int64],
    ) -> "CalibrationChange":
        """Score probabilities of shape (n_essays, K) before and after calibration."""
        return cls(
            method=method,
            rps_before=ranked_probability_score(before, y),
            rps_after=ranked_probability_score(after, y),
            ece_before=expected_calibration_error(before, y),
            ece_after=expected_calibration_error(after, y),
            before=reliability_bins(before, y),
            after=reliability_bins(after, y),
        )


@dataclass(frozen=True, slots=True)
class DecisionOption:
    """What a decision rule would cost, on out-of-fold probabilities.

    Attributes:
        rule: Name of the rule, as in the settings.
        chosen: Whether this model decides by it.
        qwk: Quadratic weighted kappa; NaN where undefined.
        mae: Mean absolute error, in levels.
        accuracy: Share of exact agreement.
        lowest_mae: Mean absolute error of the essays that people gave one of the lowest two
            grades; NaN where there are none.
        highest_mae: The same for the highest two.
        distribution_gap: Greatest difference, over the grades, between the share of essays that
            people gave a grade and the share that the rule gives it, 0…1.
    """

    rule: str
    chosen: bool
    qwk: float
    mae: float
    accuracy: float
    lowest_mae: float
    highest_mae: float
    distribution_gap: float

    @classmethod
    def measure(
        cls,
        rule: str,
        decided: NDArray[np.int64],
        y: NDArray[np.int64],
        n_grades: int,
        *,
        chosen: bool,
    ) -> "DecisionOption":
        """Score the grades that a rule decides on, both of shape (n_essays,)."""
        error = np.abs(decided - y)

        def mean(rows: NDArray[np.bool_]) -> float:
            return float(error[rows].mean()) if rows.any() else math.nan

        return cls(
            rule=rule,
            chosen=chosen,
            qwk=quadratic_weighted_kappa(y, decided, n_grades),
            mae=float(error.mean()),
            accuracy=float((error == 0).mean()),
            lowest_mae=mean(y < 2),
            highest_mae=mean(y >= n_grades - 2),
            distribution_gap=float(
                np.abs(
                    np.bincount(decided, minlength=n_grades) - np.bincount(y, minlength=n_grades)
                ).max()
                / len(y)
            ),
        )


@dataclass(frozen=True, slots=True)
class ReportContext:
    """Everything a report needs besides the evaluation. What is None or empty is named as missing.

    Attributes:
        model_name: Name under which versions are counted.
        version: UTC time as ``YYYYMMDD_HHMMSS``.
        created_at: When the model was made (UTC).
        experiment_name: The user's name for the run.
        evaluated_on: What the figures were computed on, as in "the held-out test part".
        data: What the model learnt from.
        split_scheme: How essays were divided, as in the settings.
        split_seed: Seed of the division.
        model_kind: Kind and backend of the latent score, for people.
        n_features: Number of feature columns.
        calibration: What calibration changed.
        decisions: What each decision rule would cost.
        feature_importance: Feature → share of the total gain; any order.
        parity: Certificate that the exported graph answers as the model does, as its document;
            ``passed`` is there.
        config_digest: Sha256 of the configuration.
        feature_schema_digest: Sha256 of the feature schema.
        run_id: Identifier of the training run.
        seed: Seed of training.
        library_versions: Library → version.
        reproduce: Commands that make the model again.
        influence: What features do to scores, measured on essays.
        evaluated: The essays that the figures were computed on, where they are not a part of
            those that ``data`` describes.
        seen: How many of the evaluated essays the model was trained or stopped on.
        review: Which essays a teacher should look at.
        range_coverage: How often a range of grades was to hold the teacher's grade, 0…1; None
            where the model gives no ranges.
        third_party: Models and word lists of other people that features rest on.
    """

    model_name: str
    version: str
    created_at: datetime | None = None
    experiment_name: str | None = None
    evaluated_on: str = "the held-out test part"
    data: DataSummary | None = None
    split_scheme: str | None = None
    split_seed: int | None = None
    model_kind: str | None = None
    n_features: int | None = None
    calibration: CalibrationChange | None = None
    decisions: tuple[DecisionOption, ...] = ()
    feature_importance: Mapping[str, float] = field(default_factory=dict)
    parity: Mapping[str, Any] | None = None
    config_digest: str | None = None
    feature_schema_digest: str | None = None
    run_id: str | None = None
    seed: int | None = None
    library_versions: Mapping[str, str] = field(default_factory=dict)
    reproduce: tuple[str, ...] = ()
    influence: FeatureInfluence | None = None
    evaluated: DataSummary | None = None
    seen: int | None = None
    review: ReviewRule | None = None
    range_coverage: float | None = None
    third_party: tuple[ThirdPartyModel, ...] | None = None

    def top_features(self, count: int = 20) -> list[tuple[str, float]]:
        """Return the features of greatest importance that have any, greatest first."""
        ranked = sorted(self.feature_importance.items(), key=lambda item: (-item[1], item[0]))
        return [(name, share) for name, share in ranked[:count] if share > 0]
