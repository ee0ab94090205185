"""What units and weights are called, as on the page: h1.2 is the second unit of the first hidden layer."""

from glassnet.playing.simulation import Simulation


def dense_layers(simulation: Simulation) -> list[int]:
    """The numbers of the layers that are drawn, among all."""
    return [k for k, node in enumerate(simulation.net.built()[0].nodes) if type(node.layer).__name__ == "Dense"]


def unit_name(simulation: Simulation, depth: int, unit: int) -> str:
    """The name of a unit; depth -1 are the inputs, then the dense layers are counted from 0."""
    rows, depths = simulation.rows, len(dense_layers(simulation))
    if depth < 0:
        return simulation.inputs[unit]
    if depth < depths - 1:
        return f"h{depth + 1}.{unit + 1}"
    outputs = simulation.net.built()[0].nodes[dense_layers(simulation)[-1]].output_shape[0]
    if rows.classes is not None and len(rows.classes) == outputs:
        return rows.classes[unit]
    return "output" if outputs == 1 else f"output {unit + 1}"


def weight_name(simulation: Simulation, layer: int, source: int, unit: int) -> str:
    """The name of a weight, by the number of its layer among all and its place."""
    depth = dense_layers(simulation).index(layer)
    return f"weight from {unit_name(simulation, depth - 1, source)} to {unit_name(simulation, depth, unit)}"
