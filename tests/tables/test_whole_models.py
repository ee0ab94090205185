"""What a table model is beside one network: an ensemble, a calibration, intervals; trained, saved, explained."""

import json
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

import glassnet as gn
from glassnet.files.checksum import NONE
from glassnet.tables.calibration.intervals import ErrorInterval, QuantileInterval, margin
from glassnet.tables.calibration.temperature import Calibration, best_temperature, tempered
from glassnet.tables.fitting.budget import Budget
from glassnet.tables.fitting.courses import rows_held_out
from glassnet.tables.fitting.ensemble import Encoded
from glassnet.tables.reporting.as_markdown import as_markdown
from glassnet.tables.reporting.recipe_in_words import training_in_words

SMALL = gn.Recipe(hidden=(8,), epochs=3, frequencies=2)
KINDS: dict[str, dict[str, Any]] = {
    "one network": {}, "three networks": {"n_ensemble": 3}, "uncalibrated": {"calibrate": False},
    "intervals of the errors": {"target": "petal_width"},
    "intervals of three networks": {"target": "petal_width", "n_ensemble": 3},
    "learned ends": {"target": "petal_width", "interval": 0.8, "n_ensemble": 2},
}  # fmt: skip


def iris() -> pl.DataFrame:
    return gn.datasets.iris().to_polars()


def trained(target: str = "species", recipe: gn.Recipe = SMALL, **more: Any) -> gn.TableTraining:
    training = gn.TableTraining(iris(), target, recipe=recipe, **{"n_ensemble": 1, **more})
    for _ in training.epochs():
        pass
    return training


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_holds_the_whole_model(kind: str, tmp_path: Path) -> None:
    model = trained(**KINDS[kind]).model
    again = gn.TableModel.load(model.save(tmp_path / "model.safetensors"))
    assert again == model and gn.load(tmp_path / "model.safetensors") == model
    np.testing.assert_array_equal(again.outputs(iris()), model.outputs(iris()))
    if model.task == "regression":
        np.testing.assert_array_equal(again.predict_interval(iris()), model.predict_interval(iris()))
    again.save(tmp_path / "again.safetensors")
    assert (tmp_path / "again.safetensors").read_bytes() == (tmp_path / "model.safetensors").read_bytes()


def test_the_outputs_are_the_mean_of_the_calibrated_networks() -> None:
    model = trained(n_ensemble=3).model
    X, calibration = model.encoder.transform(iris()), model.calibration
    assert len(model.networks) == 3 and model.networks[0] != model.networks[1] and calibration is not None
    each = [calibration.apply(network.predict(X)) for network in model.networks]
    np.testing.assert_allclose(model.outputs(iris()), np.mean(each, axis=0), rtol=1e-12)


def test_the_rows_that_choose_the_epoch_are_those_of_the_network_and_give_the_temperature() -> None:
    training = trained(calibrate=False)
    X, y = training.rows()
    held = rows_held_out(Encoded(training.model.encoder, training.model.target, X, y), 0.2, training.seed)
    about = training.history.about
    found = gn.Metric.of("accuracy")(y[held], training.model.network.predict(X[held]))
    assert len(held) == about["n_validation"]
    assert found == pytest.approx(training.history["val_accuracy"][about["best_epoch"] - 1])
    calibration = trained().model.calibration
    assert calibration is not None and calibration.n_rows == len(held)
    assert calibration.temperature == best_temperature(training.model.network.predict(X[held]), y[held])


def with_the_same_validation_rows(how: str, folder: Path, **more: Any) -> gn.TableTraining:
    rng = np.random.default_rng(0)
    rows = iris().with_columns(when=rng.permutation(150), weight=pl.Series(rng.uniform(0.1, 2, 150)))
    settings: dict[str, Any] = {"n_ensemble": 3, "recipe": replace(SMALL, epochs=8), "weight": "weight"} | more
    if how == "time":
        training = gn.TableTraining(rows, "species", time="when", **settings)
    elif how == "own rows":
        others, own = rows.filter(pl.int_range(150) % 5 > 0), rows[::5]
        training = gn.TableTraining(others, "species", validation=own, columns={"drop": ["when"]}, **settings)
    else:
        rows.write_csv(folder / "iris.csv")
        training = gn.TableTraining.of_file(folder / "iris.csv", "species", folder=folder, memory=2**30, **settings)
    for _ in training.epochs():
        pass
    return training


