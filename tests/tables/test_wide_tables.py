"""Tables of many columns: columns that are read together are read as each would be alone."""

from typing import Any

import numpy as np
import polars as pl
import pytest

from glassnet.errors import InvalidInput
from glassnet.tables.encoding.column_kinds import find_columns, find_formats, in_polars, typed
from glassnet.tables.encoding.encoder import TableEncoder
from glassnet.tables.values import stacks

TEXTS: list[list[Any]] = [
    [" 30", "?", "41 ", "7", "8", "9"],
    ["1.299,50", "850", "12", "3", "4,5", "7"],
    ["- 5", "1,200", "3", "4", "5", "1,000,000"],
    ["−5", "3", "", "4.5", "1e3", None],
    ["$1,200", "$80", "$3.50", "$1", "$2", "$9"],
    ["2020-01-01", "2021-02-03", "2020-01-05", "2020-01-01", "NA", "2020-01-01"],
    ["01.02.2020", "13.02.2020", "03.02.2020", "01.02.2020", "01.02.2020", None],
    ["2020-01-01T10:00:00Z", "2020-01-01T10:00:00+02:00", None, None, None, None],
    ["10:30", "11:45", "12:00", "1:00", "2:00", "3:00"],
    ["true", "False", "TRUE", "true", "true", "NA"],
    ["a", "b", " a", "b", "NA", "c"],
    ["00501", "10001", "00502", "00503", "00504", "00505"],
    [None] * 6,
    ["", "NA", "?", " ", "-", "."],
]


def table(n: int) -> pl.DataFrame:
    """n columns, some with names that polars takes for patterns where it can."""
    columns = [TEXTS[k % len(TEXTS)] for k in range(n)]
    return pl.DataFrame([pl.Series(f"^x{k}.*$" if k % 3 else f"x{k}", c, pl.String) for k, c in enumerate(columns)])


MANY = table(2 * len(TEXTS))


@pytest.fixture(scope="module")
def alone() -> dict[str, tuple[Any, pl.DataFrame, str]]:
    """The format, the values and the kind of each column as the only one of a table."""
    tables = {name: MANY.select(pl.Series(name, MANY[name])) for name in MANY.columns}
    return {name: (find_formats(t)[name], typed(t), find_columns(t)[0].kind) for name, t in tables.items()}


@pytest.mark.parametrize("values", [20, *(pytest.param(n, marks=pytest.mark.long) for n in (1, 1 << 16))])
def test_many_columns_are_read_as_each_alone(values: int, alone: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stacks, "MOST_VALUES", values)
    formats, read, columns = find_formats(MANY), typed(MANY), find_columns(MANY)
    assert {form.decimal for form in formats.values()} == {".", ","}
    compared = 0
    for name, column in zip(MANY.columns, columns, strict=True):
        form, values_alone, kind = alone[name]
        if form.decimal == formats[name].decimal:
            assert form == formats[name] and values_alone.equals(read.select(pl.Series(read[name])))
            assert kind == column.kind
            compared += 1
    assert compared > len(TEXTS)


def test_the_first_column_that_does_not_fit_is_named_whatever_is_read_together() -> None:
    right = pl.DataFrame({"a": ["1", "2"], "day": ["2020-01-01", "2020-01-02"], "b": ["3", "4"]})
    later = pl.DataFrame({"a": ["1", "2"], "day": ["2020-01-01", "soon"], "b": ["much", "4"]})
    with pytest.raises(InvalidInput, match=r"^column 'day' holds 'soon' in row 2, where a date is expected\.$"):
        in_polars(later, find_formats(right))


@pytest.mark.long
def test_a_table_of_many_columns_is_learned_and_encoded_as_its_columns_alone() -> None:
    rng = np.random.default_rng(0)
    numbers = {f"x{k}": [f"{x:.3f}" for x in rng.normal(size=40)] for k in range(12)}
    words = {f"w{k}": [" ab"[i % 3] + "c" for i in rng.integers(9, size=40)] for k in range(12)}
    whole = pl.DataFrame(numbers | words)
    encoder = TableEncoder.learn(whole)
    encoded = encoder.transform(whole)
    for name, place in encoder.places.items():
        alone = TableEncoder.learn(whole.select(name))
        assert alone.encoders == (encoder.encoders[encoder.columns.index(name)],)
        assert np.array_equal(alone.transform(whole), encoded[:, place])
