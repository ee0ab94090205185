"""Of a product of parameters, few cases with everything in them that is in any: what `make test` runs of it."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator

import pytest

WHOLE = 12  # cases of a product, of which none is left out


def covering(cases: Iterable[Iterable[Hashable]]) -> set[int]:
    """The places of the chosen cases, each time the first of those in which the most is new."""
    sets = [frozenset(case) for case in cases]
    left, chosen = set[Hashable]().union(*sets), set[int]()
    while left:
        best = max(range(len(sets)), key=lambda k: len(sets[k] & left))
        chosen.add(best)
        left -= sets[best]
    return chosen


def left_out(items: list[pytest.Item]) -> Iterator[pytest.Item]:
    """The cases that a covering selection of a test leaves out, where several `parametrize` multiply them."""
    products = defaultdict(list)
    for item in items:
        if isinstance(item, pytest.Function) and not item.get_closest_marker("long") and len(values_of(item)) > 1:
            products[item.parent, item.originalname, item.callspec.params.get("engine")].append(item)
    for cases in products.values():
        if len(cases) > WHOLE:
            chosen = covering(map(values_of, cases))
            yield from (item for place, item in enumerate(cases) if place not in chosen)


def values_of(item: pytest.Function) -> list[Hashable]:
    """What each `parametrize` of a test gives it, but for the engine, which the pass chooses."""
    given = (mark.args[0] for mark in item.iter_markers("parametrize"))
    axes = [names.replace(" ", "").split(",") if isinstance(names, str) else names for names in given]
    return [(*axis, *(id(item.callspec.params[name]) for name in axis)) for axis in axes if [*axis] != ["engine"]]
