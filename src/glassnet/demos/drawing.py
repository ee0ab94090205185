"""What the figures of all demos share: colours that everyone can tell apart, one size, and PNG files."""

from pathlib import Path
from typing import Any

from glassnet.extras import require
from glassnet.files.atomic import make_folder
from glassnet.insight.figures import save_figure

BLUE, VERMILION, GREEN, PURPLE = "#0072B2", "#D55E00", "#009E73", "#CC79A7"  # Okabe and Ito's palette
ORANGE, SKY, GREY = "#E69F00", "#56B4E9", "#666666"


def prepare(out: Path | None) -> None:
    """Make the folder, and miss matplotlib before a demo computes rather than after."""
    if out is not None:
        require("matplotlib.figure", "plots", "the figures of a demo")
        make_folder(out)


def new_figure(n_panels: int = 1) -> tuple[Any, Any]:
    """(figure, axes) without pyplot, so that no display is needed; `axes` is an array where there are several."""
    module = require("matplotlib.figure", "plots", "the figures of a demo")
    figure = module.Figure(figsize=(7.0, 4.5) if n_panels == 1 else (9.0, 4.2), layout="constrained")
    return figure, figure.subplots(1, n_panels)


def tidy(axes: Any, **labels: Any) -> None:
    """Labels, a faint grid, no box."""
    axes.set(**labels)
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)


def save(figure: Any, out: Path, name: str) -> Path:
    """Write `name`.png."""
    return save_figure(figure, out / f"{name}.png")
