"""Integrated gradients of a whole model: of all its networks, and of calibrated probabilities."""

import copy

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.formulas.prediction.calibration import LEAST, tempered
from glassnet.insight.path_gradients import TOLERANCE, PathGradients, integrated_gradients
from glassnet.layers.dense import Dense
from glassnet.layers.ensembles.mean_of_members import MeanOfMembers
from glassnet.layers.layer import Layer, Slices
from glassnet.network import Network
from glassnet.tables.distributions.head import Head
from glassnet.tables.pipeline import TablePipeline


def of_all_networks(model: TablePipeline, X: Array, back: Array, tolerance: float = TOLERANCE) -> PathGradients:
    """The mean over the networks of a model, whose output is the mean too; of calibrated probabilities."""
    calibration = model.calibration
    networks = [at_temperature(net, calibration.temperature) if calibration else net for net in model.networks]
    said = None if model.head is None else MeanOf(model.head)
    each = [integrated_gradients(network, X, back, tolerance, said) for network in networks]
    values, baseline, outputs = (np.mean(arrays, axis=0) for (*arrays,) in zip(*(of[:3] for of in each), strict=True))
    error = float(np.mean([of.error for of in each]))
    if calibration is None:
        return PathGradients(values, baseline, outputs, error)
    share = 1 - calibration.share
    outputs = calibration.moved(outputs)
    missing = float(np.abs(outputs - model.outputs_of(X)).max())  # of what the probabilities are at a temperature
    return PathGradients(share * values, calibration.moved(baseline), outputs, max(share * error, missing))


class MeanOf:
    """The mean of the distribution that outputs stand for."""

    def __init__(self, head: Head):
        self.head = head

    def values(self, outputs: Array) -> Array:
        """The mean of each row, (n, 1)."""
        return self.head.mean(outputs)[:, np.newaxis]

    def slopes(self, outputs: Array, number: int) -> Array:
        """Its derivative by each output."""
        return self.head.slopes(outputs)


def at_temperature(network: Network, temperature: float) -> Network:
    """A copy with the scores of its softmax divided by a temperature: so are the parameters that make them."""
    last = network.layers[-1]
    if isinstance(last, MeanOfMembers) and last.activation.name == "softmax":
        return behind_the_mean(network, Tempered(temperature))
    if not isinstance(last, Dense) or last.activation != Dense(1, "softmax").activation:
        raise InvalidInput(f"calibrated probabilities need a network that ends in softmax, got {last!r}.")
    made = copy.copy(network)
    for name, array in made.arrays.items():
        if name.rpartition(".")[0] == str(len(network.layers) - 1):
            array /= temperature
    return made


def behind_the_mean(network: Network, layer: Layer) -> Network:
    """A copy with one more layer, which has no parameters, behind the mean of members."""
    made = Network([*network.layers, layer], network.dtype, engine="numpy")
    made.build(network.built()[0].input_shape, seed=0).parameters[...] = network.parameters
    return made


class Tempered(Layer, listed=False):
    """Probabilities at a temperature.

    A = X^(1/T) / Σ X^(1/T);     dX = A ⊙ (dA − Σ dA ⊙ A) / (T X).
    """

    temperature: float

    def forward(self, s: Slices) -> None:
        """The probabilities at the temperature."""
        s.A[...] = tempered(s.X, self.temperature)

    def backward(self, s: Slices) -> None:
        """What comes back through them."""
        if s.dX is not None:
            inside = s.A * (s.dA - (s.dA * s.A).sum(axis=-1, keepdims=True))
            s.dX[...] = np.where(s.X > LEAST, inside / (self.temperature * np.maximum(s.X, LEAST)), 0.0)
