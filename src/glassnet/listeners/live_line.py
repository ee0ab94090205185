"""Progress as one line of a terminal, redrawn a few times a second, with a bar if there is room."""

from typing import Any

from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from glassnet.listeners.status_line import Standing

A_SECOND = 8  # drawings
BAR = 8, 30  # the least and the most characters of the bar


class LiveLine:
    """The standing of a training as something that rich draws; what is printed meanwhile appears above it."""

    def __init__(self, standing: Standing, console: Console):
        self.standing = standing
        self.live = Live(self, console=console, refresh_per_second=A_SECOND)
        self.live.start(refresh=True)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width = options.max_width
        text: Any = Text(self.standing.line(width), no_wrap=True, overflow="ellipsis")
        room = min(width - len(text) - 2, BAR[1])
        if self.standing.n_epochs is None or room < BAR[0]:
            yield text
            return
        grid = Table.grid(padding=(0, 2, 0, 0))
        grid.add_row(ProgressBar(self.standing.n_epochs, self.standing.number, width=room), text)
        yield grid

    def update(self) -> None:
        """Nothing: the line is drawn by the clock, not by the epoch."""

    def stop(self) -> None:
        """Draw the last line, and leave it there."""
        self.live.stop()
