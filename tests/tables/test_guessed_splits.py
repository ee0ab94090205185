"""Columns that look like groups or times of rows: one sentence for each, and silence on others."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

import glassnet as gn
from glassnet.tables.encoding.column_kinds import Column
from glassnet.tables.splits.guess import alike_within, guessed_splits

QUICK = gn.Recipe(hidden=(4,), epochs=1, engine="numpy")
N = 600
rng = np.random.default_rng(0)
NOISE = rng.normal(size=N)
GROUP = rng.integers(0, 60, N)
LEVEL = rng.normal(size=60)[GROUP]
DAYS = [date(2023, 1, 1) + timedelta(days=k // 2) for k in range(N)]


def notes(y=NOISE, **columns):
    table = pl.DataFrame({"x": rng.normal(size=N), **columns, "y": y})
    return gn.TableTraining(table, "y", recipe=QUICK).notes


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("patient", GROUP),
        ("Patient ID", [f"{k:05}" for k in GROUP]),
        ("customer_id", GROUP.astype(float)),
        ("userId", GROUP),
        ("store_nr", rng.integers(0, 8, N)),
    ],
)
def test_a_name_says_that_rows_belong_together(name, values):
    (said,) = notes(**{name: values})
    assert said.startswith(f"{name} looks like a group: each of its {len(set(values))} values recurs, in ")
    assert said.endswith(f"hold out whole groups (--group {name})")


@pytest.mark.parametrize("y", [LEVEL + 0.5 * NOISE, np.where(LEVEL + 0.5 * NOISE > 0, "a", "b")])
def test_ids_within_which_the_target_is_alike_look_like_a_group(y):
    (said,) = notes(y, code=[f"A{k:03}" for k in GROUP])
    assert "code looks like a group: each of its 60 values" in said


def test_dates_that_run_over_the_rows_look_like_their_time():
    for days in (DAYS, DAYS[::-1], [str(day) for day in DAYS], DAYS[::3] * 3):  # the last: three shops below each other
        (said,) = notes(day=days)
        assert said.startswith("day looks like the time of the rows, which run in its order (2023-01-01 to 2023-10-2")
        assert said.endswith("hold out the latest (--time day)")
    assert "unix_time looks like the time" in notes(unix_time=np.arange(N) * 3600 + 1_700_000_000)[0]


def test_it_is_told_of_a_file_in_chunks_too(tmp_path):
    file = tmp_path / "t.csv"
    pl.DataFrame({"x": NOISE, "patient": GROUP, "day": DAYS, "y": NOISE}).write_csv(file)
    training = gn.TableTraining.of_file(file, "y", recipe=QUICK, folder=tmp_path, memory=10_000)
    assert [note.split(" looks")[0] for note in training.notes] == ["patient", "day"]


def test_what_was_said_is_not_guessed_again():
    table = pl.DataFrame({"x": NOISE, "patient": GROUP, "day": DAYS, "y": NOISE})
    for how in ({"group": "patient"}, {"time": "day"}, {"columns": {"drop": ["day"]}, "group": "patient"}):
        assert not [note for note in gn.TableTraining(table, "y", recipe=QUICK, **how).notes if "looks like" in note]


@pytest.mark.parametrize("how", [{"drop": ["patient"]}, {"id": ["patient"]}, {"keep": ["x"]}])
@pytest.mark.parametrize("ids", [GROUP, [f"P{k}" for k in GROUP], [None if k < 2 else k for k in GROUP.tolist()]])
def test_a_group_that_is_not_learned_from_holds_rows_together_all_the_same(how, ids):
    table = pl.DataFrame({"x": NOISE, "patient": ids, "y": NOISE})
    (said,) = gn.TableTraining(table, "y", recipe=QUICK, columns=how).notes
    assert said.startswith("patient looks like a group: each of its ")
    columns = {**how, "id": ["patient"]} if "keep" in how else how
    assert (
        gn.TableTraining(table, "y", recipe=QUICK, columns=columns, group="patient").notes[0].startswith("patient: of")
    )


def test_ids_of_which_few_recur_are_a_group_by_their_name():
    ids = [f"P{k % 400}" for k in range(N)]  # dropped, as they differ in most rows
    (said,) = notes(patient=ids)
    assert said.startswith("patient looks like a group: its 400 values recur, in 1.5 rows on average")
    assert not notes(code=ids) and not notes(order_id=[f"P{k % 590}" for k in range(N)])


def test_it_is_silent_on_columns_of_other_kinds():
    assert not notes(
        LEVEL + NOISE,
        age=rng.integers(18, 90, N),
        zip=[f"{k:05}" for k in rng.integers(0, 60, N)],  # with digits, but the target does not go by it
        town=[f"{'abcdef'[k % 6]}{'uvwxyz'[k % 5]}ville" for k in GROUP],
        born=[date(1950, 1, 1) + timedelta(days=int(k)) for k in rng.integers(0, 20_000, N)],
        year=rng.integers(2000, 2024, N),
        order_id=rng.permutation(N) + 7,  # each once
        patient_age=rng.normal(size=N),
        idea=rng.integers(0, 30, N),
        sorted_measure=np.sort(rng.normal(size=N)),
    )


def test_the_intraclass_correlation_is_that_of_the_variances():
    groups = np.repeat(np.arange(4000), 4)
    y = np.random.default_rng(0).normal(size=4000)[groups] + np.random.default_rng(1).normal(size=16000)
    assert alike_within(groups, y) == pytest.approx(0.5, abs=0.03)
    assert abs(alike_within(groups, np.random.default_rng(2).normal(size=16000))) < 0.03
    assert alike_within(groups, (groups % 2).astype(int)) == pytest.approx(1)


@pytest.mark.parametrize("n_groups", [30, 1500, 6000])
def test_of_a_file_in_chunks_the_rows_of_all_of_it_are_counted_and_not_those_of_a_sample(tmp_path, n_groups):
    file, n = tmp_path / "t.csv", 30_000
    pl.DataFrame({"patient": np.arange(n) % n_groups, "y": rng.normal(size=n)}).write_csv(file)
    training = gn.TableTraining.of_file(file, "y", recipe=QUICK, folder=tmp_path, memory=10_000)
    (note,) = [note for note in training.notes if "group" in note]
    training.prepared.close()
    values, _, mean = note.removeprefix("patient looks like a group: each of its ").partition(
        " values recurs, in about "
    )
    assert float(values.removeprefix("about ").replace(",", "")) == pytest.approx(n_groups, rel=0.05)
    assert float(mean.split(" ")[0]) == pytest.approx(n / n_groups, rel=0.05)


@pytest.mark.parametrize("order", [np.sort, np.asarray])
def test_rows_beyond_those_that_are_looked_at_count_in_the_sentence(order):
    groups = order(np.arange(120_000) % 30)
    data = pl.DataFrame({"patient": groups})
    (said,) = guessed_splits(data, [Column("patient", "number")], rng.normal(size=120_000))
    assert said.startswith("patient looks like a group: each of its 30 values recurs, in 4000 rows on average;")


def test_groups_that_a_sample_does_not_show_count_too():
    drawn = rng.choice(np.arange(100_000) // 10, 10_000, replace=False)
    (said,) = guessed_splits(pl.DataFrame({"patient": drawn}), [Column("patient", "number")], drawn * 1.0, 100_000)
    assert "its about " in said and float(said.split("in about ")[1].split(" ")[0]) == pytest.approx(10, rel=0.1)
