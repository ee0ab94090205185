"""The rows that a run held out, found again in its table by their numbers."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from glassnet.errors import InvalidInput
from glassnet.tables.number_format import counted
from glassnet.tables.reading.chunks import Pieces
from glassnet.tables.reporting.report import HELD_OUT


def held_out_numbers(model: Path) -> list[int]:
    """The numbers in the `held-out.csv` beside a model, counted from 0."""
    file = (model if model.is_dir() else model.parent) / HELD_OUT
    try:
        header, *numbers = file.read_text().split() or [""]
        found = [*map(int, numbers)]
    except FileNotFoundError:
        raise InvalidInput(
            f"there is no {file}: `glassnet train` writes it where it holds out rows of its table; without "
            "--held-out, all rows are checked."
        ) from None
    except (OSError, ValueError):
        header, found = "", []
    if header != "row" or not found or min(found) < 0:
        raise InvalidInput(f"{file} does not list the numbers of rows: expected `row`, then a number a line.")
    return found


def only(frames: Pieces | list[Any], numbers: list[int]) -> Iterator[Any]:
    """The rows with these numbers, of data frames that follow each other; refused where there are not so many."""
    n = frames.n_rows if isinstance(frames, Pieces) else sum(map(len, frames))
    if (last := max(numbers)) >= n:
        raise InvalidInput(
            f"row {last:,} (counted from 0) was held out, but the table has {counted(n, 'row')}: it is another table."
        )
    return chosen(frames, numbers)


def chosen(frames: Iterable[Any], numbers: list[int]) -> Iterator[Any]:
    """The same, piece by piece."""
    above = 0
    for frame in frames:
        if inside := [number - above for number in numbers if above <= number < above + len(frame)]:
            yield frame[inside]
        above += len(frame)
