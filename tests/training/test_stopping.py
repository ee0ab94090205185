"""When training ends: no progress, time, a goal; what is then in the network, and what the history says."""

from typing import Any, ClassVar

import numpy as np
import pytest

import glassnet as gn
from glassnet.engine.selection import installed
from glassnet.training.durations import seconds_of

IRIS = gn.datasets.iris()
ENGINES = ["numpy", *(["compiled"] if installed("numba") else [])]


def fit(engine="numpy", layers=None, **more):
    network = gn.Network(layers or [gn.Dense(6, "tanh"), gn.Dense(3, "softmax")], engine=engine)
    how: dict[str, Any] = {"loss": "cross_entropy", "optimizer": gn.Adam(0.1), "epochs": 300, "seed": 0}
    return network, network.fit(
        IRIS.X, IRIS.y, **{**how, "validation": 0.3, "metrics": ["accuracy", "log_loss"], **more}
    )


def held_out(network, history):
    """The parameters that an undisturbed run has after the best epoch."""
    again, _ = fit(network.engine_name, list(network.layers), epochs=history.about["best_epoch"])
    return again.parameters


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("metric", ["val_loss", "loss", "val_accuracy", "val_log_loss", "accuracy"])
def test_early_stopping_ends_with_the_parameters_of_the_best_epoch(engine, metric):
    network, history = fit(engine, stop=gn.EarlyStopping(metric, patience=7))
    values = np.array(history[metric])
    best = int(values.argmax() if "accuracy" in metric else values.argmin()) + 1
    assert history.about["best_epoch"] == best and len(history) == best + 7 < 300
    assert history.about["ended"] == (
        f"early_stopping: {metric} did not improve for 7 epochs on its best, {values[best - 1]} in epoch {best}"
    )
    np.testing.assert_array_equal(network.parameters, held_out(network, history))


def test_without_restoring_the_network_keeps_the_last_parameters():
    network, history = fit(stop=gn.EarlyStopping(patience=4, restore_best=False))
    again, _ = fit(epochs=len(history))
    assert network == again and "best_epoch" not in history.about


@pytest.mark.parametrize(("ties", "best"), [("first", 2), ("last", 5)])
@pytest.mark.parametrize("metric", ["val_accuracy", "val_loss"])
def test_of_equally_good_epochs_the_first_or_the_last_is_kept(ties, best, metric):
    worse, good = (0.5, 0.9) if metric == "val_accuracy" else (0.9, 0.5)
    stop = gn.EarlyStopping(metric, patience=None, ties=ties)
    memory = stop.begin({metric: metric == "val_accuracy"})
    for number, value in enumerate([worse, good, worse, float("nan"), good, worse, float("nan")], 1):
        epoch = gn.Epoch(number, 1.0, 0.1, val_loss=value, val_metrics={"accuracy": value})
        assert stop.reached(epoch, memory) is None
    assert memory["best_epoch"] == best and memory["best"] == good


def test_waiting_begins_anew_with_an_equally_good_epoch_if_the_last_counts():
    settings = {"metrics": ["accuracy"], "optimizer": gn.SGD(1e-9), "epochs": 9}  # too small a rate to change a class
    first, last = (
        fit(stop=gn.EarlyStopping("val_accuracy", 3, ties=ties), **settings)[1] for ties in ("first", "last")
    )
    assert (len(first), first.about["best_epoch"]) == (4, 1)
    assert (len(last), last.about["best_epoch"]) == (9, 9)


@pytest.mark.parametrize("engine", ENGINES)
def test_what_was_ended_in_the_middle_of_its_schedules_is_given_again(engine):
    how: dict[str, Any] = {"epochs": 8, "optimizer": gn.Adam(gn.Cosine(0.1))}
    left = gn.Network([gn.Dense(6, "tanh"), gn.Dense(3, "softmax")], engine=engine)
    for epoch in left.training(IRIS.X, IRIS.y, loss="cross_entropy", seed=0, **how):
        if epoch.number == 3:
            break
    network, history = fit(engine, stop=gn.StopAfter(3), validation=None, metrics=[], **how)
    assert len(history) == 3 and history.about["ended"] == "stop_after: epoch 3 was set as the last"
    np.testing.assert_array_equal(network.parameters, left.parameters)
    assert network != fit(engine, validation=None, metrics=[], **{**how, "epochs": 3})[0]


def test_a_better_value_must_be_better_by_more_than_min_delta():
    _, history = fit(stop=gn.EarlyStopping("loss", patience=3, min_delta=0.05))
    loss, best = history["loss"], float("inf")
    waited = 0
    for value in loss:
        best, waited = (value, 0) if value < best - 0.05 else (best, waited + 1)
    assert waited == 3
    assert history.about["best_epoch"] == len(history) - 3


