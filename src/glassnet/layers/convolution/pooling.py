"""Pooling: windows that keep their largest number, or their mean, channel by channel."""

import math
from typing import Any, ClassVar

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.formulas.description import Converted, field
from glassnet.formulas.elementary import Array
from glassnet.layers.convolution.sizes import AXES, shown, sizes
from glassnet.layers.convolution.windows import Windows, windows_of
from glassnet.layers.layer import Layer, Shape, Slices


class PoolingSlices(Slices):
    """Those of pooling; `chosen` is the number of the tap that was the largest."""

    chosen: Array


class Pooling(Layer, listed=False):
    """What both kinds share: windows that cover each channel by itself, without padding."""

    size: Converted[int | Shape, int | Shape | list[int]] = field(default=2)
    stride: Converted[int | Shape | None, int | Shape | list[int] | None] = field(default=None)

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("size", "stride"):
            if name == "size" or self.stride is not None:
                object.__setattr__(self, name, sizes(type(self).__name__, name, getattr(self, name), None))

    def __repr__(self) -> str:
        more = "" if self.stride is None or self.stride == self.size else f", stride={shown(self.stride)}"
        return f"{type(self).__name__}({shown(self.size)}{more})"

    def windows(self, shape: Shape) -> Windows:
        """Where its windows stand on samples of a shape."""
        owner, axes = type(self).__name__, len(shape) - 1
        if axes not in AXES:
            raise InvalidInput(f"{owner} needs samples of shape {AXES[2]} or {AXES[1]}, got shape {shape}.")
        kernel = sizes(owner, "size", self.size, axes)
        stride = kernel if self.stride is None else sizes(owner, "stride", self.stride, axes)
        found = windows_of(shape[:-1], kernel, stride)
        found.check(owner, shape)
        return found

    def output_shape(self, shape: Shape) -> Shape:
        return (*self.windows(shape).outputs, shape[-1])


class MaxPool(Pooling, name="max_pool"):
    """Max pooling: each window gives the largest number that it sees, channel by channel.

    A = max(P);     dP = dA if P = A else 0,  dX = fold(dP).

    P holds what each window sees of a channel of X (n, height, width, channels) or (n, steps, channels); A has a number
    for each window and channel. Of several largest numbers the first one counts. The gradient goes to where the largest
    number came from, and `fold` adds up what overlapping windows send to the same place. Rows and columns that fill no
    whole window are left out.

    Parameters
    ----------
    size
        The size of the window, one number or one for each axis; 2 by default.
    stride
        How far the window moves; by default its own size, so that windows do not overlap.

    Raises InvalidInput for settings out of range; when the network is built, for samples smaller than the window.

    >>> MaxPool(2), MaxPool(2).output_shape((24, 24, 6)), MaxPool(3, stride=2).output_shape((13, 4))
    (MaxPool(2), (12, 12, 6), (6, 4))
    """

    slices = PoolingSlices

    def arrays(self, shape: Shape) -> dict[str, Shape]:
        out = self.output_shape(shape)
        return {"A": out, "chosen": out}

    def forward(self, s: PoolingSlices) -> None:
        for number, (_, spots) in enumerate(self.windows(s.X.shape[1:]).taps):
            seen = s.X[spots]
            if number == 0:
                s.A[...], s.chosen[...] = seen, 0
            else:
                np.copyto(s.chosen, number, where=seen > s.A)
                np.maximum(s.A, seen, out=s.A)

    def backward(self, s: PoolingSlices) -> None:
        if s.dX is not None:
            s.dX[...] = 0.0
            for number, (_, spots) in enumerate(self.windows(s.X.shape[1:]).taps):
                s.dX[spots] += s.dA * (s.chosen == number)


class AveragePool(Pooling, name="average_pool"):
    """Average pooling: each window gives the mean of what it sees, channel by channel.

    A = mean(P);     dP = dA / k,  dX = fold(dP).

    P holds what each window sees of a channel of X (n, height, width, channels) or (n, steps, channels), and k is how
    many numbers these are; `fold` adds up what overlapping windows send to the same place. Rows and columns that fill
    no whole window are left out.

    Parameters
    ----------
    size
        The size of the window, one number or one for each axis; 2 by default.
    stride
        How far the window moves; by default its own size, so that windows do not overlap.

    Raises InvalidInput for settings out of range; when the network is built, for samples smaller than the window.

    >>> AveragePool((1, 2)).output_shape((24, 24, 6))
    (24, 12, 6)
    """

    def forward(self, s: Slices) -> None:
        windows = self.windows(s.X.shape[1:])
        s.A[...] = 0.0
        for _, spots in windows.taps:
            s.A += s.X[spots]
        s.A *= 1.0 / math.prod(windows.kernel)

    def backward(self, s: Slices) -> None:
        if s.dX is not None:
            windows = self.windows(s.X.shape[1:])
            share = s.dA * s.dA.dtype.type(1.0 / math.prod(windows.kernel))
            s.dX[...] = 0.0
            for _, spots in windows.taps:
                s.dX[spots] += share

    def named_values(self, s: Any) -> dict[str, Array]:
        return {"k": np.array(float(math.prod(self.windows(s.X.shape[1:]).kernel)))}


class GlobalAveragePool(Layer, name="global_average_pool"):
    """Global average pooling: each channel becomes its mean over all positions.

    A = mean(X);     dX = dA / k.

    The mean of a channel of X (n, height, width, channels) or (n, steps, channels) is taken over its k positions, so
    that A is (n, channels) (Lin et al. 2013, arXiv 1312.4400, section 3.2). In front of the last layer it takes the
    place of `Flatten`, with far fewer weights behind it. Of a sequence that is filled up (`Masking`, `Embedding` with
    `padding`) only the steps count that are there.

    >>> GlobalAveragePool().output_shape((7, 7, 64))
    (64,)
    """

    passes_over_padding: ClassVar[bool] = True

    def output_shape(self, shape: Shape) -> Shape:
        if len(shape) < 2:
            raise InvalidInput(f"GlobalAveragePool needs samples of shape {AXES[2]} or {AXES[1]}, got shape {shape}.")
        return (shape[-1],)

    def forward(self, s: Slices) -> None:
        X = s.X.reshape(len(s.X), -1, s.X.shape[-1])
        if s.present is None:
            X.mean(axis=1, out=s.A)
        else:
            np.divide((X * there(s)).sum(axis=1), number_there(s), out=s.A)

    def backward(self, s: Slices) -> None:
        if s.dX is not None:
            by_position = s.dX.reshape(len(s.dX), -1, s.dX.shape[-1])
            if s.present is None:
                by_position[...] = (s.dA * s.dA.dtype.type(1.0 / by_position.shape[1]))[:, np.newaxis]
            else:
                by_position[...] = (s.dA / number_there(s))[:, np.newaxis] * there(s)

    def named_values(self, s: Any) -> dict[str, Array]:
        k = float(math.prod(s.X.shape[1:-1]))
        return {"k": np.array(k) if getattr(s, "present", None) is None else number_there(s)}


def there(s: Slices) -> Array:
    """A 1 for each position that counts and a 0 for padding: (n, positions, 1)."""
    assert s.present is not None
    found: Array = np.repeat(s.present, math.prod(s.X.shape[2:-1]), axis=1)[..., np.newaxis]
    return found


def number_there(s: Slices) -> Array:
    """How many positions of each sample count, at least one: (n, 1)."""
    found: Array = np.maximum(there(s).sum(axis=1), 1)
    return found
