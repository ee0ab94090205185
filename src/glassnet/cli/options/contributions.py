"""What the contributions of columns are contributions to, and beside which rows."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import typer

from glassnet.errors import InvalidInput
from glassnet.tables.encoding.target import ClassTarget

BACKGROUND = "A table of rows to compare with, of which 32 are drawn, as more change little (default: DATA)."
OF = "The class whose probability is explained (default: the predicted one)."


@dataclass(frozen=True)
class ContributionOptions:
    """The class and the background of contributions."""

    panel: ClassVar = "The contributions"

    background: Annotated[str | None, typer.Option(metavar="DATA", help=BACKGROUND)] = None
    of: Annotated[str | None, typer.Option(metavar="CLASS", help=OF)] = None

    def check(self, model: Any, importance: bool) -> None:
        """Refuse what does not suit the model, or is about one row where all are asked for."""
        if self.of is not None and not isinstance(model.target, ClassTarget):
            raise InvalidInput(f"--of names a class, but {model.target_name} is a number: leave it out.")
        for option, value in (("--background", self.background), ("--of", self.of)):
            if importance and value is not None:
                raise InvalidInput(f"--importance is about all rows, {option} about one: leave one of them out.")
