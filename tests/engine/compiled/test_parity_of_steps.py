"""The compiled engine gives the NumPy engine's numbers with all that stands around a step, in tiles and in slices."""

import numpy as np
import pytest

pytest.importorskip("numba")

from comparing import assert_parity, data_for, trained  # type: ignore[import-not-found]

import glassnet as gn
from glassnet.engine.compiled.codegen.emit import FLAT
from glassnet.engine.compiled.codegen.lowering import LOWERINGS, Lowering, width_of
from glassnet.engine.compiled.codegen.products import KERNELS, Kernel
from glassnet.engine.compiled.engine import tell_fallback
from glassnet.engine.machine.threads import limited
from glassnet.formulas.schedules import Schedule

SCHEDULES = {
    "constant": gn.ConstantSchedule(0.002),
    "step": gn.Step(0.002, every=0.5),
    "exponential": gn.ExponentialDecay(0.002),
    "cosine": gn.Cosine(0.002),
    "flat_cosine": gn.FlatCosine(0.002),
    "cosine_log": gn.CosineLog(0.002),
    "one_cycle": gn.OneCycle(0.002),
    "warm_up": gn.WarmUp(0.002, epochs=1.5),
    "reduce_on_plateau": gn.ReduceOnPlateau(0.002, patience=1, min_delta=1e3),
}
ALL = {
    "optimizer": gn.AdamW(gn.OneCycle(0.01), beta1=gn.OneCycle(0.85, 0.95, 0.95), weight_decay=gn.Cosine(0.1)),
    "penalty": gn.L2(gn.Cosine(0.01)),
    "clip": gn.ClipNorm(gn.Step(0.5, every=1)),
    "average": 0.9,
    "mixup": 0.3,
}


@pytest.fixture(autouse=True)
def a_network_that_falls_back_on_numpy_says_so_each_time():
    tell_fallback.cache_clear()


@pytest.mark.parametrize("name", SCHEDULES)
def test_every_schedule(name):
    known = {name for name, kind in Schedule.registry.items() if kind.__module__.startswith("glassnet.")}
    assert known == set(SCHEDULES)
    assert_parity([gn.Dense(5, "tanh")], optimizer=gn.Momentum(SCHEDULES[name]))


@pytest.mark.parametrize("accumulate", [1, 2, 5])
@pytest.mark.parametrize("batch_size", [8, 170, 400])
def test_everything_at_once_in_groups_of_tiles(batch_size, accumulate):
    X, y = data_for("cross_entropy", n=900, n_inputs=9)
    layers = [gn.Dense(20, "tanh", weight_decay=0.3), gn.Dropout(gn.Cosine(0.5)), gn.Dense(18, penalty=gn.L1(0.01))]
    assert_parity(
        layers, "cross_entropy", X, y, batch_size=batch_size, epochs=2, accumulate=accumulate, class_weight="balanced",
        **ALL,
    )  # fmt: skip


@pytest.mark.parametrize("batch_size", [300, 700])
def test_everything_at_once_in_slices_of_units(batch_size):
    X, y = data_for("cross_entropy", n=1500, n_inputs=7)
    layers = [gn.Dense(131, "relu", weight_decay=0.3), gn.Dropout(gn.Cosine(0.5)), gn.Dense(227, "prelu")]
    assert_parity(layers, "cross_entropy", X, y, batch_size=batch_size, epochs=2, accumulate=2, **ALL)


@pytest.mark.parametrize("n_inputs", [1, 4, 7, 8, 9, 15, 16, 17, 31, 33])
@pytest.mark.parametrize("how", [{"mixup": 2.0}, {"mixup": 2.0, "shuffle": False, "accumulate": 3}, {}])
def test_rows_of_every_width_are_read_and_mixed(n_inputs, how):
    X, y = data_for("cross_entropy", n=75, n_inputs=n_inputs)
    assert_parity([gn.Dense(3, "tanh")], "cross_entropy", X, y, batch_size=37, **how)


@pytest.mark.parametrize("width", [40, 160])
def test_the_number_of_threads_changes_no_bit(width):
    X, y = data_for("cross_entropy", n=3000, n_inputs=30)
    layers = [gn.Dense(width, "relu"), gn.Dropout(gn.Cosine(0.5)), gn.Dense(width, "tanh")]
    found = []
    for threads in (1, 2):
        with limited(threads):
            how = {"batch_size": 700, "accumulate": 2, **ALL}
            found.append(trained("compiled", "float32", layers, "cross_entropy", X, y, **how)[0].parameters)
    np.testing.assert_array_equal(*found)


class Scaled(gn.Layer):
    """A = factor X, in training alone."""

    factor: float = 2.0
    schedulable = ("factor",)

    def forward(self, s):
        np.multiply(s.X, self.factor, out=s.A)

    def predict(self, s):
        s.A[...] = s.X

    def backward(self, s):
        if s.dX is not None:
            np.multiply(s.dA, self.factor, out=s.dX)


class ScaledLowering(Lowering):
    """The factor at the time of lowering, as a kernel's own number, or what the kernel reads anew."""

    def __init__(self, reads_it: bool):
        self.name = "scaled_by_setting" if reads_it else "scaled_by_constant"
        factor, settings = ("settings[0]", ("factor",)) if reads_it else ("2.0", ())
        body = ["for i in range(units * span):", f"    A[i] = X[i] * T({factor})"]
        KERNELS[self.name] = Kernel({"X": FLAT, "A": FLAT}, body, settings)

    def forward(self, p, layer, s):
        p.product(self.name, [s.X, s.A], width_of(s.A), settings=layer)

    def predict(self, p, layer, s):
        p.product("copy", [s.X, s.A], width_of(s.A))

    def backward(self, p, layer, s):
        if s.dX is not None:
            p.product(self.name, [s.dA, s.dX], width_of(s.A), settings=layer)


LAYERS = [gn.Dense(5, "tanh"), Scaled(gn.Cosine(2.0))]  # type: ignore[arg-type]


def test_a_layer_of_ones_own_follows_its_schedule(monkeypatch):
    monkeypatch.setitem(LOWERINGS, Scaled, ScaledLowering(reads_it=True))
    assert_parity(LAYERS)


@pytest.mark.filterwarnings("ignore:this network runs on the NumPy engine")
def test_a_layer_whose_kernels_do_not_read_what_changes_runs_on_numpy(monkeypatch):
    monkeypatch.setitem(LOWERINGS, Scaled, ScaledLowering(reads_it=False))
    assert_parity(LAYERS)
    tell_fallback.cache_clear()
    X, y = data_for("squared_error")
    with pytest.warns(RuntimeWarning, match="no kernel reads `factor` of Scaled.*, which follows a schedule"):
        trained("compiled", "float32", LAYERS, "squared_error", X, y)
