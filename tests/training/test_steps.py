"""What may stand around a training step: class weights, decay by layer, accumulation, averages, mixup."""

from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.utils.class_weight import compute_class_weight

import glassnet as gn

IRIS = gn.datasets.iris()
X = (IRIS.X - IRIS.X.mean(axis=0)) / IRIS.X.std(axis=0)
CANCER = load_breast_cancer()
CX = (CANCER.data - CANCER.data.mean(axis=0)) / CANCER.data.std(axis=0)
ENGINES = pytest.mark.parametrize("engine", ["numpy", "compiled"])
RARE = np.r_[np.arange(50), np.arange(50, 80), np.arange(100, 110)]  # 50, 30 and 10 rows of the classes


def net(engine="numpy", layers=None, **more):
    layers = layers or [gn.Dense(6, "tanh"), gn.Dense(3, "softmax")]
    return gn.Network(layers, dtype="float64", engine=engine, **more)


def train(network, rows=slice(None), epochs=5, **more):
    chosen: dict[str, Any] = {"loss": "cross_entropy", "optimizer": gn.Adam(0.02), "seed": 0, "epochs": epochs, **more}
    return network.fit(X[rows], IRIS.y[rows], **chosen)


@ENGINES
@pytest.mark.parametrize("given", ["balanced", {0: 0.5, 2: 3.0}, [0.5, 1.0, 3.0]])
def test_class_weights_are_sample_weights_of_the_classes(engine, given):
    a, b = net(engine), net(engine)
    y, own = IRIS.y[RARE], np.linspace(0.5, 2, len(RARE))
    weights = [0.5, 1.0, 3.0]
    if given == "balanced":
        weights = compute_class_weight("balanced", classes=np.arange(3), y=y).tolist()
    first = train(a, RARE, class_weight=given, sample_weight=own)
    second = train(b, RARE, sample_weight=own * np.array(weights)[y])
    np.testing.assert_allclose(a.parameters, b.parameters, rtol=1e-12)
    np.testing.assert_allclose(first["loss"], second["loss"])
    assert a.trained_with["class_weight"] == pytest.approx(weights)
    found = a.evaluate(X[RARE], y, class_weight=given, sample_weight=own)["loss"]
    assert found == pytest.approx(a.evaluate(X[RARE], y, sample_weight=own * np.array(weights)[y])["loss"])


@ENGINES
def test_class_weights_of_yes_or_no_and_of_shares(engine):
    layers = [gn.Dense(1, "sigmoid")]
    a, b, c, d = net(engine, layers), net(engine, layers), net(engine), net(engine)
    how: dict[str, Any] = {"loss": "binary_cross_entropy", "epochs": 3, "seed": 0, "validation": 0.2}
    first = a.fit(CX, CANCER.target, class_weight={1: 2.0}, **how)
    second = b.fit(CX, CANCER.target, sample_weight=1.0 + CANCER.target, **how)
    np.testing.assert_allclose(a.parameters, b.parameters, rtol=1e-12)
    np.testing.assert_allclose(first["val_loss"], second["val_loss"])
    one_hot: dict[str, Any] = {"loss": "cross_entropy", "epochs": 3, "seed": 0, "class_weight": "balanced"}
    c.fit(X[RARE], np.eye(3)[IRIS.y[RARE]], **one_hot)
    d.fit(X[RARE], IRIS.y[RARE], **one_hot)
    np.testing.assert_allclose(c.parameters, d.parameters, rtol=1e-12)


def test_balanced_weights_are_those_of_the_rows_that_are_trained_on():
    network = net()
    train(network, class_weight="balanced", validation=0.2, epochs=1)
    assert network.trained_with["class_weight"] == pytest.approx([1, 1, 1])
    nets = [net(), net()]
    gn.train_many(
        nets, X, IRIS.y, loss="cross_entropy", class_weight="balanced", epochs=1, seed=0, each=[{}, {"rows": RARE}]
    )
    assert nets[1].trained_with["class_weight"] == pytest.approx([0.6, 1.0, 3.0])


def test_balanced_weights_find_a_rare_class():
    rare = np.r_[np.arange(50), np.arange(50, 100), np.arange(100, 104)]
    plain, balanced = net(), net()
    for network, given in ((plain, None), (balanced, "balanced")):
        train(network, rare, epochs=15, class_weight=given)
    recall = [(network.predict(X[104:]).argmax(axis=1) == 2).mean() for network in (plain, balanced)]
    assert recall[1] > recall[0] + 0.1


