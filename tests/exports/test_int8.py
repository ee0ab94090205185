"""Networks of 8 bits in C: whole numbers are exactly those of the reference in Python, and little accuracy is lost."""

import shutil
import sys
from typing import Any

import exported_networks as networks  # type: ignore[import-not-found]
import numpy as np
import polars as pl
import pytest

import glassnet as gn
from glassnet.exports import evaluating
from glassnet.exports.lower_table import program_of_table
from glassnet.exports.lowering import program_of
from glassnet.exports.program import Elementwise, Join, Lookup, Take
from glassnet.exports.registry import TARGETS
from glassnet.exports.running import in_c
from glassnet.exports.running.case import Case, case_of_table
from glassnet.exports.running.check import check
from glassnet.exports.whole.fixed_point import in_fixed_point
from glassnet.exports.whole.quantized import IntegerProduct, Quantize, multiplier_of, normalized
from glassnet.exports.whole.quantizing import quantized
from glassnet.exports.whole.ranges import ranges_of
from glassnet.exports.writing import as_program
from glassnet.formulas.elementary import exp, row_max, row_sum, sqrt

ODD = (np.nan, np.inf, -np.inf, 3e38, -3e38, 0.0, 1e-40)


class Within(gn.activations.Activation):
    """An activation of one's own that is two bounds: those of whole numbers.

    f(z) = min(max(z, −1), 2).
    """

    def value(self, z):
        return gn.activations.minimum(gn.activations.maximum(z, -1.0), 2.0)  # type: ignore[attr-defined]

    def slope(self, z, a):
        return gn.activations.step(z)  # type: ignore[attr-defined]


def needs_gcc():
    if shutil.which("gcc") is None or sys.platform == "win32":
        pytest.skip("gcc is not installed")


def as_int8(net, rows):
    program = program_of(net, "float32")
    return quantized(program, ranges_of(net, program, [rows]))


def in_whole(net, rows):
    program = program_of(net, "float32")
    return in_fixed_point(program, ranges_of(net, program, [rows]))


def written(program, folder, name, rows):
    path = folder / f"{name}.h"
    for place, content in TARGETS["c"].files(program, path).items():
        place.write_bytes(content)
    return Case(program, path, rows)


def with_odd(rows):
    """The rows, and more of them with one value each that no training row had."""
    more = np.repeat(rows[1:2], len(ODD) * rows.shape[1], axis=0).reshape(len(ODD), rows.shape[1], -1)
    for j in range(rows.shape[1]):
        more[:, j, j] = ODD
    return np.concatenate([rows, more.reshape(-1, rows.shape[1])]).astype(np.float32)


@pytest.fixture(scope="module")
def iris():
    return gn.datasets.iris()


@pytest.fixture(scope="module")
def net(iris):
    layers = [gn.Dense(12, "relu"), gn.BatchNorm(), gn.Dropout(0.1), gn.Dense(8, "relu"), gn.Dense(3, "softmax")]
    found = gn.Network(layers, engine="numpy")
    found.fit(iris.X, iris.y, loss="cross_entropy", optimizer=gn.Adam(0.02), epochs=40, seed=0)
    return found


@pytest.fixture(scope="module")
def model():
    recipe = gn.Recipe(hidden=(16,), epochs=20, seed=0, engine="numpy")
    training = gn.TableTraining(gn.datasets.iris().to_polars(), "species", recipe=recipe)
    for _ in training.epochs():
        pass
    return training.model


def test_whole_numbers_are_those_of_the_reference(iris, tmp_path):
    """A network that gives what is whole at the end: a product of 8 bits after the other, and no float between."""
    needs_gcc()
    layers = [gn.Dense(9, "relu"), gn.Dense(7, Within()), gn.Dense(3)]
    deep = networks.drawn(gn.Network(layers, engine="numpy").build(4, seed=0))
    program = as_int8(deep, iris.X)
    kinds = [type(step) for step in program.steps[1:]]
    assert kinds == [Quantize, IntegerProduct, IntegerProduct, IntegerProduct]
    rows = with_odd(iris.X)
    expected = evaluating.run(program, rows)[program.outputs.value.name]
    (found,) = in_c.run_all([written(program, tmp_path, "m", rows)], ("-O0", *in_c.STRICT, *in_c.SANITIZED))
    assert (found.values == expected.astype(float)).all()


