"""Epochs that nobody looks at between go many in one call of the engine, with the results of one by one."""

import numpy as np
import pytest

import glassnet as gn
from glassnet.engine.compiled import thread_count
from glassnet.engine.machine.threads import limited
from glassnet.engine.selection import engine_of
from glassnet.formulas.noise import new_key, new_keys
from glassnet.training.loop import strides

IRIS = gn.datasets.iris()
HIDDEN = [gn.Dense(6, "tanh")]
SETTINGS = {
    "mini-batches": {},
    "all rows in a batch": {"batch_size": 150},
    "as they lie": {"shuffle": False, "batch_size": 16},
    "a sum": {"loss": gn.CrossEntropy(reduction="sum"), "optimizer": gn.SGD(1e-4)},
    "weights, penalty, clipping": {
        "sample_weight": np.linspace(0, 2, 150), "penalty": gn.L2(1e-3), "clip": gn.ClipNorm(1.0), "accumulate": 3,
    },
    "adamw": {"optimizer": gn.AdamW(0.01)},
    "held-out rows": {"validation": 0.2},
    "held-out rows, batch of all": {"validation": 0.3, "batch_size": 150},
    "metrics": {"metrics": ["accuracy", "f1", "log_loss"]},
    "metrics of held-out rows": {
        "metrics": ["accuracy"], "validation": (IRIS.X[::4], IRIS.y[::4], np.linspace(1, 2, 38)),
        "sample_weight": np.linspace(0, 2, 150),
    },
    "the best of held-out rows": {"validation": 0.3, "stop": gn.EarlyStopping(patience=None), "epochs": 90},
    "an early end": {
        "validation": 0.3, "metrics": ["accuracy"], "stop": gn.EarlyStopping("val_accuracy", patience=9), "epochs": 300,
    },
    "an end, the last parameters": {
        "stop": [gn.EarlyStopping("loss", min_delta=0.05, patience=3, restore_best=False), gn.Target("loss", 0.01)],
        "epochs": 300,
    },
    "a target": {"metrics": ["accuracy"], "stop": gn.Target("accuracy", 0.9), "epochs": 300},
    "an epoch to stop after": {"stop": gn.StopAfter(23)},
    "a schedule": {"optimizer": gn.Adam(gn.Cosine(0.01))},
    "schedules": {
        "optimizer": gn.AdamW(gn.WarmUp(gn.Cosine(0.01), 3), weight_decay=gn.ExponentialDecay(0.1, 0.9)),
        "penalty": gn.L2(1e-3),
        "validation": 0.2,
    },
    "one's own order": {"shuffle": np.random.default_rng(5)},
}  # fmt: skip


class OwnStop(gn.EarlyStopping, name="own_stop"):
    """One that may look elsewhere than at the records of epochs."""


class OwnAccuracy(gn.metrics.Accuracy, name="own_accuracy"):
    """One that was written for the outputs of a single epoch."""

    def compute(self, y, p, w):
        assert p.ndim == 2
        return super().compute(y, p, w)


class Failing(gn.metrics.Accuracy, name="failing"):
    """One that cannot be computed of outputs that are too good."""

    def compute(self, y, p, w):
        value = super().compute(y, p, w)
        if value > 0.9:
            raise ValueError("too good")
        return value


for own, family in ((OwnStop, gn.Stop), (OwnAccuracy, gn.Metric), (Failing, gn.Metric)):
    del family.registry[own.name]  # other tests go through all that there are


def look(epoch):
    """A listener, for which each epoch is made by itself."""


def trained(layers=HIDDEN, listeners=(), epochs=40, engine="auto", **settings):
    """(the network, its history, Diverged or None)."""
    net = gn.Network([*layers, gn.Dense(3, "softmax")], engine=engine)
    training = net.training(IRIS.X, IRIS.y, **{"loss": "cross_entropy", "epochs": epochs, "seed": 1} | settings)
    try:
        training.follow(listeners)
    except gn.Diverged as error:
        return net, training.history, error
    return net, training.history, None


@pytest.fixture
def sizes(monkeypatch):
    """How many epochs each stride had."""
    found, stride = [], strides.stride

    def counted(run, size):
        found.append(size)
        return stride(run, size)

    monkeypatch.setattr(strides, "SECONDS", 10.0)
    monkeypatch.setattr(strides, "stride", counted)
    return found


