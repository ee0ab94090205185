"""The steps of a tape: formulas with numbers, local derivatives, shares that add up."""

import numpy as np
import pytest

import glassnet as gn
from glassnet.insight.pages.as_text import as_text
from glassnet.insight.tape_steps import steps_of
from glassnet.taping.reading import read


def told(text):
    """The steps of a text by the names of their arrays, those back with a d."""
    return {f"{'d' if step.back else ''}{step.name}": step for step in steps_of(*read(text, {}))}


def test_single_numbers_are_put_into_formulas():
    steps = told("w = 2\nx = 3\nb = -1\n(w * x + b) ** 2")
    assert [*steps] == ["v1", "v2", "L", "dL", "dv2", "dv1", "db", "dx", "dw"]
    assert steps["v2"].summary == "v2 = v1 + b = 6 + (−1) = 5"
    assert steps["dv2"].summary == "dv2 = dL * ∂L/∂v2 = 1 * 10 = 10"
    assert as_text(steps["dv2"].pieces).splitlines() == [
        "  v2 is used in L = v2 ** 2.",
        "  Local derivative: ∂L/∂v2 = 2.0 * v2 = 2 * 5 = 10",
        "  Chain rule: dL * ∂L/∂v2 = 1 * 10 = 10",
    ]


def test_shares_of_an_array_that_is_used_twice_add_up():
    steps = told("x = 0.5\nx * x * 3 - sin(-x) / x")
    text = as_text(steps["dx"].pieces, 120)
    assert "Local derivative: ∂v1/∂x = x + x = 0.5 + 0.5 = 1\n" in text
    assert "Local derivative: ∂v3/∂x = −1\n" in text
    assert steps["dx"].summary.startswith("dx = dv1 * ∂v1/∂x + dv3 * ∂v3/∂x + dv5 * ∂v5/∂x = 3 + 1.755 + (−1.918) = ")
    exact = 6 * 0.5 + np.cos(0.5) / 0.5 - np.sin(0.5) / 0.25
    assert float(steps["dx"].summary.rpartition(" = ")[2]) == pytest.approx(exact, abs=1e-3)


def test_arrays_are_shown_and_local_derivatives_of_them_entry_by_entry():
    steps = told("x = [1, 2]\nW = [[0.5, 1], [-0.4, 0]]\nb = 0.1\nsum(tanh(x @ W + b))")
    assert as_text(steps["dv2"].pieces).splitlines() == [
        "  v2 is used in v3 = tanh(v2).",
        "  Local derivative: ∂v3/∂v2 = 1.0 − v3 * v3",
        "    ∂v3/∂v2 = [ 0.961  0.3592 ]",
        "  Chain rule: dv3 * ∂v3/∂v2",
        "    dv3 = [ 1  1 ]",
        "    dv2 = [ 0.961  0.3592 ]",
    ]
    assert steps["db"].summary == "db = dv2 * ∂v2/∂b, summed up where b was repeated"
    assert steps["dW"].summary == "dW = expand_dims(x, 1) * expand_dims(dv1, 0)" or "dv1" in steps["dW"].summary
    assert "What goes back to it: " in as_text(steps["dx"].pieces)


def test_masks_taken_entries_and_joined_ones_have_steps():
    steps = told("x = [1, -2]\nconcatenate((where(x > 0, x, 0.1 * x), x[[0, 0]]))")
    assert "dx" in steps and "dv1" not in steps  # nothing goes back through a comparison
    text = as_text(steps["dx"].pieces)
    assert "Local derivative: ∂v3/∂x = where(v1, 1, 0.0)\n    ∂v3/∂x = [ 1  0 ]" in text
    assert "What goes back to it: zeros_like(x)[[0, 0]] + dv4" in text
    assert text.endswith("dx = [ 3  0.1 ]")


def test_results_that_are_given_and_several_numbers():
    assert [step.summary for step in steps_of(*read("x = 2\nx", {}))] == ["dx = 1"]
    steps = told("x = [1, 2]\nx - 3")
    assert as_text(steps["dL"].pieces) == "  dL = 1, for every entry: several numbers count as their sum"
    assert as_text(steps["dx"].pieces).startswith("  x is used in L = x − 3.\n  Local derivative: ∂L/∂x = 1\n")


@pytest.mark.parametrize("text", ["x * w + sin(x) / w", "maximum(x, w) ** 2 - exp(-x)", "tanh(x - w) * (x > 0)"])
def test_the_last_number_of_a_step_is_the_gradient(text):
    text = f"x = 0.7\nw = -1.3\n{text}"
    made = gn.tape(text)
    for name, gradient in made.gradients.items():
        assert float(told(text)[f"d{name}"].summary.rpartition(" = ")[2].replace("−", "-")) == pytest.approx(
            gradient.item(), rel=1e-3
        )
