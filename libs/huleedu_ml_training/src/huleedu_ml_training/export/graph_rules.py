"""What a grader's ONNX graph may contain: what this library writes, and nothing else.

The runtime would open files that a graph names, load operators from elsewhere, and run loops. None
of it is ever given to the runtime: the bytes are checked first, against lists that are fixed here.
Needs neither ``onnx`` nor the runtime, since a service that grades may lack the first.
"""

import re
from collections.abc import Mapping
from math import prod
from typing import NoReturn

from huleedu_ml_training.export.bundle_errors import (
    ForbiddenGraphError,
    UnsupportedBundleVersionError,
)
from huleedu_ml_training.export.protobuf_wire import (
    Field,
    Kind,
    Span,
    WireError,
    read_message,
)

FORMAT_VERSION = "1"
"""Rises when names, shapes, types or the meaning of an input or output change."""

IR_VERSION = 10
OPSET = 18
ML_DOMAIN = "ai.onnx.ml"
ML_OPSET = 3

_STANDARD = (
    *("Abs", "Add", "ArgMax", "Cast", "Clip", "Concat", "Div", "Exp", "Gather", "Gemm", "Greater"),
    *("GreaterOrEqual", "Identity", "IsNaN", "LessOrEqual", "Log", "MatMul", "Max", "Min", "Mul"),
    *("Neg", "Pad", "Pow", "ReduceMax", "ReduceSum", "Sigmoid", "Sign", "Sqrt", "Squeeze", "Sub"),
    *("Sum", "TopK", "Unsqueeze", "Where"),
)
OPERATORS = frozenset({("", name) for name in _STANDARD} | {(ML_DOMAIN, "TreeEnsembleRegressor")})
"""Domain and name of every operator that a grader of this release or an earlier one has."""

MAX_NODES = 20_000
MAX_RANK = 3
_DIM_LIMIT = 2**31

_INPUTS = {"features"}
_OUTPUTS = {"latent", "probabilities", "grade", "lowest", "highest"}

_FLOAT, _INT64, _DOUBLE = 1, 7, 11
_ITEM_SIZES = {_FLOAT: 4, _INT64: 8, _DOUBLE: 8}

_NUMBER, _TEXT = Field(Kind.NUMBER), Field(Kind.BYTES)
_TEXTS = Field(Kind.BYTES, repeated=True)
_FLOATS = Field(Kind.FLOAT, run=re.compile(rb"(?:\x3d.{4})++", re.DOTALL))
_INTS = Field(Kind.NUMBER, run=re.compile(rb"(?:\x40[\x80-\xff]{0,9}+[\x00-\x7f])++"))
_MODES = Field(Kind.BYTES, run=re.compile(rb"(?:\x4a(?:\x04LEAF|\x0aBRANCH_LEQ))++"))

# Field numbers of onnx.proto. What is absent is refused: training, functions, subgraphs, sparse
# tensors, external data, overloads, device configurations.
_MODEL = {1: _NUMBER, 2: _TEXT, 3: _TEXT, 4: _TEXT, 5: _NUMBER, 7: _TEXT, 8: _TEXTS, 14: _TEXTS}
_OPSET = {1: _TEXT, 2: _NUMBER}
_ENTRY = {1: _TEXT, 2: _TEXT}
_GRAPH = {1: _TEXTS, 2: _TEXT, 5: _TEXTS, 11: _TEXTS, 12: _TEXTS}
_NODE = {1: _TEXTS, 2: _TEXTS, 3: _TEXT, 4: _TEXT, 5: _TEXTS, 7: _TEXT}
_ATTRIBUTE = {
    1: _TEXT,
    2: Field(Kind.FLOAT),
    3: _NUMBER,
    4: _TEXT,
    5: _TEXT,
    7: _FLOATS,
    8: _INTS,
    9: _MODES,
    20: _NUMBER,
}
_TENSOR = {1: Field(Kind.NUMBER, repeated=True), 2: _NUMBER, 8: _TEXT, 9: _TEXT, 10: _TEXT}
_VALUE = {1: _TEXT, 2: _TEXT}


def check_graph(data: bytes) -> None:
    """Check that a graph is one that a grader may have.

    It keeps foreign code and files out. It does not say that the graph computes what a grader
    does: that is what digests and the parity certificate are for.

    Args:
        data: Bytes of ``grader.onnx``.

    Raises:
        ForbiddenGraphError: It is no ONNX model, or contains what no grader of ours does.
        UnsupportedBundleVersionError: It is of another format version.
    """
    try:
        _Checker(data).check()
    except WireError as error:
        raise ForbiddenGraphError(reason=f"it cannot be read, {error}") from None


