"""The command `glassnet`: a thin face on the library."""

import sys

from glassnet.errors import GlassnetError
from glassnet.extras import require


def main() -> None:
    """Run the command; every mistake ends in one sentence on stderr and exit status 1."""
    try:
        require("typer", "cli", "the command line")
        require("rich", "cli", "the command line")
        import glassnet.cli.tune  # noqa: F401 - it adds its command
        from glassnet.cli.app import app

        app()
    except GlassnetError as error:
        print(f"glassnet: {error}", file=sys.stderr)
        sys.exit(1)
