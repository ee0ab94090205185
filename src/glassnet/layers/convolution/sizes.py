"""Whole numbers of a layer for each axis of its positions: checked, and shown as they were written."""

from typing import Any

from glassnet.errors import InvalidInput, brief
from glassnet.formulas.registry import is_whole
from glassnet.layers.layer import Shape

AXES = {1: "(steps, channels)", 2: "(height, width, channels)"}


def sizes(owner: str, name: str, value: Any, axes: int | None, least: int = 1) -> Shape | int:
    """A number for each of so many axes, from one for all or one for each; `axes` is None where data will say."""
    if is_whole(value, least):
        return int(value) if axes is None else (int(value),) * axes
    several = tuple(value) if isinstance(value, (tuple, list)) else ()
    if not several or not all(is_whole(each, least) for each in several) or len(several) != (axes or len(several)):
        each = "each axis" if axes is None else "each of its axes" if axes > 1 else "its axis"
        raise InvalidInput(
            f"{owner}: `{name}` must be a whole number of at least {least}, or one for {each}, got {brief(value)}."
        )
    return tuple(int(each) for each in several)


def shown(value: Any) -> str:
    """As short as it can be written: 5 for (5, 5)."""
    alike = isinstance(value, tuple) and value and len(set(value)) == 1
    return repr(value[0] if alike else value)


def check_positions(owner: str, shape: Shape, axes: int) -> None:
    """Refuse samples that have not so many axes of positions and one of channels."""
    if len(shape) == axes + 1:
        return
    hint = ""
    if len(shape) == axes:
        hint = f": for one channel put Reshape({(*shape, 1)}) in front, or pass X[..., np.newaxis]"
    elif len(shape) == 1:
        example = (28, 28, 1) if axes == 2 else (100, 1)
        hint = f": put a Reshape in front that says how its numbers lie, such as Reshape({example})"
    raise InvalidInput(f"{owner} needs samples of shape {AXES[axes]}, got shape {shape}{hint}.")


def channels_first(shape: Shape, reach: Shape) -> str:
    """A hint for pictures whose channels come first, or nothing."""
    channels, *rest = shape
    fits = all(size >= far for size, far in zip(rest, reach, strict=True))
    if channels in (1, 2, 3, 4) and fits and min(rest) > channels:
        order = ", ".join(map(str, (0, *range(2, len(shape) + 1), 1)))
        return f" If the channels come first here, X.transpose({order}) puts them last."
    return ""
