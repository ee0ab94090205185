"""Workers of Dask: parcels are handed out one by one, and data are sent to each worker once.

joblib's own backend for Dask sends large arguments by itself, which can wait for itself for ever within a worker, and
lets the scheduler hold a copy for each worker. Here the arrays are sent to one worker, from which the others fetch them
when they need them; a parcel goes to a worker that has a thread free.
"""

import sys
import time
from collections import Counter
from collections.abc import Generator, Sequence
from typing import Any
from urllib.parse import urlsplit

from glassnet.engine.machine.threads import available, cores
from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.training.spread.lost import Losses
from glassnet.training.spread.parcels import Parcel, Work

PATIENCE = 60.0  # seconds to wait for the first worker
TRIES, PAUSE = 5, 0.5  # to send an array; seconds in between, in which the scheduler notices that a worker is lost


def is_within_a_task() -> bool:
    """Whether this thread works on a task of Dask."""
    from distributed import get_worker

    try:
        get_worker()
    except ValueError:
        return False
    return True


def of_worker() -> tuple[str, int, int]:
    """What a worker says of itself: the version of glassnet, its cores, and the threads that it may use."""
    return sys.modules["glassnet"].__version__, cores(), available()


class OnDask:
    """The workers of a Dask cluster; each of their threads has its share of the cores of its machine."""

    def __init__(self, client: Any):
        self.client = client
        wait_for_workers(client)
        answers = asked(client)
        nthreads = client.nthreads()
        beside = Counter[str]()
        for address, n in nthreads.items():
            beside[host(address)] += n
        self.jobs = sum(nthreads.values())
        self.shares = {
            address: max(1, min(threads, n_cores // beside[host(address)]))
            for address, (_, n_cores, threads) in answers.items()
        }
        self.threads = min(self.shares.values())

    def run(self, work: Work, parcels: Sequence[Parcel]) -> Generator[tuple[int, Any]]:
        """As `Spread` says."""
        yield from Run(self, work, parcels).results()


class Run:
    """One call: the parcels that wait, the tasks that run and where, and the arrays that workers hold."""

    def __init__(self, on: OnDask, work: Work, parcels: Sequence[Parcel]):
        self.on, self.client, self.work, self.parcels = on, on.client, work, parcels
        self.waiting = list(range(len(parcels)))[::-1]
        self.running: dict[Any, tuple[int, str]] = {}
        self.held: dict[int, Any] = {}
        self.losses = Losses()

    def results(self) -> Generator[tuple[int, Any]]:
        """What comes back, as it comes; whatever ends this cancels the rest."""
        from distributed import as_completed

        ending = as_completed()
        try:
            while self.waiting or self.running:
                ending.update(self.hand_out())
                future = next(ending)
                number, _ = self.running.pop(future)
                found = self.outcome(number, future)
                if found is not None:
                    yield number, found
        finally:
            self.client.cancel([*self.running, *self.held.values()])

    def hand_out(self) -> list[Any]:
        """Send a waiting parcel to each thread of a worker that has none."""
        wait_for_workers(self.client)
        busy, sent = Counter(address for _, address in self.running.values()), []
        for address, n in self.client.nthreads().items():
            for _ in range(n - busy[address]):
                if self.waiting:
                    sent.append(self.send(self.waiting.pop(), address))
        return sent

    def send(self, number: int, address: str) -> Any:
        """Send one parcel to a worker, or to another if that one is no more."""
        parcel, threads = self.parcels[number], self.on.shares.get(address, self.on.threads)
        arrays = [self.hold(array) for array in parcel.arrays]
        future = self.client.submit(
            self.work, threads, parcel.task, *arrays, workers=[address], allow_other_workers=True, pure=False
        )
        self.running[future] = number, address
        return future

    def hold(self, array: Array) -> Any:
        """The array where Dask holds it; sent only the first time."""
        if id(array) not in self.held:
            self.held[id(array)] = scattered(self.client, array)
        return self.held[id(array)]

    def outcome(self, number: int, future: Any) -> Any:
        """What came back; None where the worker, or what it held for others, is lost, and the parcel waits again."""
        from concurrent.futures import CancelledError

        from distributed import KilledWorker

        try:
            return future.result()
        except (CancelledError, KilledWorker) as error:
            self.held.clear()  # what is not lost is sent once more, with the next parcel that needs it
            self.losses.note([number], type(error).__name__)
            self.waiting.append(number)
            return None


def scattered(client: Any, array: Array) -> Any:
    """An array on one worker, or on another where that one dies in this moment."""
    for left in reversed(range(TRIES)):
        try:
            return client.scatter(array, broadcast=False, hash=False)
        except OSError:
            if not left:
                raise
            time.sleep(PAUSE)
            wait_for_workers(client)


def wait_for_workers(client: Any) -> None:
    """Wait until there is a worker."""
    from distributed import TimeoutError as Late

    try:
        client.wait_for_workers(1, timeout=PATIENCE)
    except (Late, TimeoutError):
        raise InvalidInput(
            f"the Dask cluster has had no worker for {PATIENCE:.0f} s: start some, and see their logs."
        ) from None


def asked(client: Any) -> dict[str, tuple[str, int, int]]:
    """What each worker says of itself; refused without glassnet, or with another version, whose results may differ."""
    try:
        answers: dict[str, tuple[str, int, int]] = client.run(of_worker)
    except ModuleNotFoundError as error:
        raise InvalidInput(f"the workers of the Dask cluster need glassnet, of this version: {error}.") from None
    own = sys.modules["glassnet"].__version__
    for address, (version, *_) in answers.items():
        if version != own:
            raise InvalidInput(f"the Dask worker {address} has glassnet {version}, this process has {own}.")
    return answers


def host(address: str) -> str:
    """The machine in the address of a worker: "tcp://10.0.0.7:41271" is on 10.0.0.7."""
    return urlsplit(address).hostname or address