@ENGINES
@pytest.mark.parametrize("reduction", ["mean", "mean_of_rows", "sum"])
@pytest.mark.parametrize("weighted", [True, False])
def test_accumulated_batches_are_one_batch_of_all_their_rows(engine, reduction, weighted):
    how: dict[str, Any] = {
        "loss": gn.CrossEntropy(reduction=reduction),
        "metrics": ["accuracy"],
        "sample_weight": np.r_[np.zeros(30), np.linspace(0.1, 2, 120)] if weighted else None,
    }
    for shuffle in (True, False):
        a, b = net(engine), net(engine)
        first = train(a, batch_size=11, accumulate=3, shuffle=shuffle, **how)
        second = train(b, batch_size=33, shuffle=shuffle, **how)
        np.testing.assert_allclose(a.parameters, b.parameters, rtol=1e-9, atol=1e-12)
        for name in ("loss", "accuracy"):
            np.testing.assert_allclose(first[name], second[name])
        assert [epoch.steps for epoch in first] == [epoch.steps for epoch in second]


@ENGINES
def test_accumulation_counts_the_steps_of_schedules_by_updates(engine):
    a, b = net(engine), net(engine)
    rule = gn.Adam(gn.OneCycle(0.1))
    train(a, batch_size=8, accumulate=4, optimizer=rule)
    train(b, batch_size=32, optimizer=rule)
    np.testing.assert_allclose(a.parameters, b.parameters, rtol=1e-9, atol=1e-12)


@ENGINES
def test_a_layers_own_decay_takes_the_place_of_the_global_one(engine):
    wide: dict[str, Any] = {"optimizer": gn.AdamW(0.02, weight_decay=0.5), "penalty": gn.L2(0.1)}
    none: dict[str, Any] = {"weight_decay": 0.0, "penalty": gn.L2(0.0)}
    first, last = gn.Dense(6, "tanh", **none), gn.Dense(3, "softmax", **none)
    free, without = net(engine, [first, last]), net(engine)
    train(free, **wide)
    train(without, optimizer=gn.Adam(0.02))
    np.testing.assert_allclose(free.parameters, without.parameters, rtol=1e-12)
    decaying = gn.Dense(6, "tanh", weight_decay=0.5, penalty="l1")
    held, own = net(engine), net(engine, [decaying, gn.Dense(3, "softmax")])
    train(own, optimizer=gn.Adam(0.02), epochs=60)
    train(held, optimizer=gn.Adam(0.02), epochs=60)
    assert np.abs(own.arrays["0.W"]).sum() < 0.7 * np.abs(held.arrays["0.W"]).sum()


def test_one_step_of_a_layers_own_weight_decay_and_penalty_by_hand():
    layer = gn.Dense(1, bias=False, weights=gn.Constant(2.0), weight_decay=0.25, penalty=gn.L2(3.0))
    network = gn.Network([layer, gn.Dense(1, bias=False, weights=gn.Constant(0.0))], dtype="float64", engine="numpy")
    network.fit([[1.0]], [0.0], loss="squared_error", optimizer=gn.SGD(0.1), epochs=1)
    assert network.arrays["0.W"][0, 0] == pytest.approx(2.0 * (1 - 0.1 * 0.25) - 0.1 * 3 * 2)
    assert network.arrays["1.W"][0, 0] == 0


def test_the_gradient_check_counts_a_layers_own_penalty():
    layers = [gn.Dense(5, "tanh", penalty=gn.L2(0.3)), gn.Dense(3, "softmax")]
    network = net(layers=layers).build(4, seed=0)
    for dtype, most in (("float64", 1e-6), ("float32", 2e-2)):
        check = gn.check_gradient(network, X[:23], IRIS.y[:23], loss="cross_entropy", penalty=gn.L1(0.2), dtype=dtype)
        assert check.max_error < most
    plain = gn.check_gradient(net().build(4, seed=0), X[:23], IRIS.y[:23], loss="cross_entropy")
    assert plain.analytic.keys() == check.analytic.keys()


class WrongSlope(gn.Penalty):
    def value(self, w):
        return w * w

    def slope(self, w):
        return 1.9 * w


def test_the_gradient_check_finds_a_wrong_slope_in_a_layers_own_penalty():
    network = net(layers=[gn.Dense(5, "tanh", penalty=WrongSlope()), gn.Dense(3, "softmax")]).build(4, seed=0)
    check = gn.check_gradient(network, X[:23], IRIS.y[:23], loss="cross_entropy")
    assert check.errors["0.W"] > 1e-3 and check.errors["1.W"] < 1e-6


