"""The compiled elementary functions: right to the last bits over the whole range, and vector instructions in a loop."""

import os
import re
import subprocess
import sys
from functools import cache

import numpy as np
import pytest

numba = pytest.importorskip("numba")
special = pytest.importorskip("scipy.special")

from glassnet.engine.compiled.math.elementary import FUNCTIONS  # noqa: E402
from glassnet.formulas import elementary as formulas  # noqa: E402

SMOOTH = ["arctan", "cos", "erf", "exp", "expm1", "log", "log1p", "sin", "sqrt", "tanh"]
FARTHEST = {"cos": (1e5, 1e9), "sin": (1e5, 1e9)}  # what float32 and float64 are right up to
UNARY = [*SMOOTH, "abs", "sign", "step"]
TYPES = pytest.mark.parametrize("kind", [np.float32, np.float64], ids=["float32", "float64"])
TRUE = {name: getattr(np, name) for name in SMOOTH if name != "erf"} | {"erf": special.erf}


@cache
def compiled(name, kind):
    """A plain loop over an array."""
    function = FUNCTIONS[kind][name]

    @numba.njit(error_model="numpy")
    def loop(x, out):
        for i in range(x.size):
            out[i] = function(x[i])

    return loop


@cache
def compiled_pair(name, kind):
    function = FUNCTIONS[kind][name]

    @numba.njit(error_model="numpy")
    def loop(a, b, out):
        for i in range(a.size):
            out[i] = function(a[i], b[i])

    return loop


def run(name, x):
    out = np.empty_like(x)
    compiled(name, x.dtype.type)(x, out)
    return out


def ulps(got, true):
    """The error in units of the last place of the true result; infinite where one is inf or NaN and the other not."""
    with np.errstate(over="ignore", invalid="ignore"):
        near = true.astype(got.dtype)
        ordinary = np.isfinite(near) & np.isfinite(got)
        same = (got == near) | (np.isnan(got) & np.isnan(near))
        error = np.abs(got.astype(true.dtype) - true) / np.spacing(np.abs(near)).astype(true.dtype)
    return np.where(ordinary, error, np.where(same, 0, np.inf))


@cache
def all_magnitudes_32():
    """Every 1024th float32, a million at random, and the neighbours of every edge: 5 million in all."""
    rng = np.random.default_rng(0)
    edges = np.array(
        [88.72284, 89, -87.33655, -103.97208, -104, 1, 0.5, 2, 0.55, 2**-126, 9.5, 4, -18, 0.34657], dtype=np.float32
    )
    near = edges.view(np.uint32)[:, None] + np.arange(-500, 500)
    bits = [np.arange(0, 2**32, 1024), rng.integers(0, 2**32, 10**6), near.ravel(), near.ravel() ^ 2**31]
    return np.concatenate(bits).astype(np.uint32).view(np.float32)


@cache
def magnitudes_64(name):
    """20,000 float64 of all magnitudes, where the function changes, and near the edges of its pieces."""
    rng = np.random.default_rng(1)
    edges = np.array(
        [709.78, 710, -708.4, -745.13, -746, 1, 0.5, 2, 0.55, 20, 6, -38, 0.34657, 2.0**-1022, 5e-324, 1e308]
    )
    x = np.concatenate([
        rng.integers(0, 2**64, 4000, dtype=np.uint64).view(np.float64),
        rng.choice([-1, 1], 4000) * np.exp(rng.uniform(-40, 7, 4000)),
        rng.normal(size=6000),
        rng.uniform(-746, 710, 3000),
        1 + rng.normal(size=2000) * np.exp(rng.uniform(-30, 0, 2000)),
        np.multiply.outer(edges, 1 + np.arange(-32, 32) * 2.0**-52).ravel(),
    ])  # fmt: skip
    x = x[np.isfinite(x)]
    domain = {"log": x > 0, "sqrt": x > 0, "log1p": x > -1}.get(name, np.ones(x.size, dtype=bool))
    return np.where(domain, x, np.abs(x))


