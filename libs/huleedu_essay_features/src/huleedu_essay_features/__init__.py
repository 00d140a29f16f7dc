"""Essays to numbers, the same at training and at grading time."""

from huleedu_essay_features.protocols import EssayInput
from huleedu_essay_features.schema import FeatureDefinition, FeatureSchema

__all__ = ["EssayInput", "FeatureDefinition", "FeatureSchema"]
