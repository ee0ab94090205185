"""The command `glassnet demo`: the examples of the tutorials."""

from pathlib import Path
from typing import Annotated

import typer

from glassnet.cli.app import app
from glassnet.cli.console import tell, tell_figures
from glassnet.cli.folders import run_folder
from glassnet.cli.output import patient
from glassnet.demos import DEMOS, run_demo


@app.command()
def demo(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="; ".join(f"{name}: {what}" for name, what in DEMOS.items()))
    ],
    out: Annotated[Path | None, typer.Option(help="Folder for the figures (default: runs/demo-<name>).")] = None,
) -> None:
    """Run the example of a tutorial and draw its figures."""
    folder = out or Path("runs") / f"demo-{name}"
    with patient(), run_folder(folder):
        tell_figures(run_demo(name, folder, tell).figures)
