"""From the configuration of a Keras model to layers, with the weights that belong to each."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from glassnet.errors import InvalidInput, UnknownName, brief
from glassnet.formulas.activations import ELU, Activation, LeakyReLU
from glassnet.formulas.elementary import Array
from glassnet.habits import VALUES
from glassnet.importing.keras.archive import Weights
from glassnet.importing.keras.windows import kinds
from glassnet.importing.pieces import Piece, dense, newest_share
from glassnet.layers.activation import Activation as Activate
from glassnet.layers.dense import Dense
from glassnet.layers.dropout import Dropout
from glassnet.layers.embeddings.embedding import Embedding
from glassnet.layers.flatten import Flatten
from glassnet.layers.gaussian_noise import GaussianNoise
from glassnet.layers.layer import MOST_NESTED, Shape
from glassnet.layers.normalization import BatchNorm, LayerNorm

Config = Mapping[str, Any]
ACTIVATIONS = {**VALUES["activation"], "exponential": "exponential"}
UNLIKE = ("hard_silu", "hard_swish", "relu6", "log_softmax", "softsign")  # names that no activation here has


def layers_of(config: Config, weights: Weights) -> tuple[list[Piece], Shape | None]:
    """All layers of a model in their order, and the shape of a sample if the model says it."""
    pieces: list[Piece] = []
    shape: Shape | None = None
    for kind, own, arrays in _flat(config, weights, "", 0):
        if kind == "InputLayer":
            given = own.get("batch_shape") or own.get("batch_input_shape")
            shape = shape or _sample(given)
            continue
        if kind not in KINDS:
            raise InvalidInput(
                f"its layer {brief(own.get('name', kind))} is of the class {brief(kind)[1:-1]}, which glassnet does "
                f"not have: it reads {', '.join(KINDS)}"
            )
        shape = shape or _sample(own.get("batch_shape"))
        pieces += KINDS[kind](own, arrays)
    return pieces, shape


def _flat(config: Config, weights: Weights, path: str, depth: int) -> Iterator[tuple[str, Config, list[Array]]]:
    """(class, settings, arrays) of every layer, those of models inside models too."""
    kind, own = config.get("class_name"), config.get("config")
    if kind not in ("Sequential", "Functional", "Model") or not isinstance(own, Mapping) or depth > MOST_NESTED:
        raise InvalidInput(
            f"its model is of the class {brief(kind)}: expected a Sequential, or a Functional with one layer after the "
            "other"
        )
    counts: dict[str, int] = {}
    if not isinstance(layers := own.get("layers"), list):
        raise InvalidInput("its config.json has no list of layers")
    if kind != "Sequential":
        _check_line(layers)
    for layer in layers:
        if not isinstance(layer, Mapping) or not isinstance(layer.get("config"), Mapping):
            raise InvalidInput("its config.json lists something that is not a layer")
        name = str(layer.get("class_name"))
        if layer.get("registered_name") not in (None, "", name) or layer.get("module") not in BUILT_IN:
            raise InvalidInput(
                f"its layer {brief(layer['config'].get('name', name))} is of the custom class {brief(name)}: only "
                "layers of Keras itself can be read"
            )
        if kind == "Sequential" and name == "InputLayer":
            yield name, layer["config"], []
            continue
        key = _snake(name)
        counts[key] = counts.get(key, -1) + 1
        inside = f"{path}layers/{key}{f'_{counts[key]}' if counts[key] else ''}"
        if name in ("Sequential", "Functional"):
            yield from _flat(layer, weights, f"{inside}/", depth + 1)
        else:
            yield name, layer["config"], weights.of(inside)


BUILT_IN = (None, "keras.layers", "keras.models", "keras", "keras.src.models.functional", "keras.src.models.sequential")


def _check_line(layers: list[Any]) -> None:
    """Refuse a Functional model that is more than one layer after the other."""
    before = None
    for layer in layers:
        nodes = layer.get("inbound_nodes", []) if isinstance(layer, Mapping) else []
        sources = [found for node in nodes for found in _histories(node)]
        if (before is None and sources) or (before is not None and sources != [before]):
            raise InvalidInput(
                f"its layer {brief(layer.get('name', ''))} takes another input than the layer before it: "
                "export the model to ONNX, and read that file with from_onnx"
            )
        before = layer.get("name") if isinstance(layer, Mapping) else None


def _histories(node: object) -> Iterator[str]:
    """The layers that a call reads."""
    left = [node]
    for _ in range(10_000):
        if not left:
            return
        one = left.pop()
        if isinstance(one, Mapping):
            history = one.get("keras_history")
            if isinstance(history, list) and history:
                yield str(history[0])
            left.extend(value for name, value in one.items() if name != "keras_history")
        elif isinstance(one, list):
            left.extend(one)


def _snake(name: str) -> str:
    """The name of a class as Keras writes it in paths: BatchNormalization, batch_normalization."""
    name = re.sub(r"\W+", "", name)
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


def _sample(shape: object) -> Shape | None:
    sizes = shape[1:] if isinstance(shape, list) else []
    return tuple(sizes) if sizes and all(isinstance(size, int) and size > 0 for size in sizes) else None


def _activation(given: object) -> Activation:
    """An activation by Keras' name, or as the configuration of one."""
    name = given
    if isinstance(given, Mapping):
        name = given.get("config") if given.get("class_name") == "function" else given.get("class_name")
        if isinstance(name, Mapping):
            name = name.get("name")
    if name is None:
        return Activation.of("linear")
    if name == "leaky_relu":
        return LeakyReLU(0.2)  # Keras' function, whose layer begins at 0.3
    if not isinstance(name, str) or name in UNLIKE:
        raise InvalidInput(f"its activation {brief(name)} is not one that glassnet has")
    try:
        return Activation.of(ACTIVATIONS.get(name, name))
    except UnknownName as error:
        raise InvalidInput(str(error)) from error


