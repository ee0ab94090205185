"""`python -m glassnet`, the same as the command `glassnet`."""

from glassnet.cli import main

if __name__ == "__main__":
    main()
