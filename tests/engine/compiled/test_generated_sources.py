"""Generated kernels name what they read of the interpreter's numbers: a wrong place gives silently wrong results."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("numba")

from comparing import registered, trainable  # type: ignore[import-not-found]

from glassnet.engine import compiled
from glassnet.engine.compiled.codegen import (
    gaussian_noise,
    kernels,
    max_norm,
    normalizing,
    periodic,
    piecewise_linear,
    products,
)
from glassnet.engine.compiled.codegen.kernels import Source
from glassnet.engine.compiled.runtime import slots
from glassnet.formulas.activations import Activation
from glassnet.formulas.averages import Average
from glassnet.formulas.losses import Loss
from glassnet.formulas.penalties import Penalty
from glassnet.formulas.update_rules import UpdateRule

LIVE = {"SCALE", "RATE", "STEP", "TOTAL", "DIVISOR", "LOSS", "SUMMANDS", "ADDED", "SHARE"}
INTS = {"WIDTH", "FLAG", "INPUTS", "LOW", "HIGH", "A_STEP"}
NUMBERED = re.compile(r"\b(live|ints)\[\s*-?\d")
FIXED = [
    normalizing.layer_norm, normalizing.layer_norm_back, normalizing.batch_norm, normalizing.batch_norm_back,
    normalizing.batch_norm_in_prediction, periodic.periodic, periodic.periodic_back, gaussian_noise.gaussian_noise,
    max_norm.max_norm, piecewise_linear.piecewise_linear, piecewise_linear.piecewise_linear_back,
]  # fmt: skip


def sources(dtype: str = "float32") -> Iterator[Source]:
    """Kernels of all that glassnet itself defines."""
    yield from (products.source(name, dtype) for name in products.KERNELS)
    yield from (make(dtype) for make in FIXED)
    for name in registered(Activation):
        yield from (make(Activation.of(name), dtype) for make in (kernels.value, kernels.pull_back))
    for name in registered(Penalty):
        yield from (make(Penalty.of(name), dtype) for make in (kernels.penalty_value, kernels.penalty_slope))
    for name in registered(Loss):
        loss = Loss.of(name)
        n_columns = len(loss.columns(sum(getattr(loss, "sizes", ())) or max(2, loss.outputs_per_target())))
        yield from (make(loss, n_columns, dtype) for make in (kernels.loss_value, kernels.loss_gradient))
    yield from (kernels.update(UpdateRule.of(name), dtype, True) for name in trainable(registered(UpdateRule)))
    yield from (kernels.average(Average.of(name), dtype) for name in registered(Average))


def places(text: str) -> Iterator[tuple[str, str]]:
    """(array, index) of what a source reads of the interpreter's numbers."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id in ("live", "ints"):
            yield node.value.id, ast.unparse(node.slice)


def test_generated_kernels_read_by_name() -> None:
    read = {place for source in sources() for place in places(source.text)}
    known = {("live", f"at.{name}") for name in LIVE} | {("ints", f"at.{name}") for name in INTS}
    assert read <= known
    assert {index for array, index in read if array == "live"} >= {"at.SCALE", "at.RATE", "at.STEP", "at.SUMMANDS"}


def test_no_line_that_writes_a_kernel_holds_the_number_of_a_place() -> None:
    for path in Path(compiled.__file__).parent.rglob("*.py"):
        assert not NUMBERED.search(path.read_text()), path


@pytest.mark.parametrize(("names", "size"), [(LIVE, slots.LIVE_SLOTS), (INTS, slots.INT_SLOTS)])
def test_each_name_is_a_place_of_its_own(names: set[str], size: int) -> None:
    assert sorted(getattr(slots, name) for name in names) == list(range(size))


def test_settings_of_products_are_read_by_name() -> None:
    for name, kernel in products.KERNELS.items():
        text = products.source(name, "float32").text
        assert [line.strip() for line in text.splitlines() if "settings[" in line] == [
            f"{setting} = settings[{k}]" for k, setting in enumerate(kernel.settings)
        ]
