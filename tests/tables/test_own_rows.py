"""Rows of one's own for the result and for validation, in place of shares of the table."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import glassnet as gn

FEW = gn.Recipe(hidden=(4,), epochs=1, engine="numpy")


def rows(n: int, seed: int) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    x, city = rng.normal(size=n), rng.choice(["a", "b", "c"], n)
    days = [f"2020-01-{1 + i % 28:02}" for i in range(n)]
    names = [f"r{i}" for i in range(n)]
    return pl.DataFrame({"id": names, "x": x, "city": city, "day": days, "y": 2 * x + (city == "a")})


TABLE, VALIDATION, TEST = rows(100, 0), rows(20, 1), rows(15, 2)


def trained(table: Any = TABLE, **own: Any) -> gn.TableTraining:
    n_ensemble = own.pop("n_ensemble", 1)
    training = gn.TableTraining(table, "y", recipe=FEW, columns={"id": "id"}, n_ensemble=n_ensemble, **own)
    for _ in training.epochs():
        pass
    return training


@pytest.mark.parametrize("kind", ["polars", "pandas", "arrow"])
def test_they_are_used_for_what_they_are_given_from_any_library_and_file(kind: str, tmp_path: Path) -> None:
    table = {"polars": TABLE, "pandas": TABLE.to_pandas(), "arrow": TABLE.to_arrow()}[kind]
    VALIDATION.write_csv(tmp_path / "v.csv")
    TEST.write_parquet(tmp_path / "t.parquet")
    for own in (
        {"test": TEST, "validation": VALIDATION.to_pandas()},
        {"test": tmp_path / "t.parquet", "validation": str(tmp_path / "v.csv")},
    ):
        training = trained(table, **own)
        assert (training.n_train, len(training.test)) == (120, 15)
        assert {name: len(part[1]) for name, part in training.parts.items()} == {"training": 100, "validation": 20}
        assert training.history.about["n_validation"] == 20
        np.testing.assert_allclose(training.held_out[1], TEST["y"])
        np.testing.assert_allclose(training.parts["validation"][1], VALIDATION["y"])
        assert any(note.endswith("choose the epoch") for note in training.notes)


def test_one_of_them_alone_leaves_the_share_of_the_other() -> None:
    assert (trained(test=TEST).n_train, trained(test=TEST).history.about["n_validation"]) == (100, 20)
    alone = trained(validation=VALIDATION)
    assert (alone.n_train, len(alone.test), alone.history.about["n_validation"]) == (100, 20, 20)


def test_all_networks_of_an_ensemble_have_the_same_validation_rows() -> None:
    training = trained(validation=VALIDATION, test=TEST, n_ensemble=2)
    assert [len(course.held_out[1]) for course in training.courses.main] == [20, 20]
    assert {name: len(part[1]) for name, part in training.parts.items()} == {"training": 100, "validation": 20}


def test_texts_and_values_are_read_as_in_the_table() -> None:
    texts = TABLE.with_columns(pl.all().cast(pl.String))
    as_texts, as_values = trained(texts, test=TEST), trained(TABLE, test=TEST.with_columns(pl.all().cast(pl.String)))
    np.testing.assert_allclose(as_texts.held_out[1], TEST["y"])
    np.testing.assert_allclose(as_values.held_out[1], TEST["y"])
    without = TEST.with_columns(pl.when(pl.int_range(15) > 4).then("y").alias("y"))
    assert len(trained(test=without).test) == 10


def test_columns_that_nothing_is_learned_from_on_request_may_be_missing() -> None:
    assert len(trained(test=TEST.drop("id")).test) == 15


@pytest.mark.parametrize(
    ("own", "sentence"),
    [
        ({"test": TEST.drop("x", "city")}, "the test rows lack columns of the table: 'x', 'city'"),
        ({"validation": TEST.rename({"x": "X"})}, r"the validation rows lack .*: 'x' \(did you mean 'X'\?\)"),
        ({"test": "nothing.csv"}, "there is no file nothing.csv"),
        ({"test": TEST.with_columns(y=None)}, "no row of the test rows has a value of the target 'y'"),
        ({"test": TEST.with_columns(x=pl.lit("abc"))}, "the test rows: column 'x' holds 'abc' in row 1"),
        ({"test": 5}, "expected a data frame of polars, pandas or pyarrow, got int"),
    ],
)
def test_rows_that_do_not_fit_are_refused_in_one_sentence(own: Any, sentence: str) -> None:
    with pytest.raises(gn.InvalidInput, match=sentence):
        gn.TableTraining(TABLE, "y", recipe=FEW, columns={"id": "id"}, **own)


def in_chunks(place: Path, table: pl.DataFrame = TABLE, **own: Any) -> gn.TableTraining:
    table.write_csv(place / "all.csv")
    paths: dict[str, Any] = {}
    for use, rows in own.items():
        if isinstance(rows, pl.DataFrame):
            rows.write_csv(place / f"{use}.csv")
            paths[use] = place / f"{use}.csv"
        else:
            paths[use] = rows
    return gn.TableTraining.of_file(
        place / "all.csv", "y", recipe=FEW, columns={"id": "id"}, folder=place, memory=1 << 30, **paths
    )


@pytest.mark.parametrize("uses", [("test",), ("validation",), ("test", "validation")], ids="+".join)
def test_a_file_in_chunks_has_shares_only_where_there_are_no_rows_of_ones_own(uses: Any, tmp_path: Path) -> None:
    gaps = TEST.with_columns(y=pl.when(pl.arange(0, 15) == 3).then(None).otherwise(pl.col("y")))
    given = {"test": gaps, "validation": VALIDATION}
    training = in_chunks(tmp_path, **{use: given[use] for use in uses})
    validation, n_test = training.prepared.in_memory()[1], len(training.test)
    assert n_test == (14 if "test" in uses else 20)
    assert len(validation) == (20 if "validation" in uses else round(0.2 * (100 if "test" in uses else 80)))
    if "validation" in uses:
        np.testing.assert_allclose(training.model.target.decode(validation), VALIDATION["y"], rtol=1e-6)
        assert training.prepared.own_validation
        assert any("choose the epoch" in note for note in training.notes)
    if "test" in uses:
        assert training.prepared.test_rows is None
        np.testing.assert_allclose(training.held_out[1], gaps["y"].drop_nulls(), rtol=1e-6)
    for _ in training.epochs():
        pass
    assert training.result()["rmse"] > 0


@pytest.mark.parametrize("settings", [{"group": "city"}, {"time": "day"}], ids=str)
def test_a_file_in_chunks_is_held_out_by_groups_or_time_beside_them(settings: Any, tmp_path: Path) -> None:
    for own in ({"test": TEST}, {"test": TEST, "validation": VALIDATION}):
        TABLE.write_csv(tmp_path / "all.csv")
        TEST.write_csv(tmp_path / "t.csv")
        VALIDATION.write_csv(tmp_path / "v.csv")
        places: dict[str, Any] = {use: tmp_path / f"{use[0]}.csv" for use in own}
        training = gn.TableTraining.of_file(
            tmp_path / "all.csv", "y", recipe=FEW, folder=tmp_path, memory=1 << 30, **places, **settings
        )
        assert len(training.test) == 15
        training.prepared.close()


def test_rows_that_do_not_fit_a_file_in_chunks_are_refused_and_leave_nothing(tmp_path: Path) -> None:
    for own, said in (
        ({"test": TEST.drop("x")}, r"test rows in .*test.csv lack columns of the table: 'x'"),
        ({"validation": VALIDATION.with_columns(y=pl.lit(None))}, "no row of the validation rows in .* has a value"),
        ({"test": tmp_path / "nothing.csv"}, "there is no file"),
        ({"validation": VALIDATION.with_columns(y=pl.lit("many"))}, "y"),
    ):
        with pytest.raises(gn.GlassnetError, match=said):
            in_chunks(tmp_path, **own)
        assert not [*tmp_path.glob("rows*/*")]
