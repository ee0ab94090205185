"""A network and rows that somebody already has, as a scene."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from glassnet.errors import InvalidInput
from glassnet.formulas.activations import Activation
from glassnet.layers.chain import Chain
from glassnet.layers.dense import Dense
from glassnet.layers.dropout import Dropout
from glassnet.layers.layer import Layer
from glassnet.layers.normalization import BatchNorm, LayerNorm
from glassnet.layers.residual import Residual
from glassnet.network import Network
from glassnet.playing.building import NORMALIZATIONS, NOT_HIDDEN, OUTPUTS
from glassnet.playing.rows import Rows
from glassnet.playing.scene import FILE, MOST_LAYERS, MOST_UNITS, DataOfScene, LayerOfScene, Scene, TrainingOfScene
from glassnet.playing.simulation import with_parameters_of
from glassnet.training.inputs.arrays import as_numbers
from glassnet.training.inputs.splitting import split_rows


class OwnRows:
    """Rows in memory, which a playground opens like a table."""

    columns: Sequence[str] = ("y",)
    name = ""  # of no file

    def __init__(
        self,
        X: ArrayLike,
        y: ArrayLike,
        features: Sequence[str] | None,
        classes: Sequence[str] | None,
        net: Network | None = None,
    ):
        self.net = net
        self.X, self.y = as_numbers(X, "X").astype(np.float32), as_numbers(y, "y")
        if self.X.ndim != 2 or self.y.shape != (len(self.X),) or len(self.X) < 4:
            got = f"{self.X.shape} and {self.y.shape}"
            raise InvalidInput(f"a playground needs X (n, n_features) and y (n,) of at least 4 rows, got {got}.")
        self.features = names_of("feature_names", features, [f"x{k + 1}" for k in range(self.X.shape[1])])
        whole = self.y.dtype.kind in "iub"
        usual = [str(k) for k in range(int(self.y.max()) + 1)] if whole else None
        self.classes = None if usual is None else names_of("class_names", classes, usual)

    def open(self, asked: DataOfScene) -> tuple[Rows, list[dict[str, Any]], str]:
        """(the rows, with a share held out, nothing of columns, nothing to tell)."""
        if asked.derived or asked.target not in (None, "y"):
            raise InvalidInput("these rows come from Python: compute other inputs and targets there.")
        rest, held = np.arange(len(self.y)), np.arange(0)
        if asked.held_out:
            labels = None if self.classes is None else self.y
            rest, held = split_rows(len(self.y), asked.held_out, np.random.default_rng(asked.seed), labels)
        parts = self.X[rest], self.y[rest], self.X[held], self.y[held]
        last = None if self.net is None else self.net.layers[-1]
        return Rows(*parts, self.features, self.classes, one_output=getattr(last, "units", 1) != 2), [], ""

    def network(self) -> Network:
        """A copy of the network that these rows came with."""
        if self.net is None:
            raise InvalidInput("these rows came without a network.")
        return steady(self.net)


def names_of(what: str, given: Sequence[str] | None, usual: list[str]) -> tuple[str, ...]:
    """Names that were given, or the usual ones."""
    if given is None:
        return tuple(usual)
    if isinstance(given, str) or len(given) != len(usual):
        raise InvalidInput(f"{what} must hold {len(usual)} names, got {given!r}.")
    return tuple(map(str, given))


def scene_of(net: Network, rows: OwnRows) -> Scene:
    """The scene of a network; InvalidInput where the playground has no such layers."""
    *before, last = net.layers
    found = rows.open(DataOfScene(name=FILE))[0]
    task, outputs = found.task, 1 if found.task != "classes" else len(found.classes or ())
    if not isinstance(last, Dense) or last.activation.name != OUTPUTS[task] or last.units != outputs:
        wanted = f"Dense({outputs}, {OUTPUTS[task]!r})"
        raise InvalidInput(f"for these targets the last layer must be {wanted}, got {last!r}.")
    layers: list[LayerOfScene] = []
    try:
        for layer in before:
            layers[-1:] = with_layer(layers[-1:], layer)
    except InvalidInput:
        return model_scene(net, "the network")  # of layers that the page can draw, and not make
    return Scene(data=DataOfScene(name=FILE), layers=layers)


def with_layer(last: list[LayerOfScene], layer: Layer) -> list[LayerOfScene]:
    """The last layers of the scene with one more layer of a network."""
    if isinstance(layer, Dense):
        return [*last, LayerOfScene(layer.units, layer.activation.name)]
    if isinstance(layer, Residual) and isinstance(layer.layers[0], Dense):
        inside: list[LayerOfScene] = []
        for each in layer.layers:
            inside = with_layer(inside, each)
        if len(inside) == 1:
            return [*last, replace(inside[0], skip=True)]
    kinds = {kind: name for name, kind in NORMALIZATIONS.items()}
    inner = last[0] if last and not last[0].skip else None
    if inner and isinstance(layer, (BatchNorm, LayerNorm)) and inner.normalization is None and not inner.dropout:
        return [replace(inner, normalization=kinds[type(layer)])]  # type: ignore[arg-type]
    if inner and isinstance(layer, Dropout) and not inner.dropout and isinstance(layer.rate, (int, float)):
        return [replace(inner, dropout=float(layer.rate))]
    raise InvalidInput(
        f"the playground has Dense layers, each with a normalisation and dropout after it, not {layer!r}."
    )


BETWEEN = ("Dense", "Activation", "Dropout", "GaussianNoise", "LayerNorm", "BatchNorm", "Scale")
AROUND = ("Chain", "Residual")
GENTLE = 0.001  # the rate at which parameters that are trained go on


def check_drawn(net: Network) -> None:
    """Refuse layers that cannot be drawn as columns of units; what stands before the first dense layer is free."""
    kinds = [type(layer).__name__ for layer in net.layers]
    first = next((k for k, layer in enumerate(net.layers) if has_dense(layer)), len(kinds))
    odd = [name for layer in net.layers[first:] for name in undrawn(layer)]
    odd += [kind for kind in kinds[:first] if kind == "Flatten"]
    if odd or not kinds or kinds[-1] != "Dense":
        what = f"this network has {odd[0]} layers" if odd else "the last layer of this network is none"
        raise InvalidInput(
            "the playground opens networks of Dense layers, one after the other or in residual layers, with "
            f"activations, normalisation, dropout and noise between them; {what}. glassnet draw shows it."
        )


def has_dense(layer: Layer) -> bool:
    """Whether a layer is dense, or one that is drawn and has dense layers inside."""
    if type(layer).__name__ in AROUND:
        return any(has_dense(each) for each in layer.inner)
    return isinstance(layer, Dense)


def undrawn(layer: Layer) -> list[str]:
    """The kinds of layers in a layer, itself among them, that cannot be drawn."""
    name = type(layer).__name__
    if name in AROUND:
        return [each for inner in layer.inner for each in undrawn(inner)]
    return [] if name in BETWEEN else [name]


def steady(net: Network) -> Network:
    """A copy; where dropout or noise follow a schedule, which needs a last epoch, they stay as they begin."""
    layers = [Layer.from_description(begun(layer.describe())) for layer in net.layers]
    return with_parameters_of(net, Network(layers, dtype=net.dtype))


def begun(description: Any) -> Any:
    """A description whose rates have no schedules."""
    if isinstance(description, (list, tuple)):
        return [begun(each) for each in description]
    if not isinstance(description, Mapping):
        return description
    rate = description.get("rate")
    first = {"rate": rate["value"]} if isinstance(rate, Mapping) and "value" in rate else {}
    return {name: begun(value) for name, value in description.items()} | first


def dense_in(layers: Sequence[Layer]) -> list[Dense]:
    """The dense layers in order, those inside residual layers among them."""
    found: list[Dense] = []
    for layer in layers:
        found += [layer] if isinstance(layer, Dense) else dense_in(layer.inner) if isinstance(layer, Chain) else []
    return found


def model_scene(net: Network, name: str, target: str | None = None) -> Scene:
    """The scene of a trained network: its hidden layers as nearly as the page could make them anew."""
    check_drawn(net)
    hidden = dense_in(net.layers)[:-1][:MOST_LAYERS]
    layers = [LayerOfScene(min(layer.units, MOST_UNITS), plain_name(layer.activation)) for layer in hidden]
    training = TrainingOfScene(optimizer={"name": "adam", "learning_rate": GENTLE}, batch_size=64)
    return Scene(DataOfScene(name=FILE, target=target), layers, training, network=name)


def plain_name(activation: Activation) -> str:
    """The name of an activation that the page offers, or of the one within it."""
    inner = getattr(activation, "activation", activation)
    return "relu" if inner.name in NOT_HIDDEN else inner.name
