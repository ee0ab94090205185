"""Convolution: the same weights at every place of a picture or a series."""

from typing import ClassVar

from glassnet.layers.convolution.base import Convolution


class Conv2D(Convolution, name="conv_2d"):
    """Convolution over pictures: each filter looks at a small window of all channels, the same at every place.

    Z = P W + b,  A = f(Z);     dZ = dA ⊙ f'(Z),  dW = Pᵀ dZ,  db = 1ᵀ dZ,  dP = dZ Wᵀ,  dX = fold(dP).

    P has a row for each place of the window, with the numbers that it sees there: for X (n, height, width, channels)
    these are n · places rows of kernel · channels numbers. W (kernel height, kernel width, channels, filters) is read
    as a matrix with a column for each filter, and the rows of Z are the pixels of its output. `fold` adds each entry of
    dP to the pixel of dX that it was taken from: a pixel under several windows gets the sum (LeCun et al. 1998,
    Gradient-based learning applied to document recognition, section 2). As in other libraries, the filter is not
    turned around.

    Parameters
    ----------
    filters
        Number of filters: the channels of the output.
    kernel
        The size of the window, one number or (height, width).
    activation
        f, by name or as an object; `"linear"` by default.
    stride
        How far the window moves, one number or one for each axis; 1 by default.
    padding
        What is added at the edges, as zeros: `"valid"` (default) adds nothing, `"same"` as much as the output needs to
        have the size of the input (divided by the stride), a number or (height, width) so much on each side.
    dilation
        The distance between neighbouring numbers of a window; 1 by default.
    groups
        Parts into which channels and filters are divided: each filter sees the channels of its part alone; 1 by
        default.
    bias
        Add a bias for each filter; True by default.
    weights, biases
        How W and b are initialised, by name or as an object, where a filter has kernel · channels inputs; the defaults
        are those of `Dense`.
    weight_decay, penalty
        For this layer's W, in place of the update rule's weight decay and the training's penalty; None by default.
    learning_rate_factor, bias_learning_rate_factor
        Factors of the learning rate for W and for b; 1 by default, 0 freezes them.

    Raises InvalidInput for settings out of range, UnknownName for an unknown name; when the network is built, for
    samples that are no pictures or smaller than the window.

    >>> Conv2D(6, 5, "relu"), Conv2D(6, 5).output_shape((28, 28, 1)), Conv2D(6, 5).parameters((28, 28, 1))["W"].shape
    (Conv2D(6, 5, 'relu'), (24, 24, 6), (5, 5, 1, 6))
    """

    axes: ClassVar[int] = 2


class Conv1D(Convolution, name="conv_1d"):
    """Convolution over series: each filter looks at a few steps of all channels, the same at every step.

    Z = P W + b,  A = f(Z);     dZ = dA ⊙ f'(Z),  dW = Pᵀ dZ,  db = 1ᵀ dZ,  dP = dZ Wᵀ,  dX = fold(dP).

    As `Conv2D`, for X (n, steps, channels) and W (kernel, channels, filters). With `padding="causal"` a step of the
    output sees its own step of the input and those before it, none after it; with a dilation that doubles from layer to
    layer, a few layers see far back (van den Oord et al. 2016, arXiv 1609.03499).

    Parameters
    ----------
    filters
        Number of filters: the channels of the output.
    kernel
        How many steps a filter sees.
    activation
        f, by name or as an object; `"linear"` by default.
    stride
        How far the window moves; 1 by default.
    padding
        Zeros that are added at the ends: `"valid"` (default) adds none, `"same"` as many as the output needs to be as
        long as the input, `"causal"` these all in front, a number so many on each side.
    dilation
        The distance between the steps of a window; 1 by default.
    groups
        Parts into which channels and filters are divided; 1 by default.
    bias
        Add a bias for each filter; True by default.
    weights, biases
        How W and b are initialised, as in `Conv2D`.
    weight_decay, penalty
        For this layer's W, in place of the update rule's weight decay and the training's penalty; None by default.
    learning_rate_factor, bias_learning_rate_factor
        Factors of the learning rate for W and for b; 1 by default, 0 freezes them.

    Raises InvalidInput for settings out of range, UnknownName for an unknown name; when the network is built, for
    samples that are no series or shorter than the window.

    >>> Conv1D(8, 3, padding="causal", dilation=4).output_shape((100, 2))
    (100, 8)
    """

    axes: ClassVar[int] = 1
    paddings: ClassVar[tuple[str, ...]] = ("valid", "same", "causal")
