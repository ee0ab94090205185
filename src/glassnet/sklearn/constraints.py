"""The allowed values of each estimator parameter, in the form that scikit-learn checks."""

from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.utils._param_validation import Interval, Options, StrOptions

from glassnet.formulas.activations import Activation
from glassnet.formulas.losses import Loss
from glassnet.formulas.schedules import Schedule
from glassnet.sklearn.architecture import SAME
from glassnet.training.metrics import Metric

LOSSES = ("squared_error", "poisson", "absolute_error", "huber", "quantile", "log_cosh")


def within(kind: type, low: float | None, high: float | None, closed: str) -> Any:
    """Numbers of an interval."""
    return Interval(kind, low, high, closed=closed)


CONSTRAINTS: Mapping[str, list[Any]] = {
    "hidden_layer_sizes": ["array-like", within(Integral, 1, None, "left")],
    "activation": [StrOptions({*SAME, *Activation.registry}), Activation, "array-like"],
    "solver": [StrOptions({"lbfgs", "sgd", "adam"})],
    "alpha": [within(Real, 0, None, "left")],
    "batch_size": [StrOptions({"auto"}), within(Integral, 1, None, "left")],
    "learning_rate": [StrOptions({"constant", "invscaling", "adaptive"})],
    "learning_rate_init": [within(Real, 0, None, "neither"), Schedule],
    "power_t": [within(Real, 0, None, "left")],
    "max_iter": [within(Integral, 1, None, "left")],
    "shuffle": ["boolean"],
    "random_state": ["random_state"],
    "tol": [within(Real, 0, None, "left")],
    "verbose": ["verbose"],
    "warm_start": ["boolean"],
    "momentum": [within(Real, 0, 1, "both")],
    "nesterovs_momentum": ["boolean"],
    "early_stopping": ["boolean"],
    "validation_fraction": [within(Real, 0, 1, "left")],
    "beta_1": [within(Real, 0, 1, "left")],
    "beta_2": [within(Real, 0, 1, "left")],
    "epsilon": [within(Real, 0, None, "neither")],
    "n_iter_no_change": [within(Integral, 1, None, "left"), Options(Real, {np.inf})],
    "max_fun": [within(Integral, 1, None, "left")],
    "dropout": [within(Real, 0, 1, "left"), Schedule, "array-like"],
    "normalization": [StrOptions({"batch", "layer"}), None],
    "weight_decay": [within(Real, 0, None, "left"), Schedule],
    "validation_metric": [str, Metric, None],
}
OF_CLASSES: Mapping[str, list[Any]] = {"class_weight": [StrOptions({"balanced"}), dict, list, None]}
OF_NUMBERS: Mapping[str, list[Any]] = {"loss": [StrOptions(set(LOSSES)), Loss]}
