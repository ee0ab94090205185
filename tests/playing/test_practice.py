"""Exercises: their answers are the library's own numbers, and wrong answers are told from each other."""

import numpy as np
import pytest

import glassnet as gn
from glassnet.playing.answers.exercises import KINDS
from glassnet.playing.answers.practice import Practice
from glassnet.playing.answers.questions import traced
from glassnet.playing.rows import BUNDLED
from glassnet.playing.scene import Scene
from glassnet.playing.simulation import Simulation


def simulation(name="xor", **more):
    scene = {"layers": [{"units": 3}, {"units": 2}], "data": {"name": name}, "training": {"engine": "numpy"}}
    return Simulation(Scene().changed({**scene, **more}))


def asked(kind, of=None, tries=1):
    """Exercises of a kind, with the question of each."""
    practice, of = Practice(), of or simulation()
    for _ in range(tries):
        yield practice.ask(of, kind), practice.exercise


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["xor", "iris", "regression"])
def test_answer_derivation_and_mistakes(kind, name):
    for question, exercise in asked(kind, simulation(name), tries=10):
        given = {each["name"]: each["value"] for each in question["given"]}
        assert given == exercise.given and np.isfinite(list(given.values())).all()
        right = exercise.verdict(exercise.value * 1.00001)
        assert right["right"] and right["derivation"] == list(exercise.derivation) and len(exercise.derivation) == 2
        assert f"{exercise.value:.4g}".replace("-", "\N{MINUS SIGN}") in exercise.derivation[-1]
        for mistake in exercise.mistakes:
            if not exercise.is_right(mistake.value):
                told = exercise.verdict(mistake.value)
                assert not told["right"] and "derivation" not in told and "value" not in told
        assert exercise.verdict(exercise.value + 1e6)["text"] == exercise.otherwise


@pytest.mark.parametrize("of", [simulation(), simulation("iris"), simulation("regression")])
def test_the_numbers_are_those_of_a_trace(of):
    for question, exercise in asked("loss", of, tries=5):
        row = int(question["text"].split()[1].strip(":"))
        assert exercise.value == pytest.approx(traced(of, row)[0].loss, rel=2e-3, abs=1e-6)
    for question, exercise in asked("delta", of, tries=5):
        row, name = int(question["text"].split()[1].strip(":")), question["text"].split("of the unit ")[1].split("?")[0]
        depth, unit = (int(part) - 1 for part in name.removeprefix("h").split("."))
        layer = traced(of, row)[0].layers[depth]
        assert exercise.value == pytest.approx(float(layer.dZ[0, unit]), rel=2e-2, abs=1e-5)


def test_a_step_of_gradient_descent_lowers_the_weight_by_its_gradient():
    for _, exercise in asked("next weight", tries=10):
        w, rate, g = exercise.given.values()
        assert exercise.value == pytest.approx(w - rate * g)
        assert "wrong way" in exercise.verdict(w + rate * g)["text"]
        assert exercise.verdict(w)["right"] is False  # a step that is too small to be seen is not asked for


@pytest.mark.parametrize(
    ("kind", "change", "words"),
    [
        ("delta", {"layers": []}, "needs a hidden layer"),
        ("loss", {"data": {"name": "regression"}, "training": {"loss": "huber"}}, "choose another kind"),
    ],
)
def test_what_cannot_be_asked_is_said(kind, change, words):
    with pytest.raises(gn.InvalidInput, match=words):
        Practice().ask(simulation(**change) if "data" not in change else Simulation(Scene().changed(change)), kind)


def test_another_kind_is_refused_and_any_takes_all():
    with pytest.raises(gn.UnknownName, match="loss"):
        Practice().ask(simulation(), "los")
    practice, of = Practice(), simulation()
    assert {practice.ask(of, "any")["kind"] for _ in range(30)} == set(KINDS)
    assert practice.solve(30)["derivation"]
    with pytest.raises(gn.InvalidInput, match="no longer open"):
        practice.solve(1)


def test_every_set_has_exercises_of_all_kinds():
    for name in BUNDLED:
        of = simulation(name)
        for kind in KINDS:
            if not (name == "digits" and kind in ("delta", "loss")):  # ten classes are too many to add up by hand
                assert Practice().ask(of, kind)["given"]
