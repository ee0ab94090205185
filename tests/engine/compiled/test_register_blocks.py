"""Products in registers give NumPy's, for every size of register, and touch no memory but their own."""

import importlib.util
import sys
from functools import cache
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("numba")

from llvmlite import binding
from numba import njit

from glassnet.engine.compiled.runtime import gradient_loops, register_blocks, registers, transpose, vectors
from glassnet.engine.compiled.runtime import product_loops as native
from glassnet.engine.compiled.runtime.pointers import pointer_f4, pointer_f8

FEATURES = {16: {}, 32: {"avx": True}, 64: {"avx": True, "avx512f": True}}
DTYPES = ["float32", pytest.param("float64", marks=pytest.mark.long)]  # each is compiled
GUARD = 64  # numbers before and behind each array
SIZES = st.integers(1, 70)


@pytest.mark.parametrize("register", FEATURES)
def test_the_size_of_registers_follows_the_processor(register, monkeypatch):
    monkeypatch.setattr(binding, "get_host_cpu_features", lambda: FEATURES[register])
    assert registers.register_bytes() == register


def executed(module: ModuleType, register: int) -> ModuleType:
    """A module made anew from the same file."""
    found = importlib.util.spec_from_file_location(f"{module.__name__}_{register}", str(module.__file__))
    assert found is not None and found.loader is not None
    again = importlib.util.module_from_spec(found)
    found.loader.exec_module(again)
    return again


