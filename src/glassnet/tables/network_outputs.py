"""What the networks of a model put out for encoded rows."""

from collections.abc import Sequence

import numpy as np

from glassnet.formulas.elementary import Array
from glassnet.network import Network
from glassnet.tables.model_checks import check_finite


def raw_outputs(network: Network, X: Array) -> Array:
    """What a network puts out for encoded rows; refused where it is not finite."""
    outputs, whole = network.outputs(X)
    if not whole:
        check_finite(outputs)
    return outputs


def mean(outputs: Sequence[Array]) -> Array:
    """The mean of the outputs of several networks."""
    found: Array = np.mean(outputs, axis=0) if len(outputs) > 1 else outputs[0]
    return found
