"""Keras' layers over pictures and series: convolution, pooling, padding; their arrays lie as ours do."""

from collections.abc import Callable, Mapping
from typing import Any

from glassnet.errors import InvalidInput, brief
from glassnet.formulas.activations import Activation
from glassnet.formulas.elementary import Array
from glassnet.importing.pieces import Piece
from glassnet.layers.convolution.convolution import Conv1D, Conv2D
from glassnet.layers.convolution.pad import Pad
from glassnet.layers.convolution.pooling import AveragePool, GlobalAveragePool, MaxPool
from glassnet.layers.dropout import Dropout
from glassnet.layers.flatten import Reshape

Config = Mapping[str, Any]
Read = Callable[[Config, list[Array]], list[Piece]]


def refuse_other_order(own: Config) -> None:
    """Refuse pictures with their channels first."""
    if own.get("data_format") not in (None, "channels_last"):
        raise InvalidInput(f"its layer {brief(own.get('name', ''))} has its channels first, which is not supported")


def convolution(kind: type[Conv1D | Conv2D], activation: Callable[[object], Activation]) -> Read:
    """How a convolution is read."""

    def read(own: Config, arrays: list[Array]) -> list[Piece]:
        refuse_other_order(own)
        bias, name = bool(own.get("use_bias", True)), brief(own.get("name", ""))
        if len(arrays) != 1 + bias or arrays[0].ndim != kind.axes + 2 or own.get("lora_rank"):
            raise InvalidInput(f"its layer {name} has other weights than those of a {kind.__name__}")
        layer = kind(
            own["filters"],
            own["kernel_size"],
            activation(own.get("activation")),
            stride=own.get("strides", 1),
            padding=own.get("padding", "valid"),
            dilation=own.get("dilation_rate", 1),
            groups=own.get("groups", 1),
            bias=bias,
        )
        return [Piece(layer, dict(zip(("W", "b"), arrays, strict=False)))]

    return read


def pooling(kind: type[MaxPool | AveragePool]) -> Read:
    """How pooling is read."""

    def read(own: Config, arrays: list[Array]) -> list[Piece]:
        refuse_other_order(own)
        if own.get("padding", "valid") != "valid":
            raise InvalidInput(f"its layer {brief(own.get('name', ''))} pads what it pools, which is not supported")
        return [Piece(kind(own.get("pool_size", 2), own.get("strides")))]

    return read


def global_average(own: Config, arrays: list[Array]) -> list[Piece]:
    """The mean over all positions."""
    refuse_other_order(own)
    if own.get("keepdims"):
        raise InvalidInput(f"its layer {brief(own.get('name', ''))} has keepdims=True, which is not supported")
    return [Piece(GlobalAveragePool())]


def zero_padding(own: Config, arrays: list[Array]) -> list[Piece]:
    """Zeros at the edges; of a series one pair."""
    refuse_other_order(own)
    edges = own.get("padding", 1)
    pair = isinstance(edges, list) and len(edges) == 2 and all(isinstance(each, int) for each in edges)
    return [Piece(Pad([edges] if pair else edges))]


def kinds(activation: Callable[[object], Activation]) -> dict[str, Read]:
    """The classes of Keras that are read here, with what reads the name of an activation."""
    return {
        "Conv1D": convolution(Conv1D, activation),
        "Conv2D": convolution(Conv2D, activation),
        "MaxPooling1D": pooling(MaxPool),
        "MaxPooling2D": pooling(MaxPool),
        "AveragePooling1D": pooling(AveragePool),
        "AveragePooling2D": pooling(AveragePool),
        "GlobalAveragePooling1D": global_average,
        "GlobalAveragePooling2D": global_average,
        "ZeroPadding1D": zero_padding,
        "ZeroPadding2D": zero_padding,
        "SpatialDropout1D": lambda own, _: [Piece(Dropout(own.get("rate", 0.5), channels=True))],
        "SpatialDropout2D": lambda own, _: [Piece(Dropout(own.get("rate", 0.5), channels=True))],
        "Reshape": lambda own, _: [Piece(Reshape(own.get("target_shape")))],
    }
