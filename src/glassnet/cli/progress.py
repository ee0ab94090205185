"""A training followed on the screen, and ended in order by Ctrl-C."""

from collections.abc import Generator, Mapping
from contextlib import closing, suppress
from typing import Any

from rich.console import Console

from glassnet.listeners.progress import Progress
from glassnet.training.history import Epoch
from glassnet.training.listening import listening


def show_progress(epochs: Generator[Epoch], n_epochs: int, about: Mapping[str, Any], console: Console) -> None:
    """Run through the epochs and show how far they are; Ctrl-C ends the training after the last whole epoch."""
    progress = Progress(n_epochs, console=console)
    with closing(epochs), suppress(KeyboardInterrupt), listening([progress], about):
        for epoch in epochs:
            progress(epoch)
