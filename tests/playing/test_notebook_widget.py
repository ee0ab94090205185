"""The playground as a widget: its messages, and the network of its caller."""

import threading
import time
from typing import Any

import numpy as np
import pytest

import glassnet as gn
from glassnet.playing.building import network_of
from glassnet.playing.commands import COMMANDS
from glassnet.playing.frame import Painter, View

pytest.importorskip("anywidget")

IRIS = gn.datasets.iris()


def network():
    layers = [gn.Dense(5, "tanh"), gn.BatchNorm(), gn.Dropout(0.1), gn.Dense(4, "relu"), gn.Dense(3, "softmax")]
    return gn.Network(layers, engine="numpy")


@pytest.fixture
def shown():
    net = network()
    widget = gn.playground(net, IRIS.X, IRIS.y, feature_names=IRIS.feature_names, class_names=IRIS.class_names)
    got, there = [], threading.Condition()

    def tell(message, parts):
        with there:
            got.append((dict(message), list(parts)))
            there.notify_all()

    widget.page.send = tell

    def ask(name, **given):
        widget.hear(widget, {"do": name, "id": 1, **given}, [])
        end = time.monotonic() + 20
        with there:
            while not (found := [m for m, _ in got if m.get("re") == 1]):
                assert there.wait(end - time.monotonic())
            got.clear()
        return found[0]

    yield widget, net, ask
    widget.close()


def test_the_widget_trains_the_network_that_was_given(shown):
    widget, net, ask = shown
    assert "error" not in ask("hello", protocol=1)
    before = net.parameters.copy()
    assert "error" not in ask("move", by=2, unit="epoch")
    assert widget.net is net
    assert not np.array_equal(net.parameters, before)
    shapes = widget.worker.session.simulation.shapes()
    assert shapes["features"] == list(IRIS.feature_names)
    assert shapes["classes"] == list(IRIS.class_names or ())


def test_its_layers_are_those_of_the_scene(shown):
    widget, _, ask = shown
    layers = widget.worker.session.simulation.scene.layers
    assert [(each.units, each.activation, each.normalization, each.dropout) for each in layers] == [
        (5, "tanh", "batch", 0.1),
        (4, "relu", None, 0.0),
    ]
    assert "error" not in ask("set", change={"layers": [{"units": 2}]})
    assert widget.net.layers[0].units == 2


def test_the_code_taken_away_trains_on_rows_that_the_program_has(shown):
    widget, _, ask = shown
    assert "error" not in ask("take", what="code")
    _, code = COMMANDS["take"](widget.worker.session, widget.page, {"what": "code"}, [])
    scope: dict[str, Any] = {"X": IRIS.X, "y": IRIS.y}
    exec(code[0].decode(), scope)
    assert scope["net"].layers == widget.net.layers
    assert scope["rows"].features == IRIS.feature_names


def test_numbers_that_are_not_finite_are_sent_as_null(shown, monkeypatch):
    widget, sent = shown[0], []
    monkeypatch.setattr(type(widget), "send", lambda self, message, parts: sent.append(message))
    widget.tell({"loss": float("nan"), "values": [1.0, float("inf")]}, [])
    assert sent == [{"loss": None, "values": [1.0, None]}]


def test_the_page_is_that_of_the_browser(shown):
    widget, _, _ = shown
    assert "render" in widget._esm
    assert len(widget._css) > 100


@pytest.mark.parametrize(
    ("layers", "y", "words"),
    [
        ([gn.Dense(1)], IRIS.y, "must be Dense"),
        ([gn.Dense(3, "softmax")], IRIS.y[:10], "same number|needs X"),
        (
            [gn.Dense(4), gn.Columns(([0, 1], gn.Scale())), gn.Dense(3, "softmax")],
            IRIS.y,
            "opens networks of Dense layers.*; this network has Columns layers",
        ),
        ([gn.Dense(2, "softmax")], IRIS.y, r"must be Dense\(3, 'softmax'\)"),
    ],
)
def test_what_it_cannot_show_is_said(layers, y, words):
    with pytest.raises(gn.InvalidInput, match=words):
        gn.playground(gn.Network(layers), IRIS.X, y)


def test_layers_that_the_page_cannot_make_are_shown_as_they_are():
    layers = [gn.Dropout(0.1), gn.Scale(), gn.Dense(4, gn.PReLU()), gn.Dense(3, "softmax")]
    widget = gn.playground(gn.Network(layers), IRIS.X, IRIS.y)
    try:
        session = widget.worker.session
        assert session.simulation.scene.network == "the network"
        session.simulation.move(3, "step")
        assert Painter(session.simulation, View()).frame(1, False, 0)[0]["step"] == 3
    finally:
        widget.close()


def test_residual_layers_are_layers_of_the_scene():
    layers = [gn.Dense(5, "relu"), gn.Residual(gn.Dense(5, "tanh"), gn.LayerNorm()), gn.Dense(3, "softmax")]
    widget = gn.playground(net := gn.Network(layers), IRIS.X, IRIS.y)
    try:
        simulation = widget.worker.session.simulation
        assert [(each.skip, each.normalization) for each in simulation.scene.layers] == [(False, None), (True, "layer")]
        assert network_of(simulation.scene, simulation.rows).layers == net.layers
    finally:
        widget.close()


def test_a_network_needs_rows():
    with pytest.raises(gn.InvalidInput, match="needs X"):
        gn.playground(network())
