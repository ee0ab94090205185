"""What a column is is decided once: the same from every source, and kept for every later table."""

import datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import glassnet as gn
from glassnet.errors import InvalidInput
from glassnet.tables.encoding.column_kinds import find_columns, find_formats
from glassnet.tables.reading.chunks import Pieces
from glassnet.tables.reading.read import read_file

N = 60
FEW = gn.Recipe(hidden=(4,), epochs=2)
COLUMNS: dict[str, list[Any]] = {
    "day": [str(datetime.date(2020, 1, 1) + datetime.timedelta(i * 7 % 50)) for i in range(N)],
    "when": [f"2020-01-{i % 28 + 1:02} 10:{i:02}:00" for i in range(N)],
    "hour": [f"{i % 24:02}:{i:02}" for i in range(N)],
    "flag": ["true" if i % 3 else "False" for i in range(N)],
    "padded": [f" {i * 7 % 31}" for i in range(N)],
    "gaps": ["NA" if i % 9 == 0 else "" if i % 9 == 1 else f"{i * 0.5}" for i in range(N)],
    "stray": ["unknown" if i == 5 else f"{i * 3 % 50}" for i in range(N)],
    "money": [f"${i * 137 + 900:,}.50" for i in range(N)],
    "city": [" Rome " if i % 2 else "Oslo" for i in range(N)],
    "version": [["3.10", "3.9", "3.10.1"][i % 3] for i in range(N)],
    "zip": [f"{i % 7:05}" for i in range(N)],
    "y": ["yes" if i % 4 else "no" for i in range(N)],
}
KINDS = {
    "day": "date", "when": "date", "hour": "date", "flag": "number", "padded": "number", "gaps": "number",
    "stray": "number", "money": "number", "city": "category", "version": "category", "zip": "category",
}  # fmt: skip


def csv(tmp_path: Any, table: pl.DataFrame) -> Any:
    table.write_csv(tmp_path / "table.csv")
    return read_file(tmp_path / "table.csv").frame


def parquet(tmp_path: Any, table: pl.DataFrame) -> Any:
    table.write_parquet(tmp_path / "table.parquet")
    return read_file(tmp_path / "table.parquet").frame


SOURCES: dict[str, Any] = {
    "CSV": csv,
    "Parquet": parquet,
    "polars": lambda _, table: table,
    "pandas": lambda _, table: pd.DataFrame(table.to_dict(as_series=False)),
    "pandas objects": lambda _, table: pd.DataFrame(table.to_dict(as_series=False), dtype=object),
    "Arrow": lambda _, table: pa.table(table.to_dict(as_series=False)),
}


RARE = ("pandas objects", "Parquet")


@pytest.mark.parametrize(
    "source", [pytest.param(source, marks=pytest.mark.long) if source in RARE else source for source in SOURCES]
)
def test_the_same_texts_are_the_same_kinds_and_inputs_from_every_source(source: str, tmp_path: Any) -> None:
    table = pl.DataFrame(COLUMNS)
    expected = gn.TableTraining(table, "y", recipe=FEW).model
    frame = SOURCES[source](tmp_path, table)
    model = gn.TableTraining(frame, "y", recipe=FEW).model
    assert {e.name: e.kind.replace("coded", "category") for e in model.encoder.encoders} == KINDS
    assert model.encoder == expected.encoder and model.target == expected.target
    assert np.array_equal(model.encoder.transform(frame), expected.encoder.transform(table))


def test_a_row_is_read_the_same_whatever_rows_stand_beside_it(tmp_path: Any) -> None:
    table = pl.DataFrame(COLUMNS)
    encoder = gn.TableTraining(table, "y", recipe=FEW).model.encoder
    whole = encoder.transform(table)
    assert np.array_equal(np.concatenate([encoder.transform(table[row]) for row in range(0, N, 10)]), whole[::10])
    table.write_csv(tmp_path / "table.csv")
    pieces = Pieces(tmp_path / "table.csv", 200)
    assert np.array_equal(np.concatenate([*map(encoder.transform, pieces)]), whole)


