from typing import Any

import numpy as np
import pytest

import glassnet as gn
from glassnet.pictures.network.tape import places_of
from tests.themes import in_both_themes


@pytest.fixture(scope="module")
def made():
    given: dict[str, Any] = {"x": [[1, 2.0], [3, 4]], "W": [[0.5, -1], [0.2, 0.3]], "b": [0, 0.1]}
    return gn.tape(lambda x, W, b: np.mean(np.tanh(x @ W + b) ** 2), **given)


def texts(figure):
    return [text.get_text() for text in figure.axes[0].texts]


@in_both_themes
def test_a_graph_is_drawn_as_it_was_judged(same_picture, made, theme):
    same_picture(gn.pictures.tape(made, step=4, theme=theme), f"tape-{theme}")


def test_a_step_draws_the_gradients_until_then(made):
    assert [len([t for t in texts(gn.pictures.tape(made, step=k)) if t.startswith("d")]) for k in (0, 1, 3)] == [
        0,
        1,
        3,
    ]
    shown = texts(gn.pictures.tape(made))
    assert {"v1 = x @ W", "2×2: 0.9, −0.4, …", "[0, 0.1]", "dL = 1"} <= set(shown)


def test_values_flow_to_the_right(made):
    places = places_of(made)
    assert all(places[name][0] < places[node.name][0] for node in made.nodes for name in node.inputs)
    assert len(set(places.values())) == len(made.nodes)
    assert places["b"][0] == places["v1"][0]  # right in front of v2


def test_what_cannot_be_drawn(made):
    with pytest.raises(gn.InvalidInput, match=r"draws what gn\.tape returns, got 3\."):
        gn.pictures.tape(3)  # type: ignore[arg-type]
    with pytest.raises(gn.InvalidInput, match="`step` must be at most 8, the number of gradients, got 9"):
        gn.pictures.tape(made, step=9)
    long = gn.tape(lambda x: sum((x * k for k in range(40)), 0.0), x=1.0)
    with pytest.raises(gn.InvalidInput, match="the graph has 81 arrays; at most 60 can be read in a picture"):
        gn.pictures.tape(long)
