"""From the predictions of all passes to the report of a cross-validation."""

from collections.abc import Mapping

from huleedu_ml_training.config import Settings
from huleedu_ml_training.domain.dataset import EssayDataset
from huleedu_ml_training.metrics.evaluation import evaluate_predictions
from huleedu_ml_training.training.held_out import HeldOut
from huleedu_ml_training.training.interruption import StopSignal
from huleedu_ml_training.training.outer_folds import notes_on_folds
from huleedu_ml_training.training.validation_figures import PooledPasses, fold_figures
from huleedu_ml_training.training.validation_plan import PlannedPass, cell_name, size_name
from huleedu_ml_training.training.validation_report import (
    CurvePoint,
    ValidationReport,
    VarianceFigures,
)
from huleedu_ml_training.training.validation_request import ValidationRequest


class ValidationJudge:
    """Judges finished passes.

    Args:
        request: What was asked for.
        dataset: The essays.
        settings: Decision rule and intervals.
        passes: Every pass by its name.
        scored: The predictions of each.
        stop: Ends the work between two bootstraps.
    """

    def __init__(
        self,
        request: ValidationRequest,
        dataset: EssayDataset,
        settings: Settings,
        passes: Mapping[str, PlannedPass],
        scored: Mapping[str, HeldOut],
        stop: StopSignal,
    ) -> None:
        self._request = request
        self._dataset = dataset
        self._settings = settings
        self._rule = settings.model.decision
        self._passes = passes
        self._scored = scored
        self._stop = stop

    def report(self, caveats: tuple[str, ...]) -> ValidationReport:
        """Return all figures.

        Args:
            caveats: Those of the protocol.
        """
        first = cell_name(0, 0)
        repeats = [cell_name(0, split) for split in range(self._request.repeats)]
        pooled = self._pooled(*repeats)
        rules = []
        for rule in self._scored[first].grades:
            self._stop.check()
            rules.append(pooled.figures(rule))
        evaluation = evaluate_predictions(
            self._scored[first].predictions(self._dataset.scale, self._rule),
            pooled.y,
            prompts=pooled.prompts,
            settings=self._settings.evaluation,
        )
        return ValidationReport(
            protocol=self._request.protocol,
            scheme=self._settings.split.scheme,
            rule=self._rule,
            n=len(pooled.y),
            n_folds=self._request.folds,
            n_repeats=self._request.repeats,
            dataset_digest=self._dataset.digest,
            rules=tuple(rules),
            folds=tuple(
                figures
                for number, name in enumerate(repeats)
                for figures in fold_figures(
                    self._scored[name],
                    self._dataset,
                    self._passes[name].folds,
                    rule=self._rule,
                    repeat=number,
                )
            ),
            evaluation=evaluation,
            curve=self._curve(),
            variance=self._variance(),
            caveats=caveats,
            notes=notes_on_folds(self._dataset, self._passes[first].folds),
        )

    def _curve(self) -> tuple[CurvePoint, ...]:
        if not self._request.curve:
            return ()
        points = []
        for name in (*map(size_name, self._request.curve), cell_name(0, 0)):
            self._stop.check()
            figures = self._pooled(name).figures(self._rule)
            points.append(CurvePoint(self._passes[name].n_learnt, figures))
        return tuple(points)

    def _variance(self) -> tuple[VarianceFigures, ...]:
        if self._request.variance is None:
            return ()
        n_seeds, n_splits = self._request.variance
        names = [cell_name(seed, split) for seed in range(n_seeds) for split in range(n_splits)]
        return self._pooled(*names).variance(self._rule, n_seeds, n_splits)

    def _pooled(self, *names: str) -> PooledPasses:
        scored = [self._scored[name] for name in names]
        return PooledPasses(scored, self._dataset, self._settings.evaluation)
