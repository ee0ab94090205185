"""From a forecaster of a table with dates to a program for one of its series: raw values in, forecast and ends out.

A row holds the last values of the series, the oldest first, and then, where the model sees columns beside the target,
those of the same steps and of the horizon, step by step. Stamps are not needed: a column of the date, such as
"Tuesday", is a column of zeros and ones like any other.
"""

from functools import reduce
from typing import Any, NamedTuple

import numpy as np

from glassnet.errors import InvalidInput, brief
from glassnet.exports.builder import Builder
from glassnet.exports.lower_forecaster import Window, lower_any_network, lower_linear
from glassnet.exports.program import GroupedProduct, Join, Outputs, Part, Product, Program, Row, Take, Value
from glassnet.forecasting.candidates import OfNetwork, Repeating, power_of
from glassnet.forecasting.dated.known_ahead import Beside
from glassnet.forecasting.fitted import Fitted, Several
from glassnet.forecasting.forecaster import Forecaster
from glassnet.forecasting.linear import LinearForecaster
from glassnet.forecasting.networks.network_forecaster import NetworkForecaster
from glassnet.formulas.elementary import Array
from glassnet.formulas.prediction.arithmetic import added
from glassnet.formulas.prediction.scaling import averaged
from glassnet.formulas.prediction.windows import (
    from_logarithm,
    from_power,
    less,
    logarithm,
    not_below_zero,
    risen,
    shares,
    to_power,
)


def program_of_dated(forecaster: Forecaster, series: Any = None, dtype: str | None = None) -> Program:
    """The program of a forecaster for one of its series; it computes in float64, unless asked for float32.

    >>> table = {"day": np.arange(60), "y": np.arange(60) % 7}
    >>> model = Forecaster(3, season=7, model="seasonal naive").fit(table, time="day", target="y")
    >>> [(part.name, part.shape) for part in program_of_dated(model).gives][0]
    ('forecast', (3,))
    """
    beside, panel, fitted = forecaster.known()
    name = panel.names[panel.number(series)]
    made = Builder(dtype or "float64", dtype or "float64")
    takes = parts_in(fitted, beside, name)
    x = made.add(Row(out=made.value("x", sum(part.size for part in takes))))
    static = panel.static_of(panel.names.index(name))
    ahead = on_scale(made, fitted, Given(x, fitted.model.lookback, columns_of(fitted, name), static), name)
    gives, values = parts_out(made, fitted, ahead, name)
    out = (
        values[0]
        if len(values) == 1
        else made.add(Join(out=made.value("y", sum(v.size for v in values)), parts=values))
    )
    of = beside.columns.target if name is None else f"{beside.columns.target} of {name}"
    title = f"a forecast of {of}, {panel.axis.frequency}, {fitted.horizon} steps from the last {fitted.model.lookback}"
    outputs = Outputs(out, target=beside.columns.target)
    return Program(
        made.steps_to(outputs),
        outputs,
        made.dtype,
        title,
        (x.size,),
        {"model": str(fitted.candidate), **places_of(takes, "input"), **places_of(gives, "output")},
        takes=takes,
        gives=gives,
        time="" if beside.columns.reading.zone else beside.columns.time,  # clocks are put back where a zone is named
    )


