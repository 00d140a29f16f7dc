"""Graphs that a grader never has are refused before the runtime sees a byte of them."""

import ast
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import AttributeProto, TensorProto, helper, numpy_helper

from huleedu_ml_training import export
from huleedu_ml_training.domain.errors import InvalidDataError
from huleedu_ml_training.export.bundle import Bundle
from huleedu_ml_training.export.bundle_errors import (
    ForbiddenGraphError,
    UnsupportedBundleVersionError,
)
from huleedu_ml_training.export.graph_rules import MAX_NODES, OPERATORS, check_graph
from huleedu_ml_training.inference import EssayScorer
from huleedu_ml_training.inference.errors import UnusableGraphError
from huleedu_ml_training.inference.reloading import ReloadingScorer
from huleedu_ml_training.testing.fakes.feature_pipeline import CountingFeaturePipeline
from huleedu_ml_training.testing.working_bundles import working_bundle

SCHEMA = CountingFeaturePipeline().schema
SOUND = working_bundle(SCHEMA)
GRAPH = SOUND.files["grader.onnx"]
MATRIX = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 3])


def changed(change):
    """The sound graph after a change, not checked by anybody."""
    model = onnx.load_from_string(GRAPH)
    change(model)
    return model.SerializeToString()


def bundle_with(graph):
    """A bundle with that graph whose digests are right."""
    manifest = SOUND.manifest
    return Bundle.create(
        {name: data for name, data in SOUND.files.items() if name != "manifest.json"}
        | {"grader.onnx": graph},
        **{name: getattr(manifest, name) for name in manifest.__slots__ if name != "files"},
    )


def tensor(**changes):
    """A change of the first constant."""

    def change(model):
        constant = model.graph.initializer[0]
        for name, value in changes.items():
            if isinstance(value, list):
                getattr(constant, name)[:] = value
            else:
                setattr(constant, name, value)

    return change


def external(location):
    def change(model):
        constant = model.graph.initializer[0]
        constant.ClearField("raw_data")
        constant.data_location = TensorProto.EXTERNAL
        for key, value in {"location": location, "offset": "0", "length": "8"}.items():
            constant.external_data.add(key=key, value=value)

    return change


def operator(name, domain="", **attributes):
    def change(model):
        model.graph.node.append(
            helper.make_node(name, ["features"], ["more"], domain=domain, **attributes)
        )

    return change


def subgraph(name):
    inner = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "g", [MATRIX], [])
    return operator(name, body=inner)


def attribute(**fields):
    """A change that adds an attribute to the first node."""

    def change(model):
        model.graph.node[0].attribute.append(AttributeProto(name="more", **fields))

    return change


def extend(where, *items, **fields):
    """A change that adds to a repeated field, or sets one."""

    def change(model):
        *path, last = where.split(".")
        place = model
        for part in path:
            place = place.graph if part == "graph" else place.node[0]
        if fields:
            getattr(place, last).add(**fields)
        else:
            getattr(place, last).extend(items)

    return change


def assign(where, value):
    def change(model):
        *path, last = where.split(".")
        place = model
        for part in path:
            place = place.graph if part == "graph" else place.node[0]
        setattr(place, last, value)

    return change


def opsets(*pairs):
    def change(model):
        del model.opset_import[:]
        model.opset_import.extend(helper.make_opsetid(*pair) for pair in pairs)

    return change


