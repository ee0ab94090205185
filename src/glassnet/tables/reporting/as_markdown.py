"""A report as Markdown: its figures are the files beside it."""

import re
from collections.abc import Sequence
from typing import Any

from glassnet.drawing import one_line
from glassnet.insight.pages.pieces import Heading, Rows, Words
from glassnet.tables.reporting.pieces import Bullets, Code, Drawn, Marked, ReportPiece


def as_markdown(pieces: Sequence[ReportPiece]) -> str:
    """The pieces, with an empty line between them."""
    return "\n\n".join(_MARKDOWN[type(piece)](piece) for piece in pieces) + "\n"


def markdown(text: str) -> str:
    r"""A text, such as the name of a column, that Markdown shows as it is, on one line.

    >>> print(markdown("a|b <$50K> *x* snake_case"))
    a\|b \<\$50K\> \*x\* snake_case
    """
    return re.sub(r"([\\`*<>\[\]|$~&#]|(?<!\w)_|_(?!\w))", r"\\\1", one_line(text))


def _rows(piece: Rows) -> str:
    header, *rows = ([*map(markdown, cells)] for cells in piece.cells)
    return "\n".join(f"| {' | '.join(line)} |" for line in [header, ["---"] * len(header), *rows])


def _bullets(piece: Bullets) -> str:
    return "\n".join(f"- {item if piece.marked else markdown(item)}" for item in piece.items)


_MARKDOWN: dict[type, Any] = {
    Heading: lambda piece: f"{'#' * piece.level} {markdown(piece.text)}",
    Words: lambda piece: markdown(piece.text),
    Marked: lambda piece: piece.text,
    Rows: _rows,
    Bullets: _bullets,
    Code: lambda piece: f"```\n{piece.text}\n```",
    Drawn: lambda piece: f"{markdown(piece.says)}\n\n![{piece.path.stem}]({piece.path.name})",
}
