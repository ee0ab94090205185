"""Whole networks drawn at random, with any data, cut in any way: a short training is the same on both engines."""

from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

pytest.importorskip("numba")
pytest.importorskip("scipy")

from comparing import calm, data_for, is_continuous, outputs_for, registered, trainable  # type: ignore[import-not-found]

import glassnet as gn
from glassnet.engine.compiled import program, thread_count, tiles
from glassnet.engine.compiled.engine import tell_fallback
from glassnet.engine.machine import threads
from glassnet.formulas.activations import Activation
from glassnet.formulas.clipping import Clip
from glassnet.formulas.losses import Loss
from glassnet.formulas.penalties import Penalty
from glassnet.formulas.update_rules import UpdateRule

WIDTHS = st.integers(1, 70)
SMOOTH = {"float64": {"rtol": 1e-6, "atol": 1e-8}, "float32": {"rtol": 2e-2, "atol": 3e-3}}
SIMPLE: dict[str, list[Any]] = {
    "dropout": [gn.Dropout(0.0), gn.Dropout(0.1), gn.Dropout(0.6)],
    "scale": [gn.Scale(), gn.Scale(learning_rate_factor=3.0), gn.Chain(gn.Scale(), gn.Dropout(0.1))],
    "noise": [gn.GaussianNoise(0.0), gn.GaussianNoise(0.3)],
    "layer norm": [gn.LayerNorm(), gn.LayerNorm(0.3)],
}
# At the front alone: the gradient of a bias before it is 0 but for rounding, of which some rules make whole steps.
FRONTS: list[list[Any]] = [[], [], [gn.BatchNorm(0.5, 0.3)], [gn.BatchNorm()]]
WAVES: list[list[Any]] = [
    [],
    [],
    [gn.PeriodicEmbedding(5, 3, sigma=0.5)],
    [gn.PeriodicEmbedding(16, 2, learning_rate_factor=0.3)],
    [gn.PiecewiseLinearEmbedding(6, 3)],
    [gn.PiecewiseLinearEmbedding([-0.7, 0.1, 0.4], 2)],
]
FACTORS: list[dict[str, Any]] = [
    {},
    {},
    {"learning_rate_factor": 0.3, "bias_learning_rate_factor": 3.0},
    {"parametrization": "neural_tangent"},
]
STEPS = {
    "rtol": 2e-2,
    "atol": 5e-3,
}  # a rule of signs goes a whole step up or down where a gradient is 0 but for rounding


@st.composite
def hidden(draw: Any, width: int, depth: int = 0) -> tuple[list[Any], int]:
    """(some layers for samples of a width, the width after them)."""
    found: list[Any] = []
    f = st.sampled_from(registered(Activation))
    for kind in draw(st.lists(st.sampled_from(["dense", "dense", "activation", "residual", *SIMPLE]), max_size=3)):
        if kind == "dense":
            width = draw(WIDTHS)
            found.append(gn.Dense(width, draw(f), bias=draw(st.booleans()), **draw(st.sampled_from(FACTORS))))
        elif kind == "activation":
            found.append(gn.Activation(draw(f)))
        elif kind in SIMPLE:
            found.append(draw(st.sampled_from(SIMPLE[kind])))
        elif depth < 2:
            inside, inner_width = draw(hidden(width, depth + 1))
            inside += [gn.Dense(width, draw(f))] if inner_width != width or not inside else []
            found.append(gn.Residual(*inside))
    return found, width


@st.composite
def runs(draw: Any) -> dict[str, Any]:
    """Layers, data and settings of a training run."""
    loss = calm(draw(st.sampled_from(registered(Loss))))
    n_inputs, n_outputs, n = draw(WIDTHS), outputs_for(loss, draw(st.integers(2, 12))), draw(st.integers(1, 700))
    waves = draw(st.sampled_from(WAVES))
    layers, _ = draw(hidden(n_inputs * (waves[0].dimensions if waves else 1)))
    layers = [*draw(st.sampled_from(FRONTS)), *waves, *layers]
    X, y = data_for(loss, n, n_inputs, n_outputs, seed=draw(st.integers(0, 99)))
    rule = UpdateRule.registry[draw(st.sampled_from(trainable(registered(UpdateRule))))](learning_rate=1e-4)
    weights = np.random.default_rng(n).choice([0.0, 0.5, 1.0, 3.0], n) + np.eye(1, n)[0]
    how = {
        "loss": loss, "optimizer": rule, "epochs": draw(st.integers(1, 3)), "seed": draw(st.integers(0, 99)),
        "batch_size": draw(st.one_of(st.integers(max(1, n // 8), n), st.sampled_from([200, 600, 1000]))),
        "penalty": draw(st.sampled_from([None, *registered(Penalty)])),
        "clip": draw(st.sampled_from([None, *registered(Clip)])),
        "sample_weight": draw(st.sampled_from([None, weights])), "shuffle": draw(st.booleans()),
        "validation": draw(st.sampled_from([None, (X[: n // 2 + 1], y[: n // 2 + 1])])),
    }  # fmt: skip
    last = gn.Dense(n_outputs, loss.output_activation or "linear")
    return {"layers": [*layers, last], "X": X / 2, "y": y, "dtype": draw(st.sampled_from(sorted(SMOOTH))), "how": how}


@contextmanager
def cut_into(slices: bool, small: bool, size: int) -> Any:
    """Networks of these sizes in slices of units, in small tiles, by several threads."""
    with pytest.MonkeyPatch.context() as patch, threads.limited(size):
        patch.setattr(tiles, "sliced", lambda layout, n_rows: slices)
        patch.setattr(thread_count, "WORTH", 0)
        if small:
            patch.setattr(tiles, "NARROW_TILE", 32)
            patch.setattr(tiles, "WIDE_TILE", 96)
            patch.setattr(program, "TASK", 1)
        yield


def trained(run: dict[str, Any], engine: str) -> Any:
    net = gn.Network(run["layers"], dtype=run["dtype"], engine=engine)
    history = net.fit(run["X"], run["y"], **run["how"])
    losses = [history[name] for name in ("loss", "val_loss") if name in history.names()]
    return net.parameters, np.array(losses), net.predict(run["X"])


@settings(max_examples=settings().max_examples // 5)  # each is compiled
@given(run=runs(), slices=st.booleans(), small=st.booleans(), size=st.sampled_from([1, 1, 3]))
def test_a_drawn_network_trains_the_same_on_both_engines(run, slices, small, size):
    tell_fallback.cache_clear()
    try:
        expected = trained(run, "numpy")
    except gn.Diverged:
        assume(False)
    assume(np.abs(expected[1]).max() < 1e4 and np.abs(expected[2]).max() < 1e3)  # where rounding does not explode
    with cut_into(slices, small, size):
        found = trained(run, "compiled")
    close: Any = SMOOTH[run["dtype"]] if is_continuous(run["how"]["optimizer"]) else STEPS
    for name, ours, theirs in zip(("parameters", "losses", "outputs"), found, expected, strict=True):
        np.testing.assert_allclose(ours, theirs, **close, err_msg=name)
