"""Writing an ONNX graph node by node, without keeping count of names."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from huleedu_ml_training.export.graph_rules import IR_VERSION, ML_DOMAIN, ML_OPSET, OPSET


class GraphBuilder:
    """Collects nodes and constants; every value gets a name of its own.

    A node or constant that is there already is not added again: each costs a runtime half a
    microsecond. Trees are, for there is a node of them for each booster. Format numbers are fixed
    here, not taken from the installed onnx: its newest defaults are refused by the onnxruntime
    releases of the same year.
    """

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._initializers: list[onnx.TensorProto] = []
        self._inputs: list[onnx.ValueInfoProto] = []
        self._outputs: list[onnx.ValueInfoProto] = []
        self._output_names: dict[str, str] = {}
        self._constants: dict[bytes, str] = {}
        self._results: dict[bytes, tuple[str, ...]] = {}
        self._count = 0

    def input(self, name: str, dtype: type[np.generic], shape: Sequence[str | int]) -> str:
        """Declare an input; text in ``shape`` names a dynamic dimension."""
        self._inputs.append(_value_info(name, dtype, shape))
        return name

    def output(
        self, name: str, value: str, dtype: type[np.generic], shape: Sequence[str | int]
    ) -> None:
        """Declare a node's value as an output, under a name of its own.

        Raises:
            ValueError: The value is an output already, or no node's.
        """
        if value in self._output_names or not any(value in node.output for node in self._nodes):
            msg = f"{value!r} cannot be the output {name!r}"
            raise ValueError(msg)
        self._output_names[value] = name
        self._outputs.append(_value_info(name, dtype, shape))

    def constant(self, value: NDArray[Any] | float | Sequence[int]) -> str:
        """Store an array, a float64 scalar or a list of int64; return its name."""
        tensor = numpy_helper.from_array(np.asarray(value))
        content = tensor.SerializeToString(deterministic=True)
        if content not in self._constants:
            tensor.name = self._constants[content] = self._fresh("constant")
            self._initializers.append(tensor)
        return self._constants[content]

    def node(self, operator: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        """Add a node with one output; return the output's name."""
        return self.nodes(operator, *inputs, domain=domain, n_outputs=1, **attributes)[0]

    def nodes(
        self, operator: str, *inputs: str, n_outputs: int, domain: str = "", **attributes: Any
    ) -> tuple[str, ...]:
        """Add a node; return the names of its outputs."""
        node = helper.make_node(operator, list(inputs), [], domain=domain, **attributes)
        content = node.SerializeToString(deterministic=True)
        if domain == ML_DOMAIN or content not in self._results:
            outputs = tuple(self._fresh(operator.lower()) for _ in range(n_outputs))
            node.name = outputs[0]
            node.output.extend(outputs)
            self._nodes.append(node)
            self._results[content] = outputs
        return self._results[content]

    def build(
        self, name: str, *, producer: str, producer_version: str, metadata: Mapping[str, str]
    ) -> bytes:
        """Return the checked model, equal bytes for equal graphs."""
        for node in self._nodes:
            for values in (node.input, node.output):
                values[:] = [self._output_names.get(value, value) for value in values]
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
