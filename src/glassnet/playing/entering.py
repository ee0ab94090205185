"""What enters the first dense layer: the inputs, or what other layers in front of it have made of them, by name."""

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from glassnet.formulas.elementary import Array
from glassnet.insight.layer_trace import all_layers
from glassnet.insight.prediction_trace import predicted_layers
from glassnet.network import Network
from glassnet.playing.drawn import Drawn

PROBED = 32  # rows


def entering(net: Network, X: Array, features: Sequence[str]) -> list[str]:
    """A name for each; of what is made of a single input, that of the input with a number.

    >>> import glassnet as gn
    >>> X = np.random.default_rng(0).normal(size=(8, 2)).astype(np.float32)
    >>> layers = [gn.Columns(([0], gn.PeriodicEmbedding(2)), ([1], gn.Activation("linear"))), gn.Dense(1)]
    >>> entering(gn.Network(layers).build(2, seed=0), X, ["age", "rooms"])
    ['age·1', 'age·2', 'age·3', 'age·4', 'rooms']
    """
    first = Drawn(net.built()[0]).dense[0]
    X = X[:PROBED]

    def made(of: Array) -> Array:
        return list(all_layers(predicted_layers(net, of)))[first].X

    before = made(X)
    if np.array_equal(before, X):
        return list(features)
    sources = np.array([moves(made, X, before, j) for j in range(X.shape[1])])
    return names_of(sources, features)


def moves(made: Callable[[Array], Array], X: Array, before: Array, j: int) -> Array:
    """Which outputs change where the values of an input change places."""
    other = X.copy()
    other[:, j] = np.roll(X[:, j], 1) if np.ptp(X[:, j]) else X[:, j] + 1
    changed: Array = (made(other) != before).any(axis=0)
    return changed


def names_of(sources: Array, features: Sequence[str]) -> list[str]:
    """Names of outputs by which inputs move them, (features, outputs)."""
    alone = sources.sum(axis=0) == 1
    of = [features[int(column.argmax())] if one else "" for column, one in zip(sources.T, alone, strict=True)]
    many, count = Counter(of), Counter[str]()
    names = []
    for k, name in enumerate(of):
        count[name] += 1
        names.append(f"input {k + 1}" if not name else name if many[name] == 1 else f"{name}·{count[name]}")
    return names
