"""An encoder that has grown by the levels of further rows, and where what it had before is in it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypedDict

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.tables.encoding.column_encoders import CodedColumn, ColumnEncoder, Levels
from glassnet.tables.encoding.column_kinds import read_as
from glassnet.tables.encoding.encoder import TableEncoder
from glassnet.tables.encoding.leveled_column import LeveledColumn
from glassnet.tables.values.frames import as_frame
from glassnet.training.inputs.splitting import Rows


@dataclass(frozen=True, eq=False)
class Growth:
    """An encoder before and after it has seen further rows.

    >>> import polars
    >>> before = TableEncoder.learn(polars.DataFrame({"city": ["Rome", "Oslo", None], "x": [4, 2, 3]}))
    >>> growth = Growth.of(before, [polars.DataFrame({"city": ["Bonn"], "x": [9]})])
    >>> growth.after.feature_names, growth.inputs, growth.new_levels
    (('city=Oslo', 'city=Rome', 'city=Bonn', 'city missing', 'x'), array([0, 1, 3, 4]), {'city': ('Bonn',)})
    """

    before: TableEncoder
    after: TableEncoder

    @classmethod
    def of(cls, encoder: TableEncoder, frames: Iterable[Any]) -> "Growth":
        """What becomes of an encoder that sees the rows of data frames."""
        encoders = encoder.encoders
        for frame in frames:
            read = read_as(as_frame(frame), {each.name: each.format for each in encoders})
            encoders = tuple(each.grown(read[each.name]) for each in encoders)
        return cls(encoder, replace(encoder, encoders=encoders))

    @property
    def inputs(self) -> Rows:
        """For each input before, its number now."""
        names = {each.name: each.names for each in self.after.encoders}
        found = [
            self.after.places[each.name].start + names[each.name].index(name)
            for each in self.before.encoders
            for name in each.names
        ]
        return np.array(found, np.intp)

    def codes(self, place: int) -> Rows:
        """For each code that an input had before, its number now; the input is counted as it was before."""
        before, after = self._coded(self.before, place), self._coded(self.after, int(self.inputs[place]))
        found = np.arange(before.n_codes)
        if before.missing and isinstance(before, CodedColumn):  # whose last code that is
            found[-1] = after.n_codes - 1
        return found

    def back(self, X: Array) -> Array:
        """Rows as the encoder now has encoded them, as it would have done before."""
        found = X[:, self.inputs]
        for place in self.before.codes:
            earlier = np.zeros(self.n_codes(place), X.dtype)  # a new code counted as a level that was not seen
            earlier[self.codes(place)] = np.arange(self.before.codes[place])
            found[:, place] = earlier[found[:, place].astype(np.intp)]
        return found

    @property
    def is_none(self) -> bool:
        """Whether rows are encoded as before."""
        return self.before == self.after

    def n_codes(self, place: int) -> int:
        """How many codes an input, counted as it was before, has now."""
        return self._codes_now(place)

    def coded_anew(self, inputs: Sequence[int]) -> list[int]:
        """Those of some inputs, counted as before, that have got further codes."""
        return [place for place in inputs if self.before.codes.get(place, 0) < self._codes_now(place)]

    def _codes_now(self, place: int) -> int:
        return self.after.codes.get(int(self.inputs[place]), 0)

    @staticmethod
    def _coded(encoder: TableEncoder, place: int) -> CodedColumn | LeveledColumn:
        (found,) = (each for each in encoder.encoders if encoder.places[each.name].stop == place + 1)
        assert isinstance(found, CodedColumn | LeveledColumn)
        return found

    @property
    def new_levels(self) -> dict[str, tuple[str, ...]]:
        """The levels that each column has got, of those that have got some."""
        pairs = [*zip(self.before.encoders, self.after.encoders, strict=True)]
        return {old.name: found for old, new in pairs if (found := added(old, new))}

    @property
    def newly_missing(self) -> tuple[str, ...]:
        """The columns in which a value is missing for the first time."""
        pairs = zip(self.before.encoders, self.after.encoders, strict=True)
        return tuple(old.name for old, new in pairs if new.missing and not old.missing)


def added(old: ColumnEncoder, new: ColumnEncoder) -> tuple[str, ...]:
    """The levels of a column that it did not have before."""
    if isinstance(old, Levels) and isinstance(new, Levels):
        return new.levels[len(old.levels) :]
    return ()


class Size(TypedDict):
    """How much an encoder has: the number of levels of each column that has some, and the columns with missing values.

    What it grows by comes after that, so it can be made from a later one.
    """

    levels: dict[str, int]
    missing: tuple[str, ...]


def size_of(encoder: TableEncoder) -> Size:
    """The size of an encoder."""
    return {
        "levels": {each.name: len(each.levels) for each in encoder.encoders if isinstance(each, Levels)},
        "missing": tuple(each.name for each in encoder.encoders if each.missing),
    }


def shrunk(encoder: TableEncoder, size: Size) -> TableEncoder:
    """An encoder as it was when it had a size; InvalidInput for one that it cannot have had."""
    levels = {each.name: len(each.levels) for each in encoder.encoders if isinstance(each, Levels)}
    missing = {each.name for each in encoder.encoders if each.missing}
    fits = {*size["levels"]} == {*levels} and all(0 <= n <= levels[name] for name, n in size["levels"].items())
    if not fits or not {*size["missing"]} <= missing:
        raise InvalidInput("`table.seen_earlier` does not fit the columns of `table.encoder`.")
    return replace(encoder, encoders=tuple(shrunk_column(each, size) for each in encoder.encoders))


def shrunk_column(encoder: ColumnEncoder, size: Size) -> ColumnEncoder:
    """A column as it was."""
    missing = encoder.name in size["missing"]
    if isinstance(encoder, Levels):
        return replace(encoder, levels=encoder.levels[: size["levels"][encoder.name]], missing=missing)
    return replace(encoder, missing=missing)
