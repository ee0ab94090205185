"""Formulas are read from docstrings, shown again as text and as MathML, and are those that the code computes."""

import inspect
import re
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import glassnet as gn
from glassnet.formulas.activations import Activation
from glassnet.formulas.averages import Average
from glassnet.formulas.clipping import Clip, MaxNorm
from glassnet.formulas.losses import Loss
from glassnet.formulas.penalties import Penalty
from glassnet.formulas.update_rules import UpdateRule
from glassnet.insight.blackboard.naming import activation_formulas, names_in, settings_of, walk
from glassnet.insight.notation.docstrings import formulas_in, formulas_of, symbol
from glassnet.insight.notation.mathml import MathWriter, math
from glassnet.insight.notation.numbers import Entry, NoEntry, Scope, put_in, value
from glassnet.insight.notation.reading import read, read_all
from glassnet.insight.notation.text import Writer
from glassnet.insight.notation.tree import Name, Number, Op, Total
from glassnet.layers.layer import Layer
from glassnet.tables.encoding.column_encoders import NumberColumn
from glassnet.tables.encoding.target import NumberTarget

FAMILIES: list = [Activation, Loss, UpdateRule, Penalty, Clip, Average, Layer]
CLASSES: list = [
    c for family in FAMILIES for c in family.registry.values()
    if c.__module__.startswith("glassnet.") and c is not gn.LBFGS
]  # fmt: skip
CLASSES += [MaxNorm, NumberColumn, NumberTarget]
AT = Entry(0, 0)


@pytest.mark.parametrize("owner", CLASSES, ids=lambda c: c.__name__)
def test_every_docstring_has_a_line_in_words_and_then_its_formulas(owner):
    words, formulas, *_ = (inspect.getdoc(owner) or "").split("\n\n")
    with pytest.raises(gn.InvalidInput):
        read_all(words)
    found = read_all(formulas)
    assert found
    assert formulas_in(owner.__doc__ or "") == (tuple(found), 1)
    assert formulas_of(owner) == tuple(found)
    for equation in found:
        again = read(Writer().equation(equation))
        assert (again.left, again.rights) == (equation.left, equation.rights)
        shown = ElementTree.fromstring(math(MathWriter().equation(equation)))
        assert shown.tag == "math"
        assert {element.tag for element in shown.iter()} <= {
            "math", "mrow", "mi", "mn", "mo", "msup", "msub", "mfrac", "msqrt", "mover", "munder", "mtable", "mtr",
            "mtd", "mtext", "mspace",
        }  # fmt: skip


@pytest.mark.parametrize("name", [n for n, c in Activation.registry.items() if c in CLASSES and n != "softmax"])
@given(z=st.floats(-6, 6))
def test_the_formula_of_an_activation_is_what_it_computes(name, z):
    f = Activation.of(name)
    formulas = activation_formulas(f)
    learned = [np.array([[getattr(f, field)]]) for field in f.learned]
    z_ = np.array([[z]])
    a = f.value(z_, *learned)
    scope = Scope({"z": z_, "a": a, **settings_of(f)}, formulas)
    for _, right in formulas["f"].rights:
        assert value(put_in(right, scope, AT)) == pytest.approx(a[0, 0], rel=1e-8, abs=1e-8)
    if abs(abs(z) - (3 if name == "hard_sigmoid" else 0)) > 1e-9:  # not at a kink
        expected = f.slope(z_, a, *learned)[0, 0]
        assert value(put_in(formulas["f'"].right, scope, AT)) == pytest.approx(expected, rel=1e-8, abs=1e-8)


@pytest.mark.parametrize("name", [n for n, c in Loss.registry.items() if c in CLASSES])
@given(p=st.floats(-5, 5), y=st.floats(0.01, 0.99))
def test_the_formula_of_a_loss_is_what_it_computes(name, p, y):
    loss = Loss.of(name)
    width = loss.outputs_per_target() if loss.output_symbols else sum(getattr(loss, "sizes", (2,)))
    Z, Y = np.linspace(p, 0.3, width)[np.newaxis], np.tile([y, 1 - y], width)[np.newaxis, :width]
    A = Activation.of(loss.output_activation or "linear").value(Z)
    Y = np.full_like(Y, y) if loss.output_symbols else Y
    columns = loss.columns(width)
    values = {"p": A, "a": A, "z": Z, "y": Y, "t": Y, **dict(zip(loss.column_symbols, columns, strict=False))}
    kinds = loss.output_symbols
    values |= {symbol: np.repeat(A[:, k :: len(kinds)], len(kinds), axis=1) for k, symbol in enumerate(kinds)}
    formulas = {each.name: each for each in formulas_of(type(loss))}
    scope = Scope(settings_of(loss) | values, {n: e for n, e in formulas.items() if n not in values})
    expected = loss.value(Z if loss.output_activation else A, Y, *columns)[0, 0]
    for _, right in formulas["ℓ"].rights:
        assert value(put_in(right, scope, AT)) == pytest.approx(expected, rel=1e-7, abs=1e-7)
    slope = next(each for each in formulas.values() if each.name.startswith("∂"))
    assert value(put_in(slope.right, scope, AT)) == pytest.approx(loss.gradient(A, Y, *columns)[0, 0], abs=1e-9)
    for j in range(width):
        numbers = put_in(slope.right, scope, Entry(0, j))
        assert value(numbers) == pytest.approx(loss.gradient(A, Y, *columns)[0, j], abs=1e-9)


