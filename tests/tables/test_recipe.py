"""The recipe for tables: its layers, its settings, what it refuses; and that a training keeps what it says."""

from typing import Any

import numpy as np
import polars as pl
import pytest

import glassnet as gn
from glassnet.formulas.losses import AbsoluteError, CrossEntropy, SquaredError
from glassnet.tables.distributions.quantile_head import QuantileHead
from glassnet.tables.encoding.encoder import TableEncoder
from glassnet.tables.encoding.target import ClassTarget, NumberTarget
from glassnet.tables.fitting.networks.equal_batches import even
from glassnet.tables.reporting.as_markdown import as_markdown
from glassnet.tables.reporting.recipe_in_words import training_in_words

N = 60
NUMBERS = {"a": [float(i % 7) for i in range(N)], "b": [None if i % 9 == 0 else float(i % 11) for i in range(N)]}
CATEGORIES = {"city": ["Rome", "Oslo", "Bonn"] * 20, "zip": [f"Z{i % 15}" for i in range(N)]}
CLASSES = ClassTarget(("no", "yes"))
PRICES = NumberTarget(0.0, 1.0, -2.0, 2.0)
SMALL = gn.Recipe(hidden=(8,), epochs=6)


def layers(columns: Any, target: Any = CLASSES, recipe: gn.Recipe = SMALL, **more: Any) -> list[gn.Layer]:
    encoder = TableEncoder.learn(pl.DataFrame(columns), one_hot=recipe.one_hot)
    return list(recipe.layers(encoder, target, **more))


def names(found: list[gn.Layer]) -> list[str]:
    return [type(layer).__name__ for layer in found]


def parts(layer: Any) -> list[tuple[tuple[int, ...], str]]:
    return list(zip(layer.columns, names(layer.layers), strict=True))


def test_numbers_go_through_waves_and_what_says_missing_does_not() -> None:
    found = layers(NUMBERS)
    assert names(found) == ["Columns", "Scale", "Dense", "Dropout", "Dense"]
    assert parts(found[0]) == [((0, 1), "PeriodicEmbedding"), ((2,), "Activation")]


def test_few_levels_stay_as_they_are_and_many_get_an_embedding_of_their_own_size() -> None:
    found: Any = layers(CATEGORIES)
    assert parts(found[0]) == [((3,), "Embedding"), ((0, 1, 2), "Activation")]
    assert (found[0].layers[0].categories, found[0].layers[0].dimensions) == (16, 8)


def test_numbers_and_categories_are_each_treated_in_their_way() -> None:
    found = layers(CATEGORIES | NUMBERS)
    assert parts(found[0]) == [((4, 5), "PeriodicEmbedding"), ((3,), "Embedding"), ((0, 1, 2, 6), "Activation")]
    net = SMALL.network(TableEncoder.learn(pl.DataFrame(CATEGORIES | NUMBERS)), CLASSES)
    X = TableEncoder.learn(pl.DataFrame(CATEGORIES | NUMBERS)).transform(pl.DataFrame(CATEGORIES | NUMBERS))
    assert net.build(7, X=X, seed=0).predict(X).shape == (N, 2)


def test_with_nothing_to_embed_the_factors_are_the_first_layer() -> None:
    assert names(layers({"city": CATEGORIES["city"]}))[0] == "Scale"
    assert names(layers(NUMBERS, recipe=gn.Recipe(frequencies=0)))[0] == "Scale"


def test_hidden_layers_and_outputs_follow_the_task() -> None:
    usual: Any = layers(NUMBERS, recipe=gn.Recipe())
    assert [layer.units for layer in usual if isinstance(layer, gn.Dense)] == [128, 128, 128, 2]
    first, last = usual[2], usual[-1]
    assert (
        first.activation == gn.Parametric("selu", learning_rate_factor=0.1)
        and last.activation == gn.Dense(2, "softmax").activation
    )
    assert {layer.parametrization for layer in (first, last)} == {"neural_tangent"}
    of_numbers: Any = layers(NUMBERS, PRICES)
    assert of_numbers[2].activation == gn.Parametric("mish", learning_rate_factor=0.1)
    assert of_numbers[-1].units == 1 and of_numbers[-1].activation == gn.Dense(1).activation
    several: Any = layers(NUMBERS, CLASSES, head=QuantileHead((0.1, 0.5, 0.9)))[-1]
    assert several.units == 3 and several.activation == gn.Dense(3).activation