def test_a_network_loses_little(net, iris, tmp_path):
    needs_gcc()
    program = as_int8(net, iris.X)
    rows = with_odd(iris.X)
    expected = evaluating.run(program, rows)[program.outputs.value.name]
    (found,) = in_c.run_all([written(program, tmp_path, "m", rows)], ("-O1", *in_c.STRICT, *in_c.SANITIZED))
    np.testing.assert_allclose(found.values, expected, atol=1e-6)  # the exponential is that of the C library
    assert np.isfinite(found.values).all()
    own, of_8_bits = net.predict(iris.X), found.values[: len(iris.X)]
    assert np.abs(own - of_8_bits).max() < 0.1
    assert (of_8_bits.argmax(axis=1) == iris.y).mean() >= (own.argmax(axis=1) == iris.y).mean() - 0.03


def test_a_batch_norm_becomes_part_of_the_weights():
    layers = [gn.Dense(5), gn.BatchNorm(), gn.Activation("relu"), gn.Dense(4, "tanh"), gn.Dense(2)]
    made = networks.drawn(gn.Network(layers, engine="numpy").build(3, seed=0))
    rows = np.random.default_rng(0).normal(size=(50, 3))
    program = as_int8(made, rows)
    kinds = [type(step) for step in program.steps[1:]]
    assert kinds == [Quantize, IntegerProduct, IntegerProduct, Elementwise, Quantize, IntegerProduct]
    found = evaluating.run(program, rows)[program.outputs.value.name]
    assert np.abs(found - made.predict(rows)).max() < 0.03 * np.abs(made.predict(rows)).max()


def test_every_network_comes_near(tmp_path):
    """All layers and activations: whatever is not a product of a Dense layer is computed in float32."""
    needs_gcc()
    cases, expected, own = [], [], {}
    for name, each in networks.networks("float32").items():
        rows = networks.rows_for(name, each, 40)
        program = as_int8(each, rows)
        cases.append(written(program, tmp_path, name, rows))
        expected.append(evaluating.run(program, rows.reshape(len(rows), -1))[program.outputs.value.name])
        own[name] = each.predict(rows).reshape(len(rows), -1)
    for name, found, reference in zip(own, in_c.run_all(cases, ("-O0", *in_c.STRICT)), expected, strict=True):
        size = np.abs(own[name]).max() + 1e-3
        # A step from 0 to 1 falls on another side of it in a few rows.
        assert np.quantile(np.abs(found.values - own[name]), 0.8) < 0.15 * size, name
        # A last bit of a function of the C library may move a number over the edge of a step.
        assert np.quantile(np.abs(found.values - reference), 0.9) < 1e-5 * size, name


def test_a_table_loses_little(model, tmp_path):
    needs_gcc()
    frame = gn.datasets.iris().to_polars()
    path = tmp_path / "flowers.h"
    program = as_program(model, "int8", [frame])
    found = gn.export(model, path, dtype="int8", rows=frame)
    assert (found.dtype, found.n_products) == ("int8", program.n_products)
    assert found.n_bytes < 0.75 * program_of_table(model).n_bytes
    checked = check(model, program, "c", path, [frame[:100], frame[100:].drop("species")])
    assert checked.scores is not None
    own, export = checked.scores
    assert export["accuracy"] >= own["accuracy"] - 0.03
    assert (checked.n_rows, (checked.labels or 0) <= 5, checked.difference < 0.1) == (150, True, True)
    told = checked.lines()
    assert told[-1].startswith("on the rows that have the target: accuracy ")
    assert " by the model, " in told[-1]
    odd = pl.DataFrame({name: [None, float("nan"), float("inf"), -1e300, 1e300] for name in model.encoder.columns})
    case = case_of_table(program, path, model.encoder, odd)
    (given,) = in_c.run_all([case], ("-O0", *in_c.STRICT, *in_c.SANITIZED))
    assert np.isfinite(given.values).all()


def test_numbers_of_a_table_with_intervals(tmp_path):
    needs_gcc()
    frame = gn.datasets.iris().to_polars()
    recipe = gn.Recipe(hidden=(16,), epochs=20, seed=0, engine="numpy")
    training = gn.TableTraining(frame, "petal_length", recipe=recipe, n_ensemble=2)
    for _ in training.epochs():
        pass
    path, program = tmp_path / "length.h", as_program(training.model, "int8", [frame])
    gn.export(training.model, path, dtype="int8", rows=frame)
    checked = check(training.model, program, "c", path, [frame])
    assert checked.scores is not None
    own, export = checked.scores
    assert export["rmse"] < own["rmse"] + 0.1
    assert "rmse " in checked.lines()[-1]
    assert "r2 " in checked.lines()[-1]


