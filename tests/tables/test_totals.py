"""Rows of totals at the end of a table: left out where they are certain, told always, and overruled on request."""

import random
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import glassnet as gn
from glassnet.errors import InvalidInput
from glassnet.tables.fitting.request import TableRequest
from glassnet.tables.reading.read import read_file
from glassnet.tables.reading.totals import without_totals

N = 40
rng = random.Random(0)
PRICE = [round(rng.uniform(1, 100), 2) for _ in range(N)]
SOLD = [rng.randint(1, 90) for _ in range(N)]
SHOP = [rng.choice("abcd") for _ in range(N)]
SUMS = round(sum(PRICE), 2), sum(SOLD)
FEW = gn.Recipe(hidden=(4,), epochs=1, engine="numpy")


def table(*ends: tuple[Any, Any, Any]) -> pl.DataFrame:
    rows = [*zip(SHOP, PRICE, SOLD, strict=True), *ends]
    return pl.DataFrame(rows, ["shop", "price", "sold"], orient="row", strict=False)


@pytest.mark.parametrize("word", ["Total", "GRAND TOTAL", "Summe:", "Sum", "Total 2024", "Durchschnitt"])
@pytest.mark.parametrize("as_texts", [False, True])
def test_a_named_row_of_sums_is_left_out(word: str, as_texts: bool) -> None:
    frame = table((word, SUMS[0], SUMS[1]))
    rows, (said,) = without_totals(frame.select(pl.all().cast(pl.String)) if as_texts else frame)
    assert len(rows) == N
    words = "it sums up the rows above in 'price', 'sold' (--skip-last 0 keeps it)"
    assert said == f"row 41 ({word!r}) is left out, as {words}"


@pytest.mark.parametrize(
    ("ends", "where"),
    [
        ([("Mean", round(SUMS[0] / N, 1), None)], "row 41 ('Mean') is"),
        ([("Median", sum(sorted(PRICE)[19:21]) / 2, None)], "row 41 ('Median') is"),
        ([("Total", None, SUMS[1]), ("Average", SUMS[0] / N, None)], "rows 41 and 42 ('Total', 'Average') are"),
        ([(None, *SUMS)], "row 41 is"),
    ],
)
def test_means_several_rows_and_rows_without_a_word_are_found(ends: Any, where: str) -> None:
    for frame in (table(*ends), table(*ends).to_pandas(), table(*ends).to_arrow()):
        rows, (said,) = without_totals(frame)
        assert len(rows) == N and said.startswith(f"{where} left out, as ")


def test_a_word_alone_is_told_and_kept() -> None:
    rows, (said,) = without_totals(table(("Total", 3.5, 7)))
    assert len(rows) == N + 1
    assert said == "row 41 ('Total') looks like a total of the rows above (--skip-last 1 leaves it out)"


@pytest.mark.parametrize(
    "frame",
    [
        table(),
        table(("a", *SUMS)),  # a large sale
        table((None, 3.5, 7)),
        table((None, None, SUMS[1])),  # one number may agree by chance
        table(("Totally other", 3.5, 7)),
        pl.DataFrame({"brand": ["Total", "Shell"] * 20, "sold": SOLD}),  # a name that comes again
        pl.DataFrame({"shop": ["a", "b", "Total"], "sold": [1, 2, 3]}),  # too few to tell
        pl.DataFrame({"x": [0.0] * 30, "y": [0.0] * 30}),
    ],
)
def test_other_rows_stay_and_nothing_is_told(frame: pl.DataFrame) -> None:
    rows, said = without_totals(frame)
    assert (len(rows), said) == (len(frame), ())


def test_numbers_in_the_style_of_the_table_are_added_up(tmp_path: Path) -> None:
    def german(number: float) -> str:
        return f"{number:,.2f}".translate(str.maketrans(".,", ",."))

    lines = [f"{shop};{german(100 * price)};{sold}" for shop, price, sold in zip(SHOP, PRICE, SOLD, strict=True)]
    (tmp_path / "t.csv").write_text(
        "\n".join(["shop;price;sold", *lines, f";{german(100 * SUMS[0])};{SUMS[1]}"]) + "\n"
    )
    training = gn.TableTraining.of_request(TableRequest("sold", recipe=FEW), read_file(tmp_path / "t.csv"))
    assert training.n_train + len(training.test) == N
    assert training.notes[0].startswith("row 41 is left out, as it sums up the rows above in 'price', 'sold'")


def test_a_training_leaves_them_out_unless_told_otherwise(tmp_path: Path) -> None:
    frame = table(("Total", *SUMS))
    for skip_last, n, said in ((None, N, "row 41"), (0, N + 1, ""), (2, N - 1, "the last 2 rows are left out, as ask")):
        training = gn.TableTraining(frame, "price", recipe=FEW, skip_last=skip_last)
        assert training.n_train + len(training.test) == n and training.n_without_target == 0
        assert any(note.startswith(said) for note in training.notes) == (said != "") or said == ""
    frame.write_csv(tmp_path / "t.csv")
    for skip, n, said in ((None, N + 1, "row 41 ('Total') looks like a total"), (1, N, "the last row is left out")):
        training = gn.TableTraining.of_file(
            tmp_path / "t.csv", "price", recipe=FEW, folder=tmp_path, memory=1000, skip_last=skip
        )
        assert training.n_train + len(training.test) == n and training.notes[0].startswith(said)
        training.prepared.close()
    for wrong, sentence in (
        (41, "skip_last=41 leaves no row: the table has 41 rows"),
        (-1, "skip_last must be a whole"),
    ):
        with pytest.raises(InvalidInput, match=sentence):
            gn.TableTraining(frame, "price", recipe=FEW, skip_last=wrong)


def test_an_update_leaves_them_out_as_well() -> None:
    training = gn.TableTraining(table(), "price", recipe=FEW)
    for _ in training.epochs():
        pass
    update = gn.TableUpdate(training.model, table(("Total", *SUMS)), epochs=1, engine="numpy")
    assert sum(map(len, (*update.rows.kept.values(), *update.rows.held_out.values()))) == N
    assert update.rows.notes[0].startswith("new rows: row 41 ('Total') is left out")
