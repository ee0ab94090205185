"""The steps that a model consists of at prediction: what happens to one row, in order, without any layer left.

Each step gives an `out`, some numbers (or texts) of a row. Computations are in the number type of their `out`.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any

from glassnet.formulas.elementary import Array
from glassnet.formulas.syntax.expressions import Reduction, Steps

Classes = tuple[str | int | float | bool, ...]


@dataclass(frozen=True)
class Value:
    """What a step gives for a row: so many numbers of a type, "float32" or "float64"."""

    name: str
    size: int
    dtype: str


@dataclass(frozen=True, eq=False)
class Constant:
    """Numbers that training found, flat or in rows, by a name that no other constant and no value has."""

    name: str
    array: Array


@dataclass(frozen=True, eq=False)
class Formula:
    """A formula as it was read, its settings put in: from its parameters, in order, to one number for each entry.

    `name` is an identifier that no other formula of the program has; `note` is the formula as its docstring writes it.
    """

    name: str
    note: str
    parameters: tuple[str, ...]
    read: Steps
    dtype: str

    @property
    def by_rows(self) -> bool:
        """Whether something is reduced over the row, so that an entry is not computed by itself."""
        return any(isinstance(step, Reduction) for step in self.read.steps)


@dataclass(frozen=True, eq=False, kw_only=True)
class Step:
    """A step; `note` says in a line what it is, such as the layer that begins here, or nothing."""

    out: Value
    note: str = ""


@dataclass(frozen=True, eq=False, kw_only=True)
class Row(Step):
    """The numbers of a row as they come in: the input of a network."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Product(Step):
    """Out = x W + b, with W of shape (x.size, out.size); b may be None."""

    x: Value
    W: Constant
    b: Constant | None


@dataclass(frozen=True, eq=False, kw_only=True)
class GroupedProduct(Step):
    """out[g, k] = Σ_f x[g, f] W[g, f, k] + b[g, k]: a product for each group of entries."""

    x: Value
    W: Constant
    b: Constant


@dataclass(frozen=True, eq=False, kw_only=True)
class SharedProduct(Step):
    """out[g, k] = Σ_f x[g, f] W[f, k] + b[k]: the same product for each group of entries; b may be None."""

    x: Value
    W: Constant
    b: Constant | None
    groups: int


@dataclass(frozen=True, eq=False, kw_only=True)
class Elementwise(Step):
    """A formula, entry by entry; what it reduces over a row is reduced over each `span` entries, usually all."""

    formula: Formula
    inputs: tuple[Value | Constant, ...]
    span: int


@dataclass(frozen=True, eq=False, kw_only=True)
class Take(Step):
    """Chosen entries of x in an order; an entry may come again."""

    x: Value
    places: tuple[int, ...]


@dataclass(frozen=True, eq=False, kw_only=True)
class Join(Step):
    """The entries of several values side by side."""

    parts: tuple[Value, ...]


@dataclass(frozen=True, eq=False, kw_only=True)
class Sort(Step):
    """The entries of x in rising order."""

    x: Value


@dataclass(frozen=True, eq=False, kw_only=True)
class Lookup(Step):
    """For each entry of x, rounded and kept within the table, that row of the table; the rows side by side."""

    x: Value
    table: Constant


@dataclass(frozen=True, eq=False, kw_only=True)
class Convert(Step):
    """The same numbers in another type."""

    x: Value


@dataclass(frozen=True, eq=False, kw_only=True)
class NumberInput(Step):
    """A column of numbers in float64, NaN where a value is missing or infinite.

    `kind` is "number", "boolean" (0 and 1), "date" (days since 1970-01-01) or "time" (part of a day); `form` says how
    texts of the column are read, see `tables/values/text_format.py`, where a target reads texts.
    """

    column: str
    kind: str
    form: Mapping[str, Any]


@dataclass(frozen=True, eq=False, kw_only=True)
class LevelInput(Step):
    """A column of texts as the place of its level: `places` of known texts, else `unknown`, or `missing`.

    A text is missing if in small letters and without blanks around it one of `marks`; without marks, texts stay as they
    are. `gone` are the numbers that stand for a missing value, where numbers may come in the place of texts.
    """

    column: str
    places: Mapping[str, int]
    unknown: int
    missing: int
    marks: tuple[str, ...]
    gone: tuple[float, ...] = ()


