"""Shared by the tabular estimators: a table in, an ensemble of networks trained by the recipe, validation rows."""

import copy
from collections.abc import Mapping
from dataclasses import fields, replace
from numbers import Real
from typing import TYPE_CHECKING, Any, TypeGuard

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils.validation import assert_all_finite, check_is_fitted, column_or_1d

from glassnet.errors import InvalidInput, UnknownName, brief
from glassnet.formulas.elementary import Array
from glassnet.sklearn.judging.judged import Judged
from glassnet.sklearn.judging.reported import Reported
from glassnet.sklearn.judging.validated import Validated
from glassnet.sklearn.parameter_types import RandomState
from glassnet.sklearn.rows.counted import counted
from glassnet.sklearn.rows.given_splits import splits_of
from glassnet.sklearn.rows.held_out import HeldOut
from glassnet.sklearn.rows.totals import end_before_totals
from glassnet.sklearn.saving.saved import SavedEstimator
from glassnet.sklearn.table_input import frame_of, number_of, warn_of_left_out, warn_of_notes, warn_of_totals
from glassnet.sklearn.updating.goes_on import GoesOn
from glassnet.tables.distributions.head import Head
from glassnet.tables.distributions.score_metric import SCORES
from glassnet.tables.encoding.column_kinds import find_columns
from glassnet.tables.encoding.encoder import TableEncoder
from glassnet.tables.encoding.found_columns import find_in_rows
from glassnet.tables.encoding.several_targets import Targets
from glassnet.tables.encoding.telling_levels import judged_by
from glassnet.tables.fitting.budget import Budget
from glassnet.tables.fitting.ensemble import Encoded, train_members
from glassnet.tables.fitting.recipe import Recipe
from glassnet.tables.splits.rule import SplitRule
from glassnet.tables.values.column_options import ColumnOptions
from glassnet.tables.values.objects import is_missing
from glassnet.training.inputs.arrays import check_unmasked
from glassnet.training.inputs.checks import check_whole

if TYPE_CHECKING:
    from glassnet.sklearn.parameter_types import Inputs

DECIDED = {
    "validation": "the estimator's own `validation_fraction`",
    "engine": "the estimator's own `engine`",
    "seed": "the estimator's own `random_state`",
    "test": "the rows passed to `fit`",
}
SETTINGS = [setting.name for setting in fields(Recipe) if setting.name not in DECIDED]  # of a recipe, by `recipe__name`
OF_A_FIT = ("validation_score_", "feature_importances_", "quantile_members_", "_updates")  # gone when another begins


