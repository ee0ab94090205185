"""Many networks trained side by side: the folds of a cross-validation, seeds, the settings of a search."""

import copy
import os
import threading
from collections.abc import Mapping, Sequence
from contextlib import closing
from functools import partial
from typing import Any, Literal, NamedTuple, Unpack, overload

from numpy.typing import ArrayLike

from glassnet.calls import answered
from glassnet.engine.machine.threads import available, limited
from glassnet.errors import Diverged, InvalidInput, UnknownName, brief
from glassnet.formulas.elementary import Array
from glassnet.formulas.losses import LossLike
from glassnet.network import Network
from glassnet.training.blocks.source import Blocks
from glassnet.training.history import History
from glassnet.training.inputs.checks import check_whole
from glassnet.training.inputs.prepared import Checked
from glassnet.training.keywords import OwnSettings, TrainingSettings, check_names, shows_settings
from glassnet.training.loop.validated_run import ValidatedRun
from glassnet.training.parallel import side_by_side
from glassnet.training.spread.active import active_spread, threads_asked
from glassnet.training.spread.packing import PackedRun, Shelf, packed
from glassnet.training.spread.parcels import Parcel, Spread, bundles


@overload
def train_many(
    networks: Sequence[Network],
    X: ArrayLike | Blocks,
    y: ArrayLike | None = None,
    *,
    loss: LossLike | None = None,
    epochs: int = 100,
    each: Sequence[OwnSettings] | None = None,
    workers: int | None = None,
    on_error: Literal["raise"] = "raise",
    **settings: Unpack[TrainingSettings],
) -> list[History]: ...


@overload
def train_many(
    networks: Sequence[Network],
    X: ArrayLike | Blocks,
    y: ArrayLike | None = None,
    *,
    loss: LossLike | None = None,
    epochs: int = 100,
    each: Sequence[OwnSettings] | None = None,
    workers: int | None = None,
    on_error: Literal["return"],
    **settings: Unpack[TrainingSettings],
) -> list[History | Diverged]: ...


@answered
@shows_settings
def train_many(
    networks: Sequence[Network],
    X: ArrayLike | Blocks,
    y: ArrayLike | None = None,
    *,
    loss: LossLike | None = None,
    epochs: int = 100,
    each: Sequence[OwnSettings] | None = None,
    workers: int | None = None,
    on_error: Literal["raise", "return"] = "raise",
    **settings: Unpack[TrainingSettings],
) -> Any:
    """Train many networks at once on all cores and return the history of each, in their order.

    Each network ends with exactly the parameters and history that its own `net.fit(X[rows], y[rows], …)` gives,
    whatever the number of workers. All networks are checked before any training; X and y are checked and converted once
    for all. Within `joblib.parallel_config(backend="loky")` or "dask" they are trained by the processes or the machines
    of that backend, with the same results (see docs/cluster.md).

    Parameters
    ----------
    networks
        Different `Network` objects, of any layers, engine and dtype.
    X, y
        (n_samples, n_features) and targets, as for `fit`. All rows are checked, whichever are trained on.
    loss, epochs, settings
        For all networks, as in `fit` (optimizer, batch_size, validation, metrics, seed, …), except listeners,
        verbose and communicator; 100 epochs by default. A `sample_weight` is (n_samples,), for all rows of X. With
        seed=None each network draws its own.
    each
        A mapping for each network, of settings that override or extend the common ones; None by default. Its `rows`
        picks the rows of X, y and sample_weight that the network is trained on: row numbers, in that order, or a
        boolean mask (n_samples,).
    workers
        How many networks train at a time in a process. None (default) uses one per thread (see docs/many.md), or one
        where a network runs on the NumPy engine, whose many small calls from two threads get in each other's way.
    on_error
        What happens when a network diverges. "raise" (default) raises its Diverged, and the others stop after an
        epoch; "return" puts its Diverged into the list in place of its History, and the others continue.

    Raises InvalidInput for settings or data that cannot work, before any network is changed, and Diverged. After Ctrl-C
    each stops after an epoch, within about a tenth of a second or at the end of a longer one.

    >>> import glassnet as gn, numpy as np
    >>> iris = gn.datasets.iris()
    >>> folds = np.arange(150) % 5
    >>> nets = [gn.Network([gn.Dense(6, "tanh"), gn.Dense(3, "softmax")]) for _ in range(5)]
    >>> histories = gn.train_many(nets, iris.X, iris.y, loss="cross_entropy", optimizer=gn.Adam(0.05), epochs=40,
    ...                           seed=0, each=[{"rows": folds != k} for k in range(5)])
    >>> held_out = [net.evaluate(iris.X[folds == k], iris.y[folds == k], metrics=["accuracy"])["accuracy"]
    ...             for k, net in enumerate(nets)]
    >>> bool(np.mean(held_out) > 0.9)
    True
    """
    check_networks(networks)
    if on_error not in ("raise", "return"):
        raise UnknownName("on_error", on_error, ("raise", "return"))
    usual = threads_asked() or usual_workers(networks)
    asked_workers = None if workers is None else check_whole(workers, "workers")
    shared = {**settings, "epochs": epochs} | ({} if loss is None else {"loss": loss})
    given = [{**shared, **own} for own in check_each(each, len(networks))]
    if any(own.get("communicator") is not None for own in given):  # its ranks would have to call in the same order
        raise InvalidInput("train_many trains in one process and takes no communicator: train each with net.fit.")
    checked = Checked()
    validated = [checks(k, net, checked, X, y, own) for k, (net, own) in enumerate(zip(networks, given, strict=True))]
    check_checkpoints(validated)
    forgiving, spread = on_error == "return", active_spread()
    if spread is not None:
        return spread_out(spread, networks, validated, asked_workers, forgiving)
    pairs = zip(networks, validated, strict=True)
    tasks = [partial(train, k, net, run, forgiving) for k, (net, run) in enumerate(pairs)]
    return side_by_side(tasks, asked_workers or usual)


