"""What a forecaster chooses among: a model, the scale on which it sees values, and maps for all or for each series."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np

from glassnet.forecasting.linear import LinearForecaster
from glassnet.forecasting.networks.counts import CountForecaster
from glassnet.forecasting.networks.covariates import Covariates
from glassnet.forecasting.networks.mlp import MLPForecaster
from glassnet.forecasting.networks.network_forecaster import NetworkForecaster
from glassnet.forecasting.networks.tide import TiDEForecaster
from glassnet.forecasting.values import Series
from glassnet.formulas.elementary import Array

COUNTS = "counts"
NETWORKS: dict[str, type[NetworkForecaster]] = {
    "mlp": MLPForecaster,
    "tide": TiDEForecaster,
    COUNTS: CountForecaster,
}
MODELS = ("seasonal naive", "linear", *NETWORKS)
BOX_COX = "box-cox"
POWERS = (0.25, 0.5, 0.75)  # λ that are tried between logarithms (0) and the values themselves (1)


class Scale(NamedTuple):
    """A function of the values on which a model adds things up, and back."""

    of: Callable[[Array], Array]
    back: Callable[[Array], Array]


def box_cox(power: float) -> Scale:
    """z = ((1 + y)^λ − 1) / λ, and back: y = (1 + λ z)^(1/λ) − 1, not below −1 (Box and Cox 1964).

    As λ goes to 0, z goes to log(1 + y); with λ = 1, z is y.

    >>> scale = box_cox(0.5)
    >>> scale.of(np.array([0.0, 3.0, 8.0])), scale.back(np.array([0.0, 2.0, 4.0]))
    (array([0., 2., 4.]), array([0., 3., 8.]))
    """
    return Scale(
        lambda y: ((1 + y) ** power - 1) / power,
        lambda z: np.maximum(1 + power * z, 0.0) ** (1 / power) - 1,
    )


SCALES = {
    "as they are": Scale(lambda y: y, lambda z: z),
    "log": Scale(np.log1p, np.expm1),
    **{f"{BOX_COX} {power:g}": box_cox(power) for power in POWERS},
}


def power_of(scale: str) -> float | None:
    """λ of a scale of Box and Cox; None for another scale.

    >>> power_of("box-cox 0.25"), power_of("log")
    (0.25, None)
    """
    return float(scale.split()[-1]) if scale.startswith(BOX_COX) else None


@dataclass(frozen=True)
class Candidate:
    """A model that may be chosen; with `of`, the mean of what several of them say.

    >>> print(Candidate("linear", "log", "apart"))
    linear, of logarithms, a map for each series
    >>> print(Candidate("mean", of=(Candidate("linear"), Candidate("seasonal naive"))))
    mean of (linear) and (seasonal naive)
    """

    model: str
    scale: str = "as they are"
    channels: str = "shared"
    of: tuple["Candidate", ...] = ()

    def __str__(self) -> str:
        if self.of:
            return f"mean of {' and '.join(f'({each})' for each in self.of)}"
        words = [self.model]
        if self.scale == "log":
            words.append("of logarithms")
        elif self.scale.startswith(BOX_COX):
            words.append(f"of values to the power {self.scale.removeprefix(BOX_COX).strip()}")
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

    @property
    def sees_columns(self) -> bool:
        """Whether it sees more than the past."""
        return bool(self.network.standard.mean.size)

    def after(self, past: Array, k: int) -> Array:
        """Forecasts (n, horizon) after pasts (n, lookback), where nothing is known beside them."""
        return self.network.after(past)


def learned(
    candidate: Candidate, series: Series, horizon: int, season: int, beside: Covariates, like: object = None
) -> Model:
    """A candidate that has learned from series; with the settings of an earlier one if that is given.

    Networks see what is `beside` the series as well.
    """
    if candidate.model == "seasonal naive":
        return Repeating(horizon, season)
    if candidate.model in NETWORKS:
        known = like.network.lookback if isinstance(like, OfNetwork) else None
        network = NETWORKS[candidate.model](horizon, known, season=season, seed=0)
        return OfNetwork(network.learn(series, None, beside))
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
