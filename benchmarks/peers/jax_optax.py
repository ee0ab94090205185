"""JAX with optax, compiled by XLA."""

import os
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import lax

from benchmarks.cases import Case
from benchmarks.model import Model
from benchmarks.worker import Call

ACTIVATIONS = {"relu": jax.nn.relu, "sigmoid": jax.nn.sigmoid, "tanh": jnp.tanh}
RULES = {"sgd": optax.sgd, "adam": optax.adam}


def threads() -> str:
    return os.environ.get("NPROC", f"{os.cpu_count()} (one a core)")


def forward(parameters: Any, X: Any, activation: Callable[[Any], Any]) -> Any:
    """The scores of the output layer."""
    *hidden, (W, b) = parameters
    for V, c in hidden:
        X = activation(X @ V + c)
    return X @ W + b


def start(case: Case) -> tuple[Callable[[Any], Any], Any]:
    """(a step from one state to the next, the first state); the state is (parameters, optimiser's memory, loss)."""
    X, y = map(jnp.asarray, case.data())
    activation, optimizer = ACTIVATIONS[case.activation], RULES[case.optimizer](case.learning_rate)

    def loss(parameters: Any) -> Any:
        Z = forward(parameters, X, activation)
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


def compiled(step: Callable[[Any], Any], state: Any, steps: int) -> Call:
    """The step compiled so that the new state takes the memory of the old one; a call ends when the loss is there."""
    function = jax.jit(step, donate_argnums=0)

    def run() -> None:
        nonlocal state
        state = function(state)
        state[-1].block_until_ready()

    return Call(run, steps)


def step_call(case: Case) -> Call:
    return compiled(*start(case), steps=1)


def step_scan(case: Case) -> Call:
    step, state = start(case)

    def many(state: Any) -> Any:
        return lax.scan(lambda carry, _: (step(carry), None), state, length=case.scan)[0]

    return compiled(many, state, case.scan)


def predict(model: Model, X: np.ndarray) -> Call:
    """A compiled function from an array that is already JAX's, until its result is there."""
    parameters, rows = model.parameters(), jnp.asarray(X)
    function = jax.jit(lambda inputs: forward(parameters, inputs, jax.nn.relu))
    return Call(lambda: function(rows).block_until_ready())


def save(model: Model) -> None:
    np.savez("model.npz", *(array for layer in model.parameters() for array in layer))
