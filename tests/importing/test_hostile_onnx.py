"""Hostile ONNX files: one sentence each, in no more memory and time than their size allows."""

import random
import tracemalloc
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

import glassnet as gn
from glassnet.exports.onnx import protobuf
from glassnet.exports.onnx.protobuf import Field, Kind, Malformed, read, written
from glassnet.exports.onnx.schema import MODEL, AttributeType, DataType


def tensor(name: str, array: Any, **more: Any) -> dict[str, Any]:
    array = np.asarray(array, np.float32)
    raw = {"dims": array.shape, "data_type": DataType.FLOAT, "name": name, "raw_data": array.tobytes()}
    return raw | more


def node(op: str, inputs: list[str], output: str, **more: Any) -> dict[str, Any]:
    return {"op_type": op, "input": inputs, "output": [output], **more}


def value(name: str, *shape: int) -> dict[str, Any]:
    dims = {"dim": [{"dim_value": size} for size in shape]}
    return {"name": name, "type": {"tensor_type": {"elem_type": DataType.FLOAT, "shape": dims}}}


def model(nodes: Any = None, arrays: Any = None, width: int = 4, out: str = "y", **more: Any) -> dict[str, Any]:
    nodes = [node("MatMul", ["x", "W"], "y")] if nodes is None else nodes
    arrays = [tensor("W", np.ones((4, 2)))] if arrays is None else arrays
    graph = {"node": nodes, "initializer": arrays, "input": [value("x", 1, width)], "output": [value(out, 1, 2)]}
    return {"ir_version": 8, "opset_import": [{"version": 17}], "graph": graph | more}


def said(tmp_path: Any, data: Any) -> str:
    path = tmp_path / "m.onnx"
    path.write_bytes(data if isinstance(data, bytes) else written(data, MODEL))
    with pytest.raises(gn.ModelFileError) as caught:
        gn.from_onnx(path)
    text = str(caught.value)
    assert "\n" not in text and len(text) <= 500
    return text


def test_the_model_itself_is_read(tmp_path):
    (tmp_path / "m.onnx").write_bytes(written(model(), MODEL))
    assert gn.from_onnx(tmp_path / "m.onnx").predict([[1, 2, 3, 4]]).tolist() == [[10, 10]]


