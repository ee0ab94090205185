"""Listeners: any callable hears each epoch; one with begin or end hears of these, whatever ends the training."""

import pytest

import glassnet as gn

IRIS = gn.datasets.iris()


class Diary(gn.listeners.Listener):
    def __init__(self, stop_at=None):
        self.said, self.stop_at = [], stop_at

    def begin(self, about):
        self.said.append(("begin", about["n_samples"], about["optimizer"]["name"]))

    def __call__(self, epoch):
        self.said.append(epoch.number)
        if epoch.number == self.stop_at:
            raise KeyboardInterrupt

    def end(self, error):
        self.said.append(("end", type(error)))


def fit(*listeners, engine="auto", **settings):
    net = gn.Network([gn.Dense(3, "softmax")], engine=engine)
    return net.fit(IRIS.X, IRIS.y, loss="cross_entropy", epochs=2, seed=0, listeners=listeners, **settings)


@pytest.mark.parametrize("engine", ["numpy", "compiled"])
def test_a_listener_hears_the_beginning_each_epoch_and_the_end(engine):
    diary = Diary()
    fit(diary, engine=engine)
    assert diary.said == [("begin", 150, "adam"), 1, 2, ("end", type(None))]


def test_an_interrupt_and_an_error_end_every_listener():
    first, second = Diary(), Diary(stop_at=1)
    with pytest.raises(KeyboardInterrupt):
        fit(first, second)
    assert first.said[-1] == second.said[-1] == ("end", KeyboardInterrupt)
    diary = Diary()
    with pytest.raises(gn.Diverged):
        fit(diary, optimizer=gn.SGD(1e38))
    assert diary.said[-1] == ("end", gn.Diverged)


def test_a_listener_that_cannot_begin_ends_those_that_have_begun():
    class Broken(Diary):
        def begin(self, about):
            raise OSError("no server")

    diary = Diary()
    with pytest.raises(OSError, match="no server"):
        fit(diary, Broken())
    assert diary.said == [("begin", 150, "adam"), ("end", OSError)]


def test_functions_are_listeners_and_refused_settings_begin_nothing():
    heard: list[gn.Epoch] = []
    fit(heard.append)
    assert [epoch.number for epoch in heard] == [1, 2]
    diary = Diary()
    with pytest.raises(gn.InvalidInput, match="unknown optimizer"):
        fit(diary, optimizer="adaam")
    assert diary.said == []