@pytest.mark.parametrize("how", ["time", "own rows", "file"])
def test_networks_that_validate_on_the_same_rows_are_calibrated_and_scored_on_them_together(
    how: str, tmp_path: Path
) -> None:
    training = with_the_same_validation_rows(how, tmp_path)
    (X, y), model, calibration = training.parts["validation"], training.model, training.model.calibration
    assert calibration is not None and calibration.n_rows == len(y)
    weights = training.courses.main[0].held_out[2]
    each = np.array([network.predict(X) for network in model.networks])

    def log_loss(temperature: float) -> float:
        said = np.mean([tempered(p, temperature) for p in each], axis=0)
        return float(np.average(-np.log(said[np.arange(len(y)), y]), weights=weights))

    factors = (0.9, 1.0, 1.1)
    losses = [log_loss(calibration.temperature * factor) for factor in factors]
    assert losses[1] == min(losses)
    scores = training._scores()
    assert scores["validation"] == model.measured(y, model.outputs_of(X))
    if how != "file":
        n_train = len(training.parts["training"][1])
        assert n_train == training.history.about["n_samples"] == training.n_train - len(y)


def test_calibration_changes_no_class_and_no_parameter() -> None:
    plain, calibrated = trained(calibrate=False).model, trained().model
    assert plain.network == calibrated.network and plain.calibration is None
    assert plain.predict(iris()).tolist() == calibrated.predict(iris()).tolist()
    assert (plain.outputs(iris()) != calibrated.outputs(iris())).any()


def test_calibration_lowers_the_log_loss_of_labels_that_were_smoothed() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(1200, 2))
    table = pl.DataFrame({"a": x[:, 0], "b": x[:, 1], "y": np.where(x.sum(axis=1) > 0, "yes", "no")})
    found = []
    for calibrate in (False, True):
        training = gn.TableTraining(table, "y", recipe=replace(SMALL, epochs=12), calibrate=calibrate, n_ensemble=1)
        for _ in training.epochs():
            pass
        found.append(training.result())
    assert found[0]["accuracy"] == found[1]["accuracy"] and found[1]["log_loss"] < found[0]["log_loss"] - 0.02


def test_intervals_are_those_of_the_errors_on_validation_rows() -> None:
    training = trained("petal_width")
    model, (X, y) = training.model, training.rows()
    held = rows_held_out(Encoded(model.encoder, model.target, X, y), 0.2, training.seed)
    errors = np.abs(model.outputs_of(X[held])[:, 0] - model.target.decode(y[held]))
    low, high = model.predict_interval(iris(), 0.8).T
    np.testing.assert_allclose(0.5 * (high - low), margin(errors, 0.8))
    assert isinstance(model.interval, ErrorInterval) and len(model.interval.errors) == len(held)
    table = model.predict_table(iris(), 0.8)
    assert list(table) == ["prediction", "lower", "upper"] and (table["lower"] == low).all()


def test_learned_ends_have_networks_of_their_own_and_one_coverage() -> None:
    model = trained("petal_width", interval=0.8, n_ensemble=2).model
    assert isinstance(model.interval, QuantileInterval) and len(model.interval.networks) == 2
    assert (np.diff(model.predict_interval(iris()), axis=1) >= 0).all()
    with pytest.raises(gn.InvalidInput, match=r"has learned intervals of coverage 0\.8, not 0\.9\."):
        model.predict_interval(iris(), 0.9)


