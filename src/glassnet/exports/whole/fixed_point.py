"""From a program to one without floating point beyond the scaling of its inputs: activations by tables, whole outputs.

An activation is a table of 256 entries, made from its one formula; a table for each unit where units have learned
numbers of their own. Sums, normalised rows and probabilities have 32 bits; outputs are in parts of 2^-bits.
"""

from dataclasses import replace
from typing import Any

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.exports.program import (
    Convert,
    Elementwise,
    GroupedProduct,
    Join,
    Product,
    Program,
    Sort,
    Step,
    Take,
    Value,
    inputs_of,
)
from glassnet.exports.whole.quantized import (
    MOST,
    NORM_BITS,
    NORM_LIMIT,
    NORM_MOST,
    SHARE_BITS,
    TURN,
    IntegerMultiply,
    IntegerNormalize,
    Wave,
    WideProduct,
    multipliers_of,
)
from glassnet.exports.whole.quantizing import Pending, Ranges, Whole, applied, bounds_of, line_of
from glassnet.exports.whole.recognizing import normalization_of, of_two_values, period, periodic_of, softmax_factor
from glassnet.exports.whole.tabulating import Tabulator
from glassnet.exports.whole.whole_numbers import Shares, Terms, kept, parts_of

FEW_BITS = 15  # of numbers that are normalised, on the rows that ranges are measured on


