"""Formulas of one number as tables of 256 entries, made from the formula itself."""

from dataclasses import replace

import numpy as np

from glassnet.exports.program import Constant, Elementwise, Value, inputs_of
from glassnet.exports.whole.quantized import LEAST, MOST, ByLine, ByTable, multipliers_of
from glassnet.exports.whole.quantizing import Pending, Whole, applied, scale_of
from glassnet.exports.whole.whole_numbers import WholeNumbers, short
from glassnet.formulas.elementary import Array

ALL_Q = np.arange(LEAST, MOST + 1)[:, np.newaxis]


class Tabulator(WholeNumbers):
    """Makes tables of formulas: one for all units, two where a unit has learned a number, else one for each unit."""

    def by_table(self, step: Elementwise) -> bool:
        """Whether a formula of one value has become a table."""
        x = inputs_of(step)[0]
        self.narrow(step, x.name)
        given = self.in_8_bits(x)
        found = applied(step, given.scale * (ALL_Q - given.zero) + given.shift)
        scale, zero = scale_of(*self.range_of(step.out.name))
        entries = tables_of(np.clip(np.rint(np.nan_to_num(found) / scale + zero), LEAST, MOST))
        out, n = self.value(f"q_{step.out.name}", step.out.size, "int8"), step.out.size
        if len(entries) == 1 or not self.by_line(step, given, found, out):
            tables = self.constant(f"table_{step.out.name}", entries, "int8")
            self.add(ByTable(out=out, x=given.q, tables=tables, note=step.note))
        self.whole[step.out.name] = Whole(out, np.broadcast_to(scale, n), np.broadcast_to(zero, n), np.zeros(n))
        return True

    def by_line(self, step: Elementwise, given: Whole, found: Array, out: Value) -> bool:
        """Whether a formula is a line of the one number that each unit has learned: two tables serve all units then."""
        learned = [one.array.astype(float).ravel() for one in step.inputs if isinstance(one, Constant)]
        z = given.scale * (ALL_Q - given.zero) + given.shift
        if len(learned) != 1 or np.ptp(z, axis=1).any():
            return False
        ends = [applied(with_learned(step, value), z[:, :1])[:, 0] for value in (0.0, 1.0)]
        A, B = ends[0], ends[1] - ends[0]
        if not np.allclose(found, A[:, np.newaxis] + B[:, np.newaxis] * learned[0], rtol=1e-6, atol=1e-6):
            return False
        sizes = [max(float(np.abs(each).max()), 1e-30) / (2**15 - 1) for each in (A, B)]
        scale, zero = scale_of(*self.range_of(step.out.name))
        first, further = (
            np.broadcast_to(by * size / scale, out.size)
            for by, size in zip((np.ones(1), learned[0]), sizes, strict=True)
        )
        multipliers, shift = multipliers_of([first, further], 2)
        tables = np.rint(np.stack([A / sizes[0], B / sizes[1]]))
        numbers = {
            "tables": self.constant(f"table_{step.out.name}", tables, "int16"),
            "first": self.constant(f"first_{step.out.name}", short(multipliers[0]), "int32"),
            "multiplier": self.constant(f"multiplier_{out.name}", short(multipliers[1]), "int32"),
            "shift": self.constant(f"shift_{out.name}", short(shift), "int8"),
        }
        self.add(ByLine(out=out, x=given.q, zero=int(zero[0]), note=step.note, **numbers))
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


def with_learned(step: Elementwise, value: float) -> Elementwise:
    """The formula of one unit with a number in place of what was learned."""
    number = Constant("learned", np.array([value]))
    inputs = tuple(number if isinstance(one, Constant) else one for one in step.inputs)
    return replace(step, inputs=inputs)


def tables_of(entries: Array) -> Array:
    """A table (n, 256) for each unit, or one (1, 256) where they are the same."""
    return entries[:, :1].T if (entries == entries[:, :1]).all() else entries.T
