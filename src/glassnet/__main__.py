"""`python -m glassnet`, and the command `glassnet`: signals are heard before anything large is imported."""

from glassnet.starting import hear


def main() -> None:
    """Run the command."""
    hear()
    from glassnet.cli import main as run  # not before: it imports what takes a moment

    run()


if __name__ == "__main__":
    main()
