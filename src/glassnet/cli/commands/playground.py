"""The command `glassnet playground`: a network that trains in the browser."""

from typing import Annotated

import typer

from glassnet.cli.app import app
from glassnet.extras import require

WHAT = (
    "A bundled set (xor, moons, iris, …), a file with a table (CSV, Parquet, Excel, …), the folder or the "
    "model.safetensors of `glassnet train`, or a scene.json that the page made."
)
DATA = "The table of a model or of a scene; by default the rows that a run's folder keeps."
TARGET = "The column to predict; by default the last one."
PORT = "The port to listen on, or 0 for any free one. If it is in use, the next free one."
BROWSER = "Open the page in the browser of this machine."


@app.command()
def playground(
    what: Annotated[str | None, typer.Argument(metavar="[DATA|MODEL|SCENE]", help=WHAT, show_default=False)] = None,
    target: Annotated[str | None, typer.Option(metavar="COLUMN", help=TARGET, show_default=False)] = None,
    data: Annotated[str | None, typer.Option(metavar="FILE", help=DATA, show_default=False)] = None,
    port: Annotated[int, typer.Option(help=PORT, min=0, max=65535)] = 8765,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help=BROWSER)] = True,
) -> None:
    """Watch a network train in the browser, step by step, and ask where every number comes from."""
    for module in ("starlette", "uvicorn", "websockets"):
        require(module, "playground", "the playground")
    from glassnet.playing.beginning import begun  # imported late, as the other commands do without all this
    from glassnet.playing.web.running import play

    play(begun(what, target, data), port, browser, lambda text: typer.echo(f"glassnet: {text}"))
