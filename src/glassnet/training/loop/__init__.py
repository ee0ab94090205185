"""One training run: its settings, its checks, its assembly, and the loop over epochs."""
