"""What the project is about, in plain types: scales, data sets, predictions, splits, errors.

Imports numpy and the standard library only, so that every other room can import it.
"""

from huleedu_ml_training.domain.dataset import EssayDataset, EssaySelection
from huleedu_ml_training.domain.grades import GradeScale
from huleedu_ml_training.domain.predictions import GradePredictions
from huleedu_ml_training.domain.split import Split

__all__ = ["EssayDataset", "EssaySelection", "GradePredictions", "GradeScale", "Split"]
