"""The schema of files: what annotations say is what passes, and what does not is told with its place."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, NotRequired, TypedDict

import pytest

from glassnet.errors import InvalidInput, UnknownName, brief, closest, shortened
from glassnet.files.schema import DEEPEST, Misfit, Within, checked


@dataclass(frozen=True)
class Point:
    x: float
    y: float = 0.0

    def __post_init__(self) -> None:
        if self.x > 100:
            raise InvalidInput("too far")


class Box(TypedDict):
    corners: list[Point]
    size: Annotated[int, Within(1, 9)]
    colour: NotRequired[str | None]


BOX = {"corners": [{"x": 1, "y": 2.5}], "size": 3, "colour": None}

FITS: list[tuple[Any, Any]] = [
    (3, int), (-(2**63), int), (2.5, float), (2, float), (True, bool), ("ü", str), (None, None), (None, str | None),
    ([1, 2], list[int]), ({"a": [1]}, dict[str, list[int]]), ({"a": "b"}, Mapping[str, str]), ({"a": [{}, None]}, Any),
    ("min", Literal["min", "max"]), (2**128 - 1, Any), (True, str | int | bool), (1, str | int | bool),
]  # fmt: skip


@pytest.mark.parametrize(("value", "hint"), FITS)
def test_what_fits_comes_back_as_it_is(value, hint):
    found = checked(json.loads(json.dumps(value)), hint)
    assert found == value and type(found) is type(value)


def test_lists_become_tuples_and_objects_dataclasses_where_the_annotation_says_so():
    assert checked([1, 2], tuple[int, ...]) == (1, 2)
    assert checked([1, "a"], tuple[int, str]) == (1, "a")
    assert checked(["a"], Sequence[str]) == ("a",)
    assert checked(BOX, Box) == {**BOX, "corners": [Point(1, 2.5)]}
    assert "colour" not in checked({"corners": [], "size": 1}, Box)


WRONG: list[tuple[Any, Any, str]] = [
    (True, int, "`v` must be a whole number of at most 64 bits, got True"),
    (2**63, int, "of at most 64 bits, got 9223372036854775808"),
    (2.0, int, "must be a whole number"),
    (10**400, float, "must be a whole number of at most 64 bits, got 1000"),
    (float("inf"), float, "must be a finite number, got inf"),
    (float("nan"), Any, "must be a finite number, got nan"),
    (2**128, Any, "must be a whole number from -"),
    ("\ud800", str, "must be valid Unicode text"),
    ({"a": "\udfff"}, Any, "`v.a` must be valid Unicode text"),
    ({"\udfff": 1}, Any, "must be valid Unicode text"),
    (1, str | None, "`v` must be a string or null, got 1"),
    ([1, "a"], list[int], "`v[1]` must be a whole number"),
    ("ab", list[str], "`v` must be a list, got 'ab'"),
    ([1], tuple[int, str], "`v` must be a list of 2, got [1]"),
    ({"a": {"b": [0, {}]}}, dict[str, dict[str, list[int]]], "`v.a.b[1]` must be a whole number"),
    ("mean", Literal["min", "max"], "`v` must be 'min' or 'max', got 'mean'"),
    ([], Annotated[list[int], Within(1)], "`v` must hold at least 1, but holds 0"),
    ([1] * 9, Annotated[list[int], Within(0, 3)], "`v` must hold 0 to 3, but holds 9"),
    (0, Annotated[int, Within(1, 9)], "`v` must be a whole number from 1 to 9, got 0"),
    (-1, Annotated[int, Within(0)] | None, "must be a whole number of at least 0, got -1"),
    (float("inf"), Annotated[float, Within(0)], "`v` must be a number of at least 0, got inf"),
    ({**BOX, "size": "3"}, Box, "`v.size` must be a whole number from 1 to 9, got '3'"),
    ({**BOX, "sise": 3}, Box, "`v` has an unknown field 'sise'. Did you mean 'size'? Known: colour, corners, size"),
    ({"size": 3}, Box, "`v` lacks the field 'corners'"),
    ({**BOX, "corners": [{"x": 1}]}, Box, "`v.corners[0]` lacks the field 'y'"),
    ({**BOX, "corners": [{"x": 101, "y": 0}]}, Box, "too far"),
    (object(), Any, "must be a JSON value"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "hint", "message"), WRONG)
def test_what_does_not_fit_is_told_with_its_place(value, hint, message):
    with pytest.raises(InvalidInput) as error:
        checked(value, hint, "v")
    assert message in str(error.value) and len(str(error.value)) <= 500


def test_lists_in_each_other_have_an_end():
    deep: Any = 1
    for _ in range(DEEPEST + 1):
        deep = [deep]
    with pytest.raises(Misfit, match=f"more than {DEEPEST} deep"):
        checked(deep, Any)
    assert checked(deep[0], Any) == deep[0]


def test_messages_and_searches_are_bounded():
    assert len(str(InvalidInput("a" * 10**6))) <= 500
    assert len(str(UnknownName("layer", "a" * 10**6, ["b" * 1000]))) <= 500
    assert len(brief({"a" * 10**5: ["b" * 10**5] * 100})) <= 1000
    assert closest("dense" * 10**6, ["dense"]) is None and closest("dens", ["dense"]) == "dense"
    assert shortened("abc", 3) == "abc"
