"""Steps that all ranks take together: an error on one of them is raised on all, so that none waits for ever."""

from collections.abc import Callable
from typing import Any, TypeVar

from glassnet.engine.ranks.communicator import Communicator
from glassnet.errors import Diverged, GlassnetError, InvalidInput

Result = TypeVar("Result")


def is_common(error: BaseException | None) -> bool:
    """Whether all ranks raise an error, so that one of them is enough to tell it."""
    return isinstance(error, Diverged) or getattr(error, "on_all_ranks", False)


def in_common(error: GlassnetError) -> GlassnetError:
    """The error, marked as one that all ranks raise."""
    error.on_all_ranks = True  # type: ignore[attr-defined]
    return error


def meet(
    communicator: Communicator, where: str, value: Any = None, error: Exception | None = None, by_first: bool = False
) -> list[Any]:
    """The values of all ranks, which are at the same place; an error of one is raised on all.

    The message says which rank it is from, but for what is done `by_first`.
    """
    failed = None if error is None else (type(error).__name__, sentence(error))
    met = communicator.gather((where, value, failed))
    failures = {rank: failure for rank, (_, _, failure) in enumerate(met) if failure is not None}
    if failures:
        raise_common(failures, error, len(failures) < len(met) and not (by_first and 0 in failures))
    for rank, (elsewhere, *_) in enumerate(met):
        if elsewhere != met[0][0]:
            raise in_common(
                InvalidInput(f"the ranks do different things: rank 0 {met[0][0]}, rank {rank} {elsewhere}.")
            )
    return [each for _, each, _ in met]


def raise_common(failures: dict[int, tuple[str, str]], own: Exception | None, named: bool) -> None:
    """Raise what failed: the error itself where it is that of all ranks, else the sentence of the first of them."""
    if len(set(failures.values())) == 1 and not named and isinstance(own, GlassnetError):
        raise in_common(own)
    first = min(failures)
    said = failures[first][1]
    raise in_common(InvalidInput(f"rank {first}: {said}" if named else said)) from own


def sentence(error: BaseException) -> str:
    """What an error says; of one that glassnet did not raise on purpose also its kind."""
    return str(error) if isinstance(error, GlassnetError) else f"{type(error).__name__}: {error}"


def together(communicator: Communicator | None, where: str, work: Callable[[], Result]) -> Result:
    """Do something on each rank; where it fails on one, it fails on all."""
    if communicator is None:
        return work()
    try:
        result = work()
    except Exception as error:
        if is_common(error):
            raise
        meet(communicator, where, error=error)
        raise
    meet(communicator, where)
    return result


def of_first(communicator: Communicator | None, where: str, work: Callable[[], Result]) -> Result:
    """Do something on rank 0 alone; the others get its result, or its error."""
    if communicator is None:
        return work()
    found, failed = None, None
    try:
        found = work() if communicator.rank == 0 else None
    except Exception as error:
        failed = error
    result: Result = meet(communicator, where, found, failed, by_first=True)[0]
    return result
