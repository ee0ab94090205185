"""A model written for another place, completely or not at all."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from glassnet.calls import answered
from glassnet.errors import InvalidInput, brief
from glassnet.exports.lower_dated import program_of_dated
from glassnet.exports.lower_forecaster import ArrayForecaster, program_of_forecaster
from glassnet.exports.lower_table import program_of_table
from glassnet.exports.lowering import program_of
from glassnet.exports.program import Program
from glassnet.exports.registry import Target, check_dtype, target_of
from glassnet.exports.whole.fixed_point import in_fixed_point
from glassnet.exports.whole.quantizing import quantized
from glassnet.exports.whole.ranges import ranges_of
from glassnet.files.atomic import check_writable, write_together
from glassnet.forecasting.forecaster import Forecaster
from glassnet.network import Network
from glassnet.tables.pipeline import TablePipeline
from glassnet.training.inputs.checks import check_flag


@answered
@dataclass(frozen=True, eq=False)
class Export:
    """What `export` has written: its files and sizes.

    Attributes
    ----------
    paths
        The files, the first of which is the model.
    target
        What it was written for: "python", "c", "javascript" or "onnx".
    dtype
        The number type in which the network is computed.
    n_parameters
        Numbers that the file holds.
    n_products
        Multiply-adds for a row.
    n_bytes
        Bytes that these numbers take in memory.

    >>> import tempfile, glassnet as gn
    >>> net = gn.Network([gn.Dense(1)]).build(4, seed=0)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     written = gn.export(net, f"{folder}/line.mjs")
    >>> [path.name for path in written.paths]
    ['line.mjs', 'line.d.mts']
    """

    paths: tuple[Path, ...]
    target: str
    dtype: str
    n_parameters: int
    n_products: int
    n_bytes: int


@answered
def export(
    model: Network | TablePipeline | ArrayForecaster | Forecaster,
    path: str | Path,
    to: str | None = None,
    dtype: str | None = None,
    rows: Any = None,
    fixed_point: bool = False,
    series: Any = None,
) -> Export:
    """Write a network, a model of a table or a forecaster as a program for another place, from raw inputs to answers.

    The file needs nothing of glassnet; its formulas are those of the model, read from their source. See
    docs/shipping.md.

    Parameters
    ----------
    model
        A `Network`, a `TableModel`, a `Forecaster`, or a forecaster of arrays: `LinearForecaster`, `MLPForecaster`,
        `TiDEForecaster`.
    path
        The file: .py is Python with NumPy, .h a C99 header, .mjs a JavaScript module, .onnx a
        graph for ONNX Runtime and others.
    to
        "python", "c", "javascript" or "onnx"; None (default) for what the suffix says.
    dtype
        "float32" or "float64"; None (default) for the network's own, and float64 for a forecaster. In C also "int8":
        weights and activations of 8 bits, summed in 32.
    rows
        For int8 rows like those to come, some hundreds, on which the ranges of activations are measured: (n, …) for a
        network, a data frame for a model of a table. None (default) otherwise.
    fixed_point
        For int8: compute nothing in floating point but the scaling of inputs, and give whole numbers; False by default.
    series
        Of a `Forecaster` the series to write, by its name; None (default) for the only one.

    Raises InvalidInput for what cannot be exported, CannotWrite for a place that cannot be written.

    >>> import tempfile, glassnet as gn
    >>> net = gn.Network([gn.Dense(8, "relu"), gn.Dense(3, "softmax")]).build(4, seed=0)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     written = gn.export(net, f"{folder}/iris.h")
    >>> written.target, written.dtype, written.n_parameters, written.n_products
    ('c', 'float32', 67, 56)
    """
    if not isinstance(path, str | Path) or not str(path):
        raise InvalidInput(f"export needs the path of a file, such as 'model.h', got {brief(path)}.")
    check_flag(fixed_point, "fixed_point")
    target = target_of(Path(path), to)
    kind = check_dtype(target, dtype)
    check_writable(Path(path))
    return write(as_program(model, kind, None if rows is None else [rows], fixed_point, series), target, Path(path))


def as_program(
    model: object,
    dtype: str | None,
    frames: Iterable[Any] | None = None,
    fixed_point: bool = False,
    series: Any = None,
) -> Program:
    """The program of a model, or of one series of a forecaster; one of 8 bits by its ranges on `frames`."""
    if series is not None and not isinstance(model, Forecaster):
        raise InvalidInput("series= is for a Forecaster: leave it out.")
    if dtype == "int8":
        return as_int8(model, frames, fixed_point)
    if fixed_point:
        raise InvalidInput("fixed point is for int8: add dtype='int8' (--dtype int8).")
    if frames is not None:
        raise InvalidInput("rows= are for dtype='int8', whose ranges are measured on them: leave them out here.")
    if isinstance(model, TablePipeline):
        return program_of_table(model, dtype)
    if isinstance(model, Network):
        return program_of(model, dtype)
    if isinstance(model, ArrayForecaster):
        return program_of_forecaster(model, dtype)
    if isinstance(model, Forecaster):
        return program_of_dated(model, series, dtype)
    raise InvalidInput(f"export takes a Network, a TableModel or a forecaster, got {brief(model)}.")


def as_int8(model: object, frames: Iterable[Any] | None, fixed_point: bool) -> Program:
    """The program whose products are of 8 bits; in fixed point, all of its network."""
    if isinstance(model, ArrayForecaster | Forecaster):
        raise InvalidInput("forecasters are exported in float32 or float64, not in int8.")
    program = as_program(model, "float32")
    if frames is None:
        raise InvalidInput(
            "int8 needs rows to measure the ranges of activations on, such as those of the training: rows=… (on the "
            "command line --ranges-from DATA, or --check DATA)."
        )
    return (in_fixed_point if fixed_point else quantized)(program, ranges_of(model, program, frames))


def write(program: Program, target: Target, path: Path) -> Export:
    """Write the files of a program, all or none."""
    files = target.files(program, path)
    for place in files:
        check_writable(place)
    write_together(files)
    return Export(tuple(files), target.name, program.dtype, program.n_parameters, program.n_products, program.n_bytes)
