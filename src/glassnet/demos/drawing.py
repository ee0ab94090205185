"""What the figures of all demos share: one size, tidy axes, and PNG files."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from glassnet import drawing
from glassnet.drawing import LIGHT, save_figure
from glassnet.extras import require
from glassnet.files.atomic import make_folder

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, _ = LIGHT.cycle
GREY = LIGHT.grey


def prepare(out: Path | None) -> None:
    """Make the folder, and miss matplotlib before a demo computes rather than after."""
    if out is not None:
        require("matplotlib.figure", "plots", "the figures of a demo")
        make_folder(out)


def new_figure(n_panels: int = 1) -> tuple[Any, Any]:
    """(figure, axes); `axes` is an array where there are several."""
    if n_panels == 1:
        return drawing.new_figure(7.0, 4.5)
    figure, panels = drawing.new_figure(9.0, 4.2, (1, n_panels))
    return figure, panels[0]


def tidy(axes: "Axes", **labels: object) -> None:
    """Labels, a faint grid, no box."""
    axes.set(**labels)
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)


def save(figure: "Figure", out: Path, name: str) -> Path:
    """Write `name`.png."""
    return save_figure(figure, out / f"{name}.png")