class Centred(gn.activations.Activation):
    """An activation of one's own that is a layer normalisation.

    f(z) = (z − mean) / √(variance + 0.01), of each row.
    """

    def value(self, z):
        d = z - row_sum(z) * 0.2
        return d / sqrt(row_sum(d * d) * 0.2 + 0.01)

    def slope(self, z, a):
        return 1.0 + 0.0 * z  # not trained here


class Cold(gn.activations.Activation):
    """An activation of one's own that is a softmax of a negative temperature: large scores have small shares.

    f(z) = e^−2z / Σ e^−2z.
    """

    def value(self, z):
        e = exp(-2.0 * z - row_max(-2.0 * z))
        return e / row_sum(e)

    def slope(self, z, a):
        return 1.0 + 0.0 * z  # not trained here


class Least(gn.activations.Activation):
    """An activation of one's own that no whole numbers are known for: below the largest of the row.

    f(z) = z − max z.
    """

    def value(self, z):
        return z - row_max(z)

    def slope(self, z, a):
        return 1.0 + 0.0 * z  # not trained here


MORE: dict[str, list[gn.Layer]] = {
    "periodic_inside": [gn.Dense(5, "tanh"), gn.PeriodicEmbedding(3, 3, sigma=0.3), gn.Dense(2)],
    "norm_of_inputs": [gn.LayerNorm(), gn.Activation("relu"), gn.LayerNorm(), gn.Activation("softmax")],
    "sums": [gn.Dense(6), gn.Residual(gn.LayerNorm(), gn.Dense(6, "relu")), gn.Residual(gn.Dropout(0.2)), gn.Dense(2)],
    "waves_of_each": [gn.Columns(([0, 1], gn.PeriodicEmbedding(4, 3)), ([2, 3], gn.Scale())), gn.Dense(4, "silu")],
    "softmax_of_softmax": [gn.Dense(5, "softmax"), gn.Activation("softmax"), gn.Scale(), gn.Dense(3, "softmax")],
    "own_norm": [gn.Dense(5, Centred()), gn.Dense(2)],
    "own_softmax": [gn.Dense(5, Cold()), gn.Dense(2)],
}


REFUSED = (
    "l_members",
    "q_rnn",
    "q_gru",
    "q_lstm",
    "q_attention",
    "q_causal",
    "s_masked",
    "s_masked mean",
    "s_unmasked",
    "s_pictures",
    "s_normalised",
    "s_series",
)


def test_layers_of_sequences_pictures_and_members_are_refused_in_fixed_point():
    nets = networks.networks("float32")
    for name in REFUSED:
        with pytest.raises(gn.InvalidInput, match="cannot be computed in fixed point: export int8 without it"):
            in_whole(nets[name], networks.rows_for(name, nets[name], 8))


def test_fixed_point_is_the_reference_bit_by_bit(tmp_path):
    """All layers and activations that there are, on rows with odd numbers too."""
    needs_gcc()
    cases, expected = [], []
    nets = networks.networks("float32")
    for name, layers in MORE.items():
        nets[name] = networks.drawn(gn.Network(layers, engine="numpy").build(networks.N, seed=1))
    for name, each in nets.items():
        if name in REFUSED:
            continue
        rows = networks.rows_for(name, each, 30)
        program = in_whole(each, rows[:-2])
        flat = with_odd(rows.reshape(len(rows), -1))
        cases.append(written(program, tmp_path, name, flat))
        expected.append(evaluating.run(program, flat)[program.outputs.value.name])
        floating = [step for step in program.steps[1:] if step.out.dtype not in ("int8", "int32")]
        assert all(isinstance(step, Take | Join | Lookup) for step in floating), name  # inputs in another order
        text = cases[-1].path.read_text()
        assert "expf(" not in text.replace("tanhf(", "expf("), name
    for case, found, reference in zip(cases, in_c.run_all(cases, ("-O0", *in_c.STRICT)), expected, strict=True):
        assert (found.values * 2**case.program.bits == reference).all(), case.path.stem
        own = nets[case.path.stem].predict(networks.rows_for(case.path.stem, nets[case.path.stem], 30)[:-2])
        own = own.reshape(28, -1)
        if case.path.stem != "f_binary_step":  # where a number near 0 falls on the other side
            far = np.abs(found.values[:28] - own).max() / np.abs(own).max()
            assert far < 0.08, (case.path.stem, far)


