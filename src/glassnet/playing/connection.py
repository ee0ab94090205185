"""A page that is connected: what it looks at, and what it was sent."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from glassnet.playing.answers.practice import Practice
from glassnet.playing.frame import Painter, View
from glassnet.playing.rows import Rows
from glassnet.playing.simulation import Simulation

AHEAD = 2  # frames that a page may not have painted yet
Send = Callable[[Mapping[str, Any], Sequence[Any]], None]


class Page:
    """A page that is connected: what it looks at, which frames it has not painted yet; `gone` once it is not.

    While training runs, a frame is sent while another is on its way, so that the way costs no frames.
    """

    def __init__(self, send: Send):
        self.send = send
        self.view, self.practice = View(), Practice()
        self.painter: Painter | None = None
        self.unpainted: list[int] = []
        self.stale, self.points = True, 0
        self.gone = False

    def painter_of(self, simulation: Simulation) -> Painter:
        """What makes frames of a simulation for this page."""
        if self.painter is None or self.painter.simulation is not simulation:
            self.painter = Painter(simulation, self.view)
        return self.painter

    def waits(self, running: bool) -> bool:
        """Whether it is to be sent a frame."""
        return self.stale and len(self.unpainted) < (AHEAD if running else 1)

    def painted(self, number: int) -> None:
        """It has painted a frame, and will not paint those before it."""
        self.unpainted = [each for each in self.unpainted if each > number]


def fitting(view: View, before: Rows, now: Rows) -> View:
    """A view as far as it can be kept with other rows and another network."""
    kept = view.row is None or view.row < len(now.y) + len(now.y_held)
    axes = view.axes if before.X.shape[1] == now.X.shape[1] else None
    return replace(view, row=view.row if kept else 0, axes=axes, pins=[])
