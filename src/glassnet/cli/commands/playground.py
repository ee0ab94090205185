"""The command `glassnet playground`: a network that trains in the browser."""

from pathlib import Path
from typing import Annotated

import typer

from glassnet.cli.app import app
from glassnet.extras import require

DATA = "A bundled set (xor, moons, iris, …) or a file with a table: CSV, Parquet, Excel, …"
TARGET = "The column to predict; by default the last one."
PORT = "The port to listen on, or 0 for any free one. If it is in use, the next free one."
BROWSER = "Open the page in the browser of this machine."


@app.command()
def playground(
    data: Annotated[str | None, typer.Argument(metavar="[DATA]", help=DATA, show_default=False)] = None,
    target: Annotated[str | None, typer.Option(metavar="COLUMN", help=TARGET, show_default=False)] = None,
    port: Annotated[int, typer.Option(help=PORT, min=0, max=65535)] = 8765,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help=BROWSER)] = True,
) -> None:
    """Watch a network train in the browser, step by step, and ask where every number comes from."""
    for module in ("starlette", "uvicorn", "websockets"):
        require(module, "playground", "the playground")
    from glassnet.playing.rows import BUNDLED  # imported late, as the other commands do without all this
    from glassnet.playing.scene import FILE, Scene
    from glassnet.playing.session import Session
    from glassnet.playing.web.running import play

    if data is None or (data in BUNDLED and not Path(data).is_file()):
        session = Session(Scene().changed({"data": {"name": data or "xor"}}))
    else:
        from glassnet.playing.own_table import OwnTable

        table = OwnTable.of_path(Path(data))
        session = Session(Scene().changed({"data": {"name": FILE, "target": target}}), table)
    play(session, port, browser, lambda text: typer.echo(f"glassnet: {text}"))