class Given(NamedTuple):
    """What comes in: the past, so many steps of it, and so many columns of these and of the steps ahead.

    `static` are the numbers of the series that never change.
    """

    x: Value
    lookback: int
    n_columns: int
    static: Array

    def of(self, lookback: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The places of the last steps of the past, and of the columns from there on."""
        begin = self.lookback - lookback
        past = tuple(range(begin, self.lookback))
        return past, tuple(range(self.lookback + begin * self.n_columns, self.x.size))


class Around(NamedTuple):
    """What a model sees: the past on its scale, the columns of a window step by step, and what never changes."""

    z: Value
    columns: Value | None
    static: Array


def on_scale(made: Builder, fitted: Fitted, given: Given, name: Any) -> Value:
    """The forecast on the scale of the model, with what columns add to it."""
    if isinstance(fitted.model, Several):
        return mean_of(made, fitted, given, name)
    z, added_ahead, columns = seen(made, fitted, given, name)
    ahead = of_model(made, fitted, Around(z, columns, given.static), name)
    if added_ahead is None:
        return ahead
    made.heading = "and what columns add ahead"
    return made.apply(risen, {"outputs": ahead, "level": added_ahead}, "z_ahead")


def mean_of(made: Builder, fitted: Fitted, given: Given, name: Any) -> Value:
    """The mean of what the members of a mean say, on the scale that they share."""
    assert isinstance(fitted.model, Several)
    found = []
    for member in fitted.model.members:
        y = in_units(made, member, on_scale(made, member, given, name), "member")
        found.append(scaled(made, fitted, y))
    made.heading = f"the mean of {len(found)} forecasts"
    total = reduce(lambda a, b: made.apply(added, {"x": a, "g": b}, "total"), found)
    return made.apply(averaged, {"total": total, "n": float(len(found))}, "mean")


def columns_of(fitted: Fitted, name: Any) -> int:
    """How many columns the model sees beside the target of a series; none where they add nothing."""
    if isinstance(fitted.model, Several):
        return max(columns_of(each, name) for each in fitted.model.members)
    beta = fitted.effects[name]
    return len(beta) if np.any(beta != 0) or sees_columns(fitted) else 0


def sees_columns(fitted: Fitted) -> bool:
    """Whether a network sees columns beside the past."""
    return isinstance(fitted.model, OfNetwork) and fitted.model.sees_columns


def parts_in(fitted: Fitted, beside: Beside, name: Any) -> tuple[Part, ...]:
    """What comes in: the past, and the columns of its steps and of the horizon."""
    lookback, n_columns = fitted.model.lookback, columns_of(fitted, name)
    past = Part("past", (lookback,), f"the last {lookback} values of {beside.columns.target}, the oldest first")
    if not n_columns:
        return (past,)
    steps = lookback + fitted.horizon
    says = f"for each of these steps and of the {fitted.horizon} ahead: {', '.join(beside.names)}"
    return past, Part("columns", (steps, n_columns), says, beside.names)


def scaled(made: Builder, fitted: Fitted, y: Value) -> Value:
    """Values on the scale of the model."""
    scale = fitted.candidate.scale
    if scale == "log":
        made.heading = "on the scale of logarithms"
        return made.apply(logarithm, {"y": y}, "z")
    if (power := power_of(scale)) is None:
        return y
    made.heading = f"on the scale of values to the power {power:g}"
    return made.apply(to_power, {"y": y, "power": power}, "z")


def seen(made: Builder, fitted: Fitted, given: Given, name: Any) -> tuple[Value, Value | None, Value | None]:
    """The past on the scale of the model, without what columns add to it; what they add ahead; and the columns."""
    lookback, horizon, n_columns = fitted.model.lookback, fitted.horizon, columns_of(fitted, name)
    past, columns = given.of(lookback)
    z = given.x
    if len(past) < z.size:
        made.heading = "the last values"
        z = made.add(Take(out=made.value("past", lookback), x=z, places=past))
    z = scaled(made, fitted, z)
    if not n_columns:
        return z, None, None
    steps = lookback + horizon
    made.heading = "what columns add to each step"
    x = made.add(Take(out=made.value("beside", steps * n_columns), x=given.x, places=columns))
    beta = np.tile(fitted.effects[name][None, :, None], (steps, 1, 1))
    W, b = made.constant("beta", beta), made.constant("nothing", np.zeros((steps, 1)))
    add = made.add(GroupedProduct(out=made.value("added", steps), x=x, W=W, b=b))
    within, ahead = (
        made.add(Take(out=made.value(called, len(places)), x=add, places=places))
        for called, places in (("added_within", tuple(range(lookback))), ("added_ahead", tuple(range(lookback, steps))))
    )
    return made.apply(less, {"x": z, "level": within}, "u"), ahead, x


def of_model(made: Builder, fitted: Fitted, around: Around, name: Any) -> Value:
    """What the model makes of the past, and of what it sees beside it."""
    model, z = fitted.model, around.z
    if fitted.how(name, model.lookback) != "model":
        raise InvalidInput(
            f"series {brief(name)} has no export: it was too short for a map of its own, so that its last season is "
            "repeated; export another one, or choose channels='shared'."
        )
    if isinstance(model, Repeating):
        places = tuple(int(each) for each in np.arange(fitted.horizon) % model.season)
        return made.add(Take(out=made.value("again", fitted.horizon), x=z, places=places, note="the last season again"))
    if isinstance(model, LinearForecaster):
        return lower_linear(made, model, Window(made, z), fitted.numbers.get(name, 0))
    if isinstance(model, OfNetwork):
        return lower_any_network(made, model.network, Window(made, z), beside(made, model.network, around))
    raise InvalidInput(f"a forecaster of {fitted.candidate} has no export: choose another model.")


def beside(made: Builder, network: NetworkForecaster, around: Around) -> tuple[Value, ...]:
    """What a network sees beside the past: the columns of its window, one after the other, and what never changes."""
    n, parts, standard = network.n_known, list[Value](), network.standard
    if n and around.columns is not None:
        steps = around.columns.size // n
        made.heading = "the columns, one after the other, in units of their spreads"
        places = tuple(int(each) for each in np.arange(steps * n).reshape(steps, n).T.ravel())
        x = made.add(Take(out=made.value("in_turn", steps * n), x=around.columns, places=places))
        mean, spread = (
            made.constant(f"{called}_columns", each[:n].repeat(steps)) for called, each in standard._asdict().items()
        )
        parts.append(made.apply(shares, {"d": made.apply(less, {"x": x, "level": mean}, "d"), "sigma": spread}, "c"))
    if (n_static := len(standard.mean) - n) > 0:
        made.heading = "what never changes in this series"
        numbers = made.constant("of_series", standard.of(around.static, slice(n, None)))
        nothing = made.constant("no_weights", np.zeros((around.z.size, n_static)))
        parts.append(made.add(Product(out=made.value("s", n_static), x=around.z, W=nothing, b=numbers)))
    return tuple(parts)


def parts_out(made: Builder, fitted: Fitted, z: Value, name: Any) -> tuple[tuple[Part, ...], tuple[Value, ...]]:
    """The forecast and the ends of its intervals, in the units of the target."""
    parts, values = [Part("forecast", (z.size,), "the forecast")], [in_units(made, fitted, z, "forecast")]
    for share, width in zip(fitted.intervals.coverage, fitted.intervals.widths, strict=True):
        if not np.isfinite(width).all():
            continue  # the past was too short to tell
        half = made.constant(f"width_{100 * share:g}".replace(".", "_"), width * fitted.unit(name))
        made.heading = f"the ends of the interval of {100 * share:g} %"
        low = made.apply(less, {"x": z, "level": half}, "z_low")
        high = made.apply(risen, {"outputs": z, "level": half}, "z_high")
        for end, value in (("low", low), ("high", high)):
            called = f"{end}_{100 * share:g}"
            parts.append(Part(called, (z.size,), f"the {end} end of the interval of {100 * share:g} %"))
            values.append(in_units(made, fitted, value, called.replace(".", "_")))
    return tuple(parts), tuple(values)


def in_units(made: Builder, fitted: Fitted, z: Value, name: str) -> Value:
    """Numbers on the scale of the model in the units of the target."""
    y, power = z, power_of(fitted.candidate.scale)
    if fitted.candidate.scale == "log":
        y = made.apply(from_logarithm, {"z": z}, name)
    elif power is not None:
        y = made.apply(from_power, {"z": z, "power": power}, name)
    return made.apply(not_below_zero, {"y": y}, f"{name}_whole") if fitted.nonnegative else y


def places_of(parts: tuple[Part, ...], what: str) -> dict[str, str]:
    """Where each part lies in a row, in words for the header of a file."""
    found, begin = {}, 1
    for part in parts:
        found[part.name] = f"{what}s {begin} to {begin + part.size - 1}, {part.says}"
        begin += part.size
    return found
