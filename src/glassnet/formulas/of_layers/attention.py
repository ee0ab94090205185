"""Attention: what a softmax gives of scores, where some keys are hidden, and what comes back through it."""

import numpy as np

from glassnet.formulas.elementary import Array


def attention_weights(scores: Array, seen: Array, out: Array) -> None:
    """The softmax over the keys that are seen (1); those that are not (0) get 0, as do all of a query without keys.

    All in place: with long sequences these arrays are the largest of a network.
    """
    out.fill(-np.inf)
    np.copyto(out, scores, where=seen > 0)
    largest = out.max(axis=-1, keepdims=True)
    out -= np.where(largest > -np.inf, largest, 0)
    np.exp(out, out=out)
    total = out.sum(axis=-1, keepdims=True)
    out /= np.where(total > 0, total, 1)


def weights_slope(dp: Array, p: Array, out: Array) -> None:
    """What comes back through a softmax p, in place: dS = p ⊙ (dP − Σ dP ⊙ p)."""
    np.multiply(dp, p, out=out)
    q = out.sum(axis=-1, keepdims=True)
    np.subtract(dp, q, out=out)
    out *= p


def causal(steps: int) -> Array:
    """1 where step i sees step j ≤ i, else 0."""
    return np.tri(steps)
