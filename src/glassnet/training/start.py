"""From checked settings and data to the iterator over epochs."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from glassnet.engine.job import Job, Samples
from glassnet.engine.layout import Layout
from glassnet.engine.numpy_engine import NumpyEngine
from glassnet.engine.plan import Plan
from glassnet.formulas.elementary import Array
from glassnet.formulas.update_rules import LBFGS
from glassnet.training.data import Data
from glassnet.training.mixup import Mixup
from glassnet.training.scheduled import Follower, Scheduled, live, live_layout
from glassnet.training.settings import Settings

if TYPE_CHECKING:
    from glassnet.training.history import Epoch
    from glassnet.training.loop import Validate


def start(
    built: tuple[Layout, Array, Array],
    engine: NumpyEngine,
    settings: Settings,
    data: Data,
    validate: "Validate | None",
    rng: "np.random.Generator",
) -> "Iterator[Epoch]":
    """Lay out the memory around (layout, parameters, state), and give the loop that belongs to the update rule."""
    from glassnet.training.lbfgs import lbfgs_epochs  # not before: a prediction needs no training loop
    from glassnet.training.loop import Run, sgd_epochs

    samples, y = data
    whole = isinstance(settings.rule, LBFGS)
    n_rows = len(y) if whole else min(settings.batch_size, len(y))
    outputs = np.empty_like(samples.Y) if settings.metrics else None
    mixup = None if settings.mixup is None else Mixup(settings.mixup, samples)
    job, scheduled = job_of(built, settings, mixup.mixed if mixup else samples, n_rows, rng, outputs)
    run = Run(job, engine, rng, y, settings.metrics, validate, settings.n_epochs, settings.shuffle, scheduled, mixup)
    return lbfgs_epochs(run) if whole else sgd_epochs(run)


def job_of(
    built: tuple[Layout, Array, Array],
    settings: Settings,
    samples: Samples,
    n_rows: int,
    rng: "np.random.Generator",
    outputs: Array | None = None,
) -> tuple[Job, Scheduled]:
    """The memory for batches of `n_rows`, and the schedules, whose objects are copies of its own."""
    layout, parameters, state = built
    found: list[Follower] = []
    rule, penalty, clip = live(settings.rule, "", found), settings.penalty, settings.clip
    penalty, clip = live(penalty, "penalty.", found), live(clip, "clip.", found)
    plan = Plan(live_layout(layout, found), parameters, n_rows, rng=rng, state=state)
    scheduled = Scheduled(found, settings.n_epochs)
    more = (scheduled.changing, settings.accumulate, settings.average)
    return Job(plan, samples, settings.loss, rule, penalty, clip, outputs, *more), scheduled
