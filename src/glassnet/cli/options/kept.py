"""The columns of the rows that stand beside their predictions."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

import typer

from glassnet.errors import InvalidInput
from glassnet.extras import require
from glassnet.tables.pipeline import TablePipeline
from glassnet.tables.values.column_options import apart
from glassnet.tables.values.frames import listed, nearest

if TYPE_CHECKING:
    import polars as pl

LIST = "COL,…"
ID = "Columns that name the rows, placed first (default: those of the training)."
KEEP = "Further columns to copy beside the predictions."


@dataclass(frozen=True)
class KeptOptions:
    """Columns that are copied beside the predictions."""

    panel: ClassVar = "The predictions"

    id: Annotated[list[str] | None, typer.Option(metavar=LIST, help=ID)] = None
    keep: Annotated[list[str] | None, typer.Option(metavar=LIST, help=KEEP)] = None

    def columns(self, model: TablePipeline, there: Sequence[str]) -> list[str]:
        """The names of the columns, ids first; those of the model as far as the table has them."""
        usual = [name for name in model.id_columns if name in there]
        ids = usual if self.id is None else self._named("--id", self.id, there)
        return [*dict.fromkeys([*ids, *self._named("--keep", self.keep or [], there)])]

    def _named(self, option: str, given: Sequence[str], there: Sequence[str]) -> tuple[str, ...]:
        names = apart(given, there)
        if missing := [name for name in names if name not in there]:
            hint = nearest(missing[0], there)
            raise InvalidInput(f"{option}: there is no column {missing[0]!r}{hint}; the columns are {listed(there)}.")
        return names


def beside(rows: "pl.DataFrame", predictions: "pl.DataFrame", hint: str) -> "pl.DataFrame":
    """Columns of the rows, then their predictions; `hint` says what to do about a name that both have."""
    polars = require("polars", "tables", "writing predictions")
    if both := [name for name in predictions.columns if name in rows.columns]:
        raise InvalidInput(f"the rows have a column {listed(both, 3)}, and so have their predictions: {hint}.")
    return polars.concat([rows, predictions], how="horizontal") if rows.width else predictions
