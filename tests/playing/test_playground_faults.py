"""What goes wrong is said, and the playground goes on: its one thread serves all pages."""

from typing import Any

import numpy as np
import pytest

from glassnet.playing.commands import COMMANDS
from glassnet.playing.frame import Painter
from glassnet.playing.maps import as_bytes
from glassnet.playing.scene import Scene
from glassnet.playing.simulation import Simulation
from tests.playing.client import array

HUGE = 10**400  # JSON has whole numbers that no float holds


def goes_on(page):
    """A step is made, and painted."""
    assert "error" not in page.ask("move", by=1, unit="step")
    assert page.wait("frame", lambda frame: frame["step"] >= 1)


def broken(*args):
    raise RuntimeError("a mistake")


@pytest.mark.parametrize(
    "command",
    [
        {"do": "practice", "answer": HUGE, "question": 1},
        {"do": "edit", "layer": 0, "parameter": "W", "index": [0, 0], "value": HUGE},
        {"do": "classify", "inputs": [HUGE, 1]},
        {"do": "move", "by": HUGE},
        {"do": "reset", "seed": HUGE},
        {"do": "set", "change": {"data": {"rows": HUGE}}},
        {"do": "set", "change": {"training": {"optimizer": {"name": "sgd", "learning_rate": HUGE}}}},
        {"do": "set", "change": {"layers": [{"units": 3, "activation": "softmax"}]}},
        {"do": "set", "change": {"layers": [{"units": 3, "activation": "prelu"}]}},
        {"do": "view", "pins": [{"layer": 0, "parameter": "W", "index": [0.5, None]}]},
    ],
    ids=lambda command: command["do"],
)
def test_numbers_and_layers_that_cannot_be_used_are_refused_in_one_sentence(page, command):
    answer = page.ask(command["do"], **{key: value for key, value in command.items() if key != "do"})
    assert 10 < len(answer["error"]) < 500
    assert "mistake" not in answer["error"]
    goes_on(page)


def test_a_command_with_a_mistake_in_it_is_answered_and_printed(page, monkeypatch, capfd):
    with monkeypatch.context() as patch:
        patch.setitem(COMMANDS, "check", broken)
        assert "the playground made a mistake (RuntimeError)" in page.ask("check")["error"]
    assert "RuntimeError: a mistake" in capfd.readouterr().err
    goes_on(page)


def test_a_frame_that_cannot_be_made_pauses_the_training_and_is_said(page, monkeypatch):
    page.frame(0)
    with monkeypatch.context() as patch:
        patch.setattr(Painter, "frame", broken)
        page.ask("run")
        assert "made a mistake" in page.wait("message")["text"]
    assert "error" not in page.ask("pause")
    assert not page.frame(running=False)["running"]
    goes_on(page)


def test_a_training_with_a_mistake_in_it_is_paused(page, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(Simulation, "go_on", broken)
        page.ask("run")
        assert "made a mistake" in page.wait("message")["text"]
    goes_on(page)


@pytest.mark.parametrize("value", [3e38, -1e20, 1e13])
def test_a_network_whose_numbers_overflow_can_still_be_asked(page, value):
    page.ask("edit", layer=0, parameter="W", index=[0, 0], value=value)
    assert page.wait("frame", lambda frame: array(frame, "parameters")[0] == np.float32(value))
    asked: dict[str, dict[str, Any]] = {
        "why": {"layer": 0, "parameter": "W", "index": [0, 0], "row": 0},
        "unit": {"layer": 0, "unit": 0, "row": 0},
        "forward": {"row": 0},
        "check": {},
        "diagnose": {},
    }
    for name, given in asked.items():
        assert "mistake" not in page.ask(name, **given).get("error", "")
    page.ask("undo")
    goes_on(page)


def test_points_of_the_curves_are_given_from_one_on():
    simulation = Simulation(Scene().changed({"training": {"engine": "numpy"}}))
    assert (simulation.last, simulation.points()) == (None, [])
    simulation.move(2, "epoch")
    simulation.retrained(simulation.scene.changed({"training": {"batch_size": 8}}))
    simulation.move(3, "epoch")
    points = simulation.points()
    assert [point.epoch for point in points] == [1, 2, 3, 4, 5]
    assert all(simulation.points(first) == points[first:] for first in range(7))
    assert simulation.last == points[-1]
    simulation.move(-3, "epoch")
    assert simulation.last == points[1]


def test_maps_of_numbers_that_are_tiny_or_not_finite_are_bytes():
    A = np.array([[1e-40, np.inf, np.nan, 2.0, 0.0], [0.0, 1.0, 1.0, -4.0, 0.0]], np.float32)
    maps, scales = as_bytes(A.T[:, None])
    assert (maps.dtype, maps.shape) == (np.uint8, (5, 1, 2))
    units = maps[:, 0]
    assert units[[0, 4]].tolist() == [[128, 128], [128, 128]]
    assert (units[1, 0], units[2, 0]) == (255, 128)
    assert (units[3].tolist(), scales[3]) == ([192, 1], 4.0)
