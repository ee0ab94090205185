"""A search: what it tries, gives up and finds, and how processes share a study."""

import csv
import io
import time

import pytest

import glassnet as gn
from glassnet.tuning.budget import Budget, seconds_of
from glassnet.tuning.measure import Measure
from glassnet.tuning.space import for_search, options, usual
from glassnet.tuning.workers import Worker

optuna = pytest.importorskip("optuna")

from glassnet.tuning.results import best, importance_figure, ranked, trials_csv  # noqa: E402
from glassnet.tuning.storage import JournalPlace  # noqa: E402
from glassnet.tuning.study import open_study  # noqa: E402
from glassnet.tuning.tune import about, search  # noqa: E402

LOSS = Measure()
IRIS = gn.datasets.iris().to_polars()


def base(**changes):
    return gn.TableTraining(IRIS, "species", recipe=gn.Recipe(**{"epochs": 4, **changes}), n_ensemble=1)


def least(training):
    for _ in training.epochs():
        pass
    return min(training.history["val_loss"])


@pytest.mark.parametrize("engine", ["numpy", "compiled"])
def test_the_best_recipe_gives_its_loss_again_to_the_bit(engine):
    found = gn.tune(IRIS, "species", folds=None, recipe=gn.Recipe(epochs=4, engine=engine), trials=3)
    assert len(found.trials) == 3
    assert least(gn.TableTraining(IRIS, "species", recipe=found.recipe, n_ensemble=1)) == found.score
    assert found.score == min(trial.value or 9 for trial in found.trials if trial.state.name == "COMPLETE")
    assert found.recipe.engine == engine


def test_the_first_trial_is_what_train_does_by_itself():
    found = gn.tune(IRIS, "species", folds=None, recipe=gn.Recipe(epochs=4), trials=1)
    assert least(base(metric="log_loss")) == found.score
    for task, n_rows in [("classification", 120), ("regression", 120), ("regression", 5000)]:
        first, by_itself = usual(task, n_rows), gn.Recipe().settings(task, n_rows)
        searched = gn.Recipe(batch_size=first["batch_size"], learning_rate=first["learning_rate"])
        assert searched.settings(task, n_rows) == by_itself


def test_rows_of_ones_own_compare_the_trials_or_are_held_out():
    own = {"test": IRIS[::10], "validation": IRIS[5::10].to_pandas()}
    found = gn.tune(IRIS, "species", recipe=gn.Recipe(epochs=2), trials=1, **own)
    training = gn.TableTraining(IRIS, "species", recipe=found.recipe, n_ensemble=1, **own)
    assert least(training) == found.score
    assert (len(training.test), training.history.about["n_validation"]) == (15, 15)
    with pytest.raises(gn.InvalidInput, match="a search does not validate by folds where rows were given"):
        gn.tune(IRIS, "species", recipe=gn.Recipe(epochs=2), trials=1, folds=3, **own)
    with pytest.raises(gn.InvalidInput, match="the validation rows lack columns of the table: 'petal_width'"):
        gn.tune(IRIS, "species", trials=1, validation=IRIS.drop("petal_width"))


def test_without_a_metric_trials_are_compared_by_what_the_least_loss_is_the_measure_of():
    assert for_search(base()).metric == "log_loss"
    assert for_search(base(metric="roc_auc")).metric == "roc_auc"
    numbers = gn.TableTraining(IRIS, "sepal_width", recipe=gn.Recipe(epochs=2))
    assert for_search(numbers).metric == "rmse"
    found = gn.tune(IRIS, "species", folds=None, recipe=gn.Recipe(epochs=2), trials=1)
    assert (found.recipe.metric, found.metric) == ("log_loss", "val_loss")


@pytest.mark.parametrize(
    ("target", "metric", "how"),
    [
        ("species", "accuracy", {}),
        ("species", "balanced_accuracy", {"folds": 3}),
        ("sepal_width", "mae", {}),
        ("sepal_width", "crps", {"distribution": "gaussian"}),
    ],
)
def test_a_metric_decides_which_trial_is_best(target, metric, how):
    recipe = gn.Recipe(hidden=(8,), epochs=3, metric=metric, engine="numpy")
    found = gn.tune(IRIS, target, recipe=recipe, trials=3, **{"folds": None, **how})
    values = [float(trial.value or 0) for trial in found.trials if trial.state.name == "COMPLETE"]
    pick = max if "accuracy" in metric else min
    assert found.metric == f"val_{metric}" and found.score == pick(values)
    assert found.recipe.metric == metric
    if found.folds is None:
        training = gn.TableTraining(IRIS, target, recipe=found.recipe, n_ensemble=1, **how)
        for _ in training.epochs():
            pass
        assert pick(training.history[found.metric]) == found.score