AXIS = [{"name": "axis", "type": AttributeType.INT, "i": 0}]
GRAPH_ATTRIBUTE = [{"name": "body", "type": AttributeType.GRAPH, "g": b""}]
HOSTILE: dict[str, tuple[Any, str]] = {
    "nothing": (b"", "holds no graph"),
    "a text": (b"hello, world", "cannot be read as an ONNX file"),
    "2 GB that are not there": (b"\x3a\xff\xff\xff\xff\x07", "says that 2,147,483,647 bytes follow, but only 0"),
    "2^64 bytes": (b"\x3a" + b"\xff" * 9 + b"\x01", "bytes follow, but only 0 are left"),
    "a number without end": (b"\x3a" + b"\xff" * 20, "number of more than 64 bits"),
    "an unknown wire type": (b"\x3b\x00", "its bytes are not those of ONNX: a field is written in an unknown way"),
    "an archive": (b"PK\3\4", "it is an archive, as PyTorch and Keras write it: export the model to ONNX first"),
    "HDF5": (b"\x89HDF\r\n", "it is an HDF5 file: export the model to ONNX first"),
    "a pickle": (b"\x80\x04", "it is a pickle, which can run code: export the model to ONNX first"),
    "another axis": (model([node("Softmax", ["x"], "y", attribute=AXIS)]), "inputs and settings, axis=0"),
    "a graph that is a number": (b"\x38\x05", "`graph` is written as another kind"),
    "control flow": (model([node("If", ["x"], "y", attribute=GRAPH_ATTRIBUTE)]), "it holds control flow (If)"),
    "a loop": (model([node("Loop", ["x"], "y", attribute=GRAPH_ATTRIBUTE)]), "it holds control flow (Loop)"),
    "external data": (model(arrays=[tensor("W", [], data_location=1)]), "the numbers of 'W' are in another file"),
    "external paths": (model(arrays=[tensor("W", [], external_data=[b"/etc/passwd"])]), "are in another file"),
    "a cycle": (
        model([node("Add", ["x", "b"], "a"), node("Relu", ["a"], "b"), node("Relu", ["b"], "y")]),
        "reads 'b', which no node before it writes (is there a cycle?)",
    ),
    "a bias of another width": (
        model([node("Gemm", ["x", "W", "b"], "y")], [tensor("W", [1.0] * 8, dims=[4, 2]), tensor("b", [1.0] * 3)]),
        "has 2 units, but adds an array of shape (3,)",
    ),
    "a name written twice": (model([node("Relu", ["x"], "y"), node("Relu", ["x"], "y")]), "'y', which is already"),
    "a node without output": (model([{"op_type": "Relu", "input": ["x"], "output": [""]}]), "has no output"),
    "a shape of terabytes": (
        model(arrays=[tensor("W", [1.0], dims=[2**40, 2])]), "of shape (1099511627776, 2) holds 1 numbers",
    ),
    "a negative shape": (model(arrays=[tensor("W", [1.0], dims=[-1, 2])]), "impossible shape (-1, 2)"),
    "a third of a number": (model(arrays=[tensor("W", [], raw_data=b"abc")]), "ends within a number"),
    "texts": (model(arrays=[tensor("W", [], data_type=DataType.STRING)]), "holds data of type 8"),
    "not finite": (model(arrays=[tensor("W", np.full((4, 2), np.nan))]), "'0.W' holds numbers that are not finite"),
    "other widths": (model(width=5), "takes 4 numbers a row, but rows of shape (5,) come in"),
    "a width of 2^40": (model([node("Add", ["x", "c"], "y")], [tensor("c", [1.0])], 2**40), "more than 16 times"),
    "rows of 2^40": (
        model([node("ReduceMax", ["x"], "m"), node("Sub", ["x", "m"], "y")], [], 2**40), "more than 16 times",
    ),
    "an unknown operator": (model([node("ConvTranspose", ["x", "W"], "y", name="c")]), "ConvTranspose (node 'c') is"),
    "another domain": (model([node("Relu", ["x"], "y", domain="evil")]), "evil.Relu (node 'y') is not part of"),
    "no input": (model([node("Relu", ["W"], "y")]), "it has no input that its output depends on"),
    "an output of nowhere": (model(out="z"), "it has no input that its output depends on"),
    "functions": (model() | {"functions": [b""]}, "it holds functions of its own"),
    "sparse": (model(sparse_initializer=[b""]), "it holds sparse weights"),
    "many nodes": (model([node("Relu", ["x"], f"y{k}") for k in range(10_001)]), "has 10,001 nodes"),
    "not UTF-8": (b"\x12\x02\xff\xfe", "`producer_name` is not UTF-8"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_get_one_sentence(name, tmp_path):
    data, expected = HOSTILE[name]
    assert expected in said(tmp_path, data)


def peak(function: Any) -> float:
    tracemalloc.start()
    try:
        function()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def shared_weights() -> dict[str, Any]:
    """A megabyte of weights that a thousand layers would hold each."""
    names = ["x", *(f"h{k}" for k in range(1000))]
    nodes = [node("MatMul", [a, "W"], b) for a, b in zip(names, [*names[1:], "y"], strict=True)]
    return model(nodes, [tensor("W", np.zeros((512, 512)))], width=512)


def outer_product() -> dict[str, Any]:
    nodes = [node("Add", ["a", "b"], "c"), node("MatMul", ["x", "c"], "y")]
    return model(nodes, [tensor("a", np.ones((1, 20000))), tensor("b", np.ones((20000, 1)))])


def doubling() -> dict[str, Any]:
    """Constants of constants, each of 40 kB."""
    nodes = [node("Add", [f"c{k}", f"c{k}"], f"c{k + 1}") for k in range(2000)]
    return model([*nodes, node("MatMul", ["x", "c2000"], "y")], [tensor("c0", np.ones((4, 2500)))])


@pytest.mark.parametrize("made", [shared_weights, outer_product, doubling])
def test_what_would_grow_is_refused_before_it_does(made, tmp_path):
    data = written(made(), MODEL)
    answers: list[str] = []
    assert peak(lambda: answers.append(said(tmp_path, data))) < 40 * len(data) + 30e6
    assert "more than 16 times as much" in answers[0]


def nested_residuals(depth: int) -> dict[str, Any]:
    names = ["x", *(f"r{k}" for k in range(depth)), "h"]
    nodes = [node("Relu", [a], b) for a, b in pairwise(names)]
    last = "h"
    for k, name in enumerate(reversed(names[:-1])):
        nodes.append(node("Add", [name, last], last := f"s{k}" if k < depth else "y"))
    return model(nodes, [])


def test_layers_in_layers_end_somewhere(tmp_path):
    assert "nested" in said(tmp_path, nested_residuals(300))


EMPTY_NODES = written({"graph": b"\x0a\x00" * 40_000}, {7: Field("graph", Kind.BYTES)})


@pytest.mark.parametrize("data", [EMPTY_NODES, b"\x42\x00" * 40_000, b"\x08\x01" * 40_000])
def test_many_small_fields_take_bounded_memory(data, tmp_path, monkeypatch):
    monkeypatch.setattr(protobuf, "MOST_FIELDS", 20_000)
    (tmp_path / "m.onnx").write_bytes(data)

    def refused() -> None:
        with pytest.raises(gn.ModelFileError, match="more than 20,000 fields"):
            gn.from_onnx(tmp_path / "m.onnx")

    assert peak(refused) < 8e6


def test_changed_bytes_never_end_in_anything_but_a_sentence(tmp_path):
    whole = written(model([node("Gemm", ["x", "W", "b"], "h"), node("Relu", ["h"], "y")],
                          [tensor("W", np.ones((4, 2))), tensor("b", [1.0, 2.0])]), MODEL)  # fmt: skip
    rng, path = random.Random(0), tmp_path / "m.onnx"
    for _ in range(400):
        data = bytearray(whole[: rng.choice((len(whole), rng.randrange(len(whole))))])
        for _ in range(rng.choice((1, 1, 2, 5))):
            if data:
                data[rng.randrange(len(data))] = rng.randrange(256)
        path.write_bytes(data)
        try:
            gn.from_onnx(path)
        except gn.ModelFileError as error:
            assert len(str(error)) <= 500 and "\n" not in str(error)


@pytest.mark.parametrize(("given", "expected"), [
    (5, "path must be the path of a file, a string or a Path, got 5"), ("no.onnx", "no.onnx is not there"),
    (".", "is a folder: expected the file of a model"), ("", "path must be the path of a file"),
])  # fmt: skip
def test_paths(given, expected):
    with pytest.raises(gn.GlassnetError, match=expected):
        gn.from_onnx(given)


NUMBERS = {1: Field("n", Kind.INTS), 2: Field("x", Kind.FLOATS), 3: Field("d", Kind.DOUBLES), 4: Field("i", Kind.INT)}


def test_numbers_are_written_and_read_as_protocol_buffers_have_them():
    given: dict[str, Any] = {"n": [0, 1, -1, 127, 128, 2**63 - 1, -(2**63)], "x": [0.5, -2], "d": [1e300], "i": -7}
    found = read(written(given, NUMBERS), NUMBERS)
    assert {name: np.asarray(value).tolist() for name, value in found.items()} == given
    assert written({"i": -7}, NUMBERS) == b"\x20" + b"\xf9" + b"\xff" * 8 + b"\x01"  # as protobuf writes it
    assert read(b"\x08\x01\x08\xac\x02\x0a\x02\x03\x04", NUMBERS)["n"].tolist() == [1, 300, 3, 4]  # in pieces
    for wrong in (b"\x0a\x01\xff", b"\x12\x03abc", b"\x0a\x0b" + b"\xff" * 10 + b"\x01", b"\x25\x00\x00\x00\x00"):
        with pytest.raises(Malformed):
            read(wrong, NUMBERS)
