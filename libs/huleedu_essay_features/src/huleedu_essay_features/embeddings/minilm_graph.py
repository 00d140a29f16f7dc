"""all-MiniLM-L6-v2 as a graph that CPUs run fast.

The packed model keeps its weights as int8 and multiplies them out to float32 before every matrix
product. This module builds another graph on the same int8 weights, in which the products
themselves are integer: activations are quantised to 8 bits as they come, per window. Rows going
into the second feed-forward product are first scaled by their largest value, since a few tokens
there are many times larger than the rest and would leave those only a handful of levels.
GELU is the approximation by tanh, faster and nearer to the exact one than 8 bits can tell.
Layer normalisation stays unfused: ONNX Runtime's fused kernel is several times slower on CPU.

The graph has two outputs, the hidden states of all tokens after layer ``WRITING_LAYER`` and after
the last layer.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper

LAYERS = 6
WRITING_LAYER = 4
DIMENSIONS = 384
GRAPH_VERSION = "2"
"""Raised when the arithmetic changes."""

_OUTPUTS = {WRITING_LAYER: "writing", LAYERS: "topic"}
_HEADS = 12
_EPSILON = 1e-12
_GELU_DEPTH = 0.17
"""No value of GELU is below minus this: a row's largest value, or this, bounds it."""

_CONTRIB = "com.microsoft"
_EMBEDDINGS = "inner.embeddings."


def build_graph(packed: bytes) -> bytes:
    """Return the fast graph as a serialised ONNX model.

    Args:
        packed: The bytes of the packed model; the caller has verified their digest.

    Returns:
        A model with inputs ``ids`` and ``positions``, int64 of shape (1, n_tokens), and outputs
        ``writing`` and ``topic``, float32 of shape (1, n_tokens, 384).
    """
    return _Builder(_PackedWeights(onnx.load_model_from_string(packed))).model()


class _PackedWeights:
    """The tensors of the packed model, found by the names and the order of its nodes."""

    def __init__(self, model: onnx.ModelProto) -> None:
        self._tensors = {
            tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer
        }
        # Six products a layer, in order: query, key, value, attention output, and the two of the
        # feed-forward part. Products of activations among themselves have no packed operand.
        self._products = [
            node.input[1]
            for node in model.graph.node
            if node.op_type == "MatMul" and f"{node.input[1]}_q" in self._tensors
        ]

    def tensor(self, name: str) -> NDArray[np.float32]:
        return np.asarray(self._tensors[name], dtype=np.float32)

    def quantised(self, name: str) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
        """Return int8 values and the scales to multiply them by."""
        return self._tensors[f"{name}_q"], self._tensors[f"{name}_scale"]

    def product(self, layer: int, place: int) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
        """Return the int8 matrix of a product, and one scale per column."""
        values, scales = self.quantised(self._products[6 * layer + place])
        return values, scales.reshape(-1)


