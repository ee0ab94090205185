"""What the examples in docstrings know without importing it, as in NumPy's own."""

from typing import Any

import numpy as np
import pytest

import glassnet as gn


@pytest.fixture(autouse=True)
def names_of_examples(doctest_namespace: dict[str, Any]) -> None:
    """Put np and gn into the namespace of every example."""
    doctest_namespace.update(np=np, gn=gn)
