"""The command `glassnet export`: a model as a program for another place."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from glassnet.cli.app import app
from glassnet.cli.arrays import rows_in
from glassnet.cli.console import tell
from glassnet.cli.forecasting.answers import refuse, typed
from glassnet.cli.forecasting.rows import known_rows
from glassnet.cli.inputs import frames_of
from glassnet.cli.options.groups import with_groups
from glassnet.cli.options.table import Model, ReadingOptions
from glassnet.cli.row_parts import Frames, every_second, held_out_numbers, n_rows, only, others
from glassnet.errors import InvalidInput
from glassnet.exports.registry import TARGETS, Target, check_dtype, target_of
from glassnet.exports.running.check import check, check_network
from glassnet.exports.running.check_forecaster import check_forecaster
from glassnet.exports.targets.text import counted
from glassnet.exports.writing import Export, as_program, write
from glassnet.files.atomic import check_writable
from glassnet.files.model_file import model_file
from glassnet.forecasting.forecaster import Forecaster
from glassnet.loading import load
from glassnet.tables.model import TableModel

TO = f"What to write: {', '.join(TARGETS)} (default: by the ending of --out)."
OUT = "The file to write (default: beside the model)."
DTYPE = "Compute in float32 or float64 (default: as the model does); in C also int8."
FIXED = "With int8: no floating point but to scale the inputs; whole numbers come out."
RANGES = "With int8: a table whose rows the ranges of activations are measured on (default: a part of --check)."
RANGES_OF = "ranges of activations measured on"
CHECK = "Run the export on the rows of this table (of a bare network .npy, .npz, CSV), and compare it with predict."
SERIES = "Of a forecaster the series to write (default: the only one)."
HELD_OUT = "Of the rows of --check, only those that `glassnet train` held out."


@app.command()
@with_groups
def export(
    model: Model,
    reading: ReadingOptions,
    to: Annotated[str | None, typer.Option(help=TO, show_default=False)] = None,
    out: Annotated[Path | None, typer.Option(help=OUT, show_default=False)] = None,
    dtype: Annotated[str | None, typer.Option(help=DTYPE, show_default=False)] = None,
    fixed_point: Annotated[bool, typer.Option("--fixed-point", help=FIXED)] = False,
    ranges_from: Annotated[
        str | None, typer.Option("--ranges-from", metavar="DATA", help=RANGES, show_default=False)
    ] = None,
    check_data: Annotated[str | None, typer.Option("--check", metavar="DATA", help=CHECK, show_default=False)] = None,
    held_out: Annotated[bool, typer.Option("--held-out", help=HELD_OUT)] = False,
    series: Annotated[str | None, typer.Option(help=SERIES, show_default=False)] = None,
) -> None:
    """Write a model as a program for another place: Python with NumPy, C, JavaScript, ONNX."""
    if to is None and out is None:
        raise InvalidInput(f"say what to write: --to {', --to '.join(TARGETS)}.")
    if held_out and check_data is None:
        raise InvalidInput("--held-out chooses rows of --check DATA: say which table the model was trained on.")
    target = target_of(out or model, to)
    path = out or Path(model_file(model)).with_suffix(target.suffixes[0])
    kind = check_dtype(target, dtype)
    if ranges_from is not None and kind != "int8":
        raise InvalidInput("--ranges-from is for --dtype int8, whose ranges are measured on its rows: leave it out.")
    check_writable(path)
    made = load(model)
    if isinstance(made, Forecaster):
        refuse({"--fixed-point": fixed_point, "--held-out": held_out}, "it is exported in float64 or float32.")
        export_forecaster(made, target, path, kind, series, check_data, reading)
        return
    check_no_series(series)
    numbers = held_out_numbers_of(model, made) if held_out else None
    rows = rows_asked(check_data, ranges_from, numbers, kind == "int8", lambda data: rows_of(data, reading, made))
    program = as_program(made, kind, rows.ranges, fixed_point)
    written = write(program, target, path)
    tell_written(written)
    if rows.told is not None:
        tell(rows.told)
    if fixed_point and isinstance(made, TableModel) and made.interval is not None:
        tell("without the interval: its ends are not computed in fixed point")
    if rows.checked is not None:
        given = program, target.name, path, rows.checked
        found = check(made, *given) if isinstance(made, TableModel) else check_network(made, *given)
        for line in found.lines():
            tell(line)


def check_no_series(series: str | None) -> None:
    """Refuse --series for a model that has none."""
    if series is not None:
        raise InvalidInput("--series is for a forecaster, which `glassnet forecast` makes: leave it out.")


def tell_written(written: Export) -> None:
    """Print which files there are now, and how much they hold."""
    sizes = ", ".join(f"{place} ({place.stat().st_size:,} bytes)" for place in written.paths)
    of_8_bits = f"{written.n_bytes / 1000:,.1f} kB of weights"
    weights = of_8_bits if written.dtype == "int8" else counted(written.n_parameters, "number")
    tell(f"{sizes}: {weights}, {counted(written.n_products, 'multiply-add')} a row")


def export_forecaster(
    forecaster: Forecaster,
    target: Target,
    path: Path,
    dtype: str | None,
    series: str | None,
    check_data: str | None,
    reading: ReadingOptions,
) -> None:
    """Write the program of one series of a forecaster, and compare it with the forecasts after the rows of a table."""
    name = typed(series, forecaster.known()[1].names)
    program = as_program(forecaster, dtype, series=name)
    asked = None if check_data is None else forecaster.asked(known_rows(forecaster, check_data, reading))
    tell_written(write(program, target, path))
    if asked is not None:
        for line in check_forecaster(asked, name, program, target.name, path).lines():
            tell(line)


class Rows(NamedTuple):
    """Rows that ranges are measured on, rows that are checked, as data frames or arrays; what is told of the first."""

    ranges: Iterable[Any] | None = None
    checked: Iterable[Any] | None = None
    told: str | None = None


def rows_asked(
    check_data: str | None,
    ranges_from: str | None,
    numbers: set[int] | None,
    of_8_bits: bool,
    of: Callable[[str], Frames],
) -> Rows:
    """The rows of --ranges-from and --check, or of the numbers that were held out."""
    rows = Rows()
    if check_data is not None:
        parts = shared_out if of_8_bits and ranges_from is None else all_checked
        rows = parts(of(check_data), numbers, check_data)
    if ranges_from is not None:
        frames = of(ranges_from)
        rows = Rows(frames, rows.checked, f"{RANGES_OF} {counted(n_rows(frames), 'row')} of {ranges_from}")
    return rows


def all_checked(frames: Frames, held_out: set[int] | None, data: str) -> Rows:
    """The rows of --check, or those of them that were held out."""
    return Rows(checked=frames if held_out is None else only(frames, held_out))


def shared_out(frames: Frames, held_out: set[int] | None, data: str) -> Rows:
    """Rows for int8: ranges are not measured on those that are checked, so that the loss is not told too small."""
    n = n_rows(frames)
    if held_out is not None:
        told = f"{RANGES_OF} the {counted(n - len(held_out), 'row')} of {data} that were not held out"
        return Rows(others(frames, held_out), only(frames, held_out), told)
    if n < 2:
        raise InvalidInput(
            f"{data} has one row, but of the rows of --check int8 measures ranges on every second one and checks the "
            "others: add rows, or measure on other ones with --ranges-from DATA."
        )
    told = f"{RANGES_OF} every second row of {data} ({n - n // 2:,} of {n:,}), the others are checked"
    return Rows(every_second(frames, 0), every_second(frames, 1), told)


def held_out_numbers_of(path: Path, model: object) -> set[int]:
    """The numbers of the rows that the run of a model held out."""
    if not isinstance(model, TableModel):
        raise InvalidInput(f"--held-out is for a model of a table, but {path} holds a bare network: leave it out.")
    return held_out_numbers(path)


def rows_of(data: str, reading: ReadingOptions, model: object) -> Frames:
    """The rows of a table as data frames, or of a bare network as an array."""
    return frames_of(data, reading, model) if isinstance(model, TableModel) else [rows_in(data, model)]