def test_patience_none_only_keeps_the_best():
    network, history = fit(epochs=38, stop=gn.EarlyStopping("val_log_loss", patience=None))
    assert len(history) == 38 and history.about["ended"] == "epochs: all 38 are done"
    assert history.about["best_epoch"] == int(np.argmin(history["val_log_loss"])) + 1 < 38
    np.testing.assert_array_equal(network.parameters, held_out(network, history))


def test_the_best_is_restored_also_when_a_loop_is_left():
    network = gn.Network([gn.Dense(6, "tanh"), gn.Dense(3, "softmax")])
    training = network.training(
        IRIS.X, IRIS.y, loss="cross_entropy", optimizer=gn.Adam(0.1), seed=0, validation=0.3,
        metrics=["accuracy", "log_loss"], stop=gn.EarlyStopping("val_log_loss"),
    )  # fmt: skip
    for epoch in training:
        if epoch.val_metrics["log_loss"] > min(training.history["val_log_loss"]):
            break
    last, history = epoch.number, training.history
    training.close()
    assert history.about["ended"] == f"left: the loop over the epochs ended early, after epoch {last}"
    assert history.about["best_epoch"] < last
    np.testing.assert_array_equal(network.parameters, held_out(network, history))


@pytest.mark.parametrize("engine", ENGINES)
def test_a_target_ends_training_when_it_is_reached(engine):
    _, history = fit(engine, stop=gn.Target("val_accuracy", 0.9))
    assert history["val_accuracy"][-1] >= 0.9 > max(history["val_accuracy"][:-1])
    assert history.about["ended"].endswith(", at least 0.9")
    _, history = fit(engine, stop=gn.Target("loss", 0.3))
    assert history["loss"][-1] <= 0.3 < min(history["loss"][:-1])


def test_time_ends_training_after_the_epoch_that_is_under_way(monkeypatch):
    times = iter(range(0, 1000, 10))
    monkeypatch.setattr("time.monotonic", lambda: next(times))
    _, history = fit(stop=gn.MaxTime("1m"))
    assert len(history) == 6 and history.about["ended"] == "max_time: 60 seconds are up"


def test_the_first_of_several_stops_ends_training():
    stops = [gn.Target("val_accuracy", 2.0), gn.EarlyStopping(patience=50), gn.Target("loss", 0.5)]
    _, history = fit(stop=stops)
    assert history.about["ended"].startswith("target: loss is 0.")
    assert [stop["name"] for stop in history.about["stop"]] == ["target", "early_stopping", "target"]


def test_lbfgs_says_why_it_ended():
    pytest.importorskip("scipy")
    how: dict[str, Any] = {"optimizer": "lbfgs", "validation": None, "metrics": []}
    penalty = gn.L2(0.1)
    _, history = fit(layers=[gn.Dense(3, "softmax")], penalty=penalty, **how)
    assert history.about["ended"].startswith("converged: the optimizer found nothing better after epoch ")
    network, history = fit(layers=[gn.Dense(3, "softmax")], penalty=penalty, stop=gn.Target("loss", 0.7), **how)
    assert history.about["ended"].startswith("target: loss is")
    assert network.evaluate(IRIS.X, IRIS.y)["loss"] == pytest.approx(history["loss"][-1], rel=1e-6)


def test_train_many_stops_each_network_by_itself():
    nets = [gn.Network([gn.Dense(3, "softmax")]) for _ in range(2)]
    stops: list[Any] = [
        {"stop": gn.Target("loss", 0.6)},
        {"stop": gn.EarlyStopping("loss", 1, min_delta=0.1)},
    ]
    how: dict[str, Any] = {"loss": "cross_entropy", "optimizer": gn.Adam(0.1), "seed": 0}
    histories = gn.train_many(nets, IRIS.X, IRIS.y, epochs=300, each=stops, **how)
    for net, history, stop in zip(nets, histories, stops, strict=True):
        alone = gn.Network(net.layers)
        about = alone.fit(IRIS.X, IRIS.y, epochs=300, **how, **stop).about
        assert about | {"environment": None} == history.about | {"environment": None}  # each has its share of threads
        assert np.array_equal(alone.parameters, net.parameters)


