"""Tables given back as the kind of data frame that came in: pandas for pandas, Arrow for Arrow, else polars."""

from typing import Any

from glassnet.extras import require

KINDS = ("pandas", "pyarrow")


def kind_of_table(table: Any) -> str:
    """ "pandas" or "pyarrow" for a data frame of theirs, "polars" for anything else.

    >>> import polars
    >>> kind_of_table(polars.DataFrame({"x": [1]})), kind_of_table({"x": [1]})
    ('polars', 'polars')
    """
    library = type(table).__module__.partition(".")[0]
    return library if library in KINDS else "polars"


def in_kind(frame: Any, kind: str) -> Any:
    """A data frame of polars as one of another kind; stamps stay stamps, dates stay dates."""
    if kind == "pyarrow":
        return frame.to_arrow()
    if kind == "pandas":
        pandas = require("pandas", "tables", "a data frame of pandas")
        return pandas.DataFrame({column.name: in_pandas(pandas, column) for column in frame.get_columns()})
    return frame


def in_pandas(pandas: Any, column: Any) -> Any:
    """A column as pandas has it, without a detour over Arrow."""
    zone = getattr(column.dtype, "time_zone", None)
    if type(column.dtype).__name__ == "Datetime":
        stamps = pandas.Series(column.dt.replace_time_zone(None).to_numpy() if zone is None else utc(column))
        return stamps if zone is None else stamps.dt.tz_localize("UTC").dt.tz_convert(zone)
    return pandas.Series(column.to_numpy() if column.dtype.is_numeric() else column.to_list())


def utc(column: Any) -> Any:
    """Stamps of a time zone as those of UTC, without saying so."""
    return column.dt.convert_time_zone("UTC").dt.replace_time_zone(None).to_numpy()
