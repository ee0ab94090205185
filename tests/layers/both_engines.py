"""What the tests of layers share: the engines that are installed, and a training of one update that moves nothing."""

from typing import Any

import pytest

import glassnet as gn
from glassnet.engine.selection import installed

COMPILED = pytest.mark.skipif(not (installed("numba") and installed("scipy")), reason="the extra fast is not installed")
ENGINES = ["numpy", pytest.param("compiled", marks=COMPILED)]


def one_update(net: Any, X: Any, y: Any, **more: Any) -> Any:
    """The history of one batch of all rows, with a step too small to change a parameter."""
    how = {"loss": "squared_error", "optimizer": gn.SGD(1e-300), "epochs": 1, "batch_size": len(X), "seed": 0}
    return net.fit(X, y, **how | more)
