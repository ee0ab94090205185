"""How figures look, and which of them are drawn during training."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

import typer

from glassnet.drawing import Style

DISTRIBUTIONS = "Draw the distributions of weights, activations and gradients over the epochs."
FILM = "Make a film of the decision regions over the epochs, as a GIF."


@dataclass(frozen=True)
class FigureOptions:
    """Theme and format of all figures."""

    panel: ClassVar = "Figures"

    theme: Annotated[str, typer.Option(help="Theme of the figures: light or dark.")] = Style.theme
    format: Annotated[str, typer.Option(help="Format of the figures: png or svg.")] = Style.format

    @property
    def style(self) -> Style:
        """The style of the figures; InvalidInput for an unknown theme or format."""
        return Style(self.theme, self.format)


@dataclass(frozen=True)
class RecordingOptions:
    """What is drawn of the epochs."""

    panel: ClassVar = "Figures"

    distributions: Annotated[bool, typer.Option("--distributions", help=DISTRIBUTIONS)] = False
    film: Annotated[bool, typer.Option("--film", help=FILM)] = False

    @property
    def recorded(self) -> tuple[str, ...]:
        """The names of the pictures that are wanted."""
        return tuple(name for name, asked in vars(self).items() if asked)
