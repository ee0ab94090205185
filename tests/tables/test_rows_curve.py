"""The score over the number of rows."""

import numpy as np
import polars as pl
import pytest

import glassnet as gn
from glassnet.errors import InvalidInput

RNG = np.random.default_rng(0)
X = RNG.normal(size=(200, 3))


def trained(y, **recipe):
    frame = pl.DataFrame({**{f"x{k}": x for k, x in enumerate(X.T)}, "y": y})
    training = gn.TableTraining(
        frame, "y", recipe=gn.Recipe(hidden=(8,), **({"epochs": 4} | recipe), engine="numpy"), n_ensemble=1
    )
    for _ in training.epochs():
        pass
    return training


def test_all_rows_give_the_score_of_the_model_and_shares_fewer_rows():
    training = trained(X[:, 0] + X[:, 1])
    curve = training.learning_curve()
    assert curve.n_rows == (16, 32, 64, 128) and curve.metric == "rmse"
    assert curve.scores[-1] == pytest.approx(training.result()["rmse"])
    assert len(set(curve.scores)) == 4
    assert training.learning_curve(shares=(0.5, 1.0)).scores == curve.scores[2:]  # the same draw, and no state


def test_each_class_keeps_its_share():
    y = np.where(RNG.random(200) < 0.2, "rare", "usual")
    assert trained(y).learning_curve((0.25, 1.0)).n_rows == (32, 128)


SURE, CHANCE, NONE = (gn.Interval(*ends) for ends in ((1e-5, 2.0), (-0.3, 0.4), (-0.1, 1e-4)))
HELPS, NOT_MUCH, UNKNOWN = "more rows are likely to help.", "more rows alone are not likely to help much.", "cannot be"


@pytest.mark.parametrize(
    ("higher", "scores", "better", "said"),
    [(True, (0.6, 0.7, 0.8), SURE, HELPS), (True, (0.6, 0.8, 0.8001), SURE, NOT_MUCH),
     (True, (0.6, 0.7, 0.8), CHANCE, UNKNOWN), (True, (0.6, 0.8, 0.8001), CHANCE, UNKNOWN),
     (True, (0.8, 0.8, 0.7), NONE, NOT_MUCH), (True, (1.0, 1.0, 1.0), gn.Interval(0, 0), NOT_MUCH),
     (False, (9.0, 7.0, 5.0), SURE, HELPS), (False, (9.0, 5.0, 4.99), SURE, NOT_MUCH),
     (False, (9.0, 7.0, 5.0), gn.Interval(np.nan, np.nan), UNKNOWN), (False, (5.0, 5.0, 6.0), NONE, NOT_MUCH)],
)  # fmt: skip
def test_the_sentence_follows_the_last_doubling_beyond_chance(higher, scores, better, said):
    curve = gn.RowsCurve("accuracy" if higher else "rmse", higher, (100, 200, 400), scores, better)
    assert said in curve.sentence
    assert curve.sentence.startswith("From 200 to 400 rows, the ")
    assert "training rows" in str(curve) and "400" in str(curve)


def test_noise_seldom_promises_that_more_rows_help():
    rng = np.random.default_rng(1)
    said = [trained(rng.normal(size=200), seed=seed).learning_curve((0.5, 1.0)).sentence for seed in range(8)]
    assert sum(HELPS in one for one in said) <= 1 and sum(UNKNOWN in one for one in said) >= 5


W = RNG.uniform(0, 3, 200)
Y = X[:, 0] + RNG.normal(size=200)
CLASSES = np.where(Y > 0.7, "rare", "usual")
ASKED = [
    (Y, None, {"weight": "w"}),
    (Y, None, {"group": "g"}),
    (Y, None, {"time": "g", "weight": "w"}),
    (Y, None, {"interval": 0.8}),
    (Y, None, {"distribution": "gaussian", "weight": "w"}),
    (Y, "log_score", {"distribution": "histogram"}),
    (Y, "crps", {"distribution": "quantiles"}),
    (CLASSES, None, {"class_weight": "balanced"}),
    (CLASSES, None, {"threshold": 0.2}),
    (CLASSES, "f1", {"threshold": "auto", "weight": "w"}),
    (CLASSES, "log_loss", {"calibrate": False}),
]


@pytest.mark.parametrize(("y", "metric", "asked"), ASKED, ids=lambda given: str(given)[:40])
def test_the_last_point_is_a_training_with_all_that_was_asked(y, metric, asked):
    frame = pl.DataFrame({"x": X[:, 0], "w": W, "g": np.arange(200) // 5, "y": y})
    recipe = gn.Recipe(hidden=(8,), epochs=4, metric=metric, engine="numpy")
    training = gn.TableTraining(frame, "y", recipe=recipe, n_ensemble=1, **asked)
    for _ in training.epochs():
        pass
    curve = training.learning_curve((0.5, 1.0))
    assert curve.metric == (metric or ("crps" if "distribution" in asked else training.metric))
    assert curve.scores[-1] == pytest.approx(training.result()[curve.metric])


def test_of_an_ensemble_each_point_is_one_network():
    frame = pl.DataFrame({"x": X[:, 0], "y": Y})
    recipe = gn.Recipe(hidden=(8,), epochs=3, engine="numpy")
    several, one = (gn.TableTraining(frame, "y", recipe=recipe, n_ensemble=n) for n in (3, 1))
    for training in (several, one):
        for _ in training.epochs():
            pass
    curve = several.learning_curve((0.5, 1.0))
    assert curve == one.learning_curve((0.5, 1.0)) and curve.scores[-1] == pytest.approx(one.result()["rmse"])


@pytest.mark.parametrize("shares", [(), (0.5,), (0.5, 0.2), (0, 1), (0.5, 1.5), "all", (0.1, "b")])
def test_shares_that_cannot_work_meet_a_sentence(shares):
    with pytest.raises(InvalidInput, match="two or more rising numbers"):
        trained(X[:, 0], epochs=1).learning_curve(shares)
