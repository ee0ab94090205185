"""How a model is trained further, and on which rows."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import typer

from glassnet.cli.options.model import class_weight_of, threshold_of
from glassnet.errors import InvalidInput
from glassnet.tables.fitting.recipe import Recipe
from glassnet.tables.updating.settings import EPOCHS

REPLAY = "A table of old rows to train on as well, so that the model forgets less of them."
COMPARE = "A table of old rows to score before and after (default: those that the run kept, or of --replay)."
TEST = "Share of the new and of the old rows held out for the scores before and after, or none."
VALIDATION = "Share of the other rows that chooses the epoch."
RATE = "Peak learning rate (default: a tenth of that of the training)."
THRESHOLD = "Another threshold, or auto for the best by the metric of the model (default: that of the model)."
WEIGHT = "Column that says how much each row counts."
CLASS_WEIGHT = "How much the rows of each class count: balanced, or e.g. yes=5,no=1."


@dataclass(frozen=True)
class UpdateOptions:
    """The rows that an update looks at, and how it trains."""

    panel: ClassVar = "The update"

    replay: Annotated[str | None, typer.Option(metavar="DATA", help=REPLAY)] = None
    compare: Annotated[str | None, typer.Option(metavar="DATA", help=COMPARE)] = None
    epochs: Annotated[int, typer.Option(help="Passes over the rows.")] = EPOCHS
    learning_rate: Annotated[float | None, typer.Option(help=RATE)] = None
    batch_size: Annotated[int, typer.Option(help="Rows per update of the weights.")] = Recipe.batch_size
    test: Annotated[str, typer.Option(metavar="SHARE|none", help=TEST)] = str(Recipe.test)
    validation: Annotated[float, typer.Option(help=VALIDATION)] = Recipe.validation
    weight: Annotated[str | None, typer.Option(metavar="COL", help=WEIGHT)] = None
    class_weight: Annotated[str | None, typer.Option(help=CLASS_WEIGHT)] = None
    threshold: Annotated[str | None, typer.Option(help=THRESHOLD)] = None
    seed: Annotated[int, typer.Option(help="Random seed: the same seed gives the same model.")] = 0
    engine: Annotated[str, typer.Option(help="Engine: auto, numpy or compiled.")] = "auto"

    def settings(self) -> dict[str, Any]:
        """The settings of a `TableUpdate`."""
        others = {name: value for name, value in vars(self).items() if name not in ("replay", "compare")}
        said = {"class_weight": class_weight_of(self.class_weight), "threshold": threshold_of(self.threshold)}
        said["test"] = share_or_none(self.test)
        return {**others, **said}


def share_or_none(given: str) -> float | None:
    """A share of the rows, or None for "none"."""
    if given == "none":
        return None
    try:
        return float(given)
    except ValueError:
        raise InvalidInput(
            f"--test takes a share of the rows in (0, 1), such as 0.2, or none; got {given!r}."
        ) from None
