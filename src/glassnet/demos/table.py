"""Tables of plain text: columns aligned to the right under their headers."""

from collections.abc import Iterable, Sequence


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """The lines of the table, headers first.

    >>> print(table(["loop", "loss"], [[0, "3.25"], [100, "0.5"]]))
    loop  loss
       0  3.25
     100   0.5
    """
    lines = [list(header), *([str(cell) for cell in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join("  ".join(cell.rjust(w) for cell, w in zip(line, widths, strict=True)) for line in lines)