@pytest.mark.parametrize("penalty", [gn.L1(0.2), gn.L2(0.3), gn.ElasticNet(0.1, 0.2)])
@pytest.mark.parametrize("w", [-1.5, 0.0, 2.0])
def test_the_formula_of_a_penalty_is_what_it_computes(penalty, w):
    at, slope = formulas_of(type(penalty))
    scope = Scope(settings_of(penalty) | {"w": w})
    assert value(put_in(at.right, scope, AT)) == pytest.approx(penalty.value(np.array(w)))
    assert value(put_in(slope.right, scope, AT)) == pytest.approx(penalty.slope(np.array(w)))


def test_the_formula_of_an_average_is_what_it_computes():
    (formula,) = formulas_of(gn.MovingAverage)
    scope = Scope({"a": 2.0, "p": 3.0, "t": 4.0, "δ": 0.9})
    assert value(put_in(formula.right, scope, AT)) == pytest.approx(
        gn.MovingAverage(0.9).update(np.array(2.0), np.array(3.0), 4)
    )


def test_what_stands_behind_in_prediction_holds_in_it():
    found = read_all("A = X ⊙ m;     dX = dA ⊙ m;  in prediction A = X,  dX = dA.")
    assert [(each.name, each.prediction) for each in found] == [("A", 0), ("dX", 0), ("A", 1), ("dX", 1)]


@pytest.mark.parametrize(
    "wrong", ["Z = X W + ", "Z", "= 3", "a = (1 + 2", "Sixty percent, of it = all", "Z = X % W", "a = 1 if b"]
)
def test_what_is_no_formula_is_refused_with_the_formula_named(wrong):
    with pytest.raises(gn.InvalidInput, match="formula"):
        read(wrong)


def test_a_constant_of_a_formula_keeps_all_its_digits():
    assert "<mn>0.044715</mn>" in MathWriter().equation(read("u = z + 0.044715 z³"))


def test_sums_are_shortened_and_signs_kept_apart():
    total = Total(tuple(Op("·", Number(k), Number(-1.0)) for k in range(1, 8)))
    assert Writer(3).write(total) == "1·(−1) + 2·(−1) + … + 7·(−1)"
    assert Writer().write(Op("−", Number(1.0), Number(-2.0))) == "1 − (−2)"
    assert Writer().write(read("a = −(x + y) / 2 − z²").right) == "−(x + y) / 2 − z²"
    shown = MathWriter().write(put_in(read("y = a − b").right, Scope({"a": 1e-7, "b": -2.0}), AT))
    plain = re.sub(r" (form|stretchy)='\w+'", "", shown)
    assert "<msup><mn>10</mn><mrow><mo>−</mo><mn>7</mn></mrow></msup>" in plain
    assert plain.endswith("<mo>−</mo><mo>(</mo><mo>−</mo><mn>2</mn><mo>)</mo>")


def test_of_a_sum_that_is_shortened_the_terms_that_are_not_0_are_shown():
    zeros = [Op("·", Number(0.0), Number(k + 0.5)) for k in range(9)]
    terms = [*zeros[:4], Op("·", Number(1.0), Number(7.0)), *zeros[5:]]
    assert Writer(6).write(Total(tuple(terms))) == "… + 1·7 + …"
    assert Writer(6).write(Total(tuple(terms[:5]))) == "0·0.5 + 0·1.5 + 0·2.5 + 0·3.5 + 1·7"
    assert Writer(3).write(Total(tuple(terms[4:]))) == "1·7 + …"
    assert Writer(3).write(Total(tuple(zeros))) == "0·0.5 + 0·1.5 + … + 0·8.5"
    assert Writer(3).write(Total((*zeros[:3], Op("·", Number(0.0), Number(np.nan)), Number(0.0)))) == "… + 0·nan + …"
    assert MathWriter(6).write(Total(tuple(terms))).count("…") == 2
    X = np.zeros((1, 500))
    X[0, 300], X[0, 400] = 2.0, 3.0
    found = put_in(read("Z = X W").right, Scope({"X": X, "W": np.ones((500, 1))}), AT)
    assert Writer().write(found) == "2·1 + … + 3·1"


def test_powers_of_small_numbers_stand_in_brackets():
    assert Writer().write(put_in(read("y = e^z").right, Scope({"z": 2e-9}), AT)) == "e^(2e-9)"
    assert Writer().write(put_in(read("y = e^z").right, Scope({"z": 0.5}), AT)) == "e^0.5"


def test_long_sums_are_worked_out_at_their_ends_alone():
    X, W = np.ones((2, 500)), np.ones((500, 3))
    found = put_in(read("Z = X W").right, Scope({"X": X, "W": W}), AT)
    assert (len(found.terms), found.left_out) == (9, 491)
    with pytest.raises(NoEntry):
        value(found)


def test_every_setting_and_array_has_a_symbol_of_its_own_within_a_class():
    for owner in CLASSES:
        fields = [symbol(name) for name in getattr(owner, "_fields", dict)()]
        assert len(fields) == len(set(fields)), owner
    assert (symbol("dgamma"), symbol("W"), symbol("dW")) == ("dγ", "W", "dW")


def test_walks_name_every_variable_once():
    equation = read("A = N ⊙ γ + β + N")
    assert names_in(equation.right) == ["N", "γ", "β"]
    assert [each for each in walk(equation.right) if each == Name("N")] == [Name("N")] * 2