@cache
def products(register: int) -> Any:
    """The module as on a processor with registers of so many bytes; LLVM splits what this one has not."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(binding, "get_host_cpu_features", lambda: FEATURES[register])
        for module in (registers, vectors, register_blocks, transpose):
            patch.setitem(sys.modules, module.__name__, executed(module, register))
        found: Any = executed(native, register)
        patch.setitem(sys.modules, native.__name__, found)
        found.gradient_sums = executed(gradient_loops, register).gradient_sums
    assert register == 2 * found.STEP
    return found


@cache
def compiled(register: int, dtype: str) -> Any:
    """Both products, called with addresses."""
    module, pointer = products(register), pointer_f4 if dtype == "float32" else pointer_f8
    weighted_sums, gradient_sums = module.weighted_sums, module.gradient_sums

    @njit
    def weighted(x, w, w_i, w_j, z, b, biased, n_inputs, n_units, span, step):
        weighted_sums(
            pointer(x), pointer(w), w_i, w_j, pointer(z), pointer(b), biased, n_inputs, n_units, span, step
        )  # fmt: skip

    @njit
    def samples(x, bases, offsets, x_place, d, d_place, places, g, n_inputs, n_units, span, step):
        gradient_sums(
            pointer(x), bases, offsets, x_place, pointer(d), d_place, places, pointer(g), n_units, n_inputs, n_units,
            span, step,
        )  # fmt: skip

    step = module.STEP * 4 // np.dtype(dtype).itemsize
    return SimpleNamespace(weighted=weighted, samples=samples, step=step)


class Guarded:
    """An array with NaN all around it, which must still be there afterwards."""

    def __init__(self, values: Any, dtype: str):
        values = np.asarray(values, dtype)
        self.memory = np.full(values.size + 2 * GUARD, np.nan, dtype)
        self.array = self.memory[GUARD : GUARD + values.size].reshape(values.shape)
        self.array[...] = values
        self.address = self.array.ctypes.data

    def row(self, low: int) -> int:
        """The address of a row."""
        return self.address + low * self.array.strides[0]

    def is_intact(self) -> bool:
        return bool(np.isnan(self.memory[:GUARD]).all() and np.isnan(self.memory[-GUARD:]).all())


def close(found: Any, expected: Any, n: int) -> None:
    """Sums of n products of numbers of about 1."""
    one = np.finfo(found.dtype).eps
    np.testing.assert_allclose(found, expected, rtol=4 * one, atol=2 * one * (n + 4))


def span_of(made: Any, spans: int) -> int:
    """Some blocks of samples; from 7 on so many that they are packed."""
    return (spans if spans <= 6 else native.FAR // made.step + spans - 6) * made.step


def check_weighted(register: int, dtype: str, n_inputs: int, n_units: int, spans: int, biased: bool, cut: Any) -> None:
    """Z = b + Wᵀ X for the units low … high, all others being left alone."""
    made, rng = compiled(register, dtype), np.random.default_rng(n_inputs + 100 * n_units)
    span, (low, high) = span_of(made, spans), cut
    x, w = Guarded(rng.normal(size=(n_inputs, span)), dtype), Guarded(rng.normal(size=(n_inputs, n_units)), dtype)
    b, z = Guarded(rng.normal(size=n_units), dtype), Guarded(np.full((n_units, span), np.nan), dtype)
    made.weighted(
        x.address, w.address + low * z.array.itemsize, n_units, 1, z.row(low), b.row(low) if biased else w.address,
        int(biased), n_inputs, high - low, span, made.step,
    )  # fmt: skip
    expected = w.array.T.astype(float) @ x.array + (b.array[:, None] if biased else 0.0)
    close(z.array[low:high], expected[low:high], n_inputs)
    assert np.isnan(z.array[:low]).all() and np.isnan(z.array[high:]).all()
    assert all(each.is_intact() for each in (x, w, b, z))


def check_transposed(register: int, dtype: str, n_inputs: int, n_units: int, spans: int, cut: Any) -> None:
    """dX = W dZ for the inputs low … high."""
    made, rng = compiled(register, dtype), np.random.default_rng(n_inputs + 100 * n_units)
    span, (low, high) = span_of(made, spans), cut
    d, w = Guarded(rng.normal(size=(n_units, span)), dtype), Guarded(rng.normal(size=(n_inputs, n_units)), dtype)
    dX = Guarded(np.full((n_inputs, span), np.nan), dtype)
    made.weighted(
        d.address, w.row(low), 1, n_units, dX.row(low), w.row(low), 0, n_units, high - low, span, made.step
    )  # fmt: skip
    close(dX.array[low:high], (w.array.astype(float) @ d.array)[low:high], n_units)
    assert np.isnan(dX.array[:low]).all() and np.isnan(dX.array[high:]).all()
    assert all(each.is_intact() for each in (d, w, dX))


def check_samples(
    register: int, dtype: str, n_inputs: int, n_units: int, spans: int, cut: Any, places: int = 1, told: bool = False
) -> None:
    """dW = Σ X dZᵀ over places for the inputs low … high, which lie side by side, or where tables say."""
    made, rng = compiled(register, dtype), np.random.default_rng(n_inputs + 100 * n_units)
    span, (low, high) = span_of(made, spans), cut
    n_rows = 2 * n_inputs if told else n_inputs
    x = Guarded(rng.normal(size=(places, n_rows, span)), dtype)
    d = Guarded(rng.normal(size=(places, n_units, span)), dtype)
    g = Guarded(np.full((n_inputs, n_units), np.nan), dtype)
    bases, offsets = np.arange(places) * n_rows, np.arange(n_inputs)
    if told:
        bases, offsets = bases[::-1].copy(), np.sort(rng.permutation(n_rows)[:n_inputs])
    tables = (bases.ctypes.data, offsets[low:].ctypes.data) if told else (0, 0)
    start = x.address if told else x.address + low * span * x.array.itemsize
    made.samples(
        start, *tables, n_inputs, d.address, n_units, places, g.row(low), high - low, n_units, span, made.step
    )  # fmt: skip
    order = slice(None, None, -1) if told else slice(None)
    expected = np.einsum("pir,pjr->ij", x.array[order][:, offsets].astype(float), d.array)
    close(g.array[low:high], expected[low:high], span * places)
    assert np.isnan(g.array[:low]).all() and np.isnan(g.array[high:]).all()
    assert all(each.is_intact() for each in (x, d, g))


@st.composite
def shapes(draw: Any) -> Any:
    """(inputs, units, spans, a cut of a number of them)."""
    n_inputs, n_units, spans = draw(SIZES), draw(SIZES), draw(st.integers(1, 9))
    return n_inputs, n_units, spans, draw(st.booleans()), draw(st.floats(0, 1)), draw(st.floats(0, 1))


def cut_of(n: int, a: float, b: float) -> tuple[int, int]:
    """Part of 0 … n, never empty; about a half of all cuts take all."""
    low, high = sorted((int(a * n), int(b * n)))
    return (0, n) if a < 0.5 else (min(low, n - 1), max(high, min(low, n - 1) + 1))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("register", [registers.BYTES])
@given(shape=shapes())
def test_products_of_any_shape_on_this_processor(register, dtype, shape):
    n_inputs, n_units, spans, biased, a, b = shape
    check_weighted(register, dtype, n_inputs, n_units, spans, biased, cut_of(n_units, a, b))
    check_transposed(register, dtype, n_inputs, n_units, spans, cut_of(n_inputs, a, b))
    check_samples(register, dtype, n_inputs, n_units, spans, cut_of(n_inputs, a, b))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("register", sorted(set(FEATURES) - {registers.BYTES}))
@given(shape=shapes())
def test_products_with_the_registers_of_other_processors(register, dtype, shape):
    n_inputs, n_units, spans, biased, a, b = shape
    check_weighted(register, dtype, n_inputs, n_units, spans, biased, cut_of(n_units, a, b))
    check_samples(register, dtype, n_inputs, n_units, spans, cut_of(n_inputs, a, b))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n", [native.DEEP - 1, native.DEEP, native.DEEP + 1, 3 * native.DEEP + 5])
@pytest.mark.parametrize("biased", [True, False])
def test_more_inputs_than_are_taken_together(n, biased, dtype):
    for m in (1, register_blocks.TALL, register_blocks.TALL + 3):
        check_weighted(registers.BYTES, dtype, n, m, 2, biased, (0, m))
        check_transposed(registers.BYTES, dtype, m, n, 3, (0, m))
        check_samples(registers.BYTES, dtype, n, m, 2, (0, n))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("m", [native.PACKED_UNITS - 1, native.PACKED_UNITS + register_blocks.TALL + 3])
def test_more_inputs_and_units_than_are_packed_together(m, dtype):
    n = native.PACKED_DEEP + 5
    check_weighted(registers.BYTES, dtype, n, m, 7, True, (0, m))
    check_transposed(registers.BYTES, dtype, m, n, 8, (0, m))


@pytest.mark.parametrize("dtype", DTYPES)
def test_packed_sums_have_the_bits_of_those_that_are_not_packed(dtype):
    made, rng = compiled(registers.BYTES, dtype), np.random.default_rng(0)
    n, m, far = native.DEEP + 3, register_blocks.TALL + 3, span_of(made, 7)
    x, w, b = (rng.normal(size=size).astype(dtype) for size in ((n, far), (n, m), m))
    near = np.ascontiguousarray(x[:, : 2 * made.step])
    found = [np.zeros((m, each.shape[1]), dtype) for each in (x, near)]
    for each, z in zip((x, near), found, strict=True):
        span = each.shape[1]
        made.weighted(each.ctypes.data, w.ctypes.data, m, 1, z.ctypes.data, b.ctypes.data, 1, n, m, span, made.step)
    np.testing.assert_array_equal(found[0][:, : 2 * made.step], found[1])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("told", [True, False])
@pytest.mark.parametrize("places", [2, gradient_loops.MOST_PLACES + 3])
def test_gradients_are_summed_over_places(places, told, dtype):
    made = compiled(registers.BYTES, dtype)
    for units in (3, made.step, 2 * made.step + 5):
        check_samples(registers.BYTES, dtype, register_blocks.TALL + 7, units, 1, (2, 13), places, told)


@pytest.mark.parametrize("dtype", DTYPES)
def test_more_samples_than_are_turned_or_taken_together(dtype):
    made = compiled(registers.BYTES, dtype)
    spans = gradient_loops.NARROW // made.step
    for units in (2, made.step + 1):
        check_samples(registers.BYTES, dtype, 9, units, spans, (0, 9))


@pytest.mark.parametrize("dtype", DTYPES)
def test_what_is_not_finite_stays_in_its_sample_and_its_unit(dtype):
    made, rng = compiled(registers.BYTES, dtype), np.random.default_rng(0)
    n_inputs, n_units, span = 11, 13, 2 * made.step
    x, w = Guarded(rng.normal(size=(n_inputs, span)), dtype), Guarded(rng.normal(size=(n_inputs, n_units)), dtype)
    z = Guarded(np.zeros((n_units, span)), dtype)
    x.array[4, 5], w.array[3, 7] = np.inf, np.nan
    given = (w.address, n_units, 1, z.address, w.address, 0, n_inputs, n_units, span, made.step)
    made.weighted(x.address, *given)
    finite = np.ones((n_units, span), bool)
    finite[7], finite[:, 5] = False, False
    np.testing.assert_array_equal(np.isfinite(z.array), finite)