def test_fixed_point_of_a_network_loses_little(net, iris, tmp_path):
    needs_gcc()
    program = in_whole(net, iris.X)
    case = written(program, tmp_path, "m", with_odd(iris.X))
    (found,) = in_c.run_all([case], ("-O0", *in_c.STRICT, *in_c.SANITIZED))
    own, whole = net.predict(iris.X), found.values[: len(iris.X)]
    assert np.abs(own - whole).max() < 0.1
    assert (whole.argmax(axis=1) == iris.y).mean() >= (own.argmax(axis=1) == iris.y).mean() - 0.03
    np.testing.assert_allclose(found.values.sum(axis=1), 1, atol=1e-3)


@pytest.mark.parametrize(
    ("target", "asked"),
    [("species", {}), ("petal_length", {}), ("wide", {"threshold": 0.3})],
)
def test_a_table_in_fixed_point(target, asked, tmp_path):
    needs_gcc()
    frame = gn.datasets.iris().to_polars()
    frame = frame.with_columns(
        wide=pl.when(pl.col("sepal_width") > 3.05).then(pl.lit("yes")).otherwise(pl.lit("no")),
        place=pl.when(pl.col("petal_width") > 1.3).then(pl.lit("Rome")),
    )
    recipe = gn.Recipe(hidden=(8,), epochs=20, seed=0, engine="numpy")
    training = gn.TableTraining(frame, target, recipe=recipe, **asked)
    for _ in training.epochs():
        pass
    path = tmp_path / "m.h"
    gn.export(training.model, path, dtype="int8", rows=frame, fixed_point=True)
    program = as_program(training.model, "int8", [frame], True)
    checked = check(training.model, program, "c", path, [frame])
    assert checked.scores is not None
    own, export = checked.scores
    if target == "petal_length":
        assert export["rmse"] < own["rmse"] + 0.1
    else:
        assert checked.difference < 0.1
        assert export["accuracy"] >= own["accuracy"] - 0.03
    assert "int32_t out[" in path.read_text()
    odd = pl.DataFrame(
        {name: [None, float("nan"), float("inf"), -1e300, 1e300] for name in ("sepal_length", "petal_width")}
    )
    odd = pl.concat([frame[:5].drop(odd.columns), odd], how="horizontal")
    case = case_of_table(program, path, training.model.encoder, odd)
    (given,) = in_c.run_all([case], ("-O0", *in_c.STRICT, *in_c.SANITIZED))
    assert np.isfinite(given.values).all()


HEADS: list[tuple[str, dict[str, Any]]] = [
    ("species", {"n_ensemble": 2}),
    ("petal_length", {"n_ensemble": 3}),
    ("petal_length", {"distribution": "gaussian"}),
    ("petal_length", {"distribution": "mixture", "n_ensemble": 2}),
    ("petal_length", {"distribution": "quantiles"}),
    ("petal_length", {"distribution": "histogram"}),
]


def test_ensembles_and_distributions_in_fixed_point(tmp_path):
    needs_gcc()
    frame, cases, models = gn.datasets.iris().to_polars(), [], []
    recipe = gn.Recipe(hidden=(8,), epochs=2, frequencies=4, seed=0, engine="numpy")
    for k, (target, asked) in enumerate(HEADS):
        training = gn.TableTraining(frame, target, recipe=recipe, **asked)
        for _ in training.epochs():
            pass
        program = as_program(training.model, "int8", [frame], True)
        written(program, tmp_path, f"m{k}", None)
        cases.append(case_of_table(program, tmp_path / f"m{k}.h", training.model.encoder, frame))
        models.append(training.model)
    given = in_c.run_all(cases, ("-O0", *in_c.STRICT))
    for case, found, model, (target, asked) in zip(cases, given, models, HEADS, strict=True):
        reference = evaluating.run(case.program, None, case.plain)[case.program.outputs.value.name]
        assert (found.values * 2 ** (case.program.bits or 0) == reference).all(), asked
        own = model.outputs(frame)
        assert np.abs(found.values - own).max() < 0.1 * np.ptp(own), (target, asked)


