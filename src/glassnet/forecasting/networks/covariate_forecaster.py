"""Networks for arrays that may also see columns beside the target, and learn quantiles."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Self, Unpack

import numpy as np

from glassnet.calls import answered, with_settings
from glassnet.errors import InvalidInput
from glassnet.forecasting.dated.effects import effects_of
from glassnet.forecasting.networks.covariates import Covariates
from glassnet.forecasting.networks.gathering import Gathered
from glassnet.forecasting.networks.network_forecaster import NetworkForecaster
from glassnet.forecasting.networks.past import Past, scales_of
from glassnet.forecasting.networks.reading_covariates import (
    Beside,
    columns_beside,
    columns_of,
    covariates_of,
    static_of,
)
from glassnet.forecasting.networks.settings import DEFAULTS, NetworkSettings
from glassnet.forecasting.pasts import latest_of, pasts_of
from glassnet.forecasting.values import Series, Values, joined, series_of
from glassnet.forecasting.windows import Windows
from glassnet.formulas.elementary import Array
from glassnet.formulas.losses import Loss, Quantile


@answered
class CovariateForecaster(NetworkForecaster):
    """A network on standardised pasts and on columns beside them.

    What the columns of a step add to it is first found by ridge regression, the same β at every step (see
    `dated/effects.py`), and taken off; the network sees what remains, and all columns of its window.
    """

    @with_settings(NetworkSettings, DEFAULTS)
    def __init__(
        self,
        horizon: int,
        lookback: int | Sequence[int] | None = None,
        *,
        quantiles: Sequence[float] = (),
        **settings: Unpack[NetworkSettings],
    ):
        super().__init__(horizon, lookback, **settings)
        self.quantiles = checked_quantiles(quantiles)
        self.covariates = Covariates.none(1)
        self.effects = np.zeros((0, 0))
        self.n_past, self.latest = 0, list[Array]()

    @property
    def n_outputs(self) -> int:
        """A number for each step of the horizon, and of each step for each quantile in turn."""
        return self.horizon * max(1, len(self.quantiles))

    @property
    def loss(self) -> Loss:
        """The squared error, or the quantile loss where quantiles are asked for."""
        return Quantile(self.quantiles) if self.quantiles else super().loss

    def gathered(self, windows: Windows, past: Past) -> Gathered:
        """Windows as rows: a squared error counts as the square of the scale, a quantile loss as the scale."""
        beside = past.covariates.as_seen(self.standard)
        return Gathered(windows, past.scales, self.skip, 1 if self.quantiles else 2, beside)

    def offsets(self, gathered: Gathered) -> Array:
        """The quantiles of what the linear map leaves, (outputs,); 0 where only the forecast is asked for."""
        if not self.quantiles:
            return super().offsets(gathered)
        return np.quantile(gathered.spaced(np.dtype(np.float64)).y, self.quantiles, axis=0).T.ravel()

    def fit(
        self,
        values: Values,
        validation: Values | None = None,
        *,
        past: Beside = None,
        future: Beside = None,
        static: Any = None,
    ) -> Self:
        """Learn from values (steps, channels), or from a sequence of series (steps,) of different lengths.

        Parameters
        ----------
        values
            What is learned from.
        validation
            The steps that follow: the settings of the linear map and the epoch are chosen on these, and nothing else is
            learned from them. Without it, the last fifth of `values` chooses the epoch, and then the network is trained
            anew on all of them, for as many epochs.
        past, future
            Columns beside the values, for all their steps and those of `validation`: an array (steps, columns) for all
            series or (steps, series, columns), or a sequence of an array (steps, columns) for each. `past` ones are
            known no further than the values, `future` ones are known ahead.
        static
            Columns (series, columns) that never change within a series.

        Raises InvalidInput for series that are too short, and for columns of other lengths or with gaps.
        """
        known = series_of(values)
        later = None if validation is None else series_of(validation, "validation")
        lengths = [len(each) for each in (known if later is None else joined(known, later))]
        covariates = covariates_of(past, future, static, lengths, self.horizon)
        self.latest = [each[-self.horizon :] for each in columns_of(past, "past", lengths)]
        self.n_past = self.latest[0].shape[1] if self.latest else 0
        self.effects = self.effects_on(known, covariates)
        remain = covariates.remains(known, self.effects)
        if later is not None:
            after = tuple(each[len(z) :] for each, z in zip(covariates.known, known, strict=bool(covariates.known)))
            later = replace(covariates, known=after).remains(later, self.effects)
        self.covariates = covariates
        return self.learn(remain, later, covariates)

    def effects_on(self, known: Series, covariates: Covariates) -> Array:
        """What the columns of a step add to each series: β (series, columns)."""
        if not covariates.known:
            return np.zeros((len(known), 0))
        scales = scales_of(known)
        columns = [each[: len(z)] for each, z in zip(covariates.known, known, strict=True)]
        return scales[:, None] * effects_of(known, columns, scales.tolist(), self.season)

    def predict(self, windows: Array, *, past: Any = None, future: Any = None, static: Any = None) -> Array:
        """Forecasts (n, horizon, channels) after each of the pasts (n, at least `lookback` steps, channels).

        Parameters
        ----------
        windows
            The pasts.
        past, future
            The columns that `fit` was given: (n, steps, columns), or (n, steps, channels, columns), of at least
            `lookback` + `horizon` steps, the last of which count. `past` ones end where the windows end, `future` ones
            a horizon later.
        static
            Columns (channels, columns) that never change; None (default) for those of `fit`.

        Raises InvalidInput for windows that are too short or have gaps, and for columns of other shapes.
        """
        return self.outputs(windows, past, future, static)[..., self.middle]

    def predict_quantiles(self, windows: Array, *, past: Any = None, future: Any = None, static: Any = None) -> Array:
        """Quantiles (n, horizon, channels, quantiles) after each of the pasts (n, at least `lookback` steps, channels).

        `past`, `future` and `static` as for `predict`. Raises InvalidInput for a forecaster without quantiles.
        """
        self.fitted()
        if not self.quantiles:
            raise InvalidInput(f"{type(self).__name__} has learned the forecast alone: say quantiles=(0.1, 0.5, 0.9).")
        return self.outputs(windows, past, future, static)

    @property
    def middle(self) -> int:
        """Which of the quantiles is nearest to the median."""
        return int(np.argmin(np.abs(np.array(self.quantiles or (0.5,)) - 0.5)))

    def outputs(self, windows: Array, past: Any, future: Any, static: Any) -> Array:
        """Forecasts (n, horizon, channels, quantiles) after pasts, with what columns add to them."""
        self.fitted()
        found = pasts_of(windows, self.lookback)
        n, lookback, channels = found.shape
        columns = self.columns_around((n, channels), past, future)
        rows = self.static_rows(static, channels).repeat(n, axis=0).reshape(channels, n, -1).transpose(1, 0, 2)
        added = np.einsum("nktm,km->nkt", columns, self.effects) if self.n_known else np.zeros(1)
        z = found.transpose(0, 2, 1) - added[..., :lookback]
        seen = self.seen_beside(n * channels, flat(columns), flat(rows))
        ahead = self.outputs_after(z.reshape(n * channels, lookback), seen).reshape(n, channels, self.horizon, -1)
        return (ahead + (added[..., lookback:, None] if self.n_known else 0.0)).transpose(0, 2, 1, 3)

    def columns_around(self, shape: tuple[int, int], past: Any, future: Any) -> Array:
        """The columns (n, channels, lookback + horizon, columns) of windows and of the steps ahead."""
        steps = self.lookback + self.horizon
        if self.n_known and shape[1] != len(self.effects):
            raise InvalidInput(
                f"windows must have {len(self.effects)} channels, the series of fit, as columns add to each in its "
                f"own units; got {shape[1]}."
            )
        return np.concatenate(
            [
                columns_beside(future, "future", shape, steps, self.n_known - self.n_past),
                columns_beside(past, "past", shape, steps, self.n_past),
            ],
            axis=3,
        )

    def static_rows(self, static: Any, channels: int) -> Array:
        """The static columns (channels, columns) of windows."""
        n_static = self.covariates.n_static
        found = self.covariates.static if static is None else static_of(static, channels)
        if n_static and found.shape != (channels, n_static):
            raise InvalidInput(f"predict needs static=, an array ({channels} channels, {n_static} columns).")
        return found if n_static else np.empty((channels, 0))

    def forecast(self, *, future: Beside = None) -> Array:
        """What follows after the series of `fit` (and the validation that followed them): (horizon, channels).

        `future` holds the columns of the steps ahead, with `horizon` steps and otherwise as in `fit`.
        """
        self.fitted()
        k, horizon, lookback = len(self.series), self.horizon, self.lookback
        remain = latest_of(self.series, lookback)
        ahead = np.empty((k, horizon, 0))
        if self.n_known > self.n_past:
            if future is None:
                raise InvalidInput(f"forecast needs future=, the columns of the {horizon} steps ahead.")
            ahead = np.stack(columns_of(future, "future", [horizon] * k))
        late = np.stack(self.latest) if self.n_past else np.empty((k, horizon, 0))
        ahead = np.concatenate([ahead, late], axis=2)
        within = [each[-lookback:] for each in self.covariates.known] or np.empty((k, lookback, 0))
        columns = np.concatenate([np.stack([*within]), ahead], axis=1)
        seen = self.seen_beside(k, columns, self.static_rows(None, k))
        found = self.outputs_after(remain, seen)[:, :, self.middle]
        return (found + np.einsum("ktm,km->kt", ahead, self.effects)).T if self.n_known else found.T


def flat(values: Array) -> Array:
    """An array (n, channels, …) with a row for each channel of each window."""
    return values.reshape(values.shape[0] * values.shape[1], *values.shape[2:])


def checked_quantiles(quantiles: Sequence[float]) -> tuple[float, ...]:
    """Shares between 0 and 1 in ascending order, or none."""
    given = [quantiles] if isinstance(quantiles, (int, float, np.number)) else [*quantiles]
    for each in given:
        if not isinstance(each, (int, float, np.number)) or not 0 < each < 1:
            raise InvalidInput(f"quantiles must be shares between 0 and 1, such as (0.1, 0.5, 0.9), got {each!r}.")
    return tuple(sorted({float(each) for each in given}))
