"""Rows held out by group and by time, of tables in memory and of files in chunks."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

import glassnet as gn
from glassnet.tables.fitting import file_scan
from glassnet.tables.reading.chunks import Pieces
from glassnet.tables.splits.latest import latest, time_blocks
from glassnet.tables.splits.rule import SplitRule
from glassnet.tables.splits.whole_groups import whole_groups

QUICK = gn.Recipe(hidden=(4,), epochs=1, engine="numpy")
N = 400
rng = np.random.default_rng(0)
PATIENT = rng.integers(0, 40, N)
TABLE = pl.DataFrame(
    {
        "patient": [f"p{k}" for k in PATIENT],
        "visit": [date(2024, 1, 1) + timedelta(days=int(day)) for day in rng.permutation(N) // 2],
        "x": rng.normal(size=N),
        "y": np.where(PATIENT % 4 == 0, "ill", "well"),
    }
)


@pytest.fixture(params=["in memory", "in chunks"])
def training(request, tmp_path, monkeypatch):
    """A function that begins a training on a table, whole or read in chunks from a file; it learns from all columns."""
    monkeypatch.setattr(file_scan, "Pieces", lambda path, piece_bytes: Pieces(path, piece_bytes=2_000))

    def begin(table=TABLE, target="y", **how):
        how = {"columns": {"keep": [name for name in table.columns if name != target]}} | how
        if request.param == "in memory":
            return gn.TableTraining(table, target, recipe=QUICK, **how)
        file = tmp_path / "table.csv"
        table.write_csv(file)
        return gn.TableTraining.of_file(file, target, recipe=QUICK, folder=tmp_path, memory=10_000, **how)

    return begin


def test_all_rows_of_a_group_lie_on_one_side_and_classes_keep_their_share(training):
    begun = training(group="patient")
    held = set(begun.test["patient"].to_list())
    assert len(begun.test) == sum(patient in held for patient in TABLE["patient"])
    assert 0.17 * N < len(begun.test) < 0.23 * N and begun.n_train + len(begun.test) == N
    assert abs(np.mean([y == "ill" for y in begun.test["y"].to_list()]) - (TABLE["y"] == "ill").mean()) < 0.05
    assert begun.notes[0].startswith(f"patient: of 40 groups, {len(held)} ({len(begun.test)} rows) are held out")
    assert "patient" in begun.model.encoder.columns
    assert len(list(begun.epochs())) == 1


def test_the_groups_of_the_held_out_rows_are_known_for_what_is_chance(training):
    begun = training(group="patient")
    groups, patients = begun.prepared.test_groups, np.array(begun.test["patient"].to_list())
    assert len(groups) == len(patients) and len(np.unique(groups)) == len(np.unique(patients)) > 1
    assert all(len(np.unique(patients[groups == group])) == 1 for group in np.unique(groups))
    assert training().prepared.test_groups is None and training(time="visit").prepared.test_groups is None


def test_the_groups_of_held_out_rows_of_ones_own_are_known_too(training, tmp_path):
    own = tmp_path / "own.csv"
    TABLE.head(50).write_csv(own)
    begun = training(group="patient", test=own)
    assert len(np.unique(begun.prepared.test_groups)) == TABLE["patient"].head(50).n_unique()


def test_the_latest_rows_are_held_out_and_rows_of_one_time_stay_together(training):
    begun = training(time="visit")
    first = sorted(TABLE["visit"])[-80]
    assert len(begun.test) == 80
    assert min(map(str, begun.test["visit"].to_list())) == str(first)
    validated = sorted(TABLE["visit"])[-80 - 64]
    said = f"from {first} on are held out for the result, those before it from {validated} on are used for validation"
    assert begun.notes[0] == f"visit: rows {said}"
    assert list(begun.epochs()) and begun.history.about["n_validation"] == 64


def test_the_column_is_not_learned_unless_its_kind_is_said(training):
    for how, kind in (({"group": "patient"}, "category"), ({"time": "visit"}, "date")):
        (name,) = how.values()
        encoder = training(columns=None, **how).model.encoder
        assert name not in encoder.columns and f"--kind {name}={kind} learns from it" in encoder.dropped[name]
        assert name in training(columns={"kinds": {name: kind}}, **how).model.encoder.columns


def test_training_validation_and_held_out_rows_share_no_group_and_no_time():
    begun = gn.TableTraining(TABLE, "y", recipe=QUICK, group="patient", n_ensemble=1)
    chosen = begun.prepared.chosen
    assert chosen is not None
    fitted = np.delete(np.arange(begun.n_train), chosen)
    groups = [begun.test["patient"], begun.train["patient"][chosen], begun.train["patient"][fitted]]
    sets = [set(part.to_list()) for part in groups]
    assert len(set.union(*sets)) == sum(map(len, sets)) == 40
    begun = gn.TableTraining(TABLE, "y", recipe=QUICK, time="visit", n_ensemble=1)
    chosen = begun.prepared.chosen
    assert chosen is not None
    fitted = np.delete(np.arange(begun.n_train), chosen)
    visits = begun.train["visit"].to_numpy()
    assert visits[fitted].max() < visits[chosen].min() <= visits[chosen].max() < begun.test["visit"].to_numpy().min()
    X, y = begun.parts["validation"]
    assert len(X) == len(y) == len(chosen) == 64
    np.testing.assert_array_equal(y, begun.rows()[1][chosen])


def test_networks_of_an_ensemble_share_no_group_with_their_validation_rows():
    begun = gn.TableTraining(TABLE, "y", recipe=QUICK, group="patient", n_ensemble=3)
    assert list(begun.epochs())
    n_validation = [len(course.held_out[1]) for course in begun.courses.main]
    assert sum(n_validation) < begun.n_train and min(n_validation) > 40
    begun = gn.TableTraining(TABLE, "y", recipe=QUICK, time="visit", n_ensemble=3)
    assert list(begun.epochs())
    first, *others = [course.held_out[0] for course in begun.courses.main]
    assert len(first) == 64 and all(np.array_equal(first, other) for other in others)
    assert begun.model.calibration is not None and begun.model.calibration.n_rows == 64


def test_groups_are_the_same_however_they_are_written(tmp_path):
    numbers = TABLE.with_columns(patient=pl.Series(PATIENT))
    both = [
        gn.TableTraining(table, "y", recipe=QUICK, group="patient", columns={"kinds": {"patient": "category"}})
        for table in (numbers, numbers.to_pandas(), numbers.with_columns(pl.col("patient").cast(pl.Float64)))
    ]
    assert len({tuple(one.test["x"].to_list()) for one in both}) == 1


def test_a_row_without_a_group_is_a_group_of_its_own_and_is_counted(training):
    table = TABLE.with_columns(patient=pl.when(pl.int_range(N) < 3).then(None).otherwise("patient"))
    notes = training(table, group="patient").notes
    assert "of 43 groups" in notes[0] and "patient: 3 rows without a value, each a group of its own" in notes


def test_a_class_whose_rows_are_all_held_out_is_told(training):
    table = TABLE.with_columns(y=pl.when(pl.col("visit") > date(2024, 7, 10)).then(pl.lit("new")).otherwise("y"))
    assert "one class has no rows to train on, as all are held out" in training(table, time="visit").notes


def test_the_numbers_of_years_are_times(training):
    table = TABLE.with_columns(visit=pl.Series(1900 + PATIENT))
    assert "rows from 1933 on are held out" in training(table, time="visit").notes[0]


@pytest.mark.parametrize(
    ("change", "how", "said"),
    [
        ({}, {"group": "patent"}, "no group column 'patent' (did you mean 'patient'?)"),
        ({}, {"time": "visits"}, "no time column 'visits' (did you mean 'visit'?)"),
        ({}, {"group": "y"}, "the group column 'y' is the target"),
        ({}, {"group": "patient", "time": "visit"}, "group and time exclude each other"),
        ({"patient": pl.lit("p1")}, {"group": "patient"}, "'patient' has one value in all 400 rows"),
        ({"patient": pl.int_range(N) % 2}, {"group": "patient"}, "'patient' has 2 groups in 400 rows, but 3 or more"),
        ({}, {"time": "patient"}, "must hold dates or numbers, such as 2024-12-31; it holds 'p"),
        ({"visit": pl.int_range(N) % 2}, {"time": "visit"}, "'visit' has 2 different times in 400 rows, but 3 or more"),
        (
            {"visit": pl.when(pl.int_range(N) % 100 == 7).then(None).otherwise("visit")},
            {"time": "visit"},
            "'visit' has no date or number in 4 of 400 rows (the first is row 8): fill them, or remove",
        ),
        (
            {"visit": pl.when(pl.int_range(N) == 30).then(pl.lit("soon")).otherwise(pl.col("visit").cast(pl.String))},
            {"time": "visit"},
            "'visit' has no date or number in 1 of 400 rows (the first is row 31, which holds 'soon')",
        ),
    ],
)
def test_what_cannot_divide_rows_meets_one_sentence(training, change, how, said):
    with pytest.raises(gn.InvalidInput) as error:
        training(TABLE.with_columns(**change), columns=None, **how)
    assert said in str(error.value)
    assert len(str(error.value)) < 500


def test_few_groups_of_any_size_are_divided():
    groups = np.repeat([0, 1, 2], [90, 5, 5])
    rule = SplitRule(100, groups=groups)
    rest, held = rule.hold_out(0.2, np.random.default_rng(0), leave=2)
    assert len(held) == 5 and len(np.unique(groups[rest])) == 2


def test_a_class_that_is_rare_keeps_rows_on_both_sides():
    groups = np.arange(300) // 3
    labels = (groups % 20 == 0).astype(int)  # 5 groups of 100 have it
    held = whole_groups(groups, 0.2, np.random.default_rng(0), labels)
    assert labels[held].sum() == 3 and len(held) == 60


def test_folds_hold_out_every_group_once():
    groups = np.random.default_rng(0).integers(0, 23, 500)
    folds = SplitRule(500, groups % 2, groups).folds(5, np.random.default_rng(0))
    assert sorted(np.concatenate([held for _, held in folds])) == [*range(500)]
    for rest, held in folds:
        assert not set(groups[rest]) & set(groups[held])
        assert 60 < len(held) < 140
    as_many = SplitRule(23, groups=np.arange(23)).folds(23, np.random.default_rng(0))
    assert [len(held) for _, held in as_many] == [1] * 23


def test_folds_by_time_learn_from_earlier_rows_alone():
    times = np.random.default_rng(0).permutation(np.arange(120) // 2)
    folds = SplitRule(120, times=times).folds(5, np.random.default_rng(0))
    assert len(folds) == 5
    assert all(times[rest].max() < times[held].min() for rest, held in folds)
    assert [len(rest) for rest, _ in folds] == [20, 40, 60, 80, 100]


def test_blocks_of_time_keep_ties_together():
    times = np.array([1, 1, 1, 1, 1, 2, 3, 3])
    assert [block.tolist() for block in time_blocks(times, 3)] == [[0, 1, 2, 3, 4], [5], [6, 7]]
    assert latest(times, 0.2).tolist() == [6, 7]
