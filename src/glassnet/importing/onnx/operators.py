"""What ONNX's operators compute, in NumPy's double precision: enough to know a formula by its values."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from glassnet.exports.onnx.schema import DataType
from glassnet.formulas import elementary
from glassnet.formulas.elementary import Array
from glassnet.importing.onnx.graph import Node

Operator = Callable[..., Any]
WHOLE, TRUTH = (DataType.INT8, DataType.INT32, DataType.INT64), DataType.BOOL


def _cast(x: Array, to: int = DataType.FLOAT, **_: Any) -> Array:
    return np.not_equal(x, 0) if to == TRUTH else np.trunc(x) if to in WHOLE else x


def _sigmoid(x: Array) -> Array:
    return 0.5 + 0.5 * np.tanh(0.5 * x)


def _softplus(x: Array) -> Array:
    return np.logaddexp(x, 0.0)


def _gelu(x: Array, approximate: str = "none") -> Array:
    if approximate == "tanh":
        return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))
    return 0.5 * x * (1 + elementary.erf(x / np.sqrt(2)))


def _clip(x: Array, low: Any = None, high: Any = None, *, min: Any = None, max: Any = None) -> Array:
    low, high = (min if low is None else low), (max if high is None else high)
    x = x if low is None else np.maximum(x, low)
    return x if high is None else np.minimum(x, high)


def _all(function: Callable[[Any, Any], Any]) -> Operator:
    def of_all(*given: Any) -> Any:
        found = given[0]
        for each in given[1:]:
            found = function(found, each)
        return found

    return of_all


# By their names, with settings by keyword: those that work entry by entry.
ENTRYWISE: Mapping[str, Operator] = {
    "Abs": np.abs, "Atan": np.arctan, "Ceil": np.ceil, "Cos": np.cos, "Exp": np.exp, "Floor": np.floor,
    "Log": np.log, "Neg": np.negative, "Reciprocal": np.reciprocal, "Round": np.rint, "Sign": np.sign, "Sin": np.sin,
    "Sqrt": np.sqrt, "Tanh": np.tanh, "Erf": elementary.erf, "Sigmoid": _sigmoid, "Softplus": _softplus, "Gelu": _gelu,
    "Add": np.add, "Sub": np.subtract, "Mul": np.multiply, "Div": np.divide, "Pow": np.power,
    "Max": _all(np.maximum), "Min": _all(np.minimum), "Sum": _all(np.add), "Clip": _clip, "Where": np.where,
    "Greater": np.greater, "Less": np.less, "GreaterOrEqual": np.greater_equal, "LessOrEqual": np.less_equal,
    "Equal": np.equal, "Not": np.logical_not, "And": np.logical_and, "Or": np.logical_or,
    "Identity": lambda x: x, "Cast": _cast, "CastLike": lambda x, like: x,
    "Relu": lambda x: np.maximum(x, 0.0),
    "Softsign": lambda x: x / (1 + np.abs(x)),
    "LeakyRelu": lambda x, alpha=0.01: np.where(x > 0, x, alpha * x),
    "PRelu": lambda x, slope: np.where(x > 0, x, slope * x),
    "Elu": lambda x, alpha=1.0: np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0))),
    "Celu": lambda x, alpha=1.0: np.maximum(x, 0) + np.minimum(alpha * np.expm1(np.minimum(x, 0) / alpha), 0),
    "Selu": lambda x, alpha=1.6732632423543772, gamma=1.0507009873554805: (
        gamma * np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))
    ),
    "ThresholdedRelu": lambda x, alpha=1.0: np.where(x > alpha, x, 0.0),
    "HardSigmoid": lambda x, alpha=0.2, beta=0.5: np.clip(alpha * x + beta, 0, 1),
    "HardSwish": lambda x: x * np.clip(x / 6 + 0.5, 0, 1),
    "Mish": lambda x: x * np.tanh(_softplus(x)),
    "Swish": lambda x, alpha=1.0: x * _sigmoid(alpha * x),
}  # fmt: skip


def _reduced(function: Callable[..., Array]) -> Operator:
    def over_the_row(x: Array, axes: Any = None, *, keepdims: int = 1, **_: Any) -> Array:
        return function(x, axis=-1, keepdims=bool(keepdims))

    return over_the_row


def _softmax(x: Array, axis: int = -1) -> Array:
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


# Those that work row by row, over the last axis alone.
ROWWISE: Mapping[str, Operator] = {
    "ReduceMean": _reduced(np.mean), "ReduceSum": _reduced(np.sum), "ReduceMax": _reduced(np.max),
    "Softmax": _softmax, "LogSoftmax": lambda x, axis=-1: np.log(_softmax(x)),
}  # fmt: skip


def over_last_axis(node: Node, constants: Mapping[str, Array], n_axes: int = 2) -> bool:
    """Whether an operator of rows works over the last axis of samples that are rows, and keeps that axis."""
    axes = node.settings.get("axes", node.settings.get("axis"))
    if len(node.inputs) > 1:
        axes = constants.get(node.inputs[1])
    if axes is None:
        axes = [-1]  # of older operators axis 1, which is the same here
    return [int(a) % n_axes for a in np.atleast_1d(axes)] == [n_axes - 1] and node.settings.get("keepdims", 1) == 1


def computed(nodes: Sequence[Node], values: dict[str, Any], operators: Mapping[str, Operator]) -> Array | None:
    """What the last node makes of given values; None if an operator is not known or cannot compute with them."""
    with np.errstate(all="ignore"):
        for node in nodes:
            given = [values[name] if name else None for name in node.inputs]
            try:
                values[node.outputs[0]] = operators[node.op](*given, **node.settings)
            except Exception:  # whatever a file that is not trusted says
                return None
    return np.asarray(values[nodes[-1].outputs[0]], np.float64)
