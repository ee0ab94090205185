import numpy as np
import pytest
from PIL import Image

from glassnet.demos import pong as demo


@pytest.fixture(scope="module")
def pong(ran):
    """A run that is too short to learn much."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"N_STEPS": 320, "CHECK_EVERY": 200, "N_GAMES": 2}.items():
            patch.setattr(demo, name, value)
        patch.setattr(demo, "SETTINGS", demo.SETTINGS | {"warm_up": 250, "updates": 2})
        yield ran("pong")


def test_text_curve_and_film(pong):
    pong.check_text("moves at random", "a player that follows the ball", "moves  mean return", "    320  ")
    assert [path.name for path in pong.result.figures] == ["curve.png", "game.gif"]
    with Image.open(pong.result.figures[1]) as film:
        assert film.size == (240, 240) and getattr(film, "n_frames", 1) >= 20


def test_following_the_ball_is_better_than_chance_and_seen_from_numbers_alone(pong):
    assert pong.result.at_random < pong.result.following
    assert np.isfinite(pong.result.learned) and [check.step for check in pong.result.curve.checks] == [256, 320]
