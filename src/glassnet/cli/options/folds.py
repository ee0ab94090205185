"""Cross-validation in place of one hold-out."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

import typer

from glassnet.errors import InvalidInput
from glassnet.tables.fitting.cross_validation import FINALS

FOLDS = "Hold each of this many folds out once: a score with its spread, and a final model on all rows."
REPEATS = "Divide the rows into other folds this many times."
FINAL = "The final model: refit (one network), or ensemble (as many as folds)."


@dataclass(frozen=True)
class FoldOptions:
    """How many folds, how often, and the final model; InvalidInput where there are no folds to repeat."""

    panel: ClassVar = "Held-out rows"

    folds: Annotated[int | None, typer.Option(help=FOLDS)] = None
    repeats: Annotated[int, typer.Option(help=REPEATS)] = 1
    final: Annotated[str, typer.Option(help=FINAL)] = FINALS[0]

    def __post_init__(self) -> None:
        if self.folds is None and (self.repeats != 1 or self.final != FINALS[0]):
            option = "--repeats" if self.repeats != 1 else "--final"
            raise InvalidInput(f"{option} belongs to cross-validation: say how many folds as well, as in --folds 5.")
