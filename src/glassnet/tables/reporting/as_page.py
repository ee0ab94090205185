"""A report as one HTML file: figures inside, light and dark, for a desktop, a phone and paper; no script."""

import re
from base64 import b64encode
from collections.abc import Sequence
from html import escape
from typing import Any

from glassnet.drawing import DARK, LIGHT, one_line
from glassnet.insight.pages.as_text import is_numeric
from glassnet.insight.pages.pieces import Heading, Rows, Words
from glassnet.tables.reporting.pieces import Bullets, Code, Drawn, Marked, ReportPiece

MARKS = re.compile(r"`([^`]+)`|\[([^\]]+)\]\((https?://[^)\s]+)\)")
LONG_NUMBER, LONG_WORD = 30, 24  # letters of a cell: more are words, and may be broken on paper
KINDS = {".png": "image/png", ".svg": "image/svg+xml"}
STYLE = f"""
:root {{ color-scheme: light dark; --paper: {LIGHT.paper}; --ink: {LIGHT.ink}; --grey: {LIGHT.grey};
  --line: #d9dce0; --panel: #f4f6f8; --link: #0059b3; }}
@media (prefers-color-scheme: dark) {{ :root {{ --paper: {DARK.paper}; --ink: {DARK.ink}; --grey: {DARK.grey};
  --line: #343a42; --panel: #1e242b; --link: #7cc0ff; }} }}
* {{ box-sizing: border-box; }}
body {{ margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }}
main {{ max-width: 46rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; overflow-wrap: break-word; }}
h1 {{ font-size: 1.7rem; line-height: 1.25; margin: .5rem 0 1rem; }}
h2 {{ font-size: 1.25rem; margin: 2.5rem 0 .75rem; padding-bottom: .3rem; border-bottom: 1px solid var(--line); }}
h3 {{ font-size: 1.05rem; margin: 1.5rem 0 .5rem; }}
h1 + p {{ border-left: 4px solid var(--link); background: var(--panel); margin: 1rem 0; padding: .75rem 1rem;
  font-size: 1.1rem; }}
a {{ color: var(--link); }}
.wide {{ overflow-x: auto; margin: 1rem 0; }}
table {{ border-collapse: collapse; font-size: .92rem; font-variant-numeric: tabular-nums; }}
th, td {{ padding: .35rem .75rem; border-bottom: 1px solid var(--line); text-align: right; vertical-align: top; }}
th {{ color: var(--grey); font-weight: 600; white-space: nowrap; }}
th:first-child, td:first-child {{ padding-left: 0; }}
.words {{ text-align: left; }}
td:not(.words) {{ white-space: nowrap; }}
code, pre {{ font-family: ui-monospace, "SFMono-Regular", Menlo, Consolas, "DejaVu Sans Mono", monospace;
  font-size: .86rem; }}
code {{ background: var(--panel); border-radius: .25rem; padding: .1rem .3rem; }}
pre {{ background: var(--panel); border-radius: .4rem; padding: .75rem 1rem; overflow-x: auto; line-height: 1.4; }}
ul {{ padding-left: 1.3rem; }}
li {{ margin: .3rem 0; }}
figure {{ margin: 1.5rem 0; }}
figcaption {{ color: var(--grey); margin-bottom: .5rem; }}
img {{ max-width: 100%; height: auto; display: block; }}
@media (max-width: 36rem) {{
  th, td {{ padding: .3rem .45rem; }}
  table {{ font-size: .84rem; }}
}}
@media print {{
  :root {{ --paper: #fff; --ink: #000; --grey: #444; --line: #bbb; --panel: #f4f6f8; --link: #000; }}
  body {{ font-size: 10.5pt; }}
  main {{ max-width: none; padding: 0; }}
  .wide, pre {{ overflow: visible; }}
  pre {{ white-space: pre-wrap; overflow-wrap: anywhere; }}
  td, td:not(.words), th {{ white-space: normal; overflow-wrap: break-word; }}
  .long {{ overflow-wrap: anywhere; }}
  table {{ max-width: 100%; font-size: 9pt; }}
  figure, tr, pre, li {{ break-inside: avoid; }}
  h2, h3, figcaption {{ break-after: avoid; }}
  img {{ max-height: 20cm; }}
}}
"""


def as_page(title: str, pieces: Sequence[ReportPiece]) -> str:
    """The whole file."""
    body = "\n".join(_HTML[type(piece)](piece) for piece in pieces)
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{plain(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n{body}\n</main>\n</body>\n"
        f"</html>\n"
    )


def plain(text: str) -> str:
    """A text, such as the name of a column, that HTML shows as it is."""
    return escape(one_line(text))


def marked(text: str) -> str:
    """A text of our own, with its code and its links.

    >>> marked("`a < b`, see [here](https://example.org)")
    '<code>a &lt; b</code>, see <a href="https://example.org">here</a>'
    """
    parts, end = [], 0
    for found in MARKS.finditer(text):
        code, words, address = found.groups()
        parts += [escape(text[end : found.start()])]
        parts += [f"<code>{escape(code)}</code>" if code else f'<a href="{escape(address)}">{escape(words)}</a>']
        end = found.end()
    return "".join([*parts, escape(text[end:])])


def _rows(piece: Rows) -> str:
    header, *rows = piece.cells
    columns = [[cells[k] for cells in rows] for k in range(len(header))]
    numeric = [bool(k) and is_numeric(c) and max(map(len, c)) <= LONG_NUMBER for k, c in enumerate(columns)]
    lines = [_line(cells, numeric, "td") for cells in rows]
    return (
        f'<div class="wide"><table><thead>{_line(header, numeric, "th")}</thead>'
        f"<tbody>{''.join(lines)}</tbody></table></div>"
    )


def _line(cells: Sequence[str], numeric: Sequence[bool], tag: str) -> str:
    return f"<tr>{''.join(_cell(cell, number, tag) for number, cell in zip(numeric, cells, strict=True))}</tr>"


def _cell(cell: str, number: bool, tag: str) -> str:
    long = any(len(word) > LONG_WORD for word in cell.split())
    classes = " ".join(["words"] * (not number) + ["long"] * long)
    said = f' class="{classes}"' if classes else ""
    return f"<{tag}{said}>{plain(cell)}</{tag}>"


def _bullets(piece: Bullets) -> str:
    shown = marked if piece.marked else plain
    return f"<ul>{''.join(f'<li>{shown(item)}</li>' for item in piece.items)}</ul>"


def _drawn(piece: Drawn) -> str:
    light, dark = (f"data:{KINDS[piece.path.suffix]};base64,{b64encode(c).decode()}" for c in (piece.light, piece.dark))
    return (
        f"<figure><figcaption>{plain(piece.says)}</figcaption><picture>"
        f'<source media="screen and (prefers-color-scheme: dark)" srcset="{dark}">'
        f'<img src="{light}" alt="{plain(piece.says)}"></picture></figure>'
    )


_HTML: dict[type, Any] = {
    Heading: lambda piece: f"<h{piece.level}>{plain(piece.text)}</h{piece.level}>",
    Words: lambda piece: f"<p>{plain(piece.text)}</p>",
    Marked: lambda piece: f"<p>{marked(piece.text)}</p>",
    Rows: _rows,
    Bullets: _bullets,
    Code: lambda piece: f"<pre>{escape(piece.text)}</pre>",
    Drawn: _drawn,
}
