"""Options in groups: a command has one parameter per group, the command line one option per field."""

import copy
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from inspect import Parameter, Signature, signature
from typing import Annotated, Any, get_args, get_type_hints

PANEL = "panel"  # the class variable of a group that names its panel in the help


def with_groups(command: Callable[..., None]) -> Callable[..., None]:
    """Spread each parameter that is annotated with a dataclass into one option per field of it.

    The options of a group stand together in the help, in the panel that its class variable `panel` names.
    """
    own = [*signature(command, eval_str=True).parameters.values()]

    def called(**given: Any) -> None:
        taken_out = {each.name: taken(each, given) for each in own if each.kind is not Parameter.VAR_KEYWORD}
        command(**taken_out, **given)

    spread = [each for parameter in own for each in options_of(parameter)]
    called.__signature__ = Signature(spread)  # type: ignore[attr-defined]
    called.__name__, called.__doc__ = command.__name__, command.__doc__
    return called


def taken(parameter: Parameter, given: dict[str, Any]) -> Any:
    """Take the value of a command's own parameter out of what is given: a group is made from its fields."""
    group = parameter.annotation
    if not is_dataclass(group):
        return given.pop(parameter.name)
    return group(**{field.name: given.pop(field.name) for field in fields(group)})  # type: ignore[operator]


def options_of(parameter: Parameter) -> Iterator[Parameter]:
    """A parameter as it is, or an option per field of its group."""
    group = parameter.annotation
    if not is_dataclass(group):
        yield parameter.replace(kind=Parameter.KEYWORD_ONLY)
        return
    hints, panel = get_type_hints(group, include_extras=True), getattr(group, PANEL, None)
    for field in fields(group):
        annotation = in_panel(hints[field.name], panel)
        yield Parameter(field.name, Parameter.KEYWORD_ONLY, default=field.default, annotation=annotation)


def in_panel(annotation: Any, panel: str | None) -> Any:
    """The annotation of an option, with the panel of its group."""
    kind, option, *_ = get_args(annotation)
    option = copy.copy(option)
    option.rich_help_panel = option.rich_help_panel or panel
    return Annotated[kind, option]
