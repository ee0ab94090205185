"""What convolutions over any number of axes share: their settings, and the passes piece by piece of a batch."""

import math
from collections.abc import Iterator
from typing import Any, ClassVar, Literal

import numpy as np

from glassnet.errors import InvalidInput, UnknownName
from glassnet.formulas.activations import Activation, ActivationLike
from glassnet.formulas.description import Converted, field
from glassnet.formulas.elementary import Array
from glassnet.formulas.initializers import Initializer, InitializerLike
from glassnet.formulas.penalties import Penalty, PenaltyLike
from glassnet.formulas.registry import is_one_of, require_number, require_whole
from glassnet.layers.activate import ScoreSlices, learned_parameters
from glassnet.layers.convolution.sizes import check_positions, shown, sizes
from glassnet.layers.convolution.windows import Windows, windows_of
from glassnet.layers.dense import best_initializer
from glassnet.layers.layer import Layer, Parameter, Shape
from glassnet.layers.scored import Scored

FACTORS = ("learning_rate_factor", "bias_learning_rate_factor")

Sizes = Converted[Shape, int | Shape | list[int]]
Padding = Converted[Shape | str, int | Shape | list[int] | str]


class ConvolutionSlices(ScoreSlices):
    """Those of a convolution."""

    W: Array
    b: Array
    dW: Array
    db: Array


