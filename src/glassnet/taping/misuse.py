"""What is said of names and calls in a typed expression that the tape does not know: the nearest right thing."""

import ast
import inspect
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import numpy as np

from glassnet.errors import InvalidInput, closest, shortened
from glassnet.taping.graph import COMPOSED, PULLS

ALIKE = 0.6  # of names of functions that may be meant
FUNCTIONS_INSTEAD = {
    "ln": "log(x)",
    "pow": "x ** y",
    "power": "x ** y",
    "relu": "maximum(x, 0)",
    "sigmoid": "1 / (1 + exp(-x))",
    "logistic": "1 / (1 + exp(-x))",
    "softplus": "log1p(exp(x))",
    "softmax": "exp(x) / sum(exp(x))",
    "cross_entropy": "-sum(y * log(p))",
    "norm": "sqrt(sum(x * x))",
    "tg": "tan(x)",
    "atan": "arctan(x)",
    "average": "mean(x)",
    "prod": "exp(sum(log(x))) for numbers above 0",
    "round": "floor(x + 0.5), which has no slope",
}
NAMES_INSTEAD = {"e": "write exp(x) for a power of e", "π": "write pi", "None": "write a number"}
OF_ONE = ("concatenate", "stack", "max", "min")  # array, or bracket of arrays
USES = {
    "where": "where takes a condition and two values, as in where(x > 0, x, 0)",
    "clip": "clip takes an array and two bounds, as in clip(x, -1, 1)",
    "concatenate": "concatenate takes arrays in a bracket of their own, as in concatenate((x, y))",
    "stack": "stack takes arrays in a bracket of their own, as in stack((x, y))",
    "max": "max is the largest of one array: write maximum(x, y) for the larger of two",
    "min": "min is the least of one array: write minimum(x, y) for the lesser of two",
}


def instead_of_name(name: str, names: Collection[str]) -> str:
    """What to write for a name without a value."""
    if name in NAMES_INSTEAD:
        return NAMES_INSTEAD[name]
    near = closest(name, names)
    return f"did you mean `{near}`?" if near else f"give it one in a line above, as in {name} = 2"


def unknown_function(name: str, functions: Collection[str], names: Collection[str]) -> str:
    """What is said of a function that the tape does not know."""
    if name in names:
        return f"`{name}` is no function: write * before the bracket, as in {name} * (…)"
    near = closest(name, functions, alike=ALIKE)
    if name in FUNCTIONS_INSTEAD:
        known = f"write {FUNCTIONS_INSTEAD[name]}"
    else:
        known = f"did you mean `{near}`?" if near else f"the tape knows {', '.join(sorted(functions))}"
    return f"there is no function `{shortened(name, 40)}`: {known}"


def misused(called: ast.expr, functions: Collection[str], names: Collection[str]) -> str:
    """What is said of something that is called and is no function."""
    if isinstance(called, ast.Constant):
        return f"a number is no function: write * before the bracket, as in {ast.unparse(called)} * (…)"
    if not isinstance(called, ast.Attribute) or called.attr not in functions:
        return "only functions of the tape can be called, such as tanh(x)"
    before = shortened(ast.unparse(called.value), 40)
    of_value = not isinstance(called.value, ast.Name) or called.value.id in names
    return f"write {called.attr}({before}, …)" if of_value else f"write {called.attr}(x), without `{before}.`"


def check_call(name: str, function: Callable[..., Any], args: Sequence[Any], named: Mapping[str, Any]) -> None:
    """Refuse too many arguments, too few, and others than the tape knows."""
    least, most, names = taken_by(function)
    several = name in OF_ONE and len(args) > 1 and np.ndim(args[1]) > 0
    if not args or len(args) + len(named) < least or len(args) > most or several:
        how = f"{least} argument{'s' * (least > 1)}" if least == most else f"{least} to {most} arguments"
        example = f"{name}({', '.join('xyz'[:least])})"
        raise InvalidInput(USES.get(name) or f"{name} takes {how}, as in {example}, got {len(args)}")
    if wrong := [each for each in named if each not in names]:
        others = f": those that it has are {', '.join(names)}" if names else ""
        raise InvalidInput(f"{name} has no argument `{shortened(wrong[0], 40)}`{others}")


def check_once(name: str, given: Sequence[str]) -> None:
    """Refuse an argument that is given by name more than once, which Python's parser lets pass."""
    if twice := [each for k, each in enumerate(given) if each in given[:k]]:
        raise InvalidInput(f"{name} is given `{shortened(twice[0], 40)}` twice")


def taken_by(function: Callable[..., Any]) -> tuple[int, int, list[str]]:
    """(the fewest arguments of a function, the most, those that can be given by name) as the tape knows it."""
    if isinstance(function, np.ufunc):
        return function.nin, function.nin, []
    way, behind = (COMPOSED[function], 0) if function in COMPOSED else (next(filter(None, PULLS[function])), 2)
    arguments = [*inspect.signature(way).parameters.values()][behind:]
    if any(each.kind is each.VAR_KEYWORD for each in arguments):  # of clip
        return 3, 3, ["a_min", "a_max", "min", "max"]
    places = [each for each in arguments if each.kind is each.POSITIONAL_OR_KEYWORD]
    least = sum(each.default is each.empty for each in places)
    return least, len(places), [each.name for each in arguments[1:]]
