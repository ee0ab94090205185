"""The weights of PyTorch's modules, by kind and in order, as layers ask for them."""

import re
from collections.abc import Mapping
from typing import Any

from glassnet.errors import InvalidInput, brief
from glassnet.formulas.elementary import Array
from glassnet.layers.dense import Dense
from glassnet.layers.layer import Layer

Module = dict[str, Array]
COUNT = "num_batches_tracked"  # of BatchNorm: nothing depends on it
KINDS = {
    "batch norm": "BatchNorm1d or BatchNorm2d", "linear": "Linear", "matrix": "Linear or Embedding without bias",
    "layer norm": "LayerNorm", "slopes": "PReLU", "convolution": "Conv1d or Conv2d",
    "filters": "Conv1d or Conv2d without bias", "rnn": "RNN", "gru": "GRU", "lstm": "LSTM",
    "attention": "MultiheadAttention",
}  # fmt: skip
RECURRENT = {1: "rnn", 3: "gru", 4: "lstm"}  # by how many gates they have
OF_STEPS = re.compile(r"((?:weight|bias)_(?:ih|hh|hr))_l(\d+)(_reverse)?")  # of the layers in one module
ATTENTION = {"in_proj_weight", "in_proj_bias", "out_proj.weight", "out_proj.bias"}
TO_OUTPUTS = "out_proj"  # a module inside MultiheadAttention


def kind_of(module: Mapping[str, Array]) -> str:
    """Which kind of module has these arrays."""
    own, weight = {*module}, module.get("weight")
    if {"running_mean", "running_var"} <= own:
        return "batch norm"
    if {"weight_ih", "weight_hh"} <= own <= {"weight_ih", "weight_hh", "bias_ih", "bias_hh"}:
        gates = module["weight_hh"].shape[0] / max(module["weight_hh"].shape[-1], 1)
        return RECURRENT.get(gates, "") if module["weight_hh"].ndim == 2 else ""
    if {"in_proj_weight", "out_proj.weight"} <= own <= ATTENTION:
        return "attention"
    if weight is None or not own <= {"weight", "bias"}:
        return ""
    biased = "bias" in module
    if biased and module["bias"].ndim != 1:
        return ""
    by_axes = {1: ("slopes", "layer norm"), 2: ("matrix", "linear"), 3: ("filters", "convolution")}
    return by_axes.get(3 if weight.ndim == 4 else weight.ndim, ("", ""))[biased]


def key(module: str, own: str) -> str:
    """How an array is called in a message; a module without a name is the whole model."""
    return f"{module}.{own}".removeprefix(".")


def check_recurrent(name: str, found: re.Match[str]) -> None:
    """Refuse recurrent modules that no layer corresponds to."""
    if found[3] or found[1] == "weight_hr":
        kind = "in both directions (bidirectional=True)" if found[3] else "with projections (proj_size)"
        raise InvalidInput(f"from_torch: {name!r} belongs to a recurrent module {kind}, which is not supported.")


class Groups:
    """Modules by name, each with its arrays; those that were taken are remembered."""

    def __init__(self, arrays: Mapping[str, Array], in_order: bool):
        self.in_order = in_order
        self.modules: dict[str, Module] = {}
        for name, array in arrays.items():
            module, _, own = name.rpartition(".")
            if found := OF_STEPS.fullmatch(own):
                check_recurrent(name, found)
                own, module = found[1], f"{module}.l{found[2]}".removeprefix(".")
            if own != COUNT:
                self.modules.setdefault(module, {})[own] = array
        for name in [*self.modules]:
            whole, _, last = name.rpartition(".")
            if last == TO_OUTPUTS and "in_proj_weight" in self.modules.get(whole, {}):
                self.modules[whole] |= {f"out_proj.{own}": array for own, array in self.modules.pop(name).items()}
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
            f"{key(name, own)} {array.shape}" for name, module in self.modules.items() for own, array in module.items()
        ]
        return ", ".join(shown[:6]) + (", …" if len(shown) > 6 else "") if shown else "none"

    def check_all_taken(self) -> None:
        """Refuse weights that no layer has."""
        if left := [name for name in self.modules if name not in self.taken]:
            own = next(iter(self.modules[left[0]]))
            raise InvalidInput(
                f"from_torch: no layer is given for {key(left[0], own)!r} {self.modules[left[0]][own].shape}"
                f"{f' and {len(left) - 1} more' if len(left) > 1 else ''}: add it to layers."
            )


def fits(layer: Layer, name: str, module: Module, own: str, shape: tuple[Any, ...]) -> None:
    """Refuse weights of another shape than a layer has."""
    if module[own].shape != shape:
        raise InvalidInput(f"from_torch: {layer!r} needs {key(name, own)} of shape {shape}, got {module[own].shape}.")
