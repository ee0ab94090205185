"""Counts: residual blocks on the logarithm of what the linear map forecasts, learned by a loss of counts."""

from collections.abc import Sequence
from typing import Unpack

import numpy as np

from glassnet.calls import answered, with_settings
from glassnet.errors import InvalidInput
from glassnet.forecasting.networks.covariates import Covariates
from glassnet.forecasting.networks.gathering import Gathered, Rows
from glassnet.forecasting.networks.network_forecaster import NetworkForecaster
from glassnet.forecasting.networks.past import Past
from glassnet.forecasting.networks.settings import DEFAULTS, NetworkSettings
from glassnet.forecasting.networks.skip import Skip
from glassnet.forecasting.networks.standardizing import Seen, standardized
from glassnet.forecasting.pasts import latest_of, pasts_of
from glassnet.forecasting.values import Values, series_of
from glassnet.forecasting.windows import Windows
from glassnet.formulas.elementary import Array
from glassnet.formulas.loss import Loss, LossLike
from glassnet.layers.dense import Dense
from glassnet.layers.layer import Layer
from glassnet.layers.normalization import LayerNorm
from glassnet.layers.residual import Residual
from glassnet.network import Network

LEAST_SHARE, LEAST = (
    0.1,
    0.01,
)  # of the mean of the past, and of a count: forecasts of the map are at least both together


def seen_counts(seen: Seen, skip: Skip) -> Array:
    """The inputs [u, log ŷ] (n, lookback + horizon), with ŷ what the linear map forecasts, kept above 0."""
    ahead = seen.forecasts(skip.of(seen.inputs))
    return np.concatenate([seen.inputs, np.log(np.maximum(ahead, LEAST_SHARE * seen.level + LEAST))], axis=1)


class GatheredCounts(Gathered):
    """All complete windows of some series of counts, as rows of a network: a count of 10 is a count of 10."""

    def rows(self, numbers: Array, dtype: np.dtype) -> Rows:
        """The windows of these numbers."""
        past, future = self.cut(numbers)
        assert self.skip is not None, "counts begin with a linear map"
        X = seen_counts(standardized(past), self.skip)
        return Rows(X.astype(dtype), future.astype(dtype), np.ones(len(X), dtype))


@answered
class CountForecaster(NetworkForecaster):
    """A network for counts: rates that are never below 0, learned by the likelihood of what was counted.

    z = [u V + v, log ŷ],    z ← z + G(z) for each block,    a = eᵒ, o the last part of z

    u = (x − μ) / σ is the standardised past, and ŷ the forecast of `LinearForecaster`, kept above a tenth of μ. Each
    block begins at 0, so that the first rates a are ŷ; they are then learned by `Poisson`, or by `NegativeBinomial` for
    counts that vary more. It is meant for small counts with zeros, whose errors grow with the rate.

    Parameters
    ----------
    horizon
        How many steps to forecast.
    lookback, penalty, season
        As in `LinearForecaster`, whose map is chosen among several look-backs and penalties.
    loss
        "poisson" (default), "negative_binomial", or `NegativeBinomial(alpha)`.
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

    Attributes
    ----------
    network
        The map from [u, log ŷ] (n, lookback + horizon) to rates (n, horizon), a `Network`.
    linear
        The `LinearForecaster`, fitted on series in units of their standard deviations.
    history, best_epoch
        Of the training that chose the epoch; 0 if the linear map alone was best on the steps that were held out.
    errors
        The loss on these steps, before training and after it.

    Raises InvalidInput for settings out of range, for values below 0, and for series that are too short, with the
    length that is needed.

    >>> import numpy as np
    >>> steps = np.arange(400)
    >>> counts = np.random.default_rng(0).poisson(1 + np.sin(2 * np.pi * steps / 7) ** 2).astype(float)
    >>> model = CountForecaster(horizon=7, lookback=28, penalty=0.01, units=8, epochs=3, seed=0).fit(counts)
    >>> bool((model.forecast() > 0).all())
    True
    """

    @with_settings(NetworkSettings, DEFAULTS)
    def __init__(
        self,
        horizon: int,
        lookback: int | Sequence[int] | None = None,
        *,
        loss: LossLike = "poisson",
        **settings: Unpack[NetworkSettings],
    ):
        super().__init__(horizon, lookback, **settings)
        self.of_counts = Loss.of(loss)
        if self.of_counts.targets != "counts":
            raise InvalidInput(f"loss must be one of counts, 'poisson' or 'negative_binomial', got {loss!r}.")

    @property
    def loss(self) -> Loss:
        """The loss of counts that was chosen."""
        return self.of_counts

    @property
    def n_inputs(self) -> int:
        """The past, and what the linear map forecasts."""
        return self.linear.lookback + self.horizon

    def fit(self, values: Values, validation: Values | None = None) -> "CountForecaster":
        """Learn from counts (steps, channels), or from a sequence of series (steps,); see `MLPForecaster.fit`."""
        for given, called in ((values, "values"), (validation, "validation")):
            for k, each in enumerate(() if given is None else series_of(given, called)):
                if (below := np.flatnonzero(each < 0)).size:
                    step = int(below[0])
                    raise InvalidInput(
                        f"counts are at least 0; series {k} of {called} has {each[step]:g} at step {step}."
                    )
        known, later = series_of(values), None if validation is None else series_of(validation, "validation")
        return self.learn(known, later, Covariates.none(len(known)))

    def predict(self, windows: Array) -> Array:
        """Rates (n, horizon, channels) after each of the pasts (n, at least `lookback` steps, channels)."""
        self.fitted()
        past = pasts_of(windows, self.lookback)
        n, lookback, channels = past.shape
        return self.after(past.transpose(0, 2, 1).reshape(-1, lookback)).reshape(n, channels, -1).transpose(0, 2, 1)

    def forecast(self) -> Array:
        """Rates after the series of `fit` (and the validation that followed them): (horizon, channels)."""
        self.fitted()
        return self.after(latest_of(self.series, self.lookback)).T

    def layers(self, lookback: int) -> list[Layer]:
        """A linear layer to the state, blocks that add to it, and the rates read from it."""
        width = self.units + self.horizon
        inner = [
            Residual(LayerNorm(), Dense(self.units, "relu"), self.dropout, Dense(width, weights="zeros"))
            for _ in range(self.blocks)
        ]
        return [Dense(width), *inner, Dense(self.horizon, "exponential", bias=False, learning_rate_factor=0.0)]

    def beside(self, skip: Skip) -> Skip:
        """The linear map gives inputs."""
        return skip

    def begin(self, network: Network, skip: Skip, offsets: Array) -> None:
        """The last part of the state begins as log ŷ, and the rates are read from there."""
        arrays, units = network.arrays, self.units
        arrays["0.W"][:, units:] = np.eye(self.n_inputs, self.horizon, -self.linear.lookback)
        arrays["0.b"][units:] = 0.0
        arrays[f"{self.blocks + 1}.W"][...] = np.eye(units + self.horizon, self.horizon, -units)

    def gathered(self, windows: Windows, past: Past) -> Gathered:
        """Windows as rows of counts."""
        return GatheredCounts(windows, past.scales, self.skip)

    def outputs_after(self, past: Array, beside: Array) -> Array:
        """Rates (n, horizon, 1) after pasts (n, lookback), whatever stands beside them."""
        network = self.fitted()
        assert self.skip is not None, "counts begin with a linear map"
        X = seen_counts(standardized(past), self.skip).astype(network.dtype)
        return network.predict(X).astype(np.float64)[:, :, None]
