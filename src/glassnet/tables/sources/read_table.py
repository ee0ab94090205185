"""Reading a table from wherever it is."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from glassnet.calls import answered, warn
from glassnet.tables.encoding.column_kinds import find_formats, in_polars
from glassnet.tables.reading.read import read_file
from glassnet.tables.reading.read_options import ReadOptions
from glassnet.tables.sources.fetching import fetched
from glassnet.tables.sources.source import Source

MOST_SAID = 400  # letters of a warning


@answered
def read_table(
    path: str | Path,
    *,
    query: str | None = None,
    table: str | None = None,
    sheet: str | None = None,
    separator: str | None = None,
    skip_lines: int = 0,
    encoding: str | None = None,
) -> Any:
    """Read a table from wherever it is as a polars data frame; the name of a bundled table gives that table.

    The kind of a file is found from its content: Parquet, Arrow (Feather), Avro, JSON, one JSON object per line, a
    workbook, a database, or text in UTF-8 or UTF-16; each of the others may be compressed (gzip, bzip2, xz, zstandard,
    or the only file in a ZIP archive).

    Text needs a line that names the columns. The separator is whichever of comma, semicolon, tab, bar and ^ gives all
    rows as many values as names, or the one that a line `sep=;` states. That line, empty lines, comments (#) and a
    title above the names are skipped. Values may stand in quotation marks; a quotation mark inside is doubled or
    preceded by a backslash; one inside a value that does not begin with one is part of it. An empty line is a row
    without values, except above the names and at the end of the file. Blanks around values are stripped; empty fields
    and markers such as NA, null, None, #N/A, -, ? and . (`glassnet.tables.values.missing`) are missing values. A column
    whose values are all, or nearly all, numbers, dates, times, or true and false gets that type, and what does not fit
    is missing (`text_columns.TextColumns`). A column without a name is called column_1, column_2, … by its position.

    A folder, or a pattern such as "data/*.csv", is read as one table: its files have the same columns, in any order. Of
    a workbook the first sheet with cells is read, or `sheet`; titles above the names are skipped. A database gives the
    rows of `query` or of `table`, in a transaction that cannot write. What is elsewhere is copied to the folder for
    temporary files while it is read.

    A warning says which values did not fit, and what was decided where a column left it open, such as whether a comma
    is a decimal sign. A model learns more from the texts themselves, as `glassnet train` reads them:
    `read_file(path).frame`.

    Parameters
    ----------
    path
        A file, a folder, a pattern, "-" for standard input, a URL (https://, s3://, gs://, az://, hf://), a database
        (postgresql://host/name, or a file of SQLite or DuckDB), or the name of a bundled table: iris, digits, xor,
        clouds, moons, circles or spirals. A file of that name takes precedence.
    query
        SQL that gives the rows; of a database.
    table
        The table of a database to read (default: the only one).
    sheet
        The name of the sheet of a workbook (.xlsx, .xls, .ods) to read.
    separator
        What stands between the values of a text file: one sign, or "tab" or "space"; None (default) finds it.
    skip_lines
        How many lines of a text file stand above the names of the columns, beside those that are skipped anyway; 0 by
        default.
    encoding
        The encoding of a text file, such as "cp1252" or "latin-1"; None (default) for UTF-8, or UTF-16 where the file
        begins as such.

    Raises InvalidInput for a file that does not exist (suggesting the nearest name), is no table, has no rows, has two
    columns of the same name, or rows of different lengths; and for a source that cannot be
    reached or read; and MissingExtra without polars, or what reads workbooks or the database.

    >>> read_table("iris").shape
    (150, 5)
    """
    known = ReadOptions(separator, skip_lines, encoding)
    source = replace(Source.of(path), query=query, table=table, sheet=sheet, known=known)
    with fetched(source) as local:
        read = read_file(local)
    if not read.is_text:
        return read.frame
    formats = find_formats(read.frame, read.decimal_comma)
    if said := "; ".join(f"{name}: {form.note}" for name, form in formats.items() if form.note):
        warn(f"{source.shown}: {said if len(said) <= MOST_SAID else said[:MOST_SAID] + ' …'}")
    return in_polars(read.frame, formats)
