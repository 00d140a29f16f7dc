"""Writing an ONNX graph node by node, without keeping count of names."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

OPSET = 18
ML_DOMAIN = "ai.onnx.ml"
ML_OPSET = 3
IR_VERSION = 10


class GraphBuilder:
    """Collects nodes and constants; every value gets a name of its own.

    Format numbers are fixed here, not taken from the installed onnx: its newest defaults are
    refused by the onnxruntime releases of the same year.
    """

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._initializers: list[onnx.TensorProto] = []
        self._inputs: list[onnx.ValueInfoProto] = []
        self._outputs: list[onnx.ValueInfoProto] = []
        self._count = 0

    def input(self, name: str, dtype: type[np.generic], shape: Sequence[str | int]) -> str:
        """Declare an input; text in ``shape`` names a dynamic dimension."""
        self._inputs.append(_value_info(name, dtype, shape))
        return name

    def output(
        self, name: str, value: str, dtype: type[np.generic], shape: Sequence[str | int]
    ) -> None:
        """Declare a value as an output under a name of its own."""
        self._nodes.append(helper.make_node("Identity", [value], [name]))
        self._outputs.append(_value_info(name, dtype, shape))

    def constant(self, value: NDArray[Any] | float | Sequence[int]) -> str:
        """Store an array, a float64 scalar or a list of int64; return its name."""
        name = self._fresh("constant")
        self._initializers.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def node(self, operator: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        """Add a node with one output; return the output's name."""
        return self.nodes(operator, *inputs, domain=domain, n_outputs=1, **attributes)[0]

    def nodes(
        self, operator: str, *inputs: str, n_outputs: int, domain: str = "", **attributes: Any
    ) -> tuple[str, ...]:
        """Add a node; return the names of its outputs."""
        outputs = tuple(self._fresh(operator.lower()) for _ in range(n_outputs))
        self._nodes.append(
            helper.make_node(
                operator, list(inputs), list(outputs), name=outputs[0], domain=domain, **attributes
            )
        )
        return outputs

    def build(
        self, name: str, *, producer: str, producer_version: str, metadata: Mapping[str, str]
    ) -> bytes:
        """Return the checked model, equal bytes for equal graphs."""
        model = helper.make_model(
            helper.make_graph(
                self._nodes, name, self._inputs, self._outputs, initializer=self._initializers
            ),
            opset_imports=[
                helper.make_opsetid("", OPSET),
                helper.make_opsetid(ML_DOMAIN, ML_OPSET),
            ],
            ir_version=IR_VERSION,
            producer_name=producer,
            producer_version=producer_version,
        )
        helper.set_model_props(model, dict(metadata))
        onnx.checker.check_model(model, full_check=True)
        data: bytes = model.SerializeToString(deterministic=True)
        return data

    def _fresh(self, stem: str) -> str:
        self._count += 1
        return f"{stem}_{self._count}"


def _value_info(
    name: str, dtype: type[np.generic], shape: Sequence[str | int]
) -> onnx.ValueInfoProto:
    element = helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
    return helper.make_tensor_value_info(name, element, list(shape))
