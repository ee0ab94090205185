"""Layers of sequences as steps of a program: each step of the sequence by itself, one after the other."""

import math

import numpy as np

from glassnet.exports.builder import Builder, Given
from glassnet.exports.place import Place
from glassnet.exports.program import Constant, Join, Product, Take, Value
from glassnet.formulas.activations import Softmax
from glassnet.formulas.elementary import Array, row_max, row_sum, where
from glassnet.formulas.of_layers import recurrence as formulas
from glassnet.formulas.of_layers.normalization import row_normalized
from glassnet.formulas.prediction.arithmetic import added
from glassnet.layers.sequences.positional_encoding import waves


def gate_of(s: Array, v: Array) -> Array:
    """A gate of two scores: σ(s + v)."""
    return formulas.gate(s + v)


def present_of(x: Array, padding: float) -> Array:
    """1 where a number is not padding, else 0."""
    return where((x - padding) * (x - padding) > 0.0, 1.0, 0.0)


def any_present(x: Array, padding: float) -> Array:
    """1 for each number of a step that is not padding throughout, else 0."""
    return row_max(where((x - padding) * (x - padding) > 0.0, 1.0, 0.0))


def scores_of(q: Array, k: Array, scale: float) -> Array:
    """The score of a query and a key."""
    return row_sum(q * k) * scale


def hidden_scores(s: Array, seen: Array) -> Array:
    """Scores, so low where a key is hidden that nothing is left behind the softmax."""
    return s + (seen - 1.0) * 10000.0


def of_seen(p: Array, seen: Array) -> Array:
    """Weights, 0 where a key is hidden."""
    return p * seen


def taken_of(p: Array, v: Array) -> Array:
    """The weighted sum of values."""
    return row_sum(p * v)


def take(made: Builder, x: Value, places: "range | list[int]", name: str) -> Value:
    """Some entries of a value."""
    return made.add(Take(out=made.value(name, len(places)), x=x, places=tuple(places)))


def join(made: Builder, parts: list[Value], name: str) -> Value:
    """Values side by side."""
    if len(parts) == 1:
        return parts[0]
    return made.add(Join(out=made.value(name, sum(part.size for part in parts)), parts=tuple(parts)))


def by_step(made: Builder, x: Value, shape: tuple[int, ...], name: str) -> list[Value]:
    """The rows of the last axis, in order."""
    n, width = math.prod(shape[:-1]), shape[-1]
    return [take(made, x, range(t * width, (t + 1) * width), f"{name}_{t}") for t in range(n)] if n > 1 else [x]


def products(made: Builder, parts: list[Value], W: Constant, b: Constant | None, name: str) -> list[Value]:
    """The same product for each row."""
    width = W.array.shape[1]
    return [made.add(Product(out=made.value(f"{name}_{t}", width), x=x, W=W, b=b)) for t, x in enumerate(parts)]


def product_of_steps(made: Builder, place: Place, x: Value, W: Constant, b: Constant | None) -> Value:
    """X W + b for each row of the last axis."""
    parts = by_step(made, x, place.node.input_shape, f"x{place.suffix}")
    return join(made, products(made, parts, W, b, f"z{place.suffix}"), f"z{place.suffix}")


def normalized_steps(made: Builder, place: Place, x: Value) -> Value:
    """Mean and spread of each row of the last axis."""
    width = place.node.input_shape[-1]
    again = x.size // width
    learned = {
        name: made.constant(f"{name}{place.suffix}", np.tile(place.of(name), again)) for name in ("gamma", "beta")
    }
    numbers = {"share": 1.0 / width, "epsilon": place.layer.epsilon}
    return made.apply(row_normalized, {"x": x, **learned, **numbers}, f"a{place.suffix}", span=width)


def positions(made: Builder, place: Place, x: Value) -> Value:
    """A vector for each place, added."""
    P = place.of("P") if place.layer.learned else waves(place.node.input_shape)
    return made.apply(added, {"x": x, "g": made.constant(f"P{place.suffix}", P.ravel())}, f"a{place.suffix}")


