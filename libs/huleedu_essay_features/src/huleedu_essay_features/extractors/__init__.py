"""Engineered features, one module per group, in the order of the feature matrix."""

from huleedu_essay_features.extractors.cohesion import CohesionExtractor
from huleedu_essay_features.extractors.errors import ErrorsExtractor
from huleedu_essay_features.extractors.lexical import LexicalExtractor
from huleedu_essay_features.extractors.lix import LixExtractor
from huleedu_essay_features.extractors.readability import ReadabilityExtractor
from huleedu_essay_features.extractors.syntax import SyntaxExtractor
from huleedu_essay_features.extractors.task import TaskExtractor

__all__ = [
    "CohesionExtractor",
    "ErrorsExtractor",
    "LexicalExtractor",
    "LixExtractor",
    "ReadabilityExtractor",
    "SyntaxExtractor",
    "TaskExtractor",
]