@ENGINES
def test_the_average_of_the_parameters_is_what_is_validated_and_kept(engine):
    network, by_hand = net(engine), net("numpy")
    decay, average = 0.9, np.zeros(1)
    for _ in by_hand.training(X, IRIS.y, loss="cross_entropy", epochs=6, batch_size=150, seed=0):
        average = decay * average + (1 - decay) * by_hand.parameters
    average /= 1 - decay**6
    history = train(network, optimizer="adam", average=decay, batch_size=150, epochs=6, validation=(X, IRIS.y))
    np.testing.assert_allclose(network.parameters, average, rtol=1e-9)
    assert history["val_loss"][-1] == pytest.approx(network.evaluate(X, IRIS.y)["loss"])
    assert network.trained_with["average"] == {"name": "moving_average", "decay": 0.9}


@ENGINES
def test_an_average_changes_no_step_and_is_there_after_a_break(engine):
    plain, averaged = net(engine), net(engine)
    first = train(plain, optimizer="adam")
    second = train(averaged, optimizer="adam", average=gn.MovingAverage(0.99))
    assert first["loss"] == second["loss"]
    left = net(engine)
    for epoch in left.training(X, IRIS.y, loss="cross_entropy", epochs=9, average=0.99, seed=0):
        if epoch.number == 5:
            break
    del epoch
    np.testing.assert_array_equal(left.parameters, averaged.parameters)
    assert not np.array_equal(plain.parameters, averaged.parameters)


class Uniform(gn.Average):
    """a ← a + (p − a) / t: the mean of all p (Polyak and Juditsky 1992)."""

    def update(self, a, p, t):
        return a + (p - a) / t


@ENGINES
def test_an_average_of_ones_own_is_its_update(engine):
    network, by_hand, seen = net(engine), net("numpy"), []
    for _ in by_hand.training(X, IRIS.y, loss="cross_entropy", epochs=5, batch_size=150, seed=0):
        seen.append(by_hand.parameters.copy())
    train(network, optimizer="adam", average=Uniform(), batch_size=150)
    np.testing.assert_allclose(network.parameters, np.mean(seen, axis=0), rtol=1e-9)
    with pytest.raises(NotImplementedError, match="Average must define update"):
        gn.Average().update(np.zeros(1), np.zeros(1), 1)


@ENGINES
def test_where_training_diverges_the_network_keeps_the_last_good_average(engine):
    network, good = net(engine, [gn.Dense(1)]), net(engine, [gn.Dense(1)])
    how: dict[str, Any] = {"loss": "squared_error", "average": 0.9, "batch_size": 150, "seed": 0}
    for epoch in good.training(X, X[:, 0], optimizer=gn.SGD(0.01), **how):
        if epoch.number == 2:
            break
    del epoch
    with pytest.raises(gn.Diverged):
        for epoch in network.training(X, X[:, 0], optimizer=gn.SGD(0.01), **how):
            if epoch.number == 2:
                epoch.learning_rate = 1e200
    np.testing.assert_array_equal(network.parameters, good.parameters)


def test_an_average_of_decay_0_is_the_last_parameters():
    plain, averaged = net(), net()
    train(plain)
    train(averaged, average=0)
    np.testing.assert_allclose(averaged.parameters, plain.parameters, rtol=1e-12)


@ENGINES
def test_mixup_trains_between_rows_the_same_on_both_engines(engine):
    how: dict[str, Any] = {"mixup": 0.4, "metrics": ["accuracy"], "epochs": 8, "validation": 0.2}
    plain, mixed, other = net(engine), net(engine), net("numpy")
    train(plain, epochs=8)
    history = train(mixed, **how)
    expected = train(other, **how)
    np.testing.assert_allclose(mixed.parameters, other.parameters, rtol=1e-8)
    np.testing.assert_allclose(history["accuracy"], expected["accuracy"])
    assert not np.allclose(mixed.parameters, plain.parameters)
    assert history["accuracy"][-1] > 0.8 and history["val_loss"][-1] < history["val_loss"][0]


