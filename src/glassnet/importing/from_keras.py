"""Reading a network from a `.keras` file."""

from pathlib import Path

import numpy as np

from glassnet.calls import answered
from glassnet.errors import InvalidInput
from glassnet.files.paths import as_path
from glassnet.importing.files import refused, whole_file
from glassnet.importing.keras.archive import archive_of
from glassnet.importing.keras.layers import layers_of
from glassnet.importing.pieces import network_of
from glassnet.network import Network


@answered
def from_keras(path: str | Path) -> Network:
    """Read a network from a `.keras` file, which Keras 3 saves with `model.save("model.keras")` (extra `keras`).

    Its predictions are those of the model, up to rounding. Keras itself is not needed. The file cannot run code, and
    may come from anywhere: custom layers, links and contents that are larger than they seem are refused.

    Parameters
    ----------
    path
        The file, of a `Sequential` model, or of a `Functional` one with one layer after the other: dense layers,
        activations, batch and layer normalisation, dropout, Gaussian noise, embeddings, `Flatten`, and over pictures
        and series convolution, pooling, zero padding, `Reshape`. For other
        connections, `model.export("model.onnx", format="onnx")` and `from_onnx`.

    Raises ModelFileError, in one sentence, for a file that is missing, damaged, or holds anything else.

    >>> from_keras("no.keras")
    Traceback (most recent call last):
        ...
    glassnet.errors.ModelFileError: no.keras is not there: expected the file of a model.
    """
    path = as_path(path)
    with refused(path, "a Keras file"), archive_of(whole_file(path)) as (config, weights):
        if not isinstance(config, dict):
            raise InvalidInput("its config.json is not a JSON object")
        pieces, shape = layers_of(config, weights)
        if shape is None:
            shape = next((next(iter(p.arrays.values())).shape[:1] for p in pieces if p.arrays), None)
        if shape is None:
            raise InvalidInput(
                "it does not say how many inputs a sample has: give the model an Input layer, or call it once, before "
                "saving it"
            )
        kinds = [array.dtype for piece in pieces for array in piece.arrays.values()]
        return network_of(pieces, shape, np.result_type(np.float32, *kinds))
