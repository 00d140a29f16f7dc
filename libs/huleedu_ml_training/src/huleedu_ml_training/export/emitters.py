"""What writes the parts of a grader into a graph, with all of our own parts registered."""

from huleedu_ml_training.export import calibrator_nodes, classifier_nodes, decision_nodes
from huleedu_ml_training.export.dispatch import (
    ClassifierValues,
    add_trees,
    emit_calibrator,
    emit_classifier,
    emit_decision,
)

__all__ = [
    "ClassifierValues",
    "add_trees",
    "emit_calibrator",
    "emit_classifier",
    "emit_decision",
]

REGISTERED = (calibrator_nodes, classifier_nodes, decision_nodes)
"""Modules whose import registers what they write."""
