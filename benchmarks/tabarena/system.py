"""glassnet as TabArena runs it: raw tables in, eight folds with a network each, probabilities or numbers out."""

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import numpy as np
import pandas as pd
from tabarena.benchmark.exec_models import ExternalSystemModel  # type: ignore[import-not-found]

import glassnet as gn
import glassnet.sklearn as gs
from glassnet.engine.machine.threads import limited

FOLDS = 8  # as in the bags of TabArena's other entries
METRICS = {  # of TabArena, as ours are called
    "roc_auc": "roc_auc",
    "log_loss": "log_loss",
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced_accuracy",
    "root_mean_squared_error": "rmse",
    "mean_absolute_error": "mae",
}


class GlassnetSystem(ExternalSystemModel):
    """A bag of eight networks: each row chooses the epoch of one of them, and calibrates it.

    Further arguments are those of the estimators, such as `recipe`.
    """

    def __init__(self, *, n_ensemble: int = FOLDS, settings: dict[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.n_ensemble, self.settings = n_ensemble, settings or {}
        self.model: Any = None

    def _fit_system(
        self,
        X: pd.DataFrame,
        y: pd.Series,
        *,
        problem_type: str,
        eval_metric: Any,
        validation_metadata: Any,
        num_cpus: int | None,
        time_limit: float | None,
        random_state: int | None,
        **unused: Any,
    ) -> "GlassnetSystem":
        """Train on all rows: by the metric that is scored, within the time, on so many processors."""
        kind = gs.TabularRegressor if problem_type == "regression" else gs.TabularClassifier
        metric = METRICS.get(str(getattr(eval_metric, "name", "")))
        self.model = kind(
            metric=metric,
            n_ensemble=self.n_ensemble,
            max_time=time_limit,
            random_state=random_state or 0,
            skip_last=0,
            **self.settings,
        )
        named = getattr(validation_metadata, "group_on", None)
        groups = None if named is None else X.groupby(named, dropna=False, observed=True).ngroup()
        with nullcontext() if num_cpus is None else limited(num_cpus):
            self.model.fit(X, y, groups=groups)
        return self

    @property
    def warmup_fn(self) -> Callable[[], None]:
        """Compile the loops of training before anything is timed, on rows that are made up."""
        return self._warm_up

    def _warm_up(self) -> None:
        rows = pd.DataFrame({"number": np.arange(64.0), "category": list("ab") * 32})
        kind, y = (
            (gs.TabularRegressor, rows["number"])
            if self.problem_type == "regression"
            else (gs.TabularClassifier, rows["category"])
        )
        kind(n_ensemble=2, **self.settings | {"recipe": gn.Recipe(epochs=1)}).fit(rows, y).predict(rows)

    def _predict(self, X: pd.DataFrame) -> pd.Series:
        return pd.Series(self.model.predict(X), index=X.index)

    def _predict_proba(self, X: pd.DataFrame) -> pd.DataFrame:
        return pd.DataFrame(self.model.predict_proba(X), index=X.index, columns=self.model.classes_)
