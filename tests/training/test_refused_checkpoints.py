"""A checkpoint that is refused leaves everything as it was: network, optimizer_state, generators."""

import copy
from typing import Any

import numpy as np
import pytest

import glassnet as gn
from glassnet.files.checkpoint_file import read_checkpoint, write_checkpoint
from glassnet.training.checkpoints.random_state import check_random_state

rng = np.random.default_rng(0)
X, y = rng.normal(size=(60, 3)), rng.integers(0, 2, 60)


def how(**more):
    stop = [gn.EarlyStopping("val_loss", 50), *more.pop("stop", [])]
    optimizer = gn.AdamW(gn.ReduceOnPlateau(0.01))
    return {"loss": "cross_entropy", "epochs": 5, "seed": 0, "batch_size": 8, "validation": 0.2} | {
        "optimizer": optimizer, "stop": stop, **more
    }  # fmt: skip


def new():
    return gn.Network([gn.Dense(4, "tanh"), gn.BatchNorm(), gn.Dense(2, "softmax")], engine="numpy").build(3, seed=9)


@pytest.fixture(scope="module")
def left(tmp_path_factory):
    path = tmp_path_factory.mktemp("left") / "c.safetensors"
    new().fit(X, y, **how(stop=[gn.StopAfter(3)]), checkpoint=path)
    return read_checkpoint(path)


