"""Calibrated probabilities as nodes."""

import numpy as np
from numpy.typing import NDArray

from huleedu_ml_training.export.common_nodes import (
    LAST_AXIS,
    descending,
    differences,
    margins_of,
)
from huleedu_ml_training.export.dispatch import ClassifierValues, emit_calibrator
from huleedu_ml_training.export.graph_builder import GraphBuilder
from huleedu_ml_training.models.calibration import IdentityCalibrator, PlattCalibrator
from huleedu_ml_training.models.isotonic import IsotonicCalibrator
from huleedu_ml_training.models.temperature import LEAST_PROBABILITY, TemperatureCalibrator


@emit_calibrator.register
def _platt(calibrator: PlattCalibrator, graph: GraphBuilder, values: ClassifierValues) -> str:
    column = graph.node("Unsqueeze", values.latent, graph.constant(LAST_AXIS))
    margins = margins_of(graph, column, calibrator.slope, calibrator.thresholds)
    return differences(graph, graph.node("Sigmoid", margins), values.n_thresholds)


@emit_calibrator.register
def _isotonic(calibrator: IsotonicCalibrator, graph: GraphBuilder, values: ClassifierValues) -> str:
    column = graph.node("Unsqueeze", values.latent, graph.constant(LAST_AXIS))
    margins = margins_of(graph, column, calibrator.slope, calibrator.thresholds)
    smooth = graph.node("Sigmoid", margins)
    stepped = _interpolated(graph, column, calibrator.knots, calibrator.values)
    mixed = graph.node(
        "Add",
        graph.node("Mul", stepped, graph.constant(1 - calibrator.share)),
        graph.node("Mul", smooth, graph.constant(calibrator.share)),
    )
    monotone = descending(graph, mixed, values.n_thresholds)
    return differences(graph, monotone, values.n_thresholds)


@emit_calibrator.register
def _temperature(
    calibrator: TemperatureCalibrator, graph: GraphBuilder, values: ClassifierValues
) -> str:
    least, one = graph.constant(LEAST_PROBABILITY), graph.constant(1.0)
    greatest = graph.constant(1 - LEAST_PROBABILITY)
    inside = graph.node("Clip", values.cumulative(), least, greatest)
    log_odds = graph.node(
        "Sub",
        graph.node("Log", inside),
        graph.node("Log", graph.node("Sub", one, inside)),
    )
    scaled = graph.node("Mul", log_odds, graph.constant(calibrator.sharpness))
    monotone = descending(graph, graph.node("Sigmoid", scaled), values.n_thresholds)
    return differences(graph, monotone, values.n_thresholds)


@emit_calibrator.register
def _identity(_: IdentityCalibrator, graph: GraphBuilder, values: ClassifierValues) -> str:
    return differences(graph, values.cumulative(), values.n_thresholds)


def _interpolated(
    graph: GraphBuilder, column: str, knots: NDArray[np.float64], values: NDArray[np.float64]
) -> str:
    """Piecewise linear functions of a value of shape (n, 1), constant beyond the knots."""
    base = graph.constant(values[0])
    if len(knots) == 1:
        zeros = graph.node("Mul", column, graph.constant(np.zeros(values.shape[1])))
        return graph.node("Add", zeros, base)
    offset = graph.node("Sub", column, graph.constant(knots[:-1]))
    ramps = graph.node("Div", offset, graph.constant(np.diff(knots)))
    inside = graph.node("Clip", ramps, graph.constant(0.0), graph.constant(1.0))
    steps = graph.constant(np.diff(values, axis=0))
    return graph.node("Add", graph.node("MatMul", inside, steps), base)
