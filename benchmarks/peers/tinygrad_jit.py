"""tinygrad on the CPU with its TinyJit, which compiles with clang."""

# mypy: disable-error-code="import-not-found,import-untyped"
import os
import shutil
from itertools import pairwise

os.environ.update(DEV="CPU", TRAINING="1")  # read when it is imported

import numpy as np
from tinygrad import Tensor, TinyJit, nn
from tinygrad.nn.state import get_parameters

from benchmarks.cases import Case
from benchmarks.model import Model
from benchmarks.peers import Unavailable
from benchmarks.worker import Call

ACTIVATIONS = {"relu": Tensor.relu, "sigmoid": Tensor.sigmoid, "tanh": Tensor.tanh}
RULES = {"sgd": nn.optim.SGD, "adam": nn.optim.Adam}

if shutil.which(os.environ.get("CC", "clang")) is None:
    raise Unavailable("tinygrad needs clang on the CPU, which is not installed")


def threads() -> str:
    return "1"  # a program a kernel, on the calling thread


class Net:
    """Linear layers with an activation between them."""

    def __init__(self, widths: tuple[int, ...], activation: str):
        self.layers = [nn.Linear(*sizes) for sizes in pairwise(widths)]
        self.activation = ACTIVATIONS[activation]

    def __call__(self, X: Tensor) -> Tensor:
        *hidden, last = self.layers
        for layer in hidden:
            X = self.activation(layer(X))
        return last(X)


def step(case: Case) -> Call:
    X, y = (Tensor(array).realize() for array in case.data())
    net = Net(case.widths, case.activation)
    optimizer = RULES[case.optimizer](get_parameters(net), lr=case.learning_rate)

    @TinyJit
    def run() -> Tensor:
        optimizer.zero_grad()
        Z = net(X)
        loss = Z.sparse_categorical_crossentropy(y) if case.classifies else ((Z - y) ** 2).mean()
        return loss.backward().realize(*optimizer.schedule_step())

    return Call(lambda: run().item())


def loaded(model: Model) -> Net:
    net = Net(model.widths, "relu")
    for layer, (W, b) in zip(net.layers, model.parameters(), strict=True):
        layer.weight.assign(Tensor(np.ascontiguousarray(W.T))).realize()
        layer.bias.assign(Tensor(b)).realize()
    return net


def predict(model: Model, X: np.ndarray) -> Call:
    net, rows = loaded(model), Tensor(X).realize()
    run = TinyJit(lambda inputs: net(inputs).realize())
    return Call(lambda: run(rows).numpy())
