"""The form of the description in a forecaster's file, and the sizes that its arrays must have."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypedDict

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.files.schema import Within, checked
from glassnet.forecasting.candidates import MODELS, SCALES
from glassnet.forecasting.dated.frequency import UNITS
from glassnet.forecasting.dated.known_ahead import Beside
from glassnet.forecasting.dated.stamps import checked_zone
from glassnet.forecasting.held_out.wanted import check_named
from glassnet.formulas.elementary import Array

Size = Annotated[int, Within(1, 10**6)]
Stamp = Annotated[int, Within(-(2**62), 2**62)]
Share = Annotated[float, Within(0, 1)]
Channels = Literal["shared", "apart"]


class Setting(TypedDict):
    """How a linear map sees the past."""

    lookback: Size
    normalization: Literal["centered", "standardized"]
    penalty: Annotated[float, Within(0)]


class Candidate(TypedDict):
    """A model that was chosen, or the mean of several."""

    model: str
    scale: str
    channels: Channels
    of: list["Candidate"]


class Choice(Candidate):
    """A model that was compared, and its score."""

    score: float | None


class Fitted(TypedDict):
    """What was learned, or a member of a mean."""

    candidate: Candidate
    season: Size
    nonnegative: bool
    numbers: list[Annotated[int, Within(0)] | None]
    setting: Setting | None
    network: dict[str, Any] | None
    members: list["Fitted"]
    coverage: list[Share]
    n_residuals: Annotated[int, Within(0)]
    measured: list[Share | None]


class Wanted(TypedDict):
    """What was asked for."""

    horizon: Size
    season: Size | None
    model: str | list[str] | None
    scale: str | None
    channels: Channels | None
    nonnegative: bool | None
    coverage: list[Share]
    average: bool


class Reading(TypedDict):
    """How time is read."""

    frequency: str | None
    zone: str | None
    fill: str | None


class Columns(TypedDict):
    """The columns of the table."""

    time: str
    target: str
    series: str | None
    future: list[str]
    past: list[str]
    reading: None


class Clock(TypedDict):
    """How stamps are written."""

    kind: Literal["step", "date", "timestamp"]
    zone: str | None


class Frequency(TypedDict):
    """How far steps lie apart."""

    unit: str
    n: Size
    origin: Stamp
    month_end: bool


class Form(TypedDict):
    """The whole description."""

    wanted: Wanted
    reading: Reading
    columns: Columns
    calendar: list[Literal["weekday", "month", "year"]]
    holidays: str | None
    fourier: list[tuple[float, Size]]
    clock: Clock
    frequency: Frequency
    names: Annotated[list[str | int | float | bool | None], Within(1)]
    starts: list[Stamp]
    fitted: Fitted
    choices: list[Choice]
    notes: list[str]
    statics: dict[str, Any] | None


def check_form(about: Any) -> None:
    """Refuse a description of another form, or with names that there are not."""
    found = checked(about, Form, "forecaster")
    check_named("unit of time", found["frequency"]["unit"], UNITS)
    for each in (found["fitted"]["candidate"], *found["choices"]):
        check_candidate(each)
    for zone in {found["clock"]["zone"], found["reading"]["zone"]} - {None}:
        checked_zone(zone)
    if found["clock"]["kind"] == "step" and found["frequency"]["unit"] != "step":
        raise InvalidInput("whole steps have no calendar.")


def check_candidate(about: Candidate) -> None:
    """Refuse a model or a scale that there is not."""
    check_named("model", about["model"], (*MODELS, "mean"))
    check_named("scale", about["scale"], (*SCALES,))
    for each in about["of"]:
        check_candidate(each)


def check_sizes(arrays: Mapping[str, Array], about: Form, beside: Beside) -> None:
    """Refuse arrays that do not fit each other, or the description."""
    for name, array in arrays.items():
        if not name.startswith(("network.", "0.", "1.", "2.")) and array.dtype != np.float64:
            raise InvalidInput(f"array {name!r} holds {array.dtype}, expected float64.")
        if not np.isfinite(array).all():
            raise InvalidInput(f"array {name!r} holds numbers that are not finite.")
    n, lengths = len(about["names"]), arrays["lengths"]
    if not (len(about["starts"]) == n == len({*about["names"]}) and lengths.shape == (n,)):
        raise InvalidInput("there must be a name, a start and a length for each series.")
    if (lengths < 1).any() or lengths.sum() != arrays["values"].size:
        raise InvalidInput("the lengths of the series must add up to the number of values.")
    check_places(arrays, "values", int(lengths.sum()))
    check_places(arrays, "columns", int(lengths.sum()) * len(beside.columns.beside))
    check_fitted(arrays, about["fitted"], n, len(beside.names), beside.horizon)


def check_places(arrays: Mapping[str, Array], name: str, size: int) -> None:
    """Refuse numbers of another size, and missing ones outside."""
    places = arrays[f"{name}.missing"]
    if arrays[name].shape != (size,) or places.ndim != 1 or not ((places >= 0) & (places < size)).all():
        raise InvalidInput(f"{name!r} must hold {size} numbers, and the places of missing ones must lie within.")


def check_fitted(arrays: Mapping[str, Array], about: Fitted, n: int, n_columns: int, horizon: int) -> None:
    """Refuse learned numbers of other shapes."""
    shapes = {"widths": (len(about["coverage"]), horizon), "scales": (n,), "effects": (n, n_columns)}
    if (setting := about["setting"]) is not None:
        inputs = setting["lookback"] + (setting["normalization"] == "centered")
        shapes["maps"] = (1 + max((each or 0 for each in about["numbers"]), default=0), inputs, horizon)
    for name, shape in shapes.items():
        if arrays[name].shape != shape:
            raise InvalidInput(f"array {name!r} has the shape {arrays[name].shape}, expected {shape}.")
    if len(about["numbers"]) != n:
        raise InvalidInput("there must be a number of a map for each series.")
    for k, member in enumerate(about["members"]):
        own = {name.removeprefix(f"{k}."): each for name, each in arrays.items() if name.startswith(f"{k}.")}
        check_fitted(own, member, n, n_columns, horizon)
