"""The Open Inference Protocol, version 2 (KServe, Triton): tensors with names, shapes and types, JSON or bytes."""

import math
from collections.abc import Callable, Sequence
from typing import Any

from glassnet.errors import InvalidInput, brief
from glassnet.network import Network
from glassnet.serving.messages import Refused, check_fields, kind_of
from glassnet.serving.predictions import Predicted
from glassnet.serving.protocols.binary_tensors import BinaryPart
from glassnet.serving.rows import NetworkRows, TableRows
from glassnet.serving.served import Served, library_version
from glassnet.tables.encoding.target import ClassTarget

Fits = Callable[[object], bool]
FLOATS: Fits = lambda value: value is None or type(value) in (int, float)  # noqa: E731
INTEGERS: Fits = lambda value: value is None or type(value) is int  # noqa: E731
DATATYPES: dict[str, tuple[Fits, str]] = {
    "BOOL": (lambda value: value is None or type(value) is bool, "true or false"),
    **{f"{sign}INT{bits}": (INTEGERS, "integers") for sign in ("", "U") for bits in (8, 16, 32, 64)},
    **{f"FP{bits}": (FLOATS, "numbers") for bits in (16, 32, 64)},
    "BYTES": (lambda value: value is None or type(value) is str, "texts"),
}
REQUEST = ("id", "parameters", "inputs", "outputs", "model_name", "model_version")  # the last two of KServe's client
TENSOR = ("name", "shape", "datatype", "parameters", "data")
OF_CLASSES = {bool: "BOOL", int: "INT64", float: "FP64", str: "BYTES"}
OF_KINDS = {"number": "FP64", "date": "BYTES", "category": "BYTES"}


def server_metadata() -> dict[str, Any]:
    """What GET /v2 says."""
    return {"name": "glassnet", "version": library_version(), "extensions": []}


def model_metadata(served: Served) -> dict[str, Any]:
    """What GET /v2/models/NAME says: the tensors that the model takes and gives."""
    about = served.about
    if isinstance(served.model, Network):
        inputs = [
            {
                "name": "input",
                "datatype": served.model.dtype.name.replace("float", "FP"),
                "shape": [-1, *about["input_shape"]],
            }
        ]
        outputs = [{"name": "output", "datatype": "FP64", "shape": [-1, *about["output_shape"]]}]
    else:
        kinds = {column["name"]: OF_KINDS[column["kind"]] for column in about["columns"]}
        inputs = [{"name": name, "datatype": kind, "shape": [-1, 1]} for name, kind in kinds.items()]
        outputs = table_outputs(served)
    named = {"name": served.name, "versions": [served.version], "platform": "glassnet"}
    return {**named, "inputs": inputs, "outputs": outputs}


def table_outputs(served: Served) -> list[dict[str, Any]]:
    """The tensors that a model of a table gives."""
    classes = served.about.get("classes")
    kind = "FP64" if classes is None else OF_CLASSES[type(classes[0])]
    found = [{"name": "prediction", "datatype": kind, "shape": [-1]}]
    if classes is not None:
        found.append({"name": "probabilities", "datatype": "FP64", "shape": [-1, len(classes)]})
    if "coverage" in served.about:
        found.append({"name": "interval", "datatype": "FP64", "shape": [-1, 2]})
    return found


def rows_of(request: dict[str, Any], rows: TableRows | NetworkRows, most: int, binary: BinaryPart) -> Any:
    """The rows in the tensors of a request: one for each column, (n,) or (n, 1); or one with all of them, (n, …)."""
    tensors = request.get("inputs")
    if not isinstance(tensors, list) or not tensors:
        raise Refused(400, '"inputs" must be a list of tensors, each with a name, a shape, a datatype and data.')
    read = [tensor_of(tensor, f"input {number}", binary) for number, tensor in enumerate(tensors, 1)]
    binary.check_end()
    for name, shape, _ in read:
        if shape[0] > most:
            raise InvalidInput(
                f"input {name!r} has {shape[0]:,} rows, expected {most:,} at most: send several requests."
            )
    name, shape, values = read[0]
    if isinstance(rows, NetworkRows) or (len(read) == 1 and len(shape) == 2 and name not in rows.known):
        if len(read) > 1:
            raise InvalidInput(f"a bare network takes one tensor, (n, …), got {len(read)}.")
        return rows.of_rows(nested(values, shape))
    for name, shape, _ in read:
        if shape[1:] not in ([], [1]):
            raise InvalidInput(
                f"input {name!r} has shape {brief(shape)}, expected [n] or [n, 1]: a value for each row."
            )
    if len({name for name, *_ in read}) < len(read):
        raise InvalidInput("the inputs must have different names.")
    return rows.of_columns({name: values for name, _, values in read})


