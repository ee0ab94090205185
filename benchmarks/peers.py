"""How each library takes one training step of a case; each imports its library where it is used, and no other."""

import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from benchmarks.cases import Case


class Call(NamedTuple):
    """What is timed: a function without arguments, and how many training steps it takes."""

    run: Callable[[], Any]
    steps: int = 1


@dataclass(frozen=True)
class Peer:
    """A library and a way to use it."""

    label: str
    build: Callable[[Case], Call]
    threads: Callable[[], str]
    packages: tuple[str, ...]


# ------------------------------------------------------------------ glassnet


def glassnet_epoch(case: Case, engine: str, steps: int) -> Call:
    """An epoch of so many batches, over a job laid out as `Network.training` lays it out."""
    import glassnet as gn
    from glassnet.engine.choice import engine_of
    from glassnet.engine.job import Job
    from glassnet.engine.plan import Plan
    from glassnet.training.data import prepare

    hidden = [gn.Dense(width, case.activation) for width in case.widths[1:-1]]
    output = gn.Dense(case.widths[-1], "softmax" if case.classifies else "linear")
    net = gn.Network([*hidden, output]).build(case.widths[0], seed=0)
    layout, parameters = net.built()
    loss, rule = gn.Loss.of(case.loss), gn.UpdateRule.of({"name": case.optimizer, "learning_rate": case.learning_rate})
    X, y = (np.concatenate([array] * steps) for array in case.data())
    samples, _ = prepare(layout, loss, net.dtype, X, y)
    job = Job(Plan(layout, parameters, case.rows), samples, loss, rule)
    order = None if steps == 1 else np.arange(len(samples))
    running = engine_of(engine)
    return Call(lambda: running.epoch(job, order, case.learning_rate), steps)


def glassnet_numpy(case: Case) -> Call:
    """One step a call."""
    return glassnet_epoch(case, "numpy", 1)


def glassnet_compiled(case: Case) -> Call:
    """A hundred steps a call for small batches, as in JAX's scan; one for large ones, where a call is cheap."""
    return glassnet_epoch(case, "compiled", 100 if case.rows * case.widths[0] < 20_000 else 1)


# ------------------------------------------------------------------ PyTorch


def pytorch(case: Case, **options: bool) -> Call:
    import torch
    from torch import nn

    X, y = map(torch.from_numpy, case.data())
    activation = {"relu": nn.ReLU, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh}[case.activation]
    layers = [module for sizes in pairwise(case.widths) for module in (nn.Linear(*sizes), activation())]
    model = nn.Sequential(*layers[:-1])
    loss = nn.CrossEntropyLoss() if case.classifies else nn.MSELoss()
    rule = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}[case.optimizer]
    optimizer = rule(model.parameters(), case.learning_rate, **options)

    def step() -> None:
        optimizer.zero_grad()
        loss(model(X), y).backward()
        optimizer.step()

    return Call(step)


def pytorch_fused(case: Case) -> Call:
    return pytorch(case, fused=True)


def pytorch_threads() -> str:
    import torch

    return f"{torch.get_num_threads()} (PyTorch)"


# ------------------------------------------------------------------ JAX


def jax_start(case: Case) -> tuple[Callable[[Any], Any], Any]:
    """(a step from one state to the next, the first state); the state is (parameters, optimiser's memory, loss)."""
    import jax
    import jax.numpy as jnp
    import optax

    X, y = map(jnp.asarray, case.data())
    activation = {"relu": jax.nn.relu, "sigmoid": jax.nn.sigmoid, "tanh": jnp.tanh}[case.activation]
    optimizer = {"sgd": optax.sgd, "adam": optax.adam}[case.optimizer](case.learning_rate)

    def loss(parameters: Any) -> Any:
        *hidden, (W, b) = parameters
        A = X
        for V, c in hidden:
            A = activation(A @ V + c)
        Z = A @ W + b
        if case.classifies:
            return optax.softmax_cross_entropy_with_integer_labels(Z, y).mean()
        return ((Z - y) ** 2).mean()

    def step(state: Any) -> Any:
        parameters, memory, _ = state
        value, gradients = jax.value_and_grad(loss)(parameters)
        updates, memory = optimizer.update(gradients, memory)
        return optax.apply_updates(parameters, updates), memory, value

    rng = np.random.default_rng(0)
    draw = [(rng.standard_normal(sizes) * sizes[0] ** -0.5, np.zeros(sizes[1])) for sizes in pairwise(case.widths)]
    parameters = jax.tree.map(lambda array: jnp.asarray(array, jnp.float32), draw)
    return step, (parameters, optimizer.init(parameters), jnp.float32(0.0))


