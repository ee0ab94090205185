"""Model files: the round trip, whole or not at all, and one clear error for anything wrong."""

import errno
import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save

import glassnet as gn
from glassnet.files.atomic import CannotWrite, write_whole
from glassnet.files.model_file import FORMAT_VERSION, read_model, write_model

IRIS = gn.datasets.iris()


@pytest.fixture
def net():
    layers = [
        gn.Flatten(), gn.Dense(6, gn.ELU(alpha=0.5), weights=gn.Normal(std=0.1)), gn.Dropout(0.2),
        gn.Residual(gn.Dense(3, "prelu"), gn.Dense(6, bias=False)), gn.Activation("tanh"), gn.Dense(3, "softmax"),
    ]  # fmt: skip
    network = gn.Network(layers)
    loss = gn.CrossEntropy(label_smoothing=0.1)
    network.fit(IRIS.X, IRIS.y, loss=loss, epochs=2, metrics=["accuracy", gn.metrics.TopKAccuracy(k=3)], seed=0)
    return network


def test_a_network_comes_back_as_it_was(net, tmp_path):
    path = net.save(tmp_path / "net.safetensors")
    again = gn.Network.load(path)
    assert again.layers == net.layers
    assert (again.loss, again.metrics, again.seed, again.dtype) == (net.loss, net.metrics, net.seed, net.dtype)
    np.testing.assert_array_equal(again.parameters, net.parameters)
    np.testing.assert_array_equal(again.predict(IRIS.X), net.predict(IRIS.X))
    assert again.evaluate(IRIS.X, IRIS.y) == net.evaluate(IRIS.X, IRIS.y)
    assert again.save(tmp_path / "again.safetensors").read_bytes() == path.read_bytes()


def test_a_loaded_network_trains_on(net, tmp_path):
    again = gn.Network.load(net.save(tmp_path / "net.safetensors"))
    assert again.loss is not None
    history = again.fit(IRIS.X, IRIS.y, loss=again.loss, optimizer=gn.Adam(0.02), epochs=30, seed=0)
    assert history["loss"][-1] < history["loss"][0]


def test_views_are_saved_as_the_numbers_they_show(tmp_path):
    array = np.arange(6.0).reshape(2, 3)
    write_model(tmp_path / "m", {"a": array.T}, {})
    np.testing.assert_array_equal(read_model(tmp_path / "m")[0]["a"], array.T)


def write(path, arrays=None, **metadata):
    path.write_bytes(save(arrays or {"0.W": np.zeros((2, 1), "f")}, metadata=metadata))
    return path


def described(version=FORMAT_VERSION, **changes):
    network = gn.Network([gn.Dense(1)]).build(2, seed=0)
    return json.dumps({"format_version": version, "network": {**network.describe(), **changes}})


