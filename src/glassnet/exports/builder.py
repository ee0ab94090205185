"""A program while it is made: values, constants and formulas get their names, steps follow each other."""

import inspect
import re
from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any, TypeVar

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.exports.notes import formula_line
from glassnet.exports.program import Constant, Elementwise, Formula, Input, Outputs, Step, Value, inputs_of
from glassnet.exports.resolving import resolved
from glassnet.formulas.elementary import Array
from glassnet.formulas.registry import is_number
from glassnet.formulas.syntax.expressions import SCALAR, VECTOR, Steps, Variable
from glassnet.formulas.syntax.reader import Untranslatable, read

TAKEN = ("row", "rows", "columns", "out", "ends", "value")  # names around the steps, in one target or another
Given = Value | Constant | float
Made = TypeVar("Made", bound=Step)


class Builder:
    """Collects the steps of a program whose networks compute in `dtype`.

    `bounds` is the number type whose largest exponent formulas keep to: that of the network, or a smaller one.
    """

    def __init__(self, dtype: str, bounds: str):
        self.dtype, self.bounds = dtype, np.dtype(bounds)
        self.steps: list[Step] = []
        self.names: set[str] = {*TAKEN}
        self.formulas: dict[Any, Formula] = {}
        self.formula_names: set[str] = set()
        self.heading = ""
        self.present: Value | None = None  # 1 for each step of a sequence and 0 for padding, where that is known

    def add(self, step: Made) -> Value:
        """Append a step; the first one after a heading has it as its note."""
        if self.heading and not step.note:
            object.__setattr__(step, "note", self.heading)
        self.heading = ""
        self.steps.append(step)
        return step.out

    def steps_to(self, outputs: Outputs) -> tuple[Step, ...]:
        """The inputs, and the steps that the outputs need: not where padding is, if nothing asks for it.

        The note of a step that goes is that of the next, which begins the same layer then.
        """
        needed, kept = {outputs.value, outputs.interval}, []
        for step in reversed(self.steps):
            if isinstance(step, Input) or step.out in needed:
                needed |= {*inputs_of(step)}
                kept.append(step)
            elif step.note and kept and not kept[-1].note:
                object.__setattr__(kept[-1], "note", step.note)
        return tuple(reversed(kept))

    def value(self, name: str, size: int, dtype: str | None = None) -> Value:
        """A new value of so many numbers."""
        return Value(fresh(name, self.names), size, dtype or self.dtype)

    def constant(self, name: str, array: Array, dtype: str | None = None) -> Constant:
        """Numbers of the model in the program's type."""
        with np.errstate(over="ignore"):  # too large for float32 is infinite there, and refused
            found = np.array(array, dtype or self.dtype)
        if not np.isfinite(found).all():
            raise InvalidInput(f"the model's {name} holds numbers that are not finite in {found.dtype}.")
        return Constant(fresh(name, self.names), found)

    def apply(
        self, function: Callable[..., Any], given: Mapping[str, Given], name: str, span: int | None = None
    ) -> Value:
        """A formula, a function or a method of a description, of what is given; the result is called `name`."""
        inputs = {key: one for key, one in given.items() if not is_number(one)}
        first = next(one for one in inputs.values() if isinstance(one, Value))
        formula = self.formula(function, given, first.dtype)
        out = self.value(name, first.size, first.dtype)
        several: Any = tuple(inputs[key] for key in formula.parameters)
        return self.add(Elementwise(out=out, formula=formula, inputs=several, span=span or first.size))

    def formula(self, function: Callable[..., Any], given: Mapping[str, Given], dtype: str) -> Formula:
        """The formula that a function is; the same one as before where it was asked for."""
        owner, numbers = getattr(function, "__self__", None), {k: v for k, v in given.items() if is_number(v)}
        key = (getattr(function, "__func__", function), repr(owner), tuple(numbers.items()), dtype)
        if key not in self.formulas:
            parameters = tuple(name for name in given if name not in numbers)
            steps = self.read(function, given, numbers, dtype)
            name = fresh(name_of(function), self.formula_names)
            self.formulas[key] = Formula(name, formula_line(owner or function), parameters, steps, dtype)
        return self.formulas[key]

    def formula_of(self, steps: Steps, parameters: tuple[str, ...], dtype: str, name: str) -> Formula:
        """A formula by its steps; the same one as before where it was made."""
        key = (repr(steps), parameters, dtype)
        if key not in self.formulas:
            self.formulas[key] = Formula(fresh(name, self.formula_names), "", parameters, steps, dtype)
        return self.formulas[key]

    def read(
        self, function: Callable[..., Any], given: Mapping[str, Given], numbers: Mapping[str, float], dtype: str
    ) -> Steps:
        """The steps of a formula; a formula that cannot be read is refused in one sentence."""
        owner = getattr(function, "__self__", None)

        def setting(path: str) -> float:
            value: Any = reduce(getattr, path.split("."), owner)
            if isinstance(value, bool) or not is_number(value):
                raise Untranslatable(f"self.{path} is not a finite number")
            return float(value)

        bounds = np.dtype(np.float32) if "float32" in (dtype, self.bounds.name) else self.bounds
        try:
            variables = {
                own: Variable(SCALAR if name in numbers else VECTOR, name)
                for own, name in zip(inspect.signature(function).parameters, given, strict=True)
            }
            entry = next(each for each in variables.values() if each.kind == VECTOR)
            return resolved(read(function, variables), numbers, setting, bounds, entry)
        except (Untranslatable, ArithmeticError, ValueError) as error:
            what = type(owner).__name__ if owner is not None else name_of(function)
            raise InvalidInput(
                f"{what} cannot be exported: {str(error).rstrip('.')}; a formula that is exported is made of "
                "assignments, arithmetic and elementary functions, see docs/extending.md."
            ) from error


def name_of(function: Callable[..., Any]) -> str:
    """What a formula is called: by the name of the object whose value it is, or by its own."""
    owner = getattr(function, "__self__", None)
    name = getattr(owner, "name", None) or getattr(function, "__name__", "formula")
    return identifier(str(name))


def identifier(name: str) -> str:
    """A name of ASCII letters, digits and underscores that begins with a letter.

    >>> identifier("größe (m²)"), identifier("1st"), identifier("年")
    ('gr__e__m__', 'x1st', 'x_')
    """
    plain = re.sub(r"[^0-9A-Za-z_]", "_", name)
    return plain if re.match(r"[A-Za-z]", plain) else f"x{plain}"


def fresh(name: str, taken: set[str]) -> str:
    """The name, or with a number behind it where it is taken; it is taken from now on."""
    found, number = name, 2
    while found in taken:
        found, number = f"{name}_{number}", number + 1
    taken.add(found)
    return found
