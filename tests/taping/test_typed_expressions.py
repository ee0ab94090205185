"""An expression given as text: what it computes, and what is refused, with its place."""

import tracemalloc
from typing import Any

import numpy as np
import pytest

import glassnet as gn
from glassnet.insight.tape_steps import steps_of
from glassnet.taping import sizes
from glassnet.taping.graph import Traced
from glassnet.taping.reading import read
from glassnet.taping.vocabulary import FUNCTIONS


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("tanh(x @ w + b)", lambda x, w, b: np.tanh(x @ w + b)),
        ("z = x * w\nsum(z) / (1 + exp(-b))", lambda x, w, b: np.sum(x * w) / (1 + np.exp(-b))),
        ("where(x > w, x, 2 * w)", lambda x, w, b: np.where(x > w, x, 2 * w)),
        ("x[0] ** 2 - w[-1] + x[:1].sum()", lambda x, w, b: x[0] ** 2 - w[-1] + x[:1].sum()),
        ("np.mean(stack((x, w), axis=1).T, axis=0)", lambda x, w, b: np.mean(np.stack((x, w), axis=1), axis=1)),
        ("# a remark\n\n  maximum(x, w) · pi − +b", lambda x, w, b: np.maximum(x, w) * np.pi - b),
        ("x × w ÷ 2", lambda x, w, b: x * w / 2),
        ("reshape(x, (2, 1)) * [[1, -2.5]] + 2 ** 3", lambda x, w, b: np.reshape(x, (2, 1)) * [[1, -2.5]] + 8),
        ("concatenate([x, w])[[0, 3, 0]] / 1e3", lambda x, w, b: np.concatenate([x, w])[[0, 3, 0]] / 1e3),
    ],
)
def test_a_text_computes_what_the_same_code_does(text, written):
    values: dict[str, Any] = {"x": [0.5, -1.0], "w": [0.2, 0.7], "b": 0.3}
    made, same = gn.tape(text, **values), gn.tape(written, **values)
    np.testing.assert_allclose(made.value, same.value, rtol=1e-15)
    for name, gradient in same.gradients.items():
        np.testing.assert_allclose(made.gradients[name], gradient, rtol=1e-15)


def test_lines_give_names_to_values_and_to_parts():
    made = gn.tape("x = [1, 2]\nw = [0.5, -0.4]\nz = x @ w\nw2 = 3\ntanh(z) * w2")
    assert [(node.name, node.formula) for node in made.nodes] == [
        ("x", ""), ("w", ""), ("z", "x @ w"), ("w2", ""), ("v2", "tanh(z)"), ("L", "v2 * w2"),
    ]  # fmt: skip
    assert made.value == 3 * np.tanh(1 * 0.5 - 2 * 0.4)


