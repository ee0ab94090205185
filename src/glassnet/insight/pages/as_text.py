"""An explanation as text for a terminal: right at any width from 40 columns on."""

import shutil
import textwrap
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from glassnet.formulas.elementary import Array
from glassnet.insight.notation.text import Writer, decimals
from glassnet.insight.pages.pieces import Formula, Heading, Matrix, Piece, Rows, Words, Worked

NARROWEST, WIDEST = 40, 120
MOST_ROWS, MOST_TERMS = 4, 6
NARROW = 8  # a column of words is cut no further


def as_text(pieces: Sequence[Piece], width: int | None = None) -> str:
    """The pieces below each other, with an empty line in front of every part."""
    if width is None:
        width = min(max(80, shutil.get_terminal_size((80, 24)).columns), WIDEST)
    width = max(NARROWEST, width)
    lines: list[str] = []
    for piece in pieces:
        if isinstance(piece, Heading) and lines:
            lines.append("")
        lines += _LINES[type(piece)](piece, width)
    return "\n".join(line.rstrip() for line in lines)


def _heading(piece: Heading, width: int) -> list[str]:
    lines = textwrap.wrap(piece.text, width)
    return [*lines, "─" * min(width, max(map(len, lines)))] if piece.level == 1 else lines


def _words(piece: Words, width: int) -> list[str]:
    return textwrap.wrap(piece.text, width, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False)


def _formula(piece: Formula, width: int) -> list[str]:
    lines = textwrap.wrap(
        Writer().equation(piece.equation),
        width,
        initial_indent="  ",
        subsequent_indent="      ",
        break_on_hyphens=False,
    )
    if not piece.shapes:
        return lines
    room = width - len(lines[-1]) - 2
    if len(piece.shapes) <= room:
        return [*lines[:-1], lines[-1] + piece.shapes.rjust(width - len(lines[-1]))]
    return [*lines, piece.shapes.rjust(width)]


def _worked(piece: Worked, width: int) -> list[str]:
    start, end = f"    {piece.label} = ", f" = {decimals(piece.result)}"
    for terms in range(MOST_TERMS, 1, -1):
        numbers = Writer(terms).write(piece.numbers)
        if numbers == end.removeprefix(" = "):
            return [start + numbers]
        if len(start + numbers + end) <= width:
            return [start + numbers + end]
    lines = textwrap.wrap(
        numbers, width, initial_indent=start, subsequent_indent=" " * len(start), break_on_hyphens=False
    )
    return [*lines, " " * (len(start) - 2) + end.lstrip()]


def _matrix(piece: Matrix, width: int) -> list[str]:
    array = np.asarray(piece.array)
    if array.ndim > 2:
        first = f"{piece.label}[0]" if array.ndim == 3 else f"{piece.label}[0, …]"
        return _matrix(Matrix(first, array.reshape(len(array), -1, array.shape[-1])[0]), width)
    start = f"    {piece.label} = "
    rows, dotted = shortened(np.atleast_2d(array), width - len(start) - 4)
    wide = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(cell.rjust(w) for cell, w in zip(row, wide, strict=True)) for row in rows]
    if dotted:
        lines.insert(len(lines) - 1, "…".center(len(lines[0])))
    brackets = [("[", "]")] if len(lines) == 1 else [("⎡", "⎤"), *[("⎢", "⎥")] * (len(lines) - 2), ("⎣", "⎦")]
    middle = (len(lines) - 1) // 2
    return [
        (start if k == middle else " " * len(start)) + f"{left} {line} {right}"
        for k, (line, (left, right)) in enumerate(zip(lines, brackets, strict=True))
    ]


def shortened(array: Array, width: int) -> tuple[list[list[str]], bool]:
    """(cells of an array of two dimensions that fit a width, whether rows were dropped)."""
    n = len(array)
    kept = range(n) if n <= MOST_ROWS else [*range(MOST_ROWS - 2), n - 1]
    columns = array.shape[1]
    most = min(columns, width // 3)
    cells = [[decimals(v) for v in array[i, :most]] for i in kept]
    last = [decimals(array[i, -1]) for i in kept]
    for shown in range(most, 0, -1):
        rows = [
            row[:shown] if shown == columns else [*row[: shown - 1], "…", end]
            for row, end in zip(cells, last, strict=True)
        ]
        if sum(max(map(len, column)) + 2 for column in zip(*rows, strict=True)) - 2 <= width:
            break
    return rows, len(kept) < n


def _rows(piece: Rows, width: int) -> list[str]:
    columns = fitted(list(zip(*piece.cells, strict=True)), width - 2)
    wide = [max(map(len, column)) for column in columns]
    sides = [str.rjust if k and is_numeric(column[1:]) else str.ljust for k, column in enumerate(columns)]
    return ["  " + "  ".join(map(_justified, sides, cells, wide)) for cells in zip(*columns, strict=True)]


def fitted(columns: list[Sequence[str]], width: int) -> list[Sequence[str]]:
    """The columns of a table with the widest texts cut until all fit a width; numbers stay whole."""
    wide = [max(map(len, column)) for column in columns]
    words = [k for k, column in enumerate(columns) if not is_numeric(column[1:])]
    while words and sum(wide) + 2 * (len(wide) - 1) > width and max(wide[k] for k in words) > NARROW:
        wide[max(words, key=lambda k: wide[k])] -= 1
    return [[cut(cell, w) for cell in column] for column, w in zip(columns, wide, strict=True)]


def cut(text: str, width: int) -> str:
    """A text of at most so many letters, the last of them … where it was longer."""
    return text if len(text) <= width else text[: width - 1] + "…"


def _justified(side: Callable[[str, int], str], cell: str, wide: int) -> str:
    return side(cell, wide)


def is_numeric(cells: Sequence[str]) -> bool:
    """Whether a column of a table holds numbers, most of it at least."""
    words = sum(cell[:1].isalpha() for cell in cells)
    return 2 * words < len(cells) and any(cell[:1].isdigit() or cell[:1] == "−" for cell in cells)


_LINES: dict[type, Any] = {
    Heading: _heading,
    Words: _words,
    Formula: _formula,
    Worked: _worked,
    Matrix: _matrix,
    Rows: _rows,
}
