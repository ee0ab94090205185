"""Numbers from tables, strong without a single parameter, with intervals."""

from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.utils.validation import check_is_fitted

from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.formulas.losses import Quantile
from glassnet.sklearn.tabular_base import TabularEstimator, is_fraction
from glassnet.tables.budget import Budget
from glassnet.tables.calibration import margin, widened
from glassnet.tables.ensemble import Encoded, Member, train_members
from glassnet.tables.recipe import Recipe
from glassnet.tables.target import NumberTarget, Target


class TabularRegressor(RegressorMixin, TabularEstimator):
    """Predicts a number for each row of a table by the pre-tuned RealMLP, `glassnet.Recipe`.

    Takes what `TabularClassifier` takes. Predictions are kept between the least and the largest number in training.

    Parameters
    ----------
    metric
        What the model is for: "rmse" (default) or "mae". It chooses the epoch and the loss, squared or absolute errors.
    interval
        A coverage such as 0.9: further networks learn the quantiles at both ends, so that `predict_interval` is narrow
        where numbers are certain. None (default): intervals have the same width everywhere, that of the errors on the
        validation rows. Either way a coverage c needs c / (1 − c) validation rows or more; sample weights count.
    n_ensemble, validation_fraction, max_time, recipe, engine, random_state
        As in `TabularClassifier`.

    Attributes
    ----------
    n_features_in_, n_iter_, members_, encoder_, target_, recipe_, validation_score_, feature_importances_, …
        As in `TabularClassifier`.
    quantile_members_
        With `interval`, the networks of both ends.

    >>> import numpy as np
    >>> from glassnet import Recipe
    >>> from glassnet.sklearn import TabularRegressor
    >>> X = np.random.default_rng(0).uniform(-1, 1, (400, 2))
    >>> model = TabularRegressor(recipe=Recipe(epochs=80), random_state=0).fit(X, X[:, 0] * X[:, 1])
    >>> bool(model.score(X, X[:, 0] * X[:, 1]) > 0.9)
    True
    >>> low, high = model.predict_interval(X, coverage=0.9).T
    >>> bool(np.mean((low <= X[:, 0] * X[:, 1]) & (X[:, 0] * X[:, 1] <= high)) > 0.8)
    True
    """

    task = "regression"

    def __init__(
        self, *, metric: str | None = None, interval: float | None = None, n_ensemble: int = 1,
        validation_fraction: float = 0.2, max_time: Any = None, recipe: Recipe | None = None, engine: str = "auto",
        random_state: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(
            metric=metric, n_ensemble=n_ensemble, validation_fraction=validation_fraction, max_time=max_time,
            recipe=recipe, engine=engine, random_state=random_state,
        )  # fmt: skip
        self.interval = interval

    def _check_parameters(self) -> None:
        super()._check_parameters()
        if self.interval is not None:
            check_coverage("interval", self.interval)

    @property
    def _share_of_time(self) -> float:
        return 1.0 if self.interval is None else 0.5  # the rest for the networks of the ends

    def _learn_target(self, y: Array) -> tuple[Target, Array]:
        one = (
            float(y[0]) if (y == y[0]).all() else None
        )  # then that is what is predicted, as everywhere in scikit-learn
        target = NumberTarget.learn(y) if one is None else NumberTarget(one, 1.0, one, one)
        return target, target.encode(y)

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> "TabularRegressor":
        """Learn from a table or an array X (n_samples, n_features) and the numbers y (n_samples,)."""
        return super().fit(X, y, sample_weight)

    def _settle(self, data: Encoded, budget: Budget) -> None:
        self._learned_interval = self.interval  # whatever the parameter becomes later
        self.__dict__.pop("quantile_members_", None)  # those of a fit before
        if self.interval is None:
            said, truth, *weights = self._said_of_held_out()
            self._errors = (np.abs(said - truth), *weights)
        else:
            self._margin = self._learn_ends(data, budget, float(self.interval))

    def _learn_ends(self, data: Encoded, budget: Budget, coverage: float) -> float:
        """Train the networks of both ends; gives the margin that their errors on validation rows ask for."""
        levels = (0.5 - 0.5 * coverage, 0.5 + 0.5 * coverage)
        recipe = replace(self.recipe_, max_time=budget.left())
        self.quantile_members_ = train_members(data, recipe, self.n_ensemble, self._seed, Quantile(levels), len(levels))
        scores, weights = [], []
        for member in self.quantile_members_:
            X, y, *w = data.rows(member.held_out)
            low, high = self._ends(member, X).T
            scores.append(np.maximum(low - self._in_own_unit(y), self._in_own_unit(y) - high))
            weights.extend(w)
        return margin(np.concatenate(scores), coverage, np.concatenate(weights) if weights else None)

    def _said(self, member: Member, X: Array) -> Array:
        return self.target_.within(self.target_.decode(member.network.predict(X)[:, 0]))

    def _ends(self, member: Member, X: Array) -> Array:
        return self.target_.within(self.target_.decode(np.sort(member.network.predict(X), axis=1)))

    def _in_own_unit(self, truth: Array) -> Array:
        return self.target_.decode(truth)

    def predict(self, X: Any) -> Array:
        """The number of each row, (n_samples,)."""
        return self._outputs(self._encoded(X))

    def predict_interval(self, X: Any, coverage: float | None = None) -> Array:
        """Intervals that hold a new row's number with a probability of `coverage`, (n_samples, 2): low and high.

        Conformal: the coverage holds for rows drawn like those of training, whatever the networks say, but that the
        validation rows have also chosen the epoch makes it a little optimistic. With `interval` the coverage is that.

        With interval=None the number of `predict` lies in the middle. With `interval` other networks learn the ends, so
        that it may lie at any place, also outside where they disagree. Ends are kept within the numbers of training, as
        predictions are, and then moved by the margin, which may take them beyond: new numbers may lie there too. Where
        a negative margin makes ends cross, both are their middle (`glassnet.tables.calibration.widened` says why).

        Warns where there are too few validation rows for the coverage. InvalidInput for another coverage than was
        learned, and after `interval` was set to another value than that of the fit.
        """
        check_is_fitted(self)
        if self.interval != self._learned_interval:
            raise InvalidInput(
                f"this model was fitted with interval={self._learned_interval} and now has interval={self.interval}: "
                f"fit it again."
            )
        if self.interval is None:
            coverage = check_coverage("coverage", 0.9 if coverage is None else coverage)
            middle = self.predict(X)
            return widened(np.column_stack([middle, middle]), margin(self._errors[0], coverage, *self._errors[1:]))
        if coverage not in (None, self.interval):
            raise InvalidInput(f"this model has learned intervals of coverage {self.interval}, not {coverage}.")
        encoded = self._encoded(X)
        ends = np.mean([self._ends(member, encoded) for member in self.quantile_members_], axis=0)
        return widened(ends, self._margin)


def check_coverage(name: str, coverage: Any) -> float:
    """A probability between 0 and 1."""
    if not is_fraction(coverage):
        raise InvalidInput(f"{name} must be a probability in (0, 1), such as 0.9, got {coverage!r}.")
    return float(coverage)