def jax_compiled(step: Callable[[Any], Any], state: Any, steps: int) -> Call:
    """The step compiled so that the new state takes the memory of the old one; a call ends when the loss is there."""
    import jax

    compiled = jax.jit(step, donate_argnums=0)

    def run() -> None:
        nonlocal state
        state = compiled(state)
        state[-1].block_until_ready()

    return Call(run, steps)


def jax_call(case: Case) -> Call:
    return jax_compiled(*jax_start(case), steps=1)


def jax_scan(case: Case) -> Call:
    from jax import lax

    step, state = jax_start(case)

    def many(state: Any) -> Any:
        return lax.scan(lambda carry, _: (step(carry), None), state, length=case.scan)[0]

    return jax_compiled(many, state, case.scan)


def jax_threads() -> str:
    return os.environ.get("NPROC", f"{os.cpu_count()} (one a core)")


# ------------------------------------------------------------------ Keras and scikit-learn


def keras_jax(case: Case) -> Call:
    os.environ["KERAS_BACKEND"] = "jax"
    import keras

    X, y = case.data()
    hidden = [keras.layers.Dense(width, case.activation) for width in case.widths[1:-1]]
    model = keras.Sequential([keras.Input(case.widths[:1]), *hidden, keras.layers.Dense(case.widths[-1])])
    rule = {"sgd": keras.optimizers.SGD, "adam": keras.optimizers.Adam}[case.optimizer]
    classes = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(rule(case.learning_rate), classes if case.classifies else "mean_squared_error")
    return Call(lambda: model.train_on_batch(X, y))


def scikit_learn(case: Case) -> Call:
    from sklearn.neural_network import MLPClassifier, MLPRegressor

    warnings.filterwarnings("ignore")
    X, y = case.data()
    activation = "logistic" if case.activation == "sigmoid" else case.activation
    model = (MLPClassifier if case.classifies else MLPRegressor)(
        hidden_layer_sizes=case.widths[1:-1],
        activation=activation,
        solver=case.optimizer,
        learning_rate_init=case.learning_rate,
        batch_size=case.rows,
        momentum=0.0,
        alpha=0.0,
        random_state=0,
    )
    if case.classifies:
        model.partial_fit(X, y, classes=np.arange(case.widths[-1]))
    elif y.shape[1] == 1:
        y = y.ravel()
    return Call(lambda: model.partial_fit(X, y))


def blas_threads() -> str:
    from threadpoolctl import threadpool_info

    pools = {pool["internal_api"]: pool["num_threads"] for pool in threadpool_info()}
    return ", ".join(f"{threads} ({library})" for library, threads in sorted(pools.items()))


REFERENCE = "glassnet"
PEERS = {
    REFERENCE: Peer("glassnet, NumPy engine", glassnet_numpy, blas_threads, ("glassnet", "numpy")),
    "compiled": Peer("glassnet, compiled engine", glassnet_compiled, blas_threads, ("numba", "scipy")),
    "pytorch": Peer("PyTorch eager", pytorch, pytorch_threads, ("torch",)),
    "pytorch_fused": Peer("PyTorch, fused optimiser", pytorch_fused, pytorch_threads, ("torch",)),
    "jax": Peer("JAX, a call a step", jax_call, jax_threads, ("jax", "optax")),
    "jax_scan": Peer("JAX, steps in one scan", jax_scan, jax_threads, ("jax", "optax")),
    "keras": Peer("Keras on JAX, train_on_batch", keras_jax, jax_threads, ("keras", "jax")),
    "scikit_learn": Peer("scikit-learn, partial_fit", scikit_learn, blas_threads, ("scikit-learn",)),
}
