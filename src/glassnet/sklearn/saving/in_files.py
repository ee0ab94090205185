"""Tabular estimators in model files: as the model of a table, which `glassnet` reads too, and back."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, TypedDict

import numpy as np
from sklearn.base import BaseEstimator

from glassnet.errors import InvalidInput
from glassnet.files.schema import checked
from glassnet.tables.calibration.intervals import QuantileInterval
from glassnet.tables.encoding.target import ClassTarget, NumberTarget, Target
from glassnet.tables.fitting.ensemble import Member
from glassnet.tables.fitting.recipe import Recipe
from glassnet.tables.model import TableModel
from glassnet.tables.values.column_options import ColumnOptions
from glassnet.training.history import History

DROPPED = ("recipe", "random_state", "columns")  # parameters that have fields of their own


class EstimatorFields(TypedDict):
    """What an estimator knows beside its model: the columns of `fit`, its parameters, and how the fit went."""

    columns: tuple[str, ...]
    by_name: bool
    parameters: dict[str, str | int | float | bool | dict[str, float] | None]
    random_state: int | None
    known_columns: ColumnOptions | None
    recipe: Recipe | None
    fitted_recipe: Recipe
    n_iter: int
    validation_score: float | None
    seed: int


def model_of(estimator: Any) -> TableModel:
    """The fitted networks of an estimator as the model of a table."""
    if isinstance(estimator.target_, ClassTarget):
        target: Target = ClassTarget(tuple(map(plain, estimator.classes_.tolist())))
    elif isinstance(estimator.target_, NumberTarget):
        target = estimator.target_
    else:
        n = len(estimator.target_.columns)
        raise InvalidInput(f"a model file holds one target, but y had {n} columns: fit and save an estimator for each.")
    networks = [member.network for member in estimator.members_]
    return TableModel(
        estimator.encoder_,
        target,
        free_name(estimator._target_name, estimator._columns),
        networks[0],
        others=tuple(networks[1:]),
        threshold=getattr(estimator, "threshold_", None),
        calibration=getattr(estimator, "calibration_", None),
        interval=getattr(estimator, "_interval", None),
        head=estimator.head_,
        estimator=described(estimator),
        updates=getattr(estimator, "_updates", ()),
        columns=getattr(estimator, "_found_columns", ()),
    )


def plain(value: Any) -> Any:
    """A class as a text, a number or a boolean."""
    return value if isinstance(value, (str, int, float)) else str(value)


def free_name(name: str, taken: tuple[str, ...]) -> str:
    """A name for the target that no column has."""
    while name in taken:
        name += "_"
    return name


def described(estimator: Any) -> dict[str, Any]:
    """What an estimator knows beside its model, as JSON values."""
    parameters = {name: value for name, value in estimator.get_params(deep=False).items() if name not in DROPPED}
    seed = estimator.random_state
    return {
        "columns": list(estimator._columns),
        "by_name": estimator._by_name,
        "parameters": {name: jsonlike(value) for name, value in parameters.items()},
        "random_state": int(seed) if isinstance(seed, (int, np.integer)) else None,  # a generator cannot be written
        "known_columns": None if estimator.columns is None else asdict(ColumnOptions.of(estimator.columns)),
        "recipe": None if estimator.recipe is None else asdict(estimator.recipe),
        "fitted_recipe": asdict(estimator.recipe_),
        "n_iter": estimator.n_iter_,
        "validation_score": None if np.isnan(estimator.validation_score_) else float(estimator.validation_score_),
        "seed": estimator._seed,
    }


def jsonlike(value: Any) -> Any:
    """A parameter as JSON has it: no number of NumPy, names of classes as texts, and no splitter."""
    if isinstance(value, Mapping):
        return {str(name): float(weight) for name, weight in value.items()}
    plain = value.item() if isinstance(value, np.generic) else value
    return plain if isinstance(plain, (str, int, float)) else None


def restore(estimator: BaseEstimator, model: TableModel) -> None:
    """Give an estimator the fitted attributes of a model."""
    given: Any = estimator
    found = given_fields(model)
    given._columns, given._by_name = found["columns"], found["by_name"]
    given.n_features_in_ = len(given._columns)
    if given._by_name:
        given.feature_names_in_ = np.array(given._columns, object)
    given.encoder_, given.target_, given._target_name = model.encoder, model.target, model.target_name
    given._updates, given._found_columns = model.updates, model.columns
    given.head_ = model.head
    given.members_ = [member_of(network) for network in model.networks]
    given.recipe_, given.n_iter_, given._seed = found["fitted_recipe"], found["n_iter"], found["seed"]
    score = found["validation_score"]
    given.validation_score_ = float("nan") if score is None else score


def member_of(network: Any) -> Member:
    """A network whose history and validation rows are not known."""
    return Member(network, np.zeros(0, np.intp), History())


def given_fields(model: TableModel) -> EstimatorFields:
    """What a file says of its estimator; of a model that `glassnet train` made, what follows from that."""
    if model.estimator is not None:
        found: EstimatorFields = checked(dict(model.estimator), EstimatorFields, "table.estimator")
        return found
    recipe = Recipe()
    recipe = Recipe(metric=recipe.chosen_metric(model.task))
    return {
        "columns": model.encoder.columns,
        "by_name": True,
        "parameters": {"n_ensemble": len(model.networks)},
        "random_state": None,
        "known_columns": None,
        "recipe": None,
        "fitted_recipe": recipe,
        "n_iter": 0,
        "validation_score": None,
        "seed": 0,
    }


def parameters_of(model: TableModel) -> dict[str, Any]:
    """The parameters for the constructor of an estimator."""
    found = given_fields(model)
    interval = model.interval.coverage if isinstance(model.interval, QuantileInterval) else None
    distribution = model.head.kind if model.head is not None else None
    own: dict[str, Any] = {"interval": interval, "distribution": distribution}
    own = {"calibrate": model.calibration is not None} if model.task == "classification" else own
    return {
        **own,
        **found["parameters"],
        "columns": found["known_columns"],
        "recipe": found["recipe"],
        "random_state": found["random_state"],
    }