def test_a_model_that_was_saved_reads_texts_as_it_did(tmp_path: Any) -> None:
    training = gn.TableTraining(table := pl.DataFrame(COLUMNS), "y", recipe=FEW)
    again = gn.TableModel.load(training.model.save(tmp_path / "model.safetensors"))
    assert again.encoder == training.model.encoder and again.target == training.model.target
    assert np.array_equal(again.outputs(table[:1]), training.model.outputs(table[:1]))
    missing = "read as missing (--kind stray=category keeps them)"
    assert f"stray: 59 of 60 values are numbers; row 6 is 'unknown'; {missing}" in training.notes


@pytest.mark.parametrize(
    ("levels", "values", "found"),
    [
        (["3.10", "3.9", "3.10.1"], [3.1, 3.9, None], ["3.10", "3.9", None]),
        (["true", "false", "maybe"], [True, False], ["true", "false"]),
        (["02134", "10001", "x"], [2134, 10001], ["02134", "10001"]),
        (["10:30", "11:00", "noon"], [datetime.time(10, 30)], ["10:30"]),
        (["1", "2", "x"], [1.0, 2.0], ["1", "2"]),
        (["1", "2", "x"], [Decimal(1), Decimal(2)], ["1", "2"]),
    ],
)
def test_values_of_a_type_are_matched_to_the_levels_that_mean_the_same(levels: Any, values: Any, found: Any) -> None:
    (column,) = gn.TableTraining(
        pl.DataFrame({"x": levels * 10, "y": ["a", "b"] * (5 * len(levels))}), "y", recipe=FEW
    ).model.encoder.encoders
    expected = column.transform(pl_series(found))
    assert np.array_equal(column.transform(pl_series(values)), expected)
    assert expected[:1].any()


def pl_series(values: Any) -> Any:
    from glassnet.tables.values.frames import as_series

    return as_series(pl.Series("x", values))


def test_a_number_that_may_be_two_levels_meets_one_sentence() -> None:
    table = pl.DataFrame({"x": ["3.1", "3.10", "3.10.1"] * 10, "y": ["a", "b"] * 15})
    model = gn.TableTraining(table, "y", recipe=FEW).model
    with pytest.raises(InvalidInput, match=r"'x' holds 3.1 in row 2, which may mean .* '3.1' and '3.10': pass"):
        model.predict(pl.DataFrame({"x": [None, 3.1]}))


@pytest.mark.parametrize("mark", [".", "..", ":", "\\N", "#N/A", "#DIV/0!", "#VALUE!", "n.a.", "--", "NaT"])
def test_the_marks_of_other_programs_are_missing_beside_numbers(mark: str) -> None:
    texts = [mark if i % 3 else str(i * 0.5) for i in range(30)]
    (column,) = find_columns(pl.DataFrame({"x": texts}))
    assert (column.kind, column.format.strays, column.format.note) == ("number", False, "")


@pytest.mark.parametrize(
    ("odd", "kind"),
    [
        (["<0.5", "<0.1", ">100"], "number"),
        (["x"], "number"),
        (["Total"], "number"),
        ([f"code {i}" for i in range(30)], "category"),  # names of their own
    ],
)
def test_nearly_all_numbers_are_numbers_and_a_few_odd_texts_are_missing(odd: Any, kind: str) -> None:
    texts = [str(i % 150) for i in range(1000)] + odd
    (column,) = find_columns(pl.DataFrame({"x": texts}))
    assert column.kind == kind
    assert f"1000 of {len(texts)} values are numbers; row 1001 is {odd[0]!r}" in column.format.note