class Convolution(Scored, Layer, listed=False):
    """What convolutions over any number of axes share: the passes, piece by piece of a batch."""

    filters: int
    kernel: Sizes
    activation: Converted[Activation, ActivationLike] = field(default="linear")
    stride: Sizes = field(default=1)
    padding: Padding = field(default="valid")
    dilation: Sizes = field(default=1)
    groups: int = 1
    bias: bool = True
    weights: Converted[Initializer | Literal["auto"], InitializerLike | Literal["auto"]] = field(default="auto")
    biases: Converted[Initializer, InitializerLike] = field(default="zeros")
    weight_decay: Any = None
    penalty: Converted[Penalty | None, PenaltyLike | None] = field(default=None)
    learning_rate_factor: float = 1.0
    bias_learning_rate_factor: float = 1.0
    schedulable = ("weight_decay",)
    slices = ConvolutionSlices
    axes: ClassVar[int]
    paddings: ClassVar[tuple[str, ...]] = ("valid", "same")

    def __post_init__(self) -> None:
        super().__post_init__()
        owner = type(self).__name__
        for name in ("filters", "groups"):
            require_whole(self, name)
        fields = ("kernel", "stride", "dilation")
        found: dict[str, Any] = {name: sizes(owner, name, getattr(self, name), self.axes) for name in fields}
        if isinstance(self.padding, str):
            if self.padding not in self.paddings:
                raise UnknownName("padding", self.padding, self.paddings)
        else:
            found["padding"] = sizes(owner, "padding", self.padding, self.axes, least=0)
        found["activation"] = Activation.of(self.activation)
        found["weights"] = "auto" if is_one_of(self.weights, ["auto"]) else Initializer.of(self.weights)
        found["biases"] = Initializer.of(self.biases)
        found["penalty"] = None if self.penalty is None else Penalty.of(self.penalty)
        for name, value in found.items():
            object.__setattr__(self, name, value)
        self._check_settings()

    def _check_settings(self) -> None:
        owner = type(self).__name__
        if self.filters % self.groups:
            raise InvalidInput(
                f"{owner}: {self.filters} filters cannot be shared out over {self.groups} groups evenly."
            )
        for drawn_by in (self.weights, self.biases):
            if isinstance(drawn_by, Initializer) and drawn_by.of_data:
                raise InvalidInput(f"{owner}: {drawn_by!r} looks at rows of data, which is for Dense alone.")
        if self.weight_decay is not None:
            require_number(self, "weight_decay", 0, open_low=False)
        for name in FACTORS:
            require_number(self, name, 0, open_low=False)

    def __repr__(self) -> str:
        f = self.activation
        given = [str(self.filters), shown(self.kernel), repr(f.name) if f == type(f)() else repr(f)]
        for name, value in self._values().items():
            default = self._fields()[name].default
            plain = value == default or shown(value) == repr(default) or value == (default,) * self.axes
            if name in ("filters", "kernel", "activation") or plain:
                continue
            if name != "biases" or value != Initializer.of("zeros"):
                given.append(f"{name}={shown(value)}")
        return f"{type(self).__name__}({', '.join(given)})"

    def windows(self, shape: Shape) -> Windows:
        """Where its windows stand on samples of a shape."""
        return windows_of(shape[:-1], self.kernel, self.stride, self.dilation, self.padding)

    def output_shape(self, shape: Shape) -> Shape:
        owner = type(self).__name__
        check_positions(owner, shape, self.axes)
        found = self.windows(shape)
        found.check(owner, shape)
        if shape[-1] % self.groups:
            raise InvalidInput(
                f"{owner}: {shape[-1]} channels cannot be shared out over {self.groups} groups evenly; its input has "
                f"shape {shape}."
            )
        return (*found.outputs, self.filters)

    def parameters(self, shape: Shape) -> dict[str, Parameter]:
        drawn_by = Initializer.of(best_initializer(self.activation) if self.weights == "auto" else self.weights)
        found = {
            "W": Parameter(
                (*self.kernel, shape[-1] // self.groups, self.filters),
                drawn_by,
                is_penalized=True,
                penalty=self.penalty,
                decay_source=None if self.weight_decay is None else self,
                learning_rate_factor=self.learning_rate_factor,
            )
        }
        if self.bias:
            found["b"] = Parameter((self.filters,), self.biases, learning_rate_factor=self.bias_learning_rate_factor)
        return found | learned_parameters(self.activation, (self.filters,))

    def multiply_adds(self, shape: Shape) -> int:
        weights = math.prod(self.kernel) * shape[-1] // self.groups * self.filters
        return math.prod(self.windows(shape).outputs) * weights

    def score(self, s: ConvolutionSlices) -> None:
        for part, P in self._patches(s):
            Z = s.Z[part].reshape(-1, self.filters)
            for inputs, filters, W in self._groups(s.W):
                np.matmul(P[..., inputs].reshape(len(Z), -1), W, out=Z[:, filters])
        if self.bias:
            s.Z += s.b

    def _patches(self, s: ConvolutionSlices) -> Iterator[tuple[slice, Array]]:
        """Some samples after the other, each time with what the windows see of them."""
        windows = self.windows(s.X.shape[1:])
        for part in windows.parts(len(s.X), s.X.shape[-1]):
            yield part, windows.patches(s.X[part])

    def _groups(self, W: Array) -> list[tuple[slice, slice, Array]]:
        """For each group its channels, its filters, and its weights as a matrix."""
        inputs, filters = W.shape[-2], self.filters // self.groups
        found = []
        for g in range(self.groups):
            own = slice(g * filters, (g + 1) * filters)
            found.append((slice(g * inputs, (g + 1) * inputs), own, W[..., own].reshape(-1, filters)))
        return found

    def backward_from_scores(self, s: ConvolutionSlices) -> None:
        s.dW[...] = 0.0
        for part, P in self._patches(s):
            dZ = s.dZ[part].reshape(-1, self.filters)
            for inputs, filters, _ in self._groups(s.W):
                dW = P[..., inputs].reshape(len(dZ), -1).T @ dZ[:, filters]
                s.dW[..., filters] += dW.reshape(*s.W.shape[:-1], -1)
        if self.bias:
            s.dZ.reshape(-1, self.filters).sum(axis=0, out=s.db)
        self.scores_to_inputs(s)

    def scores_to_inputs(self, s: ConvolutionSlices) -> None:
        if s.dX is None:
            return
        windows = self.windows(s.X.shape[1:])
        for part in windows.parts(len(s.X), s.X.shape[-1]):
            dZ = s.dZ[part]
            edged = np.zeros((len(dZ), *windows.padded, s.dX.shape[-1]), s.dX.dtype)
            for tap, spots in windows.taps:
                for inputs, filters, _ in self._groups(s.W):
                    edged[(*spots, inputs)] += dZ[..., filters] @ s.W[tap][:, filters].T
            s.dX[part] = edged[windows.inside]

    def named_values(self, s: Any) -> dict[str, Array]:
        if self.groups > 1:
            return {}  # the formula holds for each group by itself
        windows = self.windows(s.X.shape[1:])
        P = windows.patches(s.X).reshape(-1, math.prod(s.W.shape[:-1]))
        flat = {"P": P} | {name: getattr(s, name).reshape(-1, self.filters) for name in ("W", "Z", "A")}
        if getattr(s, "dA", None) is not None:
            flat |= {name: getattr(s, name).reshape(-1, self.filters) for name in ("dW", "dZ", "dA")}
            flat["dP"] = flat["dZ"] @ flat["W"].T
        return flat
