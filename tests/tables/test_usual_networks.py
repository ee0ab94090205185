"""How many networks are trained where no number is given, and what is said of it."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import glassnet as gn
from glassnet.sklearn import TabularClassifier, TabularRegressor
from glassnet.tables.reporting.report import rows_used

QUICK = gn.Recipe(hidden=(4,), epochs=2, engine="numpy")
IRIS = gn.datasets.iris().to_polars()
FEW = "one network is trained and not four: there are too few rows"


def trained(table: pl.DataFrame = IRIS, target: str = "species", **more: Any) -> gn.TableTraining:
    training = gn.TableTraining(table, target, **{"recipe": QUICK, **more})
    for _ in training.epochs():
        pass
    return training


def groups(n: int) -> pl.DataFrame:
    return pl.DataFrame({"x": np.arange(40.0), "y": np.arange(40.0) % 7, "g": [f"g{k % n}" for k in range(40)]})


def test_four_networks_choose_their_epochs_on_rows_of_their_own() -> None:
    training = trained()
    assert len(training.model.networks) == 4
    held_out = [course.held_out[0] for course in training.courses.main]
    assert {len(X) for X in held_out} == {24}
    units = [layer.units for layer in gn.TableTraining(IRIS, "species").model.network.layers if hasattr(layer, "units")]
    assert units == [128, 128, 128, 3]


def test_the_report_says_of_how_many_networks_the_rows_are() -> None:
    assert rows_used(trained()) == (
        "96 for training, 24 for validation (choosing the best epoch) in each of 4 networks, 30 held out"
    )
    assert rows_used(trained(n_ensemble=1)) == (
        "96 for training, 24 for validation (choosing the best epoch), 30 held out"
    )


def test_validation_rows_are_scored_by_networks_that_were_not_trained_on_them() -> None:
    for target in ("species", "petal_width"):
        training = trained(target=target)
        said, truth = training.courses.said_of_held_out(training.model)
        if target == "species":
            expected = {"accuracy": np.mean(said.argmax(axis=1) == truth)}
        else:
            expected = {"rmse": np.sqrt(np.mean((said[:, 0] - training.model.target.decode(truth)) ** 2))}
        found = training.verdict().others
        assert [*found] == ["training", "validation"]
        for name, value in expected.items():
            assert found["validation"][name] == pytest.approx(value, rel=1e-6)


@pytest.mark.parametrize("n_groups", [3, 4])
def test_one_is_trained_and_that_is_said_where_groups_are_too_few(n_groups: int) -> None:
    training = gn.TableTraining(groups(n_groups), "y", "regression", recipe=QUICK, group="g")
    assert len(training.model.networks) == 1
    assert any(note.startswith(FEW) and "--ensemble 1" in note for note in training.notes)
    alone = gn.TableTraining(groups(n_groups), "y", "regression", recipe=QUICK, group="g", n_ensemble=1)
    assert not any(FEW in note for note in alone.notes)


def test_an_estimator_warns_where_rows_are_too_few_for_four() -> None:
    X, y = np.arange(12.0)[:, np.newaxis], np.arange(12.0)
    with pytest.warns(UserWarning, match=f"TabularRegressor: {FEW}.*n_ensemble=1"):
        model = TabularRegressor(recipe=QUICK, random_state=0).fit(X, y, groups=np.arange(12) % 3)
    assert len(model.members_) == 1


def test_a_network_of_members_is_trained_alone() -> None:
    recipe = gn.Recipe.tabm(members=3, hidden=(4,), epochs=2, engine="numpy")
    training = trained(recipe=recipe)
    assert len(training.model.networks) == 1 and not any(FEW in note for note in training.notes)
    iris = gn.datasets.iris()
    assert len(TabularClassifier(recipe=recipe, random_state=0).fit(iris.X, iris.y).members_) == 1


def test_rows_of_ones_own_choose_the_epoch_of_each() -> None:
    training = trained(IRIS[::2], validation=IRIS[1::2])
    assert len(training.model.networks) == 4 and training.courses.shared
    assert [*training.verdict().others] == ["training", "validation"]


def test_splits_of_ones_own_have_a_network_each() -> None:
    iris = gn.datasets.iris()
    model = TabularClassifier(cv=3, recipe=QUICK, random_state=0).fit(iris.X, iris.y)
    assert len(model.members_) == 3


def test_folds_train_four_each_and_an_ensemble_of_folds_one_each() -> None:
    refit = gn.cross_validate(IRIS, "species", folds=3, recipe=QUICK)
    assert len(refit.training.model.networks) == 4
    ensemble = gn.cross_validate(IRIS, "species", folds=3, recipe=QUICK, final="ensemble")
    assert len(ensemble.training.model.networks) == 3


def test_the_final_model_has_as_many_networks_as_its_folds_had_groups_for() -> None:
    found = gn.cross_validate(groups(6).with_columns(y=pl.col("y") + 0.5), "y", folds=3, recipe=QUICK, group="g")
    assert len(found.training.model.networks) == 1


def test_several_networks_go_on_from_files_beside_that_of_the_first(tmp_path: Path) -> None:
    whole = trained(n_ensemble=2).model
    file = tmp_path / "last.safetensors"
    first = gn.TableTraining(IRIS, "species", recipe=QUICK, n_ensemble=2, checkpoint=gn.Checkpoint(file))
    for _ in first.epochs():
        break
    again = gn.TableTraining(IRIS, "species", recipe=QUICK, n_ensemble=2, resume=file)
    assert [epoch.number for epoch in again.epochs()] == [2]
    assert again.model == whole


def test_a_metric_that_only_some_rows_have_leaves_its_cell_empty() -> None:
    table = pl.DataFrame({"a": np.arange(60.0), "y": np.where(np.arange(60) == 3, 0.0, 1.0 + np.arange(60) % 5)})
    training = gn.TableTraining(table[:48], "y", "regression", recipe=QUICK, test=table[48:])
    for _ in training.epochs():
        pass
    rows = {name: cells for name, *cells in training.verdict().fit_table()}
    assert "" in rows["mape"] and rows["mape"][-1]
    assert "mape" in str(training.verdict())


def test_several_targets_of_a_network_of_members_are_refused() -> None:
    recipe = gn.Recipe.tabm(members=2, hidden=(4,), epochs=1, engine="numpy")
    with pytest.raises(
        gn.InvalidInput, match="ends with Dense, not with MeanOfMembers: train a model of TabM for each"
    ):
        gn.TableTraining(IRIS, ["petal_width", "petal_length"], recipe=recipe)
