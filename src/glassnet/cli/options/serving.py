"""Where a service listens, whom it answers, and how much it takes."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar

import typer

from glassnet.errors import InvalidInput
from glassnet.tables.reading.memory import bytes_of

if TYPE_CHECKING:
    from glassnet.serving.settings import Settings

TOKEN = "GLASSNET_TOKEN"
HOST = "The address to listen on; one that other machines reach needs a token."
ALLOW = "Another name by which clients reach the service (header Host). May be repeated."
TOKEN_FILE = f"A file with the token that clients must show (default: the variable {TOKEN}, if set)."
WORKERS = "Processes, each with a model of its own."
NAME = "The name of the model in /v2/models/NAME (default: that of its file, or of its folder for model.safetensors)."
BODY = "The largest body of a request, e.g. 4MB."
ROWS = "The most rows of a request."
REQUESTS = "The most requests that a process handles at once; further ones are answered with 503."
SECONDS = "Seconds within which a request must arrive, and its answer be read."


@dataclass(frozen=True)
class ServiceOptions:
    """Where a service listens and whom it answers."""

    panel: ClassVar = "The service"

    host: Annotated[str, typer.Option(help=HOST)] = "127.0.0.1"
    port: Annotated[int, typer.Option(help="The port to listen on; 0 for any free one.")] = 8000
    workers: Annotated[int, typer.Option(help=WORKERS)] = 1
    name: Annotated[str | None, typer.Option(help=NAME, show_default=False)] = None
    allow_host: Annotated[list[str] | None, typer.Option(metavar="NAME", help=ALLOW, show_default=False)] = None
    token_file: Annotated[Path | None, typer.Option(metavar="FILE", help=TOKEN_FILE, show_default=False)] = None

    def token(self) -> str | None:
        """The token, from the file or the environment; none where neither says one."""
        if self.token_file is None:
            return os.environ.get(TOKEN)
        try:
            return self.token_file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
            raise InvalidInput(f"--token-file {self.token_file} cannot be read: {reason}.") from None


@dataclass(frozen=True)
class LimitOptions:
    """How much a service takes."""

    panel: ClassVar = "Limits"

    max_body: Annotated[str, typer.Option(metavar="SIZE", help=BODY)] = "4MB"
    max_rows: Annotated[int, typer.Option(help=ROWS)] = 10_000
    max_requests: Annotated[int, typer.Option(help=REQUESTS)] = 64
    seconds: Annotated[float, typer.Option(help=SECONDS)] = 10.0


def settings_of(model: Path, service: ServiceOptions, limits: LimitOptions) -> "Settings":
    """All that a service is told; InvalidInput for what cannot work."""
    from glassnet.serving.settings import Limits, Settings

    return Settings(
        model,
        service.host,
        service.port,
        service.workers,
        service.name if service.name is not None else name_of(model),
        tuple(service.allow_host or ()),
        service.token(),
        Limits(bytes_of(limits.max_body), limits.max_rows, requests=limits.max_requests, seconds=limits.seconds),
    )


def name_of(model: Path) -> str:
    """The name of a model: that of its folder where the file has the name that `glassnet train` gives.

    >>> [name_of(Path(model)) for model in ("runs/titanic/model.safetensors", "runs/titanic", "titanic.safetensors")]
    ['titanic', 'titanic', 'titanic']
    """
    return (model.absolute().parent.name if model.stem == "model" else model.stem) or "model"
