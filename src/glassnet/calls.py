"""How functions are called: wrong arguments are answered in one sentence, a warning names the line, once is enough."""

import functools
import os
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from glassnet.errors import InvalidInput, UnknownName
from glassnet.habits import instead_of_argument

if TYPE_CHECKING:
    from inspect import Parameter

Thing = TypeVar("Thing")
Value = TypeVar("Value")
Function = TypeVar("Function", bound=Callable[..., Any])


def answered(thing: Thing) -> Thing:
    """A function, or a class with its constructor and methods, that answers wrong arguments by InvalidInput.

    >>> @answered
    ... def area(width, height=1.0): return width * height
    >>> area(widht=2.0)
    Traceback (most recent call last):
        ...
    glassnet.errors.UnknownName: unknown argument 'widht' of area. Did you mean 'width'? Known: height, width.
    """
    if not isinstance(thing, type):
        return answering(thing)  # type: ignore[type-var]
    for name, member in [*vars(thing).items()]:
        if isinstance(member, classmethod):
            setattr(thing, name, classmethod(answering(member.__func__, bound=1)))
        elif callable(member) and is_called(name) and not hasattr(member, "for_each_row"):
            setattr(thing, name, answering(member, bound=1))
    return thing


def is_called(name: str) -> bool:
    """Whether a class attribute is called by users: the constructor and the public methods."""
    return name == "__init__" or not name.startswith("_")


def for_each_row(method: Function) -> Function:
    """A method that is called so often that an answer to wrong arguments would be felt."""
    method.for_each_row = True  # type: ignore[attr-defined]
    return method


def answering(function: Function, bound: int = 0) -> Function:
    """A function, or a method with a `bound` first argument, that answers wrong arguments."""
    accepted = getattr(function, "accepted", None)

    def answer(args: Sequence[Any], kwargs: Mapping[str, Any]) -> InvalidInput | None:
        name = type(args[0]).__name__ if function.__name__ == "__init__" else function.__name__
        return wrong_call(name, parameters_of(function)[bound:], args[bound:], kwargs)

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        if accepted is not None and not accepted.issuperset(kwargs) and (wrong := answer(args, kwargs)):
            raise wrong
        try:
            return function(*args, **kwargs)
        except TypeError as error:
            if error.__traceback__ is None or error.__traceback__.tb_next is not None:
                raise  # from inside the function
            if (wrong := answer(args, kwargs)) is None:
                raise
            raise wrong from None

    return call  # type: ignore[return-value]


def with_settings(types: type, defaults: Mapping[str, Any]) -> Callable[[Function], Function]:
    """A function whose `**settings` are those of a TypedDict: `answered` refuses others, and `help` shows each.

    >>> from typing import TypedDict, Unpack
    >>> class Look(TypedDict, total=False):
    ...     color: str
    >>> @answered
    ... @with_settings(Look, {"color": "red"})
    ... def draw(width, **look: Unpack[Look]): return width, look
    >>> draw(2, colour="blue")
    Traceback (most recent call last):
        ...
    glassnet.errors.UnknownName: unknown argument 'colour' of draw. Did you mean 'color'? Known: color, width.
    """

    def decorate(function: Function) -> Function:
        shown = show_settings(function, types.__annotations__, defaults)
        shown.accepted = frozenset(parameter.name for parameter in parameters_of(shown))  # type: ignore[attr-defined]
        return shown

    return decorate


def show_settings(function: Function, types: Mapping[str, Any], defaults: Mapping[str, Any]) -> Function:
    """Have `help` and notebooks show settings one by one in place of `**settings`, None by default."""
    from inspect import Parameter, signature

    plain = signature(function)
    own = {each.name: each for each in plain.parameters.values() if each.kind is not each.VAR_KEYWORD}
    settings = [
        Parameter(name, Parameter.KEYWORD_ONLY, default=defaults.get(name), annotation=as_written(annotation))
        for name, annotation in types.items()
        if name not in own
    ]
    function.__signature__ = plain.replace(parameters=[*own.values(), *settings])  # type: ignore[attr-defined]
    return function


def as_written(annotation: Any) -> Any:
    """A type in quotation marks, which a TypedDict keeps as a ForwardRef, as its text."""
    return getattr(annotation, "__forward_arg__", annotation)


def parameters_of(function: Callable[..., Any]) -> "list[Parameter]":
    """The parameters that a function shows."""
    import inspect  # not before: only a wrong call needs it

    return [*inspect.signature(function).parameters.values()]


def wrong_call(
    name: str, parameters: "Sequence[Parameter]", args: Sequence[Any], kwargs: Mapping[str, Any]
) -> InvalidInput | None:
    """What is wrong with a call: an unknown argument, a missing one, one passed twice, or too many."""
    by_name = [p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    in_order = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    needed = [p.name for p in parameters if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    kinds, given = {p.kind.name for p in parameters}, in_order[: len(args)]
    unknown = [each for each in kwargs if each not in by_name and "VAR_KEYWORD" not in kinds]
    if unknown:
        instead = instead_of_argument(name, unknown[0], by_name)
        return UnknownName("argument", unknown[0], by_name, of=name, instead=instead)
    if twice := [each for each in given if each in kwargs]:
        return InvalidInput(f"{name} got `{twice[0]}` twice: by position and by name.")
    if missing := [each for each in needed if each not in {*given, *kwargs}]:
        line = ", ".join(each if each in in_order else f"{each}=…" for each in needed)
        return InvalidInput(f"{name} needs {' and '.join(f'`{each}`' for each in missing)}: {name}({line}).")
    if len(args) > len(in_order) and "VAR_POSITIONAL" not in kinds:
        most = f"at most {len(in_order)} by position ({', '.join(in_order)})" if in_order else "none by position"
        return InvalidInput(f"{name} got {len(args)} positional arguments, but takes {most}.")
    return None


def warn(text: str, category: type[Warning] = UserWarning) -> None:
    """Give a warning that names the line from which glassnet was called."""
    frame, level = sys._getframe(), 1
    while frame.f_code.co_filename.startswith(INSIDE) and frame.f_back is not None:
        frame, level = frame.f_back, level + 1
    warnings.warn(text, category, stacklevel=level)


INSIDE = os.path.dirname(warn.__code__.co_filename) + os.sep  # `__file__` is another without sources


class cached_property(functools.cached_property[Value]):  # a name in small letters, as its parent has
    """A property computed at its first use, without the lock of Python 3.11, for which a forked child may wait."""

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        if instance is None:
            return self
        assert self.attrname is not None
        value = instance.__dict__[self.attrname] = self.func(instance)
        return value
