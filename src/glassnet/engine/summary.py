"""A network's layers as a table of text."""

import numpy as np

from glassnet.engine.layout import Layout


def summary_table(layout: Layout, dtype: np.dtype) -> str:
    """Each layer with the shape of its output and the number of its parameters, and the totals."""
    rows = [("layer", "output", "parameters")]
    for node in layout.walk():
        count = sum(place.stop - place.start for place in node.places.values())
        rows.append((f"{'  ' * node.path.count('.')}{node.path}  {node.layer!r}", str(node.output_shape), f"{count:,}"))
    wide = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = [f"{a:<{wide[0]}}  {b:<{wide[1]}}  {c:>{wide[2]}}" for a, b, c in rows]
    rule = "─" * len(lines[0])
    n_bytes = layout.n_parameters * dtype.itemsize
    total = f"{layout.n_parameters:,} parameters, {n_bytes:,} bytes in {dtype}, input {layout.input_shape}"
    return "\n".join([lines[0], rule, *lines[1:], rule, total])
