"""Cross-validation in place of one hold-out."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

import typer

from glassnet.errors import InvalidInput
from glassnet.tables.fitting.cross_validation import FINALS
from glassnet.training.spread.named import check_workers

FOLDS = "Hold each of this many folds out once: a score with its spread, and a final model on all rows."
REPEATS = "Divide the rows into other folds this many times."
FINAL = "The final model: refit (trained like each fold), or ensemble (as many as folds)."
WORKERS = "Train the folds in this many processes, or on the Dask cluster at this address, such as tcp://host:8786."


@dataclass(frozen=True)
class FoldOptions:
    """How many folds, how often, and the final model and who trains them; InvalidInput where there are no folds."""

    panel: ClassVar = "Held-out rows"

    folds: Annotated[int | None, typer.Option(help=FOLDS)] = None
    repeats: Annotated[int, typer.Option(help=REPEATS)] = 1
    final: Annotated[str, typer.Option(help=FINAL)] = FINALS[0]
    workers: Annotated[str | None, typer.Option(metavar="N|ADDRESS", help=WORKERS)] = None

    def __post_init__(self) -> None:
        changed = {
            "--repeats": self.repeats != 1,
            "--final": self.final != FINALS[0],
            "--workers": self.workers is not None,
        }
        if self.folds is None and any(changed.values()):
            option = next(name for name, given in changed.items() if given)
            raise InvalidInput(f"{option} belongs to cross-validation: say how many folds as well, as in --folds 5.")
        check_workers(self.workers)
