"""Noise that is added in training."""

from typing import ClassVar

import numpy as np

from glassnet.formulas.elementary import Array
from glassnet.formulas.noise import new_key, write_noise
from glassnet.formulas.registry import Number, require_number
from glassnet.layers.layer import Layer, Shape, Slices


class NoiseSlices(Slices):
    """Those of Gaussian noise."""

    noise: Array


class GaussianNoise(Layer, name="gaussian_noise"):
    """Adds normally distributed noise in training.

    A = X + ε;     dX = dA;  in prediction A = X.

    ε is drawn from N(0, std²) anew for each batch (Bishop 1995).

    Parameters
    ----------
    std
        The standard deviation of ε, at least 0; 0.1 by default. A number or a schedule.

    Raises InvalidInput for a `std` out of range.

    >>> GaussianNoise(0.2)
    GaussianNoise(std=0.2)
    """

    std: Number = 0.1
    random: ClassVar[bool] = True
    schedulable = ("std",)
    slices = NoiseSlices

    def __post_init__(self) -> None:
        super().__post_init__()
        require_number(self, "std", 0, open_low=False)

    def without_noise(self) -> Layer:
        return GaussianNoise(0.0)

    def arrays(self, shape: Shape) -> dict[str, Shape]:
        return {"A": shape, "noise": shape}

    def forward(self, s: NoiseSlices) -> None:
        write_noise(s.noise, self.std, new_key(s.rng))
        np.add(s.X, s.noise, out=s.A)

    def predict(self, s: NoiseSlices) -> None:
        s.A[...] = s.X

    def backward(self, s: NoiseSlices) -> None:
        if s.dX is not None:
            s.dX[...] = s.dA
