"""The live figure: one display, drawn anew a few times, with the last epochs at the end."""

import struct
import time
from base64 import b64decode
from typing import Any

import pytest

import glassnet as gn
from glassnet.training.epoch import Epoch

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def published():
    """What a notebook would be sent: a list of {"data", "transient", "update"}."""
    pytest.importorskip("IPython")
    from IPython.core.displaypub import CapturingDisplayPublisher
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    InteractiveShell.clear_instance()
    config = Config({"HistoryManager": {"enabled": False}})
    shell = InteractiveShell.instance(display_pub_class=CapturingDisplayPublisher, config=config)
    publisher: Any = shell.display_pub
    yield publisher.outputs
    InteractiveShell.clear_instance()


def images(published):
    return [output["data"]["image/png"] for output in published]


def test_each_epoch_draws_the_same_display_anew(published):
    with gn.listeners.LiveFigure(every=0) as figure:
        figure._next = 0.0
        for number in range(1, 4):
            figure(Epoch(number, 1 / number, 0.1, {"accuracy": 0.5}, 1 / number, {"accuracy": 0.4}))
            figure._next = 0.0  # as if much time had passed
    assert [output["update"] for output in published] == [False, True, True]
    assert len({output["transient"]["display_id"] for output in published}) == 1
    assert len(set(images(published))) == 3


def test_quick_epochs_are_drawn_at_the_beginning_and_at_the_end_only(published):
    with gn.listeners.LiveFigure("loss", every=60) as figure:
        for number in range(1, 1001):
            figure(Epoch(number, 1 / number, 0.1))
    assert len(published) == 2
    with figure:
        figure(Epoch(1, 1.0, 0.1))
    assert [output["update"] for output in published] == [False, True, False]  # a new training, a new figure


def test_drawing_takes_at_most_a_fifth_of_the_time(published, monkeypatch):
    now = [0.0, 0.0]  # asked whether it is time, the drawing begins; it ends at 2
    monkeypatch.setattr(time, "perf_counter", lambda: now.pop() if now else 2.0)
    figure = gn.listeners.LiveFigure()
    figure(Epoch(1, 1.0, 0.1))
    assert figure._next == 10.0


@pytest.mark.long
def test_a_notebook_shows_one_figure(tmp_path):
    nbclient, nbformat = pytest.importorskip("nbclient"), pytest.importorskip("nbformat")
    pytest.importorskip("ipykernel")
    code = """
import glassnet as gn
iris = gn.datasets.iris()
net = gn.Network([gn.Dense(3, "softmax")], engine="numpy")
show = [gn.listeners.LiveFigure("loss", "accuracy", every=0.05)]
history = net.fit(iris.X, iris.y, loss="cross_entropy", epochs=200, validation=0.2, metrics=["accuracy"], seed=0,
                  listeners=show)
"""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    nbclient.NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    (output,) = notebook.cells[0].outputs
    assert output.output_type == "display_data"
    content = b64decode(output.data["image/png"])
    assert content.startswith(PNG)
    assert struct.unpack(">II", content[16:24]) == (int(2 * 5.2 * 96), int(3.6 * 96))
