"""Losses, gradients, update rules and schedules beside PyTorch's own, on both engines: `make test-peers`.

It runs where PyTorch is installed, and nowhere else: it is no part of what must pass for a change to land.
"""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

import glassnet as gn
from glassnet.engine.selection import installed
from glassnet.formulas.schedules import NOTHING_YET

torch: Any = pytest.importorskip("torch")
torch.set_default_dtype(torch.float64)  # of the product that NAdam keeps, too
F = torch.nn.functional
ENGINES = ["numpy", *(["compiled"] if installed("numba") else [])]
NETWORKS = 100  # on each engine

ACTIVATIONS: dict[str, Any] = {
    "linear": lambda z: z,
    "relu": F.relu,
    "leaky_relu": F.leaky_relu,
    "elu": F.elu,
    "selu": F.selu,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "arctan": torch.atan,
    "softplus": F.softplus,
    "gelu": F.gelu,
    "gelu_tanh": lambda z: F.gelu(z, approximate="tanh"),
    "silu": F.silu,
    "mish": F.mish,
    "hard_sigmoid": lambda z: torch.clamp(z / 6 + 0.5, 0, 1),  # the slope of F.hardsigmoid is 1/6 in single precision
}


def cross_entropy(z: Any, y: Any) -> Any:
    """With label smoothing, a value a row."""
    return F.cross_entropy(z, y, label_smoothing=0.1, reduction="none")


LOSSES: dict[str, tuple[Any, Any, str]] = {
    "squared_error": (gn.SquaredError(), lambda z, y: (z - y) ** 2, "linear"),
    "half_squared_error": (gn.HalfSquaredError(), lambda z, y: 0.5 * (z - y) ** 2, "linear"),
    "absolute_error": (gn.AbsoluteError(), lambda z, y: F.l1_loss(z, y, reduction="none"), "linear"),
    "huber": (gn.Huber(0.7), lambda z, y: F.huber_loss(z, y, delta=0.7, reduction="none"), "linear"),
    "log_cosh": (gn.LogCosh(), lambda z, y: torch.log(torch.cosh(z - y)), "linear"),
    "quantile": (gn.Quantile((0.3,)), lambda z, y: torch.maximum(0.3 * (y - z), -0.7 * (y - z)), "linear"),
    "poisson": (gn.Poisson(), lambda z, y: F.poisson_nll_loss(z, y, reduction="none"), "exponential"),
    "binary_cross_entropy": (
        gn.BinaryCrossEntropy(),
        lambda z, y: F.binary_cross_entropy_with_logits(z, y, reduction="none"),
        "sigmoid",
    ),
    "cross_entropy": (gn.CrossEntropy(label_smoothing=0.1), cross_entropy, "softmax"),
}


class Twin:
    """A random network in glassnet, and the same in PyTorch, with rows and targets for both."""

    def __init__(self, seed: int, engine: str):
        rng = np.random.default_rng(seed)
        self.n, inputs, outputs = int(rng.integers(2, 40)), int(rng.integers(1, 7)), int(rng.integers(2, 5))
        self.loss, self.theirs, last = LOSSES[list(LOSSES)[seed % len(LOSSES)]]
        depth = int(rng.integers(0, 4))
        self.names = [list(ACTIVATIONS)[k] for k in rng.integers(0, len(ACTIVATIONS), depth)]
        widths = [inputs, *rng.integers(1, 9, depth).tolist(), outputs]
        layers = [gn.Dense(units, name) for units, name in zip(widths[1:], [*self.names, last], strict=True)]
        self.net = gn.Network(layers, dtype="float64", engine=engine).build(inputs, seed=seed)
        self.net.parameters[:] += rng.normal(0, 0.1, self.net.parameters.size)  # biases too
        self.X, self.Y = rng.normal(size=(self.n, inputs)), self.targets(rng, outputs)
        self.weights = rng.uniform(0.1, 3, self.n) if seed % 2 else None
        arrays = self.net.arrays
        self.parameters = {name: torch.tensor(array.copy(), requires_grad=True) for name, array in arrays.items()}
        assert len(list(pairwise(widths))) * 2 == len(arrays)

    def targets(self, rng: "np.random.Generator", outputs: int) -> Any:
        if self.loss.targets == "classes":
            return rng.integers(0, outputs, self.n)
        if self.loss.targets == "binary":
            return rng.integers(0, 2, (self.n, outputs)).astype(float)
        if self.loss.targets == "counts":
            return rng.poisson(2, (self.n, outputs)).astype(float)
        return rng.normal(size=(self.n, outputs))

    def their_loss(self, rows: slice = slice(None)) -> Any:
        A, Y = torch.tensor(self.X[rows]), torch.tensor(self.Y[rows])
        for k, name in enumerate([*self.names, "linear"]):
            A = ACTIVATIONS[name](A @ self.parameters[f"{k}.W"] + self.parameters[f"{k}.b"])
        values = self.theirs(A, Y)
        if self.weights is None:
            return values.mean()
        values = values.reshape(len(values), -1)
        weights = torch.tensor(self.weights[rows])
        return (values.mean(dim=1) * weights).sum() / weights.sum()


