"""What the NumPy engine computes on two threads: a batch in halves, an update piece by piece."""
