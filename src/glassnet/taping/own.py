"""What functions of one's own have in common: their arguments, settings and names, checked where they are given."""

import inspect
import types
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from glassnet.errors import InvalidInput, brief
from glassnet.formulas.registry import Named, refusal

Given = Callable[..., Any]


def check_function(function: object, usage: str) -> None:
    """Refuse what is no function that can be read."""
    if not callable(function) or isinstance(function, type):
        raise InvalidInput(f"{usage} needs a function, got {brief(function)}.")


def arguments_of(
    function: Given, usage: str, parameters: Collection[str] = ()
) -> tuple[list[str], dict[str, inspect.Parameter]]:
    """(the names of the arrays that a function takes, its settings: what is given by keyword alone).

    What has a default and is no parameter keeps its default.
    """
    check_function(function, usage)
    try:
        given = inspect.signature(function).parameters.values()
    except ValueError:
        raise InvalidInput(
            f"{usage}: {brief(function)} does not say its arguments: write a lambda that calls it."
        ) from None
    if any(each.kind in (each.VAR_POSITIONAL, each.VAR_KEYWORD) for each in given):
        raise InvalidInput(f"{usage}: the function must name every argument, without *args or **kwargs.")
    places = [each for each in given if each.kind is not each.KEYWORD_ONLY]
    arrays = [each.name for each in places if each.default is each.empty or each.name in parameters]
    if not arrays:
        raise InvalidInput(f"{usage}: the function must take an array first, as in lambda x: x * x.")
    return arrays, {each.name: each for each in given if each.kind is each.KEYWORD_ONLY}


def new_class(
    function: Given,
    base: type[Named],
    settings: Mapping[str, inspect.Parameter],
    usage: str,
    **attributes: Any,
) -> Any:
    """A class of a family under the name of a function, whose settings are its fields.

    A class of glassnet keeps its name.
    """
    name = getattr(function, "__name__", "<lambda>")
    if not name.isidentifier():
        raise InvalidInput(f"{usage} names its class after the function, so it needs one made by `def`, not a lambda.")
    if said := refusal(base, name):
        raise InvalidInput(f"{usage}: {said}: give the function another name.")
    if wrong := [each for each in settings if hasattr(base, each)]:
        raise InvalidInput(
            f"{usage}: the setting `{wrong[0]}` of {name} needs another name, which no {base.family} has."
        )
    fields = {each: _annotation(parameter) for each, parameter in settings.items()}
    defaults = {each: p.default for each, p in settings.items() if p.default is not p.empty}
    content = {
        "__annotations__": fields,
        "__module__": function.__module__,
        "__qualname__": getattr(function, "__qualname__", name),
        "__doc__": function.__doc__,
        "function": staticmethod(function),
        **defaults,
        **attributes,
    }
    return types.new_class(name, (base,), {"name": name}, lambda namespace: namespace.update(content))


def _annotation(parameter: inspect.Parameter) -> Any:
    """The type of a setting: as written, or that of its default."""
    if parameter.annotation is not parameter.empty:
        return parameter.annotation
    default = parameter.default
    return type(default) if isinstance(default, (bool, str, int, float)) else Any


@contextmanager
def named(what: str) -> Iterator[None]:
    """Say in which function an error is."""
    try:
        yield
    except InvalidInput as error:
        raise InvalidInput(f"{what}: {error}") from None
