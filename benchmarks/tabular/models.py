"""The models that are measured: each takes training rows, test rows and targets, and gives predictions and times."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import glassnet.sklearn as gs
from glassnet import Recipe

Run = dict[str, Any]
WIDE = Recipe(hidden=(256, 256, 256))  # as wide as RealMLP-TD


def tabular(task: str, seed: int, **settings: Any) -> Any:
    kind = gs.TabularClassifier if task == "classification" else gs.TabularRegressor
    return kind(random_state=seed, **settings)


def encoded(mlp: Any) -> Any:
    """Numbers standardised, categories one-hot, in front of a network that reads numbers alone."""
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    categories = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    columns = make_column_transformer(
        (numbers, make_column_selector(dtype_include=np.number)),
        (categories, make_column_selector(dtype_exclude=np.number)),
    )
    return make_pipeline(columns, mlp)


def mlp(classifier: Any, regressor: Any, task: str, seed: int) -> Any:
    return encoded((classifier if task == "classification" else regressor)(random_state=seed))


MODELS: dict[str, Callable[[str, int], Any]] = {
    "glassnet Tabular": tabular,
    "glassnet Tabular, 8 networks": lambda task, seed: tabular(task, seed, n_ensemble=8),
    "glassnet Tabular, 1 network of 256": lambda task, seed: tabular(task, seed, n_ensemble=1, recipe=WIDE),
    "glassnet TabM": lambda task, seed: tabular(task, seed, recipe=Recipe.tabm()),
    "glassnet MLP": lambda task, seed: mlp(gs.MLPClassifier, gs.MLPRegressor, task, seed),
    "scikit-learn MLP": lambda task, seed: mlp(MLPClassifier, MLPRegressor, task, seed),
}


def fitted(model: Any, task: str, X: pd.DataFrame, y: pd.Series, X_test: pd.DataFrame) -> tuple[Run, Any, Any]:
    """(times, predictions, probabilities or None)."""
    wall, cpu = time.perf_counter(), time.process_time()
    model.fit(X, y)
    times = {"fit_s": time.perf_counter() - wall, "cpu_s": time.process_time() - cpu}
    wall = time.perf_counter()
    predictions = model.predict(X_test)
    times["predict_s"] = time.perf_counter() - wall
    probabilities = model.predict_proba(X_test) if task == "classification" else None
    return times, predictions, probabilities