@dataclass(frozen=True, eq=False, kw_only=True)
class FillMissing(Step):
    """The numbers of x, where NaN the given one of `values`."""

    x: Value
    values: Constant


@dataclass(frozen=True, eq=False, kw_only=True)
class IsMissing(Step):
    """1 where x is NaN, else 0."""

    x: Value


Input = Row | NumberInput | LevelInput


@dataclass(frozen=True, eq=False)
class Outputs:
    """What a program gives: `value`, which are probabilities where there are `classes`, else numbers.

    With a `threshold` a row counts as the second of two classes from this probability on, else as the most probable.
    `interval` holds the two ends around a number, where the model has learned them, with a probability of `coverage`.
    """

    value: Value
    classes: Classes = ()
    threshold: float | None = None
    interval: Value | None = None
    coverage: float | None = None
    target: str = ""


@dataclass(frozen=True)
class Part:
    """Some of the numbers of a row, or of its outputs, by name: their shape, and in words what they are.

    `columns` names those of a part with a column each.
    """

    name: str
    shape: tuple[int, ...]
    says: str
    columns: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """How many numbers it holds."""
        return math.prod(self.shape)


@dataclass(frozen=True, eq=False)
class Program:
    """A model at prediction: its steps in order, what comes out, and what is told of it in a header.

    `dtype` is the number type of the network's steps; those of a table's numbers are in float64 whatever it is.
    With `bits`, outputs are whole numbers in parts of 2^-bits. A forecaster's row is made of parts: `takes` come in one
    after the other, and `gives` go out; `time` is the column whose stamps rise from row to row of its series, if known.
    """

    steps: tuple[Step, ...]
    outputs: Outputs
    dtype: str
    title: str
    input_shape: tuple[int, ...]
    about: Mapping[str, Any] = field(default_factory=dict)
    bits: int | None = None
    takes: tuple[Part, ...] = ()
    gives: tuple[Part, ...] = ()
    time: str = ""

    @property
    def inputs(self) -> tuple[Input, ...]:
        """The steps that take what comes in: one row of numbers, or a column each."""
        return tuple(step for step in self.steps if isinstance(step, Row | NumberInput | LevelInput))

    @property
    def columns(self) -> "tuple[NumberInput | LevelInput, ...]":
        """The inputs of a table, a column each."""
        return tuple(step for step in self.steps if isinstance(step, NumberInput | LevelInput))

    @property
    def of_table(self) -> bool:
        """Whether columns come in by name."""
        return not any(isinstance(step, Row) for step in self.steps)

    @property
    def formulas(self) -> tuple[Formula, ...]:
        """The formulas that are used, each once."""
        return tuple({step.formula: None for step in self.steps if isinstance(step, Elementwise)})

    @property
    def constants(self) -> tuple[Constant, ...]:
        """All numbers that training found, each array once."""
        return tuple(dict.fromkeys(c for step in self.steps for c in constants_of(step)))

    @property
    def n_parameters(self) -> int:
        """How many numbers the constants hold."""
        return sum(constant.array.size for constant in self.constants)

    @property
    def n_bytes(self) -> int:
        """How many bytes the constants take in memory."""
        return sum(constant.array.nbytes for constant in self.constants)

    @property
    def n_products(self) -> int:
        """Multiply-adds for a row."""
        found = [(step, W) for step in self.steps if isinstance(W := getattr(step, "W", None), Constant)]
        return sum(W.array.size * getattr(step, "groups", 1) for step, W in found)


def inputs_of(step: Step) -> tuple[Value, ...]:
    """The values that a step reads."""
    found = [getattr(step, "x", None), *getattr(step, "parts", ()), *getattr(step, "inputs", ())]
    return tuple(each for each in found if isinstance(each, Value))


def constants_of(step: object) -> Iterator[Constant]:
    """The constants that a step reads, in the order of its fields."""
    for each in fields(step):  # type: ignore[arg-type]
        value = getattr(step, each.name)
        for one in value if isinstance(value, tuple) else (value,):
            if isinstance(one, Constant):
                yield one
            elif is_dataclass(one) and not isinstance(one, Value | Formula):
                yield from constants_of(one)
