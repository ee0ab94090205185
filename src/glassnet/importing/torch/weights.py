"""The arrays of each kind of layer, by glassnet's names, from the module of PyTorch that corresponds to it."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.importing.torch.groups import RECURRENT, Groups, fits
from glassnet.layers.convolution.base import Convolution
from glassnet.layers.convolution.convolution import Conv1D, Conv2D
from glassnet.layers.dense import Dense
from glassnet.layers.embeddings.embedding import Embedding
from glassnet.layers.layer import Layer, Shape
from glassnet.layers.normalization import BatchNorm, LayerNorm
from glassnet.layers.sequences.attention import Attention
from glassnet.layers.sequences.gru import GRU
from glassnet.layers.sequences.lstm import LSTM
from glassnet.layers.sequences.positional_encoding import PositionalEncoding
from glassnet.layers.sequences.simple_rnn import SimpleRNN

Arrays = dict[str, Array]


def dense(groups: Groups, layer: Dense) -> Arrays:
    """W and b of a fully connected layer."""
    name, module = groups.next(("linear",) if layer.bias else ("matrix",), layer)
    fits(layer, name, module, "weight", (layer.units, module["weight"].shape[1]))
    return {"W": module["weight"].T} | ({"b": module["bias"]} if layer.bias else {})


def convolution(groups: Groups, layer: Convolution) -> Arrays:
    """W, whose filters come first there, and b."""
    name, module = groups.next(("convolution",) if layer.bias else ("filters",), layer)
    weight = module["weight"]
    fits(layer, name, module, "weight", (layer.filters, weight.shape[1], *layer.kernel))
    return {"W": np.moveaxis(weight, (0, 1), (-1, -2))} | ({"b": module["bias"]} if layer.bias else {})


def table(groups: Groups, layer: Embedding) -> Arrays:
    """W of an embedding."""
    name, module = groups.next(("matrix",), layer)
    fits(layer, name, module, "weight", (layer.categories, layer.dimensions))
    return {"W": module["weight"]}


def positions(groups: Groups, layer: PositionalEncoding) -> Arrays:
    """P, which PyTorch keeps as a table of positions; nothing where it is not learned."""
    return {"P": groups.next(("matrix",), layer)[1]["weight"]} if layer.learned else {}


def batch_norm(groups: Groups, layer: BatchNorm) -> Arrays:
    """Gain, bias and what was seen; 1 and 0 without `affine`."""
    _, module = groups.next(("batch norm",), layer)
    mean, variance = module["running_mean"], module["running_var"]
    gain, bias = module.get("weight", np.ones_like(mean)), module.get("bias", np.zeros_like(mean))
    return {"gamma": gain, "beta": bias, "running_mean": mean, "running_variance": variance}


def layer_norm(groups: Groups, layer: LayerNorm) -> Arrays:
    """Gain and bias."""
    _, module = groups.next(("layer norm",), layer)
    return {"gamma": module["weight"], "beta": module["bias"]}


def recurrent(groups: Groups, layer: SimpleRNN | GRU | LSTM) -> Arrays:
    """The gates side by side; both biases of PyTorch together, but for what the reset gate of a GRU acts on."""
    name, module = groups.next((RECURRENT[layer.gates],), layer)
    weight, width = module["weight_ih"], layer.gates * layer.units
    fits(layer, name, module, "weight_hh", (width, layer.units))
    for own in sorted({"bias_ih", "bias_hh"} & {*module}):
        fits(layer, name, module, own, (width,))
    given, again = (module.get(key, np.zeros(width, weight.dtype)) for key in ("bias_ih", "bias_hh"))
    found = {"W": weight.T, "U": module["weight_hh"].T, "b": given + again}
    if isinstance(layer, GRU):
        gates = 2 * layer.units
        found |= {"b": np.concatenate([(given + again)[:gates], given[gates:]]), "c": again[gates:]}
    return found


def attention(groups: Groups, layer: Attention) -> Arrays:
    """Queries, keys and values side by side, and the way to the outputs."""
    _, module = groups.next(("attention",), layer)
    W, U = module["in_proj_weight"].T, module["out_proj.weight"].T
    b, c = (
        module.get(key, np.zeros(n, W.dtype)) for key, n in (("in_proj_bias", W.shape[1]), ("out_proj.bias", len(W)))
    )
    return {"W": W, "b": b, "U": U, "c": c}


def slopes(groups: Groups, layer: Layer, shape: Shape | None) -> Array:
    """α for each unit, of which PyTorch may have one for all."""
    name, module = groups.next(("slopes",), layer)
    alpha = module["weight"]
    if alpha.size == 1 and shape is None:
        raise InvalidInput(f"from_torch: {name!r} has one slope for all units: put it into the layer before it.")
    if shape is None or alpha.size not in (1, shape[-1]):
        return alpha
    return np.broadcast_to(alpha, shape)


WEIGHTS: Mapping[type[Layer], Callable[[Groups, Any], Arrays]] = {
    Dense: dense, Conv1D: convolution, Conv2D: convolution, Embedding: table, PositionalEncoding: positions,
    BatchNorm: batch_norm, LayerNorm: layer_norm, SimpleRNN: recurrent, GRU: recurrent, LSTM: recurrent,
    Attention: attention,
}  # fmt: skip


def weights_of(groups: Groups, layer: Layer) -> Arrays | None:
    """The arrays of a layer, or of one derived from it; None where no module corresponds to it."""
    for kind in type(layer).__mro__:
        if kind in WEIGHTS:
            return WEIGHTS[kind](groups, layer)
    return None
