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
    # Pages have styles of their own for every table: stripes, lines, widths, which these must outdo.
    ".glassnet table{border-collapse:collapse!important;border:none!important;margin:0;width:auto!important}"
    ".glassnet table,.glassnet table *{color:inherit!important;background:none!important}"
    ".glassnet math{font-family:'Latin Modern Math','STIX Two Math','Cambria Math','DejaVu Math TeX Gyre',math}"
    ".glassnet mtd{text-align:left}"
    ".glassnet tr,.glassnet td,.glassnet th{border:none!important}"
    ".glassnet td,.glassnet th{padding:0 .5em!important;text-align:right!important;white-space:nowrap}"
    ".glassnet table.rows{margin:.25em 0 .5em 1em!important}"
    ".glassnet .rows .words{text-align:left!important}"
)
# A matrix is no table, and carries its style with it: its brackets stay where a page or a converter has its own way.
MATRIX = "display:flex;align-items:center;margin:.25em 0 .5em 2.5em"
BRACKETS = (
    "display:inline-grid;grid-template-columns:repeat({},auto);column-gap:1em;text-align:right;margin-left:.4em;"
    "padding:0 .5em;border-style:solid;border-color:currentColor;border-width:0 1.5px;border-radius:.6em"
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
    lines = ["".join(f"<span>{cell}</span>" for cell in row) for row in rows]
    if dotted:
        lines.insert(len(lines) - 1, "<span>⋮</span>" * len(rows[0]))
    name, brackets = math(label(piece.label), operator("=")), BRACKETS.format(len(rows[0]))
    return f'<div class="matrix" style="{MATRIX}">{name}<div style="{brackets}">{"".join(lines)}</div></div>'


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