def test_what_fixed_point_cannot_do(tmp_path):
    rows = np.random.default_rng(0).normal(size=(20, 4))
    net = gn.Network([gn.Dense(5, Least()), gn.Dense(2)], engine="numpy").build(4, seed=0)
    message = "Dense 4 → 5, least cannot be computed in fixed point: export int8 without"
    with pytest.raises(gn.InvalidInput, match=message) as found:
        gn.export(net, tmp_path / "m.h", dtype="int8", rows=rows, fixed_point=True)
    assert len(str(found.value)) <= 500
    assert [*tmp_path.iterdir()] == []


def test_what_the_header_says(net, iris, tmp_path):
    written_ = gn.export(net, tmp_path / "m.h", dtype="int8", rows=iris.X)
    text = (tmp_path / "m.h").read_text()
    assert f"Memory: {written_.n_bytes:,} bytes of constant data, about " in text
    assert "168 multiply-adds a row, computed in int8" in text
    assert "Flash: about " in text
    assert "static const int8_t m_W_" in text
    assert "#include <stdint.h>" in text


def test_rows_are_normalized_as_in_floating_point():
    """By a mean and a root of whole numbers, also where the variance is tiny, or next to nothing beside ε."""
    rng = np.random.default_rng(0)
    x = np.rint(rng.normal(0, 1, (40, 7)) * np.geomspace(1, 2e4, 40)[:, None]).clip(1 - 2**16, 2**16 - 1)
    x[0] = 5
    for epsilon in (0, 3, 10**9):
        found = normalized(x.astype(np.int64), epsilon) / 2**12
        variance = x.var(axis=1, keepdims=True) + epsilon / 4.0**8
        expected = (x - x.mean(axis=1, keepdims=True)) / np.sqrt(np.maximum(variance, 1e-30))
        np.testing.assert_allclose(found[1:], expected[1:], atol=0.005)
        assert np.abs(found[0]).max() < 1


def test_multipliers_of_any_factor():
    factors = np.array([1e-30, 2.0**-40, 1e-9, 0.3, 1 - 1e-12, 1.0, 5.0, 1e6])
    multiplier, shift = multiplier_of(factors)
    assert (shift >= 1).all()
    assert (shift <= 62).all()
    np.testing.assert_allclose((multiplier / 2.0**shift)[2:], factors[2:], rtol=1e-8)
    assert (multiplier / 2.0**shift)[0] < 1e-12


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"dtype": "int8"},
            r"int8 needs rows to measure the ranges of activations on, such as .*: rows=… \(on the command line",
        ),
        ({"dtype": "int8", "rows": np.zeros((0, 4))}, "row"),
        ({"dtype": "int8", "rows": np.zeros((5, 3))}, "4"),
        ({"dtype": "int8", "rows": "iris"}, "X"),
        ({"rows": np.zeros((5, 4))}, "rows= are for dtype='int8'"),
        ({"dtype": "int8", "to": "python", "rows": np.zeros((5, 4))}, "python is exported in float32 or float64, got"),
        ({"fixed_point": True}, "fixed point is for int8: add dtype='int8'"),
        ({"dtype": "int16"}, "c is exported in float32, float64 or int8, got dtype='int16'"),
    ],
)
def test_bad_input(given, message, net, tmp_path):
    with pytest.raises(gn.InvalidInput, match=message) as found:
        gn.export(net, tmp_path / "m.h", **given)
    assert len(str(found.value)) <= 500
    assert [*tmp_path.iterdir()] == []


def test_rows_that_are_not_of_the_table(model, tmp_path):
    frame = gn.datasets.iris().to_polars()
    for rows, message in ((frame.drop("petal_width"), "petal_width"), (frame[:0], "no rows"), (3, "data frame")):
        with pytest.raises(gn.InvalidInput, match=message):
            gn.export(model, tmp_path / "m.h", dtype="int8", rows=rows)


@pytest.mark.parametrize("make", [as_int8, in_whole])
def test_ranges_of_huge_numbers_and_of_none(make):
    net = gn.Network([gn.Dense(8, "relu"), gn.Dense(8, "tanh"), gn.Dense(3, "softmax")]).build(4, seed=0)
    share = np.random.default_rng(0).random((6, 4))
    rows: Any
    for rows in (np.zeros((3, 4)), np.full((3, 4), 1e-40), np.full((3, 4), 1e38), 1e38 * share, 1e38 * (2 * share - 1)):
        program = make(net, rows.astype(np.float32))
        found = evaluating.run(program, rows.astype(np.float32))[program.outputs.value.name] / 2 ** (program.bits or 0)
        np.testing.assert_allclose(found, net.predict(rows), atol=0.02)