def usual_workers(networks: Sequence[Network]) -> int:
    """How many networks train at a time by themselves; a missing extra of an engine is said here."""
    return available() if all(net.engine_for().trains_side_by_side for net in networks) else 1


def check_networks(networks: object) -> None:
    """Refuse anything but a list of different networks."""
    if not isinstance(networks, Sequence) or isinstance(networks, str) or not networks:
        raise InvalidInput(f"networks must be a list of at least one Network, got {brief(networks)}.")
    seen: dict[int, int] = {}
    for k, net in enumerate(networks):
        if not isinstance(net, Network):
            raise InvalidInput(f"networks must hold Network objects only; number {k} is {net!r}.")
        if (first := seen.setdefault(id(net), k)) != k:
            raise InvalidInput(
                f"networks {first} and {k} are the same object, which cannot train twice at once: use copy.copy(net)."
            )


def check_each(each: object, n: int) -> Sequence[Mapping[str, Any]]:
    """One mapping of settings a network."""
    if each is None:
        return [{}] * n
    if not isinstance(each, Sequence) or isinstance(each, str):
        raise InvalidInput(f"each must be a list with a mapping of settings for each network, got {brief(each)}.")
    if len(each) != n:
        raise InvalidInput(f"each must have one mapping per network: there are {n} networks and {len(each)} mappings.")
    for k, own in enumerate(each):
        if not isinstance(own, Mapping):
            raise InvalidInput(f"each[{k}] must be a mapping of settings such as {{'seed': 1}}, got {brief(own)}.")
    return each


def checks(
    k: int, net: Network, checked: Checked, X: ArrayLike | Blocks, y: ArrayLike | None, asked: Mapping[str, Any]
) -> ValidatedRun:
    """Check one network; a note on each error says which network it is."""
    try:
        check_names(asked, "rows")
        if "loss" not in asked:
            raise InvalidInput("a loss is needed, for all networks or in each: train_many(networks, X, y, loss=…).")
        check_whole(asked.get("epochs"), "epochs")
        return net.validate_run(X, y, asked, checked)
    except InvalidInput as error:
        error.add_note(f"This concerns network {k} of the list.")
        raise


