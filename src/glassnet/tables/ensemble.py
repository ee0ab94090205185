"""Several networks for one table, each choosing its epoch on other rows, trained side by side."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from glassnet.engine.threads import available
from glassnet.formulas.elementary import Array
from glassnet.many import train_many
from glassnet.network import Network
from glassnet.tables.encoder import TableEncoder
from glassnet.tables.recipe import Recipe
from glassnet.tables.target import ClassTarget, Target
from glassnet.training.history import History
from glassnet.training.splitting import Rows, split_rows
from glassnet.training.stopping import MaxTime

SHARE_OF_TIME = 0.9  # of a time budget that epochs may take, as no two take the same time


@dataclass(frozen=True)
class Member:
    """A network of an ensemble, the rows that chose its epoch, and its history."""

    network: Network
    held_out: Rows
    history: History


@dataclass(frozen=True)
class Encoded:
    """Rows as networks read them, with what they were encoded by."""

    encoder: TableEncoder
    target: Target
    X: Array
    y: Array
    weights: Array | None = None

    def rows(self, rows: Rows) -> tuple[Array, ...]:
        """X, y and weights of some rows, as `validation` takes them."""
        return (self.X[rows], self.y[rows], *(() if self.weights is None else (self.weights[rows],)))


def held_out_parts(data: Encoded, n: int, share: float, rng: "np.random.Generator") -> Iterator[Rows]:
    """Rows that choose the epoch of each of n members: disjoint parts of `share` of the rows, or smaller ones."""
    left, parts = np.arange(len(data.y)), max(n, round(1 / share)) if n > 1 else 1 / share
    for k in range(n):
        if parts - k <= 1:
            yield left
            return
        labels = data.y[left] if isinstance(data.target, ClassTarget) else None
        rest, held = split_rows(len(left), 1 / (parts - k), rng, labels)
        yield left[held]
        left = left[rest]


def train_members(
    data: Encoded, recipe: Recipe, n: int, seed: int, outputs: int | None = None, **other: Any
) -> list[Member]:
    """Train n networks by a recipe; `other` takes the place of its settings, `outputs` of the number of outputs.

    With a time budget the epochs are as many as fit into it, so that the schedules reach their end.
    """
    rng = np.random.default_rng(seed)
    parts = [*held_out_parts(data, n, recipe.validation, rng)]
    seeds = rng.integers(2**32, size=n)
    everything = np.arange(len(data.y))
    each: list[dict[str, Any]] = [
        {"rows": np.setdiff1d(everything, part), "validation": data.rows(part), "seed": int(one)}
        for part, one in zip(parts, seeds, strict=True)
    ]
    if recipe.max_time is not None:
        recipe = replace(recipe, epochs=affordable_epochs(data, recipe, each, outputs, other))
    networks = [recipe.network(data.encoder, data.target, outputs) for _ in parts]
    settings = recipe.settings(data.target.task, len(each[0]["rows"])) | other
    histories = train_many(networks, data.X, data.y, sample_weight=data.weights, each=each, **settings)
    return [Member(*made) for made in zip(networks, parts, histories, strict=True)]


def affordable_epochs(
    data: Encoded, recipe: Recipe, each: Sequence[Mapping[str, Any]], outputs: int | None, other: Mapping[str, Any]
) -> int:
    """How many epochs fit into the time of a recipe, by the second one of a training that is given up."""
    seconds = MaxTime(recipe.max_time).seconds
    first = dict(each[0])
    rows, network = first.pop("rows"), recipe.network(data.encoder, data.target, outputs)
    weights = None if data.weights is None else data.weights[rows]
    settings = recipe.settings(data.target.task, len(rows)) | dict(other) | first
    began, marks = time.monotonic(), []
    for _ in network.training(data.X[rows], data.y[rows], sample_weight=weights, **settings):
        marks.append(time.monotonic())
        if len(marks) == 2 or marks[-1] - began > seconds / 4:
            break
    epoch = marks[-1] - (began if len(marks) == 1 else marks[-2])
    left = SHARE_OF_TIME * seconds - (marks[-1] - began)
    waves = -(-len(each) // available())
    return int(np.clip(left / (epoch * waves), 1, recipe.epochs))
