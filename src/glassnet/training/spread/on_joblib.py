"""Workers of joblib: processes of this machine (loky), or whatever else a registered backend has."""

import warnings
from collections.abc import Generator, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from pickle import PicklingError
from typing import Any

from glassnet.errors import InvalidInput
from glassnet.training.spread.lost import Losses
from glassnet.training.spread.parcels import Parcel, Work


class OnJoblib:
    """The jobs of the active joblib backend. Large arrays are memory maps there, written once for all of them."""

    def __init__(self, jobs: int, threads: int):
        self.jobs, self.threads = jobs, threads

    def run(self, work: Work, parcels: Sequence[Parcel]) -> Generator[tuple[int, Any]]:
        """As `Spread` says. Where a process dies, joblib ends the others too: what was not done is sent again."""
        left, losses = dict(enumerate(parcels)), Losses()
        while left:
            try:
                with closing(self._once(work, left)) as ended:
                    for number, found in ended:
                        del left[number]
                        yield number, found
            except BrokenProcessPool as error:
                losses.note(list(left)[: self.jobs], type(error).__name__)
            except PicklingError as error:
                raise InvalidInput(
                    f"what is trained cannot be sent to another process: {error}. Define its classes and functions at "
                    "the top of a module, or train without joblib.parallel_config."
                ) from error

    def _once(self, work: Work, parcels: dict[int, Parcel]) -> Generator[tuple[int, Any]]:
        import joblib

        backend, _ = joblib.parallel.get_active_backend()
        how = "generator_unordered" if backend.supports_return_generator else "list"
        running = joblib.Parallel(self.jobs, batch_size=1, return_as=how)
        send = joblib.delayed(numbered)
        ended = running(send(k, work, self.threads, each.task, *each.arrays) for k, each in parcels.items())
        try:
            for found in ended:  # noqa: UP028 - `yield from` would close it with the warning that is left out below
                yield found
        finally:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)  # it tells how many tasks are cancelled
                if how != "list":
                    ended.close()


def numbered(number: int, work: Work, threads: int, task: Any, *arrays: Any) -> tuple[int, Any]:
    """What comes back of a parcel, with its number."""
    return number, work(threads, task, *arrays)