def same(one, other):
    (net, history, error), (net2, history2, error2) = one, other
    np.testing.assert_array_equal(net.parameters, net2.parameters)
    np.testing.assert_array_equal(net.state, net2.state)
    assert str(error) == str(error2)
    assert len(history) == len(history2)
    for a, b in zip(history, history2, strict=True):
        a.seconds = b.seconds = 0.0
        assert a == b
    assert history.about["ended"] == history2.about["ended"]


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_strides_give_what_single_epochs_give(sizes, settings):
    made = trained(**settings)
    if not isinstance(settings.get("shuffle"), np.random.Generator):
        assert max(sizes) > 1
        same(made, trained(listeners=[look], **settings))
    else:  # whose state nobody puts back
        assert sizes == []


NOISY = [gn.GaussianNoise(0.1), gn.Dense(6, "tanh"), gn.Dropout(0.3), gn.BatchNorm()]


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"batch_size": 40, "accumulate": 2},
        {"batch_size": 150},
        {"shuffle": False, "batch_size": 16},
        {"validation": 0.2, "metrics": ["accuracy"], "stop": gn.EarlyStopping(patience=None)},
    ],
    ids=str,
)
def test_layers_that_draw_between_shuffles_draw_the_same_in_strides(sizes, settings):
    made = trained(NOISY, engine="compiled", **settings)
    assert max(sizes) > 1
    same(made, trained(NOISY, engine="compiled", listeners=[look], **settings))


def test_threads_that_share_a_stride_take_the_same_random_numbers(sizes, monkeypatch):
    monkeypatch.setattr(thread_count, "WORTH", 1)
    monkeypatch.setattr(thread_count, "SHARED", 1)
    X, y = np.tile(IRIS.X, (5, 1)), np.tile(IRIS.y, 5)

    def run(threads, listeners):
        net = gn.Network([*NOISY[:3], gn.Dense(3, "softmax")], engine="compiled")
        with limited(threads):
            training = net.training(X, y, loss="cross_entropy", validation=0.3, batch_size=240, epochs=9, seed=1)
            training.follow(listeners)
        return net, training.history, None

    made = run(2, [])
    assert max(sizes) > 1
    same(made, run(1, []))
    same(made, run(2, [look]))


def test_divergence_in_a_stride_with_noise_is_that_of_single_epochs(sizes):
    settings = {
        "layers": NOISY[:3],
        "engine": "compiled",
        "optimizer": gn.SGD(1e37),
        "loss": gn.CrossEntropy(reduction="sum"),
    }
    made = trained(**settings)
    assert sizes and made[2] is not None
    same(made, trained(listeners=[look], **settings))


def test_an_engine_that_draws_for_itself_makes_epoch_by_epoch(sizes):
    same(trained(NOISY, engine="numpy"), trained(NOISY, engine="numpy", listeners=[look]))
    assert sizes == []  # none is tried in vain
    same(
        trained(NOISY, engine="numpy", batch_size=150), trained(NOISY, engine="numpy", listeners=[look], batch_size=150)
    )
    assert max(sizes) > 1  # no shuffles


def test_keys_drawn_ahead_are_those_drawn_one_by_one():
    one, many = (np.random.default_rng(3) for _ in range(2))
    for rng in (one, many):
        rng.shuffle(np.arange(9))  # which leaves half a draw behind
    assert new_keys(many, 5).tolist() == [new_key(one) for _ in range(5)]
    assert one.bit_generator.state == many.bit_generator.state


@pytest.mark.parametrize("rate", [3e2, 1e4, 1e37])
@pytest.mark.parametrize("batch_size", [32, 150])
def test_divergence_within_a_stride_is_that_of_single_epochs(sizes, rate, batch_size):
    settings = {
        "layers": [gn.Dense(6, "relu"), gn.Dense(6, "relu")],
        "loss": gn.CrossEntropy(reduction="sum"),
        "optimizer": gn.SGD(rate),
        "batch_size": batch_size,
    }
    made = trained(**settings)
    assert sizes
    same(made, trained(listeners=[look], **settings))


def test_a_loss_that_grows_for_many_epochs_diverges_alike(sizes):
    settings = {"layers": [], "loss": gn.CrossEntropy(reduction="sum"), "epochs": 400}
    penalty = gn.L2(strength=30.0)  # 1 − η λ is below −1, so weights grow by a factor in each step
    made = trained(optimizer=gn.SGD(0.1), penalty=penalty, **settings)
    assert made[2] is not None and 20 < len(made[1]) < 400 and max(sizes) > 8
    same(made, trained(listeners=[look], optimizer=gn.SGD(0.1), penalty=penalty, **settings))


