"""The epochs of a run as an iterator, with everything around them: history, stopping, checkpoints, a clean end."""

import weakref
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import Any, Self

from numpy.typing import ArrayLike

from glassnet.errors import Diverged, InvalidInput
from glassnet.training.checkpoints.writer import CheckpointWriter
from glassnet.training.epoch import Epoch
from glassnet.training.history import History
from glassnet.training.inputs.prepared import prepare
from glassnet.training.loop.listening import listening
from glassnet.training.loop.run import Run, nothing
from glassnet.training.loop.strides import Stride, look
from glassnet.training.ranks.agreement import agree, end_all, go_on_together
from glassnet.training.ranks.common import together

Epochs = Generator[Epoch | Stride, None, None]  # strides if nothing happens between epochs


class Training(Iterator[Epoch]):
    """One run: an iterator over its epochs. `history` has them all, also those before a resumption."""

    def __init__(self, epochs: Epochs, history: History, run: Run):
        self._epochs, self.history, self._run_or_none = epochs, history, weakref.ref(run)

    @property
    def _run(self) -> Run:
        """The run, whose memory the epochs hold until they end."""
        run = self._run_or_none()
        if run is None:
            raise InvalidInput("this training has ended: begin another one.")
        return run

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Epoch:
        epoch = next(self._epochs)
        assert isinstance(epoch, Epoch), "only `follow` trains unwatched"
        return epoch

    def close(self) -> None:
        """End the run here, as leaving the loop does: parameters and checkpoints are left consistent."""
        self._epochs.close()

    def hold(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> None:
        """Train on other rows from the next epoch on, at most as many as at the beginning: data that come bit by bit.

        InvalidInput where they do not fit, or something else is tied to the first rows: metrics, blocks.

        >>> import glassnet as gn
        >>> iris = gn.datasets.iris()
        >>> net = gn.Network([gn.Dense(3, "softmax")])
        >>> training = net.training(iris.X[::2], iris.y[::2], loss="cross_entropy", seed=0)
        >>> first = next(training)
        >>> training.hold(iris.X[1::3], iris.y[1::3])
        >>> next(training).steps - first.steps
        2
        """
        job = self._run.job
        dtype = job.plan.parameters.dtype
        self._run.hold(*prepare(job.plan.layout, job.objective.loss, dtype, X, y, sample_weight))

    def follow(self, listeners: Sequence[Callable[[Epoch], Any]], between: Callable[[], None] | None = None) -> History:
        """Run it to its end, giving each epoch to the listeners.

        `between`, which may raise to end it, is called after each epoch, or after several that took little time.
        """
        self._run.unwatched = not listeners
        with listening(listeners, self.history.about):
            try:
                for epoch in self._epochs:
                    for listener in listeners:
                        assert isinstance(epoch, Epoch)
                        listener(epoch)
                    if between is not None:
                        between()
            except BaseException as error:
                self._epochs.throw(error)  # which raises it again, after all is in order
        return self.history


def finalized(
    run: Run,
    epochs: Epochs,
    history: History,
    writer: CheckpointWriter | None,
    last: Callable[[], str] = str,
) -> Epochs:
    """The epochs of a loop until it or a stop ends; in any case the network is left consistent.

    `last` finds the newest checkpoint, if any.
    """
    try:
        yield from with_stopping(run, epochs, history, writer)
        history.about["ended"] = run.stopping.ended or done(run)
    except BaseException as error:
        history.about["ended"] = reason(error, len(history))
        if writer is not None and writer.written and not isinstance(error, Diverged):
            writer.finish()
            if writer.last:
                error.add_note(f"Stopped after epoch {writer.done[0]}; resume={writer.last!r} continues from there.")
        end_all(run, error, last)
        if isinstance(error, Diverged) and run.stopping.best_epoch:
            error.add_note(f"Then the best parameters were restored, those of epoch {run.stopping.best_epoch}.")
        raise
    else:
        if writer is not None:
            writer.finish()
    finally:
        epochs.close()
        if writer is not None:
            writer.close()
        if run.rows.stream is not None:
            run.rows.stream.close()
        run.stopping.restore()
        history.about |= run.outcome
        if run.stopping.best_epoch:
            history.about["best_epoch"] = run.stopping.best_epoch


def with_stopping(run: Run, epochs: Epochs, history: History, writer: CheckpointWriter | None) -> Epochs:
    """Each epoch in turn: recorded, shown to the stops, yielded, and then kept."""
    communicator = None if run.ranks is None else run.ranks.communicator
    together(communicator, "begins to write", nothing if writer is None else writer.begin)
    while run.stopping.ended is None and (epoch := next(epochs, None)) is not None:
        if isinstance(epoch, Stride):
            look(run, epoch)
            history.extend(epoch)
            yield epoch
            continue
        history.add(epoch)
        run.stopping.look(epoch)
        agree(run)
        try:
            yield epoch
        finally:
            run.rate = run.scheduled.end(epoch, run.rate)
            if run.carried is not None:
                run.carried.keep(run.job, run.rate)
            if writer is not None:
                writer.note()
        go_on_together(run)
        if writer is not None and run.stopping.ended is None and run.number != run.n_epochs:
            writer.go_on()


def done(run: Run) -> str:
    """Why a loop ended by itself."""
    if run.number == run.n_epochs:
        return f"epochs: all {run.n_epochs} are done"
    return f"converged: the optimizer found nothing better after epoch {run.number}"


def reason(error: BaseException, n: int) -> str:
    """Why an error, or the end of a loop around the epochs, ended them."""
    if isinstance(error, GeneratorExit):
        return f"left: the loop over the epochs ended early, after epoch {n}"
    if isinstance(error, KeyboardInterrupt):
        return f"interrupted: Ctrl-C after epoch {n}"
    name = "diverged" if isinstance(error, Diverged) else "failed"
    return f"{name}: {error}"
