"""What an import makes a network of: layers with their arrays, and maps of numbers that become part of the next one."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.layers.activation import Activation
from glassnet.layers.convolution.base import Convolution
from glassnet.layers.dense import Dense
from glassnet.layers.layer import Layer, Shape
from glassnet.layers.normalization import BatchNorm, LayerNorm
from glassnet.layers.scale import Scale
from glassnet.network import Network

TWO_CLASSES = np.array([[-1.0, 1.0]]), np.array([1.0, 0.0])  # W and b from P to (1 − P, P)


class Piece(NamedTuple):
    """A layer and its parameters and state by name; of layers inside it with their number in front, "1.W"."""

    layer: Layer
    arrays: Mapping[str, Array] = {}


class Affine(NamedTuple):
    """A = (X − m) ⊙ s + t, each a number per unit."""

    m: Array
    s: Array
    t: Array


def network_of(pieces: Sequence[Piece | Affine], input_shape: Shape, dtype: Any) -> Network:
    """The network of some pieces; InvalidInput where arrays do not fit, or are not finite."""
    whole = joined(pieces)
    if not whole:
        raise InvalidInput("it has no layers")
    description = {
        "layers": [piece.layer.describe() for piece in whole],
        "input_shape": list(input_shape),
        "dtype": np.dtype(dtype).name,
        "loss": None,
        "metrics": [],
        "trained_with": {},
        "seed": None,
    }
    return Network.from_description(description, nested(whole))


def nested(pieces: Sequence[Piece]) -> dict[str, Array]:
    """All arrays of layers in a row, each with the number of its layer in front."""
    return {f"{k}.{name}": array for k, piece in enumerate(pieces) for name, array in piece.arrays.items()}


def joined(pieces: Sequence[Piece | Affine]) -> list[Piece]:
    """Layers alone: affine maps as a part of a layer next to them, and activations at the end of their `Dense`."""
    found: list[Piece] = []
    waiting: Affine | None = None
    for piece in pieces:
        if isinstance(piece, Affine):
            if waiting is not None:
                waiting = _composed(waiting, piece)
            elif found and (absorbed := _with_map_behind(found[-1], piece)) is not None:
                found[-1] = absorbed
            else:
                waiting = piece
            continue
        if waiting is not None:
            if _is_linear(piece) and not waiting.m.any() and (waiting.s == 1).all():
                piece = _with_shift_before(piece, waiting.t)
            else:
                found.append(_as_layer(waiting))
            waiting = None
        if found and (merged := _with_activation(found[-1], piece)) is not None:
            found[-1] = merged
        else:
            found.append(piece)
    return _with_softmax(found if waiting is None else [*found, _as_layer(waiting)])


def _with_softmax(pieces: list[Piece]) -> list[Piece]:
    """Both probabilities made of a sigmoid as softmax of the scores (0, z), which are the same."""
    if len(pieces) < 2 or pieces[-1].layer != Dense(2) or pieces[-2].layer != Dense(1, "sigmoid"):
        return pieces
    if any(not np.array_equal(pieces[-1].arrays[name], made) for name, made in zip("Wb", TWO_CLASSES, strict=True)):
        return pieces
    arrays = {name: np.concatenate([np.zeros_like(a), a], -1) for name, a in pieces[-2].arrays.items()}
    return [*pieces[:-2], Piece(Dense(2, "softmax"), arrays)]


def _composed(first: Affine, then: Affine) -> Affine:
    return Affine(first.m, first.s * then.s, (first.t - then.m) * then.s + then.t)


def _is_linear(piece: Piece) -> bool:
    return isinstance(piece.layer, Dense) and piece.layer.is_linear


def _with_map_behind(piece: Piece, map: Affine) -> Piece | None:
    """A linear layer, or a normalisation, with a map behind it: W s, (b − m) s + t; γ s, (β − m) s + t."""
    weight, bias = ("W", "b") if _is_linear(piece) else ("gamma", "beta")
    if not (_is_linear(piece) or isinstance(piece.layer, (BatchNorm, LayerNorm))):
        return None
    before = np.asarray(piece.arrays.get(bias, np.zeros(len(map.s))), np.float64)
    more = {weight: piece.arrays[weight] * map.s, bias: (before - map.m) * map.s + map.t}
    if weight == "W" and (map.s == 1).all():
        more[weight] = piece.arrays[weight]
    layer = Dense(piece.layer.units) if isinstance(piece.layer, Dense) else piece.layer
    return Piece(layer, {**piece.arrays, **more})


def _with_shift_before(piece: Piece, t: Array) -> Piece:
    """(X + t) W + b as X W + (b + t W)."""
    W = piece.arrays["W"]
    b = np.asarray(piece.arrays.get("b", 0.0), np.float64) + np.asarray(t, np.float64) @ W
    return Piece(Dense(W.shape[1]), {"W": W, "b": b})


def _as_layer(map: Affine) -> Piece:
    """A map of its own: factors alone as `Scale`, else a `BatchNorm` that has seen this mean and variance 1 / s²."""
    if not map.m.any() and not map.t.any():
        return Piece(Scale(), {"s": map.s})
    norm = BatchNorm()
    widest = (map.s > 0) & (map.s < norm.epsilon**-0.5)
    variance = np.where(widest, 1 / np.where(widest, map.s, 1.0) ** 2, 1.0) - norm.epsilon
    arrays = {"gamma": np.where(widest, 1.0, map.s), "beta": map.t}
    return Piece(norm, {**arrays, "running_mean": map.m, "running_variance": np.maximum(variance, 0.0)})


def _with_activation(before: Piece, piece: Piece) -> Piece | None:
    """A linear layer followed by an activation, as one; of what one learns for each channel, once for all positions."""
    if not isinstance(piece.layer, Activation):
        return None
    f = piece.layer.activation
    if isinstance(before.layer, Convolution) and before.layer.is_linear:
        learned = {name: array.reshape(-1, array.shape[-1])[0] for name, array in piece.arrays.items()}
        if any((array != learned[name]).any() for name, array in piece.arrays.items()):
            return None
        settings = before.layer.describe() | {"activation": f.describe()}
        return Piece(Layer.of(settings), {**before.arrays, **learned})
    if not _is_linear(before):
        return None
    assert isinstance(before.layer, Dense)
    return Piece(Dense(before.layer.units, f, bias=before.layer.bias), {**before.arrays, **piece.arrays})


def dense(W: Array, b: Array | None = None) -> Piece:
    """A linear layer of these arrays."""
    return Piece(Dense(W.shape[1], bias=b is not None), {"W": W} if b is None else {"W": W, "b": b})


def newest_share(kept: float) -> float:
    """The `momentum` of `BatchNorm` from what other libraries call so, the share of the running mean that is kept."""
    share = round(1.0 - kept, 7)
    return share if 0 < share < 1 else BatchNorm().momentum
