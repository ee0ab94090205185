"""What a search tries: the settings of a recipe with their ranges."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from glassnet.tables.training import Recipe, automatic_batch_size

if TYPE_CHECKING:
    from optuna.trial import BaseTrial

ACTIVATIONS = ("relu", "gelu", "silu", "tanh", "selu")
LAYERS = 1, 5
WIDTHS = 8, 512
RATES = 1e-4, 3e-2
SMALLEST_BATCH, LARGEST_BATCH = 16, 512
DROPOUTS = 0.0, 0.5
STRENGTHS = 1e-7, 1e-1


def suggested(trial: "BaseTrial", recipe: Recipe, n_rows: int) -> Recipe:
    """The recipe with what a trial of Optuna suggests for it; `n_rows` are learned from."""
    layers = trial.suggest_int("layers", *LAYERS)
    width = trial.suggest_int("width", *WIDTHS, log=True)
    return replace(
        recipe,
        hidden=(width,) * layers,
        activation=trial.suggest_categorical("activation", ACTIVATIONS),
        optimizer={"name": "adam", "learning_rate": trial.suggest_float("learning_rate", *RATES, log=True)},
        batch_size=trial.suggest_int("batch_size", SMALLEST_BATCH, largest_batch(n_rows), log=True),
        dropout=trial.suggest_float("dropout", *DROPOUTS, step=0.05),
        penalty={"name": "l2", "strength": trial.suggest_float("l2", *STRENGTHS, log=True)},
    )


def largest_batch(n_rows: int) -> int:
    """At least eight updates an epoch, if that leaves a choice."""
    return max(2 * SMALLEST_BATCH, min(LARGEST_BATCH, n_rows // 8))


def usual(n_rows: int) -> dict[str, Any]:
    """What `glassnet train` takes when nothing is said: the first trial, so that no search ends with worse."""
    batch = min(automatic_batch_size(n_rows), largest_batch(n_rows))
    return {
        "layers": 2, "width": 64, "activation": "relu", "learning_rate": 0.003, "batch_size": batch, "dropout": 0.0,
        "l2": 0.001,
    }  # fmt: skip


def options(recipe: Recipe) -> list[str]:
    """The options of `glassnet train` that stand for a recipe."""
    given = {
        "hidden": ",".join(map(str, recipe.hidden)),
        "activation": recipe.activation,
        "learning-rate": recipe.optimizer["learning_rate"],
        "l2": recipe.penalty["strength"],
        "dropout": recipe.dropout,
        "batch-size": recipe.batch_size,
        "epochs": recipe.epochs,
        "test": recipe.test,
        "validation": recipe.validation,
        "seed": recipe.seed,
        "engine": recipe.engine,
    }
    return [word for name, value in given.items() for word in (f"--{name}", str(value))]
