"""A computation shown forward and back."""
# mypy: disable-error-code="arg-type"

from typing import Any

import numpy as np
import pytest

import glassnet as gn


@pytest.fixture(scope="module")
def made():
    given: dict[str, Any] = {"x": [[1, 2.0], [3, 4]], "W": [[0.5, -1], [0.2, 0.3]], "b": [0, 0.1], "t": np.eye(2)}
    return gn.tape(lambda x, W, b, t: np.mean((np.maximum(x @ W + b, 0.0) - t) ** 2), **given)


def test_every_array_has_its_formula_and_its_gradient(made):
    assert [(node.name, node.formula, node.back) for node in made.nodes] == [
        ("x", "", "dv2 @ W.T"),
        ("W", "", "x.T @ dv2"),
        ("b", "", "sum(dv2, axis=0)"),
        ("t", "", "-dv4"),
        ("v1", "x @ W", "dv2"),
        ("v2", "v1 + b", "where(v2 == 0.0, 0.5 * dv4, where(v2 > 0.0, dv4, 0.0))"),
        ("v3", "maximum(v2, 0.0)", "dv4"),
        ("v4", "v3 - t", "dv5 * (2.0 * v4)"),
        ("v5", "v4 ** 2", "broadcast_to(dL, (2, 2)) / 4"),
        ("L", "mean(v5)", "1"),
    ]
    assert [node.name for node in made.back[:3]] == ["L", "v5", "v4"]
    np.testing.assert_allclose(made.value, 1.575)
    np.testing.assert_allclose(made.gradients["W"], [[3.4, 0], [4.5, 0]])
    moved = gn.tape(
        lambda b: np.mean((np.maximum(np.array([[0.9, -0.4], [2.3, -1.8]]) + b, 0.0) - np.eye(2)) ** 2), b=[1e-6, 0.1]
    )
    np.testing.assert_allclose((moved.value - made.value) / 1e-6, made.gradients["b"][0], rtol=1e-5)


def test_it_is_printed_array_by_array(made):
    text = made.text(80)
    assert "  v3 = maximum(v2, 0.0)\n    v3 = ⎡ 0.9  0 ⎤\n         ⎣ 2.3  0 ⎦\n" in text
    assert "  dW = x.T @ dv2\n    dW = ⎡ 3.4  0 ⎤\n         ⎣ 4.5  0 ⎦\n" in text
    assert made._repr_html_().startswith('<div class="glassnet">') and "dv5" in made._repr_html_()


def test_single_numbers_stand_in_a_table():
    made = gn.tape(lambda w, x, unused: np.sin(w * x) * w, w=2.0, x=3, unused=1.0)
    assert "  v1      w * x              6\n" in str(made)
    assert "  dw        dL * v2 + dv1 * x  5.482" in str(made)
    np.testing.assert_allclose(made.gradients["w"], np.sin(6) + 6 * np.cos(6))
    assert made.gradients["unused"] == 0.0 and repr(made) == "Tape(6 arrays, L ())"


def test_scattered_entries_and_results_that_are_arguments():
    made = gn.tape(lambda e: e[[0, 1, 0]] ** 2, e=[1.0, 2.0])
    assert [node.back for node in made.nodes] == ["zeros_like(e)[[0, 1, 0]] + dv1", "dL * (2.0 * v1)", "1"]
    assert made.gradients["e"].tolist() == [4.0, 4.0]
    assert gn.tape(lambda x: x, x=2.0).gradients["x"] == 1.0


def test_arrays_without_numbers_and_constants_of_many_are_shown_by_their_shape():
    text = str(gn.tape(lambda x: x.sum(), x=[]))
    assert "x is given: no numbers, shape (0,)" in text and "dx = broadcast_to(dL, (0,)): no numbers" in text
    made = gn.tape(lambda w: (w * np.ones((20, 30)) * np.array([0.5])).sum(), w=2.0)
    assert [node.formula for node in made.nodes] == ["", "w * [20×30 numbers]", "v1 * [0.5]", "sum(v2)"]
    assert made.gradients["w"] == 300.0


def test_names_that_a_result_and_steps_would_have_are_left_to_arguments():
    made = gn.tape(lambda L, v1: (L * v1 + 1) ** 2, L=2.0, v1=3.0)
    assert [node.name for node in made.nodes] == ["L", "v1", "v1_", "v2", "L_"]
    assert made.value == 49.0 and made.gradients["L"] == 42.0 and "dL_       1" in str(made)
    assert gn.tape(lambda x, y: x, x=2.0, y=3.0).value == 2.0


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (
            lambda: gn.tape(w=1.0, x=2.0),
            "needs a function or a text first, as in gn.tape(lambda w, x: …, w=1.0), got None.",
        ),
        (lambda: gn.tape("w * x", w=1.0), "column 5: `x` has no value"),
        (lambda: gn.tape(lambda x, dx: x * dx, x=1.0, dx=2.0), "`dx` is what the gradient of `x` is called"),
        (lambda: gn.tape(lambda w: w, w=None), "`w` must be a number or an array of numbers, got None."),
        (lambda: gn.tape(lambda w: w, w="3"), "`w` must be a number or an array of numbers, got '3'."),
        (lambda: gn.tape(np.tanh, w=1.0), "name them, as in gn.tape(lambda w: …, w=1.0)."),
        (lambda: gn.tape(lambda w: w, w="a"), "`w` must be a number or an array of numbers, got 'a'."),
        (lambda: gn.tape(lambda w: w, x=1.0), "the arguments are not those of the function: "),
        (lambda: gn.tape(lambda w: 3.0, w=1.0), "must return an array made of its arguments, got 3.0."),
        (lambda: gn.tape(lambda w: w if w > 0 else -w, w=1.0), "neither true nor false"),
    ],
)
def test_what_cannot_be_shown(call, said):
    with pytest.raises(gn.InvalidInput) as caught:
        call()
    assert said in str(caught.value)
