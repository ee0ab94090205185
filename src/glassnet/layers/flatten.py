"""The numbers of a sample in another shape."""

import math

from glassnet.errors import InvalidInput, brief
from glassnet.formulas.description import Converted
from glassnet.formulas.registry import is_whole
from glassnet.layers.layer import Layer, Shape, Slices


class Flatten(Layer):
    """Flattens each sample to a vector.

    A = X;     dX = dA.

    A (n, values) has all values of a sample in one row, last axis fastest; dX has the shape of X.

    >>> Flatten().output_shape((8, 8))
    (64,)
    """

    def output_shape(self, shape: Shape) -> Shape:
        return (math.prod(shape),)

    def forward(self, s: Slices) -> None:
        s.A[...] = s.X.reshape(s.A.shape)

    def backward(self, s: Slices) -> None:
        if s.dX is not None:
            s.dX[...] = s.dA.reshape(s.dX.shape)


class Reshape(Layer):
    """Gives the numbers of each sample another shape.

    A = X;     dX = dA.

    The numbers keep their order, last axis fastest: so rows of 784 numbers become pictures (28, 28, 1).

    Parameters
    ----------
    shape
        The shape of a sample of A; one of its sizes may be −1, for what is left.

    Raises InvalidInput for what is no shape; when the network is built, for one that holds another number of values.

    >>> Reshape((28, 28, 1)).output_shape((784,)), Reshape((-1, 2)).output_shape((10,))
    ((28, 28, 1), (5, 2))
    """

    shape: Converted[Shape, int | Shape | list[int]]

    def __post_init__(self) -> None:
        super().__post_init__()
        given = self.shape if isinstance(self.shape, (tuple, list)) else (self.shape,)
        whole = [is_whole(size, 1) or (is_whole(size, -1) and size == -1) for size in given]
        if not whole or not all(whole) or list(given).count(-1) > 1:
            raise InvalidInput(
                "Reshape: `shape` must be positive whole numbers, one of which may be -1, as in Reshape((28, 28, 1)), "
                f"got {brief(self.shape)}."
            )
        object.__setattr__(self, "shape", tuple(map(int, given)))

    def __repr__(self) -> str:
        return f"Reshape({self.shape})"

    def output_shape(self, shape: Shape) -> Shape:
        n, known = math.prod(shape), math.prod(size for size in self.shape if size != -1)
        if n % known or (-1 not in self.shape and n != known):
            raise InvalidInput(
                f"{self!r} needs {'a multiple of ' if -1 in self.shape else ''}{known} numbers a sample; shape {shape} "
                f"has {n}."
            )
        return tuple(n // known if size == -1 else size for size in self.shape)

    def forward(self, s: Slices) -> None:
        s.A[...] = s.X.reshape(s.A.shape)

    def backward(self, s: Slices) -> None:
        if s.dX is not None:
            s.dX[...] = s.dA.reshape(s.dX.shape)
