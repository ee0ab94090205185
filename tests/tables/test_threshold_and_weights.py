"""A threshold of two classes, and rows that count differently: chosen, stored, used, refused."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import glassnet as gn
from glassnet.sklearn import TabularClassifier, TabularRegressor
from glassnet.tables.calibration.threshold import CHOOSES, best_threshold
from glassnet.tables.fitting.weights import class_factors
from glassnet.training.metrics import Metric

SMALL = gn.Recipe(hidden=(8,), epochs=4, frequencies=2, engine="numpy")
RNG = np.random.default_rng(0)
N = 400
X = RNG.normal(size=(N, 2))
RARE = X[:, 0] + RNG.normal(size=N) > 1.6


def table(**more: Any) -> pl.DataFrame:
    return pl.DataFrame(
        {"a": X[:, 0], "b": X[:, 1], "w": np.where(RARE, 3.0, 1.0), "y": np.where(RARE, "yes", "no")} | more
    )


def trained(
    frame: pl.DataFrame | None = None, target: str = "y", recipe: gn.Recipe = SMALL, **more: Any
) -> gn.TableTraining:
    training = gn.TableTraining(table() if frame is None else frame, target, recipe=recipe, **{"n_ensemble": 1, **more})
    for _ in training.epochs():
        pass
    return training


@pytest.mark.parametrize("metric", CHOOSES)
@pytest.mark.parametrize("seed", range(6))
def test_the_best_threshold_is_that_of_a_search(metric: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    p, truth, w = np.round(rng.uniform(0.05, 0.95, 30), 1), rng.random(30) < 0.3, rng.integers(0, 3, 30) + 0.0
    truth[:2], w[:2] = [False, True], 1.0
    for weights in (None, w):

        def score(threshold: float, weights: Any = weights) -> float:
            return Metric.of(metric)(truth.astype(int), np.eye(2)[(p >= threshold).astype(int)], weights)

        found = best_threshold(p, truth, metric, weights)
        every = [score(t) for t in np.linspace(0.005, 0.995, 199)]
        assert score(found) == pytest.approx(max(every)) and 0 < found < 1
        assert np.abs(p - found).min() > 1e-3


def test_one_class_and_level_probabilities_have_a_threshold_too() -> None:
    for truth in (np.zeros(4, bool), np.ones(4, bool)):
        for metric in CHOOSES:
            assert 0 < best_threshold(np.full(4, 0.7), truth, metric) < 1


def test_a_threshold_is_stored_and_decides(tmp_path: Path) -> None:
    training = trained(threshold=0.2)
    model = gn.TableModel.load(training.model.save(tmp_path / "model.safetensors"))
    assert model == training.model and model.threshold == 0.2
    yes = model.outputs(table())[:, 1] >= 0.2
    assert model.predict(table()).tolist() == np.where(yes, "yes", "no").tolist()
    assert model.predict_table(table())["prediction"].tolist() == model.predict(table()).tolist()
    found, plain = model.evaluate(table()), trained().model.evaluate(table())
    assert found["accuracy"] == pytest.approx(np.mean(yes == RARE))
    for name in ("log_loss", "roc_auc"):
        assert found[name] == pytest.approx(plain[name], rel=1e-4)
    assert found["balanced_accuracy"] != plain["balanced_accuracy"]
    assert "is predicted from a probability of 0.2 on" in str(model.explain(table()))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        verdict = training.verdict()
    assert verdict.scores["accuracy"] == training.result()["accuracy"]


def test_auto_is_the_best_by_the_metric_on_the_validation_rows() -> None:
    training = trained(recipe=gn.Recipe(**{**vars(SMALL), "metric": "f1", "epochs": 12}), threshold="auto")
    model, rows = training.model, training.parts["validation"]
    p = model.outputs_of(rows[0])[:, 1]
    assert model.threshold == pytest.approx(best_threshold(p, rows[1] == 1, "f1"))
    assert model.threshold != 0.5


def test_a_column_of_weights_counts_and_is_not_learned() -> None:
    training = trained(weight="w")
    assert training.model.encoder.columns == ("a", "b")
    assert training.model.encoder.dropped["w"] == "holds the weights of the rows"
    twice = trained(table(w=np.where(RARE, 6.0, 2.0)), weight="w")
    np.testing.assert_allclose(twice.model.outputs(table()), training.model.outputs(table()), rtol=1e-3, atol=1e-4)
    with_rare, without = (t.model.outputs(table())[:, 1].mean() for t in (training, trained(table().drop("w"))))
    assert with_rare > without + 0.03
    assert training.model.predict(table().drop("w")).shape == (N,)


def test_class_weights_are_weights_of_rows() -> None:
    factors = class_factors({"yes": 3.0}, trained().model.target, RARE.astype(int))
    np.testing.assert_array_equal(factors, np.where(RARE, 3.0, 1.0))
    weighed, by_class = trained(weight="w"), trained(table().drop("w"), class_weight={"yes": 3.0})
    np.testing.assert_allclose(by_class.model.outputs(table()), weighed.model.outputs(table()), rtol=1e-6)
    balanced = trained(class_weight="balanced").prepared.weights
    y = trained().rows()[1]
    assert balanced is not None
    np.testing.assert_allclose([balanced[y == k].sum() for k in (0, 1)], len(y) / 2)


def test_intervals_count_by_weight() -> None:
    frame = pl.DataFrame({"a": X[:, 0], "w": RNG.uniform(0, 2, N), "y": X[:, 0] + RNG.normal(size=N)})
    model = trained(frame, weight="w", n_ensemble=2).model
    assert model.interval is not None and model.interval.weights is not None  # type: ignore[union-attr]
    assert model.predict_interval(frame).shape == (N, 2)


def test_estimators_have_both(tmp_path: Path) -> None:
    labels = np.where(RARE, 1, 0)
    fitted = TabularClassifier(
        recipe=SMALL, metric="f1", threshold="auto", class_weight={1: 2.0}, random_state=0, engine="numpy"
    ).fit(X, labels)
    said = fitted.predict_proba(X)[:, 1] >= fitted.threshold_
    assert fitted.predict(X).tolist() == said.astype(int).tolist() and fitted.threshold_ is not None
    again = TabularClassifier.load(fitted.save(tmp_path / "model.safetensors"))
    assert again.predict(X).tolist() == fitted.predict(X).tolist() and again.threshold_ == fitted.threshold_
    assert again.class_weight == {"1": 2.0} and again.threshold == "auto"
    as_weights = TabularClassifier(recipe=SMALL, random_state=0, engine="numpy").fit(
        X, labels, np.where(RARE, 2.0, 1.0)
    )
    by_class = TabularClassifier(recipe=SMALL, random_state=0, engine="numpy", class_weight={1: 2.0}).fit(X, labels)
    np.testing.assert_array_equal(as_weights.predict_proba(X), by_class.predict_proba(X))


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "a threshold of 2": ({"threshold": 2}, "threshold must be a probability in (0, 1), 'auto' or None, got 2."),
    "a threshold by word": ({"threshold": "best"}, "threshold must be a probability in (0, 1), 'auto' or None"),
    "of numbers": ({"threshold": 0.3, "target": "a"}, "threshold=0.3 is for classes, but 'a' holds numbers"),
    "weights of no class": ({"class_weight": "even"}, "class_weight must be 'balanced', or map classes to numbers"),
    "all weights 0": ({"class_weight": {"yes": 0}}, "class_weight must be 'balanced', or map classes to numbers"),
    "another class": ({"class_weight": {"yess": 2}}, "unknown class in class_weight 'yess'. Did you mean 'yes'?"),
    "no such column": ({"weight": "ww"}, "there is no weight column 'ww'"),
    "the target": ({"weight": "y"}, "the weight column 'y' is the target or the groups: name another one."),
    "below 0": ({"weight": "b"}, "the weight column 'b' is -"),
    "texts": ({"weight": "c"}, "the weight column 'c' must hold numbers, but holds text."),
    "missing": ({"weight": "m"}, "the weight column 'm' is missing in row 1: weights are numbers of at least 0."),
    "all 0": ({"weight": "z"}, "all rows to train on have weight 0"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_work_is_refused(case: str) -> None:
    settings, message = REFUSED[case]
    frame = table(c=["x", "y"] * (N // 2), m=[None, *[1.0] * (N - 1)], z=np.zeros(N))
    with pytest.raises(gn.InvalidInput) as caught:
        gn.TableTraining(
            frame,
            target_name=settings.get("target", "y"),
            recipe=SMALL,
            **{k: v for k, v in settings.items() if k != "target"},
        )
    assert message in str(caught.value)


def test_a_threshold_asks_for_two_classes_and_a_metric_of_decisions() -> None:
    iris = gn.datasets.iris().to_polars()
    with pytest.raises(gn.InvalidInput, match=r"threshold=0\.3 is for two classes, but the target has 3"):
        gn.TableTraining(iris, "species", recipe=SMALL, threshold=0.3)
    with pytest.raises(
        gn.InvalidInput, match="roc_auc does not depend on a threshold: use accuracy, balanced_accuracy or f1"
    ):
        gn.TableTraining(table(), "y", recipe=gn.Recipe(metric="roc_auc"), threshold="auto")


def ended(training: gn.TableTraining) -> gn.TableTraining:
    for _ in training.epochs():
        pass
    return training


def in_chunks(place: Path, rows: pl.DataFrame, **settings: Any) -> gn.TableTraining:
    rows.write_csv(place / "table.csv")
    quick = gn.Recipe(hidden=(8,), epochs=12, batch_size=32, dropout=0.0, engine="numpy")
    given: dict[str, Any] = {"recipe": quick, "folder": place, "memory": 1 << 30}
    return ended(gn.TableTraining.of_file(place / "table.csv", "y", **given, **settings))


def test_weights_count_in_a_file_that_is_read_in_chunks(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, 600)
    wrong = rng.random(600) < 0.5
    rows = pl.DataFrame({"x": x, "y": np.where((x > 0) ^ wrong, "yes", "no"), "w": np.where(wrong, 0.0, 2.0)})
    training = in_chunks(tmp_path, rows, weight="w")
    assert training.model.encoder.columns == ("x",)
    told = training.model.predict(pl.DataFrame({"x": [-0.8, 0.8]}))
    assert told.tolist() == ["no", "yes"]  # the rows that say otherwise weigh nothing
    assert training.prepared.weights is not None
    assert {*training.prepared.weights.tolist()} == {0.0, 2.0}
    assert len(training.prepared.weights) == len(training.prepared.in_memory()[1])


def test_classes_are_balanced_in_a_file_that_is_read_in_chunks(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, 600)
    rows = pl.DataFrame({"x": x, "y": np.where(rng.random(600) < 0.1, "rare", "usual")})
    plain, balanced = (in_chunks(tmp_path, rows, **given) for given in ({}, {"class_weight": "balanced"}))
    assert plain.model.outputs(rows)[:, 0].mean() < 0.2 < 0.35 < balanced.model.outputs(rows)[:, 0].mean()
    weights, y = balanced.prepared.weights, balanced.prepared.in_memory()[1]
    assert weights is not None
    share = float(np.mean(rows["y"].to_numpy() == "rare"))
    np.testing.assert_allclose(
        [weights[y == 0].mean(), weights[y == 1].mean()], [0.5 / share, 0.5 / (1 - share)], rtol=0.05
    )
    named = in_chunks(tmp_path, rows, class_weight={"rare": 9.0})
    assert named.prepared.weights is not None and {*named.prepared.weights.tolist()} == {1.0, 9.0}


def test_wrong_weights_in_a_file_that_is_read_in_chunks_are_refused_by_their_row(tmp_path: Path) -> None:
    n = 400
    rows = pl.DataFrame({"x": np.arange(n) / n, "y": ["a", "b"] * (n // 2), "w": np.ones(n)})
    for wrong, said in (
        (pl.when(pl.arange(0, n) >= 200).then(-1.0).otherwise(1.0), r"the weight column 'w' is -1 in row 2\d\d"),
        (pl.lit("heavy"), "the weight column 'w' must hold numbers, but holds text"),
        (pl.lit(0.0), "all rows to train on have weight 0"),
    ):
        with pytest.raises(gn.InvalidInput, match=said):
            in_chunks(tmp_path, rows.with_columns(w=wrong), weight="w")
        assert not [*tmp_path.glob("rows*/*")]
    with pytest.raises(gn.UnknownName, match="class in class_weight"):
        in_chunks(tmp_path, rows, class_weight={"c": 2.0})


def noisy_where_nothing_weighs() -> pl.DataFrame:
    """y is x, but for the rows without weight, which lie far off."""
    rng = np.random.default_rng(0)
    x, w = rng.normal(size=600), (rng.random(600) < 0.5) * 1.0
    return pl.DataFrame({"x": x, "w": w, "y": x + 0.1 * rng.normal(size=600) + (w == 0) * 3 * rng.normal(size=600)})


@pytest.mark.parametrize("place", ["memory", "file", "fold", "estimator"])
def test_the_spread_of_a_distribution_counts_validation_rows_by_weight(place: str, tmp_path: Path) -> None:
    rows = noisy_where_nothing_weighs()
    quick = gn.Recipe(hidden=(8,), epochs=12, batch_size=32, dropout=0.0, engine="numpy")
    settings: dict[str, Any] = {"weight": "w", "distribution": "gaussian", "n_ensemble": 1}
    if place == "file":
        model: Any = in_chunks(tmp_path, rows, **settings).model
    elif place == "fold":
        model = gn.cross_validate(rows, "y", folds=2, recipe=quick, **settings).training.model
    elif place == "estimator":
        nearly = np.where(rows["w"] == 0, 1e-3, 1.0)  # rows without weight are as if they were not there
        estimator = TabularRegressor(distribution="gaussian", n_ensemble=1, recipe=quick, engine="numpy")
        model = estimator.fit(rows[["x"]], rows["y"].to_numpy(), sample_weight=nearly)
    else:
        model = ended(gn.TableTraining(rows, "y", recipe=quick, **settings)).model
    assert np.median(model.predict_distribution(rows[["x"]]).std) < 0.6
