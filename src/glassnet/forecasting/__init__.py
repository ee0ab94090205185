"""Forecasts of time series: what follows after the past that is known."""

from glassnet.forecasting.linear import LinearForecaster
from glassnet.forecasting.seasonal_naive import SeasonalNaive

__all__ = ["LinearForecaster", "SeasonalNaive"]
