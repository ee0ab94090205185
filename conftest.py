"""What tests and the examples in docstrings share."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import glassnet as gn
from glassnet.formulas.registry import Named


@pytest.fixture(autouse=True)
def names_of_examples(doctest_namespace: dict[str, Any]) -> None:
    """Put np and gn into the namespace of every example, whose classes are not glassnet's own."""
    doctest_namespace.update(np=np, gn=gn, __name__="example")


def forget_names_but(known: dict[type[Named], set[str]]) -> None:
    """Names that neither are known nor glassnet's own, whose modules are imported once, are nobody's any more."""
    for family, names in known.items():
        for name in set(family.registry) - names:
            if not family.registry[name].__module__.startswith("glassnet."):
                del family.registry[name]


def families() -> list[type[Named]]:
    """Activations, losses, layers and the like."""
    return [kind for kind in Named.__subclasses__() if "registry" in vars(kind)]


def pytest_collectreport() -> None:
    """What modules of tests define at their top is for those tests alone."""
    forget_names_but({family: set() for family in families()})


@pytest.fixture(autouse=True)
def names_defined_by_a_test_are_forgotten_after_it() -> Iterator[None]:
    """Leave the registries as they were."""
    known = {family: set(family.registry) for family in families()}
    yield
    forget_names_but(known)
