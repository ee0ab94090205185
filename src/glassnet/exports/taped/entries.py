"""The graph of a function for one row as values: formulas entry by entry, and entries that move.

For one row, an array of the graph is a list of numbers in the order of its entries. So whatever moves entries is found
by doing the same to their places.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.exports.builder import Builder
from glassnet.exports.program import Constant, Elementwise, Join, Take, Value
from glassnet.exports.resolving import for_each_entry
from glassnet.exports.taped.expressions import ENTRYWISE, Expressions, truth
from glassnet.formulas.elementary import Array
from glassnet.formulas.prediction.arithmetic import always
from glassnet.formulas.syntax.expressions import VECTOR, Expression, Number, Steps, Variable
from glassnet.taping.graph import Traced, nodes_to, traced_in

DEEPEST = 30  # calls inside each other in one formula


class Taped:
    """The steps of a graph; `step` gives those of a call, and `known` are the values that arrays have got."""

    def __init__(
        self,
        made: Builder,
        title: str,
        suffix: str,
        output: Traced,
        known: dict[Traced, Value],
        step: "Callable[[Taped, Traced], Value]",
    ):
        self.made, self.title, self.suffix, self.known = made, title, suffix, known
        nodes = nodes_to([output])
        users: dict[Traced, list[Traced]] = {node: [] for node in nodes}
        for node in nodes:
            for each in node.inputs:
                users[each].append(node)
        self.inside = insides(users)  # of the formula that uses them
        for node in nodes:
            if node not in known and node not in self.inside and node.size:
                known[node] = step(self, node)

    def value(self, node: Traced) -> Value:
        """What a node has become."""
        return self.known[node]

    def named(self, kind: str) -> str:
        """A name for a value."""
        return f"{kind}{self.suffix}"

    # entry by entry

    def formula(self, node: Traced) -> Value:
        """A formula of this call, and of those that are used in it alone."""
        inputs: dict[str, Value | Constant] = {}
        written = Expressions()
        result = truth(self.expression(node, node.shape, inputs, written))
        return self.applied(Steps(written.steps, [result]), inputs, "v")

    def expression(
        self, node: Traced, shape: tuple[int, ...], inputs: dict[str, Value | Constant], written: Expressions
    ) -> Expression:
        """The expression of a call."""
        assert node.function is not None
        if node.function is np.power and not isinstance(node.args[1], Traced):
            exponents, which = np.unique(np.asarray(node.args[1], np.float64), return_inverse=True)
            places_of = which.reshape(np.shape(node.args[1]))
            base, place = (self.argument(each, shape, inputs, written) for each in (node.args[0], places_of))
            return written.power_of_each(truth(base), place, exponents.tolist())
        given = [self.argument(each, shape, inputs, written) for each in node.args]
        return written.of(node.function, given)

    def argument(
        self, given: Any, shape: tuple[int, ...], inputs: dict[str, Value | Constant], written: Expressions
    ) -> Expression:
        """A number, a call that is written here, or an input with a number for each entry."""
        if isinstance(given, Traced) and given in self.inside:
            return self.expression(given, shape, inputs, written)
        if not isinstance(given, Traced) and len({*np.ravel(given).tolist()}) == 1:
            return Number(float(np.ravel(given)[0]))
        found = self.spread(given, shape)
        name = next((name for name, one in inputs.items() if one is found), "")
        if not name:
            name = f"{'xyzuvwpqrst'[len(inputs) % 11]}{len(inputs) // 11 or ''}"
            inputs[name] = found
        return Variable(VECTOR, name)

    def spread(self, given: Any, shape: tuple[int, ...]) -> Value | Constant:
        """The entries of an array, again where it is broadcast to a shape."""
        if not isinstance(given, Traced):
            array = np.asarray(given, np.float64)
            return self.made.constant(self.named("c"), np.broadcast_to(array, shape).ravel())
        return self.taken(self.known[given], np.broadcast_to(places(given), shape), "x")

    def applied(self, steps: Steps, inputs: dict[str, Value | Constant], name: str, span: int | None = None) -> Value:
        """A step of a formula; the same formula again where there is one already."""
        x = next(each for each in inputs.values() if isinstance(each, Value))
        entry = next(Variable(VECTOR, key) for key, each in inputs.items() if each is x)
        steps = Steps(steps.steps, [for_each_entry(result, entry) for result in steps.results])
        formula = self.made.formula_of(steps, tuple(inputs), x.dtype, self.title)
        out = self.made.value(self.named(name), x.size, x.dtype)
        return self.made.add(Elementwise(out=out, formula=formula, inputs=(*inputs.values(),), span=span or x.size))

    # entries that move

    def taken(self, x: Value, chosen: Any, name: str) -> Value:
        """Chosen entries; x itself where these are all in their order."""
        order = tuple(np.ravel(chosen).tolist())
        if order == tuple(range(x.size)):
            return x
        return self.made.add(Take(out=self.made.value(self.named(name), len(order)), x=x, places=order))

    def moved(self, node: Traced) -> Value:
        """What the call does to the places of entries, it does to the entries."""
        f, first, *more = node.function, *node.args
        if next(traced_in(more), None) is not None:
            raise InvalidInput("x[…] at places that are computed has no step in an exported file")
        parts = [first] if isinstance(first, Traced) else [*first]
        sources = {id(each): each for each in parts}
        values = {key: self.whole(each) for key, each in sources.items() if np.size(each)}
        begin = dict(zip(values, np.cumsum([0, *(each.size for each in values.values())]).tolist(), strict=False))
        marked = [places(each) + begin.get(id(each), 0) for each in parts]
        assert f is not None
        chosen = f(marked[0] if isinstance(first, Traced) else marked, *more, **node.kwargs)
        return self.taken(self.joined([*values.values()]), chosen, "x")

    def whole(self, given: Any) -> Value:
        """All entries of an array; of a constant one by a step that always gives them."""
        if isinstance(given, Traced):
            return self.known[given]
        array = np.asarray(given, np.float64).ravel()
        some = self.taken(next(iter(self.known.values())), [0] * array.size, "x")
        return self.made.apply(always, {"x": some, "s": self.made.constant(self.named("c"), array)}, self.named("c"))

    def joined(self, values: Sequence[Value]) -> Value:
        """Values side by side."""
        if len(values) == 1:
            return values[0]
        size = sum(each.size for each in values)
        return self.made.add(Join(out=self.made.value(self.named("j"), size), parts=tuple(values)))


def insides(users: dict[Traced, list[Traced]]) -> set[Traced]:
    """The calls that are written into the formula that uses them, which is not nested deeper than printers can read."""
    depths: dict[Traced, int] = {}
    for node, used in users.items():
        depth = 1 + max((depths.get(each, 0) for each in node.inputs), default=0)
        if depth < DEEPEST and is_inside(node, used):
            depths[node] = depth
    return {*depths}


def is_inside(node: Traced, users: Sequence[Traced]) -> bool:
    """Whether a call acts entry by entry, and is used in a single other one of that kind."""
    alone = len(users) == 1 and users[0].function in ENTRYWISE and users[0].shape == node.shape
    return alone and node.function in ENTRYWISE


def places(given: Any) -> Array:
    """The number of each entry of an array."""
    return np.arange(np.size(given)).reshape(np.shape(given))
