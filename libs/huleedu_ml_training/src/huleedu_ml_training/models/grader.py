"""A grader: latent score, calibration and decision in one piece."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.domain.grades import GradeScale
from huleedu_ml_training.domain.predictions import GradePredictions
from huleedu_ml_training.models.calibration import CALIBRATION_FILE, calibrator_from_parameters
from huleedu_ml_training.models.catalogue import load_classifier
from huleedu_ml_training.models.decision import DECISION_FILE, decision_rule_from_parameters
from huleedu_ml_training.models.errors import InvalidModelStateError
from huleedu_ml_training.models.inputs import as_features
from huleedu_ml_training.models.prediction_sets import (
    PREDICTION_SETS_FILE,
    PredictionSets,
    prediction_sets_from_parameters,
)
from huleedu_ml_training.models.protocols import (
    CalibratorProtocol,
    DecisionRuleProtocol,
    OrdinalClassifierProtocol,
)
from huleedu_ml_training.models.stacked_classifier import with_embedding_score
from huleedu_ml_training.models.state import STATE_FILE, parse_document, to_document


@dataclass(frozen=True, slots=True, eq=False)
class Grader:
    """All that turns features into grades. Immutable, safe for concurrent prediction.

    Attributes:
        scale: The scale of K grades.
        feature_names: Names of the feature columns, in order.
        classifier: Latent score and raw cumulative probabilities.
        calibrator: P(grade) from these.
        decision: A grade from P(grade).
        sets: A range of grades from P(grade); None where none were fitted.
    """

    scale: GradeScale
    feature_names: tuple[str, ...]
    classifier: OrdinalClassifierProtocol
    calibrator: CalibratorProtocol
    decision: DecisionRuleProtocol
    sets: PredictionSets | None = None

    def __post_init__(self) -> None:
        if self.classifier.n_grades != len(self.scale):
            msg = f"a classifier of {self.classifier.n_grades} grades, a scale of {len(self.scale)}"
            raise ValueError(msg)
        if self.classifier.n_features != len(self.feature_names):
            msg = (
                f"a classifier of {self.classifier.n_features} features, "
                f"{len(self.feature_names)} names"
            )
            raise ValueError(msg)

    def predict(self, X: NDArray[np.float32]) -> GradePredictions:
        """Grade essays.

        Args:
            X: Features, shape (n_essays, n_features); rounded to float32, NaN where undefined.

        Raises:
            InvalidFeaturesError: X has another number of columns, or an infinity.
        """
        features = as_features(X, n_features=len(self.feature_names), names=self.feature_names)
        latent = self.classifier.latent(features)
        probabilities = self.calibrator.probabilities(latent, self.classifier.cumulative(features))
        grades = self.decision.decide(probabilities)
        bounds = (None, None) if self.sets is None else self.sets.ranges(probabilities, grades)
        return GradePredictions(self.scale, latent, probabilities, grades, *bounds)

    def save_state(self) -> dict[str, bytes]:
        """Return the three parts as named files, equal for equal graders.

        Scale and feature names are not among them: a bundle's manifest and feature schema have
        these already.
        """
        files = {
            **self.classifier.state(),
            CALIBRATION_FILE: to_document(self.calibrator.parameters()),
            DECISION_FILE: to_document(self.decision.parameters()),
        }
        if self.sets is not None:
            files[PREDICTION_SETS_FILE] = to_document(self.sets.parameters())
        return files

    @classmethod
    def load_state(
        cls,
        state: Mapping[str, bytes],
        *,
        scale: GradeScale,
        feature_names: Sequence[str],
    ) -> "Grader":
        """Return the grader of :meth:`save_state`, bit for bit.

        Args:
            state: Its files; others are not looked at.
            scale: The scale of the manifest.
            feature_names: The names of the feature schema, in order.

        Raises:
            InvalidModelStateError: Files are missing or damaged.
            UnknownMethodError: This version lacks the kind of model, calibration or decision rule.
        """
        n_grades = len(scale)
        classifier = with_embedding_score(load_classifier(state), state)
        shape = (classifier.n_features, classifier.n_grades)
        if shape != (len(feature_names), n_grades):
            reason = (
                f"is a model of {shape[0]} features and {shape[1]} grades, "
                f"expected {len(feature_names)} and {n_grades}"
            )
            raise InvalidModelStateError(file=STATE_FILE, reason=reason)
        calibration = parse_document(state, CALIBRATION_FILE)
        decision = parse_document(state, DECISION_FILE)
        sets = None
        if PREDICTION_SETS_FILE in state:
            document = parse_document(state, PREDICTION_SETS_FILE)
            sets = prediction_sets_from_parameters(document, n_grades)
        return cls(
            scale=scale,
            feature_names=tuple(feature_names),
            classifier=classifier,
            calibrator=calibrator_from_parameters(calibration, n_grades),
            decision=decision_rule_from_parameters(decision, n_grades),
            sets=sets,
        )
