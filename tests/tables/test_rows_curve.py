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


@pytest.mark.parametrize(
    ("higher", "scores", "helps"),
    [(True, (0.6, 0.7, 0.8), True), (True, (0.6, 0.8, 0.8001), False), (True, (0.8, 0.8, 0.7), False),
     (False, (9.0, 7.0, 5.0), True), (False, (9.0, 5.0, 4.99), False), (False, (5.0, 5.0, 6.0), False)],
)  # fmt: skip
def test_the_sentence_follows_the_last_doubling(higher, scores, helps):
    curve = gn.RowsCurve("accuracy" if higher else "rmse", higher, (100, 200, 400), scores)
    assert ("more rows are likely to help." in curve.sentence) is helps
    assert curve.sentence.startswith("From 200 to 400 rows, the ")
    assert "training rows" in str(curve) and "400" in str(curve)


@pytest.mark.parametrize("shares", [(), (0.5,), (0.5, 0.2), (0, 1), (0.5, 1.5), "all", (0.1, "b")])
def test_shares_that_cannot_work_meet_a_sentence(shares):
    with pytest.raises(InvalidInput, match="two or more rising numbers"):
        trained(X[:, 0], epochs=1).learning_curve(shares)
