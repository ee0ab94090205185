"""Reading a network from an ONNX file."""

from pathlib import Path

import numpy as np

from glassnet.calls import answered
from glassnet.errors import InvalidInput, brief
from glassnet.files.paths import as_path
from glassnet.importing.files import refused, whole_file
from glassnet.importing.onnx.folding import folded
from glassnet.importing.onnx.graph import Graph, graph_of
from glassnet.importing.onnx.layers import layers_of
from glassnet.importing.pieces import Piece, network_of
from glassnet.layers.layer import Shape
from glassnet.network import Network

OTHERS = {
    b"PK\3\4": "an archive, as PyTorch and Keras write it",
    b"\x89HDF": "an HDF5 file",
    b"\x80": "a pickle, which can run code",
}  # by what their files begin with


@answered
def from_onnx(path: str | Path, output: str | None = None) -> Network:
    """Read a network from an ONNX file, as PyTorch, Keras, scikit-learn and glassnet export it.

    Its predictions are those of the file, up to rounding; it can be trained on, traced, saved and exported again.
    Activations that a library writes as several operators are known by their values. The file cannot run code, and may
    come from anywhere: control flow, external data and lengths that do not fit are refused.

    Parameters
    ----------
    path
        The file. Its graph is a sequence of dense layers, convolutions, pooling, activations, normalisations, dropout,
        embeddings and residual connections, with a row per sample. Pictures (channels, height, width) and series
        (channels, steps) of the file have their channels last here: the network takes `X.transpose(0, 2, 3, 1)`. Of
        glassnet's own exports those with windows or sequences are refused: their model file holds the layers.
    output
        The name of the output to read; None (default) for the only one that holds numbers.

    Raises ModelFileError, in one sentence, for a file that is missing, damaged, or holds anything else.

    >>> from_onnx("no.onnx")
    Traceback (most recent call last):
        ...
    glassnet.errors.ModelFileError: no.onnx is not there: expected the file of a model.
    """
    if output is not None and not isinstance(output, str):
        raise InvalidInput(f"output must be the name of an output, got {brief(output)}.")
    path = as_path(path)
    with refused(path, "an ONNX file"):
        graph = folded(graph_of(file_of(path), output))
        pieces, shape = readable_layers(graph)
        wide = any(array.dtype == np.float64 for name, array in graph.constants.items())
        return network_of(pieces, shape, "float64" if wide else "float32")


def readable_layers(graph: Graph) -> tuple[list[Piece], Shape]:
    """The layers of a graph; of one that glassnet wrote as single steps, where they are found is said."""
    try:
        return layers_of(graph)
    except InvalidInput as error:
        if graph.producer != "glassnet":
            raise
        raise InvalidInput(
            f"{str(error).partition(';')[0]}: glassnet writes some layers as single steps, which are not read back: "
            "load the model file that was exported (gn.load)"
        ) from None


def file_of(path: Path) -> bytes:
    """The bytes of a file, unless they begin as those of another kind."""
    data = whole_file(path)
    for begin, kind in OTHERS.items():
        if data.startswith(begin):
            raise InvalidInput(f"it is {kind}: export the model to ONNX first")
    return data
