"""From checked settings and data to the iterator over epochs."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from glassnet.engine.job import Job
from glassnet.engine.layout import Layout
from glassnet.engine.numpy_engine import NumpyEngine
from glassnet.engine.plan import Plan
from glassnet.formulas.elementary import Array
from glassnet.formulas.update_rules import LBFGS
from glassnet.training.data import Data
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

    (layout, parameters, state), (samples, y) = built, data
    whole = isinstance(settings.rule, LBFGS)
    n_rows = len(y) if whole else min(settings.batch_size, len(y))
    plan = Plan(layout, parameters, n_rows, rng=rng, state=state)
    outputs = np.empty_like(samples.Y) if settings.metrics else None
    job = Job(plan, samples, settings.loss, settings.rule, settings.penalty, settings.clip, outputs)
    run = Run(job, engine, rng, y, settings.metrics, validate, settings.n_epochs, settings.shuffle)
    return lbfgs_epochs(run) if whole else sgd_epochs(run)
