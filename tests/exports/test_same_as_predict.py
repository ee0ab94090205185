"""Each layer and activation gives in each target what `predict` gives: float64 to 1e-12, float32 to a few last bits."""

import shutil
import sys

import exported_networks as networks  # type: ignore[import-not-found]
import numpy as np
import pytest

import glassnet as gn
from glassnet.exports import evaluating, registry
from glassnet.exports.lowering import LOWERINGS, program_of
from glassnet.exports.running import in_c, in_javascript, in_onnx, in_python
from glassnet.exports.running.case import Case
from glassnet.layers.layer import Layer

BOUNDS = {"float64": 1e-12, "float32": 128 * 2.0**-23}  # in parts of the largest number of a row, or of 1
RUNTIMES = {"c": "gcc", "javascript": "node"}
QUICK = (
    "f_softmax",
    "f_gelu",
    "f_parametric_mish",
    "l_batch_norm",
    "l_periodic",
    "l_piecewise_linear",
    "l_columns",
    "s_of_axes",
    "s_pictures",
    "s_series",
    "s_masked",
    "s_masked mean",
    *(f"q_{name}" for name in networks.SEQUENCES),
)


def run_all(target, cases):
    """What the files of a target give; one line where its runtime is missing."""
    if target in RUNTIMES and shutil.which(RUNTIMES[target]) is None:
        pytest.skip(f"{RUNTIMES[target]} is not installed")
    if target == "onnx":
        pytest.importorskip("onnxruntime")
        return in_onnx.run_all(cases)
    if target == "python":
        return [in_python.run(case) for case in cases]
    return (in_c if target == "c" else in_javascript).run_all(cases)


def written(program, target, folder, name, rows):
    """The case of a program in a file."""
    chosen = registry.TARGETS[target]
    path = folder / f"{name}{chosen.suffixes[0]}"
    for place, content in chosen.files(program, path).items():
        place.write_bytes(content)
    return Case(program, path, rows)


def far(found, expected):
    """The largest difference in a row, in parts of its largest number, or of 1."""
    size = np.maximum(1, np.abs(expected).max(axis=1, keepdims=True))
    return float((np.abs(found - expected) / size).max())


def differences(target, dtype, own, folder, names=None):
    """How far each network's export in a number type is from `predict` of the network in its own."""
    nets = {name: net for name, net in networks.networks(own).items() if names is None or name in names}
    rows = {name: networks.rows_for(name, net) for name, net in nets.items()}
    programs = {name: program_of(net, dtype) for name, net in nets.items()}
    cases = [written(programs[name], target, folder, name, rows[name]) for name in nets]
    found = run_all(target, cases)
    return {
        name: far(each.values, nets[name].predict(rows[name]).reshape(len(rows[name]), -1).astype(float))
        for name, each in zip(nets, found, strict=True)
    }


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("target", ["python", "c", "javascript", "onnx"])
def test_a_few_networks_give_what_predict_gives(target, dtype, tmp_path):
    found = differences(target, dtype, dtype, tmp_path, QUICK)
    assert len(found) == len(QUICK)
    assert {name: d for name, d in found.items() if not d <= BOUNDS[dtype]} == {}


@pytest.mark.long
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("target", ["python", "c", "javascript", "onnx"])
def test_all_networks_give_what_predict_gives(target, dtype, tmp_path):
    found = differences(target, dtype, dtype, tmp_path)
    assert {name: d for name, d in found.items() if not d <= BOUNDS[dtype]} == {}


@pytest.mark.parametrize(("own", "dtype"), [("float32", "float64"), ("float64", "float32")])
def test_another_number_type_than_the_networks_own(own, dtype, tmp_path):
    found = differences("python", dtype, own, tmp_path)
    assert {name: d for name, d in found.items() if not d <= BOUNDS["float32"]} == {}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_steps_of_a_program_give_what_predict_gives(dtype, tmp_path):
    for name, net in networks.networks(dtype).items():
        program, rows = program_of(net), networks.rows_for(name, net)
        found = evaluating.run(program, rows)[program.outputs.value.name]
        assert far(found, net.predict(rows).reshape(len(rows), -1).astype(float)) <= BOUNDS[dtype], name


def test_every_layer_of_the_package_has_an_export():
    own = {kind for kind in Layer.registry.values() if getattr(gn, kind.__name__, None) is kind}
    assert own == {kind for kind in LOWERINGS if getattr(gn, kind.__name__, None) is kind}
    used = {type(node.layer) for net in networks.networks("float32").values() for node in net.layout.walk()}
    assert used == own


