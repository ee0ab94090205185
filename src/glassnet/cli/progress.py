"""The progress bar of a training."""

from collections.abc import Iterable

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from glassnet.training.history import Epoch


def show_progress(epochs: Iterable[Epoch], n_epochs: int, console: Console) -> None:
    """Run through the epochs with a bar that shows the latest values; a line at the end where there is no terminal."""
    columns = ("epoch", MofNCompleteColumn(), BarColumn(20), TextColumn("{task.description}"), TimeRemainingColumn())
    epoch = None
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=n_epochs)
        for epoch in epochs:
            progress.update(task, advance=1, description=values(epoch))
    if epoch is not None and not console.is_terminal:
        console.print(f"epoch {epoch.number}/{n_epochs}  {values(epoch)}", highlight=False)


def values(epoch: Epoch) -> str:
    """The measured values in few characters."""
    return "  ".join(f"{name} {value:.3g}" for name, value in epoch.values.items())
