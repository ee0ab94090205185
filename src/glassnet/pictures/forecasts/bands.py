"""What these figures share: bands one over the other, the narrower the darker, and ticks at whole steps."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from glassnet.formulas.elementary import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ALPHA = 0.22  # of one band


def draw_bands(axes: "Axes", steps: Array, bands: Sequence[tuple[str, Array, Array]], colour: str) -> None:
    """Bands (label, low, high), the widest first."""
    for number, (label, low, high) in enumerate(bands, start=1):
        axes.fill_between(steps, low, high, color=colour, alpha=ALPHA, linewidth=0)
        seen = 1 - (1 - ALPHA) ** number  # of so many, where they lie over each other
        axes.fill_between([], [], [], color=colour, alpha=seen, linewidth=0, label=label)


def whole_steps(axes: "Axes") -> None:
    """Ticks of the horizontal axis at whole numbers."""
    from matplotlib.ticker import MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator(9, integer=True))
