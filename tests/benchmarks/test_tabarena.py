"""The entry for TabArena keeps to its protocol: a stand-in for its base class calls what TabArena calls."""

import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import glassnet as gn

BUDGET = {"num_cpus": 1, "num_gpus": 0, "memory_limit": None, "time_limit": None, "random_state": 3}


class Base:
    """What TabArena 0.1 does around a system: it hands raw rows over, and maps nothing."""

    def __init__(self, problem_type: str, eval_metric: Any) -> None:
        self.problem_type, self.eval_metric = problem_type, eval_metric

    def fit(self, X: pd.DataFrame, y: pd.Series, group_on: str | None = None) -> Any:
        about = SimpleNamespace(group_on=group_on)
        asked = {"problem_type": self.problem_type, "eval_metric": self.eval_metric, "validation_metadata": about}
        return self._fit_system(X.copy(), y, target_name="y", **asked, **BUDGET)  # type: ignore[attr-defined]


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch) -> Any:
    for name in ("tabarena", "tabarena.benchmark", "tabarena.benchmark.exec_models"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    sys.modules["tabarena.benchmark.exec_models"].ExternalSystemModel = Base  # type: ignore[attr-defined]
    monkeypatch.delitem(sys.modules, "benchmarks.tabarena.system", raising=False)
    from benchmarks.tabarena import system

    yield system
    sys.modules.pop("benchmarks.tabarena.system", None)


def rows(n: int = 64) -> tuple[pd.DataFrame, pd.Series]:
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"a": rng.normal(size=n), "b": rng.choice(["x", "y"], n), "g": np.arange(n) // 2})
    X.index = range(100, 100 + n)
    return X, pd.Series(np.where(X["a"] > 0, "yes", "no"), X.index)


SMALL = {"recipe": gn.Recipe(hidden=(4,), frequencies=2, epochs=2)}


def test_classes_are_a_frame_with_a_column_each(system: Any) -> None:
    X, y = rows()
    made = system.GlassnetSystem(problem_type="binary", eval_metric=SimpleNamespace(name="roc_auc"), settings=SMALL)
    made.fit(X, y, group_on="g")
    assert made.model.metric == "roc_auc" and len(made.model.members_) == 8 and made.model.random_state == 3
    assert sum(len(member.held_out) for member in made.model.members_) == len(X)  # each row is held out once
    found = made._predict_proba(X)
    assert [*found.columns] == ["no", "yes"] and found.index.equals(X.index)
    np.testing.assert_allclose(found.sum(axis=1), 1)


def test_numbers_are_a_series(system: Any) -> None:
    X, _ = rows()
    scorer = SimpleNamespace(name="root_mean_squared_error")
    made = system.GlassnetSystem(problem_type="regression", eval_metric=scorer, n_ensemble=2, settings=SMALL)
    made.fit(X, X["a"] * 2)
    found = made._predict(X)
    assert made.model.metric == "rmse" and found.index.equals(X.index) and found.dtype == float
