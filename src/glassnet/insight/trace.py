"""A trace: every array of one training step, by its name on paper."""

from types import SimpleNamespace
from typing import Any

import numpy as np

from glassnet.engine.plan import Step
from glassnet.insight.one_step import OneStep
from glassnet.network import Network

HIDDEN = ("ones", "rng", "inner")


class TracedLayer(SimpleNamespace):
    """One layer of a trace: `X, W, b, Z, A` and `dX, dW, db, dZ, dA`, read-only copies; `inner` holds layers inside."""

    def __repr__(self) -> str:
        arrays = {name: value.shape for name, value in vars(self).items() if isinstance(value, np.ndarray)}
        return f"{self.layer!r}: " + ", ".join(f"{name} {shape}" for name, shape in arrays.items())


class Trace:
    """One training step of a network: `layers`, in order, and the `loss`."""

    def __init__(self, layers: list[TracedLayer], loss: float):
        self.layers, self.loss = layers, loss

    def __repr__(self) -> str:
        return "\n".join([f"loss {self.loss:.6g}", *(f"{k}  {layer!r}" for k, layer in enumerate(self.layers))])


def trace(
    net: Network, X: Any, y: Any, *, loss: Any = None, sample_weight: Any = None, penalty: Any = None, seed: int = 0
) -> Trace:
    """Every array of one training step on the given rows, in the network's dtype; the network is not changed.

    For an output layer that is differentiated together with its loss (softmax and cross-entropy, sigmoid and binary
    cross-entropy) the backward pass begins with dZ = A − Y, divided as the loss says; its dA stays 0.
    `seed` is that of dropout.

    >>> import glassnet as gn
    >>> iris = gn.datasets.iris()
    >>> net = gn.Network([gn.Dense(6, "relu"), gn.Dense(3, "softmax")]).build(4, seed=0)
    >>> step = gn.trace(net, iris.X[:4], iris.y[:4], loss="cross_entropy")
    >>> step.layers[0].Z.shape, step.layers[0].dW.shape
    ((4, 6), (4, 6))
    """
    step = OneStep(net, X, y, loss, sample_weight, penalty, net.dtype, seed)
    value = step.forward()
    step.backward()
    return Trace([_copy(each) for each in step.plan.steps(len(step.data))], value)


def _copy(step: Step) -> TracedLayer:
    arrays = {name: value.copy() for name, value in vars(step.slices).items() if isinstance(value, np.ndarray)}
    for array in arrays.values():
        array.flags.writeable = False
    shown = {name: array for name, array in arrays.items() if name not in HIDDEN}
    inner = [_copy(each) for each in getattr(step.slices, "inner", [])]
    return TracedLayer(layer=step.layer, inner=inner, **shown)
