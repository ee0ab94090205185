"""`python -m glassnet`, and the command `glassnet`: signals are heard before anything large is imported."""

from glassnet.starting import handle_signals


def main() -> None:
    """Run the command."""
    handle_signals()
    from glassnet.cli import main as run  # imported late, as it takes a moment

    run()


if __name__ == "__main__":
    main()
