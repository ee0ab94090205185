"""Each lesson's links work, and what it says comes out."""

import json
import re

import pytest

from glassnet.playing.answers.lessons import lessons
from glassnet.playing.scene import Scene
from glassnet.playing.simulation import Simulation

NAMES = list(lessons())


def commands(name):
    """The commands of a lesson's links, in their order."""
    found = re.findall(r"\(#try:(\{.*?\})\)", lessons()[name]["markdown"])
    return [json.loads(each) for each in found]


def last(page):
    """The last point of the curves."""
    return page.session_of.simulation.points()[-1]


@pytest.fixture
def taught(playground, page):
    page.session_of = playground.session

    def through(name, upto=None):
        """Press all links of a lesson, waiting for each run to end; gives the last point after each run."""
        points = []
        for command in commands(name)[:upto]:
            answer = page.ask(command["do"], **{key: value for key, value in command.items() if key != "do"})
            assert "error" not in answer, (command, answer)
            if command["do"] == "run":
                page.wait("ended")
                points.append(last(page))
        return points

    return through


@pytest.mark.parametrize("name", NAMES)
def test_a_lesson_has_steps_and_links_that_can_be_read(name):
    found = lessons()[name]
    assert found["markdown"].count("\n---\n") >= 1
    assert commands(name)[0]["do"] == "set"
    Simulation(Scene().changed(commands(name)[0]["change"]))


def test_exclusive_or_fails_without_a_hidden_layer_and_is_solved_by_two_units(taught):
    without, with_two = taught("xor")
    assert without.loss > 0.6
    assert with_two.loss < 0.1
    assert with_two.metric > 0.98


def test_a_rate_is_too_low_right_and_too_high(taught):
    slow, right, wild = taught("learning-rate")
    assert slow.loss > 0.6
    assert right.loss < 0.4
    assert wild.loss > 1


def test_gradients_vanish_through_sigmoids_only(taught):
    sigmoid, tanh, relu = taught("vanishing-gradient")
    assert sigmoid.loss > 0.65
    assert max(tanh.loss, relu.loss) < 0.45


def test_cross_entropy_is_ahead_of_the_squared_error(taught):
    squared, entropy = taught("softmax")
    assert entropy.metric > squared.metric + 0.1


@pytest.mark.long
def test_few_rows_are_learned_by_heart(taught):
    few, more, held_back = taught("overfitting")
    assert few.loss < 0.05
    assert few.held_out > 0.3
    assert more.held_out - more.loss < few.held_out - few.loss
    assert held_back.held_out - held_back.loss < few.held_out - few.loss


def test_a_line_becomes_a_curve(taught):
    line, curve = taught("regression")
    assert curve.loss < line.loss / 5


@pytest.mark.parametrize("name", ["clouds", "iris", "dying-relu"])
def test_the_other_lessons_run_to_their_ends(taught, name):
    assert all(point.metric > 0.7 for point in taught(name)[:1])
