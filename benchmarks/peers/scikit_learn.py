"""scikit-learn's multi-layer perceptrons."""

import pickle
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.model_selection import GridSearchCV
from sklearn.neural_network import MLPClassifier, MLPRegressor

from benchmarks.cases import Case
from benchmarks.model import Model
from benchmarks.peers import blas_threads
from benchmarks.search import Search
from benchmarks.tasks import Task, Trainer
from benchmarks.worker import Call

warnings.filterwarnings("ignore")  # that one step has not converged
JOBS = 2  # processes of the search
threads = blas_threads


def step(case: Case) -> Call:
    X, y = case.data()
    activation = "logistic" if case.activation == "sigmoid" else case.activation
    model = (MLPClassifier if case.classifies else MLPRegressor)(
        hidden_layer_sizes=case.widths[1:-1],
        activation=activation,
        solver=case.optimizer,
        learning_rate_init=case.learning_rate,
        batch_size=case.rows,
        momentum=0.0,
        alpha=0.0,
        random_state=0,
    )
    if case.classifies:
        model.partial_fit(X, y, classes=np.arange(case.widths[-1]))
    elif y.shape[1] == 1:
        y = y.ravel()
    return Call(lambda: model.partial_fit(X, y))


def loaded(model: Model) -> Any:
    """A regressor with the given parameters, after a step that makes its arrays."""
    net = MLPRegressor(hidden_layer_sizes=model.widths[1:-1])
    net.partial_fit(model.inputs(2), np.zeros(2, np.float32))
    net.coefs_, net.intercepts_ = (list(arrays) for arrays in zip(*model.parameters(), strict=True))
    return net


def predict(model: Model, X: np.ndarray) -> Call:
    net = loaded(model)
    return Call(lambda: net.predict(X))


def save(model: Model) -> None:
    Path("model.pickle").write_bytes(pickle.dumps(loaded(model)))


def fit(task: Task, seed: int) -> Trainer:
    """`partial_fit`, an epoch a call."""
    settings = {"alpha": 0.0, "batch_size": task.batch, "learning_rate_init": task.rate, "random_state": seed}
    if task.loss == "squared_error":
        regressor = MLPRegressor(hidden_layer_sizes=task.hidden, **settings)
        return Trainer(lambda: regressor.partial_fit(task.X, task.y), regressor.predict)
    model, classes = MLPClassifier(hidden_layer_sizes=task.hidden, **settings), np.arange(max(2, task.outputs))
    binary = task.outputs == 1

    def predict(rows: np.ndarray) -> np.ndarray:
        probabilities: np.ndarray = model.predict_proba(rows)
        return probabilities[:, 1] if binary else probabilities

    return Trainer(lambda: model.partial_fit(task.X, task.y, classes=classes), predict)


def search(wanted: Search) -> float:
    """The best mean accuracy that GridSearchCV finds."""
    model = MLPClassifier(
        hidden_layer_sizes=(wanted.hidden,),
        alpha=0.0,
        batch_size=wanted.batch,
        max_iter=wanted.epochs,
        tol=0.0,
        n_iter_no_change=wanted.epochs + 1,  # it shall not stop early
        random_state=wanted.seed,
    )
    rates = {"learning_rate_init": list(wanted.rates)}
    grid = GridSearchCV(model, rates, cv=wanted.splits, n_jobs=JOBS, refit=False).fit(*wanted.data)
    return float(grid.best_score_)
