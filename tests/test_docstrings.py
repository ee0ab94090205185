"""What the docstring of each public class and function has: words, a formula, parameters, errors, an example."""

import dataclasses
import inspect
import re
import sys
from pathlib import Path
from types import FunctionType
from typing import Any

import pytest

import glassnet as gn
from glassnet.errors import GlassnetError
from glassnet.insight.notation.docstrings import formulas_of

sys.path.insert(0, str(Path(__file__).parents[1] / "docs" / "_ext"))
from names import public

CALLED = {
    name: thing
    for name, thing in sorted(public().items())
    if inspect.isroutine(thing) or (inspect.isclass(thing) and not issubclass(thing, BaseException))
}
METHODS: dict[str, Any] = {
    f"{name}.{method}": getattr(thing, "__func__", thing)
    for name, owner in CALLED.items()
    for method, thing in vars(owner).items()
    if isinstance(thing, FunctionType | classmethod)
    and not method.startswith("_")
    and "\nParameters\n" in (inspect.getdoc(thing) or "")
}
ERRORS = {name: thing for name, thing in public().items() if inspect.isclass(thing) and name not in CALLED}
OF_FORMULAS = (gn.activations.Activation, gn.Average, gn.Clip, gn.Layer, gn.Loss, gn.Penalty, gn.UpdateRule)
WITH_FORMULAS = [
    thing
    for thing in CALLED.values()
    if inspect.isclass(thing) and issubclass(thing, OF_FORMULAS) and thing not in OF_FORMULAS
]
UNWRITTEN: dict[object, str] = {gn.LBFGS: "SciPy's"}  # a formula that is not ours, and what is said in its place
SECTION = re.compile(r"^(?:Parameters|Attributes)\n-{4,}\n((?:.+\n?)+)", re.MULTILINE)
ENTRY = re.compile(r"^(\S.*)\n((?:    .*\n?)+)", re.MULTILINE)
NUMBER = re.compile(r"[−-]?\d[\d,]*(?:\.\d+)?(?:e-?\d+)?")
DEFAULTS = re.compile(rf"((?:{NUMBER.pattern}(?:, | and )?)+)(?: each)? by default")
RAISES = re.compile(r"^(?:.*\. )?Raises [A-Z]\w+", re.MULTILINE)
MADE = re.compile(r"^Made by `", re.MULTILINE)  # by the library: a person reads its fields and never calls it

of_each = pytest.mark.parametrize("name", CALLED)
of_each_and_methods = pytest.mark.parametrize("name", [*CALLED, *METHODS])


def said(thing):
    """The docstring as `help` shows it."""
    return inspect.getdoc(thing) or ""


def described(text):
    """{parameter or attribute: what is said of it} in the sections of a docstring."""
    entries = [entry for section in SECTION.findall(text) for entry in ENTRY.findall(section)]
    return {name: " ".join(words.split()) for names, words in entries for name in names.split(", ")}


def to_describe(thing):
    """What a caller passes, and of what the library makes the fields."""
    if MADE.search(said(thing)):
        return [field.name for field in dataclasses.fields(thing)] if dataclasses.is_dataclass(thing) else []
    there = [name for name in inspect.signature(thing).parameters if name not in ("self", "cls")]
    if "settings" not in described(said(thing)):
        return there
    return [name for name in there if name in thing.__code__.co_varnames]  # `fit` describes what `**settings` takes


def test_sections_are_read():
    text = (
        "Words.\n\nParameters\n----------\na, b\n    Two\n    lines.\nc\n    One.\n\nAttributes\n----------\nd\n    It."
    )
    assert described(text) == {"a": "Two lines.", "b": "Two lines.", "c": "One.", "d": "It."}


@pytest.mark.parametrize("name", [*CALLED, *ERRORS])
def test_the_first_line_is_a_sentence_in_words(name):
    line, _, rest = said(public()[name]).partition("\n")
    assert line[:1].isupper() and line.endswith((".", "?")), line
    assert not re.search(r"[=←∂Σ]", line.split(": ")[0]), f"a formula has a paragraph of its own: {line}"
    assert not rest or rest.startswith("\n"), f"an empty line follows {line}"


@pytest.mark.parametrize("thing", WITH_FORMULAS)
def test_the_formula_is_the_second_paragraph(thing):
    if thing in UNWRITTEN:
        assert UNWRITTEN[thing] in said(thing)
    else:
        assert formulas_of(thing), said(thing)


@of_each_and_methods
def test_every_parameter_is_described(name):
    thing = (CALLED | METHODS)[name]
    found = described(said(thing))
    missing = [parameter for parameter in to_describe(thing) if parameter not in found]
    assert not missing, f"{', '.join(missing)} not under Parameters (or, in what the library makes, Attributes)"
    for parameter, words in found.items():
        assert words.endswith((".", "?")), f"{parameter}: {words}"


@of_each_and_methods
def test_no_parameter_is_described_that_is_not_there(name):
    thing = (CALLED | METHODS)[name]
    parameters = said(thing).partition("\nParameters\n")[2].partition("\n\n")[0]
    there = {*inspect.signature(thing).parameters, "settings"}
    assert {name for names, _ in ENTRY.findall(parameters) for name in names.split(", ")} <= there


def test_classifier_and_regressor_describe_their_common_parameters_in_the_same_words():
    """Each says all of it, for editors that show a class its own docstring alone; the words have to stay the same."""
    both = [described(said(public()[f"glassnet.sklearn.MLP{kind}"])) for kind in ("Classifier", "Regressor")]
    common = (both[0].keys() & both[1].keys()) - {"validation_metric"}  # of classes, or of numbers
    assert len(common) > 20
    assert {name for name in common if both[0][name] != both[1][name]} == set()


@of_each_and_methods
def test_the_default_of_a_number_is_the_one_that_is_told(name):
    found = described(said((CALLED | METHODS)[name]))
    for parameter in inspect.signature((CALLED | METHODS)[name]).parameters.values():
        words = found.get(parameter.name, "")
        told = [number for numbers in DEFAULTS.findall(words) for number in NUMBER.findall(numbers)]
        if told and type(parameter.default) in (int, float):
            numbers = [float(number.replace(",", "").replace("−", "-")) for number in told]
            assert parameter.default in numbers, f"{parameter.name} is {parameter.default}: {words}"


def wrongly(thing):
    """The error for an object in place of every parameter that is needed, or of the first one that is not."""
    parameters = inspect.signature(thing).parameters.values()
    needed = [one for one in parameters if one.default is one.empty and one.kind is not one.VAR_KEYWORD]
    first = [one for one in parameters if one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD)][:1]
    by_name = {one.name: object() for one in needed if one.kind is one.KEYWORD_ONLY}
    in_order = [object() for one in needed if one.kind is not one.KEYWORD_ONLY]
    try:
        thing(*in_order, **(by_name if needed else {one.name: object() for one in first}))
    except GlassnetError as error:
        return error
    except Exception:
        return None
    return None


@of_each
def test_what_refuses_bad_input_tells_so(name):
    thing = CALLED[name]
    if not MADE.search(said(thing)) and not RAISES.search(said(thing)):
        assert wrongly(thing) is None


@of_each
def test_an_example_runs(name):
    lines = [line for line in said(CALLED[name]).splitlines() if line.startswith(">>>")]
    assert [line for line in lines if "+SKIP" not in line], "no line of an example that the doctests run"
