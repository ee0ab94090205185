"""From what networks put out to what is told: calibrated probabilities, intervals, a threshold."""
