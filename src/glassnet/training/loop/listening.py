"""Tell listeners when a training begins and ends, however it ends."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any


@contextmanager
def listening(listeners: Sequence[Callable[..., Any]], about: Mapping[str, Any]) -> Iterator[None]:
    """Call `begin(about)` of the listeners that have one; at the end `end(error)`, with None if all went well."""
    with ExitStack() as ends:
        for listener in listeners:
            if hasattr(listener, "begin"):
                listener.begin(about)
            if hasattr(listener, "end"):
                ends.push(ending(listener))
        yield


def ending(listener: Any) -> Callable[..., None]:
    """The end of a listener in the form that `ExitStack` calls; it hides no error."""

    def leave(kind: Any, error: BaseException | None, trace: Any) -> None:
        listener.end(error)

    return leave
