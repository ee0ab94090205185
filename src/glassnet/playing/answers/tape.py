"""A computation that somebody typed, as a graph with both passes in steps."""

from typing import Any

from glassnet.errors import InvalidInput
from glassnet.insight.pages.as_html import as_html
from glassnet.insight.tape import Tape, told
from glassnet.insight.tape_steps import steps_of, typographic
from glassnet.pictures.network.tape import in_short, places_of
from glassnet.taping.reading import read

MOST_NODES, MOST_NUMBERS = 60, 100
EXAMPLES = {
    "A square": "w = 2\nx = 3\nb = -1\n(w * x + b) ** 2",
    "A unit with tanh": "x = [1, 2]\nw = [0.5, -0.4]\nb = 0.1\nz = x @ w + b\ntanh(z)",
    "Used twice": "x = 2\nx * x + sin(x)",
    "A layer and its loss": (
        "X = [[1, 2], [3, 4]]\nW = [[0.5], [-0.2]]\nb = [0.1]\nt = [[1], [0]]\nA = tanh(X @ W + b)\nmean((A - t) ** 2)"
    ),
    "Softmax and cross-entropy": "z = [2, 1, 0.1]\ny = [1, 0, 0]\ne = exp(z)\np = e / sum(e)\n-sum(y * log(p))",
}


def taped(text: object) -> dict[str, Any]:
    """The nodes with their places, and the steps; InvalidInput for a text that is no expression, with its place."""
    if not isinstance(text, str):
        raise InvalidInput(f"an expression is a text, got {type(text).__name__}.")
    output, leaves = read(text, {}, MOST_NUMBERS)
    nodes = told(output, leaves, MOST_NODES)
    places = places_of(Tape(nodes))
    return {
        "nodes": [
            {
                "name": node.name,
                "formula": typographic(node.formula),
                "inputs": node.inputs,
                "value": in_short(node.value),
                "gradient": None if node.gradient is None else in_short(node.gradient),
                "place": places[node.name],
            }
            for node in nodes
        ],
        "steps": [
            {"name": step.name, "back": step.back, "text": step.summary, "html": as_html(step.pieces)}
            for step in steps_of(output, leaves)
        ],
    }
