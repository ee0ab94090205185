"""The parameters of a layer of one's own, from shapes that may name sizes: ("n_inputs", "units")."""

from collections.abc import Mapping
from typing import Any

from glassnet.errors import InvalidInput, brief
from glassnet.formulas.initializers import Constant, Initializer
from glassnet.layers.layer import Parameter, Shape

INPUTS = "n_inputs"
RESERVED = ("X", "A", "dX", "dA", "ones", "rng", "inner", "output")  # what layers have anyway

ParameterLike = Parameter | float | tuple[int | str, ...]  # a shape, a number to start at, or all that there is to say


def check_parameters(given: Mapping[str, Any], arrays: list[str], settings: Any, usage: str) -> None:
    """Refuse parameters that are not those of the function, or that say no shape."""
    for name, wanted in given.items():
        check_parameter(name, wanted, settings, usage)
    own = arrays[1:]
    for name in own:
        if name not in given:
            raise InvalidInput(
                f"{usage}: give the shape of `{name}`, such as ({INPUTS!r}, 8), or a number to start at, such as 1.0; "
                "what is not learned is a setting, which follows * in the arguments."
            )
    for name in given:
        if name not in own:
            raise InvalidInput(f"{usage}: the function has no array `{name}` after `{arrays[0]}`: it takes {own}.")
        if name in RESERVED or name.removeprefix("d") in {*own, *RESERVED} - {name}:
            raise InvalidInput(f"{usage}: the parameter `{name}` needs another name: layers have one of their own.")


def check_kind(name: str, given: object, usage: str) -> None:
    """Refuse what says neither a shape nor a number to start at."""
    if isinstance(given, int) and not isinstance(given, bool):
        raise InvalidInput(
            f"{usage}: `{name}={given}` is unclear: write ({given},) for a shape, {given}.0 for a number to start at."
        )
    shape = given.shape if isinstance(given, Parameter) else given
    if not isinstance(shape, (tuple, list, float)) or shape == ():
        raise InvalidInput(
            f"{usage}: `{name}` must be a shape such as ({INPUTS!r}, 8), a number to start at such as 1.0, "
            f"or gn.Parameter(shape, gn.HeUniform()), got {brief(given)}."
        )


def check_parameter(name: str, given: object, settings: Any, usage: str) -> None:
    """Refuse what says no shape."""
    check_kind(name, given, usage)
    shape: Any = given.shape if isinstance(given, Parameter) else given
    for size in () if isinstance(given, float) else shape:
        known = (INPUTS, *settings)
        if isinstance(size, str) and size not in known:
            raise InvalidInput(f"{usage}: the shape of `{name}` names {size!r}; known sizes: {', '.join(known)}.")
        if not isinstance(size, str) and (not isinstance(size, int) or isinstance(size, bool) or size < 1):
            raise InvalidInput(
                f"{usage}: the shape of `{name}` must hold whole numbers of at least 1, got {brief(size)}."
            )


def parameter_of(given: Any, shape: Shape, settings: Mapping[str, Any]) -> Parameter:
    """The parameter for inputs of a shape: matrices by Glorot's uniform initialisation, penalised; vectors from 0."""
    if isinstance(given, float):
        return Parameter((1,), Constant(given))
    sizes = {INPUTS: shape[-1] if shape else 1, **settings}
    wanted = given.shape if isinstance(given, Parameter) else given
    full = tuple(_size(sizes[size], size) if isinstance(size, str) else size for size in wanted)
    if isinstance(given, Parameter):
        return Parameter(**{**{name: getattr(given, name) for name in given._fields()}, "shape": full})
    is_matrix = len(full) > 1
    return Parameter(full, Initializer.of("glorot_uniform" if is_matrix else "zeros"), is_penalized=is_matrix)


def _size(value: Any, name: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise InvalidInput(f"`{name}` must be a whole number of at least 1, got {brief(value)}.")
    return value
