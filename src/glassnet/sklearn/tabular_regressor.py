"""Numbers from tables, strong without a single parameter, with intervals."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import RegressorMixin
from sklearn.utils.validation import check_array, check_is_fitted

from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.sklearn.parameter_types import RandomState
from glassnet.sklearn.saving.in_files import member_of
from glassnet.sklearn.tabular_base import TabularEstimator
from glassnet.tables.calibration.intervals import (
    ErrorInterval,
    Interval,
    QuantileInterval,
    beyond,
    check_coverage,
    learned_ends,
    levels_of,
    margin,
)
from glassnet.tables.distributions.distribution import Distribution
from glassnet.tables.distributions.head import Head
from glassnet.tables.distributions.heads import check_distribution, learn_head
from glassnet.tables.distributions.quantile_head import QuantileHead
from glassnet.tables.distributions.score_metric import check_metric
from glassnet.tables.encoding.several_targets import NumberTargets, Targets
from glassnet.tables.encoding.target import NumberTarget
from glassnet.tables.fitting.budget import Budget
from glassnet.tables.fitting.ensemble import Encoded, Member, once_each, train_members
from glassnet.tables.fitting.recipe import LOSSES, Recipe
from glassnet.tables.model import TableModel
from glassnet.tables.values.column_options import ColumnOptions
from glassnet.training.inputs.arrays import as_numbers, check_unmasked

if TYPE_CHECKING:
    from glassnet.sklearn.parameter_types import Inputs


class TabularRegressor(RegressorMixin, TabularEstimator):
    """Predicts a number for each row of a table with the pre-tuned RealMLP of `glassnet.Recipe`.

    X is as for `TabularClassifier`, y is (n,) or (n, n_outputs). Predictions are kept between the smallest and the
    largest number in training. Several columns of y are learned by one network, each standardised and kept in its own
    range; the score and the importances are then in standard deviations of each column, averaged over the columns.

    Parameters
    ----------
    metric
        The metric to optimise: "rmse" (None, the default), "mae" or "median_absolute_error". It chooses the best epoch
        and the loss, squared or absolute errors. With a distribution "crps" or "log_score", which chooses the epoch.
    interval
        A coverage such as 0.9: more networks learn the quantiles at both ends, so that `predict_interval` is narrow
        where predictions are certain. None (default): intervals have the same width everywhere, that of the errors on
        the validation rows. Either way a coverage c needs at least c / (1 − c) validation rows; sample weights count.
    distribution
        "gaussian", "mixture", "quantiles" or "histogram" learns the distribution of the number too, for
        `predict_distribution`; it chooses the loss and, without a metric, the best epoch. None (default) learns the
        number alone.
    n_ensemble, validation_fraction, cv, max_time, recipe, columns, skip_last, engine, random_state
        As in `TabularClassifier`.

    Attributes
    ----------
    n_features_in_, n_iter_, members_, encoder_, target_, recipe_, validation_score_, feature_importances_, …
        As in `TabularClassifier`.
    head_
        What the outputs of the networks mean with `distribution`; None without.
    quantile_members_
        With `interval`, the networks of both ends.

    Raises InvalidInput from `fit` for a table, a target or settings that cannot work.

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
        self,
        *,
        metric: str | None = None,
        interval: float | None = None,
        distribution: str | None = None,
        n_ensemble: int | None = None,
        validation_fraction: float = 0.2,
        cv: Any = None,
        max_time: float | str | None = None,
        recipe: Recipe | None = None,
        columns: ColumnOptions | Mapping[str, Any] | None = None,
        skip_last: int | None = None,
        engine: str = "auto",
        random_state: RandomState = None,
    ) -> None:
        super().__init__(
            metric=metric,
            n_ensemble=n_ensemble,
            validation_fraction=validation_fraction,
            cv=cv,
            max_time=max_time,
            recipe=recipe,
            columns=columns,
            skip_last=skip_last,
            engine=engine,
            random_state=random_state,
        )
        self.interval = interval
        self.distribution = distribution

    def _check_parameters(self) -> None:
        super()._check_parameters()
        if self.interval is not None:
            check_coverage("interval", self.interval)
        check_metric(self.metric or self._own_recipe().metric, check_distribution(self.distribution), LOSSES)

    def _check_y(self, y: ArrayLike | None) -> Array:
        check_unmasked(y=y)
        shape = np.asarray(y).shape
        if len(shape) != 2 or shape[1] == 1:
            return as_numbers(super()._check_y(y), "y")
        if self.interval is not None:
            raise InvalidInput(
                f"interval={self.interval} works for one column, but y has {shape[1]}: leave it out, so that "
                f"`predict_interval` uses the errors of each column, or fit a TabularRegressor for each."
            )
        if self.distribution is not None:
            raise InvalidInput(
                f"distribution={self.distribution!r} works for one column, but y has {shape[1]}: leave it out, or fit "
                "a TabularRegressor for each."
            )
        return check_array(y, dtype=np.float64, input_name="y", estimator=self)

    @property
    def _share_of_time(self) -> float:
        return 1.0 if self.interval is None else 0.5  # the rest for the networks of the ends

    def _learn_target(self, y: Array) -> tuple[Targets, Array]:
        target = NumberTarget.learn_any(y) if y.ndim == 1 else NumberTargets.learn(y)
        return target, target.encode(y)

    def _learn_head(self, y: Array) -> Head | None:
        return learn_head(check_distribution(self.distribution), y)

    def fit(
        self, X: "Inputs", y: ArrayLike, sample_weight: ArrayLike | None = None, groups: ArrayLike | None = None
    ) -> "TabularRegressor":
        """Learn from a table or an array X (n_samples, n_features) and numbers y, (n_samples,) or several columns."""
        return super().fit(X, y, sample_weight, groups)

    def partial_fit(
        self, X: "Inputs", y: ArrayLike, sample_weight: ArrayLike | None = None, groups: ArrayLike | None = None
    ) -> "TabularRegressor":
        """Fit, or go on from the last fit with new rows, as `TabularClassifier.partial_fit` does; the range grows."""
        if self.__sklearn_is_fitted__():
            return self._go_on(X, y, sample_weight, groups)
        return self.fit(X, y, sample_weight, groups)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def _settle(self, data: Encoded, budget: Budget) -> None:
        if self.head_ is not None:
            each = [part.member.network.predict(part.X).astype(np.float64) for part in self._held_out]
            first, *others = (part.member.held_out for part in self._held_out)
            shared = all(np.array_equal(first, rows) for rows in others)
            each, once = (each, self._held_out[:1]) if shared else ([np.concatenate(each)], self._held_out)
            counts = [part.weights for part in once if part.weights is not None]
            y = np.concatenate([part.y for part in once])
            self.head_ = self.head_.settled(each, y, np.concatenate(counts) if counts else None)
        self._learned_interval = self.interval  # whatever the parameter becomes later
        self._interval: Interval
        if self.interval is None:
            said, truth, weights = self._said_of_held_out()
            self._interval = ErrorInterval(np.abs(said - truth), weights)
        else:
            self._interval = self._learn_ends(data, budget, float(self.interval))

    def _learn_ends(self, data: Encoded, budget: Budget, coverage: float) -> QuantileInterval:
        """Train the networks of both ends; their errors on validation rows give the margin."""
        levels = levels_of(coverage)
        recipe = replace(self.recipe_, max_time=budget.left())
        self.quantile_members_ = train_members(data, recipe, self._n_members, self._seed, QuantileHead(levels))
        parts = [member.held_out for member in self.quantile_members_]
        said = [learned_ends(m.network, self.target_, data.X[m.held_out]) for m in self.quantile_members_]
        ends, first = once_each(parts, said)
        _, y, weights = data.rows(np.concatenate(parts)[first])
        asked = margin(beyond(ends, self._in_own_unit(y)), coverage, weights)
        return QuantileInterval(tuple(member.network for member in self.quantile_members_), coverage, asked)

    def _restore(self, model: TableModel) -> None:
        if model.interval is None:
            raise InvalidInput("it has no errors on validation rows to derive intervals from: train it again.")
        self._interval, self._learned_interval = model.interval, self.interval
        if isinstance(model.interval, QuantileInterval):
            self.quantile_members_ = [member_of(network) for network in model.interval.networks]

    def _said(self, member: Member, X: Array) -> Array:
        outputs = member.network.predict(X)
        if self.head_ is not None:
            outputs = self.head_.mean(outputs)[:, np.newaxis]
        several = isinstance(self.target_, NumberTargets)
        return self.target_.within(self.target_.decode(outputs if several else outputs[:, 0]))

    def _in_own_unit(self, truth: Array) -> Array:
        return self.target_.decode(truth)

    def _compared(self, values: Array) -> Array:
        return self.target_.encode(values) if isinstance(self.target_, NumberTargets) else values

    def predict(self, X: "Inputs") -> Array:
        """The number of each row, (n_samples,); (n_samples, n_outputs) where y has several columns."""
        return self._outputs(self._encoded(X))

    def predict_distribution(self, X: "Inputs") -> Distribution:
        """The predictive distribution of the number of each row, with `mean`, `quantile(p)`, `cdf(x)`, `crps(y)`, ….

        That of several networks is the mixture of theirs, or has the means of their quantiles. `predict` gives its
        mean, kept between the smallest and the largest number in training, as the distribution is not. Raises
        InvalidInput for a model that was fitted without `distribution`.
        """
        check_is_fitted(self)
        if self.head_ is None:
            raise InvalidInput(
                "this model was fitted for the number alone: set distribution='gaussian', for instance, and fit it."
            )
        encoded = self._encoded(X)
        return self.head_.distribution([member.network.predict(encoded) for member in self.members_], self.target_)

    def predict_interval(self, X: "Inputs", coverage: float | None = None) -> Array:
        """Intervals that hold a new row's number with a probability of `coverage`, (n_samples, 2): low and high.

        Where y has several columns, (n_samples, n_outputs, 2): each column's number by itself, not all at once.

        Conformal: the coverage holds for rows drawn like those of training, whatever the networks predict; that the
        validation rows also chose the best epoch makes it a little optimistic. With `interval` the coverage is that.

        With interval=None the number of `predict` lies in the middle. With `interval` other networks learn the ends, so
        that it may lie anywhere, also outside where they disagree. Ends are kept within the numbers of training, as
        predictions are, and then moved by the margin, which may take them beyond: new numbers may lie there too. Where
        a negative margin makes ends cross, both are their middle (see `glassnet.tables.calibration.intervals.widened`).

        Warns where there are too few validation rows for the coverage. Raises InvalidInput for another coverage than
        was learned, and after `interval` was set to another value than in `fit`.
        """
        check_is_fitted(self)
        if self.interval != self._learned_interval:
            raise InvalidInput(
                f"this model was fitted with interval={self._learned_interval} and now has interval={self.interval}: "
                f"fit it again."
            )
        encoded = self._encoded(X)
        return self._interval.ends(self.target_, encoded, self._outputs(encoded), coverage)
