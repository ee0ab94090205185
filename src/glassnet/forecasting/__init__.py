"""Forecasts of time series: what follows after the past that is known."""

from glassnet.forecasting.forecaster import Forecaster
from glassnet.forecasting.linear import LinearForecaster
from glassnet.forecasting.networks.mlp import MLPForecaster
from glassnet.forecasting.networks.tide import TiDEForecaster
from glassnet.forecasting.seasonal_naive import SeasonalNaive

__all__ = ["Forecaster", "LinearForecaster", "MLPForecaster", "SeasonalNaive", "TiDEForecaster"]
