"""Installed without sources, as an archive or under `python -OO`, it works, or says in one sentence what it lacks."""

import compileall
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import glassnet as gn

USE = """
import tempfile
import glassnet as gn
iris = gn.datasets.iris()
assert gn.datasets.digits().X.shape == (1797, 64)
net = gn.Network([gn.Dense(4, "relu"), gn.Dense(3, "softmax")], engine="auto")
net.fit(iris.X, iris.y, loss="cross_entropy", epochs=1, seed=0)
folder = tempfile.TemporaryDirectory()
again = gn.load(net.save(folder.name + "/net.safetensors"))
assert (again.predict(iris.X) == net.predict(iris.X)).all()
said = []
for show in (lambda: gn.trace(net, iris.X[:4], iris.y[:4], loss="cross_entropy", optimizer="adamw").text(80),
             lambda: gn.trace(net, iris.X[:4], iris.y[:4], loss="cross_entropy").why(layer=0, weight=(0, 1)).text(80),
             lambda: table_model(iris).explain(iris.to_polars(), 3).text(80)):
    try:
        said.append(show())
    except gn.InvalidInput as error:
        said.append(f"refused: {error}")
assert all("dZ" in page for page in said) or all("without -OO" in page for page in said), said
print(gn.__file__, "refused" if said[0].startswith("refused") else "shown")
"""
MODEL = """
def table_model(iris):
    training = gn.TableTraining(iris.to_polars(), "species", recipe=gn.Recipe(hidden=(4,), epochs=1))
    for _ in training.epochs(): pass
    return training.model
"""


@pytest.fixture(scope="module")
def packaged(tmp_path_factory) -> Path:
    """A folder with a copy of the package."""
    folder = tmp_path_factory.mktemp("packaged")
    shutil.copytree(Path(gn.__file__).parent, folder / "glassnet", ignore=shutil.ignore_patterns("__pycache__"))
    return folder


@pytest.fixture(scope="module")
def archive(packaged, tmp_path_factory) -> str:
    return shutil.make_archive(str(tmp_path_factory.mktemp("archive") / "archive"), "zip", packaged, "glassnet")


def bytecode_only(packaged: Path, folder: Path, optimize: int) -> Path:
    shutil.copytree(packaged, folder, dirs_exist_ok=True)
    compileall.compile_dir(folder, quiet=2, legacy=True, optimize=optimize)
    for source in folder.rglob("*.py"):
        source.unlink()
    return folder


@pytest.fixture(scope="module")
def bytecode(packaged, tmp_path_factory) -> Path:
    """A folder with the bytecode of the package alone."""
    return bytecode_only(packaged, tmp_path_factory.mktemp("bytecode"), 0)


def used(place: object, *options: str, engine: str = "numpy") -> tuple[str, str]:
    """(where glassnet was imported from and whether formulas were shown, what was warned)."""
    environment = os.environ | {"PYTHONPATH": str(place), "GLASSNET_ENGINE": engine}
    found = subprocess.run(
        [sys.executable, *options, "-c", MODEL + USE], capture_output=True, text=True, env=environment
    )
    assert found.returncode == 0, found.stderr
    assert str(place) in found.stdout
    return found.stdout.split()[-1], found.stderr


@pytest.mark.long
def test_bytecode_alone_runs_on_numpy_and_says_why(bytecode):
    pytest.importorskip("numba")
    shown, warned = used(bytecode, engine="auto")
    assert shown == "shown"
    assert warned.count("networks run on the NumPy engine: the compiled engine needs glassnet with its .py files") == 1


def test_bytecode_alone_refuses_the_compiled_engine_in_one_sentence(bytecode):
    pytest.importorskip("numba")
    code = (
        "import glassnet as gn\nnet = gn.Network([gn.Dense(1)], engine='compiled').build(2)\nnet.predict([[1.0, 2.0]])"
    )
    environment = os.environ | {"PYTHONPATH": str(bytecode)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert "MissingExtra: the compiled engine needs glassnet with its .py files: " in last and len(last) < 500


@pytest.mark.long
def test_bytecode_without_docstrings_says_that_there_are_no_formulas(packaged, tmp_path):
    assert used(bytecode_only(packaged, tmp_path, 2))[0] == "refused"


@pytest.mark.long
@pytest.mark.parametrize("options", [(), pytest.param(("-OO",), marks=pytest.mark.long)])
def test_an_archive_has_sources_data_and_formulas(archive, options):
    assert used(archive, *options)[0] == "shown"


@pytest.mark.parametrize(
    ("engine", "option"),
    [("numpy", "-OO"), *(pytest.param("compiled", option, marks=pytest.mark.long) for option in ("-O", "-OO"))],
)
def test_formulas_are_read_from_the_sources_where_docstrings_are_dropped(option, engine):
    if engine == "compiled":
        pytest.importorskip("numba")
    shown, warned = used(Path(gn.__file__).parent.parent, option, engine=engine)
    assert shown == "shown" and "NumPy engine" not in warned


def test_a_compiled_engine_that_was_asked_for_says_that_it_needs_sources(monkeypatch):
    pytest.importorskip("numba")
    from glassnet.engine import selection
    from glassnet.engine.compiled.codegen import cache
    from glassnet.formulas.syntax.reader import Untranslatable

    with pytest.raises(Untranslatable, match=r"the source of nowhere\.py is missing"):
        cache.source_of("nowhere.py")

    def gone(*_, **__):
        raise Untranslatable("the source of scaled is not available")

    monkeypatch.setattr("glassnet.engine.compiled.engine.CompiledEngine.__init__", gone)
    selection.compiled.cache_clear()
    try:
        with pytest.raises(gn.errors.MissingExtra, match=r"needs glassnet with its \.py files: the source of scaled"):
            gn.Network([gn.Dense(1)], engine="compiled").build(2).predict([[1.0, 2.0]])
    finally:
        selection.compiled.cache_clear()
