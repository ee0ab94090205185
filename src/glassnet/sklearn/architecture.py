"""From an estimator's parameters to layers: activations by scikit-learn's or glassnet's names, drawn as there."""

from collections.abc import Sequence
from numbers import Integral
from typing import Any

import numpy as np

from glassnet.errors import InvalidInput, brief
from glassnet.formulas.activations import Activation
from glassnet.formulas.initializers import Uniform
from glassnet.formulas.schedules import Schedule
from glassnet.layers.activation import Activation as Activate
from glassnet.layers.dense import Dense
from glassnet.layers.dropout import Dropout
from glassnet.layers.layer import Layer
from glassnet.layers.normalization import BatchNorm, LayerNorm
from glassnet.sklearn.parameter_types import Activations, Estimator, Sizes

SAME = {"identity": "linear", "logistic": "sigmoid", "exp": "exponential"}  # other names for the same formulas
NORMS: dict[str | None, type[BatchNorm] | type[LayerNorm]] = {"batch": BatchNorm, "layer": LayerNorm}


def their_name(f: Activation) -> str:
    """The name of an activation as scikit-learn says it."""
    return {ours: theirs for theirs, ours in SAME.items()}.get(f.name, f.name)


def sizes_of(given: Sizes) -> list[int]:
    """The numbers of hidden units; one number stands for one layer."""
    sizes = list(given) if hasattr(given, "__iter__") else [given]
    if not all(isinstance(size, Integral) and not isinstance(size, bool) for size in sizes):
        raise InvalidInput(f"hidden_layer_sizes must be whole numbers, one for each hidden layer, got {sizes}.")
    if any(size <= 0 for size in sizes):
        raise ValueError(f"hidden_layer_sizes must be > 0, got {sizes}.")  # scikit-learn's sentence
    return [int(size) for size in sizes]


def each(given: Any, n: int, name: str) -> list[Any]:
    """One value for each of n hidden layers, from one for all or a list of them."""
    if isinstance(given, str) or not hasattr(given, "__len__"):
        return [given] * n
    if len(given) != n:
        raise InvalidInput(f"{name} must have one entry for each of the {n} hidden layers, got {brief(list(given))}.")
    return list(given)


def activation_of(given: str | Activation) -> Activation:
    """An activation by either name, or as an object."""
    return Activation.of(SAME.get(given, given) if isinstance(given, str) else given)


def dense(n_inputs: int, units: int, f: Activation, drawn_for: Activation, weight_decay: float | Schedule) -> Dense:
    """A layer whose weights and biases are drawn from U(−l, l), l = √(6 / (n_inputs + units)), for σ √(2 / …).

    Glorot and Bengio 2010, eq. 16. `drawn_for` is the activation that decides.
    """
    limit = float(np.sqrt((2 if drawn_for.name == "sigmoid" else 6) / (n_inputs + units)))
    law = Uniform(-limit, limit)
    return Dense(units, f, weights=law, biases=law, weight_decay=weight_decay or None)


def layers_of(parameters: Estimator, n_inputs: int, n_outputs: int, output: str) -> list[Layer]:
    """The layers that an estimator's parameters describe, the output layer with the activation `output`."""
    sizes = sizes_of(parameters.hidden_layer_sizes)
    fs = [activation_of(f) for f in each(parameters.activation, len(sizes), "activation")]
    rates = each(parameters.dropout, len(sizes), "dropout")
    decay, norm = parameters.weight_decay, NORMS.get(parameters.normalization)
    layers: list[Layer] = []
    for units, f, rate in zip(sizes, fs, rates, strict=True):
        if norm is None:
            layers.append(dense(n_inputs, units, f, f, decay))
        else:
            layers += [dense(n_inputs, units, Activation.of("linear"), f, decay), norm(), Activate(f)]
        layers += [Dropout(rate)] if not isinstance(rate, (int, float)) or rate else []
        n_inputs = units
    last = Activation.of(output)
    return [*layers, dense(n_inputs, n_outputs, last, deciding(parameters.activation, fs), decay)]


def deciding(given: Activations, fs: Sequence[Activation]) -> Activation:
    """The activation that decides how the output layer is drawn: without a hidden layer the one given for all."""
    if fs or not isinstance(given, (str, Activation)):
        return fs[-1] if fs else Activation.of("linear")
    return activation_of(given)


def dense_places(layers: Sequence[Layer]) -> list[int]:
    """The places of the layers with weights."""
    return [k for k, layer in enumerate(layers) if isinstance(layer, Dense)]
