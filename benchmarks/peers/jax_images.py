"""JAX with Optax: an epoch of LeNet-5, whose batches are a scan that is compiled as one."""

from typing import Any

import jax
import numpy as np
import optax
from jax import numpy as jnp

from benchmarks.images import BATCH, pictures
from benchmarks.peers.jax_optax import threads
from benchmarks.worker import Call

__all__ = ["epoch", "threads"]

SHAPES = [(5, 5, 1, 6), (5, 5, 6, 16), (256, 120), (120, 84), (84, 10)]


def scores(parameters: Any, x: Any) -> Any:
    """What goes into the softmax."""
    for W, b in parameters[:2]:
        x = jax.lax.conv_general_dilated(x, W, (1, 1), "VALID", dimension_numbers=("NHWC", "HWIO", "NHWC"))
        x = jax.lax.reduce_window(jax.nn.relu(x + b), -jnp.inf, jax.lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")
    x = x.reshape(len(x), -1)
    for W, b in parameters[2:-1]:
        x = jax.nn.relu(x @ W + b)
    return x @ parameters[-1][0] + parameters[-1][1]


def loss(parameters: Any, x: Any, y: Any) -> Any:
    return optax.softmax_cross_entropy_with_integer_labels(scores(parameters, x), y).mean()


def epoch(n: int) -> Call:
    """An epoch in one compiled call; rows are drawn in a new order outside of it."""
    X, y = map(jnp.asarray, pictures(n))
    rng, rule, n_batches = np.random.default_rng(0), optax.adam(0.001), n // BATCH
    parameters = [
        (jnp.asarray(rng.normal(0, (2 / np.prod(shape[:-1])) ** 0.5, shape), jnp.float32), jnp.zeros(shape[-1]))
        for shape in SHAPES
    ]

    def step(state: Any, rows: Any) -> Any:
        parameters, memory = state
        gradient = jax.grad(loss)(parameters, X[rows], y[rows])
        changes, memory = rule.update(gradient, memory)
        return (optax.apply_updates(parameters, changes), memory), None

    trained = jax.jit(lambda state, order: jax.lax.scan(step, state, order)[0])
    state = [(parameters, rule.init(parameters))]

    def run() -> None:
        order = rng.permutation(n)[: n_batches * BATCH].reshape(n_batches, BATCH)
        state[0] = jax.block_until_ready(trained(state[0], order))

    return Call(run)
