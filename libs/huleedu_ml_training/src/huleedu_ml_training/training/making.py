"""From prepared data to all that goes into a bundle; nothing is stored or registered."""

from uuid import UUID

from huleedu_ml_training.config import Settings
from huleedu_ml_training.models.review import ReviewRule
from huleedu_ml_training.observability.metrics import MLMetrics
from huleedu_ml_training.training.checkpoints import CheckpointStore
from huleedu_ml_training.training.contents import BundleContents
from huleedu_ml_training.training.fitting import FittedGrader, GraderFitter
from huleedu_ml_training.training.graph_judging import judge_graph
from huleedu_ml_training.training.interruption import StopSignal, run_stoppable
from huleedu_ml_training.training.packaging import export_grader
from huleedu_ml_training.training.preparation import PreparedData
from huleedu_ml_training.training.protocols import ProgressProtocol


class GraderMaker:
    """Fits, exports and judges, with checkpoints; implements MakerProtocol.

    Args:
        settings: What graders are made with.
        fitter: Fits the three parts.
        progress: Tells how far the work is.
        metrics: Times the phases.
    """

    def __init__(
        self,
        settings: Settings,
        fitter: GraderFitter,
        progress: ProgressProtocol,
        metrics: MLMetrics,
    ) -> None:
        self._settings = settings
        self._fitter = fitter
        self._progress = progress
        self._metrics = metrics

    async def make(
        self,
        prepared: PreparedData,
        checkpoints: CheckpointStore,
        *,
        model_name: str,
        experiment_name: str,
        run_id: UUID,
    ) -> BundleContents:
        """Return the contents of a bundle; see :class:`MakerProtocol`."""

        def fit(stop: StopSignal) -> FittedGrader:
            return self._fitter.fit(prepared, checkpoints, stop)

        with self._metrics.timed("fit"):
            fitted = await run_stoppable(fit)
        settings = self._settings
        test = prepared.dataset.take(prepared.split.test)
        review = ReviewRule(
            settings.model.review.max_grades, settings.model.review.max_expected_loss
        )

        def finish(stop: StopSignal) -> BundleContents:
            with self._progress.phase("Exporting ONNX"), self._metrics.timed("export"):
                exported = export_grader(prepared.dataset, fitted.grader, settings)
                stop.check()
            with self._progress.phase("Evaluating"), self._metrics.timed("evaluate"):
                judged = judge_graph(exported.graph, test, review, settings.evaluation, stop)
            return BundleContents(
                model_name=model_name,
                experiment_name=experiment_name,
                run_id=run_id,
                settings=settings,
                prepared=prepared,
                fitted=fitted,
                review=review,
                judged=judged,
                exported=exported,
            )

        return await run_stoppable(finish)
