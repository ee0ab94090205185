"""A network and rows that somebody already has, as a scene."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from glassnet.errors import InvalidInput
from glassnet.layers.dense import Dense
from glassnet.layers.dropout import Dropout
from glassnet.layers.layer import Layer
from glassnet.layers.normalization import BatchNorm, LayerNorm
from glassnet.network import Network
from glassnet.playing.building import NORMALIZATIONS, OUTPUTS
from glassnet.playing.rows import Rows
from glassnet.playing.scene import FILE, DataOfScene, LayerOfScene, Scene
from glassnet.training.inputs.arrays import as_numbers
from glassnet.training.inputs.splitting import split_rows


class OwnRows:
    """Rows in memory, which a playground opens like a table."""

    columns: Sequence[str] = ("y",)
    name = ""  # of no file

    def __init__(self, X: ArrayLike, y: ArrayLike, features: Sequence[str] | None, classes: Sequence[str] | None):
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
        return Rows(*parts, self.features, self.classes), [], ""


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
    task = rows.open(DataOfScene(name=FILE))[0].task
    if not isinstance(last, Dense) or last.activation.name != OUTPUTS[task]:
        raise InvalidInput(f"for these targets the last layer must be Dense(…, {OUTPUTS[task]!r}), got {last!r}.")
    layers: list[LayerOfScene] = []
    for layer in before:
        layers[-1:] = with_layer(layers[-1:], layer)
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
