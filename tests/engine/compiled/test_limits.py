"""Sizes at the ends: one row, one unit, many layers of dropout, many tasks; and memory that is given back."""

import copy
import gc
import pickle
import weakref

import numpy as np
import pytest

pytest.importorskip("numba")
pytest.importorskip("scipy")

from comparing import assert_parity, data_for  # type: ignore[import-not-found]

import glassnet as gn
from glassnet.engine.compiled.engine import CompiledEngine
from glassnet.engine.compiled.program import Program
from glassnet.engine.compiled.tiles import MOST_SLICES
from glassnet.engine.compiled.work import MOST_TASKS
from glassnet.engine.job import Job
from glassnet.formulas.syntax.reader import Untranslatable
from glassnet.training.loop import run as loop
from glassnet.training.loop import strides


@pytest.mark.parametrize("rows", [1, 2, 17])
@pytest.mark.parametrize("batch_size", [1, 16, 1000])
def test_few_rows(rows, batch_size):
    X, y = data_for("huber", n=rows)
    held_out = data_for("huber", n=1)
    assert_parity([gn.Dense(5, "tanh")], "huber", X, y, batch_size=batch_size, validation=held_out)


@pytest.mark.parametrize("loss", ["squared_error", "binary_cross_entropy", "poisson"])
def test_one_unit_and_one_input(loss):
    X, y = data_for(loss, n=40, n_inputs=1, n_outputs=1)
    assert_parity([gn.Dense(1, "tanh"), gn.Dense(1, "prelu"), gn.Residual(gn.Dense(1))], loss, X, y, n_outputs=1)


def test_the_softmax_of_one_unit_is_1():
    assert_parity([gn.Dense(1, "softmax"), gn.Dense(4, "tanh")])


@pytest.mark.parametrize(("n_inputs", "units"), [(5000, 3), (3, 5000), (300, 4097)])
def test_very_wide_layers(n_inputs, units):
    X, y = data_for("squared_error", n=70, n_inputs=n_inputs)
    assert_parity([gn.Dense(units, "tanh"), gn.Dense(3)], X=X / 50, y=y, batch_size=30, epochs=2)


@pytest.mark.long
def test_many_outputs():
    X, y = data_for("cross_entropy", n=70, n_outputs=3000)
    assert_parity(
        [gn.Dense(5, "tanh")], "cross_entropy", X, y, batch_size=30, epochs=2, n_outputs=3000, validation=None
    )


def test_more_layers_of_dropout_than_64():
    assert_parity([gn.Dense(8), *[gn.Dropout(0.01)] * 70])


def test_a_layer_that_draws_too_much_is_refused():
    p = Program(np.dtype("float32"), keys=np.zeros(2, np.uint64))
    assert p.new_key() + 8 == p.new_key()
    with pytest.raises(Untranslatable, match="random numbers"):
        p.new_key()


def test_a_stage_has_no_more_tasks_than_there_is_room_for_however_many_layers():
    p, n_layers, width = Program(np.dtype("float32"), 512, MOST_SLICES), 5000, 128
    X, dZ, dW = np.zeros((512, width), "f"), np.zeros((512, width), "f"), np.zeros((width, width), "f")
    for _ in range(n_layers):
        p.product("weight_gradient", [X, dZ, dW], width, inputs=width)
    p.end_part()
    made = p.compiled()
    tasks = np.diff(made.stages)
    assert tasks.sum() == n_layers * MOST_SLICES
    assert tasks.max() <= MOST_TASKS < 0x10000
    assert made.parts.tolist() == [0, len(tasks)]


def test_a_training_run_leaves_no_memory_behind():
    """Arrays are large and few: the collector of circles, which counts objects, would come late."""
    jobs, (X, y) = [], data_for("squared_error")
    real = Job.__init__

    def remember(self, *args, **more):
        real(self, *args, **more)
        jobs.append(weakref.ref(self))

    net = gn.Network([gn.Dense(5, "tanh"), gn.Dense(3)], engine="compiled")
    gc.collect()
    gc.disable()
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Job, "__init__", remember)
            net.fit(X, y, loss="squared_error", epochs=2, validation=0.2)
        plan = weakref.ref(net._plans.plan)
        del net
        assert jobs[0]() is None
        assert plan() is None
    finally:
        gc.enable()


