"""A forecaster as it is served: forecasts after the rows of a request, and the parts of one of them."""

import datetime
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from glassnet.calls import cached_property
from glassnet.errors import InvalidInput, brief
from glassnet.extras import require
from glassnet.files.model_file import model_file
from glassnet.forecasting.asking.history import Asked
from glassnet.forecasting.forecaster import Forecaster
from glassnet.formulas.elementary import Array
from glassnet.serving.messages import Refused, check_fields, kind_of
from glassnet.serving.rows import TableRows
from glassnet.serving.settings import Limits

MOST_NAMES = 50  # of series that are told
ASKED = ("history", "future")
EXPLAINED = (*ASKED, "series", "step")
ELSEWHERE = "this service holds a forecaster, which answers at /predict and /explain."
Document = dict[str, Any]


@dataclass(frozen=True)
class ServedForecaster:
    """A forecaster under its name; `weights` is the SHA-256 of its file."""

    name: str
    weights: str
    model: Forecaster

    lists_a_row = 1  # JSON lists or objects

    @property
    def version(self) -> str:
        """The beginning of the hash, which answers carry."""
        return self.weights[:12]

    @cached_property
    def history(self) -> TableRows:
        """Reads rows of the past."""
        columns = self.model.known()[0].columns
        return TableRows((*self.places, columns.target, *columns.beside), ())

    @cached_property
    def future(self) -> TableRows:
        """Reads rows of what is planned; those of a table that holds more may stand there whole."""
        columns = self.model.known()[0].columns
        return TableRows((*self.places, *columns.future), (columns.target, *columns.past))

    @property
    def places(self) -> tuple[str, ...]:
        """The columns that say of which series and step a row is."""
        columns = self.model.known()[0].columns
        return (*(() if columns.series is None else (columns.series,)), columns.time)

    @cached_property
    def about(self) -> Document:
        """What it reads and forecasts, as JSON values."""
        beside, panel, fitted = self.model.known()
        columns = beside.columns
        return {
            "name": self.name,
            "weights": self.weights,
            "kind": "forecaster",
            "target": columns.target,
            "time": columns.time,
            "series": columns.series,
            "future": [*columns.future],
            "past": [*columns.past],
            "horizon": fitted.horizon,
            "frequency": self.model.chosen_frequency,
            "season": fitted.season,
            "coverage": [*fitted.intervals.coverage],
            "n_series": len(panel),
            "names": [] if columns.series is None else [*panel.names[:MOST_NAMES]],
            "ends": panel.axis.text(max(panel.ends) - 1),
            "example": self.example(),
        }

    def example(self) -> Document:
        """A request that works: the last row of the first series, and what is planned after it, here nothing."""
        beside, panel, fitted = self.model.known()
        columns, end = beside.columns, panel.ends[0]
        stamps = [in_json(each) for each in panel.axis.column(end - 1 + np.arange(fitted.horizon + 1)).to_list()]
        place = {} if columns.series is None else {columns.series: panel.names[0]}
        nothing = dict.fromkeys(columns.future, 0.0)
        last = {columns.target: float(f"{latest(panel.values[0]):.6g}")} | dict.fromkeys(columns.beside, 0.0)
        found: Document = {"history": [{**place, columns.time: stamps[0], **last}]}
        ahead = [{**place, columns.time: stamp, **nothing} for stamp in stamps[1:]]
        return found | ({"future": ahead} if columns.future else {})

    def warm_up(self) -> None:
        """Import and allocate what a forecast needs, so that the first client waits for nothing."""
        self.asked(self.example(), Limits(rows=10**9))

    def asked(self, request: Document, limits: Limits) -> tuple[Asked, Any]:
        """The series of a request, and what is planned for them."""
        given = {name: rows_of(request, name) for name in ASKED}
        n = sum(map(len, given.values()))
        if n > limits.rows:
            raise Refused(413, f"there are {n:,} rows, expected {limits.rows:,} at most: send several requests.")
        history = self.frame(self.history, given["history"], "history") if given["history"] else None
        future = self.frame(self.future, given["future"], "future") if given["future"] else None
        return self.model.asked(history), future

    def frame(self, reader: TableRows, rows: list[Any], name: str) -> Any:
        """Rows of a request as a data frame; names of series are those that the forecaster has."""
        polars = require("polars", "tables", "forecasts")
        try:
            values = dict(zip(reader.names, zip(*reader.of_rows(rows), strict=True), strict=True))
        except InvalidInput as error:
            raise InvalidInput(f'"{name}": {error}') from None
        if (series := self.model.known()[0].columns.series) is not None:
            values[series] = self.names_of(values[series], f'"{name}": the series column {series!r}')
        empty = [each for each, column in values.items() if all(value is None for value in column)]
        return polars.DataFrame(values, schema_overrides=dict.fromkeys(empty, polars.Float64), strict=False)

    def names_of(self, given: tuple[Any, ...], what: str) -> tuple[Any, ...]:
        """Names of series as the forecaster has them; a new one is of the type of those that it knows."""
        names = self.model.known()[1].names
        known, kinds = {str(each): each for each in names}, {type(None), *map(type, names)}
        kinds |= {int} if float in kinds else set()
        for row, each in enumerate(given, start=1):
            if str(each) not in known and type(each) not in kinds:
                raise InvalidInput(
                    f"{what} holds {brief(each)} in row {row}, {kind_of(each)}, where a name such as "
                    f"{brief(in_json(names[0]))} is expected."
                )
        return tuple(known.get(str(each), each) for each in given)

    def predicted(self, request: object, limits: Limits) -> Document:
        """The forecasts for a request, a JSON object for each step of each series."""
        asked, future = self.asked(check_fields(request, ASKED, "the body"), limits)
        found = self.model.predict(future, history=asked)
        rows = [{name: in_json(value) for name, value in row.items()} for row in found.iter_rows(named=True)]
        return {"predictions": rows, "warnings": [*asked.notes], "model": self.version}

    def explained(self, request: object, limits: Limits) -> Document:
        """The parts of one forecast, which add up to `total`, on the scale of the model."""
        fields = check_fields(request, EXPLAINED, "the body")
        asked, future = self.asked(fields, limits)
        names = {str(each): each for each in asked.panel.names if each is not None}
        series = names.get(str(fields.get("series")), fields.get("series"))
        found = self.model.explain(series, fields.get("step", 1), future, asked)
        return {
            "prediction": found.forecast,
            "title": found.title,
            "scale": found.scale,
            "total": found.total,
            "contributions": dict(found.parts.select("part", "contribution").iter_rows()),
            "warnings": [*asked.notes],
            "model": self.version,
        }


def load_forecaster(model: Forecaster, path: Path, name: str) -> ServedForecaster:
    """A forecaster that has been read, ready to answer."""
    found = ServedForecaster(name, sha256(Path(model_file(path)).read_bytes()).hexdigest(), model)
    found.warm_up()
    return found


def rows_of(request: Document, name: str) -> list[Any]:
    """The rows of a field; none where it is not there."""
    rows = request.get(name)
    if rows is not None and not isinstance(rows, list):
        raise Refused(400, f'"{name}" must be a list of rows, got {kind_of(rows)}.')
    return rows or []


def in_json(value: Any) -> Any:
    """A value of a table as JSON has it."""
    return value.isoformat() if isinstance(value, (datetime.date, datetime.datetime)) else value


def latest(values: Array) -> float:
    """The last value that is known; 0 without one."""
    return next((float(each) for each in reversed(values) if each == each), 0.0)