@pytest.mark.parametrize("name", SMOOTH)
def test_float32_is_right_to_2_units_of_the_last_place_everywhere(name):
    x = all_magnitudes_32()
    x = x[np.abs(x) <= FARTHEST[name][0]] if name in FARTHEST else x
    with np.errstate(all="ignore"):
        true = TRUE[name](x.astype(np.float64))
    error = ulps(run(name, x), true)
    worst = error.argmax()
    assert error[worst] <= 2, (x[worst], error[worst])


def exact_rest(mpmath, name, x, got):
    """The true value less the one got, rounded once."""
    exact = getattr(mpmath, {"arctan": "atan"}.get(name, name))
    with mpmath.workdps(60):
        return float(exact(mpmath.mpf(x)) - mpmath.mpf(got))


@pytest.mark.parametrize("every", [25, pytest.param(1, marks=pytest.mark.long)])
@pytest.mark.parametrize("name", SMOOTH)
def test_float64_is_right_to_4_units_of_the_last_place_everywhere(name, every):
    mpmath = pytest.importorskip("mpmath")
    x = magnitudes_64(name)[::every].copy()  # in one piece, as another loop is compiled for strides
    x = x[np.abs(x) <= FARTHEST[name][1]] if name in FARTHEST else x
    got = run(name, x)
    overflows = (x > 709.782712893384) & (name in ("exp", "expm1"))
    assert np.array_equal(np.isinf(got), overflows)
    x, got = x[~overflows], got[~overflows]
    rest = np.array([exact_rest(mpmath, name, *pair) for pair in zip(x.tolist(), got.tolist(), strict=True)])
    error = np.abs(rest) / np.spacing(np.abs(got))
    worst = error.argmax()
    assert error[worst] <= 4, (x[worst], error[worst])


@TYPES
@pytest.mark.parametrize("name", UNARY)
def test_zero_infinity_and_nan_give_what_numpy_gives(name, kind):
    x = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, -np.nan, -1, 1, -2], dtype=kind)
    with np.errstate(all="ignore"):
        true = getattr(formulas, name)(x.astype(np.float64)) if name != "erf" else special.erf(x)
    got = run(name, x)
    assert np.allclose(got, true, rtol=1e-6, atol=0, equal_nan=True)
    if name in ("arctan", "erf", "sqrt", "tanh"):
        assert np.array_equal(np.signbit(got[:2]), [False, True])


@pytest.mark.parametrize("name", ["cos", "sin"])
def test_float32_is_right_beside_multiples_of_a_quarter_turn(name):
    turns = np.arange(-60_000, 60_000) * (np.pi / 2)
    near = turns[:, None] * (1 + np.arange(-3, 4) * 2.0**-23)
    x = near[np.abs(near) < FARTHEST[name][0]].astype(np.float32)
    error = ulps(run(name, x), TRUE[name](x.astype(np.float64)))
    assert error.max() <= 2, (x[error.argmax()], error.max())


@TYPES
def test_angles_too_large_to_be_told_apart_count_as_0(kind):
    x = np.array([1.1 * FARTHEST["sin"][kind is np.float64], -1e30, np.finfo(kind).max], kind)
    assert run("sin", x).tolist() == [0, 0, 0]
    assert run("cos", x).tolist() == [1, 1, 1]


@TYPES
def test_results_below_the_normal_numbers_are_rounded_once(kind):
    low = np.log(np.finfo(kind).smallest_subnormal.astype(np.longdouble)).astype(np.float64)
    x = np.linspace(low - 1, np.log(np.finfo(kind).tiny), 5000, dtype=kind)
    true = np.exp(x.astype(np.longdouble)) if kind == np.float64 else np.exp(x.astype(np.float64))
    error = np.abs(run("exp", x).astype(true.dtype) - true) / np.finfo(kind).smallest_subnormal.astype(true.dtype)
    assert error.max() <= (1 if np.finfo(np.longdouble).nmant > 60 or kind == np.float32 else 2)


