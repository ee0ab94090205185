"""What a predictive distribution answers: a number for each row, in the unit of the target."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from glassnet.calls import answered
from glassnet.errors import InvalidInput, brief
from glassnet.formulas.elementary import Array


@answered
class Distribution:
    """The predictive distributions of n rows, one each, in the unit of the target.

    Made by `TableModel.predict_distribution` and `TabularRegressor.predict_distribution`.

    Attributes
    ----------
    mean, std
        The mean and the standard deviation of each row, (n,).

    >>> rows = gn.read_table("iris")
    >>> recipe = gn.Recipe(hidden=(8,), epochs=20)
    >>> training = gn.TableTraining(rows, "petal_width", recipe=recipe, distribution="gaussian")
    >>> for epoch in training.epochs(): pass
    >>> said = training.model.predict_distribution(rows[:3])
    >>> said.mean.shape, said.quantile([0.05, 0.95]).shape, said.crps([0.2, 0.2, 0.2]).shape
    ((3,), (3, 2), (3,))
    """

    mean: Array
    std: Array

    def __len__(self) -> int:
        return len(self.mean)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self)} rows)"

    def quantile(self, p: float | ArrayLike) -> Array:
        """The number that each row stays below with a probability of p: (n,); for k probabilities (n, k).

        Raises InvalidInput for what is not a probability in (0, 1).
        """
        levels = numbers(p, "p")
        if levels.ndim > 1 or not ((levels > 0) & (levels < 1)).all():
            raise InvalidInput(f"p must be a probability in (0, 1), or a list of them, got {brief(p)}.")
        return self._quantile(levels) if levels.ndim else self._quantile(levels[np.newaxis])[:, 0]

    def cdf(self, x: float | ArrayLike) -> Array:
        """The probability of a number of at most x for each row, (n,); x is a number, or one for each row.

        Raises InvalidInput for another number of them.
        """
        return self._cdf(self._one_each(x, "x"))

    def log_score(self, y: float | ArrayLike) -> Array:
        """The negative logarithm of the density at the true numbers y, (n,): less is better.

        As a density has a unit, 1 / that of the target, so does its logarithm: scores of one target alone compare.
        Raises InvalidInput for another number of them.
        """
        return self._log_score(self._one_each(y, "y"))

    def crps(self, y: float | ArrayLike) -> Array:
        """The continuous ranked probability score for the true numbers y, (n,), in the unit of y: less is better.

        CRPS = ∫ (F(x) − [x ≥ y])² dx,

        F being the distribution function; for a prediction without doubt it is the absolute error (Gneiting and Raftery
        2007, "Strictly proper scoring rules, prediction, and estimation"). Computed in closed form. Raises InvalidInput
        for another number of them.
        """
        return self._crps(self._one_each(y, "y"))

    def _one_each(self, given: float | ArrayLike, name: str) -> Array:
        values = numbers(given, name)
        if values.ndim and values.shape != (len(self),):
            raise InvalidInput(
                f"{name} must be a number, or one for each of {len(self)} rows, got shape {values.shape}."
            )
        return np.broadcast_to(values, (len(self),))

    def _quantile(self, levels: Array) -> Array:
        raise NotImplementedError

    def _cdf(self, x: Array) -> Array:
        raise NotImplementedError

    def _log_score(self, y: Array) -> Array:
        raise NotImplementedError

    def _crps(self, y: Array) -> Array:
        raise NotImplementedError


def numbers(given: Any, name: str) -> Array:
    """Finite numbers as an array; InvalidInput for anything else."""
    try:
        values = np.asarray(given, np.float64)
    except (TypeError, ValueError):
        raise InvalidInput(f"{name} must hold numbers, got {brief(given)}.") from None
    if not np.isfinite(values).all():
        raise InvalidInput(f"{name} must hold finite numbers, got {brief(given)}.")
    return values
