"""Predictions batch by batch: each a pure function of its batch, in a frame of the same library."""

import functools
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from glassnet.errors import InvalidInput
from glassnet.extras import require
from glassnet.files.model_file import model_file
from glassnet.tables.values.frames import as_frame

if TYPE_CHECKING:
    from glassnet.tables.pipeline import TablePipeline

Model = TypeVar("Model")
KEPT = 8  # models that a process keeps at a time


def check_batches(batches: object) -> None:
    """Refuse one table, in place of several."""
    if hasattr(batches, "columns") or (hasattr(batches, "schema") and hasattr(batches, "num_rows")):
        came = type(batches).__name__
        raise InvalidInput(
            f"batches must be several tables, such as a generator or frame.iter_slices(), got a {came}: pass it as "
            "[frame]."
        )
    if not isinstance(batches, Iterable) or isinstance(batches, (str, bytes, Path, Mapping)):
        raise InvalidInput(
            f"batches must be several tables (data frames, Arrow batches, mappings of columns), got "
            f"{type(batches).__name__}: pass one table as [table]."
        )


def predicted_batch(model: "TablePipeline", batch: Any, interval: float | None = None) -> Any:
    """The predictions for one batch, in a frame of its library; of a mapping of columns, a dict of arrays."""
    if n_rows(batch) == 0:
        return empty_batch(model, batch, interval)
    return like(batch, model.predict_table(batch, interval))


def n_rows(batch: Any) -> int:
    """How many rows a batch has."""
    if isinstance(batch, Mapping):
        return min((len(values) for values in batch.values()), default=0)
    return int(batch.num_rows) if hasattr(batch, "num_rows") else len(batch)


def empty_batch(model: "TablePipeline", batch: Any, interval: float | None) -> Any:
    """The same columns for a batch without rows, as engines give to learn them: those of a row of missing values."""
    if not isinstance(batch, Mapping):
        model.encoder.check_columns(as_frame(batch).columns, "table")
    one = model.predict_table({name: [None] for name in (*model.encoder.columns, *model.id_columns)}, interval)
    return like(batch, {name: values[:0] for name, values in one.items()})


def like(batch: Any, columns: Mapping[str, Any]) -> Any:
    """Columns in a frame of the same library as a batch; with pandas, under its index."""
    if isinstance(batch, (Mapping, list)):
        return dict(columns)
    library = type(batch).__module__.partition(".")[0]
    if library == "pyarrow":
        pyarrow = require("pyarrow", "tables", "Arrow batches")
        return (pyarrow.RecordBatch if type(batch).__name__ == "RecordBatch" else pyarrow.Table).from_pydict(columns)
    if library == "pandas":
        return require("pandas", "tables", "frames of pandas").DataFrame(columns, index=batch.index)
    return require("polars", "tables", "frames of polars").DataFrame(columns)


def once(path: str | Path, load: Callable[[str], Model]) -> Model:
    """What `load` reads from a model file, read by this process only once while the file stays as it is."""
    file = os.path.realpath(model_file(path))
    stat = os.stat(file)
    return _kept(file, stat.st_mtime_ns, stat.st_size, load)


@functools.lru_cache(KEPT)
def _kept(file: str, changed: int, size: int, load: Callable[[str], Any]) -> Any:
    return load(file)