WRONG = {
    "a word in the generator's state": (
        lambda a, d: d["numbers"]["random_state"]["state"].update(inc="x"), "`random_state.state.inc` must be a whole",
    ),
    "a best value that is none": (
        lambda a, d: d["numbers"]["stopping"][0].update(best="x"), "early_stopping does not remember",
    ),
    "a best epoch to come": (
        lambda a, d: d["numbers"]["stopping"][0].update(best_epoch=4), "early_stopping does not remember",
    ),
    "a stop less": (lambda a, d: d["numbers"]["stopping"].pop(0), "this run has 1 stop"),
    "a watch cut short": (
        lambda a, d: d["numbers"]["schedules"]["watches"][0].pop(), "watches[0]` must be a list of 3",
    ),
    "a schedule less": (lambda a, d: d["numbers"]["schedules"]["watches"].clear(), "this run has 1"),
    "a rate by hand that is a word": (
        lambda a, d: d["numbers"]["schedules"].update(by_hand="x"), "`numbers.schedules.by_hand` must be a number",
    ),
    "a sum beyond floats": (
        lambda a, d: d["numbers"].update(underway=[0, 10**400, 0, 0]), "numbers.underway",
    ),
    "steps in halves": (lambda a, d: d["numbers"].update(step=2.5), "`numbers.step` must be a whole number from 0"),
    "a variance below zero": (lambda a, d: a["state"].__setitem__(-1, -1.0), "it cannot be below 0"),
    "a column that is no record": (
        lambda a, d: d["history"].__setitem__(0, "nomber"), "its history has a column 'nomber', which does not",
    ),
    "other measured values": (
        lambda a, d: d["history"].__setitem__(d["history"].index("val_loss"), "metrics.val"), "this run measures",
    ),
    "epochs that count wrong": (
        lambda a, d: a["history"].__setitem__((slice(None), d["history"].index("number")), 2.0), "does not number the",
    ),
    "an unknown field": (lambda a, d: d["numbers"].update(more=1), "`numbers` has an unknown field 'more'"),
    "data that are none": (lambda a, d: d["identity"].update(data=[1]), "its run had data"),
    "a seed that is none": (lambda a, d: d["identity"].update(seed="x"), "`identity.seed` must be a whole number"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_a_refused_checkpoint_changes_nothing(case, left, tmp_path):
    change, message = WRONG[case]
    arrays, description = copy.deepcopy(left)
    change(arrays, description)
    path = tmp_path / "c.safetensors"
    try:
        write_checkpoint(path, arrays, description)
    except gn.InvalidInput:
        return  # what could not be read is not written either
    network = new()
    before, state = network.parameters.copy(), network.state.copy()
    with pytest.raises(gn.GlassnetError) as error:
        network.fit(X, y, **how(), resume=path)
    assert any(words in str(error.value) for words in message.split("|")), str(error.value)
    assert np.array_equal(network.parameters, before) and np.array_equal(network.state, state)
    assert (network.loss, network.seed, network.trained_with) == (None, 9, {})


def test_a_refused_checkpoint_builds_no_network(left, tmp_path):
    arrays, description = copy.deepcopy(left)
    arrays["order"] *= 0
    path = write_checkpoint(tmp_path / "c.safetensors", arrays, description)
    network = gn.Network(new().layers, engine="numpy")
    with pytest.raises(gn.ModelFileError, match="its row order is invalid"):
        network.fit(X, y, **how(), resume=path)
    assert network.layout is None and network.loss is None


def test_a_place_of_another_run_is_refused_before_anything_is_put_back(left, tmp_path):
    path = write_checkpoint(tmp_path / "c.safetensors", *left)
    (tmp_path / "other").mkdir()
    write_checkpoint(tmp_path / "other" / "epoch-000001.safetensors", *left)
    network = new()
    before = network.parameters.copy()
    with pytest.raises(gn.InvalidInput, match="holds a checkpoint of an earlier run"):
        network.fit(X, y, **how(), resume=path, checkpoint=tmp_path / "other")
    assert np.array_equal(network.parameters, before)


def test_a_generator_moves_on_only_where_training_begins(tmp_path):
    path = tmp_path / "c.safetensors"
    first = np.random.default_rng(5)
    new().fit(X, y, **how(seed=first, stop=[gn.StopAfter(2)]), checkpoint=path)
    expected = new()
    expected.fit(X, y, **how(seed=np.random.default_rng(5)))
    arrays, description = read_checkpoint(path)
    wrong = write_checkpoint(tmp_path / "w.safetensors", {**arrays, "order": arrays["order"] * 0}, description)
    again, network = np.random.default_rng(5), new()
    for _ in range(2):
        with pytest.raises(gn.ModelFileError):
            network.fit(X, y, **how(seed=again), resume=wrong)
        with pytest.raises(gn.InvalidInput):
            network.fit(X, y[:-1], **how(seed=again))
    network.fit(X, y, **how(seed=again), resume=path)
    assert np.array_equal(network.parameters, expected.parameters)
    assert [spawned(each) for each in (again, first)] == [3, 3]


def spawned(generator):
    return generator.bit_generator.seed_seq.n_children_spawned


def test_an_optimizer_state_stays_empty_where_training_is_refused(tmp_path):
    state = gn.OptimizerState()
    training = new().training(X, y, loss="cross_entropy", optimizer="sgd", optimizer_state=state, seed=0)
    assert state.optimizer is None
    next(training)
    training.close()
    assert state.optimizer == "sgd" and state.step > 0


KINDS = [np.random.MT19937, np.random.PCG64, np.random.PCG64DXSM, np.random.Philox, np.random.SFC64]


def plain(value):
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    return value.tolist() if isinstance(value, np.ndarray) else value


@pytest.mark.parametrize("kind", KINDS)
def test_a_state_of_a_generator_is_checked_before_numpy_reads_memory_by_it(kind):
    generator = np.random.Generator(kind(0))
    generator.integers(0, 9, 5, dtype=np.uint32)
    good = plain(generator.bit_generator.state)
    before = copy.deepcopy(good)
    check_random_state(good, generator)
    for path in numbers_in(good):
        wrong: Any
        for wrong in (-1, 2**200, "x", None, 1.5, [], True):
            bad = copy.deepcopy(good)
            holder = bad
            for step in path[:-1]:
                holder = holder[step]
            holder[path[-1]] = wrong
            with pytest.raises(gn.InvalidInput):
                check_random_state(bad, generator)
    assert plain(generator.bit_generator.state) == before


def numbers_in(value, path=()):
    """The places of numbers in a state, of a list the first and the last."""
    if isinstance(value, dict):
        return [place for name, each in value.items() for place in numbers_in(each, (*path, name))]
    if isinstance(value, list):
        return [(*path, 0), (*path, len(value) - 1)]
    return [path]


@pytest.mark.parametrize("pos", [625, 700, -5000, 2**30])
def test_a_position_beyond_the_state_is_refused(pos):
    generator = np.random.Generator(np.random.MT19937(0))
    state = plain(generator.bit_generator.state)
    state["state"]["pos"] = pos
    with pytest.raises(gn.InvalidInput, match=r"`random_state.state.pos` must be a whole number from 0 to 624"):
        check_random_state(state, generator)
