"""The way back to the inputs alone gives the dX of the whole backward pass, and leaves the parameters out."""

from typing import Any

import numpy as np
import pytest

import glassnet as gn
from glassnet.layers.layer import Layer, pull_to_inputs
from tests.layers.test_slices import LAYERS, steps_of

MORE: dict[str, Layer] = {
    "linear": gn.Dense(3),
    "one unit": gn.Dense(1),
    "softmax": gn.Dense(3, "softmax"),
    "learned": gn.Dense(3, gn.Parametric("mish")),
    "nested": gn.Columns((slice(0, 2), gn.Chain(gn.PeriodicEmbedding(2, 3), gn.Scale())), ([2, 3], gn.Scale())),
    "residual of a chain": gn.Residual(gn.Chain(gn.Dense(4, "tanh"), gn.LayerNorm())),
}


class Doubled(gn.Dense, name="doubled_for_this_test"):
    """A layer of one's own with another backward pass, which knows no way to the inputs alone."""

    def forward(self, s: Any) -> None:
        super().forward(s)
        s.A *= 2.0

    def backward(self, s: Any) -> None:
        super().backward(s)
        s.dX *= 2.0


def passes(layer: Layer) -> tuple[Any, Any]:
    """(dX of the whole backward pass, dX of the way to the inputs alone)."""
    found = []
    for alone in (False, True):
        layer_, s = steps_of(layer)[-1]
        s.X[...] = np.random.default_rng(1).integers(0, 3, s.X.shape)
        layer_.forward(s)
        s.dA[...] = np.random.default_rng(2).normal(size=s.dA.shape)
        if alone:
            pull_to_inputs(layer_, s)
        else:
            layer_.backward(s)
        found.append(None if s.dX is None else s.dX.copy())
    return found[0], found[1]


@pytest.mark.parametrize("layer", [*LAYERS.values(), *MORE.values(), Doubled(3)], ids=repr)
def test_the_way_to_the_inputs_gives_what_the_backward_pass_gives(layer: Layer) -> None:
    whole, alone = passes(layer)
    np.testing.assert_array_equal(whole, alone)


def test_the_gradients_of_parameters_are_left_alone() -> None:
    for layer in (gn.Dense(3, gn.Parametric("tanh")), gn.Embedding(5, 2), gn.PeriodicEmbedding(4, 3), gn.Scale()):
        step, s = steps_of(layer)[-1]
        step.forward(s)
        gradients = [name for name in vars(s) if f"d{name}" in vars(s) and name in layer.parameters((4,))]
        for name in gradients:
            getattr(s, f"d{name}")[...] = np.nan
        pull_to_inputs(step, s)
        assert gradients and all(np.isnan(getattr(s, f"d{name}")).all() for name in gradients), layer
