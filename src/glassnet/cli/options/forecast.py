"""What a forecast is made from: columns of the table, its time, and what is asked of the model."""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Any, ClassVar

import typer

from glassnet.errors import InvalidInput
from glassnet.forecasting.forecaster import Forecaster

SERIES = "The column that says which series a row belongs to (default: one series)."
FUTURE = "Columns that are known ahead, with commas between them, such as promo,price."
PAST = "Columns known no further than the target; they act with their value of a horizon before."
STATIC = "Columns that never change within a series, such as region; series without a past are forecast from them."
FOURIER = "Pairs of sine and cosine for each longer season, such as the week of hours and the year."
PLAN = "A table of the --future columns for what lies ahead (default: the last rows of DATA, whose target is empty)."
FILL = "What fills steps that the table leaves out: zero, last, linear, or missing (default: they are refused)."
FREQUENCY = "How far steps lie apart, such as day, '15 minutes', 'business day' (default: found)."
CALENDAR = "Columns of the date to see, with commas between them: weekday, month, year."
HOLIDAYS = "A country such as DE, or a part of it such as DE-BY, whose holidays to see."
MODEL = (
    "linear, 'seasonal naive', mlp, tide, counts; of several with commas between, the best (default: the first two)."
)
SCALE = "'as they are', log, or box-cox for the best of three powers (default: the better of the first two)."
STRIDE = "Steps from one origin to the next (default: the horizon)."
REFIT = "Choose and learn anew before each origin."
COVERAGE = "Shares that intervals are to hold, with commas between them."


def named(text: str | None) -> tuple[str, ...]:
    """The names in a text with commas between them."""
    return tuple(name.strip() for name in text.split(",") if name.strip()) if text else ()


@dataclass(frozen=True)
class ForecastColumns:
    """What the columns of the table are."""

    panel: ClassVar = "The columns"

    series: Annotated[str | None, typer.Option(help=SERIES)] = None
    future: Annotated[str | None, typer.Option(help=FUTURE)] = None
    past: Annotated[str | None, typer.Option(help=PAST)] = None
    static: Annotated[str | None, typer.Option(help=STATIC)] = None
    plan: Annotated[str | None, typer.Option(metavar="DATA", help=PLAN)] = None
    calendar: Annotated[str | None, typer.Option(help=CALENDAR)] = None
    holidays: Annotated[str | None, typer.Option(help=HOLIDAYS)] = None
    fourier: Annotated[int, typer.Option(help=FOURIER)] = 0

    def named(self, time: str, target: str) -> dict[str, Any]:
        """The columns as `Forecaster.fit` takes them."""
        sides = {"future": named(self.future), "past": named(self.past), "static": named(self.static)}
        return {"time": time, "target": target, "series": self.series, **sides}


@dataclass(frozen=True)
class TimeOptions:
    """How time is read, and what is asked of the model."""

    panel: ClassVar = "Time and model"

    fill: Annotated[str | None, typer.Option(help=FILL)] = None
    season: Annotated[int | None, typer.Option(help="Steps after which values repeat themselves (default: found).")] = (
        None
    )
    frequency: Annotated[str | None, typer.Option(help=FREQUENCY)] = None
    zone: Annotated[str | None, typer.Option(help="The time zone of timestamps without one, e.g. Europe/Berlin.")] = (
        None
    )
    model: Annotated[str | None, typer.Option(help=MODEL)] = None
    scale: Annotated[str | None, typer.Option(help=SCALE)] = None
    average: Annotated[bool, typer.Option("--average", help="Compare means of the best candidates as well.")] = False
    coverage: Annotated[str, typer.Option(help=COVERAGE)] = "0.8,0.95"

    def forecaster(self, horizon: int, columns: ForecastColumns) -> Forecaster:
        """The forecaster that is asked for."""
        models = named(self.model)
        return Forecaster(
            horizon,
            season=self.season,
            frequency=self.frequency,
            zone=self.zone,
            fill=self.fill,
            model=models[0] if len(models) == 1 else models or None,
            scale=self.scale,
            average=self.average,
            calendar=named(columns.calendar),
            holidays=columns.holidays,
            fourier=columns.fourier,
            coverage=self.shares(),
        )

    def shares(self) -> tuple[float, ...]:
        """The coverages."""
        try:
            return tuple(float(each) for each in named(self.coverage))
        except ValueError:
            raise InvalidInput(f"--coverage takes shares such as 0.8,0.95, got {self.coverage!r}.") from None


@dataclass(frozen=True)
class ForecastFolder:
    """Where the forecast is written."""

    out: Annotated[
        Path | None, typer.Option(help="Folder for the run (default: runs/<name of the data>-forecast).")
    ] = None
    force: Annotated[bool, typer.Option("--force", help="Overwrite the run in the folder.")] = False
    folds: Annotated[int, typer.Option(help="How many earlier origins the report forecasts from.")] = 5
    stride: Annotated[int | None, typer.Option(help=STRIDE)] = None
    refit: Annotated[bool, typer.Option("--refit", help=REFIT)] = False


@dataclass(frozen=True)
class BacktestOptions:
    """From which earlier origins a forecaster forecasts."""

    panel: ClassVar = "The origins"

    folds: Annotated[int, typer.Option(help="How many earlier origins.")] = 5
    stride: Annotated[int | None, typer.Option(help=STRIDE)] = None
    refit: Annotated[bool, typer.Option("--refit", help=REFIT)] = False


@dataclass(frozen=True)
class PlanOptions:
    """What a forecaster must be told of what lies ahead."""

    panel: ClassVar = "Of a forecaster"

    plan: Annotated[str | None, typer.Option(metavar="DATA", help=PLAN)] = None

    def check_none(self) -> None:
        """Refuse these options for a model of another kind."""
        of_forecasters(self)


@dataclass(frozen=True)
class StrideOptions:
    """From which steps of later rows a forecaster forecasts."""

    panel: ClassVar = "Of a forecaster"

    stride: Annotated[int | None, typer.Option(help=STRIDE)] = None

    def check_none(self) -> None:
        """Refuse these options for a model of another kind."""
        of_forecasters(self)


@dataclass(frozen=True)
class StepOptions:
    """Which forecast is explained."""

    panel: ClassVar = "Of a forecaster"

    series: Annotated[str | None, typer.Option(help="The series to explain (default: the only one).")] = None
    step: Annotated[int, typer.Option(help="The step of the horizon to explain; 1 is the next.")] = 1
    plan: Annotated[str | None, typer.Option(metavar="DATA", help=PLAN)] = None

    def check_none(self) -> None:
        """Refuse these options for a model of another kind."""
        of_forecasters(self)


def of_forecasters(options: Any) -> None:
    """Refuse options that say something of a forecaster where there is none."""
    for each in fields(options):
        if getattr(options, each.name) != each.default:
            raise InvalidInput(f"--{each.name} is for a forecaster, which `glassnet forecast` makes: leave it out.")
