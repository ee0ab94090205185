"""Reading a network from a fitted MLP of scikit-learn."""

from typing import Any

import numpy as np

from glassnet.calls import answered
from glassnet.errors import InvalidInput, UnknownName, brief
from glassnet.formulas.activations import Activation
from glassnet.habits import VALUES
from glassnet.importing.pieces import Piece, network_of
from glassnet.layers.dense import Dense
from glassnet.network import Network

NEEDED = ("coefs_", "intercepts_", "activation", "out_activation_")


@answered
def from_sklearn(mlp: object) -> Network:
    """Make a network of a fitted `MLPClassifier` or `MLPRegressor` of scikit-learn.

    Its outputs are those of `predict_proba`, of two classes the probability of the second, or of `predict` for numbers,
    in the type of its weights. Scikit-learn is not needed; the estimator is not changed.

    Parameters
    ----------
    mlp
        The fitted estimator itself: of a pipeline its last step, `pipeline[-1]`, which reads the scaled columns.

    Raises InvalidInput for anything else.

    >>> from types import SimpleNamespace
    >>> mlp = SimpleNamespace(coefs_=[np.ones((4, 3)), np.ones((3, 1))], intercepts_=[np.zeros(3), np.zeros(1)],
    ...                       activation="relu", out_activation_="logistic")
    >>> from_sklearn(mlp).layers
    (Dense(3, 'relu'), Dense(1, 'sigmoid'))
    """
    missing = [name for name in NEEDED if not hasattr(mlp, name)]
    if missing:
        raise InvalidInput(_no_mlp(mlp, missing))
    coefs, intercepts, activation, output = (getattr(mlp, name) for name in NEEDED)
    if not coefs or len(coefs) != len(intercepts):
        raise InvalidInput(f"`coefs_` and `intercepts_` must have one array per layer, got {len(coefs)}.")
    kinds = [*[_activation(activation)] * (len(coefs) - 1), _activation(output)]
    pieces = [_piece(*layer) for layer in zip(coefs, intercepts, kinds, strict=True)]
    dtype = np.result_type(*(array for piece in pieces for array in piece.arrays.values()))
    return network_of(pieces, np.shape(coefs[0])[:1], dtype)


def _piece(coef: Any, intercept: Any, f: Activation) -> Piece:
    W, b = np.asarray(coef), np.asarray(intercept)
    if W.ndim != 2 or W.dtype.kind != "f" or b.shape != W.shape[1:]:
        raise InvalidInput(f"`coefs_` must hold arrays (inputs, units) of numbers, got {brief(W)}.")
    return Piece(Dense(W.shape[1], f), {"W": W, "b": b})


def _activation(name: object) -> Activation:
    """An activation by scikit-learn's name, of those that its MLPs have, or by glassnet's."""
    known = {**VALUES["activation"], "exp": "exponential"}
    try:
        return Activation.of(known.get(name, name) if isinstance(name, str) else name)
    except UnknownName as error:
        raise InvalidInput(f"from_sklearn: {error}") from None


def _no_mlp(given: object, missing: list[str]) -> str:
    kind = type(given).__name__
    if hasattr(given, "steps"):
        return f"from_sklearn needs the MLP itself, got a {kind}: give its last step, {kind.lower()}[-1]."
    if missing == ["coefs_", "intercepts_", "out_activation_"]:
        return f"from_sklearn needs a fitted {kind}: call fit(X, y) first."
    return f"from_sklearn needs a fitted MLPClassifier or MLPRegressor, got {brief(given)}."
