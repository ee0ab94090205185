"""Values that an argument cannot take, for constructors and functions of all parts: one sentence each."""
# mypy: disable-error-code="arg-type, call-overload"

from pathlib import Path

import numpy as np
import pytest

import glassnet as gn

NET = gn.Network([gn.Dense(1)]).build(2, seed=0)
X, y = np.zeros((4, 2)), np.array([0, 1, 0, 1])


def figure():
    return gn.pictures.activation("relu")


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: gn.Uniform(2, 1), "`low` must be below `high`, got low=2 and high=1"),
        (lambda: gn.Uniform(2), "got low=2 and high=1.0"), (lambda: gn.Uniform(1, 1), "`low` must be below `high`"),
        (lambda: gn.pictures.save(3, "x.svg"), "figure must be a matplotlib Figure, as made by gn.pictures, got 3"),
        (lambda: gn.pictures.save(figure(), 3), "path must be the path of a file, a string or a Path, got 3"),
        (lambda: gn.pictures.save(figure(), b"x.svg"), "got b'x.svg'"),
        (lambda: gn.pictures.activation("relu", theme=[]), "theme must be one of 'light', 'dark', got []"),
        (lambda: gn.pictures.diagram(3), "expected a glassnet.Network, got 3"),
        (lambda: gn.pictures.loss_surface(3, X, y), "expected a glassnet.Network, got 3"),
        (lambda: gn.pictures.neuron(3, [0, 0]), "expected a glassnet.Network, got 3"),
        (lambda: gn.pictures.responses(3, X), "expected a glassnet.Network, got 3"),
        (lambda: gn.learning_rate_range(3, X, y, loss="squared_error"), "expected a glassnet.Network, got 3"),
        (lambda: gn.pictures.decision_regions(3, X, y), "predict must be a function from rows to outputs"),
        (lambda: gn.pictures.permutation_importance(3, X, y), "predict must be a function from rows to outputs"),
        (lambda: gn.pictures.partial_dependence(3, X, 0), "predict must be a function from rows to outputs"),
        (lambda: gn.pictures.joint_partial_dependence(3, X, (0, 1)), "predict must be a function from rows"),
        (lambda: gn.pictures.distributions(3, X, y), "snapshots must be a gn.listeners.Snapshots(net)"),
        (lambda: gn.pictures.film(3, X, y, "x.gif"), "snapshots must be a gn.listeners.Snapshots(net)"),
        (lambda: gn.datasets.lines_of(object()), "unknown bundled file <object"),
        (lambda: gn.datasets.lines_of("iris"), "unknown bundled file 'iris'. Did you mean 'iris.csv'?"),
        (lambda: gn.datasets.lines_of(__file__), "unknown bundled file "),
        (lambda: gn.datasets.lines_of("../datasets.py"), "unknown bundled file "),
        (lambda: gn.datasets.lines_of(""), "unknown bundled file ''"),
        (lambda: gn.datasets.moons("a"), "columns must be a whole number of at least 1, got 'a'"),
        (lambda: gn.datasets.clouds(2.5), "columns must be a whole number of at least 1, got 2.5"),
        (lambda: gn.datasets.xor(noise="x"), "noise must be a number of at least 0, got 'x'"),
        (lambda: gn.datasets.spirals(noise=-1), "noise must be a number of at least 0, got -1"),
        (lambda: gn.datasets.circles(seed=-1), "seed must be a whole number of at least 0, got -1"),
        (lambda: gn.datasets.Dataset([[1.0]], [1], ("a",)), "a Dataset needs arrays X and y, and a tuple of feature"),
        (lambda: gn.read_table(3), "path must be the path of a file, a string or a Path, got 3"),
        (lambda: NET.save(None), "path must be the path of a file, a string or a Path, got None"),
        (lambda: gn.listeners.CSVLog(3), "path must be the path of a file"),
        (lambda: gn.listeners.Progress("x"), "epochs must be a whole number of at least 1, got 'x'"),
        (lambda: gn.TableTraining(gn.datasets.iris().to_polars(), 3), "there is no target column 3; the columns are"),
        (lambda: gn.TableTraining(gn.datasets.iris().to_polars(), "species", recipe=3), "must be a gn.Recipe(…)"),
        (
            lambda: gn.TableTraining.of_file("iris", "species", recipe=3, folder=Path(), memory=1 << 30),
            "recipe must be a gn.Recipe(…), got 3",
        ),
    ],
)  # fmt: skip
def test_what_an_argument_cannot_be_is_said(call, said):
    with pytest.raises(gn.InvalidInput) as caught:
        call()
    assert said in str(caught.value) and len(str(caught.value)) <= 500


def test_what_they_can_be_is_taken(tmp_path):
    assert gn.Uniform(-2, 2).draw((2, 3), np.random.default_rng(0)).shape == (2, 3)
    assert gn.pictures.save(figure(), str(tmp_path / "x.svg")) == tmp_path / "x.svg"
    assert len(gn.datasets.moons(np.int64(6), noise=0, seed=np.int64(3))) == 6
    assert gn.datasets.lines_of("digits.csv.gz") and NET.save(tmp_path / "net.safetensors").is_file()
