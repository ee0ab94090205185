"""Tasks that all look at one large object, such as a table: it is sent to each worker once, as one array of bytes."""

import pickle
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from typing import Any, TypeVar

import numpy as np

from glassnet.engine.machine.threads import limited
from glassnet.formulas.elementary import Array
from glassnet.training.spread.parcels import Parcel, Spread

Common = TypeVar("Common")
Own = TypeVar("Own")
Found = TypeVar("Found")


def with_common(
    spread: Spread, function: Callable[[Common, Own], Found], common: Common, tasks: Sequence[Own]
) -> Generator[tuple[int, Found]]:
    """(number of the task, function(common, task)), in the order in which they end; each has a copy of `common`."""
    content = np.frombuffer(pickle.dumps(common, pickle.HIGHEST_PROTOCOL), np.uint8)
    with closing(spread.run(call, [Parcel((function, task), (content,)) for task in tasks])) as ended:
        yield from ended


def call(threads: int, task: tuple[Callable[[Any, Any], Any], Any], content: Array) -> Any:
    """Call the function in the process of a worker."""
    function, own = task
    with limited(threads):
        return function(pickle.loads(content.tobytes()), own)
