"""Judging an exported graph on the essays that training held out."""

from dataclasses import dataclass

from huleedu_ml_training.config import EvaluationSettings
from huleedu_ml_training.domain.dataset import EssayDataset
from huleedu_ml_training.domain.predictions import GradePredictions
from huleedu_ml_training.inference.graph import GraderGraph
from huleedu_ml_training.metrics.judgement import judge_predictions, surface_of
from huleedu_ml_training.metrics.judgement_report import JudgementReport
from huleedu_ml_training.models.review import ReviewRule
from huleedu_ml_training.training.interruption import StopSignal


@dataclass(frozen=True, slots=True, eq=False)
class JudgedTest:
    """What a new grader makes of the held-out test part.

    Attributes:
        essays: The n essays, with features.
        predictions: What the graph said of them.
        report: All figures but those of changed texts.
    """

    essays: EssayDataset
    predictions: GradePredictions
    report: JudgementReport


def judge_graph(
    graph: bytes,
    test: EssayDataset,
    review: ReviewRule,
    settings: EvaluationSettings,
    stop: StopSignal,
) -> JudgedTest:
    """Judge a graph on essays that have features.

    The exported graph is judged, not the model it was made from: what the figures speak of is
    what services will load.

    Args:
        graph: ``grader.onnx``.
        test: n essays with features.
        review: Which essays a teacher should look at.
        settings: Resamples, confidence and seed of the intervals.
        stop: Asked between the parts of the work whether to go on.
    """
    if test.features is None:
        msg = "the data set has no features"
        raise ValueError(msg)
    session = GraderGraph(graph, scale=test.scale, n_features=test.features.shape[1])
    predictions = session.predict(test.features)
    report = judge_predictions(
        predictions,
        test,
        settings,
        surface=surface_of(test, test.features, test.feature_names),
        flagged=review.flags(predictions),
        between=stop.check,
    )
    return JudgedTest(test, predictions, report)