@pytest.mark.parametrize(
    ("odd", "told"),
    [
        (["<0.6"], "row 5 is '<0.6' (in 16 rows)"),
        (["n.d."], "row 5 is 'n.d.' (in 16 rows)"),
        ([f"> {i}" for i in range(100, 130)], "row 5 is '> 100' (one of 16 of this kind)"),
        (["12 mg", "7.5 mg", "8 mg"], "row 5 is '12 mg' (one of 16 of this kind)"),
        (["hemolyzed", "clotted", "lost"], "row 5 is 'hemolyzed' (in 6 rows), row 20 is 'clotted' (in 5 rows), "),
        (["3.1*", "4.2*"], "row 5 is '3.1*' (one of 16 of this kind)"),
        (["≤0.05", "≤0.1", "ca. 3"], "row 5 is '≤0.05' (one of 11 of this kind), row 35 is 'ca. 3' (in 5 rows)"),
    ],
)
def test_few_kinds_of_odd_texts_among_many_numbers_are_missing(odd: Any, told: str) -> None:
    texts = [str(i * 7 % 101 / 2) for i in range(240)]
    texts[4::15] = (odd * 16)[:16]
    training = gn.TableTraining(pl.DataFrame({"x": texts, "y": [i * 7 % 101 / 2 for i in range(240)]}), "y", recipe=FEW)
    (column,) = training.model.encoder.encoders
    (found,) = training.model.columns
    (note,) = training.notes
    assert (column.kind, found.kind, column.format.strays) == ("number", "number", True)
    assert note.startswith(f"x: 224 of 240 values are numbers; {told}")
    assert note.endswith("; read as missing (--kind x=category keeps them)")
    assert found.values.endswith("; other texts are read as missing")
    assert np.array_equal(column.transform(pl_series(["7", odd[0]]))[:, 1], [0, 1])
    kept = gn.TableTraining(
        pl.DataFrame({"x": texts, "y": range(240)}), "y", recipe=FEW, columns={"kinds": {"x": "category"}}
    )
    assert kept.model.columns[0].kind == "coded"


@pytest.mark.parametrize(
    "texts",
    [
        [str(i % 5 + 1) if i % 12 else "no answer" for i in range(240)],  # codes of an answer
        [f"{i % 90}.3" if i % 12 else f"V{i % 40}" for i in range(240)],  # codes of diseases
        [str(i * 7 % 101) if i % 7 else "<0.6" for i in range(240)],  # too many to be left out
        [
            str(100 + i % 50) if i % 12 else f"{100 + i % 50}{'abcdefg'[i // 12 % 7]}" for i in range(240)
        ],  # house numbers
        [f"1.{i % 30}" if i % 12 else f"1.{i % 30}.{i % 7}" for i in range(240)],  # versions
    ],
)
def test_codes_among_numbers_stay_levels_and_the_kind_that_would_overrule_it_is_told(texts: Any) -> None:
    (column,) = find_columns(pl.DataFrame({"x": texts}))
    assert column.kind == "category"
    assert column.format.note.endswith("; read as text (--kind x=number reads these values as missing)")


def test_a_row_of_names_in_the_middle_is_told_with_its_row(tmp_path: Any) -> None:
    lines = [f"{i * 7 % 50},{i}.5" for i in range(100)]
    (tmp_path / "t.csv").write_text("\n".join(["a,y", *lines[:50], "a,y", *lines[50:]]) + "\n")
    training = gn.TableTraining(read_file(tmp_path / "t.csv").frame, "y", recipe=FEW)
    assert training.notes[0] == "1 row without a y is dropped"
    assert any(note.startswith("a: 100 of 101 values are numbers; row 51 is 'a'; read") for note in training.notes)


def test_strays_are_missing_later_only_where_they_were_in_training() -> None:
    y = ["a", "b"] * 30
    clean = pl.DataFrame({"x": [str(i * 3 % 50) for i in range(60)], "y": y})
    stray = clean.with_columns(x=pl.when(pl.int_range(60) == 7).then(pl.lit("?!")).otherwise("x"))
    new = pl.DataFrame({"x": ["3", "<5"]})
    column: Any = gn.TableTraining(stray, "y", recipe=FEW).model.encoder.encoders[0]
    assert np.isnan(column.values(pl_series(["3", "<5"]))).tolist() == [False, True]
    with pytest.raises(InvalidInput, match="'x' holds '<5' in row 2, where a number is expected"):
        gn.TableTraining(clean, "y", recipe=FEW).model.encoder.transform(new)


