"""One training run: its settings, what it checks, how it is put together, and the loop over epochs."""