def test_a_distribution_is_searched_for_by_its_loss_or_by_a_score(tmp_path):
    recipe = gn.Recipe(hidden=(8,), epochs=2, engine="numpy")
    found = gn.tune(IRIS, "sepal_width", recipe=recipe, trials=2, folds=None, distribution="quantiles", folder=tmp_path)
    assert (found.metric, found.recipe.metric) == ("val_loss", None)
    training = gn.TableTraining(IRIS, "sepal_width", recipe=found.recipe, distribution="quantiles", n_ensemble=1)
    assert least(training) == found.score
    with pytest.raises(gn.InvalidInput, match="holds a search with distribution 'quantiles', not None: use the same"):
        gn.tune(IRIS, "sepal_width", recipe=recipe, trials=2, folds=None, folder=tmp_path)
    with pytest.raises(gn.InvalidInput, match="distribution='gaussian' is for numbers, but 'species' holds classes"):
        gn.tune(IRIS, "species", recipe=recipe, trials=1, distribution="gaussian")


def test_the_same_seed_searches_the_same():
    first, again = (gn.tune(IRIS, "species", folds=None, recipe=gn.Recipe(epochs=2), trials=4) for _ in range(2))
    assert [trial.params for trial in first.trials] == [trial.params for trial in again.trials]
    assert [trial.intermediate_values for trial in first.trials] == [
        trial.intermediate_values for trial in again.trials
    ]


def test_each_epoch_is_reported_and_what_lags_behind_is_given_up(tmp_path, monkeypatch):
    seen: list = []
    monkeypatch.setattr(optuna.Trial, "should_prune", lambda trial: trial.number == 2)
    found = search(base(), None, 4, tmp_path, tell=seen.append)
    assert [trial.number for trial in seen] == [0, 1, 2, 3]
    assert [sorted(trial.intermediate_values) for trial in found.trials] == [[1, 2, 3, 4]] * 2 + [[1]] + [[1, 2, 3, 4]]
    assert [trial.user_attrs["ended"] for trial in found.trials] == ["whole", "whole", "lags behind", "whole"]


@pytest.mark.long
def test_trials_far_behind_the_median_are_pruned():
    found = gn.tune(IRIS, "species", folds=None, recipe=gn.Recipe(epochs=20), trials=14)
    assert "PRUNED" in {trial.state.name for trial in found.trials}
    assert best(found.trials, LOSS).state.name == "COMPLETE"


def test_training_that_diverges_ends_its_trial_only(tmp_path, monkeypatch):
    original = gn.TableTraining.epochs

    def epochs(self):
        if self.recipe.hidden != gn.Recipe().hidden:
            raise gn.Diverged("the loss was nan")
        yield from original(self)

    monkeypatch.setattr(gn.TableTraining, "epochs", epochs)
    found = search(base(), None, 3, tmp_path)
    assert [trial.user_attrs["ended"] for trial in found.trials] == ["whole", "diverged", "diverged"]
    assert found.number == 0
    monkeypatch.setattr(gn.TableTraining, "epochs", lambda self: diverging())
    with pytest.raises(gn.GlassnetError, match="none of 2 trials reached a finite validation loss"):
        search(base(), None, 2, None)


def diverging():
    raise gn.Diverged("the loss was nan")
    yield


def test_the_budget_ends_a_search_in_the_middle_of_a_trial():
    started = time.monotonic()
    found = gn.tune(IRIS, "species", folds=None, recipe=gn.Recipe(epochs=1_000_000), budget=0.5)
    assert time.monotonic() - started < 10
    assert found.trials[-1].user_attrs["ended"] == "time was up"
    assert found.score == min(found.trials[0].intermediate_values.values())


def test_an_interrupt_keeps_what_was_found(tmp_path):
    def look(trial, epoch):
        if (trial.number, epoch.number) == (2, 2):
            raise KeyboardInterrupt

    found = search(base(), None, 9, tmp_path, look=look)
    assert found.stopped
    assert [trial.user_attrs["ended"] for trial in found.trials] == ["whole", "whole", "stopped"]
    assert len(search(base(), None, 5, tmp_path).trials) == 5


def test_an_interrupt_between_two_trials_ends_the_search_in_order(tmp_path):
    def tell(trial):
        if trial.number == 1:
            raise KeyboardInterrupt

    found = search(base(), None, 9, tmp_path, tell=tell)
    assert found.stopped
    assert [trial.state.name for trial in found.trials] == ["COMPLETE", "COMPLETE"]


