"""What the forecasters by networks share: how they are fitted, and how they are asked."""

from abc import abstractmethod
from collections.abc import Sequence
from math import ceil
from typing import Any, Self, Unpack

import numpy as np

from glassnet.calls import answered, with_settings
from glassnet.engine.selection import check_engine
from glassnet.errors import InvalidInput
from glassnet.forecasting.linear import LinearForecaster
from glassnet.forecasting.networks.covariates import Covariates, Standard
from glassnet.forecasting.networks.gathering import Gathered, Rows
from glassnet.forecasting.networks.past import Past, moves, scales_of, without_the_end
from glassnet.forecasting.networks.settings import DEFAULTS, NetworkSettings
from glassnet.forecasting.networks.skip import Skip
from glassnet.forecasting.networks.standardizing import standardized
from glassnet.forecasting.values import Series, joined
from glassnet.forecasting.windows import Windows
from glassnet.formulas.elementary import Array
from glassnet.formulas.losses import Loss, SquaredError
from glassnet.formulas.update_rules import AdamW
from glassnet.layers.dropout import Dropout
from glassnet.layers.layer import Layer
from glassnet.network import Network
from glassnet.training.history import History
from glassnet.training.inputs.checks import check_seed, check_whole
from glassnet.training.stopping import EarlyStopping


@answered
class NetworkForecaster:
    """A network on standardised pasts that begins as the linear map of `LinearForecaster`."""

    @with_settings(NetworkSettings, DEFAULTS)
    def __init__(self, horizon: int, lookback: int | Sequence[int] | None = None, **settings: Unpack[NetworkSettings]):
        given = NetworkSettings(**(DEFAULTS | settings))
        self.linear = LinearForecaster(horizon, lookback, penalty=given["penalty"], season=given["season"])
        self.horizon, self.season = self.linear.horizon, self.linear.season
        self.units, self.blocks = check_whole(given["units"], "units"), check_whole(given["blocks"], "blocks")
        self.dropout = Dropout(given["dropout"])
        self.optimizer = AdamW(given["learning_rate"], weight_decay=given["weight_decay"])
        self.batch_size = check_whole(given["batch_size"], "batch_size")
        self.epochs, self.patience = check_whole(given["epochs"], "epochs"), check_whole(given["patience"], "patience")
        self.averaged = check_whole(given["averaged"], "averaged", low=0)
        self.engine, seed = check_engine(given["engine"]), given["seed"]
        self.seed = check_seed(int(np.random.default_rng().integers(2**32)) if seed is None else seed)
        self.network: Network | None = None
        self.skip: Skip | None = None
        self.standard = Standard.over(Covariates.none(1))
        self.n_known = 0
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
    def n_inputs(self) -> int:
        """How many numbers the network sees: a past, the columns of a window, and those that never change."""
        lookback, n_static = self.linear.lookback, len(self.standard.mean) - self.n_known
        return lookback + self.n_known * (lookback + self.horizon) + n_static

    @property
    def loss(self) -> Loss:
        """What is learned by: the squared error."""
        return SquaredError()

    def learn(self, known: Series, later: Series | None, covariates: Covariates) -> Self:
        """Learn from series, which `later` ones continue; columns beside them cover both."""
        scales, whole = scales_of(known), tuple(map(len, known))
        if later is not None:
            self.choose(Past(joined(known, later), whole, scales, covariates), "validation")
        else:
            end = without_the_end(known, min(self.linear.lookbacks or [self.horizon]), self.horizon)
            self.choose(Past(known, end, scales, covariates))
            self.train_on_all(Past(known, whole, scales, covariates))
        return self

    def choose(self, past: Past, held_out: str = "") -> None:
        """Solve for the linear map, and train the network as long as that helps on the steps that are held out."""
        self.linear.fit(past.scaled(past.known), past.scaled(past.later) if held_out else None)
        windows = past.held_out(self.linear.lookback, self.horizon)
        if not windows.n:
            raise InvalidInput(f"{held_out or 'the last fifth of the past'} holds no {self.horizon} steps in a row.")
        gathered = self.started(past)
        network, rows = self.fitted(), self.gathered(windows, past).spaced(self.fitted().dtype)
        self.series, self.best_epoch, self.errors = past.series, 0, (0.0, 0.0)
        if not rows.weights.any() or not any(moves(each) for each in past.known):
            return  # nothing can be learned of series that never move: the linear map keeps their level
        at_first, parameters = self.error(rows), network.parameters.copy()
        self.history = self.trained(gathered, self.epochs, rows)
        self.errors = at_first, self.error(rows)
        self.best_epoch = int(self.history.about["best_epoch"])
        if self.errors[1] >= at_first:
            network.parameters[...], self.best_epoch = parameters, 0

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
        self.standard, self.n_known = Standard.over(past.covariates.until(past.end)), past.covariates.n_known
        self.network = Network(self.layers(self.linear.lookback), engine=self.engine).build(
            self.n_inputs, seed=self.seed
        )
        windows = past.windows(self.linear.lookback, self.horizon)
        self.begin(self.network, skip, self.offsets(Gathered(windows, past.scales, skip)))
        self.skip = self.beside(skip)
        return self.gathered(windows, past)

    def gathered(self, windows: Windows, past: Past) -> Gathered:
        """Windows as rows: a squared error counts as the square of the scale."""
        return Gathered(windows, past.scales, self.skip, covariates=past.covariates.as_seen(self.standard))

    def offsets(self, gathered: Gathered) -> Array:
        """What is added to the linear map at first, (outputs,)."""
        return np.zeros(self.horizon)

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

    def after(self, past: Array, columns: Array | None = None, static: Array | None = None) -> Array:
        """Forecasts (n, horizon) after pasts (n, lookback) of whichever series: one network knows them all.

        Beside them are columns (n, lookback + horizon, columns) and those that never change (n, columns), if there are.
        """
        return self.outputs_after(past, self.seen_beside(len(past), columns, static))[:, :, 0]

    def seen_beside(self, n: int, columns: Array | None, static: Array | None) -> Array:
        """Columns beside pasts as the network sees them, (n, inputs)."""
        parts = []
        if columns is not None and self.n_known:
            parts.append(self.standard.of(columns, slice(0, self.n_known)).transpose(0, 2, 1).reshape(n, -1))
        if static is not None and len(self.standard.mean) > self.n_known:
            parts.append(self.standard.of(static, slice(self.n_known, None)))
        return np.concatenate(parts, axis=1) if parts else np.empty((n, 0))

    def outputs_after(self, past: Array, beside: Array) -> Array:
        """Forecasts (n, horizon, quantiles) after pasts (n, lookback), the quantiles of a step in ascending order."""
        seen, network = standardized(past), self.fitted()
        inputs = np.concatenate([seen.inputs, beside], axis=1)
        outputs = network.predict(inputs.astype(network.dtype)).astype(np.float64)
        outputs = outputs.reshape(len(past), self.horizon, -1)
        if self.skip is not None:
            outputs += self.skip.of(seen.inputs)[:, :, None]
        flat = seen.forecasts(outputs.reshape(len(past), -1))
        return np.sort(flat.reshape(outputs.shape), axis=2)

    def __repr__(self) -> str:
        name = type(self).__name__
        if self.network is None:
            return f"{name}(horizon={self.horizon})"
        return (
            f"{name}(horizon={self.horizon}, lookback={self.lookback}, units={self.units}, blocks={self.blocks}, "
            f"best_epoch={self.best_epoch})"
        )