class FixedPoint(Tabulator):
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
        match step:
            case Product() if step.out.dtype == "float32":
                self.product(step)
            case Product():
                self.combined(step)
            case GroupedProduct():
                self.grouped(step)
            case _ if self.is_front(step) or not inputs_of(step):
                self.add(step)
                self.front.add(step.out.name)
            case Convert():
                for known in (self.held, self.whole):
                    if step.x.name in known:
                        known[step.out.name] = known[step.x.name]
                self.ranges[step.out.name] = self.ranges[step.x.name]
            case Elementwise() if self.elementwise(step):
                pass
            case Take() | Join():
                self.moved(step)
            case Sort():
                bits = self.bits_of(step.x)
                out = self.value(f"whole_{step.out.name}", step.out.size, "int32")
                self.add(replace(step, out=out, x=self.in_32_bits(step.x, bits)))
                self.held[step.out.name] = parts_of(out, bits)
            case _:
                raise InvalidInput(
                    f"{what(step, self.program)} cannot be computed in fixed point: export int8 without it, "
                    "which computes this in float32, or train without this."
                )

    def elementwise(self, step: Elementwise) -> bool:
        """Whether a formula has a whole form: what is folded into others first, a table last."""
        if sum(isinstance(one, Value) for one in step.inputs) == 2:
            return self.of_two(step)
        if step.formula.by_rows:
            return self.of_shares(step) or self.normalized(step)
        return self.waves(step) or self.folded(step) or self.straight(step) or self.by_table(step)

    def of_two(self, step: Elementwise) -> bool:
        """Whether a formula of two values is a sum of them, or their product."""
        found, (x, y) = of_two_values(step), inputs_of(step)
        if found is None:
            return False
        bits = self.bits_of(step.out)
        if isinstance(found, tuple):
            a, b, c = found
            parts = [(self.terms(x), a), (self.terms(y), b)]
            parts = [(Terms(t.x, t.scale * by, t.shift * by), 1.0) for t, by in parts]
            out = self.summed(step.out.name, [part for part, _ in parts], 2.0**-bits, "int32", c * 2.0**bits)
        else:
            own = [min(self.bits_of(one), 24) for one in (x, y)]
            whole = [self.in_32_bits(one, by) for one, by in zip((x, y), own, strict=True)]
            bits = min(bits, sum(own) - 1)
            out = self.value(f"whole_{step.out.name}", step.out.size, "int32")
            self.add(IntegerMultiply(out=out, x=whole[0], y=whole[1], shift=sum(own) - bits))
        self.held[step.out.name] = parts_of(out, bits)
        return True

    def of_shares(self, step: Elementwise) -> bool:
        """Whether a step is a softmax of scores, or one more of its probabilities, by a temperature."""
        given = inputs_of(step)[0]
        before = self.held.get(given.name)
        shares = before if isinstance(before, Shares) else None
        again = shares is not None and (shares.slope, shares.offset, shares.span) == (1.0, 0.0, step.span)
        if again and shares is not None and (factor := softmax_factor(step, True)) is not None:
            self.held[step.out.name] = replace(shares, factor=shares.factor * factor)
            return True
        if (factor := softmax_factor(step, False)) is None:
            return False
        self.held[step.out.name] = Shares(given, factor, step.span)
        return True

    def normalized(self, step: Elementwise) -> bool:
        """Whether a step is a normalisation of the row."""
        if (found := normalization_of(step)) is None or step.span > NORM_MOST:
            return False
        x = inputs_of(step)[0]
        finest = 20 + np.log2(1 / max(found.epsilon, 2.0**-40)) / 2  # so that ε has no more than 60 bits
        bits = int(min(FEW_BITS - self.exponent_of(x), np.floor(finest)))
        out = self.value(f"whole_{step.out.name}", step.out.size, "int32")
        whole, epsilon = self.in_32_bits(x, bits, NORM_LIMIT), round(found.epsilon * 4.0 ** (bits + 8))
        self.add(IntegerNormalize(out=out, x=whole, epsilon=epsilon, span=step.span, note=step.note))
        self.held[step.out.name] = Terms(out, found.gamma / 2**NORM_BITS, found.beta)
        return True

    def waves(self, step: Elementwise) -> bool:
        """Whether a step takes sines of inputs, whose scaling gives the place in one table for all."""
        x = inputs_of(step)[0]
        if (
            x.name not in self.front
            or (found := periodic_of(step, np.maximum(np.abs(self.range_of(x.name)), 1e-3).max())) is None
        ):
            return False
        table = np.rint(MOST * period(found.function, TURN))
        out = self.value(f"q_{step.out.name}", step.out.size, "int8")
        factor = self.constant(f"turns_{x.name}", found.slope * TURN / (2 * np.pi), "float32")
        offset = self.constant(f"offset_{out.name}", found.offset * TURN / (2 * np.pi) + 0.5, "float32")
        shared = self.shared(f"{found.function}_table", table, "int8")
        self.add(Wave(out=out, x=x, factor=factor, offset=offset, table=shared, note=step.note))
        n = step.out.size
        self.whole[step.out.name] = Whole(out, np.full(n, 1 / MOST), np.zeros(n), np.zeros(n))
        return True

    def straight(self, step: Elementwise) -> bool:
        """Whether a formula is a line for each entry, or bounds of what has 32 bits: they need no step."""
        x = inputs_of(step)[0]
        if isinstance(held := self.held.get(x.name), Pending):
            return False
        z = self.grid(x.name)
        found = applied(step, np.broadcast_to(z, (len(z), step.out.size)))
        line = line_of(z, found)
        if line is None:
            ends = bounds_of(z, found)
            if ends is None or not isinstance(held, Terms | Shares):
                return False
            self.held[step.out.name] = self.terms(x)._replace(low=ends[0], high=ends[1])
            return True
        slope, offset = line
        if (
            isinstance(held, Shares)
            and np.ptp(slope) + np.ptp(offset) == 0
            and 0 <= slope[0] <= 2
            and abs(offset[0]) <= 2
        ):
            a, b = float(slope[0]), float(offset[0])
            self.held[step.out.name] = replace(held, slope=held.slope * a, offset=held.offset * a + b)
        elif isinstance(held, Terms | Shares):
            t = self.terms(x)
            self.held[step.out.name] = Terms(t.x, t.scale * slope, t.shift * slope + offset)
        else:
            q = self.in_8_bits(x)
            self.whole[step.out.name] = Whole(q.q, q.scale * slope, q.zero, q.shift * slope + offset)
        return True

    def combined(self, step: Product) -> None:
        """Sums of a network's outputs, such as the mean of a distribution: of a product they are one, too."""
        W, b = step.W.array.astype(float), np.zeros(step.out.size) if step.b is None else step.b.array.astype(float)
        held = self.held.get(step.x.name)
        if isinstance(held, Pending) and not np.isfinite([held.low, held.high]).any():
            own = replace(held, name=step.out.name, W=held.W @ W, b=held.b @ W + b, groups=1, done=None)
            self.held[step.out.name] = own
            return
        t, bits = self.terms(step.x), self.bits_of(step.out)
        factors = W * t.scale[:, np.newaxis] * 2.0**bits
        (whole,), shift = multipliers_of([np.abs(factors).max(axis=0)], len(W))
        whole = np.rint(factors * 2.0**shift)
        out = self.value(f"whole_{step.out.name}", step.out.size, "int32")
        numbers = {
            "W": self.constant(f"wide_{step.W.name}", whole, "int32"),
            "shift": self.constant(f"shift_{out.name}", shift, "int8"),
            "offset": self.constant(f"offset_{out.name}", kept((b + t.shift @ W) * 2.0**bits), "int32"),
        }
        self.add(WideProduct(out=out, x=t.x, note=step.note, **numbers))
        self.held[step.out.name] = parts_of(out, bits)

    def grouped(self, step: GroupedProduct) -> None:
        """A product of each group: one whose weights for other groups are 0."""
        given, (groups, f, k) = self.in_8_bits(step.x), step.W.array.shape
        blocks = np.zeros((groups, f, groups, k))
        blocks[np.arange(groups), :, np.arange(groups)] = step.W.array
        W: Any = blocks.reshape(groups * f, groups * k)
        b, W = step.b.array.ravel().astype(float) + given.shift @ W, W * given.scale[:, np.newaxis]
        self.held[step.out.name] = Pending(given.q, W, b, given.zero, step.out.name, [step], groups=groups)

    def moved(self, step: Take | Join) -> None:
        """Entries in another order, or of several values side by side, each in its own scale."""
        if isinstance(step, Take) and isinstance(self.held.get(step.x.name), Terms | Shares):
            t, places = self.terms(step.x), [*step.places]
            out = self.value(f"whole_{step.out.name}", step.out.size, "int32")
            self.add(replace(step, out=out, x=t.x))
            self.held[step.out.name] = Terms(out, t.scale[places], t.shift[places])
            return
        out = self.value(f"q_{step.out.name}", step.out.size, "int8")
        if isinstance(step, Take):
            x, places = self.in_8_bits(step.x), [*step.places]
            self.add(replace(step, out=out, x=x.q))
            self.whole[step.out.name] = Whole(out, x.scale[places], x.zero[places], x.shift[places])
            return
        parts = [self.in_8_bits(part) for part in step.parts]
        self.add(replace(step, out=out, parts=tuple(part.q for part in parts)))
        scale, zero, shift = (np.concatenate([part[k] for part in parts]) for k in (1, 2, 3))
        self.whole[step.out.name] = Whole(out, scale, zero, shift)

    def output(self, value: Value) -> tuple[Value, int]:
        """The outputs in 32 bits, and how many bits are those after the point."""
        if isinstance(self.held.get(value.name), Shares):
            return self.terms(value).x, SHARE_BITS
        bits = self.bits_of(value)
        return self.in_32_bits(value, bits), bits


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
