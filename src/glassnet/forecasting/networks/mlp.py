"""A residual network beside the linear map: it learns what no linear map can say."""

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
class MLPForecaster(CovariateForecaster):
    """A residual network beside the linear map that is solved exactly.

    ŷ = μ + σ (u W + b + G(u)),    u = (x − μ) / σ

    W and b are those of `LinearForecaster` and stay as they are. G is a hidden layer with ReLU and residual blocks on
    the standardised past u. Its last layer begins at 0, so that the first forecast is the linear one; training stops
    when later steps do not gain from it, and G is left out where they never did.

    Columns beside the target, if `fit` is given any: what each adds to a step, the same β at all steps, is found by
    ridge regression and taken off, and G sees u, the columns of all steps of the window, and those that never change.

    Parameters
    ----------
    horizon
        How many steps to forecast.
    lookback, penalty, season
        As in `LinearForecaster`, whose map is chosen among several look-backs and penalties.
    units, blocks
        Hidden units, 64 by default; residual blocks, 1 by default.
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
        G, a `Network` of standardised pasts (n, lookback).
    linear
        The `LinearForecaster`, fitted on series in units of their standard deviations.
    history, best_epoch
        Of the training that chose the epoch; 0 if the linear map alone was best on the steps that were held out.
    errors
        The mean squared error on these steps, relative to the variance of their pasts: without G and with it.

    effects
        β (series, columns): what each column of `future`, then of `past`, adds to a step of each series.

    Raises InvalidInput for settings out of range, and for series that are too short, with the length that is needed.

    >>> import numpy as np
    >>> steps = np.arange(600)
    >>> waves = np.abs(np.sin(2 * np.pi * steps / 24)) + np.random.default_rng(0).normal(0, 0.05, 600)
    >>> model = MLPForecaster(horizon=6, lookback=48, penalty=0.01, units=16, epochs=5, seed=0).fit(waves[:-6])
    >>> np.abs(model.forecast()[:, 0] - waves[-6:]).mean() < 0.1
    np.True_
    """

    def layers(self, lookback: int) -> list[Layer]:
        """A hidden layer, residual blocks, and outputs that begin at 0."""
        block = (LayerNorm(), Dense(self.units, "relu"), self.dropout, Dense(self.units))
        inner = [Residual(*block) for _ in range(self.blocks)]
        outputs = Dense(self.n_outputs, weights="zeros")
        return [Dense(self.units, "relu"), *inner, self.dropout, outputs]

    def begin(self, network: Network, skip: Skip, offsets: Array) -> None:
        """The outputs begin as the quantiles of what the linear map leaves."""
        network.arrays[f"{len(network.layers) - 1}.b"][...] = offsets

    def beside(self, skip: Skip) -> Skip:
        """The linear map stays as it was solved."""
        return skip
