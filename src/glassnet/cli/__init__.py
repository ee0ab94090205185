"""The command `glassnet`: a thin layer over the library."""

import os
import sys
import warnings
from contextlib import suppress
from importlib import import_module
from typing import Any

from glassnet.cli.output import CannotTell, guarded, quiet_others, tell_error
from glassnet.cli.signals import SIGNALS
from glassnet.errors import GlassnetError, brief
from glassnet.extras import require

COMMANDS = (
    "train",
    "update",
    "predict",
    "evaluate",
    "explain",
    "forecast",
    "backtest",
    "demo",
    "playground",
    "diagnose",
    "draw",
    "tune",
    "export",
    "serve",
)  # in the order of the help


def main() -> None:
    """Run the command; every mistake ends in one sentence on stderr and exit status 1.

    A signal that asks for the end gives 128 + its number, a pipe that nobody reads 141.
    """
    quiet_others()
    with SIGNALS.handled():
        status = status_of_run()
        if SIGNALS.number:
            with suppress(OSError, AttributeError):
                sys.stderr.flush()
            os._exit(status)  # do not wait for threads that are still running
    sys.exit(status)


def status_of_run() -> Any:
    """Run the command and return its exit status."""
    try:
        with guarded():
            run()
    except SystemExit as end:
        if SIGNALS.number and not SIGNALS.inside:
            tell_error(f"stopped by {SIGNALS.name}.")
        return SIGNALS.status if SIGNALS.number else end.code
    except KeyboardInterrupt:
        tell_error(f"stopped by {SIGNALS.name}.")
        return SIGNALS.status
    except GlassnetError as error:
        tell_error(error)
        return SIGNALS.status if SIGNALS.number else error.status if isinstance(error, CannotTell) else 1
    except OSError as error:  # of a name that is too long, say, or a folder that may not be looked into
        tell_error(f"{brief(error.filename) + ': ' if error.filename else ''}{error.strerror or error}.")
        return 1
    return 0


def run() -> None:
    """Run the requested command."""
    require("typer", "cli", "the command line")
    require("rich", "cli", "the command line")
    app = program()

    with warnings.catch_warnings():
        warnings.showwarning = say
        app(prog_name="glassnet")


def program() -> Any:
    """The typer application with all commands."""
    from glassnet.cli.app import app

    for name in COMMANDS:
        import_module(f"glassnet.cli.commands.{name}")  # it adds its command
    return app


def say(message: Warning | str, *_: object, **__: Any) -> None:
    """Print a warning in one line, without its place in the code."""
    tell_error(message)
