"""Numbers that follow schedules in training: what they do on both engines, what is recorded, what is refused."""

import itertools
import json
import warnings
from typing import Any

import numpy as np
import pytest

import glassnet as gn
from glassnet.training.loop.schedule_values import Follower, Scheduled
from glassnet.typing import OwnSettings

IRIS = gn.datasets.iris()
X = (IRIS.X - IRIS.X.mean(axis=0)) / IRIS.X.std(axis=0)
ENGINES = pytest.mark.parametrize("engine", ["numpy", "compiled"])


def net(engine="numpy", dropout: Any = 0.1, dtype="float64", **more):
    return gn.Network(
        [gn.Dense(6, "tanh", **more), gn.Residual(gn.Dense(6), gn.Dropout(dropout)), gn.Dense(3, "softmax")],
        dtype=dtype,
        engine=engine,
    )


def train(network, epochs=6, **more):
    chosen: dict[str, Any] = {"loss": "cross_entropy", "optimizer": "adam", "seed": 0, "epochs": epochs, **more}
    return network.fit(X, IRIS.y, **chosen)


@ENGINES
def test_a_step_schedule_is_the_loop_that_sets_the_rate_by_hand(engine):
    scheduled, by_hand = net(engine), net(engine)
    history = train(scheduled, optimizer=gn.Adam(gn.Step(0.1, factor=0.5, every=2)))
    loop = by_hand.training(X, IRIS.y, loss="cross_entropy", optimizer=gn.Adam(0.1), epochs=6, seed=0)
    for epoch in loop:
        if epoch.number % 2 == 0:
            epoch.learning_rate /= 2
    np.testing.assert_array_equal(scheduled.parameters, by_hand.parameters)
    assert history["learning_rate"] == [0.1, 0.1, 0.05, 0.05, 0.025, 0.025]


SCHEDULES = {
    "exponential": gn.ExponentialDecay(0.05, factor=0.9),
    "restarts": gn.Cosine(0.05, final=0.001, period=2, growth=2),
    "step": gn.Step(0.05, every=5),
    "one cycle": gn.OneCycle(0.05),
    "warm-up": gn.WarmUp(gn.FlatCosine(0.05), epochs=2),
    "waves": gn.CosineLog(0.05),
    "plateau": gn.ReduceOnPlateau(0.05, patience=2),
}


@ENGINES
@pytest.mark.parametrize("name", SCHEDULES)
def test_a_network_learns_the_flowers_by_every_schedule(name, engine):
    network, how = net(engine), {"validation": 0.2, "metrics": ["accuracy"]}
    history = train(network, epochs=30, optimizer=gn.Adam(SCHEDULES[name]), **how)
    assert network.evaluate(X, IRIS.y, loss="cross_entropy", metrics=["accuracy"])["accuracy"] > 0.93
    if name == "restarts":
        falling = [history["learning_rate"][k + 1] < history["learning_rate"][k] for k in range(13)]
        assert [k + 1 for k, falls in enumerate(falling) if not falls] == [2, 6]  # waves of 2, 4 and 8 epochs


@ENGINES
def test_the_rate_changes_within_an_epoch(engine):
    network = gn.Network([gn.Dense(1, bias=False, weights="zeros")], dtype="float64", engine=engine)
    ones = np.ones((4, 1))
    how: dict[str, Any] = {"loss": "absolute_error", "batch_size": 1, "shuffle": False, "epochs": 2, "seed": 0}
    schedule = gn.WarmUp(1.0, epochs=1, start=0)  # rates 0, 1/4, 2/4, 3/4, then 1 for the rest
    training = network.training(ones, 10 * ones, optimizer=gn.SGD(schedule), **how)
    steps = [network.parameters[0] for _ in training]
    np.testing.assert_allclose(steps, [1.5, 5.5])