def masking(made: Builder, place: Place, x: Value) -> Value:
    """What is padding is known from here on; the numbers stay."""
    steps, width = place.node.input_shape
    each = made.apply(any_present, {"x": x, "padding": place.layer.value}, f"m{place.suffix}", span=width)
    made.present = take(made, each, [t * width for t in range(steps)], f"present{place.suffix}")
    return x


def mark_padding(made: Builder, place: Place, x: Value) -> None:
    """What is padding among codes is known from here on."""
    if place.layer.padding is not None:
        padding = float(place.layer.padding)
        made.present = made.apply(present_of, {"x": x, "padding": padding}, f"present{place.suffix}")


class Recurrence:
    """A recurrent layer while its steps are made."""

    def __init__(self, made: Builder, place: Place, x: Value):
        self.made, self.suffix, self.units, self.present = made, place.suffix, place.layer.units, made.present
        self.U = made.constant(f"U{self.suffix}", place.of("U"))
        W, b = made.constant(f"W{self.suffix}", place.of("W")), made.constant(f"b{self.suffix}", place.of("b"))
        parts = by_step(made, x, place.node.input_shape, f"x{self.suffix}")
        self.scores = products(made, parts, W, b, f"s{self.suffix}")
        self.zeros = made.constant(f"h{self.suffix}_before", np.zeros(self.units))
        self.h: Given = self.zeros

    def part(self, x: Value, k: int, name: str) -> Value:
        """The numbers of one gate."""
        return take(self.made, x, range(k * self.units, (k + 1) * self.units), f"{name}{self.suffix}")

    def kept(self, new: Value, old: Given, t: int) -> Value:
        """The new state, or where step t is padding the old one."""
        if self.present is None:
            return new
        m = take(self.made, self.present, [t] * self.units, f"m{self.suffix}_{t}")
        return self.made.apply(formulas.kept, {"new": new, "old": old, "m": m}, f"h{self.suffix}_{t}")

    def from_state(self, bias: Constant | None = None) -> Value | None:
        """H′ U and a bias; None before the first step, where the state is 0."""
        if not isinstance(self.h, Value):
            return None
        out = self.made.value(f"v{self.suffix}", self.U.array.shape[1])
        return self.made.add(Product(out=out, x=self.h, W=self.U, b=bias))

    def sum_of_scores(self, s: Value) -> Value:
        """S with what comes from the state."""
        v = self.from_state()
        return s if v is None else self.made.apply(added, {"x": s, "g": v}, f"u{self.suffix}")

    def outputs(self, states: list[Value], sequences: bool) -> Value:
        """All states, or the last."""
        return join(self.made, states, f"a{self.suffix}") if sequences else states[-1]


def simple_rnn(made: Builder, place: Place, x: Value) -> Value:
    """Step after step."""
    r, states, f = Recurrence(made, place, x), list[Value](), place.layer.activation
    for t, s in enumerate(r.scores):
        z = r.sum_of_scores(s)
        new = z if f.name == "linear" else made.apply(f.value, {"z": z}, f"n{r.suffix}_{t}")
        r.h = r.kept(new, r.h, t)
        states.append(r.h)
    return r.outputs(states, place.layer.sequences)


def gru(made: Builder, place: Place, x: Value) -> Value:
    """Step after step."""
    r, states = Recurrence(made, place, x), list[Value]()
    c = made.constant(f"c{r.suffix}", np.concatenate([np.zeros(2 * r.units), place.of("c")]))
    first = [made.constant(f"v{r.suffix}_first_{k}", part) for k, part in enumerate(np.split(c.array, 3))]
    for t, s in enumerate(r.scores):
        v = r.from_state(c)
        before: list[Given] = [*first] if v is None else [r.part(v, k, f"v{k}") for k in range(3)]
        gates = [made.apply(gate_of, {"s": r.part(s, k, f"s{k}"), "v": before[k]}, f"g{r.suffix}") for k in (0, 1)]
        given: dict[str, Given] = {"s": r.part(s, 2, "s2"), "r": gates[0], "v": before[2]}
        n = made.apply(formulas.reset_candidate, given, f"n{r.suffix}")
        new = made.apply(formulas.mixed, {"n": n, "z": gates[1], "h": r.h}, f"n{r.suffix}_{t}")
        r.h = r.kept(new, r.h, t)
        states.append(r.h)
    return r.outputs(states, place.layer.sequences)


