"""What a column of a row may become: values within those of training, how large a change each is, and its inputs."""

import datetime
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.tables.encoding.column_encoders import DateColumn, Levels, NumberColumn
from glassnet.tables.encoding.found_columns import EPOCH, FoundColumn
from glassnet.tables.pipeline import TablePipeline
from glassnet.tables.values.frames import Floats, as_series
from glassnet.tables.values.objects import plain

if TYPE_CHECKING:
    import narwhals as nw

FINEST, MOST_VALUES = 1000, 20_000  # steps to the range between the quartiles, and numbers of a column
MOMENTS = (1.0, 1 / 24, 1 / 1440, 1 / 86_400)  # a day, an hour, a minute, a second
MOMENTS_TO_RANGE = 100  # at least, between the quartiles


@dataclass(frozen=True, eq=False)
class Candidates:
    """The values that a column of one row may take; its own is at `start`.

    `values` are as a data frame takes them, `costs` (n,) say how large a change each is, and `inputs` (n, inputs) what
    the network gets at `place`. They are `ordered` where neighbours are alike, as numbers are.
    """

    name: str
    place: slice
    values: Sequence[Any]
    costs: Floats
    inputs: Array
    start: int
    ordered: bool

    @property
    def unit(self) -> float:
        """What a step to the neighbour costs."""
        steps = np.abs(np.diff(self.costs))
        return float(np.median(steps)) if self.ordered and len(steps) else 1.0


def candidates_of(model: TablePipeline, one: "nw.DataFrame[Any]", x: Array, name: str) -> Candidates:
    """Those of a column for a data frame of one row, whose inputs are x (n_inputs,)."""
    encoder = next(each for each in model.encoder.encoders if each.name == name)
    given, place = encoder.format.read(plain(one[name])), model.encoder.places[name]
    if isinstance(encoder, Levels):
        return levels(encoder, given, x[place], place)
    assert isinstance(encoder, NumberColumn)
    if type(given.dtype).__name__ == "Boolean" or encoder.format.type == "boolean":
        return truth_values(encoder, given, x[place], place)
    return numbers(encoder, given, x[place], place, next((each for each in model.columns if each.name == name), None))


def levels(encoder: Levels, given: "nw.Series[Any]", own: Array, place: slice) -> Candidates:
    """Each level of training; another one than that of the row is a change of 1."""
    at = int(encoder.places(given)[0])
    others = [level for k, level in enumerate(encoder.levels) if k != at]
    inputs = np.concatenate([own[np.newaxis], encoder.encode(as_series(others))]) if others else own[np.newaxis]
    return Candidates(encoder.name, place, [None, *others], np.r_[0.0, np.ones(len(others))], inputs, 0, False)


def truth_values(encoder: NumberColumn, given: "nw.Series[Any]", own: Array, place: slice) -> Candidates:
    """False and true, where the row has another value; a change of 1."""
    others = [truth for truth in (False, True) if encoder.in_numbers(given)[0] != truth]
    inputs = np.concatenate([own[np.newaxis], encoder.encoded(np.array(others, np.float64))])
    return Candidates(encoder.name, place, [None, *others], np.r_[0.0, np.ones(len(others))], inputs, 0, False)


def numbers(
    encoder: NumberColumn, given: "nw.Series[Any]", own: Array, place: slice, found: FoundColumn | None
) -> Candidates:
    """Round numbers within the range of training; a change of one range between the quartiles counts as 1.

    In the place of a missing value, 1 more than the way from the median.
    """
    if found is None or found.low is None or found.high is None:
        raise InvalidInput(f"this model does not hold the range of {encoder.name!r} in training: train it again.")
    now = float(encoder.in_numbers(given)[0])
    kind = type(given.dtype).__name__
    grid = round_numbers(found.low, found.high, step_of(encoder, found, now, given.dtype))
    if math.isnan(now):
        grid, start = np.append(grid, now), len(grid)
        costs = 1 + np.abs(grid - encoder.median) / encoder.scale
    else:
        grid = np.unique(np.append(grid, now))
        start = int(np.searchsorted(grid, now))
        costs = np.abs(grid - now) / encoder.scale
    inputs = encoder.encoded(grid)
    costs[start], inputs[start] = 0.0, own
    whole = given.dtype.is_integer() or are_whole(encoder, found, now)
    values = [as_value(number, encoder, kind, whole) for number in grid]
    return Candidates(encoder.name, place, values, costs, inputs, start, True)


def are_whole(encoder: NumberColumn, found: FoundColumn, now: float) -> bool:
    """Whether nothing that is known of a column is other than a whole number."""
    known = (found.low, found.high, encoder.median, encoder.scale, 0.0 if math.isnan(now) else now)
    return all(float(number or 0).is_integer() for number in known)


def step_of(encoder: NumberColumn, found: FoundColumn, now: float, dtype: Any) -> float:
    """From one candidate to the next: a power of ten, of dates a day, an hour, a minute or a second."""
    if isinstance(encoder, DateColumn):
        fine = [moment for moment in MOMENTS if moment * MOMENTS_TO_RANGE <= encoder.scale]
        return 1.0 if type(dtype).__name__ == "Date" else [*fine, MOMENTS[-1]][0]
    step = float(10.0 ** math.floor(math.log10(encoder.scale / FINEST)))
    return max(step, 1.0) if dtype.is_integer() or are_whole(encoder, found, now) else step


def round_numbers(low: float, high: float, step: float) -> Floats:
    """The multiples of a step from low to high, and these two; of a larger step where they would be too many.

    >>> round_numbers(0.05, 0.31, 0.1)
    array([0.05, 0.1 , 0.2 , 0.3 , 0.31])
    """
    while (high - low) / step > MOST_VALUES:
        step *= 10
    places = max(0, -math.floor(math.log10(step))) if step < 1 else 0
    multiples = np.arange(math.ceil(low / step), math.floor(high / step) + 1, dtype=np.float64) * step
    rounded = np.round(multiples, places) if math.isclose(step, 10.0**-places) else multiples
    return np.unique(np.concatenate([[low], np.clip(rounded, low, high), [high]]))


def as_value(number: float, encoder: NumberColumn, kind: str, whole: bool) -> Any:
    """A number as a data frame has it: whole, a date, a time of day or a duration where the column is of these."""
    if math.isnan(number):
        return None
    if not isinstance(encoder, DateColumn):
        return int(number) if whole else float(number)
    days = datetime.timedelta(days=number)
    if kind == "Duration":
        return days
    moment = EPOCH + days
    return moment.date() if kind == "Date" else moment.time() if kind == "Time" else moment