class TabularEstimator(Judged, Reported, Validated, GoesOn, SavedEstimator, BaseEstimator):
    """Fits an ensemble; `TabularClassifier` and `TabularRegressor` say what its outputs mean."""

    def __init__(
        self,
        *,
        metric: str | None = None,
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
        self.metric = metric
        self.n_ensemble = n_ensemble
        self.validation_fraction = validation_fraction
        self.cv = cv
        self.max_time = max_time
        self.recipe = recipe
        self.columns = columns
        self.skip_last = skip_last
        self.engine = engine
        self.random_state = random_state

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The parameters by name; with `deep` the settings of the recipe too, as `recipe__epochs`."""
        params = super().get_params(deep=deep)
        if deep:
            params |= {f"recipe__{name}": getattr(self._own_recipe(), name) for name in SETTINGS}
        return params

    def set_params(self, **params: Any) -> Any:
        """Set parameters by name, and settings of the recipe, as in `recipe__epochs=100`, which give another recipe."""
        settings = {name[8:]: params.pop(name) for name in list(params) if name.startswith("recipe__")}
        super().set_params(**params)
        if settings:
            for name in settings:
                if name in DECIDED:
                    raise InvalidInput(f"recipe__{name} is decided by {DECIDED[name]}: set that.")
                if name not in SETTINGS:
                    raise UnknownName("setting of a recipe", name, SETTINGS)
            self.recipe = replace(self._own_recipe(), **settings)
        return self

    def _own_recipe(self) -> Recipe:
        return self.recipe if isinstance(self.recipe, Recipe) else Recipe()

    def fit(
        self, X: "Inputs", y: ArrayLike, sample_weight: ArrayLike | None = None, groups: ArrayLike | None = None
    ) -> Any:
        """Learn from a table or an array X (n_samples, n_features) and the targets y (n_samples,).

        A row with a `sample_weight` of 0 is as one that is not there. All rows of one of the `groups` (n_samples,), any
        values, are trained on or validate, of each network.
        """
        for name in OF_A_FIT:
            self.__dict__.pop(name, None)
        self._check_parameters()
        recipe = self.recipe_ = self._recipe()
        self._target_name = str(getattr(y, "name", None) or "y")
        budget = Budget.of(recipe.max_time)
        frame = frame_of(self, X, reset=True)
        values = self._check_y(y)
        counts = counted(frame, values, sample_weight, groups, self._end(frame, values))
        sides = None if self.cv is None else splits_of(self.cv, y, groups, counts, self.task == "classification")
        rows, frame, y, weights, numbers = counts
        self._rows_of_fit = rows, len(values)
        columns = find_columns(frame, options=ColumnOptions.of(self.columns).on(frame.columns))
        self.target_: Any
        self.target_, encoded = self._learn_target(y)
        levels = judged_by(self.target_, encoded) if recipe.levels else None
        encoder = TableEncoder.learn(frame, columns=columns, one_hot=recipe.one_hot, judged_by=levels)
        self.encoder_ = encoder
        self._found_columns = find_in_rows(frame, columns, encoder)
        warn_of_left_out(self, encoder.dropped)
        warn_of_notes(self, encoder.notes)
        data = Encoded(
            encoder, self.target_, encoder.transform(frame), encoded, self._weights(weights, encoded), None, sides
        )
        data = replace(data, rule=SplitRule(len(y), data.labels, numbers))
        self._seed = int(check_random_state(self.random_state).randint(2**31))
        in_time = replace(recipe, max_time=budget.left(self._share_of_time))
        self._n_members = len(sides) if sides else self.n_ensemble or number_of(self, data, recipe)
        self.head_ = self._learn_head(encoded)
        self.members_ = train_members(data, in_time, self._n_members, self._seed, self.head_)
        self.n_iter_ = max(len(member.history) for member in self.members_)
        self._held_out = [HeldOut(member, *data.rows(member.held_out)) for member in self.members_]
        self._settle(data, budget)
        self.validation_score_ = self._score_held_out(np.asarray)
        return self

    def _end(self, frame: Any, y: Array) -> int | None:
        """Where the rows to learn from end: before those that sum up the rows above; a warning says so."""
        if not self._by_name and self.skip_last is None:
            return None
        end, said = end_before_totals(frame, y, self._target_name, self.skip_last, ColumnOptions.of(self.columns))
        warn_of_totals(self, said)
        return end

    @property
    def _share_of_time(self) -> float:
        """How much of the time the members have."""
        return 1.0

    def __sklearn_is_fitted__(self) -> bool:
        """Whether the last fit came to its end: one that failed leaves columns beside networks of the fit before."""
        return hasattr(self, "validation_score_")

    def _check_parameters(self) -> None:
        if self.n_ensemble is not None and check_whole(self.n_ensemble, "n_ensemble") > 1 and self.cv is not None:
            raise InvalidInput(
                f"n_ensemble={self.n_ensemble} and cv both say how many networks are trained: with cv it is one for "
                f"each split, so leave n_ensemble out."
            )
        if not is_fraction(self.validation_fraction):
            raise InvalidInput(f"validation_fraction must be in (0, 1), got {brief(self.validation_fraction)}.")
        if not (self.recipe is None or isinstance(self.recipe, Recipe)):
            expected = "a glassnet.Recipe, such as Recipe(epochs=100) or Recipe.simple()"
            raise InvalidInput(f"recipe must be {expected}, or None for Recipe(), got {brief(self.recipe)}.")

    def _recipe(self) -> Recipe:
        """The recipe with the estimator's own parameters."""
        given = {"metric": self.metric, "max_time": self.max_time}
        own: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
        share = float(self.validation_fraction)
        recipe = replace(self.recipe or Recipe(), engine=self.engine, validation=share, **own)
        return replace(recipe, metric=recipe.metric if recipe.metric in SCORES else recipe.chosen_metric(self.task))

    def _check_y(self, y: ArrayLike | None) -> Array:
        if y is None:
            raise ValueError(f"{type(self).__name__} requires y to be passed, but the target y is None.")
        check_unmasked(y=y)
        found: Array = column_or_1d(y, warn=True)
        gone = [row for row, value in enumerate(found) if is_missing(value)] if found.dtype == object else []
        if gone:
            where = f"{len(gone)} of {len(found)} rows (the first is row {gone[0] + 1})"
            raise InvalidInput(f"y is missing (NaN) in {where}: remove these rows or fill them.")
        assert_all_finite(found, input_name="y")
        return found

    def _learn_target(self, y: Array) -> tuple[Targets, Array]:
        """The target, and y as networks read it."""
        raise NotImplementedError

    def _learn_head(self, y: Array) -> Head | None:
        """What the outputs mean, where they are a distribution of numbers."""
        return None

    def _weights(self, weights: Array | None, y: Array) -> Array | None:
        """The weights of the rows, as training counts them."""
        return weights

    def _settle(self, data: Encoded, budget: Budget) -> None:
        """Learn from the validation rows once the networks are trained."""

    def _encoded(self, X: "Inputs") -> Array:
        check_is_fitted(self)
        return self.encoder_.transform(frame_of(self, X, reset=False))

    def _outputs(self, X: Array) -> Array:
        """The mean of the members' predictions for encoded rows."""
        return np.mean([self._said(member, X) for member in self.members_], axis=0)

    def _get_fitted_attr_html(self, *args: object, **kwargs: object) -> Any:
        """What scikit-learn shows of a fitted estimator: importances, which take a while, only where they are known."""
        shown = copy.copy(self)
        known = shown.__dict__.setdefault("feature_importances_", None)
        attributes = super(TabularEstimator, shown)._get_fitted_attr_html(*args, **kwargs)
        if known is None:
            del attributes["feature_importances_"]
        return attributes

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        tags.input_tags.categorical = True
        tags.input_tags.sparse = False
        return tags


def is_fraction(value: object) -> TypeGuard[float]:
    """Whether a value is a number between 0 and 1."""
    return isinstance(value, Real) and bool(0 < value < 1)  # type: ignore[operator]
