import math
from typing import Any

import numpy as np
import pytest

import glassnet as gn
from glassnet.pictures import learning_curves, save
from tests.themes import in_both_themes

IRIS = gn.datasets.iris()


def fitted(rate=0.05, **given):
    net = gn.Network([gn.Dense(4, "tanh"), gn.Dense(3, "softmax")], engine="numpy")
    settings: dict[str, Any] = {"metrics": ["accuracy"], "epochs": 12, "seed": 0} | given
    return net.fit(IRIS.X, IRIS.y, loss="cross_entropy", optimizer=gn.Adam(rate), **settings)


def history_of(**columns):
    history = gn.History()
    for k, row in enumerate(zip(*columns.values(), strict=True)):
        values = dict(zip(columns, row, strict=True))
        history.add(gn.Epoch(k + 1, values["loss"], 0.1, val_loss=values.get("val_loss")))
    return history


def labels(axes):
    return [text.get_text() for text in axes.get_legend().get_texts()]


@in_both_themes
def test_curves_are_drawn_as_they_were_judged(same_picture, theme):
    settings = {"validation": (IRIS.X[::5], IRIS.y[::5])}
    several = {"η = 0.05": fitted(**settings), "η = 0.005": fitted(0.005, **settings)}
    same_picture(learning_curves(several, "loss", theme=theme), f"curves-{theme}")


def test_training_and_validation_have_a_line_each_and_the_epoch_that_was_kept_is_marked():
    history = fitted(validation=0.2, stop=gn.EarlyStopping("val_loss", patience=None))
    loss, accuracy = learning_curves(history).axes
    for axes, name in [(loss, "loss"), (accuracy, "accuracy")]:
        assert [list(line.get_ydata()) for line in axes.lines[:2]] == [history[name], history[f"val_{name}"]]
        assert labels(axes) == ["training", "validation", f"kept: epoch {history.about['best_epoch']}"]


def test_without_a_kept_epoch_the_least_validation_loss_is_marked():
    axes = learning_curves(history_of(loss=[3, 2, 1], val_loss=[3.0, 1.0, math.nan])).axes[0]
    assert labels(axes)[-1] == "least val_loss: epoch 2"
    assert axes.collections[-1].get_offsets().tolist() == [[2, 1.0]]


def test_the_scale_is_logarithmic_where_values_span_a_factor_of_50():
    assert learning_curves(history_of(loss=[100.0, 2])).axes[0].get_yscale() == "log"
    assert learning_curves(history_of(loss=[99.0, 2])).axes[0].get_yscale() == "linear"
    assert learning_curves(history_of(loss=[100.0, -2])).axes[0].get_yscale() == "linear"
    assert learning_curves(history_of(loss=[3.0, 2]), log=True).axes[0].get_yscale() == "log"


def test_values_that_are_not_finite_leave_gaps():
    axes = learning_curves(history_of(loss=[1.0, math.nan, math.inf], val_loss=[math.nan] * 3)).axes[0]
    assert np.isfinite(axes.lines[0].get_ydata()).tolist() == [True, False, False]
    assert labels(axes) == ["training", "validation"]


def test_histories_of_different_quantities_share_the_panels_they_have():
    several = {"猫": fitted(), "no accuracy": fitted(metrics=())}
    loss, accuracy = learning_curves(several).axes
    assert [len(axes.lines) for axes in (loss, accuracy)] == [2, 1]
    assert accuracy.get_legend() is None


def test_what_was_scheduled_can_be_drawn_too(tmp_path):
    net = gn.Network([gn.Dense(3, "softmax")])
    rule = gn.AdamW(gn.Cosine(0.01), weight_decay=gn.Cosine(0.1))
    history = net.fit(IRIS.X, IRIS.y, loss="cross_entropy", optimizer=rule, epochs=5, seed=0)
    figure = learning_curves(history, "weight_decay", "learning_rate")
    assert [axes.get_ylabel() for axes in figure.axes] == ["weight decay", "learning rate"]
    assert save(figure, tmp_path / "rates.svg").exists()


def test_a_saved_history_draws_the_same_curves(tmp_path):
    history = fitted(validation=0.2)
    history.epochs[3].loss = math.nan
    again = gn.History.load(history.save(tmp_path / "history.json"))
    assert (again.names(), again.about, len(again)) == (history.names(), history.about, len(history))
    for one, other in zip(learning_curves(history).axes, learning_curves(again).axes, strict=True):
        for a, b in zip(one.lines, other.lines, strict=True):
            np.testing.assert_array_equal(a.get_xydata(), b.get_xydata())


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"about": {}, "loss": ["a"]}', '{"about": {}, "accuracy": [1]}'])
def test_what_is_no_history_is_refused(tmp_path, content):
    (path := tmp_path / "history.json").write_text(content)
    with pytest.raises(gn.InvalidInput, match=r"history.json does not hold a history"):
        gn.History.load(path)


def test_what_cannot_be_drawn_is_refused_in_one_sentence():
    with pytest.raises(gn.UnknownName, match=r"unknown quantity 'acuracy'. Did you mean 'accuracy'\?"):
        learning_curves(fitted(), "acuracy")
    with pytest.raises(gn.InvalidInput, match=r"takes a History, or several as {name: History}, got \[1\]"):
        learning_curves([1])  # type: ignore[arg-type]
