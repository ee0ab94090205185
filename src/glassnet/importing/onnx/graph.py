"""What an ONNX file holds: nodes in their order, constants, one input and one output; anything else is refused."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from glassnet.errors import InvalidInput, brief
from glassnet.exports.onnx.protobuf import Message, read
from glassnet.exports.onnx.schema import MODEL, AttributeType, DataType
from glassnet.formulas.elementary import Array
from glassnet.importing.allowance import Allowance

OWN_DOMAINS = ("", "ai.onnx")  # of operators without a prefix
TYPES = {
    DataType.FLOAT: "<f4",
    DataType.DOUBLE: "<f8",
    DataType.FLOAT16: "<f2",
    DataType.INT64: "<i8",
    DataType.INT32: "<i4",
    DataType.INT8: "i1",
    DataType.BOOL: "?",
}
FIELDS = {DataType.FLOAT: "float_data", DataType.DOUBLE: "double_data", DataType.INT64: "int64_data"}
VALUES = {
    AttributeType.FLOAT: "f",
    AttributeType.INT: "i",
    AttributeType.STRING: "s",
    AttributeType.TENSOR: "t",
    AttributeType.FLOATS: "floats",
    AttributeType.INTS: "ints",
    AttributeType.STRINGS: "strings",
}
MOST_AXES = 16
MOST_NODES = 10_000


class Node(NamedTuple):
    """An operator with the names of what it reads and writes; one of another domain has it in front ("ai.onnx.ml.")."""

    op: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    settings: Mapping[str, Any]
    name: str

    def __str__(self) -> str:
        return f"{self.op} (node {brief(self.name or self.outputs[0])})"


class Graph(NamedTuple):
    """The nodes that lead from one input to one output; constants by name, and the input's shape as far as known."""

    nodes: tuple[Node, ...]
    constants: dict[str, Array]
    source: str
    result: str
    input_shape: tuple[int | None, ...] | None
    element: int
    opset: int
    allowance: Allowance
    producer: str


def graph_of(data: bytes, output: str | None = None) -> Graph:
    """The graph in the bytes of an ONNX file; InvalidInput or Malformed in one sentence for one that is not usable."""
    model = read(data, MODEL)
    if "graph" not in model:
        raise InvalidInput("it is not an ONNX model: it holds no graph")
    for name, what in (("functions", "functions of its own"), ("training_info", "a training graph")):
        if name in model:
            raise InvalidInput(f"it holds {what}, which are not supported: export the network for inference")
    graph = model["graph"]
    if "sparse_initializer" in graph:
        raise InvalidInput("it holds sparse weights: export them as ordinary ones")
    if (n_nodes := len(graph.get("node", ()))) > MOST_NODES:
        raise InvalidInput(f"its graph has {n_nodes:,} nodes: at most {MOST_NODES:,} are supported")
    constants = {tensor.get("name", ""): array_of(tensor) for tensor in graph.get("initializer", [])}
    nodes = [_node(message) for message in graph.get("node", [])]
    inputs = {v.get("name", ""): v for v in graph.get("input", []) if v.get("name", "") not in constants}
    _check_order(nodes, {*constants, *inputs})
    result = _result(graph.get("output", []), output)
    live = leading_to(result, nodes)
    source = _source(live, inputs, result)
    given = inputs[source]
    shape, element = _shape(given), _element(given)
    return Graph(
        tuple(live),
        constants,
        source,
        result,
        shape,
        element,
        _opset(model),
        Allowance(len(data)),
        model.get("producer_name", ""),
    )


def _opset(model: Message) -> int:
    versions = {v.get("domain", ""): v.get("version", 1) for v in model.get("opset_import", [])}
    return int(versions.get("", versions.get("ai.onnx", 1)))


def array_of(tensor: Message) -> Array:
    """A tensor as an array, which is a view of the file where it can be."""
    name = brief(tensor.get("name", ""))
    if tensor.get("data_location", 0) or "external_data" in tensor:
        raise InvalidInput(f"the numbers of {name} are in another file: save the model with its weights inside")
    if "segment" in tensor or "string_data" in tensor:
        raise InvalidInput(f"the array {name} is in segments or holds texts: expected numbers in one piece")
    if (kind := tensor.get("data_type", 0)) not in TYPES:
        raise InvalidInput(f"the array {name} holds data of type {brief(kind)}: expected float32 or float64")
    shape = tuple(tensor.get("dims", np.zeros(0, "i8")).tolist())
    if len(shape) > MOST_AXES or any(size < 0 for size in shape):
        raise InvalidInput(f"the array {name} has an impossible shape {brief(shape)}")
    numbers = _numbers(tensor, DataType(kind))
    if numbers.size != math.prod(shape):
        raise InvalidInput(f"the array {name} of shape {brief(shape)} holds {numbers.size:,} numbers")
    return numbers.reshape(shape)


