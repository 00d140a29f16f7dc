"""The links of cumulative-link models as ONNX nodes in double precision."""

from functools import lru_cache, singledispatch

import numpy as np
from numpy.polynomial.chebyshev import cheb2poly, chebpts1, chebvander
from numpy.typing import NDArray
from scipy.special import erfcx

from huleedu_ml_training.export.errors import UnsupportedExportError
from huleedu_ml_training.export.graph_builder import GraphBuilder
from huleedu_ml_training.models.links import CloglogLink, LogitLink, ProbitLink

_DEGREE = 27
"""The least with which the normal distribution function is exact to about 1e-15."""


@singledispatch
def emit_link(link: object, graph: GraphBuilder, margins: str) -> str:
    """Add a link's distribution function.

    Args:
        link: The link.
        graph: Where to add it.
        margins: Name of a float64 value of shape (n, K-1).

    Returns:
        Name of a float64 value of the same shape, in [0, 1].

    Raises:
        UnsupportedExportError: No function is registered for its type.
    """
    del graph, margins
    raise UnsupportedExportError(
        part=type(link).__name__, reason="nothing says how it is written in ONNX"
    )


@emit_link.register
def _logit(_: LogitLink, graph: GraphBuilder, margins: str) -> str:
    return graph.node("Sigmoid", margins)


@emit_link.register
def _cloglog(_: CloglogLink, graph: GraphBuilder, margins: str) -> str:
    hazard = graph.node("Exp", graph.node("Neg", margins))
    return graph.node("Exp", graph.node("Neg", hazard))


@emit_link.register
def _probit(_: ProbitLink, graph: GraphBuilder, margins: str) -> str:
    """Normal distribution function from exponentials: onnxruntime has ``Erf`` in float32 only.

    With z = |m| / sqrt(2) and t = 2 / (2 + z), erfc(z) = t exp(p(t) - z²), where p is smooth on
    [0, 1] and a polynomial of degree 27 in x = 2 t - 1 is exact to double precision.
    """
    root_half = graph.constant(np.sqrt(0.5))
    z = graph.node("Mul", graph.node("Abs", margins), root_half)
    two = graph.constant(2.0)
    t = graph.node("Div", two, graph.node("Add", z, two))
    x = graph.node("Sub", graph.node("Mul", two, t), graph.constant(1.0))
    columns = graph.node("Unsqueeze", x, graph.constant([2]))
    powers = graph.node("Pow", columns, graph.constant(np.arange(_DEGREE + 1.0)))
    polynomial = graph.node("MatMul", powers, graph.constant(_tail_coefficients()))
    exponent = graph.node("Sub", polynomial, graph.node("Mul", z, z))
    tail = graph.node("Mul", graph.node("Mul", t, graph.node("Exp", exponent)), graph.constant(0.5))
    above_zero = graph.node("Greater", margins, graph.constant(0.0))
    return graph.node("Where", above_zero, graph.node("Sub", graph.constant(1.0), tail), tail)


@lru_cache(maxsize=1)
def _tail_coefficients() -> NDArray[np.float64]:
    """Return p's coefficients by interpolation in Chebyshev's points, lowest power first."""
    count = _DEGREE + 1
    x = chebpts1(count)
    t = (x + 1) / 2
    series = chebvander(x, _DEGREE).T @ np.log(erfcx(2 / t - 2) / t) / (count / 2)
    series[0] /= 2
    coefficients: NDArray[np.float64] = cheb2poly(series)
    return coefficients