@ENGINES
def test_every_number_that_may_change_follows_its_schedule(engine):
    one = gn.Cosine(0.5, final=0.1)
    constant = {"rule": gn.AdamW(0.01), "penalty": gn.L2(0.01), "clip": gn.ClipNorm(0.1), "dropout": 0.5, "more": {}}
    changing: dict[str, dict[str, Any]] = {
        "beta1": {"rule": gn.AdamW(0.01, beta1=one)},
        "weight_decay": {"rule": gn.AdamW(0.01, weight_decay=one)},
        "penalty.strength": {"penalty": gn.L2(one)},
        "clip.max_norm": {"clip": gn.ClipNorm(one)},
        "1.1.rate": {"dropout": one},
        "0.weight_decay": {"more": {"weight_decay": one}},
        "0.penalty.strength": {"more": {"penalty": gn.L1(one)}},
    }

    def run(engine, rule, penalty, clip, dropout, more):
        network = net(engine, dropout, **more)
        history = train(network, optimizer=rule, penalty=penalty, clip=clip)
        return network.parameters, history

    with warnings.catch_warnings():
        warnings.simplefilter("error")  # none falls back on NumPy
        plain, _ = run(engine, **constant)
        for name, different in changing.items():
            parameters, history = run(engine, **constant | different)
            expected, _ = run("numpy", **constant | different)
            assert not np.array_equal(parameters, plain), name
            np.testing.assert_allclose(parameters, expected, rtol=1e-9, err_msg=name)
            np.testing.assert_allclose(history[name], one.at(np.arange(6), 6))
            assert name in history.names()


@ENGINES
def test_a_rate_set_by_hand_overrides_the_schedule_from_then_on(engine):
    network, rates = net(engine), []
    rule = gn.SGD(gn.Cosine(0.1))
    for epoch in network.training(X, IRIS.y, loss="cross_entropy", optimizer=rule, epochs=5, seed=0):
        rates.append(epoch.learning_rate)
        if epoch.number == 2:
            epoch.learning_rate = 0.5
    np.testing.assert_allclose(rates[:2], gn.Cosine(0.1).at(np.arange(2), 5))
    assert rates[2:] == [0.5, 0.5, 0.5]


@ENGINES
def test_the_history_has_the_rate_that_each_epoch_had_whoever_sets_the_next_one(engine, tmp_path):
    def raise_it(epoch):
        if epoch.number == 2:
            epoch.learning_rate = 0.5

    log = gn.listeners.CSVLog(tmp_path / "before.csv")
    history = train(net(engine), epochs=4, optimizer=gn.SGD(0.1), listeners=[log, raise_it])
    assert history["learning_rate"] == [0.1, 0.1, 0.5, 0.5]
    assert np.loadtxt(tmp_path / "before.csv", str, delimiter=",")[1:, -2].astype(float).tolist() == [
        0.1,
        0.1,
        0.5,
        0.5,
    ]
    loop = net(engine).training(X, IRIS.y, loss="cross_entropy", optimizer=gn.SGD(0.1), epochs=3, seed=0)
    for epoch in loop:
        epoch.learning_rate *= 2
    assert loop.history["learning_rate"] == [0.1, 0.2, 0.4]


@ENGINES
def test_a_plateau_lowers_the_rate(engine):
    rule = gn.SGD(gn.WarmUp(gn.ReduceOnPlateau(1e-9, factor=0.5, patience=2, monitor="val_loss"), epochs=1))
    history = train(net(engine), epochs=7, optimizer=rule, validation=0.2)
    np.testing.assert_allclose(history["learning_rate"], np.array([0.1, 1, 1, 0.5, 0.5, 0.25, 0.25]) * 1e-9)


def test_what_schedules_remember_is_a_state_that_json_holds_and_that_can_be_put_back():
    schedules = [gn.ReduceOnPlateau(0.1, patience=2, monitor="loss"), gn.Cosine(0.1)]
    follow = [
        Follower(gn.SGD(), "learning_rate", schedules[0], "learning_rate"),
        Follower(gn.L2(), "l", schedules[1], "l"),
    ]
    first, second = Scheduled(follow, 9), Scheduled(follow, 9)
    for number, loss in enumerate([3.0, 1.0, 1.0, 1.0], start=1):
        rate = first.begin(number, 2, 0.1)
        first.end(gn.Epoch(number, loss, rate), rate)
    second.state = json.loads(json.dumps(first.state))
    for scheduled in (first, second):
        assert scheduled.begin(5, 2, 0.1) == pytest.approx(0.01)
    np.testing.assert_array_equal(first.changing.table, second.changing.table)
    first.end(gn.Epoch(5, 1.0, 0.5), 0.01)
    second.state = json.loads(json.dumps(first.state))
    assert second.begin(6, 2, 0.5) == 0.5


