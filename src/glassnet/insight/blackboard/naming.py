"""What the names in the formulas of a layer, a loss or an update rule stand for in a step."""

from collections.abc import Callable, Iterator
from dataclasses import is_dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from glassnet.formulas.activations import Activation
from glassnet.formulas.description import Description
from glassnet.formulas.registry import is_number
from glassnet.insight.layer_trace import TracedLayer
from glassnet.insight.notation.docstrings import docstring_of, formulas_of, symbol
from glassnet.insight.notation.numbers import Scope
from glassnet.insight.notation.reading import read
from glassnet.insight.notation.tree import Bars, Call, Equation, Name, Node, Number, Op, Transposed
from glassnet.layers.activate import learn

SMALL = {"z": "Z", "a": "A", "dz": "dZ", "da": "dA"}  # formulas of single numbers write small letters


def settings_of(owner: Description) -> dict[str, Any]:
    """The numbers among the settings of a description, by their symbols."""
    return {symbol(name): value for name, value in owner._values().items() if is_number(value)}


def activation_of(layer: SimpleNamespace) -> Activation | None:
    """The activation that a layer applies, or None."""
    return getattr(layer.layer, "activation", None)


def scope_of(layer: TracedLayer) -> Scope:
    """All that the formulas of a layer name."""
    f = activation_of(layer)
    values = settings_of(layer.layer) | ({} if f is None else settings_of(f))
    values |= {symbol(name): array for name, array in layer.arrays().items()} | layer.symbols
    values |= {small: values[large] for small, large in SMALL.items() if large in values}
    values.setdefault("n", float(len(layer.A)))
    own = formulas_now(layer)
    for equation in (each for each in own if each.prediction and each.name not in ("A", "dX")):
        values.pop(equation.name, None)  # prediction does not write it down
    formulas = {each.name: each for each in own}
    of_f = {} if f is None else activation_formulas(f)
    shown = {name: each for name, each in of_f.items() if name in ("f", "f'") or name.startswith("∂")}
    formulas = of_f | formulas
    return Scope(values, {name: e for name, e in formulas.items() if name not in shown and name not in values}, shown)


def formulas_now(layer: TracedLayer) -> list[Equation]:
    """The formulas of a layer, in the order of the docstring; of two by one name that of training, or of prediction."""
    own = formulas_of(type(layer.layer))
    return list({each.name: each for each in own if layer.predicted or not each.prediction}.values())


def activation_formulas(f: object) -> dict[str, Equation]:
    """The formulas of an activation by what layers call them: f first, then f', ∂f/∂α and its own helpers."""
    found: dict[str, Equation] = {}
    for equation in formulas_of(type(f)):
        slope = equation.name.endswith("'") and "f'" not in found
        found["f" if not found else "f'" if slope else equation.name] = equation
    inner = activation_of(SimpleNamespace(layer=f))
    return found if inner is None else found | _formulas_inside(inner)


def _formulas_inside(f: Activation) -> dict[str, Equation]:
    """The formulas of an activation inside another, which calls it h, without names that the two might share."""
    own = activation_formulas(f)
    known = {symbol: Number(value) for symbol, value in settings_of(f).items()}
    known |= {name: _short(each.right) for name, each in own.items() if isinstance(each.left, Name)}
    h = {"f": "h", "f'": "h'"}
    found: dict[str, Equation] = {}
    for name, each in own.items():
        if isinstance(each.left, Call):
            right = replaced(each.right, known | {"a": Call("h", (Name("z"),))})
            found[h.get(name, name)] = Equation(Call(h.get(name, name), (Name("z"),)), (("=", right),))
    return found


def _short(node: Node) -> Node:
    """A number in the digits that numbers have here, whatever its docstring says."""
    return Number(node.value) if isinstance(node, Number) else node


def forward_formulas(layer: TracedLayer) -> list[Equation]:
    """The formulas of the forward pass, in the order of the docstring, without what this layer has not."""
    own = [each for each in formulas_now(layer) if not is_gradient(each.name)]
    reached = _reached({each.name: each for each in own}, "A")
    return [_fitted(each, layer) for each in own if each.name in reached]


def backward_formulas(layer: TracedLayer) -> list[Equation]:
    """The formulas of the backward pass, likewise."""
    own = [each for each in formulas_now(layer) if is_gradient(each.name)]
    f, scope = activation_of(layer), scope_of(layer)
    if f is not None:
        own = [_own_slope(each, f) for each in own]
        own += [read(docstring_of(learn).partition(" for ")[0].replace("α", symbol(name))) for name in f.learned]
    return [_fitted(each, layer) for each in own if each.name in scope.values]


