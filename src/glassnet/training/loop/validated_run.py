"""A training run that has passed all checks and changed nothing yet."""

import copy
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from glassnet.engine.engine import Engine
from glassnet.engine.layout import Layout
from glassnet.errors import InvalidInput
from glassnet.formulas.description import Description
from glassnet.formulas.elementary import Array
from glassnet.layers.layer import Shape
from glassnet.training.blocks.checks import check_alone, check_length, check_streamed
from glassnet.training.blocks.first_block import first_block, kept_by
from glassnet.training.blocks.source import Arrays, Blocks, looked_into
from glassnet.training.initialization import looking_at_data
from glassnet.training.inputs.class_weights import class_weights, weighed_part
from glassnet.training.inputs.prepared import Checked, Part, hold_out, part_of
from glassnet.training.loop.compatibility import check_metrics, check_output, check_rule, check_stops
from glassnet.training.loop.schedule_values import check_schedules
from glassnet.training.loop.settings import Settings, streams
from glassnet.training.ranks.setting import ranks_of

if TYPE_CHECKING:
    from pathlib import Path

    from glassnet.engine.ranks.reduction import Ranks
    from glassnet.training.checkpoints.reader import Saved
    from glassnet.training.keywords import Seed


class ValidatedRun(Description):
    """What a training needs to start: `draws` is for parameters, `rng` for row order and dropout.

    `identity` is what must be the same where a run goes on from a checkpoint, `saved` that checkpoint, if there is one.
    Of blocks, `train` is the first array, and `first_block` X of the first block, where parameters are drawn by it.
    """

    layout: Layout
    settings: Settings
    train: Part
    held_out: Part | None
    draws: "np.random.Generator"
    rng: "np.random.Generator"
    seed: int | None
    identity: dict[str, Any] | None = None
    saved: "Saved | None" = None
    blocks: Blocks | None = None
    given_seed: "Seed" = None
    first_block: Array | None = None

    @property
    def first_rows(self) -> Array:
        """X of the rows that parameters may be drawn by."""
        return self.train.data()[0].X if self.first_block is None else self.first_block

    @property
    def ranks(self) -> "Ranks | None":
        """The ranks that share the training, None for one process."""
        return ranks_of(self.settings.communicator, self.settings.reduction)

    def move_on(self) -> None:
        """Make a generator passed as the seed spawn other streams from now on."""
        if isinstance(self.given_seed, np.random.Generator):
            self.given_seed.spawn(3)

    def describe(self, engine: Engine) -> dict[str, Any]:
        """The settings, the numbers of rows and the environment, as JSON values."""
        from glassnet.training.environment import environment  # imported late: a prediction does not need it

        n_validation = 0 if self.held_out is None else len(self.held_out)
        n_samples = len(self.train) if self.blocks is None else self.blocks.n_rows
        numbers = {"n_samples": n_samples, "n_validation": n_validation}
        if (ranks := self.ranks) is not None:
            numbers["ranks"] = ranks.size
        return {**self.settings.describe(), **numbers, "environment": environment(engine)}


def measured(settings: Settings, validated: bool, trained: bool = True) -> list[str]:
    """The names of what is measured in each epoch; `trained`: metrics also of the training rows."""
    names = ["loss", *(metric.name for metric in settings.metrics)]
    return [*(names if trained else ["loss"]), *(f"val_{name}" for name in names if validated)]


def validate_run(
    layout_for: Callable[[Shape], Layout],
    dtype: np.dtype,
    X: ArrayLike | Blocks,
    y: ArrayLike | None,
    asked: Mapping[str, Any],
    checked: Checked,
    fresh: bool,
) -> ValidatedRun:
    """Check a whole run; `layout_for` gives the layout for the shape of a sample, `fresh` says if parameters are drawn.

    `asked` are the keyword arguments of `training`, or `OwnSettings`. Of blocks the first array is looked at here; it
    stands for the rows to train on in the validated run.
    """
    settings, sample_weight = Settings.of(asked), asked.get("sample_weight")
    if not isinstance(X, Blocks):
        return validated(settings, layout_for, dtype, (X, y, sample_weight), asked, checked)
    check_alone(y, sample_weight, asked.get("rows"))
    check_streamed(settings, asked.get("validation"))
    with looked_into(X) as (arrays, rest):
        return validated(settings, layout_for, dtype, arrays, asked, checked, X, rest if fresh else None)


