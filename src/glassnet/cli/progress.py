"""The progress bar of a training."""

from collections.abc import Generator
from contextlib import closing

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TextColumn, TimeRemainingColumn

from glassnet.training.history import Epoch

WIDE = 110  # columns of a terminal in which everything fits in one line


def show_progress(epochs: Generator[Epoch], n_epochs: int, console: Console) -> None:
    """Run through the epochs with a bar that shows the latest values; a line at the end where there is no terminal.

    Ctrl-C ends the training in order, after the last whole epoch.
    """
    narrow = console.is_terminal and console.width < WIDE
    columns: list[str | ProgressColumn] = ["epoch", MofNCompleteColumn(), TextColumn("{task.description}")]
    if not narrow:
        columns = [*columns[:2], BarColumn(20), columns[2], TimeRemainingColumn()]
    last = None
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress, closing(epochs):
        task = progress.add_task("", total=n_epochs)
        try:
            for last in epochs:
                progress.update(task, advance=1, description=values(last, narrow))
        except KeyboardInterrupt:
            pass
    if last is not None and not console.is_terminal:
        console.print(f"epoch {last.number}/{n_epochs}  {values(last)}", highlight=False, soft_wrap=True)


def values(epoch: Epoch, narrow: bool = False) -> str:
    """The measured values in few characters, in fewer for a narrow terminal."""
    line = "  ".join(f"{name} {value:.3g}" for name, value in epoch.values.items())
    return line.replace("accuracy", "acc").replace("  ", " ") if narrow else line
