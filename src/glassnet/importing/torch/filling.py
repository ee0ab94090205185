"""Layers filled in a row: where the channels lie in PyTorch, and in which order numbers come that are flat."""

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.importing.pieces import Piece, nested
from glassnet.importing.torch.groups import Groups
from glassnet.importing.torch.weights import slopes, weights_of
from glassnet.layers.columns import Columns
from glassnet.layers.convolution.convolution import Conv1D, Conv2D
from glassnet.layers.convolution.pad import Pad
from glassnet.layers.convolution.pooling import AveragePool, GlobalAveragePool, MaxPool
from glassnet.layers.dense import Dense
from glassnet.layers.flatten import Flatten, Reshape
from glassnet.layers.layer import Layer, Shape
from glassnet.layers.normalization import BatchNorm
from glassnet.layers.residual import Residual
from glassnet.layers.sequences.attention import Attention
from glassnet.layers.sequences.recurrent import Recurrent

WINDOWS = (Conv1D, Conv2D, MaxPool, AveragePool, GlobalAveragePool, Pad)
NEEDS_SHAPE = (*WINDOWS, Flatten, Reshape, Recurrent, Attention)  # no weights say how many positions a sample has


class Filling:
    """Goes through layers with the shape of a sample, where it is known.

    `first` says whether PyTorch has the channels in front by now, as its convolutions and pictures do; `order`, of
    numbers that were flattened so, which of PyTorch's stands at each place here.
    """

    def __init__(self, shape: Shape | None, filled: bool = False):
        self.shape, self.filled = shape, filled
        self.first = shape is not None and len(shape) == 3
        self.order: Array | None = None

    def arrays(self, layer: Layer, groups: Groups) -> dict[str, Array]:
        """The arrays of a layer, by glassnet's names, from the next weights of its kind."""
        found = self._inside(layer, groups) if layer.inner else self._own(layer, groups)
        self.filled = self.filled or bool(found)
        return found

    def whole(self, layer: Layer, groups: Groups) -> dict[str, Array]:
        """The arrays of a layer with no other behind it."""
        found = self.arrays(layer, groups)
        self.check_order()
        return found

    def check_order(self) -> None:
        """Refuse outputs that are still flat in PyTorch's order."""
        if self.order is not None:
            raise InvalidInput(
                "from_torch: the outputs behind the last Flatten would come in another order than PyTorch's, which has "
                "the channels first: leave that Flatten out, or put a Dense behind it."
            )

    def _inside(self, layer: Layer, groups: Groups) -> dict[str, Array]:
        if isinstance(layer, (Residual, Columns)) and self.order is not None:
            raise InvalidInput(
                f"from_torch: a {type(layer).__name__} layer right behind Flatten takes numbers that PyTorch has in "
                "another order, with the channels first: put a Dense between them."
            )
        if not isinstance(layer, Columns):
            return nested([Piece(inside, self.arrays(inside, groups)) for inside in layer.inner])
        found = [
            Piece(inside, Filling((len(numbers),), self.filled).whole(inside, groups))
            for numbers, inside in zip(layer.columns, layer.inner, strict=True)
        ]
        self._go_on(layer)
        return nested(found)

    def _own(self, layer: Layer, groups: Groups) -> dict[str, Array]:
        learned = getattr(layer.output_activation, "learned", ())
        self._enter(layer)
        found = weights_of(groups, layer)
        if found is None and layer.parameters(self.shape or (1,)) and not learned:
            raise InvalidInput(f"from_torch: {layer!r} has parameters, but no module of PyTorch corresponds to it.")
        found = self._ordered(layer, found or {})
        for name in learned:
            units = found["W"].shape[-1:] if "W" in found else None
            alpha = slopes(groups, layer, units or self.shape)
            found[name] = alpha if self.order is None or units else alpha[self.order]
        self._leave(layer)
        return found

    def _ordered(self, layer: Layer, found: dict[str, Array]) -> dict[str, Array]:
        """Weights that meet flat numbers in PyTorch's order, in ours."""
        if self.order is None or not found:
            return found
        names = ("W",) if isinstance(layer, Dense) else (*found,)
        if any(len(found[name]) != len(self.order) for name in names):
            return found  # which is refused when the network is made
        return found | {name: found[name][self.order] for name in names}

    def _enter(self, layer: Layer) -> None:
        """Where the channels lie for a layer, and refuse what comes in another order."""
        if isinstance(layer, WINDOWS) or (isinstance(layer, BatchNorm) and self.shape and len(self.shape) > 1):
            if self.shape is None:
                raise InvalidInput(
                    "from_torch cannot tell the shape of a sample from these layers: say it, as in "
                    "input_shape=(28, 28, 1), the channels last."
                )
            self.first = True
        elif isinstance(layer, (Dense, Recurrent, Attention)):
            self.first = False  # these take the features last, there as here
        elif isinstance(layer, Reshape) and (self.filled or self.order is not None) and len(layer.shape) > 1:
            raise InvalidInput(
                f"from_torch: {layer!r} lays numbers out in another order than PyTorch, whose channels come first: use "
                "it only in front of all layers with weights."
            )

    def _leave(self, layer: Layer) -> None:
        """The shape, and the order of flat numbers, behind a layer."""
        if self.shape is None:
            return
        if isinstance(layer, (Flatten, Reshape)) and len(self.shape) > 1 and self.first:
            *positions, channels = self.shape
            there = np.arange(np.prod(self.shape)).reshape(channels, *positions)
            if 1 not in (channels, np.prod(positions)):  # else both orders are the same
                self.order = np.moveaxis(there, 0, -1).ravel()
        elif isinstance(layer, Dense):
            self.order = None
        self._go_on(layer)

    def _go_on(self, layer: Layer) -> None:
        if self.shape is not None:
            self.shape = layer.output_shape(self.shape)
