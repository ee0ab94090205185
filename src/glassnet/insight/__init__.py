"""Looking inside: traces of a training step, gradient checks, figures."""
