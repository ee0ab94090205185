"""The verdict on a fitted estimator, beside simple models on the same rows."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils.validation import check_is_fitted

from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.tables.encoding.several_targets import ClassTargets, SeveralTargets
from glassnet.tables.encoding.target import ClassTarget
from glassnet.tables.judging.judge import judge
from glassnet.tables.judging.known import Known
from glassnet.tables.number_format import counted

if TYPE_CHECKING:
    from glassnet.sklearn.parameter_types import Inputs
    from glassnet.tables.judging.verdict import Verdict


class Judged:
    """What `TabularClassifier` and `TabularRegressor` have of `TableTraining.verdict`."""

    def verdict(
        self: Any, X: "Inputs", y: ArrayLike, X_train: "Inputs | None" = None, y_train: ArrayLike | None = None
    ) -> "Verdict":
        """Say whether to believe the model, by its scores and those of simple models on rows that `fit` has not seen.

        The constant, the linear model and boosted trees are fitted to the training rows X_train and y_train, at most
        20,000 of them; without these, to the validation rows of the fit, of which there are fewer. `print` shows it.

        Raises InvalidInput where y had several columns, and where there are neither training nor validation rows.
        """
        check_is_fitted(self)
        if isinstance(self.target_, SeveralTargets):
            n = len(self.target_.columns)
            raise InvalidInput(
                f"a verdict is on one column of y, but this was fitted to {n}: fit an estimator for each."
            )
        if (X_train is None) != (y_train is None):
            missing = "X_train" if X_train is None else "y_train"
            raise InvalidInput(f"the simple models need both X_train and y_train, but {missing} is missing.")
        held_out, _, truth = self._judged(X, y)
        model = self.as_model()
        if X_train is not None:
            rows, targets, true = self._judged(X_train, y_train)
            scores, remarks = {"training": model.measured(true, model.outputs_of(rows))}, []
            weights = self._weights(None, targets)
        else:
            rows, targets = self._validation_rows()
            said, true, weights = self._said_of_held_out()
            scores = {"validation": model.measured(true, said.reshape(len(said), -1))}
            n_rows = counted(len(targets), "validation row")
            remarks = [f"The simple models are fitted to the {n_rows} of the fit, as no training rows were given."]
        called = "validation row" if X_train is None else "training row"
        factors = self._weights(None, targets)
        known = Known(model.encoder, model.target, rows, targets, held_out, weights, called, factors)
        return judge(model, known, truth, self.recipe_.chosen_metric(self.task), scores, self._seed, remarks)

    def out_of_fold(self: Any) -> Any:
        """What each row of the last fit is predicted to be by networks that were not trained on it.

        Numbers (n_samples,), or probabilities (n_samples, n_classes) in the order of `classes_`, a list of them where y
        had several columns; NaN for a row that no network held out. With `n_ensemble=8` each row is held out once, as
        in eight folds. The predictions are calibrated on the same rows, which also chose the epochs.

        Raises AttributeError where the rows are not known: of a model file, and after `partial_fit` went on.
        """
        check_is_fitted(self)
        if not hasattr(self, "_rows_of_fit"):
            raise AttributeError(
                "out_of_fold needs the validation rows of a fit, of which a model file and a later partial_fit know "
                "nothing: call fit."
            )
        rows, n = self._rows_of_fit
        places = np.unique(np.concatenate([part.member.held_out for part in self._held_out]))
        said = self._said_of_held_out()[0]
        found = np.full((n, *said.shape[1:]), np.nan)
        found[rows[places]] = said
        return self.target_.parts(found) if isinstance(self.target_, ClassTargets) else found

    def _judged(self: Any, X: "Inputs", y: ArrayLike) -> tuple[Array, Array, Array]:
        """(rows, targets as networks read them, targets in their own unit)."""
        rows, values = self._encoded(X), self._check_y(y)
        if len(rows) != len(values):
            raise InvalidInput(f"expected a target for each row: X has {len(rows)} rows, y has {len(values)} values.")
        if isinstance(self.target_, ClassTarget):
            numbers = class_numbers(values, self.classes_)
            return rows, numbers, numbers
        return rows, self.target_.encode(values), values

    def _validation_rows(self: Any) -> tuple[Array, Array]:
        """The validation rows of all networks once, and their targets as networks read them."""
        if not hasattr(self, "_held_out"):
            raise InvalidInput(
                "this estimator holds no validation rows, to which simple models could be fitted: pass the training "
                "rows, as in verdict(X, y, X_train, y_train)."
            )
        places = np.concatenate([part.member.held_out for part in self._held_out])
        _, first = np.unique(places, return_index=True)
        rows = np.concatenate([part.X for part in self._held_out])[first]
        return rows, np.concatenate([part.y for part in self._held_out])[first]


def class_numbers(y: Array, classes: Array) -> Array:
    """The place of each label among sorted classes; refused where it is none of them."""
    if (others := ~np.isin(y, classes)).any():
        raise InvalidInput(f"y has the class {y[others].tolist()[0]!r}, which is none of {classes.tolist()!r}.")
    return np.searchsorted(classes, y)
