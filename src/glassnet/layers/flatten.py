"""From samples of any shape to rows of numbers."""

import math

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
