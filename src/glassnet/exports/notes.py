"""What the header and the comments of an exported file say: layers in a line each, formulas as docstrings have them."""

import inspect
import re
from typing import Any

LONGEST = 110  # characters of a line


def formula_line(owner: Any) -> str:
    """The forward formula of a layer, an activation or a function, in a line; "" where its docstring has none.

    >>> from glassnet.formulas.activations import Sigmoid
    >>> from glassnet.layers.normalization import BatchNorm
    >>> formula_line(Sigmoid()), formula_line(BatchNorm())
    ('σ(z) = 1 / (1 + e⁻ᶻ) = ½ + ½ tanh(z / 2)', 'N = (X − running_mean) / √(running_variance + ε)')
    """
    described = owner if inspect.isclass(owner) or inspect.isfunction(owner) else type(owner)
    paragraphs = inspect.cleandoc(vars(described).get("__doc__") or described.__doc__ or "").split("\n\n")
    found = next((paragraph for paragraph in paragraphs[:2] if "=" in paragraph), "")
    in_prediction = re.search(r"in prediction (.*)", found, re.DOTALL)
    first = re.split(r";|,?\s{4,}|,\n", in_prediction[1] if in_prediction else found)[0]
    return one_line(first).rstrip(".,")


def one_line(text: str) -> str:
    """A text without line breaks and control characters, shortened where it is long."""
    plain = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return plain if len(plain) <= LONGEST else f"{plain[: LONGEST - 1]}…"