def test_every_function_is_one_of_numpy_that_the_tape_records():
    x = gn.tape("x = [[1, 2], [3, 4]]\nx").nodes[0].value
    needed = {"reshape": "(x, 4)", "expand_dims": "(x, 0)", "concatenate": "((x, x))", "stack": "((x, x))"}
    two = {"maximum", "minimum", "logaddexp", "dot", "matmul", "outer"}
    for name in FUNCTIONS:
        given = needed.get(name, "(x, x)" if name in two else "(x > 0, x, x)" if name == "where" else "(x)")
        given = "(x, 1, 2)" if name == "clip" else given
        assert isinstance(read(f"{name}{given} * 1.0", {"x": x}).output.value, np.ndarray), name


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "there is no expression: write one, such as tanh(w * x + b)."),
        ("tanhh(x)", "column 1: there is no function `tanhh`: did you mean `tanh`?"),
        ("x = 2\ny = tanh(x", "line 2, column 9: `(` is never closed."),
        ("2x", "column 1: a sign is missing: write 2 * x."),
        ("x = 2\n1e5 + 3.5 x", "line 2, column 7: a sign is missing: write 3.5 * x."),
        ("x = 1e5 x", "column 5: a sign is missing: write 1e5 * x."),
        ("x = 1\n.5x", "line 2, column 1: a sign is missing: write .5 * x."),
        ("x = 1\nx + 2e-3 x", "line 2, column 5: a sign is missing: write 2e-3 * x."),
        ("x = 1\nx + .25e-3 x", "line 2, column 5: a sign is missing: write .25e-3 * x."),
        ("x = [1, 2]\nsum(x, axis=0, axis=0)", "line 2, column 1: sum is given `axis` twice."),
        ("x = 2\nsin x", "line 2, column 5: put the argument of a function in brackets: write sin(x)."),
        ("x = 2\nw = 3\nx w", "line 3, column 3: a sign is missing between `x` and `w`, such as *."),
        ("x = 2\n(x + 1) (x - 1) x", "line 2, column 17: a sign is missing between `)` and `x`, such as *."),
        ("x = 2\nx **", "line 2, column 5: something is missing after `**`."),
        ("x =", "column 4: something is missing after `=`."),
        ("x = 2\nx + 1)", "line 2, column 6: `)` closes nothing: no such bracket is open."),
        ("x = 2\nx²", "line 2, column 2: write ** 2 for a square."),
        ("x = 2\n√x", "line 2, column 1: write sqrt(x)."),
        ("x = 2\n|x|", "line 2, column 1: write abs(x) for |x|."),
        ("x = 2\nx if x > 0", "line 2, column 1: write where(x > 0, …, …) for a choice."),
        ("def f(x)", "column 1: a line is an expression, or gives a name to one as in z = w * x."),
        ("x = 2\n5 = x", "line 2, column 1: a line is an expression, or gives a name to one as in z = w * x."),
        ("x = 2\nx → 3", "line 2, column 3: `→` has no place here."),
        ("x = 2\nln(x)", "line 2, column 1: there is no function `ln`: write log(x)."),
        ("x = 2\nsigmoid(x)", "line 2, column 1: there is no function `sigmoid`: write 1 / (1 + exp(-x))."),
        ("x = 2\nrelu(x)", "line 2, column 1: there is no function `relu`: write maximum(x, 0)."),
        ("x = 2\ne ** x", "line 2, column 1: `e` has no value: write exp(x) for a power of e."),
        ("x = 2\nx(3)", "line 2, column 1: `x` is no function: write * before the bracket, as in x * (…)."),
        ("x = 2\n2(x + 1)", "line 2, column 1: a number is no function: write * before the bracket, as in 2 * (…)."),
        ("x = 2\nlog(x, 2)", "line 2, column 1: log takes 1 argument, as in log(x), got 2."),
        ("x = 2\nexp(None) * x", "line 2, column 5: `None` cannot be used here"),
        ("x = 2\nwhere(True, x, 0)", "line 2, column 7: `True` cannot be used here"),
        ("x = 2\nclip(x, 1)", "line 2, column 1: clip takes an array and two bounds, as in clip(x, -1, 1)."),
        ("x = 2\nouter(x)", "line 2, column 1: outer takes 2 arguments, as in outer(x, y), got 1."),
        ("x = [1]\nsum(axis=0) + x", "line 2, column 1: sum takes 1 to 2 arguments, as in sum(x), got 0."),
        ("x = [1]\nmax(x, x)", "line 2, column 1: max is the largest of one array: write maximum(x, y) for the larger"),
        ("x = [1]\nconcatenate(x, x)", "line 2, column 1: concatenate takes arrays in a bracket of their own"),
        ("x = [1]\ntanh(x, axis=0)", "line 2, column 1: tanh has no argument `axis`."),
        ("x = [1]\nx.sum", "line 2, column 1: `.sum` cannot be used here: write sum(x)."),
        ("x = [1]\nx.reshape(1, 1)", "line 2, column 1: write reshape(x, …)."),
        ("x = [1]\nmath.sin(x)", "line 2, column 1: write sin(x), without `math.`."),
        ("x = [1]\nx[:, None] * x", "line 2, column 6: write expand_dims(x, 1) for x[:, None]."),
        ("x = [1]\ntanh[x]", "line 2, column 1: `tanh` is a function: write tanh(x)."),
        ("x = 2\n1,5 * x", "line 2, column 1: `(1, 5 * x)` cannot be used here: write one expression in a line, and"),
        ("   1 + y", "column 8: `y` has no value: give it one in a line above, as in y = 2."),
        ("weight = 2\n3 * wieght", "line 2, column 5: `wieght` has no value: did you mean `weight`?"),
        ("α = 2\nα + β", "line 2, column 5: `β` has no value"),
        ("x = 2\nx ^ 2", "line 2, column 1: `x ^ 2` cannot be used here: write ** for a power."),
        ("x = 2\nx if x > 0 else 1", "column 1: `x if x > 0 else 1` cannot be used here: write where(x > 0, …, …)."),
        ("x = 2\nx += 1", "line 2, column 1: a line is an expression, or gives a name to one as in z = w * x."),
        ("x = 2\nx = 3", "line 2, column 1: `x` has a value already: take another name."),
        ("exp = 2", "column 1: `exp` has a meaning already: take another name."),
        ("x = 2\nx; x", "line 2, column 1: write one expression in a line."),
        ("x = 2\ntanh * x", "line 2, column 1: `tanh` is a function: write tanh(x)."),
        ("x = [1, 2]\nw = [1, 2, 3]\n1 + x @ w", "line 3, column 5: np.matmul does not fit shapes (2,) and (3,)"),
        ("x = [1, [2, 3]]", "column 5: the rows of this list have different lengths."),
        ("x = 1\n[x, x]", "line 2, column 1: a list may hold numbers only: join arrays by concatenate((x, y))."),
        ("x = []", "column 5: this list is empty."),
        ("x = 1\nx[0.5]", "line 2, column 3: a whole number is needed here."),
        (
            "x = 1\nx > 0",
            "line 2, column 1: the last line is a comparison, which has no slope: use it in where(x > 0, …, …).",
        ),
        ("x = 1\n0 < x < 2", "line 2, column 1: compare two things, as in x > 0."),
        ("2 + 3", "column 1: the last line must compute something from the names above it, such as w * x."),
        ("x = 1e999", "column 5: this number is too large."),
        (
            "x = [1, 2]\nmean(x, foo=1)",
            "line 2, column 1: mean has no argument `foo`: those that it has are axis, keepdims.",
        ),
        ("x = [1, 2]\nsum(x, axis=5)", "axis 5 is out of bounds"),
        ("x = [1, 2]\nsum(**x)", "line 2, column 1: ** cannot be used here: write the arguments of sum."),
        ("x = 1\n[1, 2][0] * x", "line 2, column 1: take entries of something that has a name."),
        ("x = 1\nx * True", "line 2, column 5: `True` cannot be used here: write +, -, *, /, **, @, numbers"),
        ("x = 1\nnot x", "`not x` cannot be used here"),
        ("x = [1, 2]\nx[0:0]", "line 2, column 1: this has no numbers: an array needs one at least."),
        ("x = [1, 2]\nsum(x[0:0])", "line 2, column 5: this has no numbers: an array needs one at least."),
        ("x = [1, 2]\ny = x[2:]\nx", "line 2, column 5: this has no numbers: an array needs one at least."),
        ("[" * 70 + "1" + "]" * 70, "column 54: lists inside each other may be 16 deep at most."),
        ("x = 1\n-(1 > 2) * x", "line 2, column 1: a comparison has no sign: use it in where(x > 0, …, …)."),
        ("x = 1\n-(x > 2) * x", "line 2, column 1: a comparison has no sign: use it in where(x > 0, …, …)."),
        ("-where([1, 0])", "column 2: where takes a condition and two values, as in where(x > 0, x, 0)."),
        ("x = [1, 2]\nsum([x, 2 * x])", "line 2, column 5: a list may hold numbers only: join arrays by"),
        ("x = [1, 2]\nreshape(x, [2, 0.5])", "line 2, column 16: a whole number is needed here."),
        ("x=2\n\ty", "line 2, column 2: `y` has no value"),
        ("x=2\r\n x *\ty", "line 2, column 6: `y` has no value"),
        ("x=2\n# \u2028\ny", "line 3, column 1: `y` has no value"),
    ],
)
def test_a_wrong_text_is_answered_with_its_place(text, said):
    with pytest.raises(gn.InvalidInput) as caught:
        gn.tape(text)
    assert said in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')",
        "x = 1\nx.__class__",
        "x = 1\nx.value.tofile(1)",
        "(lambda: 1)()",
        "[y for y in (1, 2)]",
        "open('file')",
        "x = 1\nnp.save(x)",
        "x = 1\nnp.load(x).sum()",
        "x = 1\nx.sum.__globals__",
        "x = 1\nf'{x}'",
        "(y := 1)",
        "import os",
        "x = 1\nx * 'text'",
        "x = 1\nbroadcast_to(x, (1000000000, 1000000000))",
        "x = 1\nfull_like(x, 1, shape=(10000000000,))",
        "x = 1\ndiff(x, 1000000000)",
        "x = 1\n\x00",
    ],
)
def test_code_is_never_run(text):
    with pytest.raises(gn.InvalidInput, match="column"):
        gn.tape(text)


