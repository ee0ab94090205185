"""Attention and gates as pictures."""

import re

import numpy as np
import pytest

import glassnet as gn
from glassnet.pictures import attention, gates

CODES = np.array([0, 3, 1, 4, 2, 2])


def network(*layers, shape=6):
    return gn.Network([*layers, gn.Dense(5, "softmax")], engine="numpy", dtype="float64").build(shape, seed=0)


@pytest.fixture(scope="module")
def looking():
    block = gn.Residual(gn.LayerNorm(), gn.Attention(2, causal=True))
    net = network(gn.Embedding(5, 8, weights="spread_normal"), gn.PositionalEncoding(), block)
    net.parameters[...] *= 1.6  # so that heads look at some steps more than at others
    return net


def test_attention_has_a_map_for_each_head_whose_rows_add_up_to_one(looking):
    figure = attention(looking, CODES, code_names=".abcd")
    for axes in figure.axes[:2]:
        P = np.asarray(axes.images[0].get_array())
        np.testing.assert_allclose(P.sum(axis=1), 1)
        assert (P[np.triu_indices(6, 1)] == 0).all()
        assert [text.get_text() for text in axes.get_xticklabels()] == list(".cadbb")
    assert [text.get_text() for text in attention(looking, CODES).axes[0].get_yticklabels()] == list("031422")


@pytest.mark.parametrize(("layer", "names"), [(gn.GRU(4), "RZNA"), (gn.LSTM(4, sequences=True), "IFNOA")])
def test_gates_are_those_of_each_step(layer, names):
    net = network(gn.Masking(0.0), layer, shape=(6, 3))
    x = np.random.default_rng(0).normal(size=(6, 3))
    seen = gn.trace(net, x[None], 0 * net.predict(x[None]), loss="squared_error").layers[1]
    figure = gates(net, x)
    assert "".join(axes.get_title()[0] for axes in figure.axes[: len(names)]) == names
    for axes, name in zip(figure.axes, names, strict=False):
        np.testing.assert_allclose(axes.images[0].get_array(), seen.symbols[name].T)
    assert [text.get_text() for text in figure.axes[0].get_xticklabels()] == list("012345")
    assert len(gates(net, x, most=2).axes[0].get_yticks()) == 2


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda net: gates(net, CODES), "gates needs a layer GRU or LSTM; this network has none."),
        (lambda net: attention(net, CODES, 0), "attention needs a layer Attention; layer 0 is Embedding("),
        (lambda net: attention(net, CODES, code_names="ab"), "code_names must name the codes 0…4 of x, got 2 names."),
        (lambda net: attention(net, [CODES, CODES]), "x must be one row of inputs"),
    ],
)
def test_what_cannot_be_drawn_is_refused(looking, draw, message):
    with pytest.raises(gn.InvalidInput, match=re.escape(message)):
        draw(looking)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_sequences_are_drawn_as_they_were_judged(same_picture, looking, theme):
    same_picture(attention(looking, CODES, code_names=".abcd", theme=theme), f"attention-{theme}")
    net = network(gn.Embedding(5, 8, weights="spread_normal"), gn.GRU(6, weights="spread_normal"))
    same_picture(gates(net, CODES, code_names=".abcd", theme=theme), f"gates-{theme}")
