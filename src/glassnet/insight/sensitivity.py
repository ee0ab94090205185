"""Which inputs move the outputs of a network the most: a ranking of all of them from one backward pass."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from glassnet.formulas.elementary import Array
from glassnet.formulas.losses import LossLike
from glassnet.insight.importance import Place
from glassnet.insight.one_step import OneStep
from glassnet.layers.columns import Columns
from glassnet.layers.embeddings.embedding import Embedding
from glassnet.layers.embeddings.periodic import PeriodicEmbedding
from glassnet.layers.embeddings.piecewise_linear import PiecewiseLinearEmbedding
from glassnet.layers.layer import Layer, Slices
from glassnet.network import Network


def sensitivities(
    net: Network, X: ArrayLike, y: ArrayLike, places: Sequence[Place], loss: LossLike | None = None, seed: int = 0
) -> Array:
    """About how much the outputs change when the inputs at each place are shuffled, (len(places),); their sum is 1.

    sᵢⱼ = |Σ ∂L/∂x · (x' − x)| over the inputs x of place j in row i, where x' is the value of another row. Each row
    counts the same, whatever the size of its gradient. An input that a layer embeds by itself is looked at behind
    that layer, where a step as long as that from one category to another is not far from a straight line.

    `loss` is by default that of the last training. The gradient is that of one point: a column that works in one place
    and rests in another is seen as it works in these rows.

    >>> import numpy as np, glassnet as gn
    >>> net = gn.Network([gn.Dense(1)]).build(3, seed=0)
    >>> net.arrays["0.W"][:, 0] = 0, 2, 1
    >>> X = np.random.default_rng(0).normal(size=(500, 3))
    >>> sensitivities(net, X, X[:, 0], [0, 1, 2], loss="squared_error").round(1)
    array([0. , 0.6, 0.4])
    """
    step = OneStep(net, X, y, loss, noise=False)
    step.forward()
    step.backward()
    layer, slices = step.plan.steps(len(step.data))[0]
    order = np.random.default_rng(seed).permutation(len(step.data))
    changes = changes_of(layer, slices, order)
    sizes = np.abs(np.stack([changes[:, place].reshape(len(changes), -1).sum(axis=1) for place in places]))
    whole = sizes.sum(axis=0)
    shares = sizes / np.where(whole > 0, whole, 1.0)
    return shares.mean(axis=1)


def changes_of(layer: Layer, s: Slices, order: Array) -> Array:
    """∂L/∂x · (x' − x) of each input of the first layer, (n, n_inputs); x' are the inputs in another order of rows."""
    if isinstance(layer, (Embedding, PeriodicEmbedding, PiecewiseLinearEmbedding)):
        return (s.dA * (s.A[order] - s.A)).reshape(*s.X.shape, -1).sum(axis=2)
    if not isinstance(layer, Columns):
        return (s.dX * (s.X[order] - s.X)).reshape(len(order), -1)
    found = np.empty(s.X.shape)
    for columns, (inner, inside) in zip(layer.columns, s.inner, strict=True):
        found[:, columns] = changes_of(inner, inside, order)
    return found
