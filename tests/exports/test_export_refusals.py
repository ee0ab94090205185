"""What cannot be exported meets one sentence, and nothing is written."""

from pathlib import Path

import numpy as np
import pytest

import glassnet as gn
from glassnet.exports.lowering import LOWERINGS
from glassnet.exports.running import in_javascript
from glassnet.exports.running.case import CannotRun, Case
from glassnet.files.atomic import CannotWrite
from glassnet.layers.dense import Dense


def net(*layers):
    return gn.Network([*layers, gn.Dense(2)]).build(3, seed=0)


class Twice(Dense):
    """A layer of one's own."""


class Loop(gn.activations.Activation):
    """Not a formula that can be read."""

    def value(self, z):
        while z.max() > 1:
            z = z / 2
        return z

    def slope(self, z, a):
        return z


class Fan(gn.activations.Activation):
    """With a setting that is no number."""

    factors: tuple[float, ...] = (1.0, 2.0)

    def value(self, z):
        return z * self.factors

    def slope(self, z, a):
        return z


@pytest.mark.parametrize(
    ("make", "path", "given", "message"),
    [
        (
            net,
            "m.pkl",
            {},
            r"by the suffix of a file: \.py \(python\), \.h \(c\), .*\.mjs \(javascript\); got 'm\.pkl'",
        ),
        (net, "model", {}, "by the suffix of a file: .*; got 'model'"),
        (net, "", {}, r"export needs the path of a file, such as 'model\.h', got ''"),
        (net, 3, {}, "export needs the path of a file, such as 'model.h', got 3"),
        (net, "m.py", {"to": "pyhton"}, "unknown target of an export 'pyhton'. Did you mean 'python'"),
        (net, "m.mjs", {"dtype": "int8"}, "javascript is exported in float32 or float64, got dtype='int8'"),
        (net, "m.h", {"dtype": np.float32}, "c is exported in float32, float64 or int8, got dtype="),
        (net, "m.h", {"dtype": "int8", "fixed_point": "yes"}, "fixed_point must be True or False, got 'yes'"),
        (net, "m.h", {"dtype": np.int8}, "float64 or int8, got dtype=<class 'numpy.int8'>"),
        (net, "csv.py", {}, r"a file called csv\.py would hide Python's own module csv"),
        (lambda: 3, "m.py", {}, "export takes a Network, a TableModel or a forecaster, got 3"),
        (lambda: gn.Network([gn.Dense(1)]), "m.py", {}, "the network has no parameters yet"),
        (lambda: net(Twice(3)), "m.py", {}, r"the layer Twice has no export: .*LOWERINGS\[Twice\] = …"),
        (lambda: net(gn.Dense(3, Loop())), "m.h", {}, "Loop cannot be exported: .*is more than an assignment"),
        (lambda: net(gn.Dense(3, Fan())), "m.h", {}, r"Fan cannot be exported: self\.factors is not a finite number"),
    ],
)
def test_what_cannot_be_exported(make, path, given, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(gn.InvalidInput, match=message) as found:
        gn.export(make(), path, **given)
    assert len(str(found.value)) <= 500
    assert [*tmp_path.iterdir()] == []


def test_parameters_that_are_not_finite(tmp_path):
    broken = net()
    broken.arrays["0.W"][0, 0] = np.nan
    with pytest.raises(gn.InvalidInput, match="the network's parameters are not finite"):
        gn.export(broken, tmp_path / "m.h")
    large = gn.Network([gn.Dense(1)], dtype="float64").build(1, seed=0)
    large.arrays["0.W"][:] = 1e300
    with pytest.raises(gn.InvalidInput, match="the model's W0 holds numbers that are not finite in float32"):
        gn.export(large, tmp_path / "m.h", dtype="float32")


def test_a_place_that_cannot_be_written(tmp_path):
    (tmp_path / "file").touch()
    (tmp_path / "loop.py").symlink_to("loop.py")
    places = {
        "no/m.py": "No such",
        ".": "it is a folder",
        "file/m.py": "Not a",
        "loop.py": "Too many",
        "x\0.py": "null",
    }
    for place, reason in (places | {"x" * 300 + ".py": "File name too long"}).items():
        with pytest.raises(CannotWrite, match=f"could not write .*{reason}"):
            gn.export(net(), tmp_path / place, to="python")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "loop.py"]


def test_of_several_files_all_are_written_or_none(tmp_path):
    (tmp_path / "m.mjs").write_text("before")
    (tmp_path / "m.d.mts").mkdir()
    with pytest.raises(CannotWrite, match=r"could not write .*m\.d\.mts: it is a folder"):
        gn.export(net(), tmp_path / "m.mjs")
    assert (tmp_path / "m.mjs").read_text() == "before"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["m.d.mts", "m.mjs"]


def test_a_file_that_was_there_is_replaced_whole(tmp_path):
    path = tmp_path / "m.py"
    path.write_text("before")
    assert gn.export(net(), str(path)).paths == (path,)
    assert path.read_text().startswith("# glassnet")
    assert [*tmp_path.iterdir()] == [path]


def test_a_layer_of_ones_own_with_an_export(tmp_path):
    LOWERINGS[Twice] = LOWERINGS[Dense]
    try:
        model = net(Twice(3, "relu"))
        assert gn.export(model, tmp_path / "m.js").paths == (tmp_path / "m.js", tmp_path / "m.d.ts")
    finally:
        del LOWERINGS[Twice]


def test_to_overrules_the_suffix(tmp_path):
    assert gn.export(net(), tmp_path / "model.hpp", to="c").target == "c"
    assert gn.export(net(), tmp_path / "modell größe.H").target == "c"
    assert "modell_gr__e_predict(" in (tmp_path / "modell größe.H").read_text()


def test_a_module_that_node_would_not_import_is_refused_by_its_name():
    case = Case(None, Path("house.javascript"), np.zeros((1, 1)))  # type: ignore[arg-type]
    with pytest.raises(CannotRun, match=r"Node imports files that end in \.mjs or \.js: house\.javascript cannot"):
        in_javascript.run_all([case])
