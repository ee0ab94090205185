"""Which columns of a row may change, and what is to be predicted then."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

import typer

CHANGE = "Find the smallest change of these columns that changes the prediction; with --to alone, of any columns."
TO = "The class or the number to reach (default: any other class)."


@dataclass(frozen=True)
class ChangeOptions:
    """The smallest change that leads to another prediction."""

    panel: ClassVar = "Another prediction"

    change: Annotated[list[str] | None, typer.Option(metavar="COL,…", help=CHANGE)] = None
    to: Annotated[str | None, typer.Option(metavar="CLASS|NUMBER", help=TO)] = None

    @property
    def asked(self) -> bool:
        """Whether a change is asked for."""
        return bool(self.change) or self.to is not None

    @property
    def columns(self) -> list[str] | None:
        """The columns that may change, None for all."""
        return self.change or None