def _needed(arrays: list[Array], n: int, own: Config) -> list[Array]:
    if len(arrays) != n:
        raise InvalidInput(f"its layer {brief(own.get('name', ''))} has {len(arrays)} arrays of weights: expected {n}")
    return arrays


def _dense(own: Config, arrays: list[Array]) -> list[Piece]:
    if own.get("quantization_config") or own.get("lora_rank"):
        raise InvalidInput(
            f"its layer {brief(own.get('name', ''))} is quantized, which is not supported: save the model in float32"
        )
    bias = own.get("use_bias", True)
    W, *b = _needed(arrays, 1 + bool(bias), own)
    if W.ndim != 2 or W.shape[1] != own.get("units"):
        raise InvalidInput(f"its layer {brief(own.get('name', ''))} has weights of shape {W.shape}")
    f = _activation(own.get("activation"))
    return [Piece(Dense(W.shape[1], f, bias=bool(bias)), dense(W, *b).arrays)]


def _batch_norm(own: Config, arrays: list[Array]) -> list[Piece]:
    center, scale = bool(own.get("center", True)), bool(own.get("scale", True))
    if own.get("renorm"):
        raise InvalidInput("its BatchNormalization has renorm=True, which is not supported")
    arrays = _needed(arrays, 2 + center + scale, own)
    mean, variance = arrays[-2:]
    named = {"gamma": arrays[0] if scale else np.ones_like(mean), "beta": arrays[scale] if center else 0 * mean}
    norm = BatchNorm(newest_share(own.get("momentum", 0.99)), own.get("epsilon", 1e-3))
    return [Piece(norm, {**named, "running_mean": mean, "running_variance": variance})]


def _layer_norm(own: Config, arrays: list[Array]) -> list[Piece]:
    center, scale = bool(own.get("center", True)), bool(own.get("scale", True))
    if own.get("rms_scaling") or not (center or scale):
        raise InvalidInput("its LayerNormalization has rms_scaling=True, or neither center nor scale: not supported")
    arrays = _needed(arrays, center + scale, own)
    gamma = arrays[0] if scale else np.ones_like(arrays[0])
    return [Piece(LayerNorm(own.get("epsilon", 1e-3)), {"gamma": gamma, "beta": arrays[-1] if center else 0 * gamma})]


def _embedding(own: Config, arrays: list[Array]) -> list[Piece]:
    (W,) = _needed(arrays, 1, own)
    if W.ndim != 2 or own.get("mask_zero"):
        raise InvalidInput("its Embedding has mask_zero=True, which is not supported, or its weights are not a table")
    return [Piece(Embedding(*W.shape), {"W": W})]


def _relu(own: Config, arrays: list[Array]) -> list[Piece]:
    if own.get("max_value") is not None or own.get("threshold"):
        raise InvalidInput("its ReLU has a max_value or a threshold, which are not supported")
    slope = own.get("negative_slope") or 0.0
    return [Piece(Activate(LeakyReLU(slope) if slope else Activation.of("relu")))]


def _prelu(own: Config, arrays: list[Array]) -> list[Piece]:
    (alpha,) = _needed(arrays, 1, own)
    return [Piece(Activate("prelu"), {"alpha": alpha})]


KINDS: Mapping[str, Callable[[Config, list[Array]], list[Piece]]] = {
    "Dense": _dense,
    "BatchNormalization": _batch_norm,
    "LayerNormalization": _layer_norm,
    "Embedding": _embedding,
    "ReLU": _relu,
    "PReLU": _prelu,
    "LeakyReLU": lambda own, _: [Piece(Activate(LeakyReLU(own.get("negative_slope", 0.3))))],
    "ELU": lambda own, _: [Piece(Activate(ELU(own.get("alpha", 1.0))))],
    "Softmax": lambda own, _: [Piece(Activate("softmax"))],
    "Activation": lambda own, _: [Piece(Activate(_activation(own.get("activation"))))],
    "Dropout": lambda own, _: [Piece(Dropout(own.get("rate", 0.5)))],
    "GaussianNoise": lambda own, _: [Piece(GaussianNoise(own.get("stddev", 1.0)))],
    "Flatten": lambda own, _: [Piece(Flatten())],
    "InputLayer": lambda own, _: [],
    **kinds(_activation),
}