def test_the_pace_changes_no_bit(monkeypatch):
    made = trained(epochs=60)
    for seconds in (0.0, 1e-5, 100.0):
        monkeypatch.setattr(strides, "SECONDS", seconds)
        same(made, trained(epochs=60))


@pytest.mark.parametrize("call", [1, 2, 4])
def test_ctrl_c_leaves_the_network_where_its_history_ends(monkeypatch, call):
    engine, calls = type(engine_of("auto")), []
    epochs = engine.epochs

    def interrupted(self, *given):
        calls.append(epochs(self, *given))
        if len(calls) == call:
            raise KeyboardInterrupt
        return calls[-1]

    monkeypatch.setattr(strides, "SECONDS", 10.0)
    monkeypatch.setattr(engine, "epochs", interrupted)
    net = gn.Network([*HIDDEN, gn.Dense(3, "softmax")])
    training = net.training(IRIS.X, IRIS.y, loss="cross_entropy", epochs=100, seed=1)
    with pytest.raises(KeyboardInterrupt):
        training.follow([])
    done = len(training.history)
    assert training.history.about["ended"] == f"interrupted: Ctrl-C after epoch {done}"
    monkeypatch.undo()
    fresh = gn.Network([*HIDDEN, gn.Dense(3, "softmax")])
    if done:
        fresh.fit(IRIS.X, IRIS.y, loss="cross_entropy", epochs=done, seed=1, listeners=[look])
    else:
        fresh.build(4, seed=1)
    np.testing.assert_array_equal(net.parameters, fresh.parameters)


def test_what_somebody_looks_at_after_each_epoch_is_made_epoch_by_epoch(sizes, tmp_path):
    for settings in (
        {"average": 0.9}, {"mixup": 0.2}, {"checkpoint": tmp_path / "run"}, {"stop": OwnStop("loss")},
        {"optimizer": gn.Adam(gn.ReduceOnPlateau(0.01, monitor="loss"))},
    ):  # fmt: skip
        trained(epochs=3, **settings)
    trained(epochs=3, listeners=[look])
    assert sizes == []


def test_a_history_of_strides_is_one_of_epochs(sizes):
    _, history, _ = trained(epochs=30)
    assert len(history) == 30 and len(sizes) < 10
    assert history["loss"] == [epoch.loss for epoch in history]
    assert [epoch.number for epoch in history] == list(range(1, 31))
    assert history.epochs[-1].steps == 150


@pytest.mark.parametrize("metric", ["accuracy", "mae", "rmse", "r2", "f1", OwnAccuracy], ids=str)
@pytest.mark.parametrize("n_outputs", [1, 2, 11])
@pytest.mark.parametrize("weighted", [False, True])
def test_a_metric_of_each_of_many_outputs_is_that_of_one(metric, n_outputs, weighted):
    rng = np.random.default_rng(n_outputs)
    outputs = rng.uniform(size=(5, 203, n_outputs)).astype("f")
    y = rng.uniform(size=(203, n_outputs))
    metric = gn.metrics.Metric.of(metric)
    w = rng.uniform(size=203).astype("f") if weighted else None
    targets = [y if not metric.of_labels else (y > 0.5).astype(float)]
    if metric.of_labels and n_outputs > 1:
        targets += [rng.integers(0, n_outputs, 203), np.eye(n_outputs)[rng.integers(0, n_outputs, 203)]]
        outputs[:3] /= outputs[:3].sum(axis=-1, keepdims=True)  # some are classes, others are not
    for target in targets:
        assert metric.each(target, outputs, w) == [metric(target, p, w) for p in outputs]
        assert metric.each(target, outputs[:3], w) == [metric(target, p, w) for p in outputs[:3]]


def test_a_metric_that_fails_does_so_at_its_epoch(sizes):
    def run(listeners):
        net = gn.Network([*HIDDEN, gn.Dense(3, "softmax")])
        training = net.training(IRIS.X, IRIS.y, loss="cross_entropy", epochs=300, seed=1, metrics=[Failing()])
        with pytest.raises(ValueError, match="too good"):
            training.follow(listeners)
        return net, training.history, None

    made = run([])
    assert len(made[1]) > 5 and max(sizes) > 1
    same(made, run([look]))