@ENGINES
def test_schedules_go_into_model_files_and_come_back(engine, tmp_path):
    network = net(engine, dropout=gn.Step(0.5, every=3))
    rule = gn.Adam(gn.OneCycle(0.02))
    train(network, optimizer=rule)
    again = gn.Network.load(network.save(tmp_path / "net.safetensors"))
    assert again.layers == network.layers
    assert again.layers[1].inner[1] == gn.Dropout(gn.Step(0.5, every=3))
    assert gn.UpdateRule.of(again.trained_with["optimizer"]) == rule
    np.testing.assert_allclose(again.predict(X), network.predict(X), rtol=1e-12)
    assert gn.check_gradient(network, X[:7], IRIS.y[:7]).max_error < 1e-6


def test_a_network_with_schedules_trains_again_as_before():
    first, second = net(dropout=gn.Cosine(0.5)), net(dropout=gn.Cosine(0.5))
    train(first)
    train(second)
    second.layout = None
    train(second)
    np.testing.assert_array_equal(first.parameters, second.parameters)
    assert first.layers[1].layers[1].rate == gn.Cosine(0.5)


def test_many_networks_follow_schedules_of_their_own():
    nets, alone = [net(), net()], net()
    rules = [gn.SGD(gn.Cosine(0.1)), gn.Adam(gn.Step(0.1, every=1))]
    each: list[OwnSettings] = [{"optimizer": rule} for rule in rules]
    gn.train_many(nets, X, IRIS.y, loss="cross_entropy", epochs=6, seed=0, each=each, workers=2)
    train(alone, optimizer=rules[1])
    np.testing.assert_array_equal(nets[1].parameters, alone.parameters)


class Wrong(gn.Schedule):
    value: float = 1.0

    def at(self, t, epochs=None, drops=0):
        return np.where(t >= 1, np.nan, self.value)


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no end": (
        {"optimizer": gn.Adam(gn.Cosine(0.1))},
        "Cosine(value=0.1) needs to know when training ends: give epochs",
    ),
    "no end for dropout": ({"layers": [gn.Dropout(gn.OneCycle(0.1))]}, "needs to know when training ends"),
    "an end too soon": (
        {"optimizer": gn.Adam(gn.WarmUp(gn.Cosine(0.1), epochs=5)), "epochs": 5},
        "needs more than 5 epochs, got epochs=5.",
    ),
    "no validation": (
        {"optimizer": gn.Adam(gn.ReduceOnPlateau(0.1))},
        "monitors 'val_loss': pass validation data, or set monitor='loss'.",
    ),
    "an unknown value": (
        {"optimizer": gn.Adam(gn.ReduceOnPlateau(0.1, monitor="acuracy")), "metrics": ["accuracy"]},
        "unknown monitor 'acuracy'. Did you mean 'accuracy'?",
    ),
    "L-BFGS": ({"optimizer": "lbfgs", "penalty": gn.L2(gn.Step(0.1))}, "it does not support schedules."),
}


@pytest.mark.parametrize("what", REFUSED)
def test_schedules_that_cannot_be_are_refused_before_training(what):
    given, said = dict(REFUSED[what][0]), REFUSED[what][1]
    network = gn.Network([*given.pop("layers", []), gn.Dense(3, "softmax")])
    with pytest.raises(gn.InvalidInput) as error:
        network.training(X, IRIS.y, loss="cross_entropy", **given)
    assert said in str(error.value)
    assert network.layout is None


CALLS = itertools.count(1)


class OfConditions(gn.Schedule):
    value: float

    def at(self, t, epochs=None, drops=0):
        return self.value if t < 5 else self.value / 2


