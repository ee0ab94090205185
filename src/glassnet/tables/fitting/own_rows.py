"""Rows of one's own for the result and for validation, in place of shares of the table."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.extras import require
from glassnet.formulas.elementary import Array
from glassnet.tables.encoding.column_kinds import format_of_type, is_text, read_as
from glassnet.tables.number_format import counted
from glassnet.tables.reading.read import read_file
from glassnet.tables.sources.fetching import fetched
from glassnet.tables.sources.source import Source
from glassnet.tables.splits.rule import SplitRule
from glassnet.tables.values.column_options import ColumnOptions
from glassnet.tables.values.frames import as_frame, nearest
from glassnet.tables.values.objects import plain
from glassnet.tables.values.text_format import as_texts
from glassnet.training.inputs.splitting import Rows

TABLE, VALIDATION, TEST = range(3)
USES = {"validation": VALIDATION, "test": TEST}
Own = Mapping[str, Any]  # data frames or files by their use; None where a share of the table is taken


def with_own_rows(frame: Any, own: Own, options: ColumnOptions) -> tuple[Any, Array]:
    """The table with one's own rows below, and where each row is from: TABLE, VALIDATION or TEST."""
    frames, sources = [frame], [np.full(len(frame), TABLE)]
    for use, number in USES.items():
        if (given := own.get(use)) is None:
            continue
        rows = as_frame(rows_at(given) if isinstance(given, (str, Path)) else given)
        frames.append(alike(rows, frame, f"the {use} rows{named(given)}", options))
        sources.append(np.full(len(rows), number))
    return (frame if len(frames) == 1 else below(frames)), np.concatenate(sources)


def rows_at(place: str | Path) -> Any:
    """The rows at any place that a table is read from; it is kept with the run as it stands there."""
    source = Source.of(place)
    if source.secrets:
        raise InvalidInput(
            f"{source.shown} was given with a password or a key, which a run must not keep: leave it out."
        )
    with fetched(source) as local:
        return read_file(local).frame


def named(given: Any) -> str:
    """The name of a file with rows, in words."""
    return f" in {given}" if isinstance(given, (str, Path)) else ""


def alike(rows: Any, frame: Any, what: str, options: ColumnOptions) -> Any:
    """The rows with the columns of a table, each of its type, in its library."""
    missing = [name for name in frame.columns if name not in rows.columns and not options.reason(name)]
    if missing:
        extra = [name for name in rows.columns if name not in frame.columns]
        hints = ", ".join(f"{name!r}{nearest(name, extra)}" for name in missing[:5])
        more = f" and {len(missing) - 5} more" if len(missing) > 5 else ""
        raise InvalidInput(f"{what} lack columns of the table: {hints}{more}.")
    polars = require("polars", "tables", "a table")
    try:
        columns = [column_alike(rows, plain(frame[name])) for name in frame.columns]
    except InvalidInput as error:
        raise InvalidInput(f"{what}: {error}") from error
    table = as_frame(polars.DataFrame([series.to_polars().alias(series.name) for series in columns]))
    to = "to_pandas" if frame.implementation.is_pandas() else "to_arrow" if frame.implementation.is_pyarrow() else ""
    return as_frame(getattr(table, to)()) if to else table


def column_alike(rows: Any, like: Any) -> Any:
    """A column of one's own rows as the table has it: texts as texts, values as values; empty where it is not there."""
    narwhals = require("narwhals", "tables", "a table")
    if like.name not in rows.columns:
        return narwhals.new_series(like.name, [None] * len(rows), narwhals.String, backend="polars").cast(like.dtype)
    own = plain(rows[like.name])
    if is_text(like) and not is_text(own):
        return narwhals.from_native(as_texts(own), series_only=True)
    if is_text(own) and not is_text(like):
        return read_as(rows[[like.name]], {like.name: format_of_type(like)})[like.name]
    return own


def below(frames: list[Any]) -> Any:
    """Tables with the same columns, one below the other."""
    polars, narwhals = (require(name, "tables", "a table") for name in ("polars", "narwhals"))
    try:
        if frames[0].implementation.is_polars():
            return as_frame(polars.concat([frame.to_native() for frame in frames], how="vertical_relaxed"))
        return narwhals.concat(frames, how="vertical")
    except (TypeError, ValueError, polars.exceptions.PolarsError) as error:
        reason = str(error).partition("\n")[0][:200]
        raise InvalidInput(f"your own rows have columns of other types than the table ({reason}).") from error


def divided(
    source: Array, rule: SplitRule, shares: tuple[float, float], rng: "np.random.Generator"
) -> tuple[Rows, ...]:
    """The rows that are not held out, those that are, and which of the former choose the epoch (none: drawn later).

    `shares` are those for the result and for validation, where there are no rows of one's own.
    """
    table, validation, test = (np.flatnonzero(source == use) for use in (TABLE, VALIDATION, TEST))
    if not len(test):
        kept, held_out = (rule if len(table) == rule.n else rule.of(table)).hold_out(shares[0], rng, leave=2)
        table, test = table[kept], table[held_out]
    rest = np.concatenate([table, validation])
    if len(validation):
        return rest, test, np.arange(len(table), len(rest))
    if rule.at_random:
        return rest, test, np.zeros(0, np.intp)
    return rest, test, rule.of(rest).hold_out(shares[1], rng)[1]


def check_own_rows(source: Array, own: Own, target_name: str) -> None:
    """Refuse rows of one's own of which none has a target."""
    for use, number in USES.items():
        if own.get(use) is not None and not (source == number).any():
            raise InvalidInput(f"no row of the {use} rows{named(own[use])} has a value of the target {target_name!r}.")


def notes_on(source: Array, own: Own) -> Iterator[str]:
    """What one's own rows are for."""
    for use, purpose in (("validation", "choose the epoch"), ("test", "are held out for the result")):
        if own.get(use) is not None:
            yield f"{counted(int((source == USES[use]).sum()), 'row')}{named(own[use]) or ' that were given'} {purpose}"