ARRAYS = {"0.W": np.zeros((2, 1), "f"), "0.b": np.zeros(1, "f")}
WRONG = {
    "a newer format": (
        ARRAYS, described(FORMAT_VERSION + 1),
        f"has format version {FORMAT_VERSION + 1}; this glassnet reads up to {FORMAT_VERSION}: pip install --upgrade",
    ),
    "a version that is not a number": (ARRAYS, described("x"), "has format version 'x'"),
    "no version": (ARRAYS, "{}", "has format version None"),
    "no JSON": (ARRAYS, "{", "its description is not valid JSON"),
    "deep JSON": (ARRAYS, "[" * 100000, "its description is not valid JSON"),
    "a list": (ARRAYS, "[]", "its description is not a JSON object"),
    "no network": (ARRAYS, '{"format_version": 1}', "does not describe a model: it lacks the field 'network'"),
    "an unknown layer": (ARRAYS, described(layers=[{"name": "conv"}]), "unknown layer 'conv'"),
    "an unknown field": (
        ARRAYS, described(layers=[{"name": "dense", "units": 1, "unit": 2}]),
        "unknown field of layer 'dense' 'unit'. Did you mean 'units'?",
    ),
    "code for a name": (
        ARRAYS, described(layers=[{"name": "dense", "units": 1, "activation": "__import__('os')"}]),
        "unknown activation",
    ),
    "huge layers": (ARRAYS, described(layers=[{"name": "dense", "units": 10**15}]), "the arrays do not fit the layers"),
    "arrays of other shapes": ({"0.W": np.zeros((3, 1), "f")}, described(), "the arrays do not fit"),
    "whole numbers": ({**ARRAYS, "0.b": np.zeros(1, "i4")}, described(), "array '0.b' holds int32"),
    "not finite": ({**ARRAYS, "0.b": np.full(1, np.nan, "f")}, described(), "holds numbers that are not finite"),
    "no layers": (ARRAYS, described(layers=[]), "does not describe a model"),
    "layers that are no list": (ARRAYS, described(layers=7), "does not describe a model"),
    "a dtype of objects": (ARRAYS, described(dtype="O"), "`network.dtype` must be 'float32' or 'float64', got 'O'"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_or_hostile_file_gives_one_clear_error(case, tmp_path):
    arrays, description, message = WRONG[case]
    path = write(tmp_path / "m.safetensors", arrays, glassnet=description)
    with pytest.raises(gn.ModelFileError) as caught:
        gn.load(path)
    assert message in str(caught.value)
    assert "m.safetensors" in str(caught.value)
    assert len(str(caught.value)) <= 500


def test_a_file_of_another_program_gives_one_clear_error(tmp_path):
    with pytest.raises(gn.ModelFileError, match="is a safetensors file, but not one that glassnet wrote"):
        gn.load(write(tmp_path / "m.safetensors", format="pt"))


def test_a_file_cut_at_any_place_or_of_another_kind_gives_one_clear_error(net, tmp_path):
    whole = net.save(tmp_path / "net.safetensors").read_bytes()
    for size in (0, 1, 7, 8, 100, len(whole) // 2, len(whole) - 1):
        cut = tmp_path / "cut.safetensors"
        cut.write_bytes(whole[:size])
        with pytest.raises(gn.ModelFileError, match="is not a model file, or it is truncated"):
            gn.load(cut)
    for other in (b"\x89PNG\r\n" * 100, b"a,b\n1,2\n", b"\xff" * 64):
        cut.write_bytes(other)
        with pytest.raises(gn.ModelFileError, match="is not a model file"):
            gn.load(cut)
    with pytest.raises(gn.ModelFileError, match="is not there"):
        gn.load(tmp_path / "nothing")
    with pytest.raises(gn.ModelFileError, match="is a folder"):
        gn.load(tmp_path)


def test_the_folder_of_a_run_means_the_model_in_it(net, tmp_path):
    run = tmp_path / "runs" / "houses"
    run.mkdir(parents=True)
    net.save(run / "model.safetensors")
    for folder in (run, str(run), f"{run}/"):
        assert gn.load(folder) == gn.Network.load(folder) == net
    with pytest.raises(
        gn.ModelFileError, match=r"runs is a folder without a model.safetensors: it holds the runs .*houses\.$"
    ):
        gn.load(tmp_path / "runs")
    with pytest.raises(gn.ModelFileError, match=r"expected a model file or the folder of a run\.$"):
        gn.load(tmp_path)
    (tmp_path / "checkpoints").mkdir()
    with pytest.raises(gn.ModelFileError, match=r"its run is unfinished; continue it with glassnet train --resume "):
        gn.load(tmp_path)


def test_a_full_disk_leaves_the_old_file_as_it_was(net, tmp_path, monkeypatch):
    path = net.save(tmp_path / "net.safetensors")
    before = path.read_bytes()

    def full(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(CannotWrite, match=r"could not write .*: No space left on device\. What was there before is"):
        net.save(path)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == [path.name]


@pytest.mark.skipif(os.name == "nt", reason="the system limits no files")
def test_a_write_that_the_system_stops_half_way_leaves_nothing(tmp_path):
    code = f"""
        import resource, signal
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        import glassnet as gn
        net = gn.Network([gn.Dense(1000)]).build(5, seed=0)
        try: net.save({str(tmp_path / "m")!r})
        except gn.GlassnetError as error: print(error)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True)
    assert "File too large. What was there before is unchanged." in done.stdout
    assert os.listdir(tmp_path) == []


def test_a_folder_that_is_gone_or_read_only_meets_one_sentence(tmp_path):
    with pytest.raises(CannotWrite, match="No such file or directory"):
        write_whole(tmp_path / "gone" / "f", b"x")


def test_a_new_file_has_the_usual_permissions(tmp_path):
    usual = tmp_path / "usual"
    usual.touch()
    assert write_whole(tmp_path / "f", b"x").stat().st_mode == Path(usual).stat().st_mode
