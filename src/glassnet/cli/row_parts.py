"""Parts of the rows of a table: those that a run held out (found again by their numbers), others, every second one."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from glassnet.errors import InvalidInput
from glassnet.tables.number_format import counted
from glassnet.tables.reading.chunks import Pieces
from glassnet.tables.reporting.report import HELD_OUT

Frames = Pieces | Sequence[Any]  # data frames, or arrays, that follow each other


def held_out_numbers(model: Path) -> set[int]:
    """The numbers in the `held-out.csv` beside a model, counted from 0."""
    file = (model if model.is_dir() else model.parent) / HELD_OUT
    try:
        header, *numbers = file.read_text().split() or [""]
        found = {*map(int, numbers)}
    except FileNotFoundError:
        raise InvalidInput(
            f"there is no {file}: `glassnet train` writes it where it holds out rows of its table; without "
            "--held-out, all rows are checked."
        ) from None
    except (OSError, ValueError):
        header, found = "", set()
    if header != "row" or not found or min(found) < 0:
        raise InvalidInput(f"{file} does not list the numbers of rows: expected `row`, then a number a line.")
    return found


def n_rows(frames: Frames) -> int:
    """The number of rows."""
    return frames.n_rows if isinstance(frames, Pieces) else sum(map(len, frames))


def only(frames: Frames, numbers: set[int]) -> Iterator[Any]:
    """The rows with these numbers, piece by piece; refused where the table has not so many."""
    n = n_rows(frames)
    if (last := max(numbers)) >= n:
        raise InvalidInput(
            f"row {last:,} (counted from 0) was held out, but the table has {counted(n, 'row')}: it is another table."
        )
    return chosen(frames, numbers.__contains__)


def others(frames: Frames, numbers: set[int]) -> Iterator[Any]:
    """The rows without these numbers, piece by piece."""
    return chosen(frames, lambda number: number not in numbers)


def every_second(frames: Frames, first: int) -> Iterator[Any]:
    """Rows first, first + 2, first + 4, …, piece by piece."""
    return chosen(frames, lambda number: number % 2 == first)


def chosen(frames: Iterable[Any], taken: Callable[[int], bool]) -> Iterator[Any]:
    """The rows whose numbers, counted from 0, are taken, piece by piece, in the order of the table."""
    above = 0
    for frame in frames:
        if inside := [k for k in range(len(frame)) if taken(above + k)]:
            yield frame[inside]
        above += len(frame)
