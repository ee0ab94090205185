"""The command `glassnet export`: a model as a program for another place."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer

from glassnet.cli.app import app
from glassnet.cli.arrays import rows_in
from glassnet.cli.console import tell
from glassnet.cli.held_out import held_out_numbers, only
from glassnet.cli.inputs import frames_of
from glassnet.cli.options.groups import with_groups
from glassnet.cli.options.table import Model, ReadingOptions
from glassnet.errors import InvalidInput
from glassnet.exports.registry import TARGETS, check_dtype, target_of
from glassnet.exports.running.check import check, check_network
from glassnet.exports.targets.text import counted
from glassnet.exports.writing import as_program, write
from glassnet.files.atomic import check_writable
from glassnet.files.model_file import model_file
from glassnet.loading import load
from glassnet.tables.model import TableModel

TO = f"What to write: {', '.join(TARGETS)} (default: by the ending of --out)."
OUT = "The file to write (default: beside the model)."
DTYPE = "Compute in float32 or float64 (default: as the model does); in C also int8, laid out by the rows of --check."
FIXED = "With int8: no floating point but to scale the inputs; whole numbers come out."
CHECK = "Run the export on the rows of this table (of a bare network .npy, .npz, CSV), and compare it with predict."
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
    check_data: Annotated[str | None, typer.Option("--check", metavar="DATA", help=CHECK, show_default=False)] = None,
    held_out: Annotated[bool, typer.Option("--held-out", help=HELD_OUT)] = False,
) -> None:
    """Write a model as a program for another place: Python with NumPy, C, JavaScript, ONNX."""
    if to is None and out is None:
        raise InvalidInput(f"say what to write: --to {', --to '.join(TARGETS)}.")
    if held_out and check_data is None:
        raise InvalidInput("--held-out chooses rows of --check DATA: say which table the model was trained on.")
    target = target_of(out or model, to)
    path = out or Path(model_file(model)).with_suffix(target.suffixes[0])
    kind = check_dtype(target, dtype)
    check_writable(path)
    made = load(model)
    rows = None if check_data is None else rows_of(check_data, reading, model, made, held_out)
    if kind == "int8" and rows is not None:
        rows = [*rows]  # read twice: to measure ranges, and to check
    program = as_program(made, kind, rows if kind == "int8" else None, fixed_point)
    written = write(program, target, path)
    sizes = ", ".join(f"{place} ({place.stat().st_size:,} bytes)" for place in written.paths)
    weights = (
        f"{written.n_bytes / 1000:,.1f} kB of weights" if kind == "int8" else counted(written.n_parameters, "number")
    )
    numbers = f"{weights}, {counted(written.n_products, 'multiply-add')}"
    tell(f"{sizes}: {numbers} a row")
    if fixed_point and isinstance(made, TableModel) and made.interval is not None:
        tell("without the interval: its ends are not computed in fixed point")
    if rows is not None:
        given = program, target.name, path, rows
        found = check(made, *given) if isinstance(made, TableModel) else check_network(made, *given)
        for line in found.lines():
            tell(line)


def rows_of(data: str, reading: ReadingOptions, path: Path, model: object, held_out: bool) -> Iterable[Any]:
    """The rows that an export is checked with, as data frames, or of a bare network as an array."""
    if not isinstance(model, TableModel):
        if held_out:
            raise InvalidInput(f"--held-out is for a model of a table, but {path} holds a bare network: leave it out.")
        return [rows_in(data, model)]
    numbers = held_out_numbers(path) if held_out else None
    frames = frames_of(data, reading, model)
    return frames if numbers is None else only(frames, numbers)
