"""ONNX files: valid for the checker, equal to `predict` in onnxruntime, from raw columns to labels, and read back."""

import json
from typing import Any

import exported_networks as networks  # type: ignore[import-not-found]
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import glassnet as gn
from glassnet.exports.onnx.formulas import OPERATORS, source_of
from glassnet.exports.running.check import check
from glassnet.exports.writing import as_program
from glassnet.formulas.prediction import primitives

onnx: Any = pytest.importorskip("onnx")
runtime: Any = pytest.importorskip("onnxruntime")


def session(path):
    return runtime.InferenceSession(str(path), providers=["CPUExecutionProvider"])


def checked(path):
    """The file as the onnx package reads it, with types and shapes of every node inferred."""
    onnx.checker.check_model(str(path), full_check=True)
    return onnx.load(path)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_every_network_is_valid_and_of_the_oldest_versions(dtype, tmp_path):
    for name, net in networks.networks(dtype).items():
        model = checked(gn.export(net, tmp_path / f"{name}.onnx").paths[0])
        assert model.ir_version == 7, name
        assert [(each.domain, each.version) for each in model.opset_import] == [("", 13)], name


NOT_READ = (
    "l_nothing",
    "l_periodic",
    "l_piecewise_linear",
    "l_columns",
    "l_members",
    "s_of_axes",
    *(
        "q_rnn",
        "q_gru",
        "q_lstm",
        "q_attention",
        "q_causal",
        "s_masked",
        "s_masked mean",
        "s_unmasked",
        "s_pictures",
        "s_series",
        "s_normalised",
    ),
)  # no layer, or one that is not known in ONNX


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_network_that_is_read_back_predicts_the_same(dtype, tmp_path):
    for name, net in networks.networks(dtype).items():
        path, rows = gn.export(net, tmp_path / f"{name}.onnx").paths[0], networks.rows_for(name, net)
        if name in NOT_READ:
            with pytest.raises(gn.ModelFileError):
                gn.from_onnx(path)
            continue
        again = gn.from_onnx(path)
        assert again.dtype == net.dtype
        tolerance = 2e-5 if dtype == "float32" else 1e-11
        np.testing.assert_allclose(again.predict(rows), net.predict(rows), rtol=tolerance, atol=tolerance, err_msg=name)


class Ripple(gn.activations.Activation):
    def value(self, z):
        return np.sinh(np.arctan(z)) + np.arcsinh(z) * np.cosh(np.tanh(z)) - np.arccos(np.tanh(z)) + np.floor(z)

    def slope(self, z, a):
        return z


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_an_activation_of_ones_own(dtype, tmp_path):
    net = gn.Network([gn.Dense(3, Ripple()), gn.Dense(2)], dtype=dtype).build(2, seed=0)
    path = gn.export(net, tmp_path / "own.onnx").paths[0]
    checked(path)
    X = np.random.default_rng(0).normal(size=(50, 2)).astype(dtype)
    (found,) = session(path).run(None, {"x": X})
    np.testing.assert_allclose(found, net.predict(X), rtol=1e-4 if dtype == "float32" else 1e-13, atol=1e-5)


RANGES = {"arccosh": (1, 30), "arcsin": (-1, 1), "arccos": (-1, 1), "arctanh": (-0.999, 0.999), "log1p": (-0.999, 50)}
WRITTEN = sorted(set(OPERATORS["float32"]) - set(OPERATORS["float64"]) - {"erf"} | {"expm1", "log1p"})


@pytest.mark.parametrize("name", WRITTEN)
def test_functions_that_are_written_with_others(name):
    low, high = RANGES.get(name, (-50, 50))
    x = np.concatenate([np.linspace(low, high, 4001), np.clip(np.logspace(-20, 1, 200), low, high)])
    with np.errstate(all="ignore"):
        found, expected = getattr(primitives, name)(x), getattr(np, name)(x)
    near = np.maximum(np.abs(expected), 1e-300)
    assert np.array_equal(np.isnan(found), np.isnan(expected))
    assert np.nanmax(np.abs(found - expected) / (1 if name in ("tan", "arccos", "arccosh") else near)) < 2e-12
    assert source_of(name, "float64")[1].results


