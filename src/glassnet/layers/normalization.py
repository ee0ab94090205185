"""Layers that give their inputs mean 0 and variance 1, then a learned gain and bias."""

from typing import Any, ClassVar

import numpy as np

from glassnet.formulas.elementary import Array
from glassnet.formulas.initializers import Constant, Zeros
from glassnet.formulas.of_layers.normalization import (
    inverse_spread,
    normalized,
    normalized_and_scaled,
    pull_back,
    row_mean,
    row_variance,
    running,
    scaled,
)
from glassnet.formulas.registry import require_number
from glassnet.layers.activate import pieces
from glassnet.layers.layer import Layer, Parameter, Shape, Slices, rows_of
from glassnet.layers.scale import sum_of_products


class NormSlices(Slices):
    """Those of a normalisation; `inverse` is 1 / σ."""

    gamma: Array
    beta: Array
    N: Array
    mean: Array
    inverse: Array
    dgamma: Array
    dbeta: Array
    dN: Array


class BatchNormSlices(NormSlices):
    """Those of a normalisation over samples, with what it remembers of all batches."""

    variance: Array
    running_mean: Array
    running_variance: Array


class _Normalization:
    """What both kinds share: γ begins as 1, β as 0; N is what they act on."""

    def parameters(self, shape: Shape) -> dict[str, Parameter]:
        return {"gamma": Parameter(shape[-1:], Constant(1.0)), "beta": Parameter(shape[-1:], Zeros())}

    def backward(self, s: NormSlices) -> None:
        dA, N = rows_of(s.dA), rows_of(s.N)
        ones = s.ones if len(dA) == len(s.ones) else np.ones(len(dA), dA.dtype)
        sum_of_products(dA, N, ones, out=s.dgamma)
        np.dot(ones, dA, out=s.dbeta)
        if s.dX is not None:
            np.multiply(s.dA, s.gamma, out=s.dN)
            self.backward_from_normalized(s, s.dX)

    def named_values(self, s: Any) -> dict[str, Array]:
        return {"σ": 1.0 / s.inverse} if s.inverse.all() else {}  # nothing was measured in prediction

    def backward_from_normalized(self, s: Any, dX: Array) -> None:
        """Write dX from dN."""
        raise NotImplementedError


class LayerNorm(_Normalization, Layer, name="layer_norm"):
    """Layer normalisation: mean 0 and variance 1 over the units of each sample.

    μ = mean(X),  σ = √(mean((X − μ)²) + ε),  N = (X − μ) / σ,  A = N ⊙ γ + β;
    dγ = 1ᵀ (dA ⊙ N),  dβ = 1ᵀ dA,  dN = dA ⊙ γ,  dX = (dN − mean(dN) − N ⊙ mean(dN ⊙ N)) / σ.

    The means are those of the units of a sample (Ba et al. 2016, arXiv 1607.06450), or of each step of a sequence
    (steps, units): they go over the last axis. It does the same in training and in prediction, whatever the other rows
    are.

    Parameters
    ----------
    epsilon
        ε, added to the variance; 1e-5 by default.

    Raises InvalidInput for an `epsilon` out of range.

    >>> LayerNorm(), LayerNorm(1e-3).parameters((6,))["gamma"].shape
    (LayerNorm(), (6,))
    """

    epsilon: float = 1e-5
    slices = NormSlices

    def __post_init__(self) -> None:
        super().__post_init__()
        require_number(self, "epsilon", 0)

    def arrays(self, shape: Shape) -> dict[str, Shape]:
        return {"N": shape, "A": shape, "mean": (*shape[:-1], 1), "inverse": (*shape[:-1], 1)}

    def forward(self, s: NormSlices) -> None:
        share = 1.0 / s.X.shape[-1]
        for X, N, A, mean, inverse in pieces(*map(rows_of, (s.X, s.N, s.A, s.mean, s.inverse))):
            mean[...] = row_mean(X, share)
            inverse[...] = inverse_spread(row_variance(X, mean, share), self.epsilon)
            N[...] = normalized(X, mean, inverse)
            A[...] = scaled(N, s.gamma, s.beta)

    def backward_from_normalized(self, s: NormSlices, dX: Array) -> None:
        share = 1.0 / s.N.shape[-1]
        for dx, dN, N, inverse in pieces(*map(rows_of, (dX, s.dN, s.N, s.inverse))):
            dx[...] = pull_back(dN, N, inverse, row_mean(dN, share), row_mean(dN * N, share))


