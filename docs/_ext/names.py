"""The public names, such as `glassnet.Dense`, and what stands behind them."""

import inspect
from functools import cache
from types import ModuleType
from typing import Any

import glassnet
import glassnet.sklearn

# Modules whose own classes and functions are public under the module's name; formulas and metrics have helpers beside.
CLASSES = ("activations", "metrics")
ALL = ("datasets", "forecasting", "listeners", "pictures", "reinforcement", "sklearn")


@cache
def public() -> dict[str, Any]:
    """Every public class, function and module by its full name."""
    found = {f"glassnet.{name}": getattr(glassnet, name) for name in [*glassnet.__all__, "sklearn"]}
    taken = {id(thing) for thing in found.values()}
    for module in (*CLASSES, *ALL):
        for name, thing in members(found[f"glassnet.{module}"], module in ALL).items():
            if id(thing) not in taken:
                found[f"glassnet.{module}.{name}"] = thing
    return found


def members(module: ModuleType, functions: bool) -> dict[str, Any]:
    """What a module lists in `__all__`; without one, the classes and functions that it defines."""
    if hasattr(module, "__all__"):
        return {name: getattr(module, name) for name in module.__all__}
    return {
        name: thing
        for name, thing in vars(module).items()
        if (inspect.isclass(thing) or (functions and inspect.isfunction(thing)))
        and thing.__module__ == module.__name__
        and not name.startswith("_")
    }


def full_name(text: str) -> str | None:
    """The full name of what a text names: `Dense`, `gn.trace(…)`, `TabularClassifier`; None for all else."""
    name = text.partition("(")[0].removeprefix("gn.").removeprefix("glassnet.")
    inside = ALL if name[:1].isupper() else ()  # `save` is not always that of pictures
    for found in (f"glassnet.{name}", *(f"glassnet.{module}.{name}" for module in inside)):
        if found in public() and not isinstance(public()[found], ModuleType):
            return found
    return None