def test_one_network_without_more_is_what_it_was_with_learned_ends_beside_it() -> None:
    assert trained("petal_width").model.network == trained("petal_width", interval=0.8).model.network


@pytest.mark.parametrize("kind", KINDS)
def test_contributions_add_up_to_what_the_whole_model_predicts(kind: str) -> None:
    model = trained(**KINDS[kind]).model
    found = model.contributions(iris()[::40], iris()[::30])
    total = found.values.sum(axis=1) + found.baseline
    np.testing.assert_allclose(total, found.predictions, atol=found.error + 1e-9)
    assert found.error < 1e-4
    if model.task == "classification":
        np.testing.assert_allclose(found.predictions, model.outputs(iris()[::40]), atol=1e-5)
        np.testing.assert_allclose(found.baseline, model.outputs(iris()[::30]).mean(axis=0), atol=1e-5)


def test_an_explanation_says_what_comes_after_the_first_network() -> None:
    page = str(trained(n_ensemble=2).model.explain(iris()))
    assert "Calibrated on the validation rows, a probability p becomes" in page
    assert "that of the first of 2 networks" in page
    assert "Calibrated" not in str(trained(calibrate=False).model.explain(iris()))
    numbers = trained("petal_width", n_ensemble=2).model
    assert "that of the first of 2 networks" in str(numbers.explain(iris()))


def test_the_report_says_what_was_made_of_the_networks() -> None:
    words = as_markdown(training_in_words(trained(n_ensemble=3)))
    assert "3 networks" in words
    assert "temperature" in words and "temperature" not in as_markdown(training_in_words(trained(calibrate=False)))
    assert "coverage 0.8" in as_markdown(training_in_words(trained("petal_width", interval=0.8)))


def test_a_training_that_is_left_has_its_calibration() -> None:
    training = gn.TableTraining(iris(), "species", recipe=SMALL, n_ensemble=2)
    for _ in islice(epochs := training.epochs(), 1):
        pass
    epochs.close()
    assert training.model.calibration is not None and len(training.model.networks) == 2


def test_several_networks_go_on_from_their_checkpoints(tmp_path: Path) -> None:
    whole = trained("petal_width", n_ensemble=2, interval=0.8).model
    first = gn.TableTraining(
        iris(), "petal_width", recipe=SMALL, n_ensemble=2, interval=0.8, checkpoint=gn.Checkpoint(tmp_path)
    )
    for epoch in first.epochs():
        if epoch.number == 2:
            break
    assert {path.name for path in tmp_path.iterdir() if path.is_dir()} == {"network-2", "network-3", "network-4"}
    again = gn.TableTraining(
        iris(), "petal_width", recipe=SMALL, n_ensemble=2, interval=0.8, checkpoint=gn.Checkpoint(tmp_path), resume=True
    )
    assert [epoch.number for epoch in again.epochs()] == [3]
    assert again.model == whole
    one = next(tmp_path.glob("epoch-*.safetensors"))
    with pytest.raises(gn.InvalidInput, match="each of several networks has its checkpoints: beside"):
        gn.TableTraining(iris(), "petal_width", recipe=SMALL, n_ensemble=2, interval=0.8, resume=one)


def test_a_file_in_chunks_gives_an_ensemble_whose_networks_share_the_validation_rows(tmp_path: Path) -> None:
    iris().write_csv(tmp_path / "iris.csv")
    cases: list[tuple[str, dict[str, Any]]] = [("species", {}), ("petal_width", {"interval": 0.8})]
    for target, more in cases:
        training = gn.TableTraining.of_file(
            tmp_path / "iris.csv", target, recipe=SMALL, folder=tmp_path, memory=1 << 30, n_ensemble=2, **more
        )
        for _ in training.epochs():
            pass
        model = training.model
        assert len(model.networks) == 2 and model.networks[0] != model.networks[1]
        if model.calibration is not None:
            assert model.calibration.n_rows == len(training.rows()[1])
        else:
            assert isinstance(model.interval, QuantileInterval) and len(model.interval.networks) == 2