def test_functions_that_are_written_with_others_at_their_ends():
    with np.errstate(all="ignore"):
        x = np.array([-np.inf, -1e300, 0.0, 1e300, np.inf])
        for name in ("arctan", "expm1", "arcsinh"):
            np.testing.assert_allclose(getattr(primitives, name)(x), getattr(np, name)(x), rtol=1e-14)
        assert np.isnan(primitives.arctan(np.array([np.nan]))).all()


N = 240


def table(rng: Any, target: str) -> pl.DataFrame:
    """Columns of every kind, one of them named as an output."""
    size, kind = rng.normal(0, 2, N), rng.choice(["a", "b", "ß ü", "東京"], N)
    columns = {
        "größe (m²)": size,
        "label": kind,
        "flag": rng.choice([True, False], N),
        "day": [f"2024-{1 + k % 12:02d}-{1 + k % 28:02d}" for k in range(N)],
        "code": rng.choice(["1", "2", "3", "x"], N),
        "x": rng.normal(50, 20, N),
    }
    frame = pl.DataFrame(columns)
    for name, share in (("größe (m²)", 0.1), ("label", 0.1)):
        gone = pl.Series(rng.random(N) < share)
        frame = frame.with_columns(pl.when(gone).then(None).otherwise(pl.col(name)).alias(name))
    score = size + (kind == "a")
    answers = {
        "kinds": np.where(score > 1, "much", np.where(score < -1, "little", "some")),
        "two": np.where(score > 0, "yes", "no"),
        "counts": (score > 0).astype(int),
        "number": score * 10 + columns["x"],
    }
    return frame.with_columns(pl.Series("target", answers[target]))


def trained(target: str, **given: Any) -> tuple[Any, pl.DataFrame]:
    frame = table(np.random.default_rng(0), target)
    training = gn.TableTraining(frame, "target", recipe=gn.Recipe(hidden=(8,), epochs=3, seed=0), **given)
    for _ in training.epochs():
        pass
    for net in (*training.model.networks, *getattr(training.model.interval, "networks", ())):
        net.engine_name = "numpy"  # whose predictions are in double precision, of float32 networks too
    return training.model, frame


TABLES: dict[str, Any] = {
    "kinds": {},
    "two": {"threshold": 0.3},
    "counts": {"calibrate": False},
    "number": {"interval": 0.9, "n_ensemble": 2},
}


@pytest.fixture(scope="module", params=TABLES)
def model(request):
    return (request.param, *trained(request.param, **TABLES[request.param]))


def odd(frame: pl.DataFrame) -> pl.DataFrame:
    """Rows with what training has not seen."""
    nan, inf = float("nan"), float("inf")
    return frame.head(8).with_columns(
        pl.Series("label", ["neu", "", None, "a", "A", "NA", "b" * 3000, "ß ü"]),
        pl.Series("x", [nan, inf, -inf, None, 1e308, -1e308, 1e-320, 0.0]),
    )


@pytest.mark.parametrize("dtype", [None, "float64"])
def test_tables_from_raw_columns_to_answers(model, dtype, tmp_path):
    target, fitted, frame = model
    path = gn.export(fitted, tmp_path / "a.onnx", dtype=dtype).paths[0]
    domains = {each.domain: each.version for each in checked(path).opset_import}
    assert domains == {"": 13, "ai.onnx.ml": 2}
    for rows in (frame, odd(frame)):
        found = check(fitted, as_program(fitted, dtype), "onnx", path, [rows])
        assert found.difference <= (1e-12 if dtype == "float64" else 1e-6) * (100 if target == "number" else 1)
        assert not found.labels