def test_long_deep_and_huge_texts_end_at_once():
    assert np.isinf(gn.tape("x = 1\nx * 9 ** 9 ** 9 ** 9").value)
    assert gn.tape("x = 2\nx * 10 ** 400 * 0").value.size == 1
    for text in ("x" * 3000, "(" * 150 + "1" + ")" * 150, "x = 1\n" + "+".join("x" * 400), "x = 1\n" + "-" * 900 + "x"):
        with pytest.raises(gn.InvalidInput):
            read(text, {})
    with pytest.raises(gn.InvalidInput, match=r"column 1: this has 10,000 numbers: at most 400 are shown."):
        read("outer(x, x)", {"x": np.ones(100)}, 400)


def test_a_sign_that_begins_like_a_keyword_gives_no_warning(recwarn):
    with pytest.raises(gn.InvalidInput, match="cannot be used here"):
        gn.tape("x = 1\n1if x else 2")
    assert not recwarn.list


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("x = [1, 2]\nreshape(x, [2, 1]) * [[3, 4]]", [[3, 4], [6, 8]]),
        ("x = [[1, 2], [3, 4]]\ntranspose(x, [1, 0])", [[1, 3], [2, 4]]),
        ("x = [[1, 2], [3, 4]]\nsum(x, axis=[0, 1])", 10),
        ("x = [[1, 2], [3, 4]]\nx.sum([0])", [4, 6]),
        ("x = [1, 2]\nconcatenate([2 * x, [3]])", [2, 4, 3]),
        ("x = [1, 2]\nstack([2 * x, 3 * x])", [[2, 4], [3, 6]]),
        ("x = [1, 2]\nx * concatenate([[3], [4]])", [3, 8]),
        ("x = [1, 2]\nx * reshape([[3, 4]], 2)", [3, 8]),
        ("x = [1, 2]\ndot(x, [3, 4])", 11),
        ("x = [1, 2]\ndot(x, (3, 4))", 11),
        ("x = [1, 2]\ntranspose(x, 0)", [1, 2]),
        ("x = [1, 2]\nminimum(x, 3 > 2)", [1, 1]),
    ],
)
def test_lists_are_shapes_axes_or_arrays_by_their_place(text, value):
    assert gn.tape(text).value.tolist() == value


