"""A network's layers as a table of text."""

from textwrap import wrap

import numpy as np

from glassnet.engine.layout import Layout

WIDEST = 56  # characters for a layer; longer ones go on below


def summary_table(layout: Layout, dtype: np.dtype) -> str:
    """Each layer with the shape of its output and the number of its parameters, and the totals."""
    rows = [("layer", "output", "parameters")]
    for node in layout.walk():
        count = sum(place.stop - place.start for place in node.places.values())
        first, *others = layer_lines(node.path, repr(node.layer))
        rows += [(first, str(node.output_shape), f"{count:,}"), *((line, "", "") for line in others)]
    wide = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = [f"{a:<{wide[0]}}  {b:<{wide[1]}}  {c:>{wide[2]}}".rstrip() for a, b, c in rows]
    rule = "─" * len(lines[0])
    n_bytes = layout.n_parameters * dtype.itemsize
    total = f"{layout.n_parameters:,} parameters, {n_bytes:,} bytes in {dtype}, input {layout.input_shape}"
    return "\n".join([lines[0], rule, *lines[1:], rule, total])


def layer_lines(path: str, layer: str) -> list[str]:
    """A layer behind its number, in lines that are not too long."""
    before = f"{'  ' * path.count('.')}{path}  "
    after = " " * (len(before) + 2)
    return wrap(before + layer, WIDEST, subsequent_indent=after, break_long_words=False, break_on_hyphens=False)
