"""From checked settings and data to the iterator over epochs."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.engine.engine import Engine
from glassnet.engine.job import Job, Samples
from glassnet.engine.layout import Layout
from glassnet.engine.plan import Plan
from glassnet.engine.ranks.reduction import Ranks
from glassnet.errors import InvalidInput, ModelFileError
from glassnet.formulas.elementary import Array
from glassnet.formulas.update_rules import LBFGS
from glassnet.training.inputs.prepared import Data
from glassnet.training.loop.schedule_values import Follower, Scheduled, live, live_layout
from glassnet.training.loop.settings import Settings
from glassnet.training.loop.validated_run import ValidatedRun

if TYPE_CHECKING:
    from glassnet.engine.passes import HeldOut
    from glassnet.training.checkpoints.reader import Saved
    from glassnet.training.checkpoints.writer import CheckpointWriter
    from glassnet.training.history import History
    from glassnet.training.loop.epochs import Training
    from glassnet.training.loop.run import Run


def start(
    *,
    built: tuple[Layout, Array, Array],
    engine: Engine,
    validated: ValidatedRun,
    data: Data,
    held_out: "tuple[HeldOut, Array] | None",
    about: Mapping[str, Any],
) -> "Training":
    """Lay out the memory around (layout, parameters, state) and return the loop of the update rule.

    `held_out` has the rows held out and their targets as given; `about` is for the history.
    """
    from glassnet.training.checkpoints.settings import files_in
    from glassnet.training.history import History
    from glassnet.training.loop.epochs import Training, finalized  # imported late: a prediction does not need it
    from glassnet.training.loop.lbfgs import lbfgs_epochs
    from glassnet.training.loop.strides import strided_epochs

    run, history = run_of(built, engine, validated, data, held_out), History(dict(about))
    if run.ranks is not None:
        check_shared(run, engine, validated)
    writer = checkpoint_writer_of(run, history, validated)
    if run.progress.rows:
        run.backup.set_aside()
    between = None if writer is None else writer.within
    checkpoint = validated.settings.checkpoint

    def last() -> str:
        return ["", *files_in(checkpoint.path).values()][-1] if checkpoint is not None else ""

    epochs = lbfgs_epochs(run) if is_whole(validated.settings) else strided_epochs(run, between)
    return Training(finalized(run, epochs, history, writer, last), history, run)


def run_of(
    built: tuple[Layout, Array, Array],
    engine: Engine,
    validated: ValidatedRun,
    data: Data,
    held_out: "tuple[HeldOut, Array] | None",
) -> "Run":
    """The run of a training loop, before its first epoch."""
    from glassnet.training.blocks.stream import Stream
    from glassnet.training.loop.endings import Stopping
    from glassnet.training.loop.measuring import Measuring
    from glassnet.training.loop.row_order import RowOrder
    from glassnet.training.loop.run import Run
    from glassnet.training.stopping import directions

    (samples, y), settings = data, validated.settings
    n_rows = len(y) if is_whole(settings) else min(settings.batch_size, len(y))
    stream = None
    if validated.blocks is not None:
        stream = Stream(validated.blocks, built[0], settings, samples)
        samples, n_rows, y = samples.empty(stream.size), settings.batch_size, y[:0].copy()  # not the first block
    outputs = np.zeros_like(samples.Y) if settings.metrics and stream is None else None
    job, scheduled = job_of(built, settings, samples, n_rows, validated.rng, outputs, validated.ranks)
    if stream is not None:
        job.hold(stream.none)
    higher = directions(settings.metrics, held_out is not None, stream is None)
    return Run(
        job=job,
        engine=engine,
        rows=RowOrder(job, validated.rng, settings.shuffle, stream),
        measuring=Measuring(settings.metrics, y, engine, *(held_out or ())),
        scheduled=scheduled,
        stopping=Stopping(settings.stop, [job.plan.parameters, job.plan.state], higher),
        n_epochs=settings.epochs,
        carried=settings.optimizer_state,
        ranks=validated.ranks,
    )


def check_shared(run: "Run", engine: Engine, validated: ValidatedRun) -> None:
    """Refuse ranks that an engine does not share a batch out to, or that are more than its rows."""
    from glassnet.training.ranks.agreement import check_rows

    assert run.ranks is not None
    check_rows(run.ranks, run.job.plan.n_rows)
    if run.job.ranks is not None and not engine.trains_on_ranks:
        raise InvalidInput(
            f"a communicator needs the compiled engine, this network runs on {engine.name!r}: install glassnet[fast], "
            "and write no layer or loss as a function of your own."
        )
    if run.job.ranks is not None:
        engine.prepare(run.job)  # which refuses what it cannot compile


def is_whole(settings: Settings) -> bool:
    """Whether each step of the optimiser looks at all rows."""
    return isinstance(settings.optimizer, LBFGS)


def checkpoint_writer_of(run: "Run", history: "History", validated: ValidatedRun) -> "CheckpointWriter | None":
    """The writer of a run's checkpoints, if any; a resumed run is restored first."""
    from glassnet.training.checkpoints.writer import CheckpointWriter, check_place

    checkpoint, saved, first = validated.settings.checkpoint, validated.saved, run.ranks is None or run.ranks.is_first
    if checkpoint is not None and first:
        check_place(checkpoint, saved)
    if saved is not None:
        go_on(run, history, validated, saved)
    return None if checkpoint is None or not first else CheckpointWriter(checkpoint, run, history, validated)


def go_on(run: "Run", history: "History", validated: ValidatedRun, saved: "Saved") -> None:
    """Put a run and its history where the checkpoint left them."""
    from glassnet.training.checkpoints.run_state import put_back

    try:
        put_back(run, saved.state, saved.epochs)
    except InvalidInput as error:
        raise ModelFileError(
            f"{saved.path} does not describe a checkpoint of this run: {str(error).rstrip('.')}."
        ) from error
    validated.move_on()
    history.epochs.extend(saved.epochs)
    if not run.progress.rows:
        run.stopping.resume(run.number)


def job_of(
    built: tuple[Layout, Array, Array],
    settings: Settings,
    samples: Samples,
    n_rows: int,
    rng: "np.random.Generator",
    outputs: Array | None = None,
    ranks: Ranks | None = None,
) -> tuple[Job, Scheduled]:
    """The memory for batches of `n_rows`, and the schedules, whose objects are copies of its own.

    Where a layer needs all rows of a batch at once, each rank computes all of them.
    """
    layout, parameters, state = built
    found: list[Follower] = []
    rule, penalty, clip = live(settings.optimizer, "", found), settings.penalty, settings.clip
    penalty, clip = live(penalty, "penalty.", found), live(clip, "clip.", found)
    plan = Plan(live_layout(layout, found), parameters, n_rows, rng=rng, state=state)
    scheduled = Scheduled(found, settings.epochs)
    job = Job(
        plan,
        samples,
        settings.loss,
        rule,
        penalty=penalty,
        clip=clip,
        outputs=outputs,
        changing=scheduled.changing,
        accumulate=settings.accumulate,
        averaging=settings.average,
        mixup=settings.mixup,
        ranks=None if any(node.layer.whole_batch for node in layout.walk()) else ranks,
    )
    return job, scheduled
