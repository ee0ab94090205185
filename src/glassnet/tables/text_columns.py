"""What the texts of a CSV column spell: booleans, numbers, dates, times, or nothing but text."""

from collections.abc import Callable, Iterator
from typing import Any

from glassnet.extras import require

MISSING = ("", "na", "n/a", "#n/a", "<na>", "nan", "null", "none", "-", "?")  # in small letters
DATES = ("%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y")  # 3/4/2020 is two different days, so it stays a text
DATETIMES = tuple(f"%Y-%m-%d{gap}{time}" for gap in (" ", "T") for time in ("%H:%M:%S%.f", "%H:%M"))
OFFSETS = tuple(form + "%z" for form in DATETIMES)
TIMES = ("%H:%M:%S", "%H:%M")
AT_ONCE = 4  # columns of a whole table, so that few of them are held several times
SOME = 100  # values that rule out most types
Reading = Callable[[Any], Any]  # an expression of texts in a type; what does not fit is missing


def typed(frame: Any, decimal_comma: bool = False) -> Any:
    """A polars data frame of texts, stripped, with missing values, each column in the first type that fits its values.

    Tried in this order: booleans (true, false), whole numbers, numbers, dates (2020-12-31, 2020/12/31, 31.12.2020),
    dates with a time (ISO, with or without seconds, all with an offset or all without), times of day. Numbers that
    begin with a needless zero, such as the zip code 02134, stay texts. With `decimal_comma`, 1,5 is a number too.

    >>> import polars
    >>> typed(polars.DataFrame({"age": [" 30", "?", "41 "]}))["age"].to_list()
    [30, None, 41]
    """
    polars = require("polars", "tables", "reading a table")
    parts = (frame[:, first : first + AT_ONCE] for first in range(0, frame.width, AT_ONCE))
    return polars.concat([_typed(part, Types(decimal_comma)) for part in parts], how="horizontal")


def _typed(frame: Any, types: "Types") -> Any:
    """The columns, stripped, in types found in them alone."""
    types.look(texts := stripped(frame))
    return types.read(texts)


def stripped(frame: Any) -> Any:
    """A data frame of texts without blanks around them, with their missing values."""
    polars = require("polars", "tables", "reading a table")
    texts = polars.all()
    frame = frame.select_seq(texts.str.strip_chars())  # once for the two uses below
    return frame.select_seq(polars.when(~texts.str.to_lowercase().is_in(MISSING)).then(texts))


class Types:
    """The types that fit all values of each column, in stripped texts that come piece by piece.

    All columns are asked about a type in one query, as each query has its price; it is a sequential one, because each
    thread of polars keeps memory of its own.
    """

    def __init__(self, decimal_comma: bool = False):
        self.known = [*readings(decimal_comma)]
        self.possible: dict[str, list[int]] = {}  # of columns that had values

    def look(self, texts: Any) -> None:
        """Rule out the types that do not fit these values."""
        all_of = require("polars", "tables", "reading a table").all
        gone = dict(zip(texts.columns, texts.null_count().row(0), strict=True))
        names = [name for name in texts.columns if gone[name] < texts.height]
        some = texts[:, names].select_seq(all_of().drop_nulls().head(SOME).implode())
        before, self.possible = self.possible, self.possible | {name: [] for name in names}
        for k, read in enumerate(self.known):
            tried = [name for name in names if k in before.get(name, [k])]
            tried = [name for name, n in missing(some[:, tried], read(all_of().explode())) if n == 0]
            for name, n in missing(texts[:, tried], read(all_of())):
                if n == gone[name]:
                    self.possible[name].append(k)

    def read(self, texts: Any) -> Any:
        """The columns in the first type that fits; without a value, they stay texts."""
        polars = require("polars", "tables", "reading a table")
        of_type: dict[int, list[str]] = {}
        for name in texts.columns:
            of_type.setdefault(self.possible.get(name, [-1])[0], []).append(name)
        parts = (texts[:, names].select_seq(self.known[k](polars.all())) for k, names in of_type.items())
        return polars.concat(parts, how="horizontal")[:, texts.columns]


def missing(frame: Any, read: Any) -> Iterator[tuple[str, int]]:
    """Each column, and how many values an expression leaves without one."""
    counts = frame.select_seq(read.null_count()).row(0) if frame.width else ()
    return zip(frame.columns, counts, strict=True)


def readings(decimal_comma: bool) -> Iterator[Reading]:
    """Every type in turn; texts are the last, which fits all."""
    polars = require("polars", "tables", "reading a table")
    yield lambda texts: texts.str.to_lowercase().replace_strict({"true": True, "false": False}, default=None)
    yield lambda texts: _without_zeros(texts).cast(polars.Int64, strict=False)
    yield lambda texts: _without_zeros(texts).cast(polars.Float64, strict=False)
    if decimal_comma:
        yield lambda texts: _without_zeros(texts).str.replace(",", ".", literal=True).cast(polars.Float64, strict=False)
    yield from (lambda texts, form=form: texts.str.to_date(form, strict=False) for form in DATES)
    yield from (lambda texts, form=form: texts.str.to_datetime(form, strict=False) for form in DATETIMES)
    yield from (lambda texts, form=form: _with_offset(texts).str.to_datetime(form, strict=False) for form in OFFSETS)
    yield from (lambda texts, form=form: texts.str.to_time(form, strict=False) for form in TIMES)
    yield lambda texts: texts


def _without_zeros(texts: Any) -> Any:
    """The texts but those that begin with a needless zero."""
    polars = require("polars", "tables", "reading a table")
    return polars.when(~texts.str.contains(r"^[+-]?0\d")).then(texts)


def _with_offset(texts: Any) -> Any:
    """The texts with +00:00 in place of Z."""
    return texts.str.replace("[Zz]$", "+00:00")
