"""Reading a network from the weights of PyTorch: a `state_dict`, or a safetensors file of one."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from glassnet.calls import answered
from glassnet.errors import InvalidInput, ModelFileError, brief, shortened
from glassnet.files.paths import as_path, is_path
from glassnet.formulas.elementary import Array
from glassnet.importing.files import beginning, refused
from glassnet.importing.pieces import Piece, network_of
from glassnet.importing.torch.filling import NEEDS_SHAPE, Filling
from glassnet.importing.torch.groups import Groups
from glassnet.layers.columns import Columns
from glassnet.layers.embeddings.embedding import Embedding
from glassnet.layers.layer import Layer, Shape
from glassnet.network import Network
from glassnet.training.inputs.checks import as_shape, listed

Layers = Sequence[Layer] | Mapping[str, Layer]
State = Mapping[str, Any]


@answered
def from_torch(state: State | str | Path, layers: Layers, input_shape: int | Shape | None = None) -> Network:
    """Make a network of given layers with the weights of a PyTorch model.

    `Linear` becomes `Dense` (its weight transposed), `Conv1d` and `Conv2d` `Conv1D` and `Conv2D`, `BatchNorm1d` and
    `BatchNorm2d` `BatchNorm`, `MultiheadAttention` `Attention`, `RNN` `SimpleRNN`; `GRU`, `LSTM`, `LayerNorm`,
    `Embedding` and `PReLU` keep their names. Each layer of a recurrent module becomes one here. A
    `state_dict` does not say which activations and settings the model has: the layers do. Weights go to the layers of
    their kind in the order of the `state_dict`. PyTorch is not needed for a file.

    The channels of pictures and series come first there and last here: the network takes `X.transpose(0, 2, 3, 1)`, and
    the weights of the layers behind a `Flatten` are put into this order. A series (steps, features) has them first
    there if a convolution takes it, and else last, as in recurrent modules.

    Parameters
    ----------
    state
        `model.state_dict()`, or the path of a safetensors file (`safetensors.torch.save_file`). Files of `torch.save`
        are refused, since reading them can run code.
    layers
        Layers as of `Network`; or a mapping from the names of the model's modules to these, `{"fc1": Dense(8)}`, where
        names do not say their order.
    input_shape
        The number of features, or the shape of a sample, (height, width, channels) or (steps, features); by default
        that of the first weights, where these say it.

    Raises InvalidInput for weights that are missing, left over, or of other shapes than the layers; ModelFileError for
    a file that is not there, or not safetensors.

    >>> weights = {"0.weight": np.ones((3, 4), np.float32), "0.bias": np.zeros(3, np.float32)}
    >>> gn.from_torch(weights, [gn.Dense(3, "softmax")]).predict([[1.0, 2.0, 3.0, 4.0]]).round(2)
    array([[0.33, 0.33, 0.33]], dtype=float32)
    """
    arrays, in_order = _arrays(state)
    groups, filling = Groups(arrays, in_order), Filling(None if input_shape is None else as_shape(input_shape))
    whole = [
        Piece(layer, filling.arrays(layer, groups.within(name) if name else groups)) for name, layer in _named(layers)
    ]
    groups.check_all_taken()
    filling.check_order()
    dtype = np.result_type(*(array for piece in whole for array in piece.arrays.values()), np.float32)
    shape = _input_shape(whole) if input_shape is None else as_shape(input_shape)
    return network_of(whole, shape, dtype)


def _named(layers: Layers) -> list[tuple[str, Layer]]:
    if isinstance(layers, Mapping):
        given = [(str(name), Layer.of(layer)) for name, layer in layers.items()]
    else:
        given = [("", Layer.of(layer)) for layer in listed(layers)]
    if not given:
        raise InvalidInput(f"from_torch needs the layers, such as layers=[Dense(8, 'relu'), …], got {brief(layers)}.")
    return given


def _arrays(state: State | str | Path) -> tuple[dict[str, Array], bool]:
    """Arrays by name, and whether their order is that of the model."""
    if isinstance(state, Mapping):
        return {str(name): _array(str(name), tensor) for name, tensor in state.items()}, True
    if hasattr(state, "state_dict"):
        raise InvalidInput("from_torch needs the weights of the model: pass model.state_dict().")
    if not is_path(state):
        raise InvalidInput(f"from_torch needs a state_dict or the path of a safetensors file, got {brief(state)}.")
    return _of_file(as_path(state)), False


def _array(name: str, tensor: Any) -> Array:
    """A tensor of PyTorch, or an array, in single or double precision where it holds numbers with a point."""
    try:
        plain = tensor.detach().cpu() if hasattr(tensor, "detach") else tensor
        found = np.asarray(plain.float() if "bfloat16" in str(getattr(plain, "dtype", "")) else plain)
    except (TypeError, ValueError, RuntimeError) as error:
        raise InvalidInput(f"{name!r} is not an array: {shortened(str(error), 100)}") from None
    if found.dtype.kind not in "fiub":
        raise InvalidInput(f"{name!r} must hold numbers, got {brief(tensor)}.")
    return found


def _of_file(path: Path) -> dict[str, Array]:
    from safetensors import SafetensorError, safe_open

    if beginning(path, 2).startswith((b"PK", b"\x80")):
        raise ModelFileError(
            f"{path} is a file of torch.save, which is never read as it can run code: write it with "
            "safetensors.torch.save_file(model.state_dict(), …)."
        )
    with refused(path, "a safetensors file"):
        try:
            with safe_open(path, framework="numpy") as file:
                return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        except (SafetensorError, TypeError, AttributeError) as error:
            raise InvalidInput(shortened(str(error), 200)) from error


def _input_shape(pieces: Sequence[Piece]) -> Shape:
    """The shape of a sample, from the first weights."""
    for piece in pieces:
        layer, arrays = piece.layer, piece.arrays
        while layer.inner and not isinstance(layer, Columns):
            arrays = {name[2:]: array for name, array in arrays.items() if name.startswith("0.")}
            layer = layer.inner[0]
        if isinstance(layer, Columns):
            return (1 + max(column for part in layer.columns for column in part),)
        if isinstance(layer, (Embedding, *NEEDS_SHAPE)):
            break
        if arrays:
            return (next(iter(arrays.values())).shape[0],)
    raise InvalidInput("from_torch cannot tell the shape of a sample from these layers: say it, as in input_shape=4.")
