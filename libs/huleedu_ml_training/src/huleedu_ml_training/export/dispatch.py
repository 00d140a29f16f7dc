"""How each part of a grader is written into a graph.

A new kind of classifier, calibrator or decision rule registers a function in a module of its own,
with ``@emit_classifier.register`` and its siblings; nothing else of the export changes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import singledispatch

from huleedu_ml_training.export.errors import UnsupportedExportError
from huleedu_ml_training.export.graph_builder import GraphBuilder
from huleedu_ml_training.export.trees import TreeTable


@dataclass(frozen=True, slots=True)
class ClassifierValues:
    """Names of a classifier's results in a graph, all float64.

    Attributes:
        latent: Value of shape (n,).
        cumulative: Adds the nodes of raw P(grade > k) and returns the value's name, of shape
            (n, K-1); a calibrator that needs the latent score only leaves them out of the graph.
        n_thresholds: K-1.
    """

    latent: str
    cumulative: Callable[[], str]
    n_thresholds: int


@singledispatch
def emit_classifier(classifier: object, graph: GraphBuilder, features: str) -> ClassifierValues:
    """Add a classifier to a graph.

    Args:
        classifier: The fitted classifier.
        graph: Where to add it.
        features: Name of a float32 value of shape (n, n_features).

    Raises:
        UnsupportedExportError: No function is registered for its type.
    """
    raise _unsupported(classifier, features)


@singledispatch
def emit_calibrator(calibrator: object, graph: GraphBuilder, values: ClassifierValues) -> str:
    """Add a calibrator to a graph; return the name of P(grade), float64 of shape (n, K).

    Raises:
        UnsupportedExportError: No function is registered for its type.
    """
    raise _unsupported(calibrator, values)


@singledispatch
def emit_decision(decision: object, graph: GraphBuilder, probabilities: str, n_grades: int) -> str:
    """Add a decision rule to a graph; return the name of the grades, int64 of shape (n,).

    Raises:
        UnsupportedExportError: No function is registered for its type.
    """
    raise _unsupported(decision, probabilities)


@singledispatch
def add_trees(booster: object, table: TreeTable, target: int) -> None:
    """Add the trees of one booster to a table.

    Raises:
        UnsupportedExportError: No function is registered for its type.
    """
    raise _unsupported(booster, table)


def _unsupported(part: object, _: object) -> UnsupportedExportError:
    return UnsupportedExportError(
        part=type(part).__name__, reason="nothing says how it is written in ONNX"
    )
