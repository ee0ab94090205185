import sys

import numpy as np
import pytest
from PIL import Image

import glassnet as gn
from glassnet.demos import cartpole as demo
from glassnet.demos import run_demo


@pytest.fixture(scope="module")
def cartpole(ran):
    """A run that is too short to learn much."""
    pytest.importorskip("gymnasium")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"SEEDS": range(2), "N_STEPS": 1300, "FEWER": 1100, "N_GAMES": 2}.items():
            patch.setattr(demo, name, value)
        patch.setattr(demo, "PARTS", {"all parts": {}, "without replay": {"memory": 64}})
        yield ran("cartpole")


def test_text_curve_and_film(cartpole):
    cartpole.check_text(
        "CartPole-v1: each step that the pole stands brings 1, at most 500 in a game",
        "solved  mean return  steps from each of 2 seeds",
        "without replay              0 of 2  ",
        "   1,100   1,100",
        "steps  seed 0  seed 1",
    )
    assert [path.name for path in cartpole.result.figures] == ["curve.png", "game.gif"]
    with Image.open(cartpole.result.figures[1]) as film:
        assert film.size == (480, 240) and getattr(film, "n_frames", 1) >= 2


def test_the_returns_are_those_of_the_network(cartpole):
    one = cartpole.result.learned["all parts"][1]
    assert one.returns.tolist() == gn.reinforcement.play(demo.GAME, one.net, 2, seed=10_001).tolist()
    assert np.isfinite(one.mean_return)


def test_without_gymnasium_one_sentence_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "gymnasium", None)
    with pytest.raises(
        gn.MissingExtra, match=r'^the game .CartPole-v1. needs gymnasium: pip install "glassnet\[games\]"$'
    ):
        run_demo("cartpole", tmp_path)
    assert list(tmp_path.iterdir()) == []
