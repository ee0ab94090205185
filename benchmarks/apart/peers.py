"""The models that glassnet is compared with, each with its own defaults, on one thread."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

THREADS = 1  # more wait for one another where a machine is shared; scores are the same


class Prepared:
    """A model behind a change of the rows that it needs, learned from the training rows."""

    def __init__(self, model: Any, fit: Callable[[pd.DataFrame], Callable[[pd.DataFrame], Any]], **more: Any) -> None:
        self.model, self.learn, self.more = model, fit, more

    def fit(self, X: pd.DataFrame, y: pd.Series) -> None:
        self.change = self.learn(X)
        self.model.fit(self.change(X), y, **self.more)

    def predict(self, X: pd.DataFrame) -> Any:
        return np.asarray(self.model.predict(self.change(X))).ravel()

    def predict_proba(self, X: pd.DataFrame) -> Any:
        return self.model.predict_proba(self.change(X))


def categories(X: pd.DataFrame) -> list[str]:
    return [str(name) for name in X.columns if X[name].dtype == object]


def with_texts(X: pd.DataFrame) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """A missing category is one of its own, as CatBoost asks."""
    return lambda rows: rows.assign(**{name: rows[name].fillna("missing").astype(str) for name in categories(X)})


def with_levels(X: pd.DataFrame) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """Categories in the type of pandas, with the levels of the training rows, as LightGBM reads them."""
    levels = {name: sorted(X[name].dropna().unique()) for name in categories(X)}

    def change(rows: pd.DataFrame) -> pd.DataFrame:
        known = {name: rows[name].where(rows[name].isin(seen)) for name, seen in levels.items()}
        return rows.assign(**{name: pd.Categorical(known[name], levels[name]) for name in levels})

    return change


def without_gaps(X: pd.DataFrame) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """A missing number is the median, and a column more says where, as RealMLP takes none that are missing."""
    gaps = [name for name in X.columns if name not in categories(X) and X[name].isna().any()]
    medians = X[gaps].median()

    def change(rows: pd.DataFrame) -> pd.DataFrame:
        missing = rows[gaps].isna().astype(float).add_suffix(" is missing")
        return pd.concat([rows.fillna(medians.to_dict()), missing], axis=1)

    return change


def catboost(task: str, seed: int, X: pd.DataFrame) -> Any:
    from catboost import CatBoostClassifier, CatBoostRegressor  # type: ignore[import-not-found]

    kind = CatBoostClassifier if task == "classification" else CatBoostRegressor
    settings = {"random_seed": seed, "thread_count": THREADS, "verbose": False, "allow_writing_files": False}
    return Prepared(kind(**settings), with_texts, cat_features=categories(X))


def lightgbm(task: str, seed: int, X: pd.DataFrame) -> Any:
    from lightgbm import LGBMClassifier, LGBMRegressor  # type: ignore[import-not-found]

    kind = LGBMClassifier if task == "classification" else LGBMRegressor
    return Prepared(kind(random_state=seed, n_jobs=THREADS, verbose=-1), with_levels)


def realmlp(task: str, seed: int, X: pd.DataFrame) -> Any:
    from pytabkit import RealMLP_TD_Classifier, RealMLP_TD_Regressor  # type: ignore[import-not-found]

    kind = RealMLP_TD_Classifier if task == "classification" else RealMLP_TD_Regressor
    settings = {"n_cv": 1, "device": "cpu", "n_threads": THREADS, "random_state": seed}
    return Prepared(kind(**settings), without_gaps, cat_col_names=categories(X))


PEERS: dict[str, Callable[[str, int, pd.DataFrame], Any]] = {
    "lgbm": lightgbm,
    "catboost": catboost,
    "realmlp_td": realmlp,
}