def test_a_stop_of_ones_own():
    class Worse(gn.Stop):
        """Ends training when the loss is higher than in the epoch before."""

        times: int = 1
        of_run: ClassVar[bool] = True

        def begin(self, higher):
            return {"before": None, "times": 0}

        def reached(self, epoch, memory):
            worse = memory["before"] is not None and epoch.loss > memory["before"]
            memory["before"], memory["times"] = epoch.loss, memory["times"] + worse
            return f"the loss rose in epoch {epoch.number}" if memory["times"] == self.times else None

    _, history = fit(stop="worse")
    assert history.about["ended"] == f"worse: the loss rose in epoch {len(history)}"
    assert history["loss"][-1] > history["loss"][-2]


def test_an_undefined_first_value_is_beaten_by_any_other():
    stop, memory = gn.EarlyStopping("val_loss", 2), {"higher": False, "best": None, "best_epoch": 0}
    values = [float("nan"), float("nan"), 3.0, float("inf"), 2.0, 2.0, float("nan")]
    with pytest.warns(UserWarning, match="val_loss is nan after the first epoch"):
        said = [stop.reached(gn.Epoch(k, 0.0, 0.1, val_loss=value), memory) for k, value in enumerate(values, 1)]
    assert memory["best_epoch"] == 5 and said[:6] == [None] * 6
    assert said[6] == "val_loss did not improve for 2 epochs on its best, 2.0 in epoch 5"


def test_with_a_metric_that_is_never_defined_all_epochs_are_trained_and_the_last_is_kept_with_a_warning():
    one_class = {"validation": (IRIS.X[:20], IRIS.y[:20]), "metrics": ["roc_auc"], "epochs": 6}
    with pytest.warns(
        UserWarning, match="val_roc_auc is nan after the first epoch; as long as it is not a finite number"
    ):
        network, history = fit(stop=gn.EarlyStopping("val_roc_auc", patience=2), **one_class)
    assert (len(history), history.about["best_epoch"]) == (6, 6)
    assert network == fit(**one_class)[0]


def test_times_as_text():
    texts = ["90", "90s", "1.5m", "5m", "1h30m", "2d 12h", "0.5"]
    assert [seconds_of(text) for text in texts] == [90, 90, 90, 300, 5400, 216000, 0.5]
    for text in ("", "m", "5 minutes", "5x", "-5m", "1m1h", "1m2m", "1h30", "five"):
        with pytest.raises(gn.InvalidInput, match="MaxTime takes seconds, or a string such as '90s', '5m' or '1h30m'"):
            gn.MaxTime(text)


MISTAKES: dict[str, tuple[dict[str, Any], str]] = {
    "no validation": ({"stop": gn.EarlyStopping(), "validation": None}, "monitors 'val_loss', which needs rows to val"),
    "a misspelt metric": ({"stop": gn.EarlyStopping("val_los")}, "unknown measured value 'val_los'. Did you mean 'val"),
    "not measured": ({"stop": gn.Target("val_f1", 1)}, "unknown measured value 'val_f1'."),
    "a misspelt name": ({"stop": "early_stoping"}, "unknown stop 'early_stoping'. Did you mean 'early_stopping'?"),
    "a number": ({"stop": 5}, "expected a name or an object for the stop, got 5."),
    "two that restore": ({"stop": [gn.EarlyStopping(), gn.EarlyStopping("loss")]}, "only one EarlyStopping can"),
}  # fmt: skip


@pytest.mark.parametrize(("given", "said"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_meets_one_sentence_before_any_work(given, said):
    with pytest.raises(gn.InvalidInput) as error:
        fit(**given)
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (
            lambda: gn.EarlyStopping(patience=0),
            "EarlyStopping: `patience` must be a whole number of at least 1, got 0.",
        ),
        (lambda: gn.EarlyStopping(min_delta=-1), "EarlyStopping: `min_delta` must be a number of at least 0, got -1."),
        (
            lambda: gn.Stop.of({"name": "early_stopping", "restore_best": 1}),
            "EarlyStopping: `restore_best` must be True or False, got 1.",
        ),
        (
            lambda: gn.EarlyStopping(ties="any"),  # type: ignore[arg-type]
            "EarlyStopping: `ties` must be 'first' or 'last', got 'any'.",
        ),
        (lambda: gn.StopAfter(0), "StopAfter: `epoch` must be a whole number of at least 1, got 0."),
        (lambda: gn.MaxTime(0), "MaxTime: `seconds` must be a positive number, got 0."),
        (lambda: gn.Target("loss", float("nan")), "Target: `value` must be a finite number, got nan."),
    ],
)
def test_wrong_settings_of_a_stop_meet_one_sentence(make, said):
    with pytest.raises(gn.InvalidInput) as error:
        make()
    assert str(error.value) == said
