"""The wheel and the sdist: what is in them, and that glassnet works from them in an environment of its own."""

import json
import os
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

import glassnet as gn

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[1]
SCRIPTS = "Scripts" if os.name == "nt" else "bin"
NEEDED = {"glassnet", "numpy", "safetensors"}
USE = """
import glassnet as gn
iris = gn.datasets.iris()
train, test = gn.split(iris, test=0.2, seed=0)
net = gn.Network([gn.Dense(6, "tanh"), gn.Dense(3, "softmax")])
net.fit(train.X, train.y, loss="cross_entropy", optimizer=gn.Adam(0.05), epochs=60, seed=0)
assert net.evaluate(test.X, test.y, metrics=["accuracy"])["accuracy"] > 0.8
assert gn.load(net.save("net.safetensors")).predict(test.X).shape == (30, 3)
print(gn.__version__, gn.__file__)
"""


def call(command: Sequence[object], folder: Path) -> str:
    """What a command printed; in an environment without the settings of this one."""
    ours = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")
    environment = {name: value for name, value in os.environ.items() if name not in ours}
    environment["GLASSNET_ENGINE"] = "numpy"  # nothing is compiled for an environment that is thrown away
    done = subprocess.run([*map(str, command)], cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def built(source: Path, kind: str, out: Path) -> Path:
    """The wheel or the sdist of a source tree."""
    call([sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", out], source)
    (found,) = out.glob("*.whl" if kind == "wheel" else "*.tar.gz")
    return found


@pytest.fixture(scope="module")
def sdist(tmp_path_factory):
    pytest.importorskip("hatchling")
    return built(ROOT, "sdist", tmp_path_factory.mktemp("sdist"))


@pytest.fixture(scope="module")
def wheel(sdist, tmp_path_factory):
    """Built from the sdist, as an index or an installer would."""
    folder = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    (source,) = folder.iterdir()
    return built(source, "wheel", tmp_path_factory.mktemp("wheel"))


def tracked() -> set[str]:
    """The files that git tracks, without those of the hosted project; nothing where this is no checkout."""
    if not (ROOT / ".git").exists():
        pytest.skip("this is no checkout")
    files = call(["git", "ls-files", "-z"], ROOT).split("\0")
    return {name for name in files if name and (ROOT / name).exists() and not name.startswith((".github/", ".ci/"))}


def test_the_sdist_has_all_that_git_tracks_and_no_more(sdist):
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert names - {"PKG-INFO"} >= tracked()
    assert {
        name for name in names if "__pycache__" in name or name.startswith((".venv", "runs/", "docs/_build"))
    } == set()


def test_the_wheel_has_the_package_and_nothing_else(wheel):
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    package = Path(gn.__file__).parent
    files = {path for path in package.rglob("*") if path.is_file() and path.suffix != ".pyc"}
    assert names == {path.relative_to(package.parent).as_posix() for path in files}
    assert "glassnet/py.typed" in names


@pytest.fixture
def empty(tmp_path):
    """The Python of an environment with nothing in it."""
    venv.create(tmp_path / "venv")
    return tmp_path / "venv" / SCRIPTS / "python"


def install(python: Path, *what: object) -> None:
    """By the pip of the tests, into another environment."""
    call([sys.executable, "-m", "pip", "--python", python, "install", "--quiet", *what], python.parent)


def check_that_it_works(python: Path, folder: Path) -> None:
    """A network is trained, saved and loaded; the command trains and predicts."""
    version, place = call([python, "-c", USE], folder).split()
    assert (version, Path(place).is_relative_to(folder / "venv")) == (gn.__version__, True)
    command = python.with_name("glassnet")
    assert gn.__version__ in call([command, "--version"], folder)
    call([command, "train", "iris", "--epochs", 2, "--hidden", 4, "--out", "run"], folder)
    call([command, "predict", "run/model.safetensors", "iris", "--out", "kinds.csv"], folder)
    assert (folder / "kinds.csv").read_text(encoding="utf-8").count("\n") == 151


def test_from_the_wheel_a_network_is_trained_and_the_command_runs(wheel, empty, tmp_path):
    install(empty, "--no-index", "--no-deps", wheel)
    lend_dependencies(empty)
    check_that_it_works(empty, tmp_path)


def test_from_an_index_come_no_more_and_no_fewer_packages_than_are_needed(wheel, sdist, empty, tmp_path):
    pip = [sys.executable, "-m", "pip", "--python", empty]
    if subprocess.run([*pip, "install", "--dry-run", "safetensors"], capture_output=True).returncode:
        pytest.skip("no index of packages can be reached")
    install(empty, sdist)
    assert {each["name"] for each in json.loads(call([*pip, "list", "--format=json"], tmp_path))} == NEEDED
    call([empty, "-c", USE], tmp_path)
    install(empty, f"{wheel}[cli,tables,plots]")
    check_that_it_works(empty, tmp_path)


def lend_dependencies(python: Path) -> None:
    """Let an environment import what the tests run with, behind what it has itself."""
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    own = Path(call([python, "-c", code], python.parent).strip())
    lent = dict.fromkeys([sysconfig.get_path("purelib"), sysconfig.get_path("platlib"), *site_packages()])
    (own / "lent.pth").write_text("".join(f"{path}\n" for path in lent), encoding="utf-8")


def site_packages() -> list[str]:
    """Where the packages of these tests lie, wherever an environment took them from."""
    return [path for path in sys.path if path.endswith(("site-packages", "dist-packages"))]
