"""Shared by all figures: a light and a dark theme that colour-blind people can read, and PNG and SVG files."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from glassnet.calls import answered
from glassnet.errors import InvalidInput, brief
from glassnet.extras import require
from glassnet.files.atomic import write_whole
from glassnet.files.paths import as_path

FORMATS = ("png", "svg")
DOTS = 120  # an inch
UNSEEN = re.compile(r"[\s\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]+")  # blanks, control signs, halves of pairs


@answered
@dataclass(frozen=True)
class Theme:
    """Colours of a picture, each named for what it is for.

    "light" and "dark" are `gn.pictures.LIGHT` and `gn.pictures.DARK`; one of your own can be passed as any picture's
    `theme`.

    Parameters
    ----------
    name
        What it is called.
    paper, ink, grey
        Background; text and axes; grid and chance lines: matplotlib colours such as "#ffffff".
    cycle
        Colours of curves and classes; the first two are training and validation. LIGHT has Okabe and Ito's palette
        (Color Universal Design, 2008), DARK the same with its darker colours lightened.
    sequential, diverging
        Names of matplotlib colour maps: from nothing to much, and from negative through the background to positive.

    >>> from dataclasses import replace
    >>> gn.pictures.confusion([0, 1], [0, 1], theme=replace(gn.pictures.LIGHT, paper="#fffff0")).get_facecolor()[2] < 1
    True
    """

    name: str
    paper: str
    ink: str
    grey: str
    cycle: tuple[str, ...]
    sequential: str
    diverging: str

    @property
    def rc(self) -> dict[str, Any]:
        """The settings of matplotlib that make a figure look so."""
        from cycler import cycler  # comes with matplotlib

        inked = ("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color")
        papered = ("figure.facecolor", "axes.facecolor", "savefig.facecolor", "legend.facecolor")
        return {
            **dict.fromkeys(inked, self.ink),
            **dict.fromkeys(papered, self.paper),
            "axes.prop_cycle": cycler(color=self.cycle),
            "axes.spines.top": False,
            "axes.spines.right": False,
            "grid.color": self.grey,
            "grid.alpha": 0.25,
            "image.cmap": self.sequential,
            "legend.frameon": False,
            "svg.hashsalt": "glassnet",  # the same figure gives the same file
        }


LIGHT = Theme(
    "light",
    "#ffffff",
    "#1a1a1a",
    "#666666",
    ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8C7A00"),
    "Blues",
    "RdBu_r",
)
DARK = Theme(
    "dark",
    "#14181d",
    "#e6e6e6",
    "#9aa0a6",
    ("#56B4E9", "#FF8C42", "#22C08F", "#E39AC4", "#E6B422", "#4C8DFF", "#F0E442"),
    "cividis",
    "berlin",
)
THEMES = {theme.name: theme for theme in (LIGHT, DARK)}


def one_line(text: str) -> str:
    """A name on one line, with a blank for whatever neither a font nor a text file can hold.

    >>> one_line("two\\nlines, \\x00 one\\tname ")
    'two lines, one name'
    """
    return UNSEEN.sub(" ", text).strip()


def theme_of(theme: "str | Theme") -> Theme:
    """A theme, or the one of that name: "light" or "dark"."""
    if isinstance(theme, Theme):
        return theme
    if not isinstance(theme, str) or theme not in THEMES:
        raise InvalidInput(f"theme must be one of {', '.join(map(repr, THEMES))}, got {brief(theme)}.")
    return THEMES[theme]


@contextmanager
def drawn_in(theme: "str | Theme", purpose: str = "a figure") -> Iterator[Theme]:
    """Draw in the theme's colours inside this context; MissingExtra if matplotlib is missing."""
    chosen = theme_of(theme)
    with require("matplotlib", "plots", purpose).rc_context(chosen.rc):
        yield chosen


def new_figure(width: float = 5.2, height: float = 3.8, panels: tuple[int, int] = (1, 1)) -> tuple[Any, Any]:
    """(figure, axes) in inches, without pyplot: nothing is left open, and no display is needed. A notebook shows it.

    `axes` is one where there is one panel, else an array of shape (rows, columns).
    """
    require("matplotlib.figure", "plots", "a figure")
    from glassnet.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.subplots(*panels, squeeze=False)
    return figure, axes[0, 0] if panels == (1, 1) else axes


@answered
def save_figure(figure: Any, path: str | Path, title: str = "") -> Path:
    """Write a figure as a PNG or SVG file, completely or not at all; returns its path.

    Letters that no font of the machine has, such as those of a Chinese class name, are drawn as numbers, and a warning
    says which.

    Parameters
    ----------
    figure
        A matplotlib Figure.
    path
        A file name that ends in .png or .svg.
    title
        A title stored in the file, where it can be longer than a file's name; "" by default.

    Raises InvalidInput for what is not a figure or for another ending, and CannotWrite.

    >>> import pathlib, tempfile
    >>> figure = gn.pictures.activation("relu")
    >>> gn.pictures.save(figure, pathlib.Path(tempfile.mkdtemp(), "relu.svg")).name
    'relu.svg'
    """
    if not hasattr(figure, "savefig"):
        raise InvalidInput(f"figure must be a matplotlib Figure, as made by gn.pictures, got {brief(figure)}.")
    path = as_path(path)
    ending = check_figure_path(path)
    metadata: dict[str, Any] = {"Date": None} if ending == "svg" else {}
    metadata |= {"Title": one_line(str(title))} if title else {}
    require("matplotlib.figure", "plots", "a figure")
    from glassnet.figure import drawn

    return write_whole(path, drawn(figure, ending, DOTS, metadata))


def check_figure_path(path: Path) -> str:
    """The format of a figure by the ending of its path; InvalidInput for others."""
    ending = path.suffix.lower().removeprefix(".")
    if ending not in FORMATS:
        raise InvalidInput(f"a figure must end in {' or '.join(f'.{known}' for known in FORMATS)}, got {str(path)!r}.")
    return ending


@dataclass(frozen=True)
class Style:
    """In which theme the figures of a folder are drawn, and as which format they are written.

    Raises InvalidInput for others.

    >>> Style("dark", "svg").path(Path("runs"), "loss").as_posix()
    'runs/loss.svg'
    """

    theme: str = LIGHT.name
    format: str = FORMATS[0]

    def __post_init__(self) -> None:
        theme_of(self.theme)
        if self.format not in FORMATS:
            raise InvalidInput(f"format must be one of {', '.join(map(repr, FORMATS))}, got {self.format!r}.")

    def path(self, folder: Path, name: str) -> Path:
        """The path of a figure of that name."""
        return folder / f"{name}.{self.format}"


PLAIN = Style()
