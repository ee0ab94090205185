"""Classes from tables, strong without a single parameter."""

import math
from typing import Any

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets

from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.sklearn.tabular_base import TabularEstimator
from glassnet.tables.encoding.target import ClassTarget, Target
from glassnet.tables.fitting.budget import Budget
from glassnet.tables.fitting.calibration import Calibration
from glassnet.tables.fitting.ensemble import Encoded, Member


class TabularClassifier(ClassifierMixin, TabularEstimator):
    """Classifies the rows of a table by the pre-tuned RealMLP, `glassnet.Recipe`.

    Numbers, categories, booleans, dates and missing values in any column, infinite numbers among the missing; a
    category that was not in training is no mistake. Columns that hold nothing to learn from are dropped with a warning
    (`encoder_.dropped` says why).

    Parameters
    ----------
    metric
        What the model is for: "accuracy" (default), "log_loss" or "roc_auc". It chooses the epoch, and labels are
        smoothed for accuracy alone. Probabilities are calibrated in any case.
    n_ensemble
        How many networks are trained side by side, each with other rows for validation; probabilities are averaged.
    validation_fraction
        The share of rows that chooses the epoch, calibrates, and tells `validation_score_`.
    max_time
        Seconds, or a text such as "5m", for the whole fit: the number of epochs is chosen to fit into it, by the pace
        of a few on some of the rows. One epoch of each network is trained in any case.
    recipe
        A `glassnet.Recipe` for all else, such as `Recipe.simple()`. Its `test`, `validation`, `seed` and `engine` are
        not used, and `metric` and `max_time` of the estimator come before its own.
    engine
        "auto", "numpy" or "compiled".
    random_state
        A number, for the same model again; None draws one.

    Attributes
    ----------
    classes_, n_features_in_, feature_names_in_, n_iter_
        As everywhere in scikit-learn.
    members_, encoder_, target_, recipe_
        The networks with their histories and the rows that chose their epoch; how columns and target were read; the
        settings.
    calibration_
        Its `temperature` divides the scores: below 1 where the networks said too little (Guo et al. 2017).
    validation_score_, feature_importances_
        The metric on validation rows, each by the network that was not trained on it (optimistic, as they chose the
        epoch); and how much worse it becomes without each column, found when first asked for. For that the encoded
        validation rows are kept, in pickles too.

    >>> import numpy as np, glassnet as gn
    >>> from glassnet.sklearn import TabularClassifier
    >>> iris = gn.datasets.iris()
    >>> model = TabularClassifier(recipe=gn.Recipe(epochs=30), random_state=0).fit(iris.X, iris.y)
    >>> model.predict(iris.X[:2]), bool(model.score(iris.X, iris.y) > 0.9)
    (array([0, 0]), True)
    """

    task = "classification"

    def _check_y(self, y: Any) -> Array:
        y = super()._check_y(y)
        check_classification_targets(y)
        return y

    def _learn_target(self, y: Array) -> tuple[Target, Array]:
        self.classes_, numbers = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(f"{type(self).__name__} needs two classes, got one class only: {self.classes_.tolist()}.")
        if len(self.classes_) == len(y):
            raise InvalidInput(
                f"y has {len(y)} classes in {len(y)} rows: with a class of its own for each row there is nothing to "
                f"learn; TabularRegressor predicts numbers."
            )
        return ClassTarget(tuple(str(name) for name in self.classes_)), numbers

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> "TabularClassifier":
        """Learn from a table or an array X (n_samples, n_features) and the classes y (n_samples,)."""
        return super().fit(X, y, sample_weight)

    def _settle(self, data: Encoded, budget: Budget) -> None:
        self.calibration_ = Calibration(1.0, math.inf)
        self.calibration_ = Calibration.learn(*self._said_of_held_out())

    def _said(self, member: Member, X: Array) -> Array:
        return self.calibration_.apply(member.network.predict(X))

    def predict_proba(self, X: Any) -> Array:
        """The probabilities of the classes in the order of `classes_`, (n_samples, n_classes)."""
        return self._outputs(self._encoded(X))

    def predict(self, X: Any) -> Array:
        """The most probable class of each row, (n_samples,)."""
        probabilities = self.predict_proba(X)
        return self.classes_[probabilities.argmax(axis=1)]