class OfTheFirst(OfConditions):
    def at(self, t, epochs=None, drops=0):
        return self.value / 2 ** int(np.ravel(t)[0])


class OfCalls(OfConditions):
    def at(self, t, epochs=None, drops=0):
        return self.value / next(CALLS)


class OfChance(OfConditions):
    def at(self, t, epochs=None, drops=0):
        return self.value * np.random.default_rng().random(np.shape(t))


class OfShort(OfConditions):
    def at(self, t, epochs=None, drops=0):
        return self.value + (t[:2] if np.ndim(t) else t)


@pytest.mark.parametrize("kind", [OfConditions, OfTheFirst, OfCalls, OfChance, OfShort])
def test_a_schedule_that_is_no_formula_of_the_position_is_refused(kind):
    said = rf"{kind.__name__}\(value=0.1\) must be a formula of t that gives for an array what it gives for each"
    with pytest.raises(gn.InvalidInput, match=said):
        train(net(), optimizer=gn.SGD(kind(0.1)))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (np.array([0.1]), r"an array of float64, shape \(1,\)"),
        ([0.1, [0.2]], r"\[0.1, \[0.2\]\]"),
        (None, "None"),
        ("0.1", "'0.1'"),
        (True, "True"),
        (1j, "1j"),
    ],
)
def test_a_schedule_that_gives_no_number_for_a_position_is_refused(given, said):
    class Other(OfConditions):
        def at(self, t, epochs=None, drops=0):
            return given

    with pytest.raises(gn.InvalidInput, match=rf"must give a number for a number: for t=.*, {said} came."):
        train(net(), optimizer=gn.SGD(Other(0.1)))


@pytest.mark.parametrize("given", [np.float32(0.125), np.array(0.125), 1, np.int32(1)])
def test_a_schedule_may_give_numbers_of_numpy(given):
    class Other(OfConditions):
        def at(self, t, epochs=None, drops=0):
            return given

    assert train(net(), optimizer=gn.SGD(Other(0.1)))["learning_rate"] == [given] * 6


def test_a_schedule_may_give_one_number_for_all_positions():
    class Same(OfConditions):
        def at(self, t, epochs=None, drops=0):
            return self.value

    assert train(net(), optimizer=gn.SGD(Same(0.1)))["learning_rate"] == [0.1] * 6


def test_a_schedule_that_gives_no_number_is_told():
    with pytest.raises(gn.InvalidInput, match="set learning_rate to a value that is not finite in epoch 2"):
        train(net(), optimizer=gn.SGD(Wrong(0.1)))


@pytest.mark.parametrize("by_hand", [None, 0.3])
def test_numbers_of_several_epochs_are_those_of_each(by_hand):
    cosine, decay = gn.WarmUp(gn.Cosine(0.1), 2), gn.ExponentialDecay(0.2, 0.9)
    named = [Follower(None, "", cosine, "learning_rate"), Follower(None, "", decay, "weight_decay")]
    scheduled = Scheduled(named, 9)
    scheduled.by_hand = by_hand
    tables = scheduled.tables(3, 4, 5)
    for k, table in enumerate(tables):
        rate = scheduled.begin(3 + k, 5, 1.0)
        np.testing.assert_array_equal(table, scheduled.changing.table)
        assert rate == scheduled.rate_of(table, 1.0) == table[0, 0] and (by_hand is None or rate == by_hand)
        assert scheduled.now() == scheduled.numbers_of(table)
        assert scheduled.now() == pytest.approx({"weight_decay": 0.2 * 0.9 ** (2.0 + k)})


def test_the_first_of_several_epochs_without_a_number_is_told():
    with pytest.raises(gn.InvalidInput, match="set dropout to a value that is not finite in epoch 2"):
        Scheduled([Follower(None, "", Wrong(0.1), "dropout")], 9).tables(1, 4, 3)


def test_a_rate_that_follows_no_schedule_stays():
    assert Scheduled([], 9).tables(1, 3, 0).shape == (3, 0, 0)
    assert Scheduled([], 9).begin(1, 4, 0.7) == 0.7 and Scheduled([], 9).now() == {}
