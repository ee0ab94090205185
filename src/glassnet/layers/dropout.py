"""Dropout: in training, random entries are set to 0 by a mask drawn for each batch."""

from typing import ClassVar

import numpy as np

from glassnet.formulas.elementary import Array
from glassnet.formulas.noise import new_key, write_mask
from glassnet.formulas.registry import Number, require_number
from glassnet.layers.layer import Layer, Shape, Slices


class DropoutSlices(Slices):
    """Those of dropout."""

    mask: Array


class Dropout(Layer):
    """Dropout: sets a random share of its inputs to 0 in training.

    A = X ⊙ m;     dX = dA ⊙ m;  in prediction A = X,  dX = dA.

    m is 0 with probability `rate`, else 1 / (1 − rate): Srivastava et al. 2014, section 10, with the scaling done in
    training ("inverted").

    Parameters
    ----------
    rate
        The share of inputs set to 0, at least 0 and below 1, or a schedule; 0.5 by default.
    channels
        Set whole channels of pictures (height, width, channels) or series (steps, channels) to 0, as neighbours hold
        nearly the same (Tompson et al. 2015, arXiv 1411.4280): m has a number for each channel; False by default.

    Raises InvalidInput for a `rate` out of range.

    >>> Dropout(0.2), Dropout(0.2, channels=True)
    (Dropout(rate=0.2), Dropout(rate=0.2, channels=True))
    """

    rate: Number = 0.5
    channels: bool = False
    random: ClassVar[bool] = True
    schedulable = ("rate",)
    slices = DropoutSlices

    def __post_init__(self) -> None:
        super().__post_init__()
        require_number(self, "rate", 0, 1, open_low=False)

    def without_noise(self) -> Layer:
        return Dropout(0.0, self.channels)

    def arrays(self, shape: Shape) -> dict[str, Shape]:
        mask = (*(1 for _ in shape[:-1]), shape[-1]) if self.channels else shape
        return {"A": shape, "mask": mask}

    def forward(self, s: DropoutSlices) -> None:
        write_mask(s.mask, self.rate, new_key(s.rng))
        np.multiply(s.X, s.mask, out=s.A)

    def predict(self, s: DropoutSlices) -> None:
        s.A[...] = s.X

    def backward(self, s: DropoutSlices) -> None:
        if s.dX is not None:
            np.multiply(s.dA, s.mask, out=s.dX)