def test_an_extreme_of_a_number_and_a_comparison_has_a_gradient():
    assert gn.tape("x = [0.5, 2]\nmin(minimum(x, 3 > 2))").gradients["x"].tolist() == [1, 0]
    assert gn.tape("x = [0.5, 1, 2]\nminimum(x, 1)").gradients["x"].tolist() == [1, 0.5, 0]


def test_a_power_of_zero_has_no_slope_at_zero():
    assert gn.tape("x = 0\nx ** 0").gradients["x"] == 0
    assert gn.tape("x = 0\ny = 0\nx ** y").gradients["x"] == 0
    np.testing.assert_array_equal(gn.tape("x = [0, 2, 3]\nx ** [0, 1, 3]").gradients["x"], [0, 1, 27])


def test_arrays_without_numbers_have_steps_where_a_function_makes_them():
    x = Traced(np.array([1.0, 2.0]), name="x")
    steps = steps_of(np.sum(x[:0]) + np.sum(x), {"x": x})
    assert [step.name for step in steps if step.back] == ["L", "v3", "v2", "v1", "x"]
    assert "v1 = x[:0]" in [step.summary for step in steps]


def test_every_operand_of_a_long_einsum_has_a_gradient():
    each = {name: np.arange(1.0, 4.0) * k for k, name in enumerate("abcdef", 1)}
    made = gn.tape(lambda a, b, c, d, e, f: np.einsum("i,i,i,i,i,i->", a, b, c, d, e, f), **each)
    for name, gradient in made.gradients.items():
        np.testing.assert_allclose(gradient, 720 * np.arange(1.0, 4.0) ** 5 / int(each[name][0]))
    assert set(made.gradients) == set("abcdef")


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("outer(x, x)", "100,000,000"),
        ("reshape(x, (10000, 1)) * x", "100,000,000"),
        ("expand_dims(x, 1) > x", "100,000,000"),
        ("where(expand_dims(x, 1) > 1, x, 0)", "100,000,000"),
        ("expand_dims(x, 1) @ expand_dims(x, 0)", "100,000,000"),
        ("dot(reshape(x, (100, 100)), reshape(x, (100, 100))) - reshape(x, (10000, 1))", ""),
        ("concatenate((x, x))", "20,000"),
    ],
)
def test_arrays_that_would_be_too_large_are_refused_before_they_are_made(text, size):
    tracemalloc.start()
    with pytest.raises(gn.InvalidInput, match=rf"column \d+: .*{size}"):
        read(text, {"x": np.ones(10_000)})
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2_000_000


def test_arrays_of_ones_own_that_find_no_memory_are_refused_before_they_are_made(monkeypatch):
    monkeypatch.setattr(sizes, "memory_there", lambda: 10**9)
    with pytest.raises(
        gn.OutOfMemory,
        match=r"np.multiply of shapes \(20000, 1\) and \(20000,\) would have 400,000,000 numbers "
        r"\(3.2 GB where there are 1.0 GB\): use shorter arrays",
    ):
        gn.tape(lambda x: np.sum(x[:, np.newaxis] * x), x=np.ones(20_000))


@pytest.mark.parametrize(
    ("function", "shapes", "size"),
    [
        (np.add, [(3, 1), (4,)], 12),
        (np.matmul, [(5, 3, 4), (4, 7)], 105),
        (np.matmul, [(4,), (4, 7)], 7),
        (np.matmul, [(3, 4), (4,)], 3),
        (np.matmul, [(4,), (4,)], 1),
        (np.outer, [(2, 3), (5,)], 30),
        (np.add, [(3,), (4,)], 0),
        (np.sum, [(3, 4)], 12),
    ],
)
def test_the_size_of_a_result_is_known_before(function, shapes, size):
    assert sizes.size_of_result(function, [np.ones(shape) for shape in shapes]) == size
