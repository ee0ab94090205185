"""Show the progress of a training; Ctrl-C ends it cleanly."""

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing, suppress
from typing import Any

from rich.console import Console

from glassnet.listeners.progress import Progress
from glassnet.training.epoch import Epoch
from glassnet.training.loop.listening import listening


def show_progress(
    epochs: Generator[Epoch],
    n_epochs: int,
    about: Mapping[str, Any],
    console: Console,
    others: Sequence[Callable[[Epoch], Any]] = (),
) -> None:
    """Run through the epochs and show progress; Ctrl-C ends the training after the last whole epoch.

    `others` are listeners beside the display.
    """
    listeners: list[Callable[[Epoch], Any]] = [Progress(n_epochs, console=console), *others]
    with closing(epochs), suppress(KeyboardInterrupt), listening(listeners, about):
        for epoch in epochs:
            for listener in listeners:
                listener(epoch)
