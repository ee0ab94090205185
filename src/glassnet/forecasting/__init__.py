"""Forecasts of time series: what follows after the past that is known."""

from glassnet.forecasting.backtest import Backtest
from glassnet.forecasting.forecaster import Forecaster
from glassnet.forecasting.linear import LinearForecaster
from glassnet.forecasting.networks.counts import CountForecaster
from glassnet.forecasting.networks.mlp import MLPForecaster
from glassnet.forecasting.networks.tide import TiDEForecaster
from glassnet.forecasting.seasonal_naive import SeasonalNaive
from glassnet.forecasting.shown.explaining import ForecastExplanation

__all__ = [
    "Backtest",
    "CountForecaster",
    "ForecastExplanation",
    "Forecaster",
    "LinearForecaster",
    "MLPForecaster",
    "SeasonalNaive",
    "TiDEForecaster",
]
