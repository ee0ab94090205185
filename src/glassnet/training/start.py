"""From checked settings and data to the iterator over epochs."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.engine.job import Job
from glassnet.engine.layout import Layout
from glassnet.engine.numpy_engine import NumpyEngine
from glassnet.engine.plan import Plan
from glassnet.errors import InvalidInput, ModelFileError
from glassnet.formulas.elementary import Array
from glassnet.formulas.update_rules import LBFGS
from glassnet.training.data import Data
from glassnet.training.ready import Ready

if TYPE_CHECKING:
    from glassnet.training.epochs import Training
    from glassnet.training.loop import Run, Validate


def start(
    built: tuple[Layout, Array],
    engine: NumpyEngine,
    ready: Ready,
    data: Data,
    validate: "Validate | None",
    about: Mapping[str, Any],
) -> "Training":
    """Lay out the memory, and give the loop that belongs to the update rule; `about` is for its history."""
    from glassnet.training.epochs import Training, attended  # not before: a prediction needs no training loop
    from glassnet.training.history import History
    from glassnet.training.keeping import Keeper
    from glassnet.training.lbfgs import lbfgs_epochs
    from glassnet.training.loop import Run, sgd_epochs
    from glassnet.training.stopping import Stopping, directions

    (samples, y), settings = data, ready.settings
    whole = isinstance(settings.rule, LBFGS)
    plan = Plan(*built, len(y) if whole else min(settings.batch_size, len(y)), rng=ready.rng)
    outputs = np.empty_like(samples.Y) if settings.metrics else None
    job = Job(plan, samples, settings.loss, settings.rule, settings.penalty, settings.clip, outputs)
    stopping = Stopping(settings.stop, [plan.parameters], directions(settings.metrics, validate is not None))
    run = Run(job, engine, ready.rng, y, settings.metrics, validate, settings.n_epochs, settings.shuffle, stopping)
    history = History(dict(about))
    if ready.saved is not None:
        go_on(run, history, ready)
    keeper = None
    if settings.checkpoint is not None:
        keeper = Keeper(settings.checkpoint, run, history, ready.identity)
        keeper.check(ready.saved)
    return Training(attended(run, lbfgs_epochs(run) if whole else sgd_epochs(run), history, keeper), history)


def go_on(run: "Run", history: Any, ready: Ready) -> None:
    """Put a run and its history where the checkpoint left them."""
    from glassnet.training.state import put_back

    try:
        put_back(run, ready.saved.state)
    except (InvalidInput, KeyError, TypeError, AttributeError, ValueError, OverflowError) as error:
        raise ModelFileError(f"{ready.saved.path} does not describe a checkpoint of this run: {error}.") from error
    history.epochs.extend(ready.saved.epochs)
