"""The program `glassnet`, to which the commands add themselves."""

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from glassnet import __version__
from glassnet.cli.console import console
from glassnet.cli.inputs import OPENED
from glassnet.cli.output import tell_error
from glassnet.cli.signals import SIGNALS


class Commands(TyperGroup):
    """The commands; one that is ended by a signal says so in a sentence."""

    def invoke(self, context: Any) -> Any:
        """Run a command."""
        SIGNALS.inside = True
        try:
            with OPENED:
                return super().invoke(context)
        except KeyboardInterrupt:
            tell_error(f"stopped by {SIGNALS.name} before it finished.")
            raise typer.Exit(SIGNALS.status) from None


app = typer.Typer(
    cls=Commands,
    help="Train neural networks that you can see through.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(invoke_without_command=True)
def about(version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False) -> None:
    """Train neural networks that you can see through."""
    if version:
        console.print(f"glassnet {__version__}", highlight=False)
        raise typer.Exit
