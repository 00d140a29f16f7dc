"""All that goes into a bundle, before it has a version."""

from dataclasses import dataclass
from uuid import UUID

from huleedu_ml_training.config import Settings
from huleedu_ml_training.export.certificate import ParityCertificate
from huleedu_ml_training.metrics.evaluation_report import EvaluationReport
from huleedu_ml_training.models.review import ReviewRule
from huleedu_ml_training.training.fitting import FittedGrader
from huleedu_ml_training.training.graph_judging import JudgedTest
from huleedu_ml_training.training.preparation import PreparedData


@dataclass(frozen=True, slots=True)
class ExportedGraph:
    """A graph and the proof that it grades as the model does."""

    graph: bytes
    certificate: ParityCertificate


@dataclass(frozen=True, slots=True, eq=False)
class BundleContents:
    """All that goes into a bundle, before it has a version.

    Attributes:
        model_name: Name under which versions are counted.
        experiment_name: The user's name for the run.
        run_id: The run that makes it.
        settings: What it was made with.
        prepared: Data and split.
        fitted: The grader and its out-of-fold predictions.
        review: Which essays a teacher should look at.
        judged: The held-out test part, and what the exported graph makes of it.
        exported: ONNX graph and parity certificate.
    """

    model_name: str
    experiment_name: str
    run_id: UUID
    settings: Settings
    prepared: PreparedData
    fitted: FittedGrader
    review: ReviewRule
    judged: JudgedTest
    exported: ExportedGraph

    @property
    def evaluation(self) -> EvaluationReport:
        """Metrics of the held-out test part."""
        return self.judged.report.evaluation
