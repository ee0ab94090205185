"""What the networks of a model put out for encoded rows, and a network with some of the outputs of another."""

from collections.abc import Sequence

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.layers.dense import Dense
from glassnet.network import Network
from glassnet.tables.encoding.several_targets import SeveralTargets
from glassnet.tables.encoding.target import ClassTarget
from glassnet.tables.model_checks import check_finite


def raw_outputs(network: Network, X: Array) -> Array:
    """What a network puts out for encoded rows; refused where it is not finite."""
    outputs, whole = network.outputs(X)
    if not whole:
        check_finite(outputs)
    return outputs


def mean(outputs: Sequence[Array]) -> Array:
    """The mean of the outputs of several networks."""
    if len(outputs) == 1:
        return outputs[0]
    return np.asarray(np.mean(outputs, axis=0, dtype=np.float64))


def network_of_one(network: Network, targets: SeveralTargets, place: int) -> Network:
    """A network of its own for one of several targets: a copy of the hidden layers, and the outputs of the target.

    Its loss is that of the target alone, so that it is a network like those of other models.
    """
    *hidden, last = network.layers
    if not isinstance(last, Dense):
        raise InvalidInput(
            f"several targets are learned by a network that ends with Dense, not with {type(last).__name__}: train a "
            "model of TabM for each."
        )
    outputs, loss = targets.outputs_of(place), targets.loss_of_one or network.loss
    activation = "softmax" if isinstance(targets.columns[place], ClassTarget) else last.activation
    own = Dense(**last._values() | {"units": targets.sizes[place], "activation": activation})
    arrays = {
        name: array[..., outputs] if name.startswith(f"{len(hidden)}.") else array
        for name, array in network.arrays.items()
    }
    described = network.describe() | {"layers": [layer.describe() for layer in (*hidden, own)]}
    if loss is not None:
        described |= {"loss": loss.describe(), "trained_with": {**network.trained_with, "loss": loss.describe()}}
    made = Network.from_description(described, arrays)
    made.engine_name = network.engine_name
    return made
