"""A network and rows that somebody already has, as a scene."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from glassnet.errors import InvalidInput
from glassnet.formulas.activations import Activation
from glassnet.layers.dense import Dense
from glassnet.layers.dropout import Dropout
from glassnet.layers.layer import Layer
from glassnet.layers.normalization import BatchNorm, LayerNorm
from glassnet.network import Network
from glassnet.playing.building import NORMALIZATIONS, NOT_HIDDEN, OUTPUTS
from glassnet.playing.rows import Rows
from glassnet.playing.scene import FILE, MOST_LAYERS, MOST_UNITS, DataOfScene, LayerOfScene, Scene, TrainingOfScene
from glassnet.training.inputs.arrays import as_numbers
from glassnet.training.inputs.checks import lay_out
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
    kinds = {kind: name for name, kind in NORMALIZATIONS.items()}
    if last and isinstance(layer, (BatchNorm, LayerNorm)) and last[0].normalization is None and not last[0].dropout:
        return [LayerOfScene(last[0].units, last[0].activation, 0.0, kinds[type(layer)])]  # type: ignore[arg-type]
    if last and isinstance(layer, Dropout) and not last[0].dropout and isinstance(layer.rate, (int, float)):
        return [LayerOfScene(last[0].units, last[0].activation, float(layer.rate), last[0].normalization)]
    raise InvalidInput(
        f"the playground has Dense layers, each with a normalisation and dropout after it, not {layer!r}."
    )


BETWEEN = ("Dense", "Activation", "Dropout", "GaussianNoise", "LayerNorm", "BatchNorm", "Scale")
NESTED = ("Chain", "Residual", "Flatten")
GENTLE = 0.001  # the rate at which parameters that are trained go on


def check_drawn(net: Network) -> None:
    """Refuse layers that cannot be drawn as columns of units; what stands before the first dense layer is free."""
    kinds = [type(layer).__name__ for layer in net.layers]
    first = kinds.index("Dense") if "Dense" in kinds else len(kinds)
    odd = [kind for k, kind in enumerate(kinds) if kind in NESTED or (k > first and kind not in BETWEEN)]
    if odd or not kinds or kinds[-1] != "Dense":
        what = f"this network has {odd[0]} layers" if odd else "the last layer of this network is none"
        raise InvalidInput(
            f"the playground opens networks of Dense layers, one after the other, with activations, normalisation, "
            f"dropout and noise between them; {what}. glassnet draw shows it."
        )


def steady(net: Network) -> Network:
    """A copy; where dropout or noise follow a schedule, which needs a last epoch, they stay as they begin."""
    layers = [Layer.from_description(begun(layer.describe())) for layer in net.layers]
    made = Network(layers, dtype=net.dtype)
    layout, parameters = net.built()
    made._adopt(lay_out(made.layers, layout.input_shape), parameters.copy(), net.state.copy())
    return made


def begun(description: Any) -> Any:
    """A description whose rates have no schedules."""
    if isinstance(description, (list, tuple)):
        return [begun(each) for each in description]
    if not isinstance(description, Mapping):
        return description
    rate = description.get("rate")
    first = {"rate": rate["value"]} if isinstance(rate, Mapping) and "value" in rate else {}
    return {name: begun(value) for name, value in description.items()} | first


def model_scene(net: Network, name: str, target: str | None = None) -> Scene:
    """The scene of a trained network: its hidden layers as nearly as the page could make them anew."""
    check_drawn(net)
    hidden = [layer for layer in net.layers if isinstance(layer, Dense)][:-1][:MOST_LAYERS]
    layers = [LayerOfScene(min(layer.units, MOST_UNITS), plain_name(layer.activation)) for layer in hidden]
    training = TrainingOfScene(optimizer={"name": "adam", "learning_rate": GENTLE}, batch_size=64)
    return Scene(DataOfScene(name=FILE, target=target), layers, training, network=name)


def plain_name(activation: Activation) -> str:
    """The name of an activation that the page offers, or of the one within it."""
    inner = getattr(activation, "activation", activation)
    return "relu" if inner.name in NOT_HIDDEN else inner.name
