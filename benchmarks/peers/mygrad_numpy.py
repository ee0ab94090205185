"""MyGrad, whose tensors record NumPy operations; it has no optimisers, so that these are written here."""

# mypy: disable-error-code="import-not-found,import-untyped"
from itertools import pairwise
from typing import Any

import mygrad as mg
import numpy as np
from mygrad.nnet import relu, sigmoid, softmax_crossentropy, tanh

from benchmarks.cases import Case
from benchmarks.model import Model
from benchmarks.peers import blas_threads
from benchmarks.worker import Call

ACTIVATIONS = {"relu": relu, "sigmoid": sigmoid, "tanh": tanh}
BETA_1, BETA_2, EPSILON = 0.9, 0.999, 1e-8
threads = blas_threads


def forward(parameters: Any, X: Any, activation: Any) -> Any:
    """The scores of the output layer."""
    *hidden, (W, b) = parameters
    for V, c in hidden:
        X = activation(mg.matmul(X, V) + c)
    return mg.matmul(X, W) + b


def step(case: Case) -> Call:
    X, y = case.data()
    rng = np.random.default_rng(0)
    draw = [(rng.standard_normal(sizes) * sizes[0] ** -0.5, np.zeros(sizes[1])) for sizes in pairwise(case.widths)]
    parameters = [(mg.tensor(W, dtype=np.float32), mg.tensor(b, dtype=np.float32)) for W, b in draw]
    tensors = [tensor for layer in parameters for tensor in layer]
    update = Adam(tensors, case.learning_rate) if case.optimizer == "adam" else Descent(tensors, case.learning_rate)

    def run() -> None:
        Z = forward(parameters, X, ACTIVATIONS[case.activation])
        loss = softmax_crossentropy(Z, y) if case.classifies else mg.mean((Z - y) ** 2)
        loss.backward()
        update()

    return Call(run)


class Descent:
    """p ← p − η g"""

    def __init__(self, tensors: list[Any], rate: float):
        self.tensors, self.rate = tensors, np.float32(rate)

    def __call__(self) -> None:
        for tensor in self.tensors:
            tensor.data -= self.rate * tensor.grad


class Adam(Descent):
    """Adam as its paper writes it, in place."""

    def __init__(self, tensors: list[Any], rate: float):
        super().__init__(tensors, rate)
        self.moments = [(np.zeros_like(tensor.data), np.zeros_like(tensor.data)) for tensor in tensors]
        self.steps = 0

    def __call__(self) -> None:
        self.steps += 1
        first, second = 1 - BETA_1**self.steps, 1 - BETA_2**self.steps
        for tensor, (m, v) in zip(self.tensors, self.moments, strict=True):
            m += (1 - BETA_1) * (tensor.grad - m)
            v += (1 - BETA_2) * (tensor.grad**2 - v)
            tensor.data -= self.rate * (m / first) / (np.sqrt(v / second) + EPSILON)


def predict(model: Model, X: np.ndarray) -> Call:
    parameters = model.parameters()

    def run() -> Any:
        with mg.no_autodiff:
            return forward(parameters, X, relu)

    return Call(run)
