"""
Forecasting hourly demand
=========================

A series with a course of the day, one of the week and a slow rise; the last month is held out. The
linear forecaster and seasonal naive forecast two days from each of its hours.
"""

import numpy as np

import glassnet as gn
from glassnet.forecasting import LinearForecaster, SeasonalNaive

hours = np.arange(24 * 150)
day, week = 10 * np.sin(2 * np.pi * hours / 24), 5 * np.sin(2 * np.pi * hours / 168)
noise = np.random.default_rng(0).normal(0, 1.5, len(hours))
demand = 100 + hours / 200 + day + week * (1 + day / 20) + noise

known, later = demand[: -24 * 30], demand[-24 * 30 :]
model = LinearForecaster(horizon=48, lookback=336, season=24).fit(known)
naive = SeasonalNaive(horizon=48, season=24)
windows = np.lib.stride_tricks.sliding_window_view(demand[-24 * 30 - 336 :], 336 + 48)[:, :, None]
past, truth = windows[:, :336], windows[:, 336:]
forecasts = model.predict(past)

# %%
# History and forecast, with bands that held 80 and 95 % of the errors at each step in the first half
# of the month.
half = len(past) // 2
gaps = np.abs(truth[:half] - forecasts[:half])[:, :, 0]
ahead = forecasts[-1, :, 0]
bands = {share: np.quantile(gaps, share, axis=0) for share in (0.8, 0.95)}
intervals = {share: (ahead - band, ahead + band) for share, band in bands.items()}
figure = gn.pictures.forecast(past[-1, :, 0], ahead, "demand", truth=truth[-1, :, 0], intervals=intervals, shown=144)

# %%
# The further ahead, the larger the error. The naive forecast repeats the last day.
figure = gn.pictures.forecast_errors(truth, {"linear": forecasts, "seasonal naive": naive.predict(past)})

# %%
# Forecasts from earlier origins, two days apart, over what came.
begin = len(demand) - 24 * 30
folds = {begin + k: forecasts[k, :, 0] for k in range(0, 24 * 8, 48)}
figure = gn.pictures.forecast_folds(demand, folds, "demand")

# %%
# One step ahead, nothing should be left that the past tells.
figure = gn.pictures.forecast_residuals(truth[:, 0, 0], forecasts[:, 0, 0], "demand")

# %%
# The course of a day.
figure = gn.pictures.seasonal_profile(demand, 24, "demand")

# %%
# The weights of the map: stripes a day and a week apart.
figure = gn.pictures.linear_map(model.maps[0], 24, lookback=336)
