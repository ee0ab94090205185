"""Attention: what a softmax gives of scores, where some keys are hidden, and what comes back through it."""

import numpy as np

from glassnet.formulas.elementary import Array


def attention_weights(scores: Array, seen: Array) -> Array:
    """The softmax over the keys that are seen (1); those that are not (0) get 0, as do all of a query without keys."""
    hidden = np.where(seen > 0, scores, -np.inf)
    largest = hidden.max(axis=-1, keepdims=True)
    powers = np.where(seen > 0, np.exp(np.where(seen > 0, scores - np.where(largest > -np.inf, largest, 0), 0)), 0)
    total = powers.sum(axis=-1, keepdims=True)
    found: Array = powers / np.where(total > 0, total, 1)
    return found


def weights_slope(dp: Array, p: Array) -> Array:
    """What comes back through a softmax p: dS = p ⊙ (dP − Σ dP ⊙ p)."""
    found: Array = p * (dp - (dp * p).sum(axis=-1, keepdims=True))
    return found


def causal(steps: int) -> Array:
    """1 where step i sees step j ≤ i, else 0."""
    return np.tri(steps)
