"""Standard input, kept in a file so that it can be read several times."""

import shutil
import sys
from pathlib import Path

from glassnet.errors import InvalidInput
from glassnet.tables.sources.rows_file import room_in


def spooled(folder: Path) -> Path:
    """Write all of standard input into a file in the folder."""
    if sys.stdin is None or sys.stdin.isatty():
        raise InvalidInput(
            "- stands for standard input, which is a terminal here: send a table to it, as in "
            "`cat houses.csv | glassnet train - --target price`."
        )
    path = folder / "stdin"
    with room_in(folder, "standard input"), path.open("wb") as file:
        shutil.copyfileobj(sys.stdin.buffer, file)
    return path