UNASKED = {
    "masking": ([gn.Masking(), gn.PositionalEncoding(), gn.MaxPool(2), gn.Flatten(), gn.Dense(2)], (6, 3)),
    "padding": ([gn.Embedding(6, 5, padding=0), gn.PositionalEncoding(learned=True), gn.Dense(3, "tanh")], (4,)),
    "one step": ([gn.Masking(), gn.Flatten(), gn.Dense(2, "sigmoid")], (1, 4)),
}


@pytest.mark.parametrize("target", ["python", "c", "javascript", "onnx"])
def test_where_padding_is_has_no_step_where_no_layer_asks_for_it(target, tmp_path):
    cases, expected = [], []
    for name, (layers, shape) in UNASKED.items():
        net = networks.drawn(gn.Network(layers, "float64", "numpy").build(shape, seed=0))
        program, rows = program_of(net), np.random.default_rng(0).integers(0, 6, (7, *shape)).astype(float)
        assert not [step for step in program.steps if step.out.name.startswith(("m", "present"))]
        cases.append(written(program, target, tmp_path, name.replace(" ", "_"), rows))
        expected.append(net.predict(rows).reshape(7, -1))
    for each, values in zip(run_all(target, cases), expected, strict=True):
        assert far(each.values, values) <= BOUNDS["float64"]


def test_the_note_of_a_step_that_goes_is_that_of_its_layers_next_step():
    program = program_of(gn.Network(UNASKED["padding"][0], "float64", "numpy").build((4,), seed=0))
    assert next(step.note for step in program.steps if step.note).startswith("Embedding 4 → 20")
    kept = program_of(gn.Network([gn.Embedding(6, 5, padding=0), gn.GRU(2)], "float64", "numpy").build((4,), seed=0))
    assert [step for step in kept.steps if step.out.name.startswith("present")]


@pytest.mark.parametrize("target", ["python", "c", "javascript"])
def test_what_is_not_finite_goes_through_as_in_numpy(target, tmp_path):
    names = [name for name in networks.networks("float64") if name.startswith("f_")]
    nets = networks.networks("float64")
    rows = np.array([[np.nan, 1, 1, 1], [np.inf, 0, 0, 0], [-np.inf, 0, 0, 0], [1e308, -1e308, 1e308, 1]])
    programs = {name: program_of(nets[name]) for name in names}
    found = run_all(target, [written(programs[name], target, tmp_path, name, rows) for name in names])
    for name, each in zip(names, found, strict=True):
        program = programs[name]
        expected = evaluating.run(program, rows)[program.outputs.value.name]
        np.testing.assert_allclose(each.values, expected, rtol=1e-9, err_msg=name)


class Wave(gn.activations.Activation):
    """Waves that grow.

    f(z) = z sin(κ z) + ½ min(max(z, −1), 1)².
    """

    kappa: float = 2.0

    def value(self, z):
        near = gn.activations.minimum(gn.activations.maximum(z, -1.0), 1.0)  # type: ignore[attr-defined]
        turned = z * np.sin(self.kappa * z)
        return turned + near**2 * 0.5

    def slope(self, z, a):
        return z


@pytest.mark.parametrize("target", ["python", "c", "javascript"])
def test_an_activation_of_ones_own_is_exported(target, tmp_path):
    net = gn.Network([gn.Dense(3, Wave(1.5)), gn.Dense(2, Wave())], dtype="float64").build(2, seed=0)
    rows = np.random.default_rng(0).normal(size=(5, 2))
    case = written(program_of(net), target, tmp_path, "own", rows)
    (found,) = run_all(target, [case])
    assert far(found.values, net.predict(rows)) < 1e-12
    assert "f(z) = z sin(κ z) + ½ min(max(z, −1), 1)²" in case.path.read_text()


def test_c_runs_under_sanitizers(tmp_path):
    nets = {name: networks.networks("float32")[name] for name in QUICK[::2]}
    cases = [written(program_of(net), "c", tmp_path, name, networks.rows_for(name, net)) for name, net in nets.items()]
    if shutil.which("gcc") is None or sys.platform == "win32":
        pytest.skip("no gcc with sanitizers is installed")
    found = in_c.run_all(cases, ("-O0", *in_c.STRICT, *in_c.SANITIZED))
    assert all(np.isfinite(each.values).all() for each in found)