def test_the_simple_recipe_is_plain_and_takes_settings() -> None:
    recipe = gn.Recipe.simple(epochs=64, hidden=(4,))
    assert (recipe.epochs, recipe.dropout, recipe.weight_decay) == (64, 0.0, 0.0)
    found: Any = layers(CATEGORIES | NUMBERS, recipe=recipe)
    assert names(found) == ["Scale", "Dense", "Dense"]
    assert found[1].activation == gn.Dense(4, "selu").activation
    assert gn.Recipe.simple(dropout=0.1).dropout == 0.1
    assert eval(repr(recipe), {"Recipe": gn.Recipe}) == recipe and repr(gn.Recipe()) == "Recipe()"


def test_tabm_is_an_ensemble_in_one_network() -> None:
    recipe = gn.Recipe.tabm(members=4, hidden=(8, 6))
    found: Any = layers(CATEGORIES | NUMBERS, recipe=recipe)
    assert names(found)[1:] == [
        "Members", "BatchEnsemble", "Dropout", "BatchEnsemble", "Dropout", "DensePerMember", "MeanOfMembers",
    ]  # fmt: skip
    first, second = found[2], found[4]
    assert first == gn.BatchEnsemble(8, "relu", factors=gn.Normal()) and second == gn.BatchEnsemble(6, "relu")
    assert found[-1] == gn.MeanOfMembers("softmax")
    of_numbers: Any = layers(NUMBERS, PRICES, recipe=recipe)
    assert of_numbers[-1] == gn.MeanOfMembers() and of_numbers[-2] == gn.DensePerMember(1)
    settings = gn.Recipe.tabm().settings("classification", 1000)
    assert settings["optimizer"] == gn.AdamW(0.002, weight_decay=3e-4) and settings["clip"] == gn.ClipNorm(1.0)
    assert settings["loss"] == gn.CrossEntropy() and settings["stop"][0].patience == 16
    with pytest.raises(gn.InvalidInput, match="predicts classes and numbers, but neither distributions"):
        layers(NUMBERS, PRICES, recipe=recipe, head=QuantileHead((0.1, 0.5, 0.9)))


def test_members_have_the_weight_decay_of_tabm_unless_another_is_said() -> None:
    said: tuple[dict[str, Any], ...] = ({}, {"weight_decay": 0.01})
    found = [gn.Recipe(**given).settings("regression", 1000)["optimizer"] for given in said]
    alone = [found[0].weight_decay, found[1].weight_decay]
    assert alone == [gn.FlatCosine(0.02), gn.FlatCosine(0.01)]
    for made in (gn.Recipe, gn.Recipe.tabm):
        found = [made(members=4, **given).settings("regression", 1000)["optimizer"] for given in said]
        assert found == [gn.AdamW(0.002, weight_decay=3e-4), gn.AdamW(0.002, weight_decay=0.01)]


def test_tabm_has_members() -> None:
    with pytest.raises(gn.InvalidInput, match=r"^members must be a whole number of at least 1, got 0\.$"):
        gn.Recipe.tabm(members=0)


def test_settings_are_those_of_the_paper() -> None:
    of_classes, of_numbers = (gn.Recipe().settings(task, 1000) for task in ("classification", "regression"))
    decay = gn.FlatCosine(0.02)
    assert of_classes["optimizer"] == gn.AdamW(gn.CosineLog(0.04), beta2=0.95, weight_decay=decay)
    assert of_numbers["optimizer"] == gn.AdamW(gn.CosineLog(0.2), beta2=0.95, weight_decay=decay)
    assert (of_classes["epochs"], of_classes["batch_size"]) == (256, 334)
    assert of_classes["stop"] == [gn.EarlyStopping("val_accuracy", None, ties="last")]
    more = gn.Recipe(metric="mae", patience=9, max_time="5m", stop_after=3).settings("regression", 1000)
    assert more["stop"] == [
        gn.EarlyStopping("val_mae", 9, ties="last"), gn.MaxTime(300), gn.StopAfter(3),
    ]  # fmt: skip
    assert more["metrics"] == ["mae"]


@pytest.mark.parametrize(
    ("task", "metric", "loss"),
    [
        ("classification", "accuracy", CrossEntropy(0.1)),
        ("classification", "log_loss", CrossEntropy(0.1)),
        ("classification", "brier", CrossEntropy()),
        ("classification", "roc_auc", CrossEntropy()),
        ("regression", "rmse", SquaredError()),
        ("regression", "mae", AbsoluteError()),
    ],
)
def test_each_metric_has_the_loss_that_serves_it(task: Any, metric: Any, loss: Any) -> None:
    assert gn.Recipe(metric=metric).settings(task, 100)["loss"] == loss


