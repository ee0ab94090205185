"""The settings that all forecasters by networks share: what the map they begin with is, and how they are trained."""

from collections.abc import Sequence
from typing import TypedDict

from glassnet.forecasting.linear import PENALTIES


class NetworkSettings(TypedDict, total=False):
    """The keyword arguments of all forecasters by networks; `TiDEForecaster` explains them."""

    penalty: float | Sequence[float]
    season: int
    units: int
    blocks: int
    dropout: float
    learning_rate: float
    weight_decay: float
    averaged: int
    batch_size: int
    epochs: int
    patience: int
    seed: int | None
    engine: str


DEFAULTS = NetworkSettings(
    penalty=PENALTIES,
    season=1,
    units=64,
    blocks=1,
    dropout=0.5,
    learning_rate=1e-4,
    weight_decay=0.01,
    averaged=4,
    batch_size=256,
    epochs=50,
    patience=4,
    seed=None,
    engine="auto",
)
