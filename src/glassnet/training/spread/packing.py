"""A validated run taken apart for another process: arrays that many runs share, and the little that is its own."""

import copy
from typing import NamedTuple

from glassnet.engine.job import Samples
from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.training.inputs.prepared import Part
from glassnet.training.loop.validated_run import ValidatedRun

Place = int | None


class Places(NamedTuple):
    """Where in the list of arrays those of a `Part` are: X, Y, weights, the given y, and the row numbers."""

    X: Place
    Y: Place
    weights: Place
    y: Place
    rows: Place


class Shelf:
    """Arrays, each once, and their places."""

    def __init__(self) -> None:
        self.arrays: list[Array] = []
        self._places: dict[int, int] = {}

    def place(self, array: Array | None) -> Place:
        """The place of an array, which is put there if it is new."""
        if array is None:
            return None
        if id(array) not in self._places:
            self._places[id(array)] = len(self.arrays)
            self.arrays.append(array)
        return self._places[id(array)]

    def part(self, part: Part) -> Places:
        """The places of all arrays of a part."""
        samples, y = part.whole
        return Places(*map(self.place, (samples.X, samples.Y, samples.weights, y, part.rows)))


class PackedRun(NamedTuple):
    """A run without its arrays."""

    run: ValidatedRun
    train: Places
    held_out: Places | None

    def unpacked(self, arrays: tuple[Array, ...]) -> ValidatedRun:
        """The run, with its arrays from a list like that of the shelf; what training moves on is a copy."""
        return with_parts(
            copy.deepcopy(self.run), taken(self.train, arrays), self.held_out and taken(self.held_out, arrays)
        )


def packed(run: ValidatedRun, shelf: Shelf) -> PackedRun:
    """Take a run apart; refused where another process could not do the same."""
    if run.blocks is not None:
        raise InvalidInput(
            "Blocks cannot be sent to other processes: give arrays (memory maps too), or train without "
            "joblib.parallel_config."
        )
    if not isinstance(run.settings.shuffle, bool):
        raise InvalidInput(
            "a generator of your own for shuffle stays in this process: use shuffle=True and seed=…, or train without "
            "joblib.parallel_config."
        )
    held_out = None if run.held_out is None else shelf.part(run.held_out)
    return PackedRun(with_parts(run, None, None), shelf.part(run.train), held_out)


def with_parts(run: ValidatedRun, train: Part | None, held_out: Part | None) -> ValidatedRun:
    """The same run on these rows."""
    return ValidatedRun(**run._values() | {"train": train, "held_out": held_out})


def taken(places: Places, arrays: tuple[Array, ...]) -> Part:
    """The part whose arrays are at these places."""
    X, Y, weights, y, rows = (None if place is None else arrays[place] for place in places)
    assert X is not None and Y is not None and y is not None
    return Part((Samples(X, Y, weights), y), rows)
