"""The command `glassnet playground`: a network that trains in the browser."""

from typing import Annotated

import typer

from glassnet.cli.app import app
from glassnet.extras import require

PORT = "The port to listen on; 0 for any free one. If it is in use, the next free one."
BROWSER = "Open the page in the browser of this machine."


@app.command()
def playground(
    port: Annotated[int, typer.Option(help=PORT, min=0, max=65535)] = 8765,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help=BROWSER)] = True,
) -> None:
    """Watch a network train in the browser, step by step, and ask where every number comes from."""
    for module in ("starlette", "uvicorn", "websockets"):
        require(module, "playground", "the playground")
    from glassnet.playing.session import Session
    from glassnet.playing.web.running import play  # imported late, as the other commands do without it

    play(Session(), port, browser, lambda text: typer.echo(f"glassnet: {text}"))
