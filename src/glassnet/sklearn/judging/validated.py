"""What the validation rows of a fitted estimator tell: its score on them, and how much each column counts."""

from typing import TYPE_CHECKING, ClassVar

import numpy as np
from sklearn.utils.validation import check_is_fitted

from glassnet.calls import cached_property
from glassnet.formulas.elementary import Array
from glassnet.insight.importance import drops
from glassnet.sklearn.parameter_types import Change
from glassnet.tables.fitting.ensemble import Member, once_each
from glassnet.training.metrics import Metric

if TYPE_CHECKING:
    from glassnet.sklearn.rows.held_out import HeldOut
    from glassnet.tables.encoding.encoder import TableEncoder
    from glassnet.tables.fitting.recipe import Recipe

SHUFFLES = 5  # of each column, for its importance


class Validated:
    """What `TabularClassifier` and `TabularRegressor` know from rows that each network was not trained on."""

    task: ClassVar[str]
    recipe_: "Recipe"
    encoder_: "TableEncoder"
    validation_score_: float
    _held_out: "list[HeldOut]"
    _columns: list[str]
    _seed: int

    @cached_property
    def feature_importances_(self) -> Array:
        """How much worse the metric of the validation rows becomes when a column is shuffled, (n_features,).

        The mean of five shuffles (Breiman 2001, "Random forests", section 10); 0 for a column that was dropped. It is
        found when it is first asked for.
        """
        check_is_fitted(self)
        if not hasattr(self, "_held_out"):
            raise AttributeError(
                "feature_importances_ needs validation rows, of which a model file and a short partial_fit have none: "
                "use as_model().draw(rows, 'importance'), or pickle the estimator."
            )
        sign = 1 if Metric.of(self.recipe_.chosen_metric(self.task)).higher_is_better else -1
        places, rng = self.encoder_.places, np.random.default_rng(self._seed)
        lost = drops(self._score_held_out, self.validation_score_, list(places.values()), SHUFFLES, rng).mean(axis=1)
        found = dict(zip(places, sign * lost, strict=True))
        return np.array([found.get(name, 0.0) for name in self._columns])

    def _score_held_out(self, change: Change) -> float:
        said, truth, weights = self._said_of_held_out(change)
        return self._score(Metric.of(self.recipe_.chosen_metric(self.task)), truth, said, weights)

    def _score(self, metric: Metric, truth: Array, said: Array, weights: Array | None) -> float:
        return metric(self._compared(truth), self._seen_by(metric, self._compared(said)), weights)

    def _seen_by(self, metric: Metric, said: Array) -> Array:
        """What a metric compares with the truth."""
        return said

    def _compared(self, values: Array) -> Array:
        """What the metric compares, from what was said or is true."""
        return values

    def _said_of_held_out(self, change: Change = np.asarray) -> tuple[Array, Array, Array | None]:
        """(said, true, weights) of all validation rows, each by the networks not trained on it."""
        parts = [part.member.held_out for part in self._held_out]
        said, first = once_each(parts, [self._said(part.member, change(part.X)) for part in self._held_out])
        truth = np.concatenate([self._in_own_unit(part.y) for part in self._held_out])
        weights = [part.weights for part in self._held_out if part.weights is not None]
        return said, truth[first], np.concatenate(weights)[first] if weights else None

    def _said(self, member: Member, X: Array) -> Array:
        """A member's predictions for encoded rows: probabilities, or numbers in the target's unit."""
        raise NotImplementedError

    def _in_own_unit(self, truth: Array) -> Array:
        return truth