def test_inputs_and_outputs_have_the_names_and_types_of_the_columns(model, tmp_path):
    target, fitted, _ = model
    run = session(path := gn.export(fitted, tmp_path / "a.onnx").paths[0])
    inputs = {each.name: (each.type, each.shape) for each in run.get_inputs()}
    assert inputs["größe (m²)"] == ("tensor(double)", ["rows", 1])
    assert inputs["label"] == ("tensor(string)", ["rows", 1])
    outputs = {each.name: (each.type, each.shape) for each in run.get_outputs()}
    classes = {"kinds": "string", "two": "string", "counts": "int64"}
    expected: dict[str, Any] = {
        "label_": (f"tensor({classes.get(target)})", ["rows"]),  # the column has the name without _
        "probabilities": ("tensor(double)", ["rows", 3 if target == "kinds" else 2]),
    }
    number = {"prediction": ("tensor(double)", ["rows", 1]), "interval": ("tensor(double)", ["rows", 2])}
    assert outputs == (number if target == "number" else expected)
    told = run.get_modelmeta().custom_metadata_map
    assert told["target"] == "target" and told["glassnet_version"] == gn.__version__
    assert {each["name"]: each["kind"] for each in json.loads(told["columns"])}["label"] == "text"
    assert path.stat().st_size < 100_000


@pytest.fixture(scope="module")
def kinds_in_onnx(tmp_path_factory):
    fitted, frame = trained("kinds")
    path = gn.export(fitted, tmp_path_factory.mktemp("onnx") / "a.onnx", dtype="float64").paths[0]
    return fitted, frame, path, as_program(fitted, "float64")


ANY_NUMBER = st.floats(width=64) | st.none()
ANY_TEXT = st.sampled_from(["a", "b", "東京", "", "?", "neu"]) | st.text(max_size=5) | st.none()


@given(rows=st.lists(st.tuples(ANY_NUMBER, ANY_NUMBER, ANY_TEXT), min_size=1, max_size=20))
@settings(deadline=None, max_examples=settings().max_examples // 5)
def test_any_numbers_and_texts(rows, kinds_in_onnx):
    fitted, frame, path, program = kinds_in_onnx
    size, x, label = zip(*rows, strict=True)
    rest = frame.head(len(rows)).with_columns(
        pl.Series("größe (m²)", size, pl.Float64), pl.Series("x", x, pl.Float64), pl.Series("label", label, pl.String)
    )
    assert check(fitted, program, "onnx", path, [rest]).difference < 1e-12


def test_columns_without_a_name_are_refused():
    from glassnet.exports.onnx.printer import source
    from glassnet.exports.program import NumberInput, Outputs, Program, Value

    value = Value("n0", 1, "float64")
    program = Program(
        (NumberInput(out=value, column="", kind="number", form={}),), Outputs(value), "float64", "a", (1,)
    )
    with pytest.raises(gn.InvalidInput, match="onnx names its inputs as the columns, but one column has no name"):
        source(program)


class AlmostSigmoid(gn.activations.Activation):
    def value(self, z):
        return 0.5 + 0.5 * gn.activations.tanh(0.4 * z)  # type: ignore[attr-defined]

    def slope(self, z, a):
        return z


FUSED: dict[str, tuple[Any, list[str]]] = {
    "sigmoid": ("sigmoid", ["Gemm", "Sigmoid"]),
    "silu": ("silu", ["Gemm", "Sigmoid", "Mul"]),
    "softmax": ("softmax", ["Gemm", "Softmax"]),
    "softplus": ("softplus", ["Gemm", "Softplus"]),
    "gelu": ("gelu", ["Gemm", "Mul", "Div", "Erf", "Add", "Mul"]),
    "relu": ("relu", ["Gemm", "Relu"]),
    "almost": (AlmostSigmoid(), ["Gemm", "Mul", "Tanh", "Mul", "Add"]),
}


@pytest.mark.parametrize("name", FUSED)
def test_one_operator_where_there_is_one_for_a_formula(name, tmp_path):
    f, expected = FUSED[name]
    path = gn.export(gn.Network([gn.Dense(3, f)]).build(2, seed=0), tmp_path / "a.onnx").paths[0]
    assert [node.op_type for node in checked(path).graph.node] == expected


def test_a_network_that_does_nothing(tmp_path):
    path = gn.export(gn.Network([gn.Dropout()]).build(2, seed=0), tmp_path / "a.onnx").paths[0]
    checked(path)
    assert session(path).run(None, {"x": np.ones((2, 2), np.float32)})[0].tolist() == [[1, 1], [1, 1]]