class _Builder:
    """Collects nodes and weights."""

    def __init__(self, weights: _PackedWeights) -> None:
        self._weights = weights
        self._nodes: list[NodeProto] = []
        self._tensors: list[TensorProto] = []

    def model(self) -> bytes:
        hidden = self._embed()
        self._constant("axis_last", np.array([-1], dtype=np.int64))
        self._constant("gelu_depth", np.array([_GELU_DEPTH], dtype=np.float32))
        for layer in range(LAYERS):
            output = _OUTPUTS.get(layer + 1, f"hidden{layer + 1}")
            hidden = self._layer(layer, hidden, output)
        graph = helper.make_graph(
            self._nodes,
            "minilm",
            [
                helper.make_tensor_value_info(name, TensorProto.INT64, [1, "tokens"])
                for name in ("ids", "positions")
            ],
            [
                helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, "tokens", DIMENSIONS])
                for name in _OUTPUTS.values()
            ],
            self._tensors,
        )
        opsets = [helper.make_opsetid("", 18), helper.make_opsetid(_CONTRIB, 1)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=10)
        return bytes(model.SerializeToString())

    def _constant(self, name: str, value: NDArray[np.generic]) -> str:
        self._tensors.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def _node(
        self,
        operator: str,
        inputs: Sequence[str],
        output: str,
        domain: str = "",
        **attributes: Any,
    ) -> str:
        self._nodes.append(
            helper.make_node(operator, inputs, [output], domain=domain, **attributes)
        )
        return output

    def _embed(self) -> str:
        """Sum word, position and segment embeddings; all tokens are of the first segment."""
        values, scales = self._weights.quantised(f"{_EMBEDDINGS}word_embeddings.weight")
        rows = self._node("Gather", [self._constant("words", values), "ids"], "word_q")
        row_scales = self._node("Gather", [self._constant("word_scales", scales), "ids"], "word_s")
        words = self._node("Cast", [rows], "word_f", to=TensorProto.FLOAT)
        words = self._node("Mul", [words, row_scales], "word")
        values, scales = self._weights.quantised(f"{_EMBEDDINGS}position_embeddings.weight")
        segment = self._weights.tensor(f"{_EMBEDDINGS}token_type_embeddings.weight")[0]
        table = self._constant("places", values.astype(np.float32) * scales + segment)
        places = self._node("Gather", [table, "positions"], "place")
        return self._normalise(words, places, f"{_EMBEDDINGS}LayerNorm", "hidden0")

    def _layer(self, layer: int, hidden: str, output: str) -> str:
        prefix = f"inner.encoder.layer.{layer}."
        queries, keys, values = (
            self._linear(layer, place, hidden, f"{prefix}attention.self.{name}.bias")
            for place, name in enumerate(("query", "key", "value"))
        )
        attended = self._node(
            "MultiHeadAttention",
            [queries, keys, values],
            f"{prefix}attended",
            domain=_CONTRIB,
            num_heads=_HEADS,
        )
        out = self._linear(layer, 3, attended, f"{prefix}attention.output.dense.bias")
        middle = self._normalise(
            out, hidden, f"{prefix}attention.output.LayerNorm", f"{prefix}middle"
        )
        inner = self._linear(layer, 4, middle, f"{prefix}intermediate.dense.bias")
        active = self._node("FastGelu", [inner], f"{prefix}active", domain=_CONTRIB)
        out = self._row_scaled_linear(layer, 5, active, f"{prefix}output.dense.bias")
        return self._normalise(out, middle, f"{prefix}output.LayerNorm", output)

    def _normalise(self, a: str, b: str, parameters: str, output: str) -> str:
        total = self._node("Add", [a, b], f"{output}.sum")
        gain, bias = (
            self._constant(f"{parameters}.{name}", self._weights.tensor(f"{parameters}.{name}"))
            for name in ("weight", "bias")
        )
        return self._node("LayerNormalization", [total, gain, bias], output, epsilon=_EPSILON)

    def _linear(self, layer: int, place: int, x: str, bias: str) -> str:
        offset = self._constant(bias, self._weights.tensor(bias))
        return self._product([x, *self._matrix(layer, place), offset], f"{bias}.out")

    def _row_scaled_linear(self, layer: int, place: int, x: str, bias: str) -> str:
        """Multiply rows that GELU gave, scaled so that no value is above 1."""
        size = self._node("ReduceMax", [x, "axis_last"], f"{bias}.max", keepdims=1)
        size = self._node("Max", [size, "gelu_depth"], f"{bias}.size")
        factor = self._node("Reciprocal", [size], f"{bias}.factor")
        scaled = self._node("Mul", [x, factor], f"{bias}.scaled")
        product = self._product([scaled, *self._matrix(layer, place)], f"{bias}.product")
        product = self._node("Mul", [product, size], f"{bias}.rescaled")
        offset = self._constant(bias, self._weights.tensor(bias))
        return self._node("Add", [product, offset], f"{bias}.out")

    def _product(self, inputs: Sequence[str], output: str) -> str:
        return self._node("DynamicQuantizeMatMul", inputs, output, domain=_CONTRIB)

    def _matrix(self, layer: int, place: int) -> tuple[str, str, str]:
        """Return the names of an int8 matrix, its scales and its zero points."""
        values, scales = self._weights.product(layer, place)
        name = f"matrix{layer}.{place}"
        return (
            self._constant(name, values),
            self._constant(f"{name}.scales", scales.astype(np.float32)),
            self._constant(f"{name}.zeros", np.zeros(values.shape[1], dtype=np.int8)),
        )
