"""Encoders as ONNX graphs that CPUs run fast, cut off above the layer that is wanted.

With 8-bit arithmetic the weights are int8 with one scale per output, the products are integer, and
activations are quantised as they come, per window; in the feed-forward part each token by its own
largest value, since a few tokens of every text are many times larger there than the rest, which a
common scale would leave a handful of levels. In two products of each layer the few inputs that
carry most stay in float32 (Dettmers et al. 2022 choose them by activations; here the weights and
the normalisation before them say which, so that nothing has to be measured). This takes three
quarters of the error away, and more in some layers, at a fiftieth of the time.

With float32 arithmetic the same graph is built of plain products. Layer normalisation and the sum
before it stay two operators: ONNX Runtime's fused one is several times slower on CPU.
"""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper

from huleedu_essay_features.embeddings.encoder_weights import EncoderWeights, Linear, Norm
from huleedu_essay_features.embeddings.quantisation import quantise

Arithmetic = Literal["int8", "float32"]

GRAPH_VERSION = "1"
"""Raised when the arithmetic changes."""

_CONTRIB = "com.microsoft"

_SIZE_LIMIT = 2**31 - 2**20
"""Bytes of weights; a serialised message holds at most 2 GiB."""

_EXACT_INPUTS = 16
"""Inputs of a large product that stay in float32."""


def state_name(layer: int) -> str:
    """Return the name of the output with the hidden states after a layer; 0: the embeddings."""
    return f"layer{layer}"


def build_encoder_graph(
    weights: EncoderWeights, *, layers: Sequence[int], window: int, arithmetic: Arithmetic
) -> bytes:
    """Return a serialised ONNX model; layers above the highest that is wanted are not in it.

    Args:
        weights: The encoder.
        layers: Layers whose hidden states are outputs: 0…L, 0 for the embeddings.
        window: The most tokens of one call.
        arithmetic: ``int8`` or ``float32``.

    Returns:
        A model with the input ``ids``, int64 of shape (1, n_tokens), at most ``window`` of them,
        and per layer an output :func:`state_name`, float32 of shape (1, n_tokens, d).

    Raises:
        UnusableEncoderError: Weights are missing or of another shape than the configuration says,
            or too many for one ONNX model.
    """
    return _Builder(weights, window, arithmetic).model(layers)