@pytest.mark.parametrize(
    ("columns", "comma", "expected", "told"),
    [
        ({"x": ["537", "2,288", "325"], "z": ["0.75"] * 3}, False, (".", ","), "as in other columns"),
        ({"x": ["999,50", "1.299", "850"]}, True, (",", "."), ""),
        ({"x": ["1.299", "850", "2.450"]}, False, (",", "."), "below 1000"),
        ({"x": ["2,288", "1,047"]}, False, (".", ","), "no value of the column settles it"),
        ({"x": ["2,288", "1,047"]}, True, (",", ""), "no value of the column settles it"),
        ({"x": ["1.234", "2.345"]}, False, (".", ""), "no value of the column settles it"),
        ({"x": ["1.234", "2.345"], "z": ["0,5", "1,25"]}, False, (",", "."), "as in other columns"),
        ({"x": ["1,234,567", "12"]}, False, (".", ","), ""),
        ({"x": ["1 234,5", "3,25"]}, False, (",", " "), ""),
        ({"x": ["1'234.5", "3.25"]}, False, (".", "'"), ""),
        ({"x": ["12,34,567.5", "1,23,000", "900"]}, False, (".", ","), ""),
        ({"x": ["0.125", "0.250"]}, False, (".", ""), ""),
        ({"x": ["3", "4"], "z": ["0,5", "1,25"]}, False, (",", ""), ""),
    ],
)
def test_decimal_and_thousands_are_told_by_the_whole_table(columns: Any, comma: Any, expected: Any, told: str) -> None:
    form = find_formats(pl.DataFrame(columns), comma)["x"]
    assert (form.decimal, form.thousands) == expected
    assert told in form.note and bool(told) == bool(form.note)


@pytest.mark.parametrize(
    ("texts", "values", "affix"),
    [
        (["51.3%", "60%"], [51.3, 60], ("", "%")),
        (["$4,613.16", "-$80"], [4613.16, -80], ("$", "")),
        (["51,3 kg", "60 kg"], [51.3, 60], ("", "kg")),
        (["(5)", "12", "(7.5)"], [-5, 12, -7.5], ("", "")),
        (["(1,234.5)", "12.25", "99"], [-1234.5, 12.25, 99], ("", "")),
        (["($1,200)", "$80", "$ (7)"], [-1200, 80, -7], ("$", "")),
        (["(12,5%)", "3,25%", "(4)%"], [-12.5, 3.25, -4], ("", "%")),
        (["12 EUR", "13.5 EUR"], [12, 13.5], ("", "EUR")),
        (["36 months", "60 months"], [36, 60], ("", "months")),
        (["−5", "3"], [-5, 3], ("", "")),
    ],
)
def test_signs_and_units_are_read_and_remembered(texts: Any, values: Any, affix: Any) -> None:
    frame = pl.DataFrame({"x": texts})
    form = find_formats(frame)["x"]
    assert (form.before, form.after) == affix
    assert form.read(pl_series(texts)).to_list() == values


def test_units_that_differ_are_words() -> None:
    assert find_formats(pl.DataFrame({"x": ["5 kg", "30 cm", "2 m"] * 10}))["x"].type == "text"


def target_of(values: Any, **more: Any) -> Any:
    table = pl.DataFrame({"a": np.random.default_rng(0).normal(size=len(values)), "y": values}, strict=False)
    return gn.TableTraining(table, "y", recipe=FEW, **more)


@pytest.mark.parametrize(
    "values", [[0.0, 1.0], ["0.0", "1.0"], ["0", "1"], [0, 1], [Decimal(0), Decimal(1)], ["0", "1", None, "1"]]
)
def test_whole_numbers_are_the_same_classes_in_any_type_and_said_so(values: Any) -> None:
    training = target_of(values * 30)
    assert training.model.target.classes == (0, 1)
    assert "2 different numbers, treated as classes (--task regression" in training.notes[-1]


def test_percents_of_few_values_are_numbers_and_said_so() -> None:
    training = target_of([f"{5 * (i % 4)}%" for i in range(80)])
    assert training.model.task == "regression" and training.model.target.high == 15
    assert "'%'" in training.notes[0] and "--task classification treats them as classes" in training.notes[0]


@pytest.mark.parametrize("word", ["None", "NA", "Null", "-", "N/A", "?"])
def test_words_that_mean_missing_elsewhere_are_classes_beside_words(word: str) -> None:
    training = target_of([word, "Some", "Many", None, ""] * 20)
    assert set(training.model.target.classes) == {word, "Some", "Many"}
    assert training.n_without_target == 40
    assert training.notes[0] == "40 rows without a y are dropped"
    assert f"{word!r} (20 rows) is read as a class" in training.notes[1]


