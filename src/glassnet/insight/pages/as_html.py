"""An explanation as HTML with MathML formulas: no script, nothing to download, colours from the page around it."""

import re
from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np

from glassnet.insight.notation.mathml import MathWriter, identifier, math, operator
from glassnet.insight.notation.text import Writer
from glassnet.insight.notation.tree import Number
from glassnet.insight.pages.as_text import is_numeric, shortened
from glassnet.insight.pages.pieces import Formula, Heading, Matrix, Piece, Rows, Words, Worked

MOST_TERMS, MATRIX_WIDTH = 3, 76
EXPONENT = re.compile(r"(?<=\de)-(?=\d)")  # a browser would break lines at the hyphen of 1e-8
# Inherited colours, and lines in that of the text: the same in a light and in a dark page.
STYLE = (
    ".glassnet{line-height:1.5;overflow-x:auto}"
    ".glassnet h3,.glassnet h4{margin:1em 0 .3em;font-weight:600}"
    ".glassnet h3{border-bottom:1px solid currentColor}"
    ".glassnet p{margin:.25em 0 .25em 1em}"
    ".glassnet p.worked{margin-left:2.5em}"
    ".glassnet .shapes{float:right;opacity:.7;font-family:monospace;margin-left:2em}"
    ".glassnet .matrix{display:flex;align-items:center;margin:.25em 0 .5em 2.5em}"
    ".glassnet table{border-collapse:collapse;color:inherit;background:none;margin:0}"
    ".glassnet .matrix table{border:solid currentColor;border-width:0 1.5px;border-radius:.6em}"
    ".glassnet .matrix table{border-collapse:separate;border-spacing:0;margin-left:.4em}"
    ".glassnet math{font-family:'Latin Modern Math','STIX Two Math','Cambria Math','DejaVu Math TeX Gyre',math}"
    ".glassnet mtd{text-align:left}"
    ".glassnet td,.glassnet th{padding:0 .5em;text-align:right;background:none;color:inherit;border:none}"
    ".glassnet table.rows{margin:.25em 0 .5em 1em}"
    ".glassnet .words{text-align:left}"
)


def as_html(pieces: Sequence[Piece]) -> str:
    """The pieces as one <div>."""
    return f'<div class="glassnet"><style>{STYLE}</style>{"".join(_HTML[type(piece)](piece) for piece in pieces)}</div>'


def _heading(piece: Heading) -> str:
    return f"<h{piece.level + 2}>{escape(piece.text)}</h{piece.level + 2}>"


def _words(piece: Words) -> str:
    text = EXPONENT.sub("\u2011", piece.text)
    return f"<p>{escape(text)}</p>"


def _formula(piece: Formula) -> str:
    shapes = f'<span class="shapes">{escape(piece.shapes)}</span>' if piece.shapes else ""
    return f"<p>{shapes}{math(MathWriter().equation(piece.equation))}</p>"


def _worked(piece: Worked) -> str:
    terms = MOST_TERMS if len(Writer(MOST_TERMS).write(piece.numbers)) <= MATRIX_WIDTH else 2
    numbers, result = MathWriter(terms).write(piece.numbers), MathWriter().write(Number(float(piece.result)))
    ends = "" if numbers == result else math(operator("="), result)  # apart, so that a line may break in front of it
    return f'<p class="worked">{math(label(piece.label), operator("="), numbers)} {ends}</p>'


def label(text: str) -> str:
    """A name with the place behind it: dW[0, 2]."""
    name, bracket, behind = text.partition("[")
    if not bracket:
        return identifier(name)
    place, _, words = behind.partition("]")
    return f"{identifier(name)}<mtext>[{escape(place)}]{escape(words)}</mtext>"  # {escape(words)}</mtext>"


def _matrix(piece: Matrix) -> str:
    array = np.asarray(piece.array)
    array = array.reshape(len(array), -1) if array.ndim > 2 else np.atleast_2d(array)
    rows, dotted = shortened(array, MATRIX_WIDTH)
    lines = [f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows]
    if dotted:
        lines.insert(len(lines) - 1, f"<tr>{'<td>⋮</td>' * len(rows[0])}</tr>")
    return f'<div class="matrix">{math(label(piece.label), operator("="))}<table>{"".join(lines)}</table></div>'


def _rows(piece: Rows) -> str:
    columns = enumerate(zip(*piece.cells, strict=True))
    sides = ["" if k and is_numeric(column[1:]) else ' class="words"' for k, column in columns]
    lines = [_row(cells, sides, "td" if k else "th") for k, cells in enumerate(piece.cells)]
    return f'<table class="rows">{"".join(lines)}</table>'


def _row(cells: Sequence[str], sides: Sequence[str], tag: str) -> str:
    return (
        f"<tr>{''.join(f'<{tag}{side}>{escape(cell)}</{tag}>' for cell, side in zip(cells, sides, strict=True))}</tr>"
    )


_HTML: dict[type, Any] = {
    Heading: _heading,
    Words: _words,
    Formula: _formula,
    Worked: _worked,
    Matrix: _matrix,
    Rows: _rows,
}
