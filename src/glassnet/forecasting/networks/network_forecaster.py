"""What the forecasters by networks share: how they are fitted, and how they are asked."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from math import ceil
from typing import Any, Self

import numpy as np

from glassnet.calls import answered
from glassnet.engine.selection import check_engine
from glassnet.errors import InvalidInput
from glassnet.forecasting.linear import PENALTIES, LinearForecaster
from glassnet.forecasting.networks.gathering import Gathered, Rows, scales_of
from glassnet.forecasting.networks.skip import Skip
from glassnet.forecasting.networks.standardizing import standardized
from glassnet.forecasting.pasts import latest_of, pasts_of
from glassnet.forecasting.values import Series, Values, joined, series_of
from glassnet.forecasting.windows import Windows
from glassnet.formulas.elementary import Array
from glassnet.formulas.losses import Loss, Quantile, SquaredError
from glassnet.formulas.update_rules import AdamW
from glassnet.layers.dropout import Dropout
from glassnet.layers.layer import Layer
from glassnet.network import Network
from glassnet.training.history import History
from glassnet.training.inputs.checks import check_seed, check_whole
from glassnet.training.stopping import EarlyStopping

HELD_OUT = 0.2  # of the past, its end, where no validation is given


@dataclass(frozen=True, eq=False)
class Past:
    """Series, the step of each that validation begins at, and the unit in which its errors count."""

    series: Series
    end: tuple[int, ...]
    scales: Array

    @property
    def known(self) -> Series:
        """What is learned from."""
        return tuple(each[:end] for each, end in zip(self.series, self.end, strict=True))

    @property
    def later(self) -> Series:
        """What validates."""
        return tuple(each[end:] for each, end in zip(self.series, self.end, strict=True))

    def scaled(self, series: Series) -> list[Array]:
        """Series in units of their own."""
        return [each / scale for each, scale in zip(series, self.scales, strict=True)]


@answered
class NetworkForecaster:
    """A network on standardised pasts that begins as the linear map of `LinearForecaster`."""

    def __init__(
        self,
        horizon: int,
        lookback: int | Sequence[int] | None = None,
        *,
        penalty: float | Sequence[float] = PENALTIES,
        season: int = 1,
        units: int = 64,
        blocks: int = 1,
        dropout: float = 0.5,
        learning_rate: float = 1e-4,
        weight_decay: float = 0.01,
        averaged: int = 4,
        batch_size: int = 256,
        epochs: int = 50,
        patience: int = 4,
        seed: int | None = None,
        engine: str = "auto",
        quantiles: Sequence[float] = (),
    ):
        self.linear = LinearForecaster(horizon, lookback, penalty=penalty, season=season)
        self.horizon, self.season = self.linear.horizon, self.linear.season
        self.units, self.blocks = check_whole(units, "units"), check_whole(blocks, "blocks")
        self.dropout = Dropout(dropout)
        self.optimizer = AdamW(learning_rate, weight_decay=weight_decay)
        self.batch_size, self.epochs = check_whole(batch_size, "batch_size"), check_whole(epochs, "epochs")
        self.averaged = check_whole(averaged, "averaged", low=0)
        self.patience, self.engine = check_whole(patience, "patience"), check_engine(engine)
        self.seed = check_seed(int(np.random.default_rng().integers(2**32)) if seed is None else seed)
        self.quantiles = checked_quantiles(quantiles)
        self.network: Network | None = None
        self.skip: Skip | None = None
        self.history: History | None = None
        self.best_epoch = 0
        self.errors: tuple[float, float] | None = None
        self.series: Series = ()

    @abstractmethod
    def layers(self, lookback: int) -> list[Layer]:
        """The layers of the network, from a standardised past (lookback,) to the horizon."""

    @abstractmethod
    def beside(self, skip: Skip) -> Skip | None:
        """The linear map, where it is added to what the network says; None where it is in the network."""

    def begin(self, network: Network, skip: Skip, offsets: Array) -> None:
        """Put the linear map into a network that has a place for it, and offsets (outputs,) from it to quantiles."""

    @property
    def n_outputs(self) -> int:
        """A number for each step of the horizon, and of each step for each quantile in turn."""
        return self.horizon * max(1, len(self.quantiles))

    @property
    def n_inputs(self) -> int:
        """How many numbers the network sees: a past."""
        return self.linear.lookback

    @property
    def loss(self) -> Loss:
        """The squared error, or the quantile loss where quantiles are asked for."""
        return Quantile(self.quantiles) if self.quantiles else SquaredError()

    def fit(self, values: Values, validation: Values | None = None) -> Self:
        """Learn from values (steps, channels), or from a sequence of series (steps,) of different lengths.

        `validation` holds the steps that follow them: the settings of the linear map and the epoch are chosen on these,
        and nothing else is learned from them. Without it, the last fifth of `values` chooses the epoch, and then the
        network is trained anew on all of them, for as many epochs.
        """
        known = series_of(values)
        scales, whole = scales_of(known), tuple(map(len, known))
        if validation is not None:
            self.choose(Past(joined(known, series_of(validation, "validation")), whole, scales), "validation")
        else:
            self.choose(Past(known, self.without_the_end(known), scales))
            self.train_on_all(Past(known, whole, scales))
        return self

    def without_the_end(self, known: Series) -> tuple[int, ...]:
        """Where the last fifth of each series begins, at least a horizon; short series are not divided."""
        lookback = min(self.linear.lookbacks or [self.horizon])
        least = lookback + self.horizon
        ends = [len(each) - self.held_out(len(each)) for each in known]
        if max(ends) < least:
            needed = next(n for n in count(least) if n - self.held_out(n) >= least)
            raise InvalidInput(
                f"a look-back of {lookback} and a horizon of {self.horizon} steps, with the last fifth held out, need "
                f"a series of {needed} steps; the longest has {max(map(len, known))}."
            )
        return tuple(end if end >= least else len(each) for end, each in zip(ends, known, strict=True))

    def held_out(self, n: int) -> int:
        """How many of n steps are held out."""
        return max(self.horizon, round(HELD_OUT * n))

    def choose(self, past: Past, held_out: str = "") -> None:
        """Solve for the linear map, and train the network as long as that helps on the steps that are held out."""
        self.linear.fit(past.scaled(past.known), past.scaled(past.later) if held_out else None)
        windows = Windows(past.series, self.linear.lookback, self.horizon, first=past.end)
        if not windows.n:
            raise InvalidInput(f"{held_out or 'the last fifth of the past'} holds no {self.horizon} steps in a row.")
        gathered = self.started(past)
        network, rows = self.fitted(), self.gathered(windows, past).spaced(self.fitted().dtype)
        at_first, parameters = self.error(rows), network.parameters.copy()
        self.history = self.trained(gathered, self.epochs, rows)
        self.errors = at_first, self.error(rows)
        self.best_epoch = int(self.history.about["best_epoch"])
        if self.errors[1] >= at_first:
            network.parameters[...], self.best_epoch = parameters, 0
        self.series = past.series

    def train_on_all(self, past: Past) -> None:
        """Begin again with all steps, for as many epochs as were best."""
        setting = self.linear.choices[0].setting
        again = LinearForecaster(self.horizon, setting.lookback, penalty=setting.penalty, season=self.season)
        self.linear.maps = again.fit(past.scaled(past.series)).maps
        gathered = self.started(past)
        if self.best_epoch:
            self.trained(gathered, self.best_epoch)

    def started(self, past: Past) -> Gathered:
        """Build the network, with the forecasts of the linear map; returns the windows that it learns from."""
        skip = Skip.of_centered(self.linear.maps[0])
        self.network = Network(self.layers(self.linear.lookback), engine=self.engine).build(
            self.n_inputs, seed=self.seed
        )
        windows = Windows(past.known, self.linear.lookback, self.horizon)
        self.begin(self.network, skip, self.offsets(Gathered(windows, past.scales, skip)))
        self.skip = self.beside(skip)
        return self.gathered(windows, past)

    def gathered(self, windows: Windows, past: Past) -> Gathered:
        """Windows as rows: a squared error counts as the square of the scale, a quantile loss as the scale."""
        return Gathered(windows, past.scales, self.skip, 1 if self.quantiles else 2)

    def offsets(self, gathered: Gathered) -> Array:
        """The quantiles of what the linear map leaves, (outputs,); 0 where only the forecast is asked for."""
        if not self.quantiles:
            return np.zeros(self.horizon)
        return np.quantile(gathered.spaced(np.dtype(np.float64)).y, self.quantiles, axis=0).T.ravel()

    def trained(self, gathered: Gathered, epochs: int, held_out: Rows | None = None) -> History:
        """Train the network; with windows that are held out, until they have not gained for some epochs."""
        network, watched = self.fitted(), dict[str, Any]()
        if self.averaged:  # over so many epochs, whatever their steps
            watched["average"] = 1 - 1 / (1 + self.averaged * ceil(len(gathered) / self.batch_size))
        if held_out is not None:
            watched |= {"validation": tuple(held_out), "stop": EarlyStopping(patience=self.patience)}
        return network.fit(
            gathered.blocks(network.dtype, self.seed),
            loss=self.loss,
            optimizer=self.optimizer,
            batch_size=self.batch_size,
            epochs=epochs,
            seed=self.seed,
            **watched,
        )

    def error(self, rows: Rows) -> float:
        """The mean loss on some rows, relative to the variance of their pasts (to their swing for quantiles)."""
        return self.fitted().evaluate(rows.X, rows.y, loss=self.loss, sample_weight=rows.weights)["loss"]

    @property
    def lookback(self) -> int:
        """The look-back that was chosen."""
        self.fitted()
        return self.linear.lookback

    def fitted(self) -> Network:
        """The network of a forecaster that has learned."""
        if self.network is None:
            raise InvalidInput(f"{type(self).__name__} has not learned yet: call fit(values) first.")
        return self.network

    def predict(self, windows: Array) -> Array:
        """Forecasts (n, horizon, channels) after each of the pasts (n, at least `lookback` steps, channels)."""
        self.fitted()
        past = pasts_of(windows, self.lookback)
        n, lookback, channels = past.shape
        found = self.after(past.transpose(0, 2, 1).reshape(-1, lookback))
        return found.reshape(n, channels, -1).transpose(0, 2, 1)

    def forecast(self) -> Array:
        """What follows after the series of `fit` (and the validation that followed them): (horizon, channels)."""
        self.fitted()
        return self.after(latest_of(self.series, self.lookback)).T

    def after(self, past: Array, k: int = 0) -> Array:
        """Forecasts (n, horizon) after pasts (n, lookback), of whichever series k: one network knows them all."""
        found = self.outputs_after(past)
        middle = int(np.argmin(np.abs(np.array(self.quantiles or (0.5,)) - 0.5)))
        return found[:, :, middle]

    def outputs_after(self, past: Array) -> Array:
        """Forecasts (n, horizon, quantiles) after pasts (n, lookback), the quantiles of a step in ascending order."""
        seen, network = standardized(past), self.fitted()
        outputs = network.predict(seen.inputs.astype(network.dtype)).astype(np.float64)
        outputs = outputs.reshape(len(past), self.horizon, -1)
        if self.skip is not None:
            outputs += self.skip.of(seen.inputs)[:, :, None]
        flat = seen.forecasts(outputs.reshape(len(past), -1))
        return np.sort(flat.reshape(outputs.shape), axis=2)

    def predict_quantiles(self, windows: Array) -> Array:
        """Quantiles (n, horizon, channels, quantiles) after each of the pasts (n, at least `lookback` steps, channels).

        Raises InvalidInput for a forecaster without quantiles.
        """
        self.fitted()
        if not self.quantiles:
            raise InvalidInput(f"{type(self).__name__} has learned the forecast alone: say quantiles=(0.1, 0.5, 0.9).")
        past = pasts_of(windows, self.lookback)
        n, lookback, channels = past.shape
        found = self.outputs_after(past.transpose(0, 2, 1).reshape(-1, lookback))
        return found.reshape(n, channels, self.horizon, -1).transpose(0, 2, 1, 3)

    def __repr__(self) -> str:
        name = type(self).__name__
        if self.network is None:
            return f"{name}(horizon={self.horizon})"
        return (
            f"{name}(horizon={self.horizon}, lookback={self.lookback}, units={self.units}, blocks={self.blocks}, "
            f"best_epoch={self.best_epoch})"
        )


def checked_quantiles(quantiles: Sequence[float]) -> tuple[float, ...]:
    """Shares between 0 and 1 in ascending order, or none."""
    given = [quantiles] if isinstance(quantiles, (int, float, np.number)) else [*quantiles]
    for each in given:
        if not isinstance(each, (int, float, np.number)) or not 0 < each < 1:
            raise InvalidInput(f"quantiles must be shares between 0 and 1, such as (0.1, 0.5, 0.9), got {each!r}.")
    return tuple(sorted({float(each) for each in given}))
