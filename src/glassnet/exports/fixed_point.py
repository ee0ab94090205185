"""From a program to one without floating point beyond the scaling of its inputs: activations by tables, whole outputs.

An activation is a table of 256 entries, made from its one formula; a table for each unit where units have learned
numbers of their own. Probabilities are made by a table of e⁻ᵈ; outputs are whole numbers in parts of 2^-bits.
"""

from dataclasses import dataclass, replace

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.exports.evaluating import formula_values
from glassnet.exports.program import Convert, Elementwise, Join, Product, Program, Step, Take, Value, inputs_of
from glassnet.exports.quantized import (
    EXP_BITS,
    EXP_STEP,
    LEAST,
    MOST,
    SCORE_BITS,
    SHARE_BITS,
    ByTable,
    IntegerSoftmax,
    Rescale,
)
from glassnet.exports.quantizing import (
    Pending,
    Quantizer,
    Ranges,
    Whole,
    applied,
    finite,
    line_of,
    scale_of,
    whole_weights,
)
from glassnet.formulas.elementary import Array

LARGEST = 2**30  # of an output
ALL_Q = np.arange(LEAST, MOST + 1)[:, np.newaxis]
PROBE = np.array([[1.0, 0.0, -1.0, 0.5], [0.0, 2.0, 1.0, -3.0]])


@dataclass
class Shares(Pending):
    """Scores whose softmax is taken, then slope · p + offset."""

    slope: float = 1.0
    offset: float = 0.0


