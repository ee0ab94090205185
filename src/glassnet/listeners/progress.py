"""The progress of a training: one live line on a terminal, a few plain lines elsewhere."""

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from glassnet.calls import answered
from glassnet.errors import InvalidInput, brief
from glassnet.listeners.listener import Listener
from glassnet.listeners.plain_lines import PlainLines
from glassnet.listeners.status_line import Standing
from glassnet.training.epoch import Epoch
from glassnet.training.inputs.checks import check_whole

if TYPE_CHECKING:
    from rich.console import Console

    from glassnet.listeners.live_line import LiveLine


@answered
class Progress(Listener):
    """Shows epoch, loss, metrics, validation values, learning rate, rows per second and the time left.

    In a terminal with rich (extra `cli`) it is one line that is updated. Elsewhere a line is printed for the first
    epoch, for each tenth of the epochs, for the last, and after a second without output (in long trainings, after a
    twentieth of the time so far). `net.fit(…, verbose=1)` and `glassnet train` show it.

    Parameters
    ----------
    epochs
        The number of epochs; None (default) where it is not known: then no remaining time is shown.
    each
        Print a plain line for every epoch; False by default.
    console
        The rich Console to show it on; by default standard output.

    Raises InvalidInput for a number of epochs that is not a whole number of at least 1.

    >>> import glassnet as gn
    >>> xor = gn.datasets.xor()
    >>> net = gn.Network([gn.Dense(4, "tanh"), gn.Dense(1)])
    >>> with gn.listeners.Progress(epochs=2) as progress:
    ...     for epoch in net.training(xor.X, xor.y, loss="squared_error", epochs=2, seed=0): progress(epoch)
    epoch 1/2  loss ...  rate 0.001  ... left
    epoch 2/2  loss ...  rate 0.001  in ... s...
    """

    def __init__(self, epochs: int | None = None, each: bool = False, console: "Console | None" = None):
        self.epochs = None if epochs is None else check_whole(epochs, "epochs")
        self.each, self.console = each, console
        self._standing: Standing | None = None

    def begin(self, about: Mapping[str, Any]) -> None:
        """Show that it begins."""
        self._standing = Standing(self.epochs, about.get("n_samples"), about.get("environment", {}).get("threads"))
        self._screen = self._screen_for(self._standing)

    def _screen_for(self, standing: Standing) -> "LiveLine | PlainLines":
        console = None if self.each else self.console or terminal()
        if console is not None and console.is_interactive:
            from glassnet.listeners.live_line import LiveLine

            return LiveLine(standing, console)
        return PlainLines(standing, self.each, None if self.console is None else self.console.file)  # type: ignore[arg-type]

    def __call__(self, epoch: Epoch) -> None:
        """Show the epoch, if it is time to."""
        if self._standing is None:
            self.begin({})
        assert self._standing is not None
        self._standing.add(epoch)
        self._screen.update()

    def end(self, error: BaseException | None) -> None:
        """Leave the line of the last epoch."""
        if self._standing is not None:
            self._standing.over = True
            self._screen.stop()
            self._standing = None


def terminal() -> "Console | None":
    """Standard output as a rich Console, if it is a terminal and rich is installed."""
    if not sys.stdout.isatty():
        return None
    try:
        from rich.console import Console
    except ImportError:
        return None
    return Console()


def check_listeners(given: object) -> list[Listener]:
    """Listeners as a list; InvalidInput for what cannot be called."""
    found: list[Any] = list(given) if isinstance(given, (list, tuple)) else [None]
    if not all(callable(listener) for listener in found):
        raise InvalidInput(f"listeners must be a list of functions that take an epoch, got {brief(given)}.")
    return found


def shown(verbose: object, epochs: int) -> list[Listener]:
    """The listeners that `verbose` stands for; InvalidInput for what it cannot be."""
    if getattr(verbose, "ndim", 0) or isinstance(verbose, float) or verbose not in (0, 1, 2):
        raise InvalidInput(
            f"verbose must be 0 or False (silent), 1 or True (progress) or 2 (a line per epoch), got {brief(verbose)}."
        )
    return [Progress(epochs, each=verbose == 2)] if verbose else []