@ENGINES
def test_codes_of_categories_are_not_mixed(engine):
    codes = IRIS.y[:, None]
    y = np.column_stack([X[:, 0], IRIS.y])
    layers = [gn.Columns((0, gn.Embedding(3, 2)), (slice(1, 5), gn.Dense(3, "tanh"))), gn.Dense(2)]
    a, b = net(engine, layers), net("numpy", layers)
    how: dict[str, Any] = {"loss": "squared_error", "mixup": 1.0, "batch_size": 40, "epochs": 3, "seed": 0}
    a.fit(np.column_stack([codes, X]), y, **how)
    b.fit(np.column_stack([codes, X]), y, **how)
    np.testing.assert_allclose(a.parameters, b.parameters, rtol=1e-9)


@ENGINES
def test_mixup_of_blocks_is_that_of_the_whole_table_where_one_block_holds_it(engine):
    whole, blocks, small = (net(engine) for _ in range(3))
    how: dict[str, Any] = {"loss": "cross_entropy", "mixup": 0.4, "shuffle": False, "epochs": 3, "seed": 0}
    whole.fit(X, IRIS.y, **how)
    blocks.fit(gn.Blocks.of_arrays(X, IRIS.y), **how)
    np.testing.assert_array_equal(blocks.parameters, whole.parameters)
    history = small.fit(gn.Blocks.of_arrays(X, IRIS.y, block_rows=40), **how | {"epochs": 60})
    assert history["loss"][-1] < history["loss"][0] and not np.array_equal(small.parameters, whole.parameters)


