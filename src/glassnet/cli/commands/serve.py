"""The command `glassnet serve`: a model behind HTTP."""

from pathlib import Path
from typing import Annotated

import typer

from glassnet.cli.app import app
from glassnet.cli.options.groups import with_groups
from glassnet.cli.options.serving import LimitOptions, ServiceOptions, settings_of
from glassnet.extras import require

MODEL = "The folder of a run, its model.safetensors, or the file of a network."


@app.command()
@with_groups
def serve(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help=MODEL)],
    service: ServiceOptions,
    limits: LimitOptions,
) -> None:
    """Serve a model over HTTP: predictions, explanations, and the protocols of KServe and MLflow."""
    for module in ("starlette", "uvicorn"):
        require(module, "serve", "serving a model")
    from glassnet.serving.running import serve as run  # imported late, as the other commands do without it

    run(settings_of(model, service, limits))
