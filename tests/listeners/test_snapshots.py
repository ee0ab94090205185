import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import glassnet as gn
from glassnet.listeners import Snapshots

IRIS = gn.datasets.iris()


def trained(epochs, most=100, **settings):
    net = gn.Network([gn.Dense(4, "tanh"), gn.BatchNorm(), gn.Dense(3, "softmax")], engine="numpy")
    snapshots = Snapshots(net, most)
    settings = {"loss": "cross_entropy", "seed": 0, "epochs": epochs} | settings
    net.fit(IRIS.X, IRIS.y, listeners=[snapshots], **settings)
    return net, snapshots


class Counter:
    """A network whose one parameter is the number of the epoch."""

    layout, parameters, state = object(), np.zeros(1), np.zeros(0)


@given(n=st.integers(0, 300), most=st.integers(2, 20))
def test_snapshots_are_evenly_spaced_not_too_many_and_end_with_the_last_epoch(n, most):
    net = Counter()
    net.parameters = np.zeros(1)
    snapshots = Snapshots(net, most)
    with snapshots:
        for number in range(1, n + 1):
            net.parameters[0] = number
            snapshots(gn.Epoch(number, 0.0, 0.1))
    assert len(snapshots) <= most and (n + 1 < most or len(snapshots) > most // 2)
    assert [int(p[0]) for p in snapshots.parameters] == snapshots.epochs
    assert snapshots.epochs[-1] == n
    steps = np.diff(snapshots.epochs)
    assert len(set(steps[:-1].tolist())) <= 1 and (len(steps) < 2 or steps[-1] <= steps[0])


def test_networks_are_the_network_as_it_was_and_the_network_itself_stays():
    net, snapshots = trained(6)
    assert snapshots.epochs == [0, 1, 2, 3, 4, 5, 6]
    losses = {number: then.evaluate(IRIS.X, IRIS.y)["loss"] for number, then in snapshots.networks()}
    for epochs in (2, 6):
        assert losses[epochs] == trained(epochs)[0].evaluate(IRIS.X, IRIS.y)["loss"]
    assert net.evaluate(IRIS.X, IRIS.y)["loss"] == losses[6]


def test_each_training_begins_anew():
    net, snapshots = trained(3)
    net.fit(IRIS.X, IRIS.y, loss="cross_entropy", seed=0, epochs=2, listeners=[snapshots])
    assert snapshots.epochs == [0, 1, 2]


def test_the_last_epoch_is_kept_and_not_the_best_that_was_restored():
    net, snapshots = trained(5, validation=0.2, stop=gn.EarlyStopping("val_loss", patience=None), optimizer=gn.SGD(0.5))
    assert snapshots.epochs[-1] == 5
    assert any(np.array_equal(net.parameters, kept) for kept in snapshots.parameters)


def test_without_a_training_there_is_nothing_to_show():
    snapshots = Snapshots(gn.Network([gn.Dense(1)]))
    with pytest.raises(gn.InvalidInput, match=r"no snapshots were taken: pass them to a training"):
        next(snapshots.networks())
    with pytest.raises(gn.InvalidInput, match="most must be a whole number of at least 2, got 1"):
        Snapshots(gn.Network([gn.Dense(1)]), 1)
