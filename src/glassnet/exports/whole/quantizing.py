"""From a program to one with weights and activations of 8 bits, by the ranges that values have on rows.

Weights have a scale for each output, inputs one for each column, activations one for each layer. What scales or shifts
the outputs of a product, such as a BatchNorm, is folded into its weights. Everything else stays in floating point.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.exports.builder import Builder
from glassnet.exports.evaluating import formula_values
from glassnet.exports.program import (
    Constant,
    Elementwise,
    GroupedProduct,
    LevelInput,
    NumberInput,
    Product,
    Program,
    Row,
    SharedProduct,
    Step,
    Value,
    inputs_of,
)
from glassnet.exports.whole.quantized import LEAST, MOST, IntegerProduct, Quantize, Rescale, multiplier_of
from glassnet.formulas.elementary import Array

Ranges = Mapping[str, tuple[Array, Array]]
MOST_INPUTS = 40_000  # of a unit: more could leave 32 bits
FAR = 1e250  # beyond all numbers, though not infinite in any scale
GRID = np.linspace(-1.0, 1.0, 65)


@dataclass
class Pending:
    """A product that is not yet written down: x W + b, where x are q of 8 bits; kept between two numbers at last."""

    x: Value
    W: Array
    b: Array
    zero: Array  # of x, for each entry: whole numbers
    name: str
    steps: list[Step]  # what gives the same in floating point, from the product on
    low: float = -np.inf
    high: float = np.inf
    done: Value | None = None
    groups: int = 1

    @property
    def size(self) -> int:
        """The number of units."""
        return self.W.shape[1]


class Whole(NamedTuple):
    """A value as whole numbers q, each of which stands for scale · (q − zero) + shift."""

    q: Value
    scale: Array
    zero: Array
    shift: Array


class Quantizer:
    """Goes through the steps of a program in float32, and adds those of another."""

    def __init__(self, program: Program, ranges: Ranges):
        self.program, self.ranges = program, dict(ranges)
        self.made = Builder("float32", "float32")
        self.made.names |= {step.out.name for step in program.steps} | {c.name for c in program.constants}
        self.steps: list[Step] = []
        self.held: dict[str, Any] = {}  # pending products by the names of their values
        self.front: set[str] = set()  # values of inputs alone
        self.whole: dict[str, Whole] = {}

    def add(self, step: Step) -> Value:
        """Append a step."""
        self.steps.append(step)
        return step.out

    def value(self, name: str, size: int, dtype: str) -> Value:
        """A new value."""
        return self.made.value(name, size, dtype)

    def constant(self, name: str, array: Any, dtype: str) -> Constant:
        """New numbers."""
        return Constant(self.made.value(name, 0).name, np.asarray(array).astype(dtype))

    def quantized(self) -> Program:
        """The program of all steps."""
        for step in self.program.steps:
            self.walk(step)
        for value in (self.program.outputs.value, self.program.outputs.interval):
            if value is not None:
                self.floating(value)
        return replace(self.program, steps=tuple(self.steps), dtype="int8")

    def walk(self, step: Step) -> None:
        """Add what a step becomes."""
        given = inputs_of(step)
        if isinstance(step, Product) and step.out.dtype == "float32":
            self.product(step)
        elif isinstance(step, Elementwise) and self.folded(step):
            pass
        else:
            for each in given:
                self.floating(each)
            self.add(step)
            if isinstance(step, Row | NumberInput | LevelInput) or self.is_front(step):
                self.front.add(step.out.name)

    def is_front(self, step: Step) -> bool:
        """Whether a step makes inputs of inputs: nothing of a network has been computed yet."""
        network = isinstance(step, Product | GroupedProduct | SharedProduct) or (
            isinstance(step, Elementwise) and step.out.dtype == "float32"
        )
        return not network and {each.name for each in inputs_of(step)} <= self.front

    def product(self, step: Product) -> None:
        """A product whose inputs are whole."""
        if step.x.size > MOST_INPUTS:
            raise InvalidInput(f"a layer of {step.x.size:,} inputs is too wide for sums of 32 bits.")
        given = self.in_8_bits(step.x)
        b = np.zeros(step.out.size) if step.b is None else step.b.array.astype(float)
        W = step.W.array.astype(float)
        b, W = b + given.shift @ W, W * given.scale[:, np.newaxis]
        self.held[step.out.name] = Pending(given.q, W, b, given.zero, step.out.name, [step])

    def folded(self, step: Elementwise) -> bool:
        """Whether a formula of a pending product has become part of it: a line for each unit, or bounds."""
        values = [each for each in step.inputs if isinstance(each, Value)]
        pending = self.held.get(values[0].name)
        if len(values) != 1 or step.formula.by_rows or not isinstance(pending, Pending):
            return False
        if pending.low > -np.inf or pending.high < np.inf:
            return False
        z = self.grid(pending.name)
        found = applied(step, np.broadcast_to(z, (len(z), pending.size)))
        further = replace(pending, name=step.out.name, steps=[*pending.steps, step], done=None)
        if (line := line_of(z, found)) is not None:
            slope, offset = line
            self.held[step.out.name] = replace(further, W=pending.W * slope, b=pending.b * slope + offset)
            return True
        if (ends := bounds_of(z, found)) is None:
            return False
        self.held[step.out.name] = replace(further, low=ends[0], high=ends[1])
        return True

    def floating(self, value: Value) -> None:
        """Make sure that a value is there as floating point."""
        pending = self.held.get(value.name)
        if not isinstance(pending, Pending) or pending.done is not None:
            return
        pending.done = value
        if pending.low > -np.inf or pending.high < np.inf:  # its last step is what bounds it
            self.floating(pending.steps[-2].out)
            self.add(pending.steps[-1])
            return
        W, b, scale = whole_weights(pending)
        self.integer_product(pending, W, b, self.constant(f"scale_{value.name}", scale, "float32"), value)

    def in_8_bits(self, value: Value) -> Whole:
        """A value in 8 bits."""
        if value.name not in self.whole:
            pending = self.held.get(value.name)
            self.whole[value.name] = self.rescaled(pending) if isinstance(pending, Pending) else self.rounded(value)
        return self.whole[value.name]

    def rounded(self, value: Value) -> Whole:
        """Floating point as 8 bits; each input by its own range, others by that of all."""
        if value.name in self.front:
            low, high = (np.asarray(end, float) for end in self.ranges[value.name])
            width = np.where(high > low, high - low, np.maximum(1.0, np.abs(low)))  # of one number, its own size
            scale = np.maximum(width / (MOST - LEAST), 1e-30)
            zero, shift = np.zeros(value.size), low - LEAST * scale
        else:
            scale, zero = scale_of(*self.range_of(value.name))
            shift = np.zeros(value.size)
        inverse = self.constant(f"inverse_{value.name}", 1.0 / scale, "float32")
        offset = self.constant(f"offset_{value.name}", zero - shift[: len(scale)] / scale + 0.5, "float32")
        out = self.value(f"q_{value.name}", value.size, "int8")
        self.add(Quantize(out=out, x=value, inverse=inverse, offset=offset))
        return Whole(out, np.broadcast_to(scale, value.size), np.broadcast_to(zero, value.size), shift)

    def rescaled(self, pending: Pending) -> Whole:
        """A product as 8 bits, by a whole multiplier and a shift; kept within its bounds on the way."""
        low, high = self.range_of(pending.name)
        scale, zero = scale_of(low, high)
        W, b, sums = whole_weights(pending)
        low_q, high_q = (int(np.clip(np.rint(end / scale[0] + zero[0]), LEAST, MOST)) for end in finite(pending))
        to = self.rescale(sums / scale[0], int(zero[0]), low_q, high_q, pending.name)
        out = self.value(f"q_{pending.name}", pending.size, "int8")
        self.integer_product(pending, W, b, to, out)
        n = pending.size
        return Whole(out, np.broadcast_to(scale, n), np.broadcast_to(zero, n), np.zeros(n))

    def rescale(self, factor: Array, zero: int, low: int, high: int, name: str) -> Rescale:
        """To another scale, by factors for each unit."""
        multiplier, shift = multiplier_of(factor)
        numbers = self.constant(f"multiplier_{name}", multiplier, "int32")
        return Rescale(
            multiplier=numbers, shift=self.constant(f"shift_{name}", shift, "int8"), zero=zero, low=low, high=high
        )

    def integer_product(self, pending: Pending, W: Array, b: Array, to: Any, out: Value) -> None:
        """Add the step of a product."""
        weights = self.constant(f"W_{out.name}", compact(W, pending.groups), "int8")
        biases = self.constant(f"b_{out.name}", b, "int32")
        note = " then ".join(step.note for step in pending.steps if step.note)
        self.add(IntegerProduct(out=out, x=pending.x, W=weights, b=biases, to=to, groups=pending.groups, note=note))

    def grid(self, name: str) -> Array:
        """Numbers (65, 1) around 0 and beyond the range of a value, to see what a formula makes of them."""
        low, high = self.range_of(name)
        return GRID[:, np.newaxis] * 8 * np.maximum(1e-3, np.maximum(-low, high))

    def range_of(self, name: str) -> tuple[Array, Array]:
        """The least and the largest number of all of a value on the rows, 0 among them."""
        low, high = (np.asarray(end, float) for end in self.ranges[name])
        return np.minimum(low.min(keepdims=True), 0), np.maximum(high.max(keepdims=True), 0)


def finite(pending: Pending) -> tuple[float, float]:
    """The bounds as numbers."""
    return max(pending.low, -FAR), min(pending.high, FAR)


def scale_of(low: Array, high: Array) -> tuple[Array, Array]:
    """The scale and the zero of numbers between two ends, 0 among them."""
    scale = np.where(high > low, (high - low) / (MOST - LEAST), 1.0)
    scale = np.maximum(scale, 1e-30)
    return scale, np.clip(np.rint(LEAST - low / scale), LEAST, MOST)


def whole_weights(pending: Pending) -> tuple[Array, Array, Array]:
    """W and b of a product as whole numbers, and the scale of its sums, for each unit."""
    W, b = pending.W, pending.b
    scale = np.maximum(np.abs(W).max(axis=0, initial=0.0) / MOST, np.abs(b) / 2**29)
    scale = np.where(scale > 0, np.maximum(scale, 1e-30), 1.0)
    whole = np.clip(np.rint(W / scale), -MOST, MOST)
    return whole, np.rint(b / scale) - pending.zero @ whole, scale


def compact(W: Array, groups: int) -> Array:
    """The weights of each unit for the entries of its group, (entries of a group, units)."""
    each = W.reshape(groups, len(W) // groups, groups, -1)
    return np.concatenate([each[g, :, g] for g in range(groups)], axis=1)


def bounds_of(z: Array, found: Array) -> tuple[float, float] | None:
    """The two bounds that z (n, 1) was kept within, infinite where there is none; None where it was not."""
    bottom, top = float(found.min()), float(found.max())
    if not np.array_equal(found, np.clip(z, bottom, top) + np.zeros_like(found)):
        return None
    return bottom if bottom > z.min() else -np.inf, top if top < z.max() else np.inf


def line_of(z: Array, found: Array) -> tuple[Array, Array] | None:
    """(slope, offset) for each unit where what was found is a line of z, else None."""
    offset = found[len(z) // 2]
    slope = (found[-1] - found[0]) / (z[-1] - z[0])
    near = np.abs(found - (slope * z + offset)) <= 1e-9 * np.abs(found).max(axis=0, initial=1e-30)
    return (slope, offset) if near.all() else None


def applied(step: Elementwise, z: Array) -> Array:
    """A formula of numbers (n, units) in double precision, with the constants that it has."""

    def of(one: Value | Constant) -> Array:
        return one.array.astype(float) if isinstance(one, Constant) else z

    given = {name: of(one) for name, one in zip(step.formula.parameters, step.inputs, strict=True)}
    with np.errstate(all="ignore"):
        return np.broadcast_to(formula_values(step.formula.read, given), z.shape).astype(float)


def quantized(program: Program, ranges: Ranges) -> Program:
    """The program with products of 8 bits and floating point between layers."""
    return Quantizer(program, ranges).quantized()
