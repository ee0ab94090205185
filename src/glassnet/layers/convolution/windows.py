"""Windows that slide over the positions of samples: where they stand, what they see, and the way back."""

import math
from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from glassnet.calls import cached_property
from glassnet.errors import InvalidInput
from glassnet.formulas.description import Description
from glassnet.formulas.elementary import Array
from glassnet.layers.convolution.sizes import channels_first
from glassnet.layers.layer import Shape

Spots = tuple[slice, ...]
BLOCK = 1 << 17  # numbers of patches at a time: with their product they stay in the second cache


class Windows(Description):
    """The windows of a layer on samples (*positions, channels): a size, a step and a distance of taps for each axis.

    `before` and `after` are how many positions are added at the edges; what stands there is not part of the sample.
    """

    positions: Shape
    kernel: Shape
    stride: Shape
    dilation: Shape
    before: Shape
    after: Shape

    @cached_property
    def reach(self) -> Shape:
        """How far a window reaches on each axis, from its first tap to its last."""
        return tuple((k - 1) * d + 1 for k, d in zip(self.kernel, self.dilation, strict=True))

    @cached_property
    def padded(self) -> Shape:
        """The positions with those added."""
        return tuple(sum(each) for each in zip(self.positions, self.before, self.after, strict=True))

    @cached_property
    def outputs(self) -> Shape:
        """How many places there are for a window on each axis."""
        every = zip(self.padded, self.reach, self.stride, strict=True)
        return tuple((size - reach) // step + 1 for size, reach, step in every)

    def check(self, owner: str, shape: Shape) -> None:
        """Refuse windows that are larger than the samples, of this shape."""
        if any(size < reach for size, reach in zip(self.padded, self.reach, strict=True)):
            reach, padded = " × ".join(map(str, self.reach)), " × ".join(map(str, self.padded))
            more = " with its padding" if any(self.before + self.after) else ""
            dilated = " with its dilation" if self.reach != self.kernel else ""
            raise InvalidInput(
                f"{owner}: its window of {reach}{dilated} is larger than the {padded} of its input{more}, whose shape "
                f"is {shape}.{channels_first(shape, self.reach)}"
            )

    def with_edges(self, X: Array, edge: float = 0.0) -> Array:
        """The samples with the positions added, which hold `edge`."""
        if not any(self.before + self.after):
            return X
        found = np.full((len(X), *self.padded, X.shape[-1]), edge, X.dtype)
        found[self.inside] = X
        return found

    @cached_property
    def inside(self) -> Spots:
        """Where the samples themselves lie among the positions with those added."""
        every = zip(self.before, self.positions, strict=True)
        return (slice(None), *(slice(start, start + size) for start, size in every))

    def patches(self, X: Array) -> Array:
        """What each window sees, (n, *outputs, *kernel, channels): a view, but for the positions added."""
        axes = tuple(range(1, len(self.kernel) + 1))
        found = sliding_window_view(self.with_edges(X), self.reach, axis=axes)
        places = (slice(None, None, step) for step in self.stride)
        taps = (slice(None, None, apart) for apart in self.dilation)
        return np.moveaxis(found[(slice(None), *places, slice(None), *taps)], len(axes) + 1, -1)

    @cached_property
    def seen(self) -> Array:
        """(places, taps): the number of the position on which each tap of a window falls, −1 beside the sample."""
        found = np.zeros((1, 1), np.int64)
        every = zip(self.positions, self.outputs, self.kernel, self.stride, self.dilation, self.before, strict=True)
        for size, places, taps, step, apart, before in every:
            at = np.arange(places)[:, np.newaxis] * step + np.arange(taps) * apart - before
            at = np.where((at >= 0) & (at < size), at, -1)
            outer, inner = found[:, np.newaxis, :, np.newaxis], at[np.newaxis, :, np.newaxis, :]
            joined = np.where((outer >= 0) & (inner >= 0), outer * size + inner, -1)
            found = joined.reshape(found.shape[0] * places, found.shape[1] * taps)
        return found

    @cached_property
    def taps(self) -> tuple[tuple[Shape, Spots], ...]:
        """Each tap of a window with the positions, those added among them, on which it falls: one for each place."""
        return tuple((tap, (slice(None), *self._spots(tap))) for tap in np.ndindex(self.kernel))

    def _spots(self, tap: Shape) -> Iterator[slice]:
        for k, apart, step, n in zip(tap, self.dilation, self.stride, self.outputs, strict=True):
            yield slice(k * apart, k * apart + step * (n - 1) + 1, step)

    def parts(self, n: int, channels: int) -> Iterator[slice]:
        """So many samples in pieces whose patches stay in the second cache."""
        size = max(1, BLOCK // (math.prod(self.outputs) * math.prod(self.kernel) * channels))
        return (slice(start, min(start + size, n)) for start in range(0, n, size))


@lru_cache(maxsize=256)
def windows_of(
    positions: Shape, kernel: Shape, stride: Shape, dilation: Shape | None = None, padding: Shape | str = "valid"
) -> Windows:
    """The windows on samples of such positions; `padding` is a rule, or how much is added on each side of each axis."""
    nothing = (0,) * len(kernel)
    dilation = dilation or (1,) * len(kernel)
    before, after = nothing, nothing
    if padding == "same":
        before, after = same(positions, kernel, stride, dilation)
    elif padding == "causal":
        before = tuple((k - 1) * d for k, d in zip(kernel, dilation, strict=True))
    elif not isinstance(padding, str):
        before = after = padding
    return Windows(positions, kernel, stride, dilation, before, after)


def padded_positions(positions: Shape, before: Shape, after: Shape) -> Array:
    """For each position of a padded sample the number of that of the sample, −1 beside it."""
    ones = (1,) * len(positions)
    return Windows(positions, ones, ones, ones, before, after).seen.reshape(-1)


def same(positions: Shape, kernel: Shape, stride: Shape, dilation: Shape) -> tuple[Shape, Shape]:
    """What is added before and after so that there are ⌈positions / stride⌉ places, the odd one after."""
    before, after = [], []
    for size, k, step, apart in zip(positions, kernel, stride, dilation, strict=True):
        added = max(0, (-(-size // step) - 1) * step + (k - 1) * apart + 1 - size)
        before.append(added // 2)
        after.append(added - added // 2)
    return tuple(before), tuple(after)