def test_several_such_words_are_told_together() -> None:
    training = target_of(["None", "NA", "Some", "Many"] * 20)
    assert "'None' (20 rows), 'NA' (20 rows) are read as classes; only" in training.notes[0]


def test_the_same_words_are_missing_beside_numbers() -> None:
    training = target_of(["NA" if i % 5 == 0 else f"{i}.5" for i in range(60)])
    assert (training.model.task, training.n_without_target) == ("regression", 12)


def test_evaluation_leaves_out_rows_without_a_target_and_counts_them() -> None:
    training = target_of(["no", "yes"] * 30)
    rows = pl.DataFrame({"a": [0.1, 0.2, 0.3], "y": ["no", "", "yes"]})
    truth, outputs, left_out, *_ = training.model.compared(rows)
    assert (truth.tolist(), len(outputs), left_out) == ([0, 1], 2, 1)


def test_true_and_false_are_evaluated_as_texts_and_as_truth_values() -> None:
    model = target_of(["true", "false"] * 30).model
    for values in (["true", "False"], [True, False], ["TRUE", "FALSE"]):
        assert model.truth(pl.DataFrame({"y": values})).tolist() == [1, 0]


@pytest.mark.parametrize("name", ["Unnamed: 0", "unnamed: 0.1", "__index_level_0__", "column_1", "", "...1"])
def test_the_index_that_programs_write_is_left_out(name: str) -> None:
    order = np.random.default_rng(0).permutation(N)
    table = pl.DataFrame({name: order, "a": np.arange(N) * 0.5})
    index, a = find_columns(table)
    assert (index.kind, a.kind) == ("identifier", "number")
    assert index.reason == "is a row index that was saved with the table"
    assert find_columns(table.select(name))[0].kind == "number"
    assert find_columns(table.with_columns(pl.Series(name, order % 3)))[0].kind == "number"


def test_columns_that_are_all_called_by_their_number_are_kept() -> None:
    order = np.random.default_rng(0).permutation(N)
    assert [c.kind for c in find_columns(pl.DataFrame({"column_1": order, "column_2": order[::-1]}))] == ["number"] * 2


def test_texts_of_a_later_table_that_count_as_missing_are_told_with_row_and_count(tmp_path: Any) -> None:
    stray = pl.DataFrame({"x": ["?!" if i == 7 else str(i * 3 % 50) for i in range(60)], "y": ["a", "b"] * 30})
    model = gn.TableTraining(stray, "y", recipe=FEW).model
    new = pl.DataFrame({"x": ["3", "<5", "NA", None, "<1", "<5"]})
    assert model.notes_on(new) == ["x: 3 values are read as missing, as they are not a number; row 2 is '<5'"]
    assert model.notes_on(new.to_pandas()) == model.notes_on(new)
    assert model.notes_on([new[:1], new[1:2], new[2:4]]) == [
        "x: 1 value is read as missing, as it is not a number; row 2 is '<5'"
    ]
    assert model.notes_on(new[2:4]) == [] == model.notes_on(pl.DataFrame({"x": [1.5]}))


def test_reading_a_table_warns_of_what_did_not_fit_or_was_left_open(tmp_path: Any) -> None:
    values = [("?!" if i == 7 else str(i), f"{i % 9 + 1},{i:03}", f"{i % 9 + 1}/{i % 8 + 1}/2020") for i in range(60)]
    (tmp_path / "t.csv").write_text("a\tb\tc\n" + "\n".join("\t".join(row) for row in values) + "\n")
    with pytest.warns(UserWarning) as said:
        table = gn.read_table(tmp_path / "t.csv")
    assert table["a"].null_count() == 1 and len(said) == 1
    words = str(said[0].message)
    assert "a: 59 of 60 values are numbers; row 8 is '?!'; read as missing" in words
    assert "b: ',' is read as the thousands separator" in words
    assert "c: its dates may begin with the day or with the month" in words and len(words) < 500
