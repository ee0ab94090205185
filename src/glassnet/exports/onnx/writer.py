"""An ONNX graph while it is made: nodes and constants with names that nothing else has, then the bytes of the file."""

import sys
from collections.abc import Callable, Collection, Mapping
from typing import Any

import numpy as np

from glassnet.exports.builder import fresh
from glassnet.exports.onnx.protobuf import Message, written
from glassnet.exports.onnx.schema import MODEL, AttributeType, DataType
from glassnet.formulas.elementary import Array

TYPES = {"float32": DataType.FLOAT, "float64": DataType.DOUBLE, "int64": DataType.INT64, "bool": DataType.BOOL}
IR_VERSION = 7
OPSETS = {"": 13, "ai.onnx.ml": 2}  # the oldest that have all operators that are written
ROWS = "rows"  # the name of the first axis


class GraphWriter:
    """Collects the nodes of a graph; `taken` are names of inputs and outputs, which nothing inside may have."""

    def __init__(self, taken: Collection[str]):
        self.names = {*taken, ""}
        self.nodes: list[Message] = []
        self.constants: dict[str, Message] = {}
        self.small: dict[Any, str] = {}
        self.inputs: list[Message] = []
        self.outputs: list[Message] = []

    def input(self, name: str, dtype: str | None, shape: tuple[int, ...]) -> str:
        """An input with a row per sample; texts where there is no dtype."""
        self.inputs.append(value_info(name, dtype, shape))
        return name

    def output(self, name: str, given: str, dtype: str | None, shape: tuple[int, ...]) -> None:
        """An output that is what a node has made; a column of its name keeps it, and the output gets a _ behind."""
        while any(each["name"] == name for each in self.inputs):
            name += "_"
        if any(given in each["output"] for each in self.nodes):
            self.rename(given, name)
        else:  # an input, or an output already
            self.nodes.append(node("Identity", [given], name))
        self.outputs.append(value_info(name, dtype, shape))

    def rename(self, old: str, new: str) -> None:
        """Give an array another name wherever it is made and read."""
        for each in self.nodes:
            for side in ("input", "output"):
                each[side] = [new if name == old else name for name in each[side]]

    def replace(self, old: Message, make: Callable[[], str]) -> None:
        """Put the nodes that `make` adds in the place of a node, whose result is now what `make` gives."""
        at, n = self.nodes.index(old), len(self.nodes)
        result = make()
        added = self.nodes[n:]
        self.nodes[n:], self.nodes[at : at + 1] = [], added
        self.rename(result, old["output"][0])

    def __call__(self, op: str, *inputs: str, named: str = "", domain: str = "", **settings: Any) -> str:
        """A node, and the name of what it makes, which is called `named`."""
        name = fresh(named or op.lower(), self.names)
        self.nodes.append(node(op, inputs, name, domain, settings))
        return name

    def first_of_two(self, op: str, *inputs: str, **settings: Any) -> str:
        """A node with two results, and the name of the first; nobody reads the second."""
        name = self(op, *inputs, **settings)
        self.nodes[-1]["output"].append(fresh(f"{name}_2", self.names))
        return name

    def constant(self, array: Any, name: str = "constant") -> str:
        """A constant; a small one that is there already is not written again."""
        given = np.asarray(array)
        key = (given.dtype.str, given.shape, given.tobytes()) if given.size <= 8 and given.dtype != object else None
        if key is None or key not in self.small:
            own = fresh(name, self.names)
            self.constants[own] = tensor(own, given)
            if key is None:
                return own
            self.small[key] = own
        return self.small[key]

    def bytes(self, title: str, about: Mapping[str, str]) -> bytes:
        """The file, without nodes whose results nobody reads."""
        needed, nodes = {value["name"] for value in self.outputs}, []
        for each in reversed(self.nodes):
            if needed & {*each["output"]}:
                needed |= {*each["input"]}
                nodes.append(each)
        domains = sorted({"", *(each.get("domain", "") for each in nodes)})
        graph = {
            "node": nodes[::-1],
            "name": "glassnet",
            "doc_string": title,
            "initializer": [each for name, each in self.constants.items() if name in needed],
            "input": self.inputs,
            "output": self.outputs,
        }
        model = {
            "ir_version": IR_VERSION,
            "producer_name": "glassnet",
            "producer_version": version(),
            "graph": graph,
            "opset_import": [{"domain": domain, "version": OPSETS[domain]} for domain in domains],
            "metadata_props": [{"key": key, "value": value} for key, value in about.items()],
        }
        return written(model, MODEL)


def version() -> str:
    """The version of this library."""
    return str(sys.modules["glassnet"].__version__)


def node(op: str, inputs: Collection[str], out: str, domain: str = "", settings: Mapping[str, Any] = {}) -> Message:
    """A node with one result."""
    found: Message = {"op_type": op, "input": [*inputs], "output": [out], "name": out}
    if domain:
        found["domain"] = domain
    if settings:
        found["attribute"] = [attribute(name, value) for name, value in settings.items()]
    return found


def attribute(name: str, value: Any) -> Message:
    """A setting of a node, by the type of its value."""
    if isinstance(value, int):
        return {"name": name, "type": AttributeType.INT, "i": value}
    if isinstance(value, list) and all(isinstance(each, int) for each in value):
        return {"name": name, "type": AttributeType.INTS, "ints": value}
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return {"name": name, "type": AttributeType.STRINGS, "strings": [each.encode() for each in value]}
    raise TypeError(f"{name}={value!r}")


def tensor(name: str, array: Array) -> Message:
    """Numbers, or texts (an array of objects)."""
    found: Message = {"name": name, "dims": array.shape}
    if array.dtype == object:
        return found | {"data_type": DataType.STRING, "string_data": [str(each).encode() for each in array.ravel()]}
    raw = np.ascontiguousarray(array, array.dtype.newbyteorder("<")).tobytes()
    return found | {"data_type": TYPES[array.dtype.name], "raw_data": raw}


def value_info(name: str, dtype: str | None, shape: tuple[int, ...]) -> Message:
    """An input or output, whose first axis are the rows."""
    dims: list[Message] = [{"dim_param": ROWS}, *({"dim_value": size} for size in shape)]
    kind = DataType.STRING if dtype is None else TYPES[dtype]
    return {"name": name, "type": {"tensor_type": {"elem_type": kind, "shape": {"dim": dims}}}}
