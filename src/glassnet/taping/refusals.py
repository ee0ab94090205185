"""What is said of calls that the tape cannot record: which function, why, and what to write in its place."""

import operator
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NoReturn

import numpy as np

from glassnet.errors import InvalidInput, brief, closest, first_line

INSTEAD: dict[str, str] = {}  # what to write in place of a function that the tape does not know
ALIKE = 0.8  # of names that may be meant


def name_of(function: Callable[..., Any]) -> str:
    """How a function is called in messages: np.exp, np.linalg.inv, or the bare name of one from elsewhere."""
    if function is operator.getitem:
        return "x[…]"
    name = function.__name__
    if getattr(np, name, None) is function:
        return f"np.{name}"
    module = getattr(function, "__module__", None) or ""
    return f"np.{module.removeprefix('numpy.')}.{name}" if module.startswith("numpy.") else name


def refuse(name: str, known: Iterable[Callable[..., Any]]) -> NoReturn:
    """Say that a function cannot be differentiated, and the nearest thing that can."""
    raise InvalidInput(f"the tape cannot differentiate {name}{instead_of(name, known)}.")


def refuse_in_place(what: str) -> NoReturn:
    """Say what to write in place of a change in place."""
    raise InvalidInput(
        f"{what} would change a traced array in place, which the tape cannot differentiate: make a new array, "
        "as in x = x + 1 (not x += 1) or np.where(mask, new, x) (not x[mask] = new)."
    )


def instead_of(name: str, known: Iterable[Callable[..., Any]]) -> str:
    """What to write in place of a function, after a colon."""
    short = name.removeprefix("np.")
    if short in INSTEAD:
        return f": {INSTEAD[short]}"
    near = closest(short, {each.__name__ for each in known}, alike=ALIKE)
    return f": the nearest that it knows is np.{near}" if near else ": write it with functions that have a slope"


def misfit(function: Callable[..., Any], args: Sequence[Any], error: Exception) -> InvalidInput:
    """An error of NumPy about the arguments of a call, with their shapes."""
    name, arrays = name_of(function), [each for each in args if hasattr(each, "shape")]
    odd = [each for each in args if isinstance(each, str | bytes | set) or each is None]
    if odd and isinstance(error, TypeError):
        return InvalidInput(f"{name} takes numbers, got {brief(odd[0])}.")
    shapes = " and ".join(str(each.shape) for each in arrays)
    return InvalidInput(
        f"{name} does not fit {f'shapes {shapes}' if shapes else 'these arrays'}: {why(function, arrays, error)}."
    )


def why(function: Callable[..., Any], arrays: Sequence[Any], error: Exception) -> str:
    """What NumPy says, in plainer words where it says more than shapes do."""
    if function is np.matmul and len(arrays) == 2 and all(each.shape for each in arrays):
        left, right = arrays[0].shape[-1], arrays[1].shape[-2 if len(arrays[1].shape) > 1 else -1]
        if left != right:
            return f"a row of the first has {left} numbers, a column of the second {right}"
    text = first_line(error)
    return "they cannot be broadcast together" if "could not be broadcast together" in text else text
