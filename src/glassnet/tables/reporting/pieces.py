"""The pieces of a report that explanations do not have: figures, commands, lists, text with code and links."""

from dataclasses import dataclass
from pathlib import Path

from glassnet.insight.pages.pieces import Heading, Rows, Words


@dataclass(frozen=True)
class Marked:
    """A paragraph of our own in which `code` and [links](https://…) are marked; it holds no names from a table."""

    text: str


@dataclass(frozen=True)
class Bullets:
    """A list; with `marked`, its items are as in `Marked`."""

    items: tuple[str, ...]
    marked: bool = False


@dataclass(frozen=True)
class Code:
    """Commands, Python or a summary, in letters of one width."""

    text: str


@dataclass(frozen=True)
class Drawn:
    """A figure: what it shows, the file that it was written to, and the file's content in a light and a dark theme."""

    says: str
    path: Path
    light: bytes
    dark: bytes


ReportPiece = Heading | Words | Rows | Marked | Bullets | Code | Drawn