def _numbers(tensor: Message, kind: DataType) -> Array:
    dtype = np.dtype(TYPES[kind])
    if "raw_data" in tensor:
        raw = tensor["raw_data"]
        if len(raw) % dtype.itemsize:
            raise InvalidInput(f"the array {brief(tensor.get('name', ''))} ends within a number")
        return np.frombuffer(raw, dtype)
    given = tensor.get(FIELDS.get(kind, "int32_data"), np.zeros(0, dtype))
    return given.astype(np.uint16).view(np.float16) if kind is DataType.FLOAT16 else given.astype(dtype, copy=False)


def _node(message: Message) -> Node:
    domain, op, name = (message.get(key, "") for key in ("domain", "op_type", "name"))
    outputs = tuple(message.get("output", ()))
    if not any(outputs):
        raise InvalidInput(f"its node {brief(name or op)} has no output")
    settings = {a.get("name", ""): _setting(a, op) for a in message.get("attribute", [])}
    prefix = "" if domain in OWN_DOMAINS else f"{domain}."
    return Node(prefix + op, tuple(message.get("input", ())), outputs, settings, name)


def _setting(attribute: Message, op: str) -> Any:
    if "g" in attribute or "graphs" in attribute:
        raise InvalidInput(f"it holds control flow ({brief(op)[1:-1]}): a network of layers has none")
    kind = attribute.get("type", 0)
    names = [VALUES[kind]] if kind in VALUES else [name for name in VALUES.values() if name in attribute]
    if not names:
        raise InvalidInput(
            f"the attribute {brief(attribute.get('name', ''))} of {brief(op)} has no value of a type that ONNX defines"
        )
    empty: dict[str, Any] = {"f": 0.0, "i": 0, "s": b"", "t": {}, "floats": (), "ints": (), "strings": ()}
    value = attribute.get(names[0], empty[names[0]])
    if names[0] == "t":
        return array_of(value)
    if names[0] == "s":
        return str(value, "utf-8", "replace")
    if names[0] in ("floats", "ints"):
        return tuple(np.asarray(value).tolist())
    return tuple(value) if names[0] == "strings" else value


def _check_order(nodes: Iterable[Node], known: set[str]) -> None:
    """Refuse cycles: each name is written once, before it is read."""
    made = {*known, ""}
    for node in nodes:
        for name in node.inputs:
            if name not in made:
                raise InvalidInput(f"{node} reads {brief(name)}, which no node before it writes (is there a cycle?)")
        for name in filter(None, node.outputs):
            if name in made:
                raise InvalidInput(
                    f"{node} writes {brief(name)}, which is already an input, a constant or the output of another node"
                )
            made.add(name)


def _result(outputs: list[Message], wanted: str | None) -> str:
    names = [value.get("name", "") for value in outputs]
    if wanted is not None:
        if wanted not in names:
            raise InvalidInput(f"it has no output {brief(wanted)}; its outputs are {_listed(names)}")
        return wanted
    numbers = [v.get("name", "") for v in outputs if _element(v) in (DataType.FLOAT, DataType.DOUBLE, DataType.FLOAT16)]
    if len(numbers) == 1 or len(names) == 1:
        return (numbers or names)[0]
    raise InvalidInput(
        f"it has {len(names)} outputs, {_listed(names)}: name the one to read, as in output={brief(names[0])}"
    )


def _element(value: Message) -> int:
    return int(value.get("type", {}).get("tensor_type", {}).get("elem_type", 0))


def _listed(names: list[str]) -> str:
    return ", ".join(map(brief, names[:8])) + (", …" if len(names) > 8 else "")


def leading_to(result: str, nodes: Sequence[Node]) -> list[Node]:
    """The nodes that a result depends on, in their order."""
    needed, found = {result}, []
    for node in reversed(nodes):
        if needed & {*node.outputs}:
            needed |= {*node.inputs}
            found.append(node)
    return found[::-1]


def _source(nodes: list[Node], inputs: Mapping[str, Message], result: str) -> str:
    read_by = {result, *(name for node in nodes for name in node.inputs)}
    used = [name for name in inputs if name in read_by]
    if len(used) != 1:
        what = f"{len(used)} inputs, {_listed(used)}" if used else "no input that its output depends on"
        raise InvalidInput(f"it has {what}: a network has one, with a row per sample")
    return used[0]


def _shape(value: Message) -> tuple[int | None, ...] | None:
    """The shape of a batch, None for a size that is not said."""
    tensor = value.get("type", {}).get("tensor_type", {})
    if "shape" not in tensor:
        return None
    return tuple(
        dim.get("dim_value") if dim.get("dim_value", 0) > 0 else None for dim in tensor["shape"].get("dim", [])
    )
