"""Frozen descriptions behave as frozen dataclasses do."""

import copy
import inspect
import pickle
from typing import ClassVar

import pytest

import glassnet as gn
from glassnet.formulas.description import Description, field


class Point(Description):
    x: float
    y: float = 0.0
    unit: str = field(default="m", kw_only=True)
    axes: ClassVar[int] = 2
    text: "ClassVar[str]" = "of a module whose annotations are strings"


class Place(Point):
    y: float = 1.0  # keeps its place
    z: float = 2.0


def test_fields_are_given_in_order_or_by_name():
    assert Point(3) == Point(x=3) == Point(3, y=0.0) != Point(3, unit="km")
    assert list(inspect.signature(Place).parameters) == ["x", "y", "z", "unit"]
    assert (Place(3).y, Place(3).z, Place.unit) == (1.0, 2.0, "m")
    assert repr(Place(3, z=5)) == "Place(x=3, z=5)"


@pytest.mark.parametrize(
    ("given", "named", "said"),
    [
        ((), {}, r"^Point needs `x`: Point\(x\)\.$"),
        ((1, 2, 3), {}, r"^Point got 3 positional arguments, but takes at most 2 by position \(x, y\)\.$"),
        ((1,), {"x": 2}, "^Point got `x` twice: by position and by name.$"),
        ((1,), {"w": 2}, "^unknown argument 'w' of Point. Known: unit, x, y.$"),
    ],
)
def test_wrong_arguments_are_answered_in_one_sentence(given, named, said):
    with pytest.raises(gn.InvalidInput, match=said):
        Point(*given, **named)


def test_descriptions_are_frozen_compared_by_value_and_hashed():
    point = Point(3)
    with pytest.raises(AttributeError, match="Point is frozen: cannot set `x`"):
        point.x = 4  # type: ignore[misc]
    with pytest.raises(AttributeError, match="Point is frozen: cannot delete `x`"):
        del point.x
    assert {point: 1}[Point(3)] == 1
    assert point != Place(3, 0.0) and point != 3
    assert copy.deepcopy(point) == pickle.loads(pickle.dumps(point)) == point


def test_the_signature_is_that_of_the_fields_or_of_an_init_of_its_own():
    assert str(inspect.signature(gn.Adam)).startswith("(learning_rate: float = 0.001, beta1: float = 0.9")
    assert str(inspect.signature(gn.Residual)) == "(*layers: glassnet.layers.layer.Layer) -> None"
    assert list(inspect.signature(gn.Metric.of("accuracy")).parameters) == ["y", "p", "sample_weight"]
