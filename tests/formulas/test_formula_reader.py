"""What the reader understands of a formula's source: names in modules, loops over numbers, formulas in formulas."""
# mypy: disable-error-code="attr-defined, call-arg, misc"

import numpy as np
import pytest

import glassnet as gn
from glassnet.formulas import elementary
from glassnet.formulas.syntax.expressions import VECTOR, Assignment, Number, Reduction, Steps, Variable
from glassnet.formulas.syntax.reader import Untranslatable, read

WEIGHTS = (0.5, 0.25, 2.0)


def of_vector(function):
    return read(function, {"z": Variable(VECTOR, "z")})


def names(steps: Steps):
    return [step.name for step in steps.steps if isinstance(step, Assignment)]


def summed(z):
    total = 0.0 * z
    for weight in WEIGHTS[1:]:
        total = total + weight * z
    return total * WEIGHTS[0]


def by_module(z):
    return gn.activations.minimum(z, 1.0) * np.pi + gn.activations.SELU_SCALE


def twice(z):
    return elementary.logsumexp(z) - elementary.logsumexp(2.0 * z) + z


def test_a_loop_over_numbers_is_read_turn_by_turn():
    found = of_vector(summed)
    assert len(names(found)) == 3
    numbers = [step.value.right.left.value for step in found.steps[1:]]
    assert numbers == [0.25, 2.0]


def of_parts(z, *parts):
    total = 0.0 * z
    for first, second in zip(parts[::2], parts[1::2], strict=True):
        total = total + elementary.row_sum(first * z) * second
    return total


def of_uneven(z, *parts):
    total = z
    for first, second in zip(parts, parts[2:], strict=False):
        total = total + first * second
    return total


def test_a_loop_over_arguments_is_read_turn_by_turn():
    parts = [Variable(VECTOR, f"part{k}") for k in range(4)]
    found = read(of_parts, {"z": Variable(VECTOR, "z")}, several={"parts": parts})
    assert len(names(found)) == 3
    assert [step.of.left.name for step in found.steps if isinstance(step, Reduction)] == ["part0", "part2"]
    with pytest.raises(Untranslatable, match="lists of different lengths"):
        read(of_uneven, {"z": Variable(VECTOR, "z")}, several={"parts": parts})


def test_names_in_modules_of_modules_are_read():
    (result,) = of_vector(by_module).results
    assert isinstance(result.right, Number)
    assert (result.left.left.name, result.left.right.value, result.right.value) == (
        "minimum", np.pi, gn.activations.SELU_SCALE,
    )  # fmt: skip


def test_no_name_is_given_twice():
    for function in (summed, twice, elementary.erf):
        variable = {"erf": "x"}.get(function.__name__, "z")
        found = names(read(function, {variable: Variable(VECTOR, variable)}))
        assert len(found) == len(set(found))


def keyword(z):
    return gn.activations.clip(z, low=-1.0, high=1.0)


def changing(z):
    for weight in WEIGHTS:
        if weight > 1:
            z = z * weight
    return z


def of_a_list(z):
    for weight in [1.0, 2.0]:
        z = z * weight
    return z


def beyond(z):
    return z * WEIGHTS[7]


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (keyword, "has keyword arguments"),
        (changing, "is more than assignments"),
        (of_a_list, "is not a tuple of numbers of the module"),
        (beyond, r"'WEIGHTS\[7\]' is not a number of the module"),
    ],
)
def test_what_is_not_understood_is_named(function, message):
    with pytest.raises(Untranslatable, match=message):
        of_vector(function)
