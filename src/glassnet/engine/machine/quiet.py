"""NumPy without its warnings."""

import numpy as np


def quiet() -> np.errstate:
    """Training says itself when a number is not finite; NumPy need not warn as well."""
    return np.errstate(over="ignore", invalid="ignore", divide="ignore")