@pytest.mark.parametrize("engine", ENGINES)
def test_losses_and_gradients_of_random_networks_are_those_of_autograd(engine):
    for seed in range(NETWORKS):
        twin = Twin(seed, engine)
        before = {name: array.copy() for name, array in twin.net.arrays.items()}
        given: dict[str, Any] = {"sample_weight": twin.weights, "batch_size": twin.n, "shuffle": False, "seed": 0}
        history = twin.net.fit(twin.X, twin.Y, loss=twin.loss, optimizer=gn.SGD(1.0), epochs=1, **given)
        theirs = twin.their_loss()
        theirs.backward()
        what = f"{seed}: {twin.net}, {twin.loss}"
        np.testing.assert_allclose(history["loss"][0], theirs.item(), rtol=1e-10, atol=1e-12, err_msg=what)
        for name, array in twin.net.arrays.items():  # a step of rate 1 is the gradient
            expected = twin.parameters[name].grad.numpy()
            np.testing.assert_allclose(before[name] - array, expected, rtol=1e-10, atol=1e-10, err_msg=f"{what} {name}")


def groups(parameters: Any) -> list[dict[str, Any]]:
    """Weights, which decay, and biases, which do not."""
    decaying = [p for name, p in parameters.items() if name.endswith("W")]
    return [{"params": decaying}, {"params": [p for p in parameters.values() if p.ndim == 1], "weight_decay": 0.0}]


O = torch.optim
RATE = gn.Cosine(0.05, final=0.001)
RULES: dict[str, tuple[Any, Any]] = {
    "sgd": (gn.SGD(RATE), lambda p: O.SGD(p, lr=1)),
    "momentum": (gn.Momentum(RATE), lambda p: O.SGD(p, lr=1, momentum=0.9)),
    "nesterov": (gn.Nesterov(RATE), lambda p: O.SGD(p, lr=1, momentum=0.9, nesterov=True)),
    "adagrad": (gn.AdaGrad(RATE), lambda p: O.Adagrad(p, lr=1, eps=1e-8)),
    "rmsprop": (gn.RMSProp(RATE), lambda p: O.RMSprop(p, lr=1, alpha=0.9, eps=1e-8)),
    "adam": (gn.Adam(RATE), lambda p: O.Adam(p, lr=1)),
    "adamw": (gn.AdamW(RATE, weight_decay=0.1), lambda p: O.AdamW(p, lr=1, weight_decay=0.1)),
    "nadam": (gn.Nadam(RATE), lambda p: O.NAdam(p, lr=1)),
    "nadam of Keras": (gn.Nadam(RATE, momentum_decay=1.0), lambda p: O.NAdam(p, lr=1, momentum_decay=1.0)),
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", RULES)
def test_fifty_steps_of_an_update_rule_with_a_schedule_are_those_of_torch_optim(name, engine):
    rule, make = RULES[name]
    for seed in (1, 5, 9):
        twin = Twin(seed, engine)
        size, per_epoch = -(-twin.n // 5), -(-twin.n // -(-twin.n // 5))
        epochs = -(-50 // per_epoch)
        optimizer, step = make(groups(twin.parameters)), 0
        for _ in range(epochs):
            for start in range(0, twin.n, size):
                for group in optimizer.param_groups:
                    group["lr"] = float(RATE.at(step / per_epoch, epochs))
                optimizer.zero_grad()
                twin.their_loss(slice(start, start + size)).backward()
                optimizer.step()
                step += 1
        given: dict[str, Any] = {"sample_weight": twin.weights, "batch_size": size, "shuffle": False, "seed": 0}
        twin.net.fit(twin.X, twin.Y, loss=twin.loss, optimizer=rule, epochs=epochs, **given)
        for key, array in twin.net.arrays.items():
            expected = twin.parameters[key].detach().numpy()
            np.testing.assert_allclose(array, expected, rtol=1e-9, atol=1e-9, err_msg=f"{seed} {key}")


def test_a_plateau_is_one_epoch_shorter_than_that_of_torch_with_the_same_patience():
    values = (1 + np.random.default_rng(0).normal(0, 0.1, 80).cumsum() * 0.1).tolist()
    for patience in (1, 3, 6):
        (parameter,) = [torch.zeros(1, requires_grad=True)]
        optimizer = O.SGD([parameter], lr=1.0)
        how = {"factor": 0.5, "patience": patience - 1, "threshold": 0.01, "threshold_mode": "abs", "eps": 0.0}
        theirs = O.lr_scheduler.ReduceLROnPlateau(optimizer, **how)
        ours, watch = gn.ReduceOnPlateau(1.0, factor=0.5, patience=patience, min_delta=0.01), NOTHING_YET
        for value in values:
            theirs.step(value)
            watch = ours.observe(watch, value)
            assert float(ours.at(0.0, None, watch[2])) == pytest.approx(optimizer.param_groups[0]["lr"], rel=1e-12)
