"""What a forecaster chooses among: a model, the scale on which it sees values, and maps for all or for each series."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np

from glassnet.forecasting.linear import LinearForecaster
from glassnet.forecasting.networks.mlp import MLPForecaster
from glassnet.forecasting.networks.network_forecaster import NetworkForecaster
from glassnet.forecasting.networks.tide import TiDEForecaster
from glassnet.forecasting.values import Series
from glassnet.formulas.elementary import Array

NETWORKS: dict[str, type[NetworkForecaster]] = {"mlp": MLPForecaster, "tide": TiDEForecaster}
MODELS = ("seasonal naive", "linear", *NETWORKS)


class Scale(NamedTuple):
    """A function of the values on which a model adds things up, and back."""

    of: Callable[[Array], Array]
    back: Callable[[Array], Array]


SCALES = {"as they are": Scale(lambda y: y, lambda z: z), "log": Scale(np.log1p, np.expm1)}


@dataclass(frozen=True)
class Candidate:
    """A model that may be chosen.

    >>> print(Candidate("linear", "log", "apart"))
    linear, of logarithms, a map for each series
    """

    model: str
    scale: str = "as they are"
    channels: str = "shared"

    def __str__(self) -> str:
        words = [self.model, *(["of logarithms"] if self.scale == "log" else [])]
        return ", ".join([*words, *(["a map for each series"] if self.channels == "apart" else [])])


class Model(Protocol):
    """What has learned from series, and continues pasts."""

    @property
    def lookback(self) -> int:
        """How many steps of the past it sees."""

    def after(self, past: Array, k: int) -> Array:
        """Forecasts (n, horizon) of series k after pasts (n, lookback)."""


@dataclass(frozen=True)
class Repeating:
    """The last season once more."""

    horizon: int
    season: int

    @property
    def lookback(self) -> int:
        """A season."""
        return self.season

    def after(self, past: Array, k: int) -> Array:
        """ŷ_{t+h} = y_{t+h−m⌈h/m⌉} for each past (n, m)."""
        return past[:, np.arange(self.horizon) % self.season - self.season]


@dataclass(frozen=True, eq=False)
class OfNetwork:
    """A network that has learned from all series."""

    network: NetworkForecaster

    @property
    def lookback(self) -> int:
        """How many steps of the past it sees."""
        return self.network.lookback

    def after(self, past: Array, k: int) -> Array:
        """Forecasts (n, horizon) after pasts (n, lookback)."""
        return self.network.predict(past[:, :, None])[:, :, 0]


def learned(candidate: Candidate, series: Series, horizon: int, season: int, like: Model | None = None) -> Model:
    """A candidate that has learned from series; with the settings of an earlier one if that is given."""
    if candidate.model == "seasonal naive":
        return Repeating(horizon, season)
    if candidate.model in NETWORKS:
        known = like.network.lookback if isinstance(like, OfNetwork) else None
        return OfNetwork(NETWORKS[candidate.model](horizon, known, season=season, seed=0).fit([*series]))
    settings = {"season": season, "channels": candidate.channels, "gaps": "carry"}
    if isinstance(like, LinearForecaster):
        best = like.fitted()
        model = LinearForecaster(
            horizon,
            best.lookback,
            penalty=best.penalty,
            normalization=best.normalization,
            **settings,  # type: ignore[arg-type]
        )
    else:
        model = LinearForecaster(horizon, normalization=("centered", "standardized"), **settings)  # type: ignore[arg-type]
    return model.fit([*series])
