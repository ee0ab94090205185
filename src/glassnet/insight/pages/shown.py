"""What can be printed as text for a terminal and shown as HTML in a notebook: whatever gives the pieces of a page."""

from collections.abc import Sequence

from glassnet.calls import answered
from glassnet.insight.pages.as_html import as_html
from glassnet.insight.pages.as_text import as_text
from glassnet.insight.pages.pieces import Piece


@answered
class Shown:
    """The parent of traces, explanations and diagnoses."""

    def pieces(self) -> Sequence[Piece]:
        """The page."""
        raise NotImplementedError

    def text(self, width: int | None = None) -> str:
        """The page as text, for a width in columns; by default that of the terminal, 80 to 120."""
        return as_text(self.pieces(), width)

    def __str__(self) -> str:
        return self.text()

    def _repr_html_(self) -> str:
        return as_html(self.pieces())
