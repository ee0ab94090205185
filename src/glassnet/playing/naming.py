"""What units and weights are called, as on the page: h1.2 is the second unit of the first hidden layer."""

from glassnet.playing.simulation import Simulation


def unit_name(simulation: Simulation, depth: int, unit: int) -> str:
    """The name of a unit; depth -1 are the inputs, then the columns are counted from 0."""
    rows, columns = simulation.rows, simulation.drawn.columns
    if depth < 0:
        return simulation.inputs[unit]
    if depth < len(columns) - 1:
        return f"h{depth + 1}.{unit + 1}"
    outputs = columns[-1].node.output_shape[0]
    if rows.said is not None and rows.said.names:
        return rows.said.names[unit]
    if rows.classes is not None and len(rows.classes) == outputs:
        return rows.classes[unit]
    return "output" if outputs == 1 else f"output {unit + 1}"


def weight_name(simulation: Simulation, layer: int, source: int, unit: int) -> str:
    """The name of a weight, by the number of its layer among all and its place."""
    depth = simulation.drawn.dense.index(layer)
    return f"weight from {unit_name(simulation, depth - 1, source)} to {unit_name(simulation, depth, unit)}"
