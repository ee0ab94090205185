"""The search space: the settings of a recipe with their ranges."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from glassnet.tables.fitting.recipe import ACTIVATIONS as USUAL
from glassnet.tables.fitting.recipe import RATES as USUAL_RATES
from glassnet.tables.fitting.recipe import Recipe
from glassnet.tables.fitting.training import TableTraining

if TYPE_CHECKING:
    from optuna.trial import BaseTrial

ACTIVATIONS = ("selu", "mish", "relu", "gelu", "tanh")
LAYERS = 1, 5
WIDTHS = 8, 512
RATES = 0.004, 0.5
SMALLEST_BATCH, LARGEST_BATCH = 16, 512
DROPOUTS = 0.0, 0.5
DECAYS = 1e-4, 1.0


def suggested(trial: "BaseTrial", recipe: Recipe, n_rows: int) -> Recipe:
    """The recipe with what a trial of Optuna suggests for it; `n_rows` are learned from."""
    layers = trial.suggest_int("layers", *LAYERS)
    width = trial.suggest_int("width", *WIDTHS, log=True)
    return replace(
        recipe,
        hidden=(width,) * layers,
        activation=trial.suggest_categorical("activation", ACTIVATIONS),
        learning_rate=trial.suggest_float("learning_rate", *RATES, log=True),
        batch_size=trial.suggest_int("batch_size", SMALLEST_BATCH, largest_batch(n_rows), log=True),
        dropout=trial.suggest_float("dropout", *DROPOUTS, step=0.05),
        weight_decay=trial.suggest_float("weight_decay", *DECAYS, log=True),
    )


def largest_batch(n_rows: int) -> int:
    """As many rows as there are, if that leaves a choice."""
    return max(2 * SMALLEST_BATCH, min(LARGEST_BATCH, n_rows))


def usual(task: str, n_rows: int) -> dict[str, Any]:
    """The defaults of `glassnet train`: the first trial, so that no search ends with worse."""
    recipe = Recipe()
    return {
        "layers": len(recipe.hidden),
        "width": recipe.hidden[0],
        "activation": USUAL[task],
        "learning_rate": USUAL_RATES[task],
        "batch_size": min(recipe.batch_size, largest_batch(n_rows)),
        "dropout": recipe.dropout,
        "weight_decay": recipe.decay,
    }


def default_recipe(base: TableTraining) -> Recipe:
    """The recipe of the first trial, which has the defaults."""
    from optuna.trial import FixedTrial

    return suggested(FixedTrial(usual(base.model.task, base.n_train)), for_search(base), base.n_train)


def for_search(base: TableTraining) -> Recipe:
    """The recipe with the metric that was asked for, or that the least validation loss is the measure of."""
    if base.recipe.metric is not None or base.request.distribution is not None:
        return base.recipe
    return replace(base.recipe, metric="log_loss" if base.model.task == "classification" else "rmse")


def options(recipe: Recipe) -> list[str]:
    """The options of `glassnet train` for a recipe."""
    given = {
        "hidden": ",".join(map(str, recipe.hidden)),
        "activation": recipe.activation,
        "learning-rate": recipe.learning_rate,
        "weight-decay": recipe.decay,
        "dropout": recipe.dropout,
        "batch-size": recipe.batch_size,
        "epochs": recipe.epochs,
        "metric": recipe.metric,
        "test": recipe.test,
        "validation": recipe.validation,
        "seed": recipe.seed,
        "engine": recipe.engine,
    }
    said = {name: value for name, value in given.items() if value is not None}
    return [word for name, value in said.items() for word in (f"--{name}", str(value))]
