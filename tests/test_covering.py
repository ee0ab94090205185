"""Of a large product of parameters `make test` runs few cases, each value among them, and of all else every case."""

from itertools import product

import pytest

from tests.covering import covering


@pytest.mark.parametrize("sizes", [(4, 5), (3, 3, 2), (1, 7), (2, 2, 2, 9)])
def test_as_many_cases_as_the_longest_parameter_has_values_hold_every_value(sizes):
    cases = [[*enumerate(places)] for places in product(*map(range, sizes))]
    chosen = covering(cases)
    assert len(chosen) == max(sizes)
    assert {value for place in chosen for value in cases[place]} == {value for case in cases for value in case}


def test_nothing_is_chosen_of_nothing():
    assert covering([]) == set()


@pytest.mark.parametrize(("a", "word"), [(1, "x"), (1, "y"), (2, "x"), (2, "y")])
@pytest.mark.parametrize("b", range(5))
def test_a_case_of_a_product(a, word, b):
    assert a in (1, 2) and word in "xy" and b < 5


@pytest.mark.parametrize("a", range(20))
def test_a_case_of_one_parameter(a):
    assert a < 20


@pytest.mark.parametrize(("name", "n"), [("test_a_case_of_a_product", 5), ("test_a_case_of_one_parameter", 20)])
def test_only_what_multiplies_is_left_out_and_no_value_of_it(request, name, n):
    given = [
        item.callspec.params
        for item in request.session.items
        if getattr(item, "originalname", "") == name and not item.get_closest_marker("long")
    ]
    if given:  # those that are not asked for are not there
        assert len(given) == n
        assert {params["a"] for params in given} == ({1, 2} if n == 5 else {*range(20)})
        assert {(params["a"], params.get("word")) for params in given} == (
            {(1, "x"), (1, "y"), (2, "x"), (2, "y")} if n == 5 else {(a, None) for a in range(20)}
        )