class FixedPoint(Quantizer):
    """Goes through the steps as `Quantizer` does; what has no whole form is refused."""

    def quantized(self) -> Program:
        """The program of the steps that its outputs need."""
        outputs = self.program.outputs
        for step in needed(self.program):
            self.walk(step)
        out, bits = self.output(outputs.value)
        kept = replace(outputs, value=out, interval=None, coverage=None)
        return replace(self.program, steps=tuple(self.steps), outputs=kept, dtype="int8", bits=bits)

    def walk(self, step: Step) -> None:
        """Add what a step becomes."""
        if isinstance(step, Product) and step.out.dtype == "float32":
            self.product(step)
            return None
        if self.is_front(step) or not inputs_of(step):
            self.add(step)
            self.front.add(step.out.name)
            return None
        if isinstance(step, Convert) and step.x.name in self.held:
            self.held[step.out.name] = self.held[step.x.name]
            return None
        if isinstance(step, Elementwise) and (self.of_shares(step) or self.folded(step) or self.by_table(step)):
            return None
        probabilities = any(isinstance(self.held.get(each.name), Shares) for each in inputs_of(step))
        if isinstance(step, Take | Join) and not probabilities:
            return self.moved(step)
        raise self.refused(step)

    def refused(self, step: Step) -> InvalidInput:
        """The error for what has no form in whole numbers."""
        return InvalidInput(
            f"{what(step, self.program)} cannot be computed in fixed point: export int8 without it, "
            "which computes this in float32, or train without this."
        )

    def product(self, step: Product) -> None:
        """A product whose inputs are whole; probabilities are none."""
        if isinstance(self.held.get(step.x.name), Shares):
            raise self.refused(step)
        super().product(step)

    def of_shares(self, step: Elementwise) -> bool:
        """Whether a step is a softmax of scores, or the calibration of its probabilities."""
        scores = self.held.get(getattr(step.inputs[0], "name", ""))
        if len(step.inputs) != 1 or step.span != step.out.size or not isinstance(scores, Pending):
            return False
        if isinstance(scores, Shares) and not step.formula.by_rows:
            p = np.linspace(0, 1, 65)[:, np.newaxis]
            if (line := line_of(p, applied(step, p))) is None:
                return False
            self.held[step.out.name] = shares_of(scores, float(line[0][0]), float(line[1][0]))
            return True
        plain = not isinstance(scores, Shares) or (scores.slope, scores.offset) == (1.0, 0.0)
        if not step.formula.by_rows or not plain or np.isfinite([scores.low, scores.high]).any():
            return False
        given = softmax(PROBE) if isinstance(scores, Shares) else PROBE
        found = formula_values(step.formula.read, {step.formula.parameters[0]: given})
        with np.errstate(all="ignore"):
            factor = np.log(found[0, 0] / found[0, 1])
        if not np.allclose(found, softmax(PROBE * factor), rtol=1e-6, atol=1e-9):
            return False
        self.held[step.out.name] = shares_of(replace(scores, W=scores.W * factor, b=scores.b * factor), 1.0, 0.0)
        return True

    def by_table(self, step: Elementwise) -> bool:
        """Whether a formula of one value has become a table."""
        values = [one for one in step.inputs if isinstance(one, Value)]
        if len(values) != 1 or step.formula.by_rows or isinstance(self.held.get(values[0].name), Shares):
            return False
        self.narrow(step, values[0].name)
        given = self.in_8_bits(values[0])
        found = applied(step, given.scale * (ALL_Q - given.zero) + given.shift)
        self.whole[step.out.name] = self.tabled(step.out.name, given.q, found, self.range_of(step.out.name), step.note)
        return True

    def narrow(self, step: Elementwise, name: str) -> None:
        """Spend the 8 bits of a product on the numbers between which a formula of it changes, such as a tanh."""
        if not isinstance(pending := self.held.get(name), Pending) or name in self.whole:
            return
        low, high = self.range_of(name)
        z = np.linspace(low, high, 1025)
        found = applied(step, np.broadcast_to(z, (len(z), pending.size)))
        near = 0.5 / (MOST - LEAST) * np.maximum(found.max() - found.min(), 1e-30)
        first, last = (np.abs(found - found[end]).max(axis=1) > near for end in (0, -1))
        if first.any() and last.any():
            begin, end = int(np.argmax(first)) - 1, len(z) - int(np.argmax(last[::-1]))
            self.ranges[name] = z[max(begin, 0)], z[min(end, len(z) - 1)]

    def tabled(self, name: str, q: Value, found: Array, ends: tuple[Array, Array], note: str = "") -> Whole:
        """What (256, n) numbers of q become, in 8 bits between two ends."""
        scale, zero = scale_of(*ends)
        entries = np.clip(np.rint(np.nan_to_num(found) / scale + zero), LEAST, MOST)
        out = self.value(f"q_{name}", q.size, "int8")
        self.add(ByTable(out=out, x=q, tables=self.constant(f"table_{name}", tables_of(entries), "int8"), note=note))
        return Whole(out, np.broadcast_to(scale, q.size), np.broadcast_to(zero, q.size), np.zeros(q.size))

    def moved(self, step: Take | Join) -> None:
        """Entries in another order, or of several values side by side, in one scale."""
        out = self.value(f"q_{step.out.name}", step.out.size, "int8")
        if isinstance(step, Take):
            x, places = self.in_8_bits(step.x), [*step.places]
            self.add(replace(step, out=out, x=x.q))
            self.whole[step.out.name] = Whole(out, x.scale[places], x.zero[places], x.shift[places])
            return
        parts = []
        for part in step.parts:
            x = self.in_8_bits(part)
            found = x.scale * (ALL_Q - x.zero) + x.shift
            parts.append(self.tabled(f"{part.name}_joined", x.q, found, self.range_of(step.out.name)))
        self.add(replace(step, out=out, parts=tuple(part.q for part in parts)))
        scale, zero, shift = (np.concatenate([part[k] for part in parts]) for k in (1, 2, 3))
        self.whole[step.out.name] = Whole(out, scale, zero, shift)

    def output(self, value: Value) -> tuple[Value, int]:
        """The outputs in 32 bits, and how many bits are those after the point."""
        pending = self.held.get(value.name)
        out = self.value(f"whole_{value.name}", value.size, "int32")
        if isinstance(pending, Shares):
            points = np.rint(np.exp(-np.arange(257) / 2**EXP_STEP) * 2**EXP_BITS)
            exps = self.constant("exps", points, "int32")
            scores = self.in_32_bits(pending, self.value(f"scores_{value.name}", value.size, "int32"), SCORE_BITS)
            share = [round(each * 2**SHARE_BITS) for each in (pending.slope, pending.offset)]
            return self.add(IntegerSoftmax(out=out, x=scores, exps=exps, factor=share[0], least=share[1])), SHARE_BITS
        low, high = self.range_of(value.name)
        bits = int(np.clip(26 - np.ceil(np.log2(np.maximum(high, -low)[0] + 1e-9)), 0, 24))
        if isinstance(pending, Pending):
            return self.in_32_bits(pending, out, bits), bits
        x = self.in_8_bits(value)
        found = np.clip(np.rint((x.scale * (ALL_Q - x.zero) + x.shift) * 2.0**bits), -LARGEST, LARGEST)
        tables = self.constant(f"table_{value.name}_out", tables_of(found), "int32")
        return self.add(ByTable(out=out, x=x.q, tables=tables)), bits

    def in_32_bits(self, pending: Pending, out: Value, bits: int) -> Value:
        """A product in parts of 2^-bits, kept within its bounds."""
        W, b, sums = whole_weights(pending)
        low, high = (int(np.clip(np.rint(end * 2.0**bits), -LARGEST, LARGEST)) for end in finite(pending))
        to: Rescale = self.rescale(sums * 2.0**bits, 0, low, high, out.name)
        self.integer_product(pending, W, b, to, out)
        return out


def softmax(z: Array) -> Array:
    """The softmax of rows."""
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return np.asarray(e / e.sum(axis=1, keepdims=True))


def shares_of(scores: Pending, slope: float, offset: float) -> Shares:
    """Scores whose softmax is taken."""
    given = {name: each for name, each in vars(scores).items() if name not in ("slope", "offset")}
    return Shares(**given, slope=slope, offset=offset)


def tables_of(entries: Array) -> Array:
    """A table (n, 256) for each unit, or one (1, 256) where they are the same."""
    return entries[:, :1].T if (entries == entries[:, :1]).all() else entries.T


def needed(program: Program) -> list[Step]:
    """The steps that the value of the outputs is made of, in their order."""
    names, found = {program.outputs.value.name}, []
    for step in reversed(program.steps):
        if step.out.name in names:
            found.append(step)
            names |= {each.name for each in inputs_of(step)}
    return found[::-1]


def what(step: Step, program: Program) -> str:
    """The layer that a step belongs to, by the note that stands at its beginning."""
    notes = [each.note for each in program.steps[: program.steps.index(step) + 1] if each.note]
    return notes[-1].split(":")[0] if notes else type(step).__name__


def in_fixed_point(program: Program, ranges: Ranges) -> Program:
    """The program without floating point beyond the scaling of its inputs."""
    return FixedPoint(program, ranges).quantized()