class BatchNorm(_Normalization, Layer, name="batch_norm"):
    """Batch normalisation: mean 0 and variance 1 over the samples of each batch.

    μ = 1ᵀ X / n,  σ = √(1ᵀ (X − μ)² / n + ε),  N = (X − μ) / σ,  A = N ⊙ γ + β;
    dγ = 1ᵀ (dA ⊙ N),  dβ = 1ᵀ dA,  dN = dA ⊙ γ,  dX = (dN − 1ᵀ dN / n − N ⊙ (1ᵀ (dN ⊙ N)) / n) / σ;
    in prediction N = (X − running_mean) / √(running_variance + ε).

    n is the number of rows in the batch (Ioffe and Szegedy 2015, arXiv 1502.03167). Of pictures (height, width,
    channels) and series (steps, channels) each position is a row: every channel has one mean over the samples and all
    positions, one γ and one β.

    After each batch of n > 1 rows the running mean and variance, from 0 and 1 on, become (1 − m) of what they were plus
    m of the batch's mean and of its unbiased variance, Σ (x − μ)² / (n − 1). Prediction takes these. All
    rows of a batch count, whatever their sample weights; a batch of one row gives A = β.

    Parameters
    ----------
    momentum
        m, the share of the newest batch, in (0, 1); 0.1 by default, as in PyTorch.
    epsilon
        ε, added to the variance; 1e-5 by default.

    Raises InvalidInput for settings out of range.

    >>> BatchNorm(), list(BatchNorm(momentum=0.01).state((6,)))
    (BatchNorm(), ['running_mean', 'running_variance'])
    """

    momentum: float = 0.1
    epsilon: float = 1e-5
    whole_batch: ClassVar[bool] = True
    slices = BatchNormSlices

    def __post_init__(self) -> None:
        super().__post_init__()
        require_number(self, "momentum", 0, 1)
        require_number(self, "epsilon", 0)

    def state(self, shape: Shape) -> dict[str, Parameter]:
        variance = Parameter(shape[-1:], Constant(1.0), least=0.0)
        return {"running_mean": Parameter(shape[-1:], Zeros()), "running_variance": variance}

    def arrays(self, shape: Shape) -> dict[str, Shape]:
        return {"N": shape, "A": shape}

    def connect(self, s: BatchNormSlices) -> None:
        s.mean, s.variance, s.inverse = (np.zeros_like(s.gamma) for _ in range(3))  # of the batch, a number a unit

    def forward(self, s: BatchNormSlices) -> None:
        self.measure(s)
        s.inverse[...] = inverse_spread(s.variance, self.epsilon)
        for X, N, A in pieces(*map(rows_of, (s.X, s.N, s.A))):
            N[...] = normalized(X, s.mean, s.inverse)
            A[...] = scaled(N, s.gamma, s.beta)

    @staticmethod
    def _ones(s: BatchNormSlices) -> Array:
        """A 1 for each row: a sample, or a position of it."""
        return s.ones if s.N.ndim == 2 else np.ones(s.N.size // s.N.shape[-1], s.N.dtype)

    def measure(self, s: BatchNormSlices) -> None:
        """Mean and variance of the batch, and what is remembered of them."""
        given = rows_of(s.X)
        n, all_ones = len(given), self._ones(s)
        np.dot(all_ones, given, out=s.mean)
        s.mean *= 1.0 / n
        sum_of_squares = sum(np.dot(ones, (X - s.mean) ** 2) for X, ones in pieces(given, all_ones))
        np.multiply(sum_of_squares, 1.0 / n, out=s.variance)
        if n > 1:
            s.running_mean[...] = running(s.running_mean, s.mean, self.momentum)
            s.running_variance[...] = running(s.running_variance, s.variance * (n / (n - 1)), self.momentum)

    def predict(self, s: BatchNormSlices) -> None:
        inverse = inverse_spread(s.running_variance, self.epsilon)
        for X, A in pieces(*map(rows_of, (s.X, s.A))):
            A[...] = normalized_and_scaled(X, s.running_mean, inverse, s.gamma, s.beta)

    def backward_from_normalized(self, s: BatchNormSlices, dX: Array) -> None:
        all_dN, all_N, ones = rows_of(s.dN), rows_of(s.N), self._ones(s)
        share = 1.0 / len(all_N)
        mean, with_n = np.dot(ones, all_dN) * share, np.zeros_like(s.gamma)
        sum_of_products(all_dN, all_N, ones, out=with_n)
        with_n *= share
        for dx, dN, N in pieces(rows_of(dX), all_dN, all_N):
            dx[...] = pull_back(dN, N, s.inverse, mean, with_n)

    def named_values(self, s: Any) -> dict[str, Array]:
        found = super().named_values(s)
        if s.N.ndim > 2:
            names = [name for name in ("X", "N", "A", "dX", "dN", "dA") if getattr(s, name, None) is not None]
            found |= {name: rows_of(getattr(s, name)) for name in names}
            found["n"] = np.array(float(s.N.size // s.N.shape[-1]))
        return found