FORBIDDEN = {
    "external data": external("weights.bin"),
    "external data above": external("../../../etc/passwd"),
    "external data, absolute": external("/etc/passwd"),
    "external data, encoded": external("%2e%2e/%2e%2e/etc/passwd"),
    "external data, a device": external("/dev/zero"),
    "external data, in memory": external("*/_ORT_MEM_ADDR_/*"),
    "place of data said to be inside": tensor(data_location=TensorProto.DEFAULT),
    "an operator of somebody's": operator("Anything", "evil.example"),
    "an operator of the runtime's": operator("FusedMatMul", "com.microsoft"),
    "an operator that trains": operator("Gradient", "ai.onnx.preview.training"),
    "an operator of another case": operator("identity"),
    "an operator of look-alikes": operator("Аdd"),
    "an operator with a space": operator("Add "),
    "an operator with NUL": operator("Add\0"),
    "an operator without a name": operator(""),
    "another operator of the trees' domain": operator("SVMRegressor", "ai.onnx.ml"),
    "strings": operator("StringNormalizer"),
    "a decoder of images": operator("ImageDecoder"),
    "random numbers": operator("RandomNormalLike"),
    "an expansion": operator("Expand"),
    "a constant of any shape": operator("ConstantOfShape"),
    "a range": operator("Range"),
    "a resize": operator("Resize"),
    "an optional": operator("Optional"),
    "a loop": subgraph("Loop"),
    "a scan": subgraph("Scan"),
    "a branch": subgraph("If"),
    "a map over sequences": subgraph("SequenceMap"),
    "a subgraph of a known operator": subgraph("Add"),
    "graphs": attribute(type=AttributeProto.GRAPHS, graphs=[onnx.GraphProto()]),
    "tensors": attribute(type=AttributeProto.TENSORS, tensors=[TensorProto()]),
    "a sparse tensor": attribute(sparse_tensor=onnx.SparseTensorProto()),
    "a type": attribute(tp=onnx.TypeProto()),
    "a reference to an attribute": attribute(ref_attr_name="x"),
    "strings as attribute": attribute(strings=[b"/etc/passwd"]),
    "a node's documentation": assign("graph.node.doc_string", "x"),
    "an overload": assign("graph.node.overload", "x"),
    "a node's metadata": extend("graph.node.metadata_props", key="a", value="b"),
    "a function": extend("functions", name="Add", domain=""),
    "training": extend("training_info", onnx.TrainingInfoProto()),
    "a sparse constant": extend("graph.sparse_initializer", onnx.SparseTensorProto()),
    "quantisation": extend("graph.quantization_annotation", tensor_name="x"),
    "a declared value": extend("graph.value_info", MATRIX),
    "a graph's documentation": assign("graph.doc_string", "x"),
    "a model's documentation": assign("doc_string", "x"),
    "a newer operator set": opsets(("", 21), ("ai.onnx.ml", 3)),
    "an older operator set": opsets(("", 7), ("ai.onnx.ml", 3)),
    "newer trees": opsets(("", 18), ("ai.onnx.ml", 5)),
    "no operator set": opsets(),
    "one operator set": opsets(("", 18)),
    "one more operator set": opsets(("", 18), ("ai.onnx.ml", 3), ("evil.example", 1)),
    "an operator set twice": opsets(("", 18), ("", 18), ("ai.onnx.ml", 3)),
    "a newer format": assign("ir_version", 11),
    "an older format": assign("ir_version", 3),
    "a format of the far future": assign("ir_version", 2**62),
    "a tensor of strings": tensor(data_type=TensorProto.STRING),
    "a tensor of halves": tensor(data_type=TensorProto.FLOAT16),
    "a tensor of no type": tensor(data_type=0),
    "a tensor of an unknown type": tensor(data_type=99),
    "more values than there are": tensor(dims=[10**6]),
    "more values than a machine has": tensor(dims=[2**40, 2**40]),
    "less than no values": tensor(dims=[-1]),
    "no values": tensor(dims=[0], raw_data=b""),
    "no values of many rows": tensor(dims=[2**62, 0], raw_data=b""),
    "many dimensions": tensor(dims=[1] * 60),
    "fewer bytes than a value has": tensor(raw_data=b"1234567"),
    "values twice": tensor(double_data=[1.0]),
    "values in numbers": tensor(int32_data=[1]),
    "a segment": lambda model: setattr(model.graph.initializer[0].segment, "end", 1),
    "an input under another name": lambda model: setattr(model.graph.input[0], "name", "rows"),
    "one more input": extend("graph.input", MATRIX),
    "one more output": extend("graph.output", MATRIX),
    "an output twice": lambda model: model.graph.output.append(model.graph.output[0]),
    "nodes without end": lambda model: model.graph.node.extend(
        helper.make_node("Identity", ["features"], [f"i{n}"]) for n in range(MAX_NODES)
    ),
    "another branch": lambda model: model.graph.node.append(
        helper.make_node(
            "TreeEnsembleRegressor",
            ["x"],
            ["y"],
            domain="ai.onnx.ml",
            nodes_modes=["BRANCH_MEMBER"],
        )
    ),
}

BYTES = {
    "nothing": b"",
    "text": b"not a graph",
    "zeros": b"\0" * 1000,
    "a pickle": b"\x80\x04\x95\x10\x00\x00\x00\x00\x00\x00\x00\x8c\x02os",
    "a zip": b"PK\x03\x04" + b"\0" * 60,
    "a graph and a byte": GRAPH + b"\0",
    "a graph and a field": GRAPH + b"\xa2\x06\x01x",
    "a graph and another graph": GRAPH + b"\x3a\x02\x12\x00",
    "a graph and another version": GRAPH + b"\x08\x0a",
    "a graph and a group": GRAPH + b"\x0b\x0c",
    "a number without an end": b"\x08" + b"\xff" * 20,
    "a number above 64 bits": b"\x08" + b"\xff" * 9 + b"\x7f",
    "a length beyond the end": b"\x3a\xff\xff\xff\xff\x07abc",
    "a length of 64 bits": b"\x3a" + b"\xff" * 9 + b"\x01abc",
    "depth without end": b"\x3a\x7f" * 50_000,
    "UTF-16": GRAPH.decode("latin-1").encode("utf-16"),
}


