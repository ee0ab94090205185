"""A step of the update rule in NumPy: piece by piece, on two threads where there are several."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from glassnet.engine.machine.denormals import FLUSH_EVERY, NEGLIGIBLE

if TYPE_CHECKING:
    from glassnet.engine.job import Job, Piece

WORTH = 3  # pieces, from which on a second thread is woken: fewer are done before it is awake


def update(job: "Job", rate: float, share_of_loss: float) -> float:
    """Change the parameters by the gradient in the plan; gives the sum of the penalties that count as loss."""
    job.step += 1
    counted = 0.0
    for piece in job.pieces:
        if piece.penalty is not None:
            counted += float(piece.penalty.value(piece.p).sum()) if piece.penalty.divided else 0.0
            piece.g += piece.penalty.factor(share_of_loss) * piece.penalty.slope(piece.p)
    if job.clip is not None:
        job.clip.apply(job.plan.gradients)
    in_pieces(job, advance, rate)
    for bound, W in job.bounded:
        bound.apply(W)
    if job.averaging is not None:
        in_pieces(job, average, rate)
    if job.step % FLUSH_EVERY == 0:
        in_pieces(job, flush, rate)
    return counted


def in_pieces(job: "Job", change: "Callable[[Job, Sequence[Piece], float], None]", rate: float) -> None:
    """Make the same change of every piece."""
    pieces = job.pieces
    if len(pieces) < WORTH:
        change(job, pieces, rate)
    else:
        from glassnet.engine.machine.helper import share  # not before: few networks are so large

        share(lambda number: change(job, pieces[number : number + 1], rate), len(pieces))


def advance(job: "Job", pieces: "Sequence[Piece]", rate: float) -> None:
    """Weight decay and the rule."""
    for piece in pieces:
        own_rate = rate * piece.learning_rate_factor
        if piece.decay_source is not None and piece.decay_source.weight_decay:
            piece.p *= 1.0 - own_rate * piece.decay_source.weight_decay
        if piece.multiplier != 1.0:
            piece.g *= piece.multiplier
        after = job.rule.update(piece.p, piece.g, job.step, own_rate * piece.multiplier, *piece.memory)
        for old, new in zip((piece.p, *piece.memory), after, strict=True):
            if new is not old:
                old[...] = new


def average(job: "Job", pieces: "Sequence[Piece]", rate: float) -> None:
    """The average of the parameters."""
    for piece in pieces:
        if job.averaging is not None:
            piece.average[...] = job.averaging.update(piece.average, piece.p, job.step)


def flush(job: "Job", pieces: "Sequence[Piece]", rate: float) -> None:
    """What has become negligible is 0."""
    for piece in pieces:
        for vector in piece.fading():
            vector[np.abs(vector) < NEGLIGIBLE] = 0.0
