"""Predictions that go back into the database that the rows came from."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

import typer

from glassnet.errors import InvalidInput
from glassnet.tables.sources.database import Database, check_insert
from glassnet.tables.sources.databases import database_of
from glassnet.tables.sources.source import Source

INTO = "Write the rows with their predictions into a new table of the database that DATA names."
APPEND = "Append the rows to the table of --into, which exists already."


@dataclass(frozen=True)
class IntoOptions:
    """The table that takes the rows with their predictions."""

    panel: ClassVar = "The database"

    into: Annotated[str | None, typer.Option(metavar="TABLE", help=INTO)] = None
    append: Annotated[bool, typer.Option("--append", help=APPEND)] = False

    def database(self, source: Source) -> Database | None:
        """The database that takes predictions, checked before any work; None where none is asked for."""
        if self.into is None:
            if self.append:
                raise InvalidInput("--append adds to the table that --into names: give both.")
            return None
        database = database_of(source)
        if database is None:
            raise InvalidInput(
                f"--into writes into the database that the rows come from, but {source.shown} is not one: name a file "
                "with --out."
            )
        check_insert(database, self.into, self.append)
        return database
