"""Rows of a table held out by a column of it: which column, what becomes of it, and what is told of the result."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from glassnet.formulas.elementary import Array
from glassnet.tables.encoding.column_kinds import Column, find_columns
from glassnet.tables.number_format import counted
from glassnet.tables.splits.rule import SplitRule
from glassnet.tables.splits.split_columns import GroupReader, SplitReader, TimeReader
from glassnet.tables.values.column_options import ColumnOptions
from glassnet.tables.values.frames import as_frame
from glassnet.tables.values.text_format import TextFormat
from glassnet.training.inputs.splitting import Rows

GROUPS = "says which rows are held out together (--kind {0}=category learns from it as well)"
ORDERS = "says which rows are held out, the latest (--kind {0}={1} learns from it as well)"


def reader_for(group: str | None, time: str | None, formats: Mapping[str, TextFormat]) -> SplitReader | None:
    """What reads the groups or the times of rows; None where rows are held out one by one."""
    if group is not None:
        return GroupReader(group, formats[group])
    return None if time is None else TimeReader(time, formats[time])


def columns_beside(
    data: Any, formats: Mapping[str, TextFormat], options: ColumnOptions, reader: SplitReader | None
) -> tuple[Column, ...]:
    """What each column is; nothing is learned from that of the groups or times, unless its kind was said."""
    frame = as_frame(data)
    if reader is None or options.reason(reader.name) or stated(options, reader.name):
        return find_columns(frame, formats, options)
    others = {column.name: column for column in find_columns(frame.drop(reader.name), formats, options)}
    kind = "date" if isinstance(reader, TimeReader) and reader.dates else "number"
    reason = (GROUPS if isinstance(reader, GroupReader) else ORDERS).format(reader.name, kind)
    own = Column(reader.name, "unwanted", reason, format=formats[reader.name])
    return tuple(others.get(name, own) for name in frame.columns)


def stated(options: ColumnOptions, name: str) -> bool:
    """Whether a person has said that a column is to be learned from."""
    return options.kind(name) is not None or name in options.keep


def rule_of(reader: SplitReader | None, known: Array, labels: Array | None) -> SplitRule:
    """The rule for the rows of a table that have a target (a mask of all rows), and their classes."""
    n = int(known.sum())
    if reader is None:
        return SplitRule(n, labels)
    reader.check(known)
    values = reader.values()[known]
    return SplitRule(n, labels, values) if isinstance(reader, GroupReader) else SplitRule(n, labels, times=values)


def split_notes(reader: SplitReader | None, rule: SplitRule, test: Rows, validation: Rows) -> tuple[str, ...]:
    """What is told of the rows that are held out: how many groups, or from what time on."""
    if reader is None:
        return ()
    uses = [
        (rows, use)
        for rows, use in ((test, "held out for the result"), (validation, "used for validation"))
        if len(rows)
    ]
    if isinstance(reader, GroupReader):
        assert rule.groups is not None
        parts = [(len(np.unique(rule.groups[rows])), counted(len(rows), "row"), use) for rows, use in uses]
        said = " and ".join(f"{n} ({n_rows}) are {use}" for n, n_rows, use in parts)
        found = f"{reader.name}: of {len(np.unique(rule.groups))} groups, {said}"
    else:
        assert rule.times is not None
        times = [(reader.in_words(rule.times[rows].min()), use) for rows, use in uses]
        said = ", those before it from ".join(f"{first} on are {use}" for first, use in times)
        found = f"{reader.name}: rows from {said}"
    return (found, *reader.notes(), *lost_classes(rule, test, validation))


def lost_classes(rule: SplitRule, test: Rows, validation: Rows) -> list[str]:
    """A warning where all rows of a class are held out."""
    if rule.labels is None:
        return []
    rest = np.delete(np.arange(rule.n), np.concatenate([test, validation]))
    n = len(np.setdiff1d(rule.labels, rule.labels[rest]))
    what = "one class has" if n == 1 else f"{n} classes have"
    return [f"{what} no rows to train on, as all are held out"] if n else []