def test_a_validation_loss_that_is_never_finite_counts_as_diverged(tmp_path, monkeypatch):
    original = gn.TableTraining.epochs

    def epochs(self):
        for epoch in original(self):
            epoch.val_loss = epoch.val_loss if self.recipe.hidden == gn.Recipe().hidden else float("nan")
            yield epoch

    monkeypatch.setattr(gn.TableTraining, "epochs", epochs)
    found = search(base(), None, 2, tmp_path)
    assert [trial.user_attrs["ended"] for trial in found.trials] == ["whole", "diverged"]
    assert found.number == 0


def test_a_study_about_something_else_is_refused(tmp_path):
    search(base(), None, 1, tmp_path)
    with pytest.raises(
        gn.InvalidInput, match=r"holds a search with epochs 4, not 5: use the same value, or choose another folder\."
    ):
        search(base(epochs=5), None, 2, tmp_path)
    with pytest.raises(gn.InvalidInput, match=r"holds a search with frequencies"):
        search(base(epochs=4, frequencies=3), None, 2, tmp_path)


def test_a_trial_whose_worker_has_died_is_put_back_once_and_one_at_work_is_left_alone(tmp_path):
    place = JournalPlace.in_folder(tmp_path)
    with place.opened() as (worker, storage), Worker(tmp_path / "workers") as other:
        study = open_study(place, (worker, storage), about(base()), usual("classification", 120))
        for name in (other.name, "worker-dead", "worker-dead"):
            trial = study.ask()
            trial.set_user_attr("worker", name)
            trial.suggest_int("layers", 1, 5)
            worker.take_back(study)
        states = [trial.state.name for trial in study.get_trials()]
        assert states == ["RUNNING", "FAIL", "FAIL"]
        params = [trial.params for trial in study.get_trials()]
        assert params[1] == params[2]
        assert isinstance(worker, Worker) and worker.others() == 1
    with Worker(tmp_path / "workers") as worker:
        assert worker.others() == 0
        worker.take_back(study)
        assert [trial.state.name for trial in study.get_trials()] == ["FAIL", "FAIL", "FAIL", "WAITING"]


def test_a_journal_that_a_full_disk_cut_off_is_mended(tmp_path):
    search(base(), None, 2, tmp_path)
    journal = tmp_path / "study.journal"
    journal.write_bytes(journal.read_bytes() + b'{"op_code": 8, "wor')
    assert len(search(base(), None, 3, tmp_path).trials) == 3


def test_trials_are_written_in_full_precision():
    found = gn.tune(IRIS, "species", folds=None, recipe=gn.Recipe(epochs=2), trials=3)
    rows = list(csv.DictReader(io.StringIO(trials_csv(found.trials, LOSS).decode())))
    assert [float(row["val_loss"]) for row in rows] == [min(t.intermediate_values.values()) for t in found.trials]
    assert [float(row["learning_rate"]) for row in rows] == [t.params["learning_rate"] for t in found.trials]
    assert ranked(found.trials, LOSS)[0].number == found.number


def test_importances_are_shares_and_are_drawn_as_bars():
    found = gn.tune(IRIS, "species", folds=None, recipe=gn.Recipe(epochs=2), trials=8)
    assert sum(found.importances.values()) == pytest.approx(1)
    assert set(found.importances) == set(usual("classification", 120))
    axes = importance_figure(found.importances, LOSS).axes[0]
    assert [bar.get_width() for bar in axes.patches] == sorted(found.importances.values())
    assert axes.get_yticklabels()[-1].get_text() == next(iter(found.importances)).replace("_", " ")


def test_the_options_of_a_recipe_are_those_of_train():
    recipe = gn.tune(IRIS, "species", folds=None, recipe=gn.Recipe(epochs=2), trials=1).recipe
    words = options(recipe)
    assert words[:4] == ["--hidden", "128,128,128", "--activation", "selu"]
    said = dict(zip(words[::2], words[1::2], strict=True))
    assert (said["--learning-rate"], said["--weight-decay"], said["--metric"]) == ("0.04", "0.02", "log_loss")


@pytest.mark.parametrize("wrong", ["5x", "", " ", "m5", "-3", -3, True, None, float("inf"), "5m 3"])
def test_what_is_no_time_is_refused(wrong):
    with pytest.raises(gn.InvalidInput, match="a budget must be a time such as 90s, 5m or 1h30m, got"):
        seconds_of(wrong)


def test_a_budget_runs_out():
    assert Budget(0).spent()
    assert not Budget("1h").spent()
    assert not Budget(None).spent()


def test_dropout_of_a_recipe_follows_each_hidden_layer():
    layers = base(hidden=(8, 4), dropout=0.25).model.network.layers
    assert [type(layer).__name__ for layer in layers[2:]] == ["Dense", "Dropout", "Dense", "Dropout", "Dense"]
    with pytest.raises(gn.InvalidInput, match="`dropout` must be"):
        base(dropout=1.0)