def tensor_of(given: object, what: str, binary: BinaryPart) -> tuple[str, list[int], list[Any]]:
    """(name, shape, flat data) of a tensor in a request."""
    tensor = check_fields(given, TENSOR, what)
    name, shape, datatype, data = (tensor.get(field) for field in ("name", "shape", "datatype", "data"))
    if not isinstance(name, str):
        raise InvalidInput(f'{what} needs a "name", got {kind_of(name)}.')
    what = f"input {name[:80]!r}"
    if not isinstance(shape, list) or not shape or not all(type(n) is int and n > 0 for n in shape):
        raise InvalidInput(f'{what} needs a "shape" of whole numbers above 0, such as [1, 1], got {brief(shape)}.')
    if not isinstance(datatype, str) or datatype not in DATATYPES:
        raise InvalidInput(f'{what} needs a "datatype" among {", ".join(DATATYPES)}, got {brief(datatype)}.')
    values = binary.take(tensor.get("parameters"), datatype, what)
    if not isinstance(data, list) if values is None else data is not None:
        raise InvalidInput(
            f'{what} needs "data" as a list, or a "binary_data_size" among its "parameters", got {kind_of(data)}.'
        )
    values = flat(data or []) if values is None else values
    if len(values) != math.prod(shape):
        raise InvalidInput(f"{what} has {len(values):,} values, and its shape {brief(shape)} asks for another number.")
    fits, expected = DATATYPES[datatype]
    if (wrong := next((value for value in values if not fits(value)), fits)) is not fits:
        raise InvalidInput(f"{what} is of {datatype}, so its data must be {expected}, got {brief(wrong)}.")
    return name, shape, values


def flat(data: list[Any]) -> list[Any]:
    """Nested lists as one, row by row."""
    while any(type(value) is list for value in data):
        data = [inner for value in data for inner in (value if type(value) is list else [value])]
    return data


def nested(values: list[Any], shape: Sequence[int]) -> list[Any]:
    """Flat data as lists of a shape.

    >>> nested([1, 2, 3, 4], [2, 2])
    [[1, 2], [3, 4]]
    """
    for n in reversed(shape[1:]):
        values = [values[k : k + n] for k in range(0, len(values), n)]
    return values


def response_of(served: Served, request: dict[str, Any], predicted: Predicted) -> dict[str, Any]:
    """The response with all tensors, or those that are asked for."""
    tensors = {tensor["name"]: tensor for tensor in tensors_of(served, predicted)}
    return {
        "model_name": served.name,
        "model_version": served.version,
        **({"id": request["id"]} if "id" in request else {}),
        "outputs": [tensors[name] for name in asked_for(request, tuple(tensors))],
    }


def asked_for(request: dict[str, Any], known: tuple[str, ...]) -> tuple[str, ...]:
    """The names of the outputs that a request asks for: all of them by default."""
    outputs = request.get("outputs")
    if outputs is None or outputs == []:
        return known
    if not isinstance(outputs, list):
        raise Refused(400, '"outputs" must be a list of objects with a name.')
    names = [check_fields(output, ("name", "parameters"), "an output").get("name") for output in outputs]
    if (unknown := next((name for name in names if name not in known), known)) is not known:
        raise Refused(400, f"there is no output {brief(unknown)}; the outputs are {', '.join(known)}.")
    return tuple(str(name) for name in names)


def tensors_of(served: Served, predicted: Predicted) -> list[dict[str, Any]]:
    """The predictions as tensors."""
    n = len(predicted.predictions)
    if isinstance(served.model, Network):
        shape = served.about["output_shape"]
        return [tensor("output", [n, *shape], "FP64", flat(predicted.predictions))]
    target = served.model.target
    kind = OF_CLASSES[type(target.classes[0])] if isinstance(target, ClassTarget) else "FP64"
    found = [tensor("prediction", [n], kind, predicted.predictions)]
    if predicted.probabilities is not None:
        named = {"parameters": {"classes": ",".join(predicted.classes)}}
        data = predicted.probabilities.ravel().tolist()
        found.append({**tensor("probabilities", [n, len(predicted.classes)], "FP64", data), **named})
    if predicted.ends is not None:
        found.append(tensor("interval", [n, 2], "FP64", predicted.ends.ravel().tolist()))
    return found


def tensor(name: str, shape: list[int], datatype: str, data: list[Any]) -> dict[str, Any]:
    """A tensor of a response."""
    return {"name": name, "shape": shape, "datatype": datatype, "data": data}