def validated(
    settings: Settings,
    layout_for: Callable[[Shape], Layout],
    dtype: np.dtype,
    arrays: tuple[Any, Any, Any],
    asked: Mapping[str, Any],
    checked: Checked,
    blocks: Blocks | None = None,
    rest: Arrays | None = None,
) -> ValidatedRun:
    """Check a run on arrays (X, y, weights or None): those of blocks are the first, and `rest` may be read on."""
    (X, y, sample_weight), streamed = arrays, blocks is not None
    saved = read(asked.get("resume"), settings)
    seed = asked.get("seed") if saved is None else seed_of(saved, asked.get("seed"))
    (draws, holds_out, rng), seed_number = streams(copy.deepcopy(seed))  # a generator moves on only if all is well
    layout = layout_for(checked.inputs(X, dtype).shape[1:])
    check_layout(settings, layout)
    data = checked.data(layout, settings.loss, dtype, X, y, sample_weight, streamed=streamed)
    part = part_of(data, asked.get("rows"))
    train, held_out = hold_out(layout, settings.loss, part, asked.get("validation"), holds_out, checked)
    settings, train, held_out = with_class_weight(settings, layout, train, held_out, streamed)
    check_epochs(settings, layout, held_out is not None, blocks)
    run = ValidatedRun(
        layout=layout,
        settings=settings,
        train=train,
        held_out=held_out,
        draws=draws,
        rng=rng,
        seed=seed_number,
        saved=saved,
        blocks=blocks,
        given_seed=seed,
        identity=identity(layout, settings, dtype, seed_number, train, held_out, blocks, saved),
        first_block=None if blocks is None or saved else first_of(blocks, data[0].X, rest, settings, layout, checked),
    )
    if saved is None:
        run.move_on()
    return run


def first_of(
    blocks: Blocks, X: Array, rest: Arrays | None, settings: Settings, layout: Layout, checked: Checked
) -> Array | None:
    """X of the first block, made once for all networks; None where nothing is drawn by it."""
    if rest is None or not looking_at_data(layout):
        return None
    size = blocks.size(settings.batch_size * settings.accumulate)
    return checked.once(blocks, kept_by(layout, X.dtype, size), lambda: first_block(X, rest, size, layout))


def check_layout(settings: Settings, layout: Layout) -> None:
    """Refuse a loss, metrics or an update rule that do not suit the layers."""
    check_output(settings.loss, layout)
    check_metrics(settings.metrics, settings.loss, layout)
    check_rule(settings, layout)


def check_epochs(settings: Settings, layout: Layout, validated: bool, blocks: Blocks | None) -> None:
    """Refuse schedules and stops that wait for what no epoch has."""
    followed, trained = settings.with_schedules(layout), blocks is None
    check_schedules(followed, settings.epochs, measured(settings, validated, trained))
    check_stops(settings, validated, trained)
    if blocks is not None:
        check_length(blocks, followed)


def with_class_weight(
    settings: Settings, layout: Layout, train: Part, held_out: Part | None, streamed: bool
) -> tuple[Settings, Part, Part | None]:
    """Settings and parts with the weights of the classes as numbers, multiplied into those of the rows."""
    if settings.class_weight is None:
        return settings, train, held_out
    if len(layout.output_shape) > 1:
        raise InvalidInput("class_weight is for one target a sample, not for one at each step: use sample_weight.")
    weights = class_weights(settings.class_weight, settings.loss, layout.output_shape[0], train.y)
    train = weighed_part(train, settings.loss, weights, "to train on", some=not streamed)
    held_out = held_out and weighed_part(held_out, settings.loss, weights, "held out")
    return Settings(**settings._values() | {"class_weight": weights.tolist()}), train, held_out


def identity(
    layout: Layout,
    settings: Settings,
    dtype: np.dtype,
    seed: int | None,
    train: Part,
    held_out: Part | None,
    blocks: Blocks | None,
    saved: "Saved | None",
) -> dict[str, Any] | None:
    """What must be the same when the run is resumed from a checkpoint; None without checkpoints."""
    if saved is None and settings.checkpoint is None:
        return None
    from glassnet.training.checkpoints.reader import check_same, identity_of

    found = identity_of(layout, settings, dtype, seed, train, held_out)
    if blocks is not None:
        found["blocks"] = {"n_rows": blocks.n_rows, "block_rows": blocks.block_rows}
    if saved is not None:
        check_same(saved, found)
    return found


def read(resume: "str | Path | bool | None", settings: Settings) -> "Saved | None":
    """The checkpoint to resume from, or None."""
    if resume is None:
        return None
    from glassnet.training.checkpoints.reader import Saved, read_saved  # imported late: a prediction does not need it

    if isinstance(resume, Saved):  # by rank 0, for all
        return resume
    return read_saved(resume, settings)


def seed_of(saved: "Saved", seed: "Seed") -> "Seed":
    """The seed that a resumed run began with, unless one is given."""
    if seed is None and (seed := saved.identity.get("seed")) is None:
        raise InvalidInput(f"the run of {saved.path} was seeded by a generator: pass one in the same state as seed.")
    return seed
