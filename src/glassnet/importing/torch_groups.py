"""The weights of PyTorch's modules, by kind and in order, as layers ask for them."""

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from glassnet.errors import InvalidInput, brief
from glassnet.formulas.elementary import Array
from glassnet.layers.dense import Dense
from glassnet.layers.embedding import Embedding
from glassnet.layers.layer import Layer
from glassnet.layers.normalization import BatchNorm, LayerNorm

Module = dict[str, Array]
COUNT = "num_batches_tracked"  # of BatchNorm: nothing depends on it
KINDS = {
    "batch norm": "BatchNorm1d", "linear": "Linear", "matrix": "Linear or Embedding without bias",
    "layer norm": "LayerNorm", "slopes": "PReLU",
}  # fmt: skip


def kind_of(module: Mapping[str, Array]) -> str:
    """Which kind of module has these arrays."""
    weight = module.get("weight")
    if {"running_mean", "running_var"} <= {*module}:
        return "batch norm"
    if weight is None or not {*module} <= {"weight", "bias"}:
        return ""
    if weight.ndim == 2:
        return "linear" if "bias" in module else "matrix"
    return ("layer norm" if "bias" in module else "slopes") if weight.ndim == 1 else ""


class Groups:
    """Modules by name, each with its arrays; those that were taken are remembered."""

    def __init__(self, arrays: Mapping[str, Array], in_order: bool):
        self.in_order = in_order
        self.modules: dict[str, Module] = {}
        for name, array in arrays.items():
            module, _, own = name.rpartition(".")
            if own != COUNT:
                self.modules.setdefault(module, {})[own] = array
        self.taken: set[str] = set()

    def within(self, name: str) -> "Groups":
        """The modules of this name, and those inside it."""
        found = Groups({}, self.in_order)
        found.modules = {k: v for k, v in self.modules.items() if k == name or k.startswith(f"{name}.")}
        found.taken = self.taken
        return found

    def next(self, kinds: tuple[str, ...], layer: Layer) -> tuple[str, Module]:
        """The next module of one of these kinds; its name and arrays."""
        left = [name for name, module in self.modules.items() if name not in self.taken and kind_of(module) in kinds]
        if not left:
            wanted = " or ".join(KINDS[kind] for kind in kinds)
            without = isinstance(layer, Dense) and layer.bias and any(map(self.is_matrix, self.modules))
            hint = " (one without a bias belongs to Dense(…, bias=False))" if without else ""
            raise InvalidInput(
                f"from_torch: no weights of {wanted} are left for {layer!r}; there are {self.listed()}{hint}."
            )
        name = left[0] if self.in_order else self.first(left)
        self.taken.add(name)
        return name, self.modules[name]

    def is_matrix(self, name: str) -> bool:
        """Whether a module that is not yet taken is a table of weights alone."""
        return name not in self.taken and kind_of(self.modules[name]) == "matrix"

    def first(self, names: list[str]) -> str:
        """The first of some names by the numbers in them; refused where these do not say an order."""
        texts = {re.sub(r"\d+", "0", name) for name in names}
        if len(texts) > 1:
            raise InvalidInput(
                f"from_torch: a file does not say in which order {' and '.join(map(brief, names[:3]))} come: give "
                f"layers={{{names[0]!r}: …, {names[1]!r}: …}}, or model.state_dict() itself."
            )
        return min(names, key=lambda name: [int(number) for number in re.findall(r"\d+", name)])

    def listed(self) -> str:
        """What there is, as a message shows it."""
        shown = [
            f"{name}.{own} {array.shape}" for name, module in self.modules.items() for own, array in module.items()
        ]
        return ", ".join(shown[:6]) + (", …" if len(shown) > 6 else "") if shown else "none"

    def check_all_taken(self) -> None:
        """Refuse weights that no layer has."""
        if left := [name for name in self.modules if name not in self.taken]:
            own = next(iter(self.modules[left[0]]))
            raise InvalidInput(
                f"from_torch: no layer is given for {f'{left[0]}.{own}'!r} {self.modules[left[0]][own].shape}"
                f"{f' and {len(left) - 1} more' if len(left) > 1 else ''}: add it to layers."
            )

    # By layer.

    def linear(self, layer: Dense) -> dict[str, Array]:
        """W and b of a fully connected layer."""
        name, module = self.next(("linear",) if layer.bias else ("matrix",), layer)
        found = {"W": module["weight"].T} | ({"b": module["bias"]} if layer.bias else {})
        fits(layer, name, module, "weight", (layer.units, module["weight"].shape[1]))
        return found

    def table(self, layer: Embedding) -> dict[str, Array]:
        """W of an embedding."""
        name, module = self.next(("matrix",), layer)
        fits(layer, name, module, "weight", (layer.categories, layer.dimensions))
        return {"W": module["weight"]}

    def batch_norm(self, layer: BatchNorm) -> dict[str, Array]:
        """Gain, bias and what was seen; 1 and 0 without `affine`."""
        _, module = self.next(("batch norm",), layer)
        mean, variance = module["running_mean"], module["running_var"]
        return {
            "gamma": module.get("weight", np.ones_like(mean)),
            "beta": module.get("bias", np.zeros_like(mean)),
            "running_mean": mean,
            "running_variance": variance,
        }

    def layer_norm(self, layer: LayerNorm) -> dict[str, Array]:
        """Gain and bias."""
        _, module = self.next(("layer norm",), layer)
        return {"gamma": module["weight"], "beta": module["bias"]}

    def slopes(self, layer: Layer, units: int | None) -> Array:
        """α for each unit, of which PyTorch may have one for all."""
        name, module = self.next(("slopes",), layer)
        alpha = module["weight"]
        if alpha.size == 1 and units is None:
            raise InvalidInput(f"from_torch: {name!r} has one slope for all units: put it into the layer before it.")
        return np.broadcast_to(alpha, units) if alpha.size == 1 and units else alpha


def fits(layer: Layer, name: str, module: Module, own: str, shape: tuple[Any, ...]) -> None:
    """Refuse weights of another shape than a layer has."""
    if module[own].shape != shape:
        raise InvalidInput(f"from_torch: {layer!r} needs {name}.{own} of shape {shape}, got {module[own].shape}.")
