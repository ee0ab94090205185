"""A matplotlib Figure that a notebook shows as the last line of a cell; imported where matplotlib is needed."""

from io import BytesIO
from typing import Any

from matplotlib import figure, rc_context

from glassnet.glyphs import make_drawable

SHARP = 2  # dots for each dot of the page: for screens that have so many
PAGE_DOTS = 80  # an inch


class Figure(figure.Figure):
    """Made without pyplot, whose import alone tells IPython how a Figure is shown: so it says so itself."""

    def draw(self, renderer: Any) -> None:
        """Draw it, with letters that can be drawn."""
        make_drawable(self)
        super().draw(renderer)

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        width, height = (int(inches * PAGE_DOTS) for inches in self.get_size_inches())
        return drawn(self, "png", SHARP * PAGE_DOTS, {}), {"width": width, "height": height}


def drawn(it: Any, ending: str, dots: int, metadata: dict[str, Any]) -> bytes:
    """A figure as the content of a PNG or SVG file; the same figure gives the same bytes."""
    with rc_context({"svg.hashsalt": "glassnet"}):
        it.savefig(buffer := BytesIO(), format=ending, dpi=dots, metadata=metadata)
    return buffer.getvalue()