def is_gradient(name: str) -> bool:
    """Whether a name is that of a gradient: dW, dγ, ∂ℓ/∂p."""
    return len(name) > 1 and name[0] == "d" and not name[1:2].isdigit()


def _own_slope(equation: Equation, f: object) -> Equation:
    """The activation's own formula for dz where it has one in place of a slope, as softmax has."""
    own = activation_formulas(f).get("dz")
    if own is None or equation.name not in ("dZ", "dX") or not uses(equation.right, "f'"):
        return equation
    return own if equation.name == "dZ" else Equation(Name("dX", "j"), own.rights)


def uses(node: Node, name: str) -> bool:
    """Whether a name or a function occurs in a tree."""
    return name in names_in(node) or name in functions_in(node)


def names_in(node: Node) -> list[str]:
    """The variables of a tree, in the order in which they stand."""
    return list(dict.fromkeys(each.text for each in walk(node) if isinstance(each, Name)))


def functions_in(node: Node) -> list[str]:
    """The functions of a tree, and the derivatives that are written as such."""
    found = [
        each.function if isinstance(each, Call) else each.text for each in walk(node) if isinstance(each, (Call, Name))
    ]
    return list(dict.fromkeys(name for name in found if name not in names_in(node) or name.startswith("∂")))


def replaced(node: Node, by: dict[str, Node]) -> Node:
    """The tree with other trees in place of names."""
    return mapped(node, lambda each: by.get(each.text) if isinstance(each, Name) else None)


def with_norm(node: Node, norm: float) -> Node:
    """The tree with a number in place of ‖…‖."""
    return mapped(node, lambda each: Number(norm) if isinstance(each, Bars) and each.bar == "‖" else None)


def mapped(node: Node, to: Callable[[Node], Node | None]) -> Node:
    """The tree with other trees in place of those for which there are any."""
    found = to(node)
    if found is not None:
        return found
    if isinstance(node, tuple):
        return tuple(mapped(each, to) for each in node)
    if not hasattr(node, "__dataclass_fields__"):
        return node
    return type(node)(**{field: mapped(value, to) for field, value in vars(node).items()})


def walk(node: Node) -> Iterator[Node]:
    """A tree and all that is in it."""
    yield node
    for inside in vars(node).values():
        for each in inside if isinstance(inside, tuple) else (inside,):
            if is_dataclass(each):
                yield from walk(each)


def _reached(by_name: dict[str, Equation], name: str) -> set[str]:
    found, new = set(), [name]
    while new:
        if (each := new.pop()) in by_name and each not in found:
            found.add(each)
            new += names_in(by_name[each].right)
    return found


def _fitted(equation: Equation, layer: TracedLayer) -> Equation:
    """The formula without a bias where there is none, and without f where that is the identity."""
    f = activation_of(layer)
    plain = f is not None and f.name == "linear"
    rights = tuple((sign, _without(right, layer, plain)) for sign, right in equation.rights)
    return Equation(equation.left, rights, equation.prediction, equation.text)


def _without(node: Node, layer: TracedLayer, plain: bool) -> Node:
    if isinstance(node, Op) and node.sign == "+" and node.right == Name("b") and not hasattr(layer, "b"):
        return node.left
    if plain and isinstance(node, Call) and node.function == "f":
        return node.arguments[0]
    if plain and isinstance(node, Op) and isinstance(node.right, Call) and node.right.function == "f'":
        return node.left
    return node


def shape_of(array: ArrayLike) -> str:
    """(4, 6), and (6) for a number a unit."""
    return f"({', '.join(map(str, np.shape(array)))})"


def shapes_of(equation: Equation, scope: Scope) -> str:
    """The shapes of a formula in the formula's own form, for a product of matrices; else that of the left side."""
    left = scope.values.get(equation.name)
    if left is None or np.ndim(left) == 0:
        return ""
    product = _first_product(equation.right)
    factors = [] if product is None else [_factor_shape(each, scope) for each in (product.left, product.right)]
    return shape_of(left) if not all(factors) or not factors else f"{shape_of(left)} = {' · '.join(factors)}"


def _first_product(node: Node) -> Op | None:
    if isinstance(node, Op):
        return node if node.sign == "" else _first_product(node.left)
    return None


def _factor_shape(node: Node, scope: Scope) -> str:
    if isinstance(node, Name) and np.ndim(scope.values.get(node.text, 0)) == 2:
        return shape_of(scope.values[node.text])
    if (
        isinstance(node, Transposed)
        and isinstance(node.body, Name)
        and np.ndim(scope.values.get(node.body.text, 0)) == 2
    ):
        return shape_of(scope.values[node.body.text].T)
    return ""
