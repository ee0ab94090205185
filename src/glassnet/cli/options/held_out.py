"""Which rows are not trained on."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

import typer

from glassnet.errors import InvalidInput
from glassnet.tables.fitting.recipe import Recipe

GROUP = "Hold out whole groups, e.g. all rows of a patient; the column is not learned."
TIME = "Hold out the latest rows by this column of dates or numbers; the column is not learned."


@dataclass(frozen=True)
class HeldOutOptions:
    """The shares of the rows for the final result and for validation; InvalidInput for what is no share."""

    panel: ClassVar = "Held-out rows"

    test: Annotated[float, typer.Option(help="Share of the rows held out for the final result.")] = Recipe.test
    validation: Annotated[
        float, typer.Option(help="Share of the other rows used for validation: to compare epochs, and trials.")
    ] = Recipe.validation

    def __post_init__(self) -> None:
        for option, share in (("--test", self.test), ("--validation", self.validation)):
            if not 0 < share < 1:
                raise InvalidInput(f"{option} is a share of the rows and must be in (0, 1), got {share!r}.")


@dataclass(frozen=True)
class SplitOptions:
    """Which rows are held out together: those of a group, or the latest."""

    panel: ClassVar = "Held-out rows"

    group: Annotated[str | None, typer.Option(metavar="COL", help=GROUP)] = None
    time: Annotated[str | None, typer.Option(metavar="COL", help=TIME)] = None

    def words(self) -> list[str]:
        """The options of a command that say the same."""
        return [word for name, column in vars(self).items() if column is not None for word in (f"--{name}", column)]