@pytest.mark.parametrize("case", FORBIDDEN)
def test_what_no_grader_has(case):
    graph = changed(FORBIDDEN[case])
    assert graph != GRAPH
    with pytest.raises(ForbiddenGraphError) as caught:
        EssayScorer(bundle_with(graph), CountingFeaturePipeline())
    assert 5 == caught.value.exit_code
    assert str(caught.value).replace("\n", " ").isprintable()


@pytest.mark.parametrize("case", BYTES)
def test_what_is_no_graph(case):
    with pytest.raises(ForbiddenGraphError):
        EssayScorer(bundle_with(BYTES[case]), CountingFeaturePipeline())


@pytest.mark.parametrize("found", [None, "0", "2", "1.0", "1 ", "١"])
def test_another_format_version_says_what_to_do(found):
    def change(model):
        kept = [each for each in model.metadata_props if each.key != "format_version"]
        del model.metadata_props[:]
        model.metadata_props.extend(kept)
        if found is not None:
            model.metadata_props.add(key="format_version", value=found)

    with pytest.raises(UnsupportedBundleVersionError) as caught:
        EssayScorer(bundle_with(changed(change)), CountingFeaturePipeline())
    assert "upgrade" in caught.value.remedy


def rename_output(model):
    for node in model.graph.node:
        node.output[:] = ["lost" if name == "grade" else name for name in node.output]
    del model.graph.output[2:]


def wider_input(model):
    model.graph.input[0].type.tensor_type.shape.dim[1].dim_value = 4


def grades_beyond_the_scale(model):
    """Grade + 100."""
    for node in model.graph.node:
        node.output[:] = ["inside" if name == "grade" else name for name in node.output]
    model.graph.initializer.append(numpy_helper.from_array(np.int64(100), "hundred"))
    model.graph.node.append(helper.make_node("Add", ["inside", "hundred"], ["grade"]))


def fewer_probabilities(model):
    """Three columns of them."""
    for node in model.graph.node:
        node.output[:] = ["all" if name == "probabilities" else name for name in node.output]
        node.input[:] = ["all" if name == "probabilities" else name for name in node.input]
    model.graph.initializer.append(numpy_helper.from_array(np.array([0, 1, 2]), "some"))
    node = helper.make_node("Gather", ["all", "some"], ["probabilities"], axis=1)
    model.graph.node.append(node)
    model.graph.output[1].type.tensor_type.shape.dim[1].dim_value = 3


@pytest.mark.parametrize(
    "change",
    [
        rename_output,
        wider_input,
        grades_beyond_the_scale,
        fewer_probabilities,
        lambda model: model.graph.node.pop(0),
        lambda model: model.graph.initializer.pop(0),
        lambda model: model.graph.output.pop(),
        lambda model: model.graph.input.pop(),
        lambda model: model.graph.node.append(helper.make_node("Add", ["x"], ["y"])),
        lambda model: model.graph.node.append(
            helper.make_node("Add", ["features", "features"], [model.graph.node[0].output[0]])
        ),
    ],
)
def test_a_graph_of_known_parts_that_does_not_grade(change):
    with pytest.raises(UnusableGraphError) as caught:
        EssayScorer(bundle_with(changed(change)), CountingFeaturePipeline())
    assert 5 == caught.value.exit_code


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_flipped_or_cut_graph_is_refused_or_grades(data):
    """Whatever comes of it is an error of ours or a graph; never another exception."""
    place = data.draw(st.integers(0, len(GRAPH) - 1))
    byte = data.draw(st.integers(0, 255))
    graph = bytearray(GRAPH)
    graph[place] = byte
    damaged = bytes(graph[: data.draw(st.sampled_from([place, len(GRAPH)]))])
    with suppress(InvalidDataError):
        check_graph(damaged)


def test_a_forbidden_graph_does_not_replace_the_one_that_grades():
    class Source:
        bundles = MappingProxyType(
            {"sound": SOUND, "evil": bundle_with(changed(external("/etc/passwd")))}
        )
        identity = "sound"

        def current(self):
            return self.identity

        def load(self, identity):
            return self.bundles[identity]

        def close(self):
            pass

    source = Source()
    with ReloadingScorer(source, CountingFeaturePipeline()) as scorer:
        before = scorer.score_texts(["a text"])
        source.identity = "evil"
        assert not scorer.check()
        assert "grader.onnx is no graph" in scorer.status.failure
        assert before == scorer.score_texts(["a text"])


def test_every_operator_that_is_written_may_be_read():
    """And nothing is allowed that no release wrote: three are of earlier ones."""
    written = {"TreeEnsembleRegressor"}
    for path in Path(export.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                named = [a.value for a in node.args[:1] if isinstance(a, ast.Constant)]
                if node.func.attr in {"node", "nodes"}:
                    written.update(name for name in named if isinstance(name, str))
    allowed = {name for _, name in OPERATORS}
    assert set() == written - allowed
    assert allowed - written <= {"Identity", "LessOrEqual", "Pad"}
