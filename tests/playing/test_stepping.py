"""A training moved step by step, forward and back, beside one made in whole epochs."""

import numpy as np
import pytest

import glassnet as gn
from glassnet.playing.stepping import Stepping

IRIS = gn.datasets.iris()
EPOCHS = 4


def network(engine):
    layers = [gn.Dense(5, "tanh"), gn.BatchNorm(), gn.Dropout(0.2), gn.Dense(3, "softmax")]
    return gn.Network(layers, engine=engine)


def settings(**more):
    usual = {"optimizer": gn.Adam(gn.schedules.ExponentialDecay(0.05, 0.9)), "batch_size": 32, "seed": 3}
    return {"loss": "cross_entropy", "validation": 0.2, "metrics": ["accuracy"], **usual, **more}


def steps_of(engine, **more):
    net = network(engine)
    return net, Stepping(net.training(IRIS.X, IRIS.y, **settings(**more)))


@pytest.mark.parametrize("engine", ["numpy", "compiled"])
@pytest.mark.parametrize("shuffle", [True, False])
def test_single_steps_give_the_bits_of_whole_epochs(engine, shuffle):
    whole = network(engine)
    history = whole.fit(IRIS.X, IRIS.y, epochs=EPOCHS, **settings(shuffle=shuffle))
    net, steps = steps_of(engine, shuffle=shuffle)
    steps.go_to(EPOCHS * steps.steps_an_epoch)
    assert np.array_equal(net.parameters, whole.parameters)
    assert np.array_equal(net.state, whole.state)
    for name in ("val_loss", "accuracy", "val_accuracy", "learning_rate"):
        assert [epoch.values.get(name, epoch.learning_rate) for epoch in steps.records] == [*history[name]]
    assert [epoch.loss for epoch in steps.records] == pytest.approx([*history["loss"]], rel=1e-12)


@pytest.mark.parametrize("engine", ["numpy", "compiled"])
@pytest.mark.parametrize("most_bytes", [10**8, 1])
def test_steps_forward_back_and_forward_again_give_the_same_bits(engine, most_bytes):
    net, steps = steps_of(engine)
    steps.most_bytes = most_bytes
    seen = {}
    for step in range(12):
        steps.go_to(step)
        seen[step] = net.parameters.copy(), steps.run.job.plan.gradients.copy(), steps.loss
    for step in (11, 3, 9, 4, 5, 11, 1, 7):
        steps.go_to(step)
        parameters, gradients, loss = seen[step]
        assert np.array_equal(net.parameters, parameters)
        assert np.array_equal(steps.run.job.plan.gradients, gradients)
        assert steps.loss == loss
        assert len(steps.records) == step // steps.steps_an_epoch
    assert most_bytes > 1 or len(steps.states) <= 3


def test_whole_epochs_and_single_steps_may_alternate():
    net, steps = steps_of("numpy")
    size = steps.steps_an_epoch
    steps.go_to(2)
    steps.epoch()
    assert steps.step == size
    steps.epoch()
    after = net.parameters.copy()
    steps.go_to(2)
    steps.go_to(2 * size)
    assert np.array_equal(net.parameters, after)


def test_a_step_before_the_first_is_refused():
    with pytest.raises(gn.InvalidInput, match="there is no step -1"):
        steps_of("numpy")[1].go_to(-1)


@pytest.mark.parametrize("engine", ["numpy", "compiled"])
def test_after_divergence_the_last_good_step_is_there(engine):
    net, steps = steps_of(engine, optimizer=gn.SGD(1e25))
    with pytest.raises(gn.Diverged):
        steps.go_to(50)
    assert np.isfinite(net.parameters).all()
    before = steps.step
    with pytest.raises(gn.Diverged):
        steps.go_to(before + 5)
    assert steps.step == before


def test_blocks_and_mixup_are_refused():
    with pytest.raises(gn.InvalidInput, match="cannot be made step by step"):
        steps_of("numpy", mixup=0.2)


@pytest.mark.parametrize("whole", [True, False])
def test_the_last_good_step_is_the_last_one_also_where_few_states_are_kept(whole):
    X, y = np.linspace(-1, 1, 64)[:, None], np.zeros(64)
    found = []
    for most_bytes in (10**8, 1):
        net = gn.Network([gn.Dense(3, "tanh"), gn.Dense(1)], engine="numpy")
        steps = Stepping(net.training(X, y, loss="squared_error", optimizer=gn.SGD(40.0), batch_size=4, seed=0))
        steps.most_bytes = most_bytes
        with pytest.raises(gn.Diverged):
            for _ in range(100):
                steps.epoch() if whole else steps.go_to(steps.step + 7)
        found.append((steps.step, net.parameters.copy()))
    assert found[0][0] == found[1][0] > 3
    assert np.array_equal(found[0][1], found[1][1])


@pytest.mark.parametrize("engine", ["numpy", "compiled"])
def test_parts_of_an_epoch_give_the_bits_of_single_steps(engine):
    (one, single), (other, parts) = steps_of(engine), steps_of(engine)
    single.go_to(11)
    assert not parts.part(3)
    assert parts.part(100) and parts.step == parts.steps_an_epoch
    assert not parts.part(1)
    while parts.step < 11:
        parts.towards(11, 10.0)
    assert np.array_equal(one.parameters, other.parameters)
    assert np.array_equal(single.run.job.plan.gradients, parts.run.job.plan.gradients)
    assert single.loss == parts.loss
    assert [each.values["val_loss"] for each in single.records] == [each.values["val_loss"] for each in parts.records]
    parts.go_to(5)
    single.go_to(5)
    assert np.array_equal(one.parameters, other.parameters)


def test_a_part_is_no_longer_than_the_last_ones_allow():
    steps = steps_of("numpy")[1]
    steps.updates, steps.seconds_an_update = 10, 0.5
    assert [steps.updates_in(seconds) for seconds in (0.1, 3.0, 1e9)] == [1, 6, 40]


def test_short_epochs_are_made_as_a_whole():
    net = gn.Network([gn.Dense(3, "softmax")], engine="numpy")
    steps = Stepping(net.training(IRIS.X, IRIS.y, loss="cross_entropy", batch_size=15, seed=0))
    for _ in range(6):
        steps.part(steps.updates_in(1e9))
    assert steps.step % steps.steps_an_epoch == 0 and steps.updates == steps.steps_an_epoch
    before = steps.step
    assert steps.part(steps.updates_in(1e9)) and steps.step == before + steps.steps_an_epoch
