"""The factors of a gradient in every sample: X and dA and f'(Z) for a weight, or the slope of the loss."""

from collections.abc import Mapping
from contextlib import suppress

import numpy as np

from glassnet.formulas.elementary import Array
from glassnet.insight.blackboard.loss import derivative, scope_of_loss
from glassnet.insight.blackboard.naming import functions_in, names_in, scope_of
from glassnet.insight.layer_trace import TracedLayer
from glassnet.insight.notation.numbers import ONES, Entry, NoEntry, is_product, put_in, shape, value
from glassnet.insight.notation.text import Writer, decimals
from glassnet.insight.notation.tree import Equation, Name, Node, Op
from glassnet.insight.traced_step import TracedStep


class Factors:
    """The factors of a gradient in every sample."""

    def __init__(self, trace: TracedStep, layer: TracedLayer, formulas: Mapping[str, Equation], from_scores: bool):
        self.trace = trace
        self.layer = layer
        self.formulas = formulas
        self.from_scores = from_scores
        self.scope = scope_of(layer)

    def of_parameter(self, equation: Equation | None, place: tuple[int, ...]) -> dict[str, Array]:
        """The factors of Xᵀ dZ or 1ᵀ dZ, by what they are; none where the formula is another, or says nothing here."""
        if equation is None or not is_product(equation.right, self.scope):
            return {}
        left, right = equation.right.left, equation.right.right
        rows = np.arange(shape(right, self.scope)[0])
        with suppress(NoEntry):
            first = {} if left == ONES else self.of(left.body, Entry(rows, place[0]))
            return first | self.of(right, Entry(rows, place[-1]))
        return {}

    def of(self, node: Node, entry: Entry) -> dict[str, Array]:
        """The factors of a tree at an entry of every row."""
        if not any(name in self.scope for name in [*names_in(node), *functions_in(node)]):  # such as 2 π
            return {Writer().write(node): np.full(len(entry.row), value(put_in(node, self.scope, entry)))}
        if isinstance(node, Op) and node.sign in ("", "⊙", "·"):
            return self.of(node.left, entry) | self.of(node.right, entry)
        if node == Name("dZ") and self.from_scores:
            return self.of_loss(entry)
        if node == Name("dZ") and "dZ" in self.formulas:
            return self.of(self.formulas["dZ"].right, entry)
        label = Writer(name=lambda name: self.place_of(name, entry.column)).write(node)
        return {label: np.asarray(value(put_in(node, self.scope, entry))) * np.ones(len(entry.row))}

    def place_of(self, name: Name, column: int) -> str:
        """A variable with the place in it that an entry takes, in every sample i: X[i, 2]."""
        shape = np.shape(self.scope.values.get(name.text, np.zeros((1, 2))))
        return f"{name.text}[i, {column if shape[-1:] != (1,) else 0}]" if shape else name.text

    def of_loss(self, entry: Entry) -> dict[str, Array]:
        """∂ℓ/∂z of a sample, its weight, and one over what the loss is divided by."""
        measured, (_, slope) = self.trace.measured, derivative(self.trace)
        if slope is None:
            return {f"dZ[i, {entry.column}]": self.scope.values["dZ"][:, entry.column]}
        n = len(entry.row)
        found = {f"∂ℓ/∂z[i, {entry.column}]": value(put_in(slope.right, scope_of_loss(self.trace), entry)) * np.ones(n)}
        if measured.weights is not None:
            found["w[i]"] = np.ravel(measured.weights)
        return found | (
            {} if measured.divisor == 1.0 else {f"1 / {decimals(measured.divisor)}": np.full(n, 1 / measured.divisor)}
        )