def test_a_time_limit_is_for_all_networks() -> None:
    training = gn.TableTraining(iris(), "species", recipe=replace(SMALL, epochs=10**5), n_ensemble=2)
    fewer = training.in_time(Budget.of(0.5))
    assert len(fewer.courses.main) == 2 and fewer.n_epochs < 10**5


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no network": ({"n_ensemble": 0}, "n_ensemble must be a whole number of at least 1, got 0."),
    "too many networks": ({"n_ensemble": 70}, "120 rows of 3 classes are too few to hold some out for 70 networks"),
    "calibration by word": ({"calibrate": "yes"}, "calibrate must be True or False, got 'yes'."),
    "a coverage of all": ({"interval": 1.0}, "interval must be a probability in (0, 1), such as 0.9, got 1.0."),
    "an interval of classes": ({"interval": 0.9}, "interval=0.9 is for numbers, but 'species' holds classes"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_work_is_refused_before_training(case: str) -> None:
    settings, message = REFUSED[case]
    with pytest.raises(gn.InvalidInput) as caught:
        gn.TableTraining(iris(), "species", recipe=SMALL, **settings)
    assert message in str(caught.value)


def test_intervals_of_classes_and_of_old_models_are_refused() -> None:
    with pytest.raises(gn.InvalidInput, match="intervals are for numbers: this model predicts classes"):
        trained().model.predict_interval(iris())
    with pytest.raises(gn.InvalidInput, match="has no errors on validation rows to derive intervals from"):
        replace(trained("petal_width").model, interval=None).predict_interval(iris())


def rewritten(path: Path, change: Any) -> Path:
    """The model file with its description and arrays changed."""
    with safe_open(path, "numpy") as file:
        about = json.loads(file.metadata()["glassnet"])
    arrays = load_file(path)
    change(about["table"], arrays)
    about.pop("checksum", NONE)
    save_file(arrays, path, {"glassnet": json.dumps(about)})
    return path


def with_errors(table: Any, arrays: Any, errors: Any) -> None:
    table["interval"], arrays["interval.errors"] = {"kind": "errors"}, errors


DAMAGE: dict[str, tuple[Any, str]] = {
    "an array too many": (lambda table, arrays: arrays.update({"others.5.0.W": np.ones(2)}), "'others.5.0.W'"),
    "a network too few": (lambda table, arrays: table.pop("others"), "no part of the model has an array 'others.0."),
    "a cold calibration": (
        lambda table, arrays: table.update(calibration={"temperature": -1.0, "n_rows": 3}), "a temperature above 0"
    ),
    "an interval of classes": (
        lambda table, arrays: with_errors(table, arrays, np.ones(3)),
        "`table` has a ErrorInterval, which a classification cannot have",
    ),
    "errors below 0": (
        lambda table, arrays: with_errors(table, arrays, -np.ones(3)),
        "needs errors of at least 0",
    ),
    "quantiles of nothing": (
        lambda table, arrays: table.update(interval={"kind": "quantiles"}), "needs networks, a coverage and a margin"
    ),
    "another kind": (lambda table, arrays: table.update(interval={"kind": "wide"}), "must be 'errors' or 'quantiles'"),
}  # fmt: skip


@pytest.mark.parametrize("case", DAMAGE)
def test_files_that_describe_no_whole_model_are_refused(case: str, tmp_path: Path) -> None:
    change, message = DAMAGE[case]
    path = trained(n_ensemble=2).model.save(tmp_path / "model.safetensors")
    with pytest.raises(gn.ModelFileError) as caught:
        gn.load(rewritten(path, change))
    assert message in str(caught.value)


def test_a_calibration_keeps_the_order_of_probabilities() -> None:
    p = np.random.default_rng(0).dirichlet(np.ones(4), 50)
    found = Calibration(0.05, 20).apply(p)
    assert (found.argmax(axis=1) == p.argmax(axis=1)).all()
