"""What network is trained, and how: the options that make a `Recipe`."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import typer

from glassnet.errors import InvalidInput
from glassnet.tables.fitting.networks.recipe_layers import units_of
from glassnet.tables.fitting.recipe import Recipe

HIDDEN = ",".join(map(str, Recipe.hidden))
METRIC = (
    "Metric to optimise: accuracy (default), balanced_accuracy, f1, log_loss, brier, roc_auc or average_precision; for "
    "numbers rmse (default), mae or median_absolute_error; of distributions crps or log_score."
)

FREQUENCIES = "Frequencies per number in its periodic embedding; 0 for no embedding."
SIGMA = (
    "Standard deviation of the frequencies, or those of the first and of the last of them (default: 0.1 for classes, "
    "0.1,2 for numbers)."
)
ONE_HOT = "Categories of at most this many levels have one input per level, others a learned vector."
MEMBERS = "Members of TabM, each with a head of its own (default: 32)."
TABM = "Train TabM, 32 members that share their weights; options that are not given are its own."
LEVELS = "Read a number as a category as well, where its single values tell more than its size."


@dataclass(frozen=True)
class NetworkOptions:
    """The network and its training."""

    panel: ClassVar = "The network and its training"

    hidden: Annotated[str, typer.Option(help="Units of the hidden layers.")] = HIDDEN
    activation: Annotated[
        str | None, typer.Option(help="Activation of the hidden layers (default: SELU for classes, Mish for numbers).")
    ] = None
    learning_rate: Annotated[
        float | None, typer.Option(help="Peak learning rate (default: 0.04 for classes, 0.2 for numbers).")
    ] = None
    weight_decay: Annotated[
        float | None,
        typer.Option(help="Weight decay, relative to the learning rate (default: 0.02, with --tabm 0.0003)."),
    ] = None
    dropout: Annotated[float, typer.Option(help="Dropout rate after each hidden layer.")] = Recipe.dropout
    metric: Annotated[str | None, typer.Option(help=METRIC, show_default=False)] = None
    epochs: Annotated[int, typer.Option(help="Passes over the training rows.")] = Recipe.epochs
    batch_size: Annotated[int, typer.Option(help="Rows per update.")] = Recipe.batch_size
    seed: Annotated[int, typer.Option(help="Random seed: the same seed gives the same model.")] = 0
    engine: Annotated[str, typer.Option(help="Engine: auto, numpy or compiled.")] = "auto"
    max_time: Annotated[
        str | None, typer.Option(help="Time limit, e.g. 90s, 5m, 1h30m; the number of epochs is chosen to fit.")
    ] = None
    stop_after: Annotated[
        int | None, typer.Option(help="Stop after this epoch; the schedule still assumes --epochs.")
    ] = None
    tabm: Annotated[bool, typer.Option("--tabm", help=TABM)] = False
    members: Annotated[int, typer.Option(help=MEMBERS, show_default=False)] = Recipe.members

    def settings(self) -> dict[str, Any]:
        """The settings of a `Recipe`, but for the shares of rows."""
        own = {name: value for name, value in vars(self).items() if name != "tabm"}
        return own | {"hidden": units(self.hidden)}

    def recipe(self, said: Collection[str] = (), **more: Any) -> Recipe:
        """The recipe, with further settings; TabM's where it is wanted, but for the settings that were said."""
        settings = self.settings() | more
        if not self.tabm:
            return Recipe(**settings)
        usual = Recipe()
        given = {name: value for name, value in settings.items() if name in said or value != getattr(usual, name)}
        return Recipe.tabm(**given)


@dataclass(frozen=True)
class FixedOptions:
    """What `tune` does not search: how columns become inputs, and how long an epoch may be the best."""

    panel: ClassVar = "The network and its training"

    frequencies: Annotated[int, typer.Option(help=FREQUENCIES)] = Recipe.frequencies
    sigma: Annotated[str | None, typer.Option(help=SIGMA)] = None
    parametric: Annotated[bool, typer.Option(help="Learn the strength of the activation.")] = Recipe.parametric
    one_hot: Annotated[int, typer.Option(help=ONE_HOT)] = Recipe.one_hot
    levels: Annotated[bool, typer.Option(help=LEVELS)] = Recipe.levels
    patience: Annotated[int | None, typer.Option(help="Stop after this many epochs without a better metric.")] = None

    def settings(self) -> dict[str, Any]:
        """The settings of a `Recipe`."""
        return {**vars(self), "sigma": spread(self.sigma)}

    @staticmethod
    def words(recipe: Recipe) -> list[str]:
        """The options of a command that say the same, as far as they are not the defaults."""
        sigma = recipe.sigma if isinstance(recipe.sigma, tuple) else (recipe.sigma,)
        given = {"frequencies": recipe.frequencies, "one-hot": recipe.one_hot, "patience": recipe.patience}
        usual = {"frequencies": Recipe.frequencies, "one-hot": Recipe.one_hot, "patience": Recipe.patience}
        said = {name: str(value) for name, value in given.items() if value != usual[name]}
        said |= {"sigma": ",".join(f"{each:g}" for each in sigma)} if recipe.sigma != Recipe.sigma else {}
        switches = {name: getattr(recipe, name) for name in ("parametric", "levels")}
        turned = {name: on for name, on in switches.items() if on != getattr(Recipe, name)}
        words = [word for name, value in said.items() for word in (f"--{name}", value)]
        return [*words, *(f"--{name}" if on else f"--no-{name}" for name, on in turned.items())]


def units(hidden: str) -> tuple[int, ...]:
    """ "64,32" as (64, 32)."""
    try:
        return units_of([int(part) for part in hidden.split(",")])
    except ValueError:
        raise InvalidInput(
            f"--hidden takes whole numbers of at least 1, separated by commas, such as 64,32; got {hidden!r}."
        ) from None


def spread(sigma: str | None) -> float | tuple[float, ...] | None:
    """ "0.1" as 0.1, "0.1,2" as (0.1, 2.0)."""
    if sigma is None:
        return None
    try:
        numbers = tuple(float(part) for part in sigma.split(","))
    except ValueError:
        raise InvalidInput(f"--sigma takes a positive number, or two such as 0.1,2; got {sigma!r}.") from None
    return numbers if len(numbers) > 1 else numbers[0]
