"""Models that earlier versions saved are read, and predict what they did: a file is never written anew to mend this."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors import safe_open

import glassnet as gn
from glassnet.engine.selection import engine_of
from glassnet.files import checkpoint_file, model_file
from glassnet.forecasting import Forecaster, saving
from glassnet.formulas.activations import Activation
from glassnet.formulas.initializers import Initializer
from glassnet.formulas.penalties import Penalty
from glassnet.formulas.registry import Named
from glassnet.formulas.schedules import Schedule
from glassnet.tables.encoding.task import METRICS
from glassnet.tables.reading.read import read_file
from tests.golden import forecasters
from tests.golden.runs import run

HERE = Path(__file__).parent
MODELS = sorted(HERE.glob("model-*/*.safetensors"))
NETWORKS = [path for path in MODELS if not path.stem.startswith("table")]
TABLES = [path for path in MODELS if path.stem.startswith("table")]
FORECASTERS = sorted(HERE.glob("forecaster-*/*.safetensors"))
CHECKPOINTS = sorted(HERE.glob("checkpoint-*/*.safetensors"))
IN_MODELS = (gn.Layer, Activation, Initializer, Penalty, Schedule, gn.Loss, gn.Metric)  # what a file describes


def short_name(path: Path) -> str:
    return str(path.relative_to(HERE))


def expected(path: Path) -> dict[str, Any]:
    return json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))


def assert_same(found: np.ndarray, stored: Any) -> None:
    """The digits that were stored, but for one unit of the last, which the kernels of a BLAS may round otherwise.

    The NumPy engine predicts in double precision and rounds at the end, so that this holds on every processor; the
    compiled engine computes in float32 what is float32.
    """
    wanted = np.array(stored, found.dtype)
    if found.dtype == np.float64:
        np.testing.assert_allclose(found, wanted, rtol=1e-13, atol=1e-15)
    elif engine_of("auto").name == "numpy":
        np.testing.assert_array_max_ulp(found, wanted, 1)
    else:
        np.testing.assert_allclose(found, wanted, rtol=3e-6, atol=1e-7)


@pytest.mark.parametrize("path", NETWORKS, ids=short_name)
def test_a_network_predicts_what_it_did(path):
    net, then = gn.Network.load(path), expected(path)
    assert_same(net.predict(then["X"]), then["outputs"])
    if then["evaluated"]:
        found = net.evaluate(then["X"], then["y"])
        assert found == pytest.approx(then["evaluated"], rel=1e-12 if net.dtype == np.float64 else 3e-6)


def test_an_ensemble_predicts_what_it_did():
    for folder in {path.parent for path in NETWORKS}:
        members = sorted(folder.glob("ensemble-*.safetensors"))
        assert len(members) == 2
        then = [expected(path) for path in members]
        found = np.mean([gn.load(path).predict(t["X"]) for path, t in zip(members, then, strict=True)], axis=0)
        np.testing.assert_allclose(found, np.mean([t["outputs"] for t in then], axis=0), rtol=3e-6)


@pytest.mark.parametrize("path", TABLES, ids=short_name)
def test_a_table_model_reads_a_file_and_predicts_what_it_did(path):
    model, then = gn.TableModel.load(path), expected(path)
    frame = read_file(path.with_suffix(".csv")).frame
    if model.calibration is not None:  # in double precision from what a float32 says
        np.testing.assert_allclose(model.outputs(frame), then["outputs"], rtol=1e-5)
        assert model.predict(frame).tolist() == then["predictions"]
    elif model.task == "classification":
        assert_same(model.outputs(frame), then["outputs"])
        assert model.predict(frame).tolist() == then["predictions"]
    else:  # numbers in the unit of the table: what a float32 says, times a scale
        for found, wanted in ((model.outputs(frame), then["outputs"]), (model.predict(frame), then["predictions"])):
            np.testing.assert_allclose(found, wanted, rtol=1e-6, atol=1e-6 * np.abs(wanted).max())
        if "ends" in then:
            np.testing.assert_allclose(model.predict_interval(frame), then["ends"], rtol=1e-5)
    assert set(METRICS[model.task]) <= model.evaluate(frame).keys()


@pytest.mark.parametrize("path", MODELS, ids=short_name)
def test_what_is_saved_again_is_in_the_newest_format_and_predicts_the_same(path, tmp_path):
    model = gn.load(path)
    again = gn.load(model.save(tmp_path / "again.safetensors"))
    network, its = network_of(model), network_of(again)
    assert its.layers == network.layers
    np.testing.assert_array_equal(its.parameters, network.parameters)
    with safe_open(tmp_path / "again.safetensors", framework="numpy") as file:
        version = json.loads(file.metadata()[model_file.KEY])["format_version"]
    assert version == model_file.FORMAT_VERSION


@pytest.mark.parametrize("path", FORECASTERS, ids=short_name)
def test_a_forecaster_forecasts_what_it_did(path, tmp_path):
    model, then = gn.load(path), expected(path)
    for each in (model, gn.load(model.save(tmp_path / "again.safetensors"))):
        assert isinstance(each, Forecaster)
        found = forecasters.in_json(each.predict(forecasters.plan()))
        assert (found["shop"], found["day"]) == (then["shop"], then["day"])
        for name in then.keys() - {"shop", "day"}:
            np.testing.assert_allclose(found[name], then[name], rtol=1e-5 if path.stem == "network" else 1e-9)


@pytest.mark.parametrize("path", CHECKPOINTS, ids=short_name)
def test_a_run_goes_on_from_a_checkpoint_to_the_parameters_it_had(path):
    then = expected(path)
    net = run(resume=path)
    np.testing.assert_allclose(net.parameters, then["parameters"], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(net.state, then["state"], rtol=1e-9, atol=1e-12)


def network_of(model: gn.Network | gn.TableModel | Forecaster) -> gn.Network:
    assert not isinstance(model, Forecaster)
    return model.network if isinstance(model, gn.TableModel) else model


def described(thing: Any) -> Iterator[type]:
    """The classes of all that a model is described by."""
    if isinstance(thing, (list, tuple)):
        for each in thing:
            yield from described(each)
    elif isinstance(thing, Named):
        yield type(thing)
        yield from described(list(thing._values().values()))


def test_the_newest_format_has_a_file_with_each_thing_that_files_describe():
    """`python -m tests.golden.make` writes one for what is new: add it to `networks.py`, in a file of another name."""
    newest = HERE / f"model-{model_file.FORMAT_VERSION}"
    assert (HERE / f"checkpoint-{checkpoint_file.FORMAT_VERSION}").is_dir()
    assert (HERE / f"forecaster-{saving.FORMAT_VERSION}").is_dir()
    models = [network_of(gn.load(path)) for path in newest.glob("*.safetensors")]
    there = {kind for net in models for kind in described([net.layers, net.loss, net.metrics])}
    known = {kind for family in IN_MODELS for kind in family.registry.values()}
    assert {kind.__name__ for kind in known - there if kind.__module__.startswith("glassnet.")} == set()
