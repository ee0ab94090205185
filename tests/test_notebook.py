"""The last line of a notebook's cell shows what it is: figures as pictures, results as tables, models in a line."""

import pickle
from io import BytesIO
from xml.etree import ElementTree

import numpy as np
import pytest
from IPython.core.formatters import DisplayFormatter
from PIL import Image

import glassnet as gn
from tests.themes import in_both_themes

IRIS = gn.datasets.iris()


@pytest.fixture(scope="module")
def net():
    return gn.Network([gn.Dense(4, "tanh"), gn.Dense(3, "softmax")], engine="numpy").build(4, seed=0)


@pytest.fixture(scope="module")
def training():
    recipe = gn.Recipe(hidden=(4,), epochs=1, engine="numpy")
    training = gn.TableTraining(IRIS.to_polars(), "species", recipe=recipe)
    for _ in training.epochs():
        pass
    return training


def shown(it):
    return DisplayFormatter().format(it)


@pytest.mark.long
@in_both_themes
def test_a_figure_is_shown_without_pyplot(net, training, theme):
    figures = [
        training.history.plot(theme=theme),
        gn.pictures.confusion([0, 1], [0, 1], ["$a", "身"], theme),
        gn.pictures.diagram(net, theme=theme),
        *training.model.draw(training.test, "importance", theme=theme).values(),
    ]
    for figure in (*figures, pickle.loads(pickle.dumps(figures[0]))):
        data, about = shown(figure)
        size = Image.open(BytesIO(data["image/png"])).size
        assert size == pytest.approx([2 * about["image/png"][side] for side in ("width", "height")], abs=2)
        assert repr(figure).startswith("<Figure size")


def test_a_result_is_a_table(net):
    data, _ = shown(gn.check_gradient(net, IRIS.X, IRIS.y, loss="cross_entropy"))
    cells = [cell.text for cell in ElementTree.fromstring(data["text/html"]).iter("td")]
    assert cells[::2] == ["0.W", "0.b", "1.W", "1.b", "X"]
    assert data["text/plain"].startswith("GradientCheck(max_error=") and len(data["text/plain"]) < 60


def test_a_matrix_has_brackets_of_its_own_in_any_page(net):
    page = gn.trace(net, IRIS.X[:6], IRIS.y[:6], loss="cross_entropy")._repr_html_()
    root = ElementTree.fromstring(page)
    matrices = [each for each in root.iter("div") if each.get("class") == "matrix"]
    assert matrices and not any(matrix.findall(".//table") for matrix in matrices)
    for matrix in matrices:
        (brackets,) = matrix.findall("div")
        style = brackets.get("style") or ""
        assert "border-width:0 1.5px" in style and "border-style:solid" in style
        columns = int(style.split("repeat(")[1].split(",")[0])
        assert len(brackets.findall("span")) % columns == 0


def test_models_and_trainings_say_in_a_line_what_they_are(net, training):
    assert repr(training.model) == (
        "TableModel(classification of 'species' from 4 columns as 4 inputs, 4 networks of "
        f"{training.model.network.layout.n_parameters:,} parameters)"
    )
    assert repr(training).startswith("TableTraining(TableModel(") and repr(training).endswith("1 of 1 epochs)")
    assert repr(training.model.encoder) == "TableEncoder(4 columns as 4 inputs)"
    assert repr(net.predictor()) == "Predictor((4,) → 3, float32)"


def test_nothing_public_is_a_screen_of_numbers(net, training):
    rows = IRIS.X[:8], IRIS.y[:8]
    everything = [
        net, training, training.model, training.model.encoder, training.history, IRIS, net.predictor(),
        gn.check_gradient(net, *rows, loss="cross_entropy"), training.diagnose(), training.model.explain(training.test),
        gn.learning_rate_range(net, IRIS.X, IRIS.y, loss="cross_entropy", seed=0), gn.Recipe(), gn.Adam(),
        gn.trace(net, *rows, loss="cross_entropy").why(layer=0, weight=(0, 1)), np.float32,
    ]  # fmt: skip
    for it in everything:
        assert len(repr(it)) < 300, repr(it)