class _Checker:
    def __init__(self, data: bytes) -> None:
        self._data = data

    def check(self) -> None:
        model = self._read(Span(0, len(self._data)), _MODEL)
        if model.get(1) != [IR_VERSION]:
            _refuse(f"its IR version is {_shown(model.get(1))}, ours is {IR_VERSION}")
        opsets = [self._opset(each) for each in model.get(8, ())]
        if sorted(opsets) != [("", OPSET), (ML_DOMAIN, ML_OPSET)]:
            _refuse(f"its operator sets are {_shown(opsets)}")
        metadata = dict(self._entry(each) for each in model.get(14, ()))
        if metadata.get("format_version") != FORMAT_VERSION:
            raise UnsupportedBundleVersionError(
                found=_shown(metadata.get("format_version")), supported=int(FORMAT_VERSION)
            )
        if 7 not in model:
            _refuse("it has no graph")
        self._check_graph(model[7][0])

    def _check_graph(self, span: int | Span) -> None:
        graph = self._read(span, _GRAPH)
        nodes = graph.get(1, [])
        if len(nodes) > MAX_NODES:
            _refuse(f"it has {len(nodes):,} nodes; at most {MAX_NODES:,} are allowed")
        for node in nodes:
            self._check_node(node)
        for tensor in graph.get(5, ()):
            self._check_tensor(tensor)
        for number, allowed in ((11, _INPUTS), (12, _OUTPUTS)):
            names = [self._text(self._read(each, _VALUE), 1) for each in graph.get(number, ())]
            if len(set(names)) != len(names) or not set(names) <= allowed:
                _refuse(f"its inputs or outputs are {_shown(names)}")

    def _check_node(self, span: int | Span) -> None:
        node = self._read(span, _NODE)
        operator = (self._text(node, 7), self._text(node, 4))
        if operator not in OPERATORS:
            _refuse(f"it has an operator {_shown('.'.join(filter(None, operator)))}")
        for attribute in node.get(5, ()):
            fields = self._read(attribute, _ATTRIBUTE)
            for tensor in fields.get(5, ()):
                self._check_tensor(tensor)

    def _check_tensor(self, span: int | Span) -> None:
        tensor = self._read(span, _TENSOR)
        dims = [size for size in tensor.get(1, ()) if isinstance(size, int)]
        size = _ITEM_SIZES.get(_only_number(tensor, 2))
        if size is None:
            _refuse(f"it has a tensor of data type {_shown(tensor.get(2))}")
        if len(dims) > MAX_RANK or not all(0 < size < _DIM_LIMIT for size in dims):
            _refuse(f"it has a tensor of shape {_shown(dims)}")
        contents = [each for key in (9, 10) for each in tensor.get(key, ())]
        n_bytes = sum(each.end - each.start for each in contents if isinstance(each, Span))
        if len(contents) > 1 or (10 in tensor and tensor[2] != [_DOUBLE]):
            _refuse("it has a tensor with its values twice, or in another form than its type's")
        if prod(dims) * size != n_bytes:
            _refuse(f"it has a tensor of shape {_shown(dims)} with {n_bytes:,} bytes of values")

    def _opset(self, span: int | Span) -> tuple[str, int]:
        fields = self._read(span, _OPSET)
        return self._text(fields, 1), _only_number(fields, 2)

    def _entry(self, span: int | Span) -> tuple[str, str]:
        fields = self._read(span, _ENTRY)
        return self._text(fields, 1), self._text(fields, 2)

    def _read(self, span: int | Span, layout: Mapping[int, Field]) -> dict[int, list[int | Span]]:
        if isinstance(span, int):
            msg = "a number stands where a message is expected"
            raise WireError(msg)
        return read_message(self._data, span, layout)

    def _text(self, fields: Mapping[int, list[int | Span]], number: int) -> str:
        values = fields.get(number, [])
        if not values or isinstance(values[0], int):
            return ""
        try:
            return self._data[slice(*values[0])].decode("utf-8")
        except UnicodeDecodeError:
            msg = "a name is not UTF-8 text"
            raise WireError(msg) from None


def _only_number(fields: Mapping[int, list[int | Span]], number: int) -> int:
    values = fields.get(number, [0])
    return values[0] if isinstance(values[0], int) else 0


def _shown(value: object) -> str:
    return ascii(value)[:120]


def _refuse(reason: str) -> NoReturn:
    raise ForbiddenGraphError(reason=reason)