def check_checkpoints(validated: Sequence[ValidatedRun]) -> None:
    """Refuse one place for the checkpoints of two networks."""
    seen: dict[str, int] = {}
    for k, checkpoint in enumerate(run.settings.checkpoint for run in validated):
        if checkpoint is not None and (first := seen.setdefault(os.path.realpath(checkpoint.path), k)) != k:
            raise InvalidInput(
                f"networks {first} and {k} have the same checkpoint, {checkpoint.path}: give each its own in `each`."
            )


class Stopped(Exception):
    """The others are to end: one has failed, or Ctrl-C was pressed."""


def train(k: int, net: Network, validated: ValidatedRun, forgiving: bool, stop: threading.Event) -> Any:
    """Train one network from the first epoch to the last: its History, or its Diverged if that is wanted."""

    def look() -> None:
        if stop.is_set():
            raise Stopped

    try:
        return net.start_training(validated).follow([], look)
    except Diverged as error:
        error.add_note(f"This is network {k} of the list.")
        if not forgiving:
            raise
        return error.with_traceback(None)  # its frames would keep the run's memory alive


class Trained(NamedTuple):
    """What a network comes back with from another process: the arrays of it, and its History or Diverged."""

    number: int
    parameters: Array
    state: Array
    optimizer_state: dict[str, Any] | None
    told: Any


Fit = tuple[int, Network, PackedRun]


def spread_out(
    spread: Spread, networks: Sequence[Network], validated: Sequence[ValidatedRun], workers: int | None, forgiving: bool
) -> list[Any]:
    """Train the networks in bundles on other processes: the History or Diverged of each."""
    parcels = [parcel(part, networks, validated) for part in bundles(len(networks), spread.jobs, spread.threads)]
    found: dict[int, Any] = {}
    with closing(spread.run(partial(train_bundle, workers, forgiving), parcels)) as ended:
        for _, trained in ended:
            for one in trained:
                found[one.number] = taken_over(networks[one.number], validated[one.number], one)
            for failed in (one.told for one in trained if isinstance(one.told, Diverged) and not forgiving):
                raise failed
    return [found[k] for k in range(len(networks))]


def parcel(numbers: range, networks: Sequence[Network], validated: Sequence[ValidatedRun]) -> Parcel:
    """The fits of a bundle, apart from the arrays that they read."""
    shelf = Shelf()
    fits = [(k, networks[k], packed(validated[k], shelf)) for k in numbers]
    return Parcel(fits, tuple(shelf.arrays))


def train_bundle(
    workers: int | None, forgiving: bool, threads: int, fits: Sequence[Fit], *arrays: Array
) -> list[Trained]:
    """Train the networks of a bundle, in the process of a worker; after one has diverged the rest may be left out."""
    with limited(threads):
        own = [(k, copy.deepcopy(net), run.unpacked(arrays)) for k, net, run in fits]
        tasks = [partial(train_one, *each, forgiving) for each in own]
        done = side_by_side(tasks, workers or usual_workers([net for _, net, _ in own]))
    return [one for one in done if one is not None]


def train_one(k: int, net: Network, run: ValidatedRun, forgiving: bool, stop: threading.Event) -> Trained | None:
    """Train one network of a bundle; None where another has diverged before its end."""
    try:
        told = train(k, net, run, True, stop)
    except Stopped:
        return None
    if isinstance(told, Diverged):
        if not forgiving:
            stop.set()
    else:
        told.epochs  # noqa: B018 - records that are made on demand, of memory that stays here
    state = run.settings.optimizer_state
    return Trained(k, net.parameters, net.state, None if state is None else vars(state), told)


def taken_over(net: Network, run: ValidatedRun, trained: Trained) -> Any:
    """Put what another process has trained into the network; gives its History or Diverged."""
    net.take_over(run, trained.parameters, trained.state)
    if trained.optimizer_state is not None:
        vars(run.settings.optimizer_state).update(trained.optimizer_state)
    if run.saved is not None:
        run.move_on()
    return trained.told
