"""What a cross-validation found, as values and as a versioned JSON document."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from huleedu_ml_training.domain.dataset import EssayDataset
from huleedu_ml_training.metrics.component import Component
from huleedu_ml_training.metrics.evaluation_report import EvaluationReport
from huleedu_ml_training.metrics.values import METRICS_VERSION, MetricValue, finite_or_none
from huleedu_ml_training.registry.runs.records import RunRecord
from huleedu_ml_training.training.held_out import HeldOut

SCHEMA_VERSION = 1
"""Raised when the shape of the document changes."""


@dataclass(frozen=True, slots=True)
class FoldFigures:
    """One fold of one pass, under the decision rule of the settings.

    Attributes:
        repeat: Number of the pass, from 0.
        fold: Number of the fold, from 0.
        n: Essays tested.
        n_learnt: Essays learnt from, stopping set included.
        qwk: Quadratic weighted kappa; NaN where undefined.
        rps: Ranked probability score.
        mae: Mean absolute error in levels.
    """

    repeat: int
    fold: int
    n: int
    n_learnt: int
    qwk: float
    rps: float
    mae: float


@dataclass(frozen=True, slots=True)
class AcrossFolds:
    """Mean and spread of a figure over folds.

    The spread is no standard error: folds share most of what they learn from.

    Attributes:
        mean: Mean over the folds where the figure is defined; NaN where it is nowhere.
        sd: Standard deviation (n - 1); NaN with fewer than two such folds.
        n_folds: Such folds.
    """

    mean: float
    sd: float
    n_folds: int

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready fields."""
        return {
            "mean": finite_or_none(self.mean),
            "sd": finite_or_none(self.sd),
            "folds": self.n_folds,
        }


@dataclass(frozen=True, slots=True)
class RuleFigures:
    """One decision rule, on the pooled predictions.

    Attributes:
        rule: Name of the rule.
        values: Metric name → its mean over the repeats, with interval.
        qwk_across_folds: Mean and spread of QWK.
    """

    rule: str
    values: Mapping[str, MetricValue]
    qwk_across_folds: AcrossFolds

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready fields."""
        return {
            "values": {name: value.to_dict() for name, value in self.values.items()},
            "qwk_across_folds": self.qwk_across_folds.to_dict(),
        }


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """Graders that learnt from so many essays, on the same held-out essays as all others.

    Attributes:
        n_essays: Essays learnt from, stopping set included: mean over the folds, rounded.
        figures: Under the decision rule of the settings.
    """

    n_essays: int
    figures: RuleFigures

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready fields."""
        return {"n_essays": self.n_essays, **self.figures.to_dict()}


@dataclass(frozen=True, slots=True)
class VarianceFigures:
    """Where the spread of one metric comes from.

    Attributes:
        metric: Its name.
        n_seeds: Seeds tried.
        n_splits: Splits tried.
        mean: Mean over all of them.
        components: Seed, split, rest, essays.
    """

    metric: str
    n_seeds: int
    n_splits: int
    mean: float
    components: tuple[Component, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready fields."""
        return {
            "metric": self.metric,
            "seeds": self.n_seeds,
            "splits": self.n_splits,
            "mean": finite_or_none(self.mean),
            "components": [component.to_dict() for component in self.components],
        }


@dataclass(frozen=True, slots=True)
class ValidationReport:
    """A finished cross-validation.

    Attributes:
        protocol: ``honest`` or ``legacy``.
        scheme: How the folds were made.
        rule: Decision rule of the settings.
        n: Essays tested in each pass.
        n_folds: Outer folds.
        n_repeats: Passes.
        dataset_digest: Sha256 of the essays.
        rules: Every decision rule, in the order of ``RULES``.
        folds: Every fold of every pass.
        evaluation: Full report of the first pass, under the rule of the settings.
        curve: Learning curve, ascending; the last point learnt from everything.
        variance: Decomposition of variance, a metric each.
        caveats: Why the protocol's figures are not to be trusted; empty if they are.
        notes: What else a reader must know.
    """

    protocol: str
    scheme: str
    rule: str
    n: int
    n_folds: int
    n_repeats: int
    dataset_digest: str
    rules: tuple[RuleFigures, ...]
    folds: tuple[FoldFigures, ...]
    evaluation: EvaluationReport
    curve: tuple[CurvePoint, ...]
    variance: tuple[VarianceFigures, ...]
    caveats: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def chosen(self) -> RuleFigures:
        """The figures under the decision rule of the settings."""
        return next(figures for figures in self.rules if figures.rule == self.rule)

    def to_dict(self) -> dict[str, Any]:
        """Return the report as a JSON-ready document; undefined figures are None."""
        return {
            "schema_version": SCHEMA_VERSION,
            "metrics_version": METRICS_VERSION,
            "protocol": self.protocol,
            "scheme": self.scheme,
            "rule": self.rule,
            "n": self.n,
            "n_folds": self.n_folds,
            "n_repeats": self.n_repeats,
            "dataset_digest": self.dataset_digest,
            "caveats": list(self.caveats),
            "rules": {figures.rule: figures.to_dict() for figures in self.rules},
            "folds": [
                {
                    name: finite_or_none(value) if isinstance(value, float) else value
                    for name, value in asdict(fold).items()
                }
                for fold in self.folds
            ],
            "evaluation": self.evaluation.to_dict(),
            "learning_curve": [point.to_dict() for point in self.curve],
            "variance": [figures.to_dict() for figures in self.variance],
            "notes": list(self.notes),
        }


@dataclass(frozen=True, slots=True, eq=False)
class ValidationResult:
    """A finished cross-validation with all that it rests on.

    Attributes:
        run: The run's row.
        report: The figures.
        passes: Predictions of each repeat.
        dataset: The essays, with features.
        resumed: Whether the run went on from an earlier attempt.
    """

    run: RunRecord
    report: ValidationReport
    passes: tuple[HeldOut, ...]
    dataset: EssayDataset
    resumed: bool