class _Builder:
    """Collects nodes and weights."""

    def __init__(self, weights: EncoderWeights, window: int, arithmetic: Arithmetic) -> None:
        self._weights = weights
        self._config = weights.config
        self._window = window
        self._is_integer = arithmetic == "int8"
        self._nodes: list[NodeProto] = []
        self._tensors: list[TensorProto] = []
        self._distances: str | None = None

    def model(self, layers: Sequence[int]) -> bytes:
        hidden = self._embed()
        for index in range(max(layers)):
            hidden = self._layer(index, hidden)
        if sum(len(tensor.raw_data) for tensor in self._tensors) > _SIZE_LIMIT:
            raise self._weights.unusable(
                "its graph would be larger than the 2 GiB that ONNX allows"
            )
        d = self._config.dimensions
        graph = helper.make_graph(
            self._nodes,
            self._config.family,
            [helper.make_tensor_value_info("ids", TensorProto.INT64, [1, "tokens"])],
            [
                helper.make_tensor_value_info(
                    state_name(layer), TensorProto.FLOAT, [1, "tokens", d]
                )
                for layer in layers
            ],
            self._tensors,
        )
        opsets = [helper.make_opsetid("", 18), helper.make_opsetid(_CONTRIB, 1)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=10)
        return bytes(model.SerializeToString(deterministic=True))

    def _constant(self, name: str, value: NDArray[np.generic]) -> str:
        self._tensors.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def _node(self, operator: str, inputs: Sequence[str], output: str, **options: Any) -> str:
        self._nodes.append(helper.make_node(operator, inputs, [output], **options))
        return output

    def _embed(self) -> str:
        if self._is_integer:
            self._constant("axis_last", np.array([-1], dtype=np.int64))
            # A token of zeros has to stay one.
            self._constant("smallest", np.array(1e-30, dtype=np.float32))
        zero = self._constant("zero", np.array([0], dtype=np.int64))
        axis = self._constant("axis_tokens", np.array([1], dtype=np.int64))
        n_tokens = self._node("Shape", ["ids"], "n_tokens", start=1, end=2)
        table = self._constant("places", self._weights.places(self._window)[None])
        places = self._node("Slice", [table, zero, n_tokens, axis], "place")
        distances = self._weights.distances(self._window)
        if distances is not None:
            table = self._constant("distances", distances[None])
            square = self._node("Concat", ["n_tokens", "n_tokens"], "square", axis=0)
            zeros = self._constant("zeros", np.array([0, 0], dtype=np.int64))
            axes = self._constant("axes", np.array([2, 3], dtype=np.int64))
            self._distances = self._node("Slice", [table, zeros, square, axes], "distance")
        norm = self._weights.embedding_norm()
        return self._normalise(self._words(), places, norm, state_name(0))

    def _words(self) -> str:
        table = self._weights.words()
        if not self._is_integer:
            return self._node("Gather", [self._constant("words", table), "ids"], "word")
        values, scales = quantise(table.T)
        rows = self._node("Gather", [self._constant("words", values.T), "ids"], "word_rows")
        rows = self._node("Cast", [rows], "word_values", to=TensorProto.FLOAT)
        scale = self._node(
            "Gather", [self._constant("word_scales", scales[:, None]), "ids"], "word_scale"
        )
        return self._node("Mul", [rows, scale], "word")

    def _layer(self, index: int, hidden: str) -> str:
        layer = self._weights.layer(index)
        before = self._weights.layer(index - 1).output_norm if index else None
        norm = before or self._weights.embedding_norm()
        at = f"{index}."
        # One product instead of three, so that the states are quantised once.
        parts = (layer.query, layer.key, layer.value)
        joint = Linear(
            np.concatenate([part.weight for part in parts], axis=1),
            np.concatenate([part.bias for part in parts]),
        )
        together = self._with_exact_inputs(hidden, joint, f"{at}qkv", norm)
        names = [f"{at}query", f"{at}key", f"{at}value"]
        self._nodes.append(
            helper.make_node("Split", [together], names, axis=-1, num_outputs=len(names))
        )
        bias = [] if self._distances is None else ["", "", self._distances]
        attended = self._node(
            "MultiHeadAttention",
            [*names, *bias],
            f"{at}attended",
            domain=_CONTRIB,
            num_heads=self._config.n_heads,
        )
        out = self._linear(attended, layer.attended, f"{at}out")
        middle = self._normalise(out, hidden, layer.attention_norm, f"{at}middle")
        inner = self._scaled_product(middle, layer.inner.weight, f"{at}inner")
        offset = self._constant(f"{at}inner.offset", layer.inner.bias)
        active = self._node("BiasGelu", [inner, offset], f"{at}active", domain=_CONTRIB)
        out = self._with_exact_inputs(active, layer.outer, f"{at}outer")
        return self._normalise(out, middle, layer.output_norm, state_name(index + 1))

    def _normalise(self, a: str, b: str, norm: Norm, output: str) -> str:
        total = self._node("Add", [a, b], f"{output}.sum")
        gain = self._constant(f"{output}.gain", norm.gain)
        bias = self._constant(f"{output}.bias", norm.bias)
        epsilon = self._config.epsilon
        return self._node("LayerNormalization", [total, gain, bias], output, epsilon=epsilon)

    def _with_exact_inputs(
        self, x: str, linear: Linear, output: str, norm: Norm | None = None
    ) -> str:
        """Add a linear map whose most important inputs are multiplied in float32.

        Args:
            x: Its input.
            linear: Its weights.
            output: Its name.
            norm: The normalisation that its input comes from; None where tokens differ in size.
        """
        n_inputs = len(linear.weight)
        if not self._is_integer or n_inputs <= _EXACT_INPUTS:
            return self._linear(x, linear, output)
        # About how large an input gets: three standard deviations.
        sizes = 1.0 if norm is None else 3 * np.abs(norm.gain) + np.abs(norm.bias)
        importance = sizes * linear.weight.std(axis=1)
        places = np.sort(np.argsort(-importance, kind="stable")[:_EXACT_INPUTS])
        rest = np.ones(n_inputs, dtype=np.float32)
        rest[places] = 0
        remaining = Linear(linear.weight * rest[:, None], linear.bias)
        if norm is None:
            rough = self._scaled_product(x, remaining.weight, f"{output}.rough")
            offset = self._constant(f"{output}.offset", linear.bias)
            rough = self._node("Add", [rough, offset], f"{output}.most")
        else:
            mask = self._constant(f"{output}.rest", rest)
            others = self._node("Mul", [x, mask], f"{output}.others")
            rough = self._linear(others, remaining, f"{output}.rough")
        few = self._node(
            "Gather", [x, self._constant(f"{output}.places", places)], f"{output}.few", axis=2
        )
        matrix = self._constant(f"{output}.exact", linear.weight[places])
        exact = self._node("MatMul", [few, matrix], f"{output}.correction")
        return self._node("Add", [rough, exact], output)

    def _linear(self, x: str, linear: Linear, output: str) -> str:
        """Add a linear map with one scale for a window."""
        offset = self._constant(f"{output}.offset", linear.bias)
        if self._is_integer:
            inputs = [x, *self._quantised(linear.weight, output), offset]
            return self._node("DynamicQuantizeMatMul", inputs, output, domain=_CONTRIB)
        matrix = self._constant(f"{output}.matrix", linear.weight)
        product = self._node("MatMul", [x, matrix], f"{output}.product")
        return self._node("Add", [product, offset], output)

    def _scaled_product(self, x: str, matrix: NDArray[np.float32], output: str) -> str:
        """Add a product with one scale per token."""
        if not self._is_integer:
            return self._node("MatMul", [x, self._constant(f"{output}.matrix", matrix)], output)
        size = self._node("Abs", [x], f"{output}.abs")
        size = self._node("ReduceMax", [size, "axis_last"], f"{output}.largest", keepdims=1)
        size = self._node("Max", [size, "smallest"], f"{output}.size")
        scaled = self._node("Div", [x, size], f"{output}.scaled")
        inputs = [scaled, *self._quantised(matrix, output)]
        product = self._node("DynamicQuantizeMatMul", inputs, f"{output}.product", domain=_CONTRIB)
        return self._node("Mul", [product, size], output)

    def _quantised(self, matrix: NDArray[np.float32], name: str) -> tuple[str, str, str]:
        """Return the names of an 8-bit matrix, its scales and its zero points."""
        values, scales = quantise(matrix)
        return (
            self._constant(f"{name}.matrix", values),
            self._constant(f"{name}.scales", scales),
            self._constant(f"{name}.zeros", np.zeros(len(scales), dtype=np.int8)),
        )
