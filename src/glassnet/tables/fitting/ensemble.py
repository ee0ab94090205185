"""Several networks for one table, each choosing its epoch on different rows, trained side by side."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from glassnet.calls import warn
from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.formulas.losses import Loss
from glassnet.many import train_many, usual_workers
from glassnet.network import Network
from glassnet.tables.distributions.head import Head
from glassnet.tables.distributions.score_metric import score_of
from glassnet.tables.encoding.encoder import TableEncoder
from glassnet.tables.encoding.several_targets import SeveralTargets, Targets
from glassnet.tables.encoding.target import ClassTarget
from glassnet.tables.fitting.budget import Budget, in_time
from glassnet.tables.fitting.networks.equal_batches import even
from glassnet.tables.fitting.recipe import LOSSES, Recipe
from glassnet.tables.splits.rule import Sides, SplitRule
from glassnet.tables.values.frames import listed
from glassnet.training.history import History
from glassnet.training.inputs.splitting import Rows
from glassnet.training.keywords import OwnSettings
from glassnet.training.loop.epochs import Training

USUAL = 4  # networks by default: together they err less than one of twice the width, for about the same time
ALONE = (
    "one network is trained and not four: there are too few rows, or groups of rows, for each to validate on its own"
)


@dataclass(frozen=True)
class Member:
    """A network of an ensemble, the rows that chose its epoch, and its history."""

    network: Network
    held_out: Rows
    history: History


@dataclass(frozen=True)
class Encoded:
    """Encoded rows, with their encoder.

    rule   how they may be divided to validate; None: by classes alone
    sides  how they are divided for each network, where that is given
    """

    encoder: TableEncoder
    target: Targets
    X: Array
    y: Array
    weights: Array | None = None
    rule: SplitRule | None = None
    sides: Sequence[Sides] | None = None

    @property
    def labels(self) -> Array | None:
        """The classes whose shares a hold-out keeps, of several targets those of the first; None for numbers."""
        if self.target.task == "regression":
            return None
        return self.y if self.y.ndim == 1 else self.y[:, 0]

    def rows(self, rows: Rows) -> tuple[Array, Array, Array | None]:
        """X, y and weights of some rows, as `validation` takes them."""
        return self.X[rows], self.y[rows], None if self.weights is None else self.weights[rows]


def held_out_parts(data: Encoded, n: int, share: float, rng: "np.random.Generator") -> list[Rows]:
    """Rows that choose the epoch of each of n members: disjoint parts of `share` of the rows, or smaller ones.

    By time they are the same, the latest, for each. InvalidInput where there are too few rows for n parts.
    """
    labels = data.labels
    try:
        return (data.rule or SplitRule(len(data.y), labels)).parts(n, share, rng)
    except InvalidInput as error:
        rows = f"{len(data.y)} rows" + (f" of {len(np.unique(labels))} classes" if labels is not None else "")
        if data.rule is not None and data.rule.groups is not None:
            rows = f"{len(np.unique(data.rule.groups))} groups"
        wanted = f"{n} networks that choose their epochs on different rows" if n > 1 else f"a share of {share:g}"
        raise InvalidInput(f"{rows} are too few to hold some out for {wanted}.") from error


def usual_number(recipe: Recipe) -> int:
    """How many networks are trained where no number is given: four, or one whose members are an ensemble already."""
    return 1 if recipe.members else USUAL


def number_that_fits(data: Encoded, recipe: Recipe, seed: int) -> int:
    """The usual number, or one where rows are too few for each network to choose its epoch on rows of its own."""
    rng = np.random.default_rng
    try:
        return len(held_out_parts(data, usual_number(recipe), recipe.validation, rng(seed)))
    except InvalidInput:
        return len(held_out_parts(data, 1, recipe.validation, rng(seed)))  # even one may be too many, which is said


def train_members(data: Encoded, recipe: Recipe, n: int, seed: int, head: Head | None = None) -> list[Member]:
    """Train n networks by a recipe; those with a head have its outputs, and choose the epoch by its loss.

    `recipe.max_time` is for all of them: the epochs are as many as fit into it, so that the schedules reach their end.
    """
    budget, rng = Budget.of(recipe.max_time), np.random.default_rng(seed)
    data = data if head is None else replace(data, y=head.encode(data.y))
    every = np.arange(len(data.y))
    given = data.sides or [(every, part) for part in held_out_parts(data, n, recipe.validation, rng)]
    parts = [part for _, part in given]
    trained_on = [np.setdiff1d(rows, part) for rows, part in given]
    seeds = rng.integers(2**32, size=n)
    each: list[OwnSettings] = [
        {
            "rows": rows,
            "validation": data.rows(part),
            "seed": int(one),
            "batch_size": even(len(rows), recipe.batch_size),  # parts differ by a row, which is no batch of its own
        }
        for rows, part, one in zip(trained_on, parts, seeds, strict=True)
    ]
    score = score_of(recipe.metric, head, data.target)
    loss = head.loss if head else loss_of(data, recipe, [data.y[part] for part in parts])
    networks = [recipe.network(data.encoder, data.target, head) for _ in parts]

    def begin(k: int, recipe: Recipe, every: int) -> Training:
        X, y, weights = data.rows(trained_on[k][::every])
        settings = recipe.settings(data.target.task, len(y), loss, head, score)
        held_out = data.rows(parts[k][::every])
        network = recipe.network(data.encoder, data.target, head)
        return network.training(X, y, validation=held_out, sample_weight=weights, seed=k, **settings)

    if budget.seconds is not None:
        recipe = in_time(recipe, budget, begin, len(trained_on[0]), n, usual_workers(networks))
    settings = recipe.settings(data.target.task, len(trained_on[0]), loss, head, score)
    histories = train_many(networks, data.X, data.y, sample_weight=data.weights, each=each, **settings)
    for network in networks:
        network.metrics = () if score else network.metrics  # it is for this training alone
    return [Member(*made) for made in zip(networks, parts, histories, strict=True)]


def once_each(parts: Sequence[Rows], said: Sequence[Array]) -> tuple[Array, Array]:
    """(the mean for each row of what networks said of it, where each row first stands); rows of parts may recur.

    >>> once_each([np.array([5, 7]), np.array([7])], [np.array([1.0, 2.0]), np.array([4.0])])
    (array([1., 3.]), array([0, 1]))
    """
    rows, first, places, n = np.unique(
        np.concatenate(parts), return_index=True, return_inverse=True, return_counts=True
    )
    together = np.concatenate(said)
    total = np.zeros((len(rows), *together.shape[1:]))
    np.add.at(total, places, together)
    return total / n.reshape(-1, *[1] * (together.ndim - 1)), first


def loss_of(data: Encoded, recipe: Recipe, parts: Sequence[Array]) -> Loss | None:
    """The loss that is not that of the metric: of several targets of classes, or of `in_place_of_metric`."""
    several = data.target.loss if isinstance(data.target, SeveralTargets) else None
    return several or in_place_of_metric(data, recipe, parts)


def in_place_of_metric(data: Encoded, recipe: Recipe, parts: Sequence[Array]) -> Loss | None:
    """The loss that chooses the epoch if the metric is undefined, as a class has no rows in a validation part y."""
    metric, target = recipe.chosen_metric(data.target.task), data.target
    if metric not in ("roc_auc", "average_precision") or not isinstance(target, ClassTarget):
        return None
    lacking = {name for k, name in enumerate(target.names) for part in parts if not (part == k).any()}
    if not lacking:
        return None
    warn(
        f"validation rows of the class {listed(sorted(lacking))} are missing: without them {metric} is undefined "
        "(nan), so the log loss chooses the epoch. Use more rows of the class, or a larger share for validation."
    )
    return LOSSES[metric]
