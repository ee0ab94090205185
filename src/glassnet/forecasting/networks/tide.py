"""Residual dense blocks on a state that holds the forecast itself, which begins as that of the linear map."""

import numpy as np

from glassnet.calls import answered
from glassnet.forecasting.networks.covariate_forecaster import CovariateForecaster
from glassnet.forecasting.networks.skip import Skip
from glassnet.formulas.elementary import Array
from glassnet.layers.dense import Dense
from glassnet.layers.layer import Layer
from glassnet.layers.normalization import LayerNorm
from glassnet.layers.residual import Residual
from glassnet.network import Network


@answered
class TiDEForecaster(CovariateForecaster):
    """Residual dense blocks with a linear skip that begins as the exact solution, and is trained with them.

    z = [u V + v, u W + b],    z ← z + G(z) for each block,    ŷ = μ + σ o,    o the last part of z

    u = (x − μ) / σ is the standardised past. The state z holds features of it and the forecast itself, which begins as
    that of `LinearForecaster`: W and b are its solution, and the last layer of each block begins at 0. A block is
    G(z) = relu(LayerNorm(z) A + a) B + c with dropout (after Das et al., Long-term forecasting with TiDE, 2023).

    Columns beside the target, if `fit` is given any: what each adds to a step, the same β at all steps, is found by
    ridge regression and taken off, and u becomes [u, the columns of all steps of the window, those that never change]:
    so z begins as the forecast of `LinearForecaster` plus these effects, and learns where they are not the same.

    Parameters
    ----------
    horizon
        How many steps to forecast.
    lookback, penalty, season
        As in `LinearForecaster`, whose map is chosen among several look-backs and penalties.
    units, blocks
        Features in the state and hidden units of a block, 64 by default; residual blocks, 1 by default.
    dropout
        The share of hidden units that are left out at random in training; 0.5 by default.
    averaged
        The weights that forecast are a moving average over about so many epochs, 4 by default; 0 for the last ones.
    learning_rate, weight_decay, batch_size
        Of AdamW; 10⁻⁴, 0.01 and 256 windows by default.
    epochs, patience
        At most so many passes over the windows, 50 by default; training ends when so many in a row have not helped on
        the steps that are held out, 4 by default.
    seed
        For weights, order and dropout; None (default) draws one.
    engine
        As in `Network`: "auto" by default.
    quantiles
        Shares between 0 and 1, such as (0.1, 0.5, 0.9): the network learns these quantiles of each step by the quantile
        loss, `predict_quantiles` gives them, and the forecast is the one nearest to the median. None by default.

    Attributes
    ----------
    network
        The whole map from standardised pasts (n, lookback) to (n, horizon), a `Network`.
    linear
        The `LinearForecaster`, fitted on series in units of their standard deviations.
    history, best_epoch
        Of the training that chose the epoch; 0 if the linear map alone was best on the steps that were held out.
    errors
        The mean squared error on these steps, relative to the variance of their pasts: before training and after it.

    effects
        β (series, columns): what each column of `future`, then of `past`, adds to a step of each series.

    Raises InvalidInput for settings out of range, and for series that are too short, with the length that is needed.

    >>> import numpy as np
    >>> steps = np.arange(600)
    >>> waves = np.abs(np.sin(2 * np.pi * steps / 24)) + np.random.default_rng(0).normal(0, 0.05, 600)
    >>> model = TiDEForecaster(horizon=6, lookback=48, penalty=0.01, units=16, epochs=5, seed=0).fit(waves[:-6])
    >>> np.abs(model.forecast()[:, 0] - waves[-6:]).mean() < 0.1
    np.True_
    """

    def layers(self, lookback: int) -> list[Layer]:
        """A linear layer to the state, blocks that add to it, and the forecast read from it."""
        width = self.units + self.n_outputs
        inner = [
            Residual(LayerNorm(), Dense(self.units, "relu"), self.dropout, Dense(width, weights="zeros"))
            for _ in range(self.blocks)
        ]
        read = Dense(self.n_outputs, bias=False, learning_rate_factor=0.0)
        return [Dense(width), *inner, read]

    def beside(self, skip: Skip) -> None:
        """The linear map is in the network."""

    def begin(self, network: Network, skip: Skip, offsets: Array) -> None:
        """The last units of the first layer are the linear map, and the network's outputs are these units."""
        arrays, times = network.arrays, max(1, len(self.quantiles))
        arrays["0.W"][: len(skip.W), self.units :] = np.repeat(skip.W, times, axis=1)
        arrays["0.W"][len(skip.W) :, self.units :] = 0.0  # columns beside the past
        arrays["0.b"][self.units :] = np.repeat(skip.b, times) + offsets
        arrays[f"{self.blocks + 1}.W"][...] = np.eye(self.units + self.n_outputs, self.n_outputs, -self.units)