@TYPES
@pytest.mark.parametrize("name", ["abs", "sign", "step"])
def test_piecewise_functions_are_exact(name, kind):
    x = np.random.default_rng(2).normal(size=1000).astype(kind)
    assert np.array_equal(run(name, x), getattr(formulas, name)(x))


@TYPES
@pytest.mark.parametrize("name", ["maximum", "minimum"])
def test_the_larger_and_the_smaller_are_numpys_and_keep_nan(name, kind):
    values = np.array([-np.inf, -1.5, -0.0, 0.0, 2, np.inf, np.nan], dtype=kind)
    a, b = (grid.ravel() for grid in np.meshgrid(values, values))
    out = np.empty_like(a)
    compiled_pair(name, kind)(a, b, out)
    assert np.array_equal(out, getattr(np, name)(a, b), equal_nan=True)


@TYPES
def test_where_and_clip_choose_as_numpy_does(kind):
    where, clip = FUNCTIONS[kind]["where"], FUNCTIONS[kind]["clip"]

    @numba.njit
    def loop(x, chosen, clipped):
        for i in range(x.size):
            chosen[i] = where(x[i] > 0, x[i], -x[i])
            clipped[i] = clip(x[i], kind(-1), kind(1))

    x = np.array([-3, -0.5, 0, 0.5, 3, np.inf, np.nan], dtype=kind)
    chosen, clipped = np.empty_like(x), np.empty_like(x)
    loop(x, chosen, clipped)
    assert np.array_equal(chosen, np.where(x > 0, x, -x), equal_nan=True)
    assert np.array_equal(clipped, np.clip(x, -1, 1), equal_nan=True)


@TYPES
@pytest.mark.parametrize("name", UNARY)
def test_a_plain_loop_becomes_vector_instructions_and_calls_no_library(name, kind):
    x = np.ones(4, dtype=kind)
    run(name, x)
    (code,) = compiled(name, kind).inspect_llvm().values()
    word = "float|i32" if kind == np.float32 else "double|i64"  # a number whose sign is set is stored as its bits
    assert re.search(rf"store <\d+ x ({word})>", code)
    assert not re.search(r"call (float|double) @(?!llvm\.)", code)


@TYPES
@pytest.mark.parametrize("name", ["maximum", "minimum"])
def test_a_plain_loop_over_pairs_becomes_vector_instructions(name, kind):
    x = np.ones(4, dtype=kind)
    compiled_pair(name, kind)(x, x, x.copy())
    (code,) = compiled_pair(name, kind).inspect_llvm().values()
    assert re.search(rf"store <\d+ x {'float' if kind == np.float32 else 'double'}>", code)


@TYPES
def test_every_function_that_formulas_use_is_there(kind):
    reductions = {"Array", "logsumexp", "row_max", "row_sum", "row_total", "softplus"}
    assert set(FUNCTIONS[kind]) == set(formulas.__all__) - reductions


def test_a_whole_number_is_refused_with_one_sentence():
    exp = FUNCTIONS[np.float32]["exp"]
    with pytest.raises(numba.TypingError, match=r"take float32 or float64, got int64"):
        exp(1)


@pytest.mark.long
def test_what_calls_them_can_be_cached_on_disk(tmp_path):
    (tmp_path / "caller.py").write_text("""
import numba, numpy as np
from glassnet.engine.compiled.math.elementary import FUNCTIONS
T = np.float32
tanh, log1p = FUNCTIONS[T]["tanh"], FUNCTIONS[T]["log1p"]

@numba.njit(cache=True)
def loop(x):
    for i in range(x.size):
        x[i] = tanh(log1p(x[i]))

@numba.cfunc("void(CPointer(float32), int64)", cache=True)
def pointer(x, n):
    for i in range(n):
        x[i] = tanh(x[i])

x = np.ones(3, T)
loop(x)
print(sum(loop.stats.cache_hits.values()), pointer.cache_hits, *x)
""")
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    command = [sys.executable, "caller.py"]
    first, second = (
        subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
        ).stdout.split()
        for _ in range(2)
    )
    assert first[:2] == ["0", "0"]
    assert second[:2] == ["1", "1"]
    assert first[2:] == second[2:]