@pytest.mark.parametrize("n_rows", [1, 2, 255, 256, 257, 511, 512, 513, 1000, 26048])
def test_batches_are_equal_and_hold_at_least_what_was_asked_for(n_rows: Any) -> None:
    size = even(n_rows, 256)
    batches = -(-n_rows // size)
    assert batches == max(1, n_rows // 256)
    assert size >= min(n_rows, 256) and batches * size - n_rows < batches


def test_a_metric_of_another_task_is_refused() -> None:
    assert gn.Recipe().chosen_metric("classification") == "accuracy"
    assert gn.Recipe().chosen_metric("regression") == "rmse"
    with pytest.raises(
        gn.InvalidInput, match=r"unknown metric for regression 'accuracy'\. Known: mae, median_absolute_error, rmse\."
    ):
        gn.TableTraining(gn.datasets.iris().to_polars(), "petal_width", recipe=gn.Recipe(metric="accuracy"))


LAYERS = "Recipe: `hidden` must hold whole numbers of at least 1, one per hidden layer, such as (256, 256), got "
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no layer": ({"hidden": ()}, LAYERS + "()."),
    "a layer of 0 units": ({"hidden": (8, 0)}, LAYERS + "(8, 0)."),
    "half a unit": ({"hidden": (8.5,)}, LAYERS + "(8.5,)."),
    "units alone": ({"hidden": 64}, LAYERS + "64."),
    "units as text": ({"hidden": "64"}, LAYERS + "'64'."),
    "a misspelt activation": ({"activation": "rellu"}, "unknown activation 'rellu'. Did you mean 'relu'?"),
    "softmax within": ({"activation": "softmax"}, "`activation` must work on single numbers and learn nothing itself"),
    "a rate of 0": ({"learning_rate": 0}, "Recipe: `learning_rate` must be a positive number, got 0."),
    "a schedule": ({"learning_rate": gn.Cosine(0.1)}, "Recipe: `learning_rate` must be a positive number, got Cosine("),
    "no epoch": ({"epochs": 0}, "epochs must be a whole number of at least 1, got 0."),
    "half an epoch": ({"epochs": 1.5}, "epochs must be a whole number of at least 1, got 1.5."),
    "no rows a batch": ({"batch_size": -1}, "batch_size must be a whole number of at least 1, got -1."),
    "dropout of all": ({"dropout": 1.0}, "Recipe: `dropout` must be a number in [0, 1), got 1.0."),
    "negative dropout": ({"dropout": -0.1}, "Recipe: `dropout` must be a number in [0, 1), got -0.1."),
    "growing weights": ({"weight_decay": -1}, "Recipe: `weight_decay` must be a number of at least 0, got -1."),
    "no number": ({"weight_decay": float("nan")}, "Recipe: `weight_decay` must be a number of at least 0, got nan."),
    "a misspelt metric": ({"metric": "acuracy"}, "unknown metric 'acuracy'. Did you mean 'accuracy'?"),
    "negative frequencies": ({"frequencies": -1}, "frequencies must be a whole number of at least 0, got -1."),
    "parametric as text": ({"parametric": "no"}, "Recipe: `parametric` must be True or False, got 'no'."),
    "negative levels": ({"one_hot": -1}, "one_hot must be a whole number of at least 0, got -1."),
    "all held out": ({"test": 1}, "Recipe: `test` must be a number in (0, 1), got 1."),
    "none to choose": ({"validation": 0.0}, "Recipe: `validation` must be a number in (0, 1), got 0.0."),
    "a negative seed": ({"seed": -1}, "seed must be a whole number of at least 0, got -1."),
    "a misspelt engine": ({"engine": "nunpy"}, "unknown engine 'nunpy'. Did you mean 'numpy'?"),
    "no patience": ({"patience": 0}, "EarlyStopping: `patience` must be a whole number of at least 1, got 0."),
    "no time": ({"max_time": "soon"}, "a string such as '90s', '5m' or '1h30m', got 'soon'."),
    "no last epoch": ({"stop_after": 0}, "StopAfter: `epoch` must be a whole number of at least 1, got 0."),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_setting_that_cannot_work_is_refused_where_the_recipe_is_made(case: Any) -> None:
    given, said = REFUSED[case]
    with pytest.raises(gn.InvalidInput) as error:
        gn.Recipe(**given)
    assert said in str(error.value) and "\n" not in str(error.value)


def test_units_may_come_as_a_list_of_numpy_numbers() -> None:
    assert gn.Recipe(hidden=list(np.array([64, 32]))) == gn.Recipe(hidden=(64, 32))  # type: ignore[arg-type]


def trained(frame: Any, target: str, **changes: Any) -> gn.TableTraining:
    settings: dict[str, Any] = {"hidden": (8,), "epochs": 12, **changes}
    training = gn.TableTraining(frame, target, recipe=gn.Recipe(**settings))
    for _ in training.epochs():
        pass
    return training


IRIS = gn.datasets.iris().to_polars()


@pytest.mark.parametrize(
    ("target", "metric", "best"),
    [("species", "accuracy", max), ("species", "log_loss", min), ("species", "roc_auc", max),
     ("petal_width", "rmse", min), ("petal_width", "mae", min)],
)  # fmt: skip
def test_the_last_epoch_with_the_best_metric_is_kept(target: Any, metric: Any, best: Any) -> None:
    training = trained(IRIS, target, metric=metric)
    assert training.chosen_by == {"log_loss": "tempered_log_loss"}.get(metric, metric)
    values = training.history[f"val_{training.chosen_by}"]
    kept = max(number for number, value in enumerate(values, 1) if value == best(values))
    assert training.history.about["best_epoch"] == kept
    again = trained(IRIS, target, metric=metric, stop_after=kept)
    np.testing.assert_array_equal(training.model.network.parameters, again.model.network.parameters)


@pytest.mark.parametrize("metric", ["mae", "rmse"])
def test_errors_of_a_regression_are_in_the_unit_of_its_target(metric: Any) -> None:
    frame = IRIS.with_columns(price=1e6 * pl.col("petal_width") - 5e5)
    training = trained(frame.drop("petal_width", "species"), "price", metric=metric)
    assert training.history.about["loss"]["name"] == {"mae": "absolute_error", "rmse": "squared_error"}[metric]
    scale = training.model.target.scale  # type: ignore[union-attr]
    for error, loss in zip(training.history[f"val_{metric}"], training.history["val_loss"], strict=True):
        assert error == pytest.approx(scale * (loss if metric == "mae" else loss**0.5), rel=1e-5)


def test_predictions_stay_within_the_numbers_of_the_training_rows() -> None:
    training = trained(IRIS.drop("species"), "petal_width", epochs=2)
    wild = IRIS.with_columns(pl.col("petal_length") * 1000)
    low, high = training.train["petal_width"].min(), training.train["petal_width"].max()
    found = training.model.predict(pl.concat([wild, IRIS.with_columns(pl.col("petal_length") * -1000.0)]))
    assert low <= found.min() and found.max() <= high


@pytest.mark.parametrize("engine", ["numpy", "compiled"])
def test_a_table_of_every_kind_of_column_is_learned_on_both_engines(engine: Any) -> None:
    if engine == "compiled":
        pytest.importorskip("numba")
    rng = np.random.default_rng(0)
    zips, x = rng.integers(0, 30, 600), rng.normal(size=600)
    label = np.where((zips % 2 == 0) == (x > 0), "yes", "no")
    frame = pl.DataFrame({"zip": [f"Z{z}" for z in zips], "x": x, "label": label})
    training = trained(frame, "label", engine=engine, hidden=(32,), epochs=40, batch_size=32)
    assert training.model.encoder.codes.keys() == {0}
    assert training.result()["accuracy"] > 0.9  # neither column alone says anything


@pytest.mark.parametrize(
    ("metric", "words"),
    [("log_loss", "log loss at the best temperature"), ("accuracy", "accuracy"), ("roc_auc", "ROC AUC")],
)
def test_what_chose_the_epoch_is_said_in_words(metric: str, words: str) -> None:
    said = as_markdown(training_in_words(trained(IRIS, "species", metric=metric, epochs=2)))
    assert f"which had the best {words} on the validation rows" in said


def test_the_words_of_a_report_say_what_was_done_and_nothing_else() -> None:
    words = as_markdown(training_in_words(trained(IRIS, "species", epochs=2)))
    assert "arXiv 2407.04491" in words and "Changed settings: hidden 8; epochs 2." in words
    for part in ("periodic embedding", "8 units, SELU (mixed", "dropout of 0.15", "smoothed by 0.1", "up to 0.04"):
        assert part in words
    assert "category" not in words
    simple = gn.Recipe.simple(hidden=(8,), epochs=2, metric="brier", test=0.3)
    training = gn.TableTraining(pl.DataFrame({"city": CATEGORIES["city"], "y": ["no", "yes"] * 30}), "y", recipe=simple)
    list(training.epochs())
    words = as_markdown(training_in_words(training))
    for part in (
        "A category with up to 1000 levels",
        "SELU, no dropout.",
        "Weight decay 0.\n",
        "without label smoothing",
    ):
        assert part in words
    for part in ("Numbers and dates", "periodic embedding:", "mixed", "smoothed", "constant for half"):
        assert part not in words
