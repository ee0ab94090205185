"""Which rows are not trained on."""

import os
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import typer

from glassnet.errors import InvalidInput
from glassnet.tables.datasets import is_bundled
from glassnet.tables.fitting.recipe import Recipe
from glassnet.tables.sources.source import Source

GROUP = "Hold out whole groups, e.g. all rows of a patient; the column is not learned."
TIME = "Hold out the latest rows by this column of dates or numbers; the column is not learned."
TEST = "Share of the rows held out for the final result, or a file with rows of your own for it."
VALIDATION = "Share of the other rows used for validation (to compare epochs, and trials), or a file with such rows."

SKIP_LAST = "Rows at the end of the table to leave out, such as totals (default: totals that are found there)."


@dataclass(frozen=True)
class HeldOutOptions:
    """The shares of the rows for the final result and for validation; InvalidInput for what is not a share."""

    panel: ClassVar = "Held-out rows"

    test: Annotated[str, typer.Option(metavar="SHARE|FILE", help=TEST)] = str(Recipe.test)
    validation: Annotated[str, typer.Option(metavar="SHARE|FILE", help=VALIDATION)] = str(Recipe.validation)

    def __post_init__(self) -> None:
        for name, share in self.shares.items():
            if not 0 < share < 1:
                raise InvalidInput(f"--{name} is a share of the rows and must be in (0, 1), got {share!r}.")

    @property
    def shares(self) -> dict[str, Any]:
        """Shares of the rows, for the recipe: its own where a file is given."""
        given = {name: share_of(value) for name, value in vars(self).items()}
        return {name: getattr(Recipe, name) if share is None else share for name, share in given.items()}

    @property
    def files(self) -> dict[str, Any]:
        """The files that were given in place of shares, by their whole paths, for the request."""
        return {name: None if share_of(value) is not None else whole(value) for name, value in vars(self).items()}


def share_of(value: str) -> float | None:
    """The number that a value is; None for the name of a file."""
    try:
        return float(value)
    except ValueError:
        return None


def whole(path: str) -> str:
    """A path that holds from everywhere, as a run may be resumed from another folder."""
    return path if is_bundled(path) or Source(path).scheme else os.path.abspath(path)


@dataclass(frozen=True)
class SplitOptions:
    """Which rows are held out together, those of a group or the latest; and which are none to learn from."""

    panel: ClassVar = "Held-out rows"

    group: Annotated[str | None, typer.Option(metavar="COL", help=GROUP)] = None
    time: Annotated[str | None, typer.Option(metavar="COL", help=TIME)] = None
    skip_last: Annotated[int | None, typer.Option(metavar="N", help=SKIP_LAST, show_default=False)] = None

    def words(self) -> list[str]:
        """The options of a command that say the same."""
        said = {name.replace("_", "-"): value for name, value in vars(self).items() if value is not None}
        return [word for name, value in said.items() for word in (f"--{name}", str(value))]
