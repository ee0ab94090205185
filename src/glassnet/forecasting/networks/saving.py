"""A forecaster by a network as arrays and a JSON description, and back."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.forecasting.choosing import Choice, Setting
from glassnet.forecasting.networks.counts import CountForecaster
from glassnet.forecasting.networks.covariate_forecaster import CovariateForecaster
from glassnet.forecasting.networks.covariates import Standard
from glassnet.forecasting.networks.network_forecaster import NetworkForecaster
from glassnet.forecasting.networks.skip import Skip
from glassnet.formulas.elementary import Array
from glassnet.formulas.losses import Loss
from glassnet.network import Network

LINEAR, NETWORK, BESIDE = "map", "network.", "beside"  # what the arrays are called


def arrays_of(model: NetworkForecaster) -> dict[str, Array]:
    """The linear map that the network began with, and its parameters."""
    parts = {f"{NETWORK}{name}": array for name, array in model.fitted().arrays.items()}
    standard = {f"{BESIDE}.{name}": each for name, each in model.standard._asdict().items() if each.size}
    return {LINEAR: model.linear.maps[0], **parts, **standard}


def described(model: NetworkForecaster) -> dict[str, Any]:
    """What its arrays do not say."""
    return {
        "network": model.fitted().describe(),
        "setting": model.linear.fitted()._asdict(),
        "units": model.units,
        "blocks": model.blocks,
        "best_epoch": model.best_epoch,
        "seed": model.seed,
        "quantiles": [*model.quantiles] if isinstance(model, CovariateForecaster) else [],
        "n_known": model.n_known,
        "loss": model.loss.describe() if isinstance(model, CountForecaster) else None,
    }


def forecaster_of(
    kind: type[NetworkForecaster], arrays: Mapping[str, Array], about: Mapping[str, Any], horizon: int, season: int
) -> NetworkForecaster:
    """The forecaster again; it forecasts, but knows neither the series nor the history of its training."""
    setting = Setting(**about["setting"])
    settings = {name: about[name] for name in ("units", "blocks", "seed")}
    if about["loss"] is None:
        settings["quantiles"] = about["quantiles"]
    else:
        settings["loss"] = Loss.from_description(about["loss"])
    model = kind(horizon, setting.lookback, penalty=setting.penalty, season=season, **settings)
    if f"{BESIDE}.mean" in arrays:
        model.standard = Standard(*(np.array(arrays[f"{BESIDE}.{name}"]) for name in Standard._fields))
        model.n_known = int(about["n_known"])
        check_columns(model)
    model.linear.maps, model.linear.choices = (np.array(arrays[LINEAR]),), (Choice(setting, np.nan),)
    own = {name.removeprefix(NETWORK): array for name, array in arrays.items() if name.startswith(NETWORK)}
    if own["0.W"].shape[0] != model.n_inputs:
        raise InvalidInput(f"the network takes {own['0.W'].shape[0]} inputs, expected {model.n_inputs}.")
    model.network = Network.from_description(about["network"], own)
    model.skip, model.best_epoch = model.beside(Skip.of_centered(model.linear.maps[0])), int(about["best_epoch"])
    return model


def check_columns(model: NetworkForecaster) -> None:
    """Refuse means and spreads of columns that do not fit each other."""
    mean, spread = model.standard
    if mean.ndim != 1 or mean.shape != spread.shape or not (spread > 0).all() or not 0 <= model.n_known <= len(mean):
        raise InvalidInput("the means and spreads of columns must be as many, and spreads above 0.")
