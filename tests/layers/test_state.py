"""The state of a network: running statistics beside the parameters, kept wherever these are kept."""

import copy
import itertools
import pickle
from typing import Any

import numpy as np
import pytest
from both_engines import ENGINES  # type: ignore[import-not-found]

import glassnet as gn
from glassnet.engine.machine import threads
from glassnet.typing import OwnSettings

IRIS = gn.datasets.iris()
LAYERS = [gn.BatchNorm(), gn.Dense(6, "relu"), gn.Residual(gn.BatchNorm(0.3)), gn.Dense(3, "softmax")]


def trained(engine: str = "numpy", **how: Any) -> Any:
    net = gn.Network(LAYERS, engine=engine)
    net.fit(IRIS.X, IRIS.y, **{"loss": "cross_entropy", "epochs": 3, "seed": 0, **how})
    return net


@pytest.mark.parametrize("engine", ENGINES)
def test_state_is_one_vector_and_no_part_of_the_parameters(engine):
    net = trained(engine)
    assert net.state.shape == (2 * 4 + 2 * 6,)
    names = [name for name in net.arrays if "running" in name]
    assert names == ["0.running_mean", "0.running_variance", "2.0.running_mean", "2.0.running_variance"]
    np.testing.assert_array_equal(np.concatenate([net.arrays[name] for name in names]), net.state)
    check = gn.check_gradient(net, IRIS.X, IRIS.y)
    assert check.max_error < 1e-6
    assert not any("running" in name for name in check.errors)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_saved_network_comes_back_with_its_state(engine, tmp_path):
    net = trained(engine)
    path = net.save(tmp_path / "net.safetensors")
    again = gn.Network.load(path)
    np.testing.assert_array_equal(again.state, net.state)
    assert again.layers == net.layers
    np.testing.assert_allclose(again.predict(IRIS.X), net.predict(IRIS.X), rtol=1e-5, atol=1e-6)
    assert again.save(tmp_path / "again.safetensors").read_bytes() == path.read_bytes()


@pytest.mark.parametrize("engine", ENGINES)
def test_a_copy_and_a_pickle_have_a_state_of_their_own(engine):
    net = trained(engine)
    before, state = net.predict(IRIS.X), net.state.copy()
    for clone in (copy.copy(net), copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        np.testing.assert_array_equal(clone.predict(IRIS.X), before)
        clone.fit(IRIS.X, IRIS.y, loss="cross_entropy", epochs=2, seed=1)
        assert not np.array_equal(clone.state, state)
    np.testing.assert_array_equal(net.state, state)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_trace_and_a_gradient_check_leave_the_state_as_it_is(engine):
    net = trained(engine)
    before = net.state.copy()
    traced = gn.trace(net, IRIS.X[:9], IRIS.y[:9]).layers[0]
    gn.check_gradient(net, IRIS.X, IRIS.y, max_entries=3)
    net.evaluate(IRIS.X, IRIS.y)
    np.testing.assert_array_equal(net.state, before)
    np.testing.assert_allclose(traced.mean, IRIS.X[:9].mean(0), rtol=1e-5)


@pytest.mark.parametrize("engine", ENGINES)
def test_divergence_puts_the_state_back_together_with_the_parameters(engine):
    net = gn.Network([gn.BatchNorm(), gn.Dense(1)], engine=engine)
    kept = []
    with pytest.raises(gn.Diverged):
        for _ in net.training(IRIS.X, IRIS.y, loss="squared_error", optimizer=gn.SGD(50.0), batch_size=30, seed=0):
            kept.append((net.parameters.copy(), net.state.copy()))
    pairs = [(net.parameters, net.state), *kept]
    same = [i for i, (p, s) in enumerate(kept) if np.array_equal(p, pairs[0][0]) and np.array_equal(s, pairs[0][1])]
    assert same or not kept


@pytest.mark.parametrize("engine", ENGINES)
def test_lbfgs_ends_with_the_state_of_its_last_iteration(engine):
    pytest.importorskip("scipy")
    net = gn.Network([gn.BatchNorm(), gn.Dense(3, "softmax")], dtype="float64", engine=engine)
    training = net.training(IRIS.X, IRIS.y, loss="cross_entropy", optimizer="lbfgs", seed=0)
    states = [net.state.copy() for _ in itertools.islice(training, 4)]
    training.close()
    np.testing.assert_array_equal(net.state, states[-1])
    np.testing.assert_allclose(net.arrays["0.running_mean"] / net.arrays["0.running_mean"][0],
                               IRIS.X.mean(0) / IRIS.X.mean(0)[0])  # fmt: skip


@pytest.mark.parametrize("engine", ENGINES)
def test_a_variance_that_overflows_is_divergence(engine):
    net = gn.Network([gn.BatchNorm(), gn.Dense(1)], engine=engine)
    with pytest.raises(gn.Diverged):
        net.fit(IRIS.X * 1e25, IRIS.y, loss="squared_error", epochs=2, seed=0)
    assert np.isfinite(net.state).all()


@pytest.mark.parametrize("engine", ENGINES[1:])
def test_training_gives_the_same_bits_with_any_number_of_threads(engine, monkeypatch):
    from glassnet.engine.compiled import thread_count, tiles

    monkeypatch.setattr(threads, "cores", lambda: 4)
    monkeypatch.setattr(thread_count, "WORTH", 0)
    for worth in (tiles.WORTH, 0):
        monkeypatch.setattr(tiles, "WORTH", worth)
        found = []
        for size in (1, 3):
            with threads.limited(size):
                net = trained(engine, batch_size=400)
                found.append((net.parameters, net.state, net.predict(IRIS.X)))
        for ours, theirs in zip(*found, strict=True):
            np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("engine", ENGINES[1:])
def test_a_batch_is_one_tile_whatever_its_size_and_in_slices_only_while_a_stage_has_room(engine):
    from glassnet.engine.compiled.tiles import Cut, cut_of

    narrow, wide = (gn.Network([gn.Dense(n), gn.BatchNorm()]).build(128, seed=0).built()[0] for n in (2, 512))
    assert cut_of(narrow, 5000) == Cut(5000, 16, 1)
    assert cut_of(wide, 5000) == Cut(5000, 0, 16)
    assert cut_of(wide, 65_536) == Cut(65_536, 0, 16)
    assert cut_of(wide, 65_537) == Cut(65_537, 16, 1)


def test_networks_side_by_side_have_the_state_of_their_own_fit():
    nets = [gn.Network(LAYERS) for _ in range(3)]
    each: list[OwnSettings] = [{"seed": seed} for seed in range(3)]
    gn.train_many(nets, IRIS.X, IRIS.y, loss="cross_entropy", epochs=2, each=each, workers=2)
    for seed, net in enumerate(nets):
        alone = gn.Network(LAYERS)
        alone.fit(IRIS.X, IRIS.y, loss="cross_entropy", epochs=2, seed=seed)
        np.testing.assert_array_equal(net.state, alone.state)


def test_networks_that_differ_in_their_state_are_not_equal():
    first, second = (gn.Network(LAYERS).build(4, seed=0) for _ in range(2))
    assert first == second
    second.state[0] += 1
    assert first != second
