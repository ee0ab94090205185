"""A training run that has passed all checks and changed nothing yet."""

import copy
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from glassnet.engine.layout import Layout
from glassnet.engine.numpy_engine import NumpyEngine
from glassnet.errors import InvalidInput
from glassnet.formulas.description import Description
from glassnet.layers.layer import Layer, Shape
from glassnet.training.blocks.checks import check_alone, check_length, check_streamed
from glassnet.training.blocks.source import Blocks
from glassnet.training.inputs.checks import check_whole
from glassnet.training.inputs.class_weights import class_weights, weighed_part
from glassnet.training.inputs.prepared import Checked, Part, hold_out, part_of
from glassnet.training.loop.schedule_values import check_schedules
from glassnet.training.loop.settings import Settings, check_metrics, check_output, check_rule, check_stops, streams


class Ready(Description):
    """What a network needs to begin: `draws` is for its parameters, `rng` for order and dropout.

    `identity` is what must be the same where a run goes on from a checkpoint, `saved` that checkpoint, if there is one.
    """

    layout: Layout
    settings: Settings
    train: Part
    held_out: Part | None
    draws: "np.random.Generator"
    rng: "np.random.Generator"
    seed: int | None
    identity: Any = None
    saved: Any = None
    blocks: Blocks | None = None
    given_seed: Any = None

    def move_on(self) -> None:
        """Have a generator that was given as the seed spawn other streams from now on."""
        if isinstance(self.given_seed, np.random.Generator):
            self.given_seed.spawn(3)

    def describe(self, engine: NumpyEngine) -> dict[str, Any]:
        """The settings, the numbers of rows and what it runs on, as what JSON can hold."""
        from glassnet.training.environment import environment  # not before: a prediction describes nothing

        n_validation = 0 if self.held_out is None else len(self.held_out)
        n_samples = len(self.train) if self.blocks is None else self.blocks.n_rows
        numbers = {"n_samples": n_samples, "n_validation": n_validation}
        return {**self.settings.describe(), **numbers, "environment": environment(engine)}


def measured(settings: Settings, validated: bool, trained: bool = True) -> list[str]:
    """The names of what is measured in each epoch; `trained`: metrics also of the training rows."""
    names = ["loss", *(metric.name for metric in settings.metrics)]
    return [*(names if trained else ["loss"]), *(f"val_{name}" for name in names if validated)]


def lay_out(layers: Sequence[Layer], shape: Shape) -> Layout:
    """The layout for samples of a shape; refused where the outputs are no rows of numbers."""
    layout = Layout(layers, tuple(check_whole(size, "the number of features") for size in shape))
    if len(layout.output_shape) != 1:
        raise InvalidInput(f"the last layer must give rows of numbers, not {layout.output_shape}: add Flatten().")
    return layout


def get_ready(
    layout_for: Callable[[Shape], Layout],
    dtype: np.dtype,
    settings: Settings,
    checked: Checked,
    *,
    X: Any,
    y: Any,
    rows: Any,
    validation: Any,
    sample_weight: Any,
    seed: Any,
    resume: Any = None,
) -> Ready:
    """All checks of a run; `layout_for` gives the layout for the shape of a sample.

    Of blocks the first is looked at here; it stands for the rows to train on in what is ready.
    """
    blocks = X if isinstance(X, Blocks) else None
    if blocks is not None:
        check_alone(y, sample_weight, rows)
        check_streamed(settings, validation)
        X, y, sample_weight = blocks.first()
    saved = None if resume is None else read(resume, settings)
    chosen = seed if saved is None else seed_of(saved, seed)
    (draws, holds_out, rng), seed_number = streams(copy.deepcopy(chosen))  # a generator moves on where all is well
    layout = layout_for(checked.inputs(X, dtype).shape[1:])
    check_output(settings.loss, layout)
    check_metrics(settings.metrics, settings.loss, layout)
    check_rule(settings, layout)
    part = part_of(checked.data(layout, settings.loss, dtype, X, y, sample_weight), rows)
    train, held_out = hold_out(layout, settings.loss, part, validation, holds_out, checked)
    if settings.class_weight is not None:
        weights = class_weights(settings.class_weight, settings.loss, layout.output_shape[0], train.y)
        train = weighed_part(train, settings.loss, weights, "to train on")
        held_out = held_out and weighed_part(held_out, settings.loss, weights, "held out")
        settings = Settings(**settings._values() | {"class_weight": weights.tolist()})
    followed = settings.with_schedules(layout)
    check_schedules(followed, settings.n_epochs, measured(settings, held_out is not None, blocks is None))
    check_stops(settings, held_out is not None, blocks is None)
    if blocks is not None:
        check_length(blocks, followed)
    identity = None
    if saved is not None or settings.checkpoint is not None:
        from glassnet.training.checkpoints.reader import check_same, identity_of

        identity = identity_of(layout, settings, dtype, seed_number, train, held_out)
        if blocks is not None:
            identity["blocks"] = {"n_rows": blocks.n_rows, "block_rows": blocks.block_rows}
        if saved is not None:
            check_same(saved, identity)
    ready = Ready(layout, settings, train, held_out, draws, rng, seed_number, identity, saved, blocks, chosen)
    if saved is None:
        ready.move_on()
    return ready


def read(resume: Any, settings: Settings) -> Any:
    """The checkpoint to go on from, or None."""
    from glassnet.training.checkpoints.reader import read_saved  # not before: a prediction resumes nothing

    return read_saved(resume, settings)


def seed_of(saved: Any, seed: Any) -> Any:
    """The seed that a resumed run began with, unless one is given."""
    if seed is None and (seed := saved.identity.get("seed")) is None:
        raise InvalidInput(f"the run of {saved.path} was seeded by a generator: give one in the same state as seed.")
    return seed
