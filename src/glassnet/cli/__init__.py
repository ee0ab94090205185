"""The command `glassnet`: a thin face on the library."""

import sys
import warnings
from typing import Any

from glassnet.errors import GlassnetError
from glassnet.extras import require


def main() -> None:
    """Run the command; every mistake ends in one sentence on stderr and exit status 1."""
    try:
        require("typer", "cli", "the command line")
        require("rich", "cli", "the command line")
        import glassnet.cli.draw
        import glassnet.cli.tune  # noqa: F401 - they add their commands
        from glassnet.cli.app import app

        with warnings.catch_warnings():
            warnings.showwarning = say
            app(prog_name="glassnet")
    except GlassnetError as error:
        print(f"glassnet: {error}", file=sys.stderr)
        sys.exit(1)


def say(message: Warning | str, *_: Any, **__: Any) -> None:
    """A warning in one line, without where in the code it came up."""
    print(f"glassnet: {message}", file=sys.stderr)
