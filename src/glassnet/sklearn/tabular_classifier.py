"""Classes from tables, strong without a single parameter."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import ClassifierMixin
from sklearn.utils.multiclass import _check_partial_fit_first_call, check_classification_targets

from glassnet.errors import InvalidInput
from glassnet.formulas.activations import Softmax
from glassnet.formulas.elementary import Array
from glassnet.sklearn.parameter_types import RandomState
from glassnet.sklearn.rows.classes_of_y import classes_of
from glassnet.sklearn.rows.columns_of_y import several_columns, side_by_side
from glassnet.sklearn.tabular_base import TabularEstimator
from glassnet.tables.calibration.temperature import Calibration
from glassnet.tables.calibration.threshold import AUTO, best_threshold, check_chosen, check_threshold
from glassnet.tables.encoding.several_targets import ClassTargets, Targets
from glassnet.tables.encoding.target import ClassTarget
from glassnet.tables.fitting.budget import Budget
from glassnet.tables.fitting.ensemble import Encoded, Member
from glassnet.tables.fitting.recipe import Recipe
from glassnet.tables.fitting.weights import check_class_weight, class_factors, combined
from glassnet.tables.model import TableModel
from glassnet.tables.values.column_options import ColumnOptions
from glassnet.training.inputs.checks import check_flag
from glassnet.training.metrics import Metric

if TYPE_CHECKING:
    from glassnet.sklearn.parameter_types import Inputs


class TabularClassifier(ClassifierMixin, TabularEstimator):
    """Classifies the rows of a table with the pre-tuned RealMLP of `glassnet.Recipe`.

    X (n, n_columns) is a data frame or an array, y (n,) holds the classes, or (n, n_outputs) those of several targets,
    which are learned together. Columns may hold numbers, categories, booleans, dates and missing values; infinite
    numbers count as missing, and a category that was not in training is accepted. Columns without anything to learn
    from are dropped with a warning (`encoder_.dropped` says why).

    Parameters
    ----------
    metric
        The metric to optimise: "accuracy" (None, the default), "balanced_accuracy", "f1", "log_loss", "brier",
        "roc_auc" or "average_precision". The parameters of its best epoch are kept (of "log_loss" that with the best
        `TemperedLogLoss`); labels are smoothed for it and both accuracies. Of several columns of y the mean of their
        log losses chooses the epoch.
    threshold
        The probability from which the second of two classes is predicted; "auto" for the best by the metric (accuracy,
        balanced_accuracy or f1) on the validation rows. None (default) for the more probable class.
    calibrate
        Calibrate probabilities on the validation rows; True by default. It changes no class that one network predicts.
    class_weight
        How much the rows of each class count: "balanced", or a dict; classes that are left out count 1. It multiplies
        `sample_weight`, and counts for calibration and threshold too. None (default) for all alike.
    n_ensemble
        How many networks are trained, each with other validation rows, and averaged; None (default) for four.
    validation_fraction
        Share of rows for validation (choosing the best epoch), calibration and `validation_score_`; 0.2 by default.
    cv
        What chooses the training and validation rows in place of `validation_fraction`: a splitter of scikit-learn, a
        number of folds, or an iterable of pairs of row numbers. Each split has a network of its own. None by default.
    max_time
        Seconds, or a text such as "5m", for the whole fit: the number of epochs is chosen to fit, but one of each
        network is trained in any case. None (default) for no limit.
    recipe
        A `glassnet.Recipe` for everything else, such as `Recipe.simple()`; `Recipe()` by default. Its `test`,
        `validation`, `seed` and `engine` are not used, and the estimator's `metric` and `max_time` take precedence.
    columns
        What is known of the columns, a `glassnet.ColumnOptions` or a dict such as {"drop": ["id"]}; None (default) for
        nothing. An array has the columns x0, x1, and so on.
    skip_last
        How many rows at the end to leave out; None (default) those that sum up a data frame, with a warning.
    engine
        "auto" (default), "numpy" or "compiled".
    random_state
        A number, for the same model each time; None (default) draws one.

    Attributes
    ----------
    classes_, n_features_in_, feature_names_in_, n_iter_
        As in scikit-learn; `classes_` is a list where y has several columns.
    members_, encoder_, target_, recipe_
        The networks with their histories and validation rows; how columns and target were read; the settings.
    calibration_
        Its `temperature` divides the scores: below 1 where the networks were underconfident (Guo et al. 2017); a list,
        one for each column of y; None with calibrate=False.
    threshold_
        The threshold that `predict` uses; None for the more probable class.
    validation_score_, feature_importances_
        The metric on validation rows, each predicted by the network that was not trained on it (optimistic, as they
        chose the best epoch); and how much worse it becomes without each column, (n_columns,), computed when first
        asked for. For that the encoded validation rows are kept, in pickles too.

    Raises InvalidInput from `fit` for a table, a target or settings that cannot work.

    >>> import glassnet as gn
    >>> from glassnet.sklearn import TabularClassifier
    >>> iris = gn.datasets.iris()
    >>> model = TabularClassifier(recipe=gn.Recipe(epochs=30), random_state=0).fit(iris.X, iris.y)
    >>> model.predict(iris.X[:2]), bool(model.score(iris.X, iris.y) > 0.9)
    (array([0, 0]), True)
    """

    task = "classification"

    def __init__(
        self,
        *,
        metric: str | None = None,
        threshold: float | str | None = None,
        calibrate: bool = True,
        class_weight: str | Mapping[Any, float] | None = None,
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
        self.threshold = threshold
        self.calibrate = calibrate
        self.class_weight = class_weight

    def _check_parameters(self) -> None:
        super()._check_parameters()
        check_threshold(self.threshold)
        check_flag(self.calibrate, "calibrate")
        check_class_weight(self.class_weight)

    def _check_y(self, y: ArrayLike | None) -> Array:
        if (given := several_columns(y)) is not None:
            self._check_several(len(given))
            return side_by_side([self._check_y(column) for column in given])
        y = super()._check_y(y)
        check_classification_targets(y)
        return y

    def _check_several(self, n: int) -> None:
        """Refuse what is for one column of y."""
        metric = self.metric or self._own_recipe().metric
        given = {"threshold": self.threshold, "class_weight": self.class_weight}
        given["metric"] = None if metric == "log_loss" else metric
        for name in (name for name, value in given.items() if value is not None):
            raise InvalidInput(
                f"{name}={given[name]!r} works for one column of y, but y has {n}: leave it out, or fit a "
                "TabularClassifier for each."
            )
        if hasattr(self, "_known_classes"):
            raise InvalidInput(f"partial_fit takes one column of y, but y has {n}: use fit, or an estimator for each.")

    def _learn_target(self, y: Array) -> tuple[Targets, Array]:
        if y.ndim == 1:
            self.classes_: Any
            self.classes_, target, numbers = classes_of(self, y, getattr(self, "_known_classes", None))
            check_chosen(check_threshold(self.threshold), str(self.recipe_.metric), target.names)
            return target, numbers
        learned = [classes_of(self, column) for column in several_columns(y) or ()]
        self.classes_ = [classes for classes, _, _ in learned]
        return ClassTargets(tuple(target for _, target, _ in learned)), np.column_stack(
            [codes for _, _, codes in learned]
        )

    def _weights(self, weights: Array | None, y: Array) -> Array | None:
        return combined(weights, class_factors(check_class_weight(self.class_weight), self.target_, y))

    def fit(
        self, X: "Inputs", y: ArrayLike, sample_weight: ArrayLike | None = None, groups: ArrayLike | None = None
    ) -> "TabularClassifier":
        """Learn from a table or an array X (n_samples, n_features) and classes y, (n_samples,) or several columns."""
        return super().fit(X, y, sample_weight, groups)

    def partial_fit(
        self,
        X: "Inputs",
        y: ArrayLike,
        classes: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
        groups: ArrayLike | None = None,
    ) -> "TabularClassifier":
        """Fit, or go on from the last fit with new rows, as `glassnet.TableUpdate` does: a quarter of the epochs.

        The first call of an estimator that is not fitted needs all `classes` that any call will have, and fits. Later
        calls keep the columns, add new levels, and train further at a tenth of the rate; of ten rows or more
        `validation_fraction`, in whole `groups`, chooses the epoch. Raises InvalidInput for other columns or classes.
        """
        if not _check_partial_fit_first_call(self, classes) and self.__sklearn_is_fitted__():
            return self._go_on(X, y, sample_weight, groups)
        self._known_classes = self.classes_
        try:
            return self.fit(X, y, sample_weight, groups)
        finally:
            del self._known_classes

    def _settle(self, data: Encoded, budget: Budget) -> None:
        if isinstance(self.target_, ClassTargets):
            self._settle_each(self.target_)
            return
        self.calibration_: Any = Calibration(1.0, math.inf)
        self.calibration_ = Calibration.learn(*self._said_of_held_out()) if self.calibrate else None
        asked = check_threshold(self.threshold)
        if asked == AUTO:
            said, truth, weights = self._said_of_held_out()
            asked = best_threshold(said[:, 1], truth == 1, str(self.recipe_.metric), weights)
        self.threshold_ = None if asked is None else float(asked)

    def _settle_each(self, targets: ClassTargets) -> None:
        self.calibration_ = [Calibration(1.0, math.inf)] * len(targets.columns)
        said, truth, weights = self._said_of_held_out()
        each = zip(targets.parts(said), truth.T, strict=True)
        learned = [Calibration.learn(part, numbers, weights) for part, numbers in each]
        self.calibration_, self.threshold_ = learned if self.calibrate else None, None

    def _restore(self, model: TableModel) -> None:
        assert isinstance(model.target, ClassTarget)
        self.classes_ = np.array(model.target.classes)
        self.calibration_ = model.calibration
        self.threshold_ = model.threshold

    def _decided(self, probabilities: Array) -> Array:
        beyond = None if self.threshold_ is None else (probabilities[:, 1] >= self.threshold_).astype(np.intp)
        return probabilities.argmax(axis=1) if beyond is None else beyond

    def _seen_by(self, metric: Metric, said: Array) -> Array:
        return np.eye(2)[self._decided(said)] if self.threshold_ is not None and metric.of_decisions else said

    def _said(self, member: Member, X: Array) -> Array:
        outputs = member.network.predict(X)
        if not isinstance(self.target_, ClassTargets):
            return outputs.astype(np.float64) if self.calibration_ is None else self.calibration_.apply(outputs)
        each = [Softmax().value(scores) for scores in self.target_.parts(outputs.astype(np.float64))]
        if self.calibration_ is not None:
            each = [calibration.apply(part) for part, calibration in zip(each, self.calibration_, strict=True)]
        return np.hstack(each)

    def _score(self, metric: Metric, truth: Array, said: Array, weights: Array | None) -> float:
        if not isinstance(self.target_, ClassTargets):
            return super()._score(metric, truth, said, weights)
        each = zip(truth.T, self.target_.parts(said), strict=True)
        return float(np.mean([metric(numbers, part, weights) for numbers, part in each]))

    def predict_proba(self, X: "Inputs") -> Any:
        """The probabilities of the classes as in `classes_`, (n_samples, n_classes); a list of them for several y."""
        probabilities = self._outputs(self._encoded(X))
        return self.target_.parts(probabilities) if isinstance(self.target_, ClassTargets) else probabilities

    def predict(self, X: "Inputs") -> Array:
        """The most probable class, (n_samples,) or (n_samples, n_outputs); from a threshold on the second of two."""
        found = self.predict_proba(X)
        if not isinstance(self.target_, ClassTargets):
            return self.classes_[self._decided(found)]
        return side_by_side([classes[part.argmax(axis=1)] for classes, part in zip(self.classes_, found, strict=True)])

    def score(self, X: "Inputs", y: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
        """The accuracy; where y has several columns, the share of rows of which all classes are right."""
        if not isinstance(self.target_, ClassTargets):
            return float(super().score(X, y, sample_weight))
        right = (self.predict(X) == self._check_y(y)).all(axis=1)
        return float(np.average(right, weights=None if sample_weight is None else np.asarray(sample_weight, float)))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