@ENGINES
def test_label_smoothing_of_yes_or_no_trains_towards_the_middle(engine):
    a, b = (net(engine, [gn.Dense(1, "sigmoid")]) for _ in range(2))
    how: dict[str, Any] = {"epochs": 4, "seed": 0}
    a.fit(CX, CANCER.target, loss=gn.BinaryCrossEntropy(label_smoothing=0.2), **how)
    b.fit(CX, 0.1 + 0.8 * CANCER.target, loss="binary_cross_entropy", **how)
    np.testing.assert_allclose(a.parameters, b.parameters, rtol=1e-12)
    assert gn.check_gradient(a, CX[:23], CANCER.target[:23]).max_error < 1e-6


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "class weights of numbers": (
        {"loss": "squared_error", "layers": [gn.Dense(1)], "class_weight": "balanced"},
        "class_weight is for classification; squared_error predicts numbers: use sample_weight.",
    ),
    "class weights of several yes-or-no outputs": (
        {
            "loss": "binary_cross_entropy",
            "layers": [gn.Dense(2, "sigmoid")],
            "y": np.eye(2)[IRIS.y % 2],
            "class_weight": "balanced",
        },
        "class_weight needs one column of labels, not 2: use sample_weight.",
    ),
    "another word": ({"class_weight": "balance"}, "unknown class_weight 'balance'. Did you mean 'balanced'?"),
    "another class": ({"class_weight": {3: 1.0}}, "class_weight has a weight for class 3, but the classes are 0…2."),
    "two weights for three classes": ({"class_weight": [1, 2]}, "a mapping or a list of 3; got [1, 2]."),
    "negative class weights": ({"class_weight": [1, -2, 1]}, "numbers of at least 0 for the classes 0…2"),
    "weights of 0 throughout": (
        {"class_weight": [0, 0, 1], "sample_weight": (IRIS.y < 2).astype(float)},
        "all rows to train on have weight 0, from class_weight and sample_weight.",
    ),
    "no batch an update": ({"accumulate": 0}, "accumulate must be a whole number of at least 1, got 0."),
    "an average of 1": ({"average": 1.0}, "MovingAverage: `decay` must be a number in [0, 1), got 1.0."),
    "an unknown average": ({"average": "moving"}, "unknown average 'moving'. Did you mean 'moving_average'?"),
    "mixup of nothing": ({"mixup": 0}, "mixup must be a positive number such as 0.2, got 0."),
    "L-BFGS and mixup": ({"optimizer": "lbfgs", "mixup": 0.2}, "it does not support mixup."),
    "L-BFGS and an average": ({"optimizer": "lbfgs", "average": 0.9}, "it does not support average."),
    "L-BFGS and accumulation": ({"optimizer": "lbfgs", "accumulate": 2}, "it does not support accumulate."),
    "L-BFGS and decay": (
        {"optimizer": "lbfgs", "layers": [gn.Dense(3, "softmax", weight_decay=0.1)]},
        "it does not support weight_decay.",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_is_refused_before_training(what):
    given, said = dict(REFUSED[what][0]), REFUSED[what][1]
    network = net(layers=given.pop("layers", None))
    with pytest.raises(gn.InvalidInput) as error:
        network.training(X, given.pop("y", IRIS.y), **{"loss": "cross_entropy", **given})
    assert said in str(error.value)
    assert network.layout is None


def test_a_layers_weight_decay_is_checked():
    with pytest.raises(gn.InvalidInput, match="Dense: `weight_decay` must be a number of at least 0, got -1"):
        gn.Dense(3, weight_decay=-1)
    with pytest.raises(gn.UnknownName, match="unknown penalty 'l3'"):
        gn.Dense(3, penalty="l3")  # type: ignore[arg-type]
    assert repr(gn.Dense(3, penalty="l2")) == "Dense(3, 'linear', penalty=L2())"


@ENGINES
@pytest.mark.parametrize("rule", [gn.Adam(0.02), gn.Nesterov(0.02), gn.SGD(0.02)])
def test_epochs_one_by_one_with_the_optimizers_state_are_epochs_at_once(engine, rule):
    at_once, bit_by_bit, state = net(engine), net(engine), gn.OptimizerState()
    train(at_once, epochs=4, optimizer=rule, shuffle=False)
    for _ in range(4):
        train(bit_by_bit, epochs=1, optimizer=rule, shuffle=False, optimizer_state=state)
    np.testing.assert_array_equal(at_once.parameters, bit_by_bit.parameters)
    assert (state.optimizer, state.step, state.learning_rate) == (rule.name, 20, 0.02)
    forgetful = net(engine)
    for _ in range(4):
        train(forgetful, epochs=1, optimizer=rule, shuffle=False)
    assert np.array_equal(forgetful.parameters, at_once.parameters) == (not rule.memory)


@ENGINES
def test_a_training_that_is_handed_rows_is_one_of_them_all(engine):
    by_hand, held, state = net(engine), net(engine), gn.OptimizerState()
    parts = [slice(0, 60), slice(60, 110), slice(110, 150)]
    for part in parts:
        by_hand.fit(X[part], IRIS.y[part], loss="cross_entropy", epochs=1, optimizer_state=state, seed=0, shuffle=False)
    training = held.training(X[parts[0]], IRIS.y[parts[0]], loss="cross_entropy", seed=0, shuffle=False)
    next(training)
    for part in parts[1:]:
        training.hold(X[part], IRIS.y[part])
        next(training)
    training.close()
    np.testing.assert_array_equal(held.parameters, by_hand.parameters)


def test_rows_that_a_training_cannot_hold_are_refused():
    training = net().training(X[:60], IRIS.y[:60], loss="cross_entropy", seed=0)
    with pytest.raises(gn.InvalidInput, match="a training that started with 60 rows cannot hold more, got 61"):
        training.hold(X[:61], IRIS.y[:61])
    with pytest.raises(gn.InvalidInput, match="sample_weight must be given for all the rows that a training holds"):
        training.hold(X[:9], IRIS.y[:9], np.ones(9))
    with pytest.raises(gn.InvalidInput, match="X must have 4 features, as the network was built for; it has 3"):
        training.hold(X[:9, :3], IRIS.y[:9])
    tied = net().training(X, IRIS.y, loss="cross_entropy", metrics=["accuracy"], seed=0)
    with pytest.raises(gn.InvalidInput, match="a training with metrics cannot switch to other rows"):
        tied.hold(X, IRIS.y)


def test_a_learning_rate_set_by_hand_is_part_of_the_optimizers_state():
    state = gn.OptimizerState()
    for epoch in net().training(X, IRIS.y, loss="cross_entropy", epochs=2, optimizer_state=state, seed=0):
        epoch.learning_rate = 0.5
    assert state.learning_rate == 0.5
    history = train(net(), epochs=1, optimizer=gn.Adam(0.1), optimizer_state=state)
    assert history["learning_rate"] == [0.5]


def test_an_optimizers_state_that_does_not_fit_is_refused():
    state = gn.OptimizerState()
    train(net(), epochs=1, optimizer_state=state)
    with pytest.raises(gn.InvalidInput, match=r"the optimizer_state is from adam, not from sgd\."):
        train(net(), epochs=1, optimizer=gn.SGD(0.1), optimizer_state=state)
    with pytest.raises(gn.InvalidInput, match=r"is for 51 parameters; the network has 15\."):
        train(net(layers=[gn.Dense(3, "softmax")]), epochs=1, optimizer_state=state)
    with pytest.raises(gn.InvalidInput, match=r"optimizer_state must be a gn.OptimizerState\(\), got 'adam'\."):
        train(net(), optimizer_state="adam")
    with pytest.raises(gn.InvalidInput, match=r"average cannot be combined with optimizer_state\."):
        train(net(), optimizer_state=state, average=0.9)


@ENGINES
def test_a_generator_of_ones_own_orders_the_rows(engine):
    drawn, given = np.random.RandomState(3), net(engine)
    history = train(given, shuffle=drawn, epochs=2)
    orders, order = np.random.RandomState(3), np.arange(150)
    by_hand, state = net(engine), gn.OptimizerState()
    for _ in range(2):
        orders.shuffle(order)
        train(by_hand, rows=order, shuffle=False, epochs=1, optimizer_state=state)
    np.testing.assert_allclose(given.parameters, by_hand.parameters, rtol=1e-12)
    assert history.about["shuffle"] is True
    with pytest.raises(gn.InvalidInput, match="a checkpoint cannot store your own generator"):
        train(net(), shuffle=drawn, checkpoint="nowhere")


@ENGINES
def test_a_divided_penalty_weighs_less_the_more_rows_a_batch_has(engine):
    a, b = net(engine), net(engine)
    train(a, rows=slice(0, 120), batch_size=40, penalty=gn.L2(0.8, divided=True))
    train(b, rows=slice(0, 120), batch_size=40, penalty=gn.L2(0.8 / 40))
    np.testing.assert_allclose(a.parameters, b.parameters, rtol=1e-12)


@ENGINES
@pytest.mark.parametrize("accumulate", [1, 2])
@pytest.mark.parametrize("penalty", [gn.L2(3.0, divided=True), gn.L1(3.0, divided=True)])
def test_a_divided_penalty_is_counted_in_the_loss_as_it_is_before_each_step(engine, penalty, accumulate):
    weights, size = np.linspace(0.1, 2, 150), 60 * accumulate
    how: dict[str, Any] = {"shuffle": False, "optimizer": gn.SGD(0.1), "epochs": 1, "penalty": penalty}
    trained = net(engine)
    history = train(trained, batch_size=60, accumulate=accumulate, sample_weight=weights, **how)
    by_hand, expected = net(engine).build(4, seed=0), 0.0
    for start in range(0, 150, size):
        part = slice(start, start + size)
        measured = by_hand.evaluate(X[part], IRIS.y[part], loss="cross_entropy", sample_weight=weights[part])
        added = sum(float(penalty.value(by_hand.arrays[f"{k}.W"]).sum()) for k in (0, 1))
        expected += measured["loss"] * weights[part].sum() + added
        train(by_hand, part, batch_size=size, sample_weight=weights[part], **how)
    np.testing.assert_allclose(by_hand.parameters, trained.parameters, rtol=1e-10, atol=1e-14)
    assert history["loss"][0] == pytest.approx(expected / weights.sum(), rel=1e-12)


@ENGINES
def test_a_batch_whose_rows_weigh_nothing_changes_nothing(engine):
    network, only = net(engine).build(4, seed=0), net(engine).build(4, seed=0)
    weights = np.r_[np.zeros(75), np.ones(75)]
    penalty = gn.L2(3.0, divided=True)
    how: dict[str, Any] = {
        "batch_size": 75,
        "shuffle": False,
        "epochs": 1,
        "optimizer": gn.SGD(0.1),
        "penalty": penalty,
    }
    train(network, sample_weight=weights, **how)
    train(only, slice(75, 150), **how)
    np.testing.assert_allclose(network.parameters, only.parameters, rtol=1e-10, atol=1e-14)


@ENGINES
def test_l_bfgs_says_how_it_ended(engine):
    pytest.importorskip("scipy")
    done = train(net(engine), epochs=500, optimizer=gn.LBFGS(relative_tolerance=1e-2))
    assert done.about["lbfgs"]["status"] == 0 and len(done) < 500
    few = train(net(engine), epochs=500, optimizer=gn.LBFGS(max_evaluations=6))
    assert few.about["lbfgs"]["status"] == 1 and len(few) <= 6 <= few.about["lbfgs"]["evaluations"]
    cut = train(net(engine), epochs=3, optimizer=gn.LBFGS())
    assert cut.about["lbfgs"]["status"] == 1 and len(cut) == 3
    at_once, divided = net(engine), net(engine)
    train(at_once, epochs=30, optimizer="lbfgs", penalty=gn.L2(0.01))
    train(divided, epochs=30, optimizer="lbfgs", penalty=gn.L2(1.5, divided=True))
    np.testing.assert_allclose(at_once.parameters, divided.parameters, rtol=1e-6)