def lstm(made: Builder, place: Place, x: Value) -> Value:
    """Step after step."""
    r, states = Recurrence(made, place, x), list[Value]()
    c: Given = r.zeros
    for t, s in enumerate(r.scores):
        z = r.sum_of_scores(s)
        i, f, g, o = (
            made.apply(formulas.candidate if k == 2 else formulas.gate, {"s": r.part(z, k, f"s{k}")}, f"g{r.suffix}")
            for k in range(4)
        )
        cell = made.apply(formulas.cell, {"f": f, "c": c, "i": i, "g": g}, f"c{r.suffix}")
        shown = made.apply(formulas.shown, {"o": o, "c": cell}, f"n{r.suffix}_{t}")
        r.h = r.kept(shown, r.h, t)
        if t + 1 < len(r.scores):  # nothing reads the last cell
            c = r.kept(cell, c, t)
        states.append(r.h)
    return r.outputs(states, place.layer.sequences)


def attention(made: Builder, place: Place, x: Value) -> Value:
    """Scores of all pairs of steps, weights, and what is taken."""
    layer, suffix, steps = place.layer, place.suffix, place.node.input_shape[0]
    W, b, U, c = (made.constant(f"{name}{suffix}", place.of(name)) for name in "WbUc")
    parts = by_step(made, x, place.node.input_shape, f"x{suffix}")
    J = join(made, products(made, parts, W, b, f"j{suffix}"), f"j{suffix}")
    d, width = U.array.shape[0] // layer.heads, U.array.shape[0]
    h, i, j, k = np.ix_(range(layer.heads), range(steps), range(steps), range(d))

    def column(step: Array, which: int) -> list[int]:
        found: list[int] = np.broadcast_to(step * 3 * width + which * width + h * d + k, full).ravel().tolist()
        return found

    full = (layer.heads, steps, steps, d)
    q, keys = take(made, J, column(i, 0), f"q{suffix}"), take(made, J, column(j, 1), f"k{suffix}")
    each = made.apply(scores_of, {"q": q, "k": keys, "scale": d**-0.5}, f"qk{suffix}", span=d)
    s = take(made, each, list(range(0, each.size, d)), f"scores{suffix}")
    p = weights_of(made, place, s, steps)
    order = np.transpose(np.broadcast_to((h * steps + i) * steps + j, full), (1, 0, 3, 2)).ravel().tolist()
    values = np.transpose(np.array(column(j, 2)).reshape(full), (1, 0, 3, 2)).ravel().tolist()
    again, v = take(made, p, order, f"pv{suffix}"), take(made, J, values, f"v{suffix}")
    sums = made.apply(taken_of, {"p": again, "v": v}, f"t{suffix}", span=steps)
    o = take(made, sums, list(range(0, sums.size, steps)), f"o{suffix}")
    rows = by_step(made, o, (steps, width), f"o{suffix}")
    return join(made, products(made, rows, U, c, f"a{suffix}"), f"a{suffix}")


def weights_of(made: Builder, place: Place, s: Value, steps: int) -> Value:
    """The softmax of the scores (heads, steps, steps) of what each step sees."""
    suffix, heads = place.suffix, place.layer.heads
    seen: Given | None = None
    if place.layer.causal:
        seen = made.constant(f"seen{suffix}", np.tile(np.tri(steps).ravel(), heads))
    if made.present is not None:
        m = take(made, made.present, list(range(steps)) * (heads * steps), f"m{suffix}")
        seen = m if seen is None else made.apply(of_seen, {"p": m, "seen": seen}, f"m{suffix}")
    if seen is None:
        return made.apply(Softmax().value, {"z": s}, f"p{suffix}", span=steps)
    low = made.apply(hidden_scores, {"s": s, "seen": seen}, f"low{suffix}")
    p = made.apply(Softmax().value, {"z": low}, f"p{suffix}", span=steps)
    return made.apply(of_seen, {"p": p, "seen": seen}, f"p{suffix}")
