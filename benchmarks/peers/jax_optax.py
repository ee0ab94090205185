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
from benchmarks.whole_fits import Whole
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


def whole_fit(whole: Whole) -> Call:
    """All epochs in one compiled scan, from given parameters to the losses; a fit is compiled before it is timed."""
    case = whole.case
    (X, y), (X_held, y_held) = (tuple(map(jnp.asarray, part)) for part in whole.parts)
    activation, optimizer = ACTIVATIONS[case.activation], RULES[case.optimizer](case.learning_rate)
    n, batch = len(X), min(whole.batch, len(X))
    whole_batches, rest = divmod(n, batch)

    def loss(parameters: Any, X: Any, y: Any) -> Any:
        Z = forward(parameters, X, activation)
        if case.classifies:
            return optax.softmax_cross_entropy_with_integer_labels(Z, y).mean(), (Z.argmax(1) == y).sum()
        return ((Z - y) ** 2).mean(), 0

    def step(state: Any, rows: Any) -> Any:
        parameters, memory = state
        (value, right), gradients = jax.value_and_grad(loss, has_aux=True)(parameters, X[rows], y[rows])
        updates, memory = optimizer.update(gradients, memory)
        return (optax.apply_updates(parameters, updates), memory), (value * len(rows), right)

    def epoch(state: Any, key: Any) -> Any:
        order = jnp.arange(n) if batch == n else jax.random.permutation(key, n)
        state, (values, rights) = lax.scan(step, state, order[: whole_batches * batch].reshape(whole_batches, batch))
        total, right = values.sum(), rights.sum()
        if rest:
            state, (value, more) = step(state, order[-rest:])
            total, right = total + value, right + more
        if not whole.measured:
            return state, (total / n,)
        held, right_held = loss(state[0], X_held, y_held)
        return state, (total / n, right / n, held, right_held / len(X_held))

    @jax.jit
    def fit(parameters: Any, key: Any) -> Any:
        keys = jax.random.split(key, whole.epochs)
        return lax.scan(epoch, (parameters, optimizer.init(parameters)), keys)

    parameters, key = start(case)[1][0], jax.random.key(0)

    def run() -> Any:
        (found, _), history = fit(parameters, key)
        return jax.tree.map(np.asarray, (found, history))

    return Call(run, whole.epochs)


def predict(model: Model, X: np.ndarray) -> Call:
    """A compiled function from an array that is already JAX's, until its result is there."""
    parameters, rows = model.parameters(), jnp.asarray(X)
    function = jax.jit(lambda inputs: forward(parameters, inputs, jax.nn.relu))
    return Call(lambda: function(rows).block_until_ready())


def save(model: Model) -> None:
    np.savez("model.npz", *(array for layer in model.parameters() for array in layer))
