"""Networks copied, pickled and compared: by layers, dtype, parameters and state."""

import copy
from typing import Any, Self

import numpy as np

from glassnet.engine.plan import PredictionPlans
from glassnet.formulas.elementary import Array
from glassnet.layers.layer import Layer, Shape


class Copied:
    """Copying and comparing networks.

    Two networks are equal when their layers, dtype, shape of a sample, parameters and state are equal; how they were
    trained and what runs them does not count. Since these change, a network cannot be hashed: use `id(net)` as a key.

    >>> import copy
    >>> import glassnet as gn
    >>> net = gn.Network([gn.Dense(2, "softmax")]).build(4, seed=0)
    >>> other = copy.copy(net)
    >>> net == other, net == gn.Network(net.layers).build(4, seed=1)
    (True, False)
    """

    layers: tuple[Layer, ...]
    dtype: np.dtype
    layout: Any
    _parameters: Array | None
    state: Array

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_plans"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state, _plans=PredictionPlans())

    def __copy__(self) -> Self:
        return copy.deepcopy(self)  # two networks that share parameters would train each other

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Copied):
            return NotImplemented
        if (self.layers, self.dtype, self._shape()) != (other.layers, other.dtype, other._shape()):
            return False
        same = self._parameters is None or np.array_equal(self._parameters, np.asarray(other._parameters))
        return same and np.array_equal(self.state, other.state)

    __hash__ = None  # type: ignore[assignment]

    def _shape(self) -> Shape | None:
        return None if self.layout is None else self.layout.input_shape