@pytest.mark.parametrize("kind", ["strided", "fortran", "read only", "float64", "integers", "big endian", "list"])
def test_any_array_that_holds_the_same_numbers_gives_the_same_bits(kind):
    X = np.random.default_rng(0).integers(-3, 4, (300, 6)).astype("f")
    y = X[:, :3].copy()
    other = {
        "strided": np.repeat(X, 2, axis=0)[::2], "fortran": np.asfortranarray(X), "read only": X.copy(),
        "float64": X.astype(float), "integers": X.astype(int), "big endian": X.astype(">f4"), "list": X.tolist(),
    }[kind]  # fmt: skip
    if kind == "read only":
        other.flags.writeable = False
    nets = [gn.Network([gn.Dense(9, "tanh"), gn.Dense(3)], engine="compiled") for _ in "ab"]
    for net, given in zip(nets, (X, other), strict=True):
        net.fit(given, y, loss="huber", epochs=2, seed=0, validation=0.3)
    np.testing.assert_array_equal(nets[0].parameters, nets[1].parameters)
    np.testing.assert_array_equal(nets[0].predict(X), nets[1].predict(other))


def test_a_copy_and_a_pickle_have_plans_of_their_own():
    X, y = data_for("squared_error")
    net = gn.Network([gn.Dense(5, "tanh"), gn.Dense(3)], engine="compiled")
    net.fit(X, y, loss="squared_error", epochs=1, seed=0)
    before = net.predict(X)
    others = [copy.copy(net), copy.deepcopy(net), pickle.loads(pickle.dumps(net))]
    net.fit(X, y, loss="squared_error", epochs=3, seed=0)
    for other in others:
        np.testing.assert_array_equal(other.predict(X), before)
        other.parameters[...] = 0.0
        assert not other.predict(X).any()
    assert net.predict(X).any()


def test_a_prediction_between_two_epochs_sees_the_parameters_of_then():
    X, y = data_for("squared_error")
    net = gn.Network([gn.Dense(5, "tanh"), gn.Dense(3)], dtype="float64", engine="compiled").build(6, seed=0)
    reference = gn.Network([gn.Dense(5, "tanh"), gn.Dense(3)], dtype="float64", engine="numpy").build(6, seed=0)
    for epoch in net.training(X, y, loss="squared_error", epochs=4, seed=0):
        reference.parameters[...] = net.parameters
        np.testing.assert_allclose(net.predict(X), reference.predict(X), rtol=1e-12, err_msg=str(epoch))


def test_what_epochs_need_is_compiled_before_the_first_begins(monkeypatch):
    done: list[str] = []
    make, one_epoch = CompiledEngine._make, loop.one_epoch

    def making(*given):
        done.append("compiling")
        return make(*given)

    def epoch(*given):
        done.append("an epoch")
        return one_epoch(*given)

    monkeypatch.setattr(CompiledEngine, "_make", making)
    monkeypatch.setattr(loop, "one_epoch", epoch)
    net = gn.Network([gn.Dense(3, "tanh"), gn.Dense(1)], engine="compiled")
    net.fit([[1.0], [2.0]], [1.0, 2.0], loss="squared_error", epochs=2, seed=0, listeners=[lambda epoch: None])
    assert done == ["compiling", "an epoch", "an epoch"]


def test_what_many_epochs_need_is_compiled_before_the_first_begins(monkeypatch):
    done: list[str] = []
    make, stride = CompiledEngine._make, strides.stride

    def making(*given):
        done.append("compiling")
        return make(*given)

    def striding(*given):
        done.append("a stride")
        return stride(*given)

    monkeypatch.setattr(CompiledEngine, "_make", making)
    monkeypatch.setattr(strides, "stride", striding)
    net = gn.Network([gn.Dense(3, "tanh"), gn.Dense(1)], engine="compiled")
    net.fit([[1.0], [2.0]], [1.0, 2.0], loss="squared_error", epochs=3, seed=0)
    assert done[:2] == ["compiling", "a stride"]
    assert "compiling" not in done[2:]


@pytest.mark.parametrize("before", [[], [gn.Dropout(0.5)], [gn.Activation("tanh"), gn.Activation("selu")]])
@pytest.mark.parametrize("optimizer", ["sgd", "adamw"])
def test_networks_without_parameters_are_trained_too(before, optimizer):
    X, y = data_for("cross_entropy", n=40, n_inputs=4, n_outputs=4)
    losses, predictions = [], []
    for engine in ("numpy", "compiled"):
        net = gn.Network([*before, gn.Activation("softmax")], engine=engine)
        training = {"loss": "cross_entropy", "optimizer": optimizer, "epochs": 3, "batch_size": 7, "seed": 0}
        losses.append(net.fit(X, y, **training, clip=gn.ClipNorm(1.0))["loss"])
        predictions.append(net.predict(X))
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-5)
    np.testing.assert_allclose(predictions[0], predictions[1], rtol=1e-5)
