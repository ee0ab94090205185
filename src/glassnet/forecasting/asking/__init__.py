"""A forecaster that has learned is asked: what follows other rows than its own, and how good it is on later ones."""
