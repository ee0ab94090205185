"""Parameters that are drawn from rows of the data: what they make of these, always the same, saved and gone on from."""

import copy
from typing import Any

import numpy as np
import pytest

import glassnet as gn
from glassnet.engine.plan import Plan
from glassnet.engine.selection import installed
from glassnet.training import initialization as drawing

ENGINES = ["numpy", pytest.param("compiled", marks=pytest.mark.skipif(not installed("numba"), reason="no fast"))]
DIGITS = gn.datasets.digits()
X, Y = DIGITS.X / 16, DIGITS.y
HOW: dict[str, Any] = {"loss": "cross_entropy", "optimizer": "adam", "batch_size": 64, "seed": 3}


def dense(units, f="relu"):
    return gn.Dense(units, f, weights="unit_variance", biases="through_data")


def layers():
    inside = gn.Residual(dense(20, "tanh"), gn.Dropout(0.5), dense(32))
    sides = gn.Columns((slice(0, 30), dense(12)), (slice(30, 64), gn.PeriodicEmbedding()))
    return [sides, gn.GaussianNoise(0.1), dense(32), gn.Dropout(0.9), inside, dense(10, "softmax")]


def scores(net, rows):
    """For each layer that was drawn from the data, by its path, the inputs and W and b."""
    plan = Plan(net.layout, net.parameters, len(rows), training=False)
    plan.steps(len(rows))[0].slices.X = rows.astype(net.dtype)
    for layer, s in plan.steps(len(rows)):
        layer.predict(s)
    first, third, inner, last = (plan.steps(len(rows))[k].slices for k in (0, 2, 4, 5))
    return {
        "0.0": first.inner[0].slices,
        "2": third,
        "4.0": inner.inner[0].slices,
        "4.2": inner.inner[2].slices,
        "5": last,
    }


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_scores_of_each_unit_spread_by_1_and_each_unit_changes_sign_among_the_rows(dtype):
    net = gn.Network(layers(), dtype=dtype).build(64, seed=0, X=X)
    for path, s in scores(net, X).items():
        Z = s.X @ s.W
        varied = s.X.std(axis=0).max() > 0
        assert varied, path
        np.testing.assert_allclose(Z.std(axis=0), 1, rtol=1e-3, err_msg=path)
        assert ((Z + s.b).min(axis=0) < 0).all(), path
        assert ((Z + s.b).max(axis=0) > 0).all(), path


def test_biases_are_minus_the_score_of_a_mean_of_rows():
    rows, W = np.random.default_rng(0).normal(size=(40, 6)), np.random.default_rng(1).normal(size=(6, 9))
    b = gn.ThroughData(1).draw_from(rows, W, (9,), np.random.default_rng(2))
    for unit in range(9):
        assert np.isclose(-rows @ W[:, unit], b[unit]).sum() == 1  # of one point the mean is the row itself
    many = gn.ThroughData(10_000).draw_from(rows, W, (9,), np.random.default_rng(2))
    np.testing.assert_allclose(many, -rows.mean(axis=0) @ W, atol=0.2)


def test_a_column_that_never_changes_divides_nothing_by_0():
    constant = np.ones((50, 3))
    net = gn.Network([dense(4), gn.Dense(1)]).build(3, seed=0, X=constant)
    assert np.isfinite(net.parameters).all()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("seed", range(6))
def test_weights_stay_as_drawn_where_all_rows_are_alike_whatever_their_products_round_to(dtype, seed):
    rng = np.random.default_rng(seed)
    width, n = rng.integers(1, 200, 2)
    alike = np.tile(rng.normal(size=width) * 10.0 ** rng.uniform(-3, 3, width), (n + 20, 1))
    inside = gn.Residual(dense(40, "tanh"), gn.LayerNorm(), dense(40))
    net = gn.Network([dense(40), inside, dense(9)], dtype=dtype).build(int(width), seed=0, X=alike)
    assert abs(net.arrays["0.W"]).max() < 5
    assert max(abs(W).max() for name, W in net.arrays.items() if name.endswith("W")) < 5


def test_weights_stay_as_drawn_where_one_part_of_the_columns_never_changes():
    rows = np.column_stack([np.full(40, 0.1), np.full(40, 0.3), X[:40, 20:23]])
    parts = gn.Columns((0, dense(3)), (1, [dense(6), dense(3)]), (slice(2, 5), dense(3)))
    net = gn.Network([parts]).build(5, seed=0, X=rows)
    assert max(abs(net.arrays[f"0.{path}.W"]).max() for path in ("0", "1.0", "1.1")) < 5
    np.testing.assert_allclose((rows[:, 2:] @ net.arrays["0.2.W"]).std(axis=0), 1, rtol=1e-3)


def test_steps_that_are_all_alike_but_for_the_rounding_of_a_layer_in_front_leave_weights_as_drawn():
    alike = np.tile(np.random.default_rng(0).normal(size=37) * 100, (101, 7, 1))
    net = gn.Network([gn.Dense(33), dense(20)]).build((7, 37), seed=0, X=alike)
    assert abs(net.arrays["1.W"]).max() < 5


@pytest.mark.parametrize("size", [1e-40, 1e-35, 1e-30, 1e30, 1e37])
def test_inputs_of_any_size_give_finite_weights(size):
    rows = np.random.default_rng(0).normal(size=(40, 2)) * size
    net = gn.Network([dense(300)]).build(2, seed=0, X=rows)
    assert np.isfinite(net.parameters).all()
    spread = (rows.astype("float32").astype(float) @ net.arrays["0.W"]).std(axis=0)
    assert spread == pytest.approx(1, rel=1e-3) or size == 1e-40  # of which float32 holds no digits


def sequences():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(300, 4, 3)) * [1, 5, 20] + 3
    rows[np.arange(4) >= rng.integers(1, 5, 300)[:, np.newaxis]] = 0
    return rows


SAMPLES_OF_SEVERAL_AXES: dict[str, tuple[list[gn.Layer], Any]] = {
    "as many steps as features": ([], np.random.default_rng(0).normal(size=(300, 3, 3)) * [1, 5, 20]),
    "sequences": ([], np.random.default_rng(0).normal(size=(300, 5, 3))),
    "padded sequences": ([gn.Masking()], sequences()),
    "pictures": ([], np.random.default_rng(0).normal(size=(30, 4, 5, 3))),
    "members": ([gn.Members(2)], np.random.default_rng(0).normal(size=(300, 3))),
}


@pytest.mark.parametrize("case", SAMPLES_OF_SEVERAL_AXES)
def test_of_samples_of_several_axes_each_step_that_is_no_padding_is_a_row(case):
    front, given = SAMPLES_OF_SEVERAL_AXES[case]
    net = gn.Network([*front, dense(6, "linear")], dtype="float64").build(given.shape[1:], seed=0, X=given)
    W, b = (net.arrays[f"{len(front)}.{name}"] for name in ("W", "b"))
    rows = given.reshape(-1, 3)
    Z = rows[(rows != 0).any(axis=1)] @ W
    np.testing.assert_allclose(Z.std(axis=0), 1, rtol=1e-9)
    assert ((Z + b).min(axis=0) < 0).all()
    assert ((Z + b).max(axis=0) > 0).all()


@pytest.mark.parametrize("engine", ENGINES)
def test_sequences_train_from_rows_that_were_looked_at(engine):
    rows = sequences()
    net = gn.Network([gn.Masking(), dense(4, "tanh"), gn.GRU(4), dense(2, "softmax")], engine=engine)
    losses = net.fit(rows, rows[:, 0, 0] > 3, epochs=3, **HOW)["loss"]
    assert losses[-1] < losses[0]


def heads(units=10):
    return [gn.Members(2), gn.DensePerMember(units), gn.MeanOfMembers("softmax")]


AROUND_A_MEAN_OF_MEMBERS = {
    "embedding in front": lambda: [gn.PiecewiseLinearEmbedding(bins=3), *heads()],
    "dense in front": lambda: [dense(8), *heads()],
    "inside": lambda: [gn.Residual(gn.Chain(dense(20), gn.Columns((slice(0, 20), heads(64))))), dense(10, "softmax")],
    "beside": lambda: [gn.Columns((slice(0, 9), dense(5)), (slice(9, 64), heads(7))), dense(10, "softmax")],
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("case", AROUND_A_MEAN_OF_MEMBERS)
def test_layers_that_look_at_data_train_with_a_mean_of_members(case, engine):
    net = gn.Network(AROUND_A_MEAN_OF_MEMBERS[case](), engine=engine)
    history = net.fit(X[:300], Y[:300], epochs=2, **HOW)
    assert history["loss"][-1] < history["loss"][0]
    built = gn.Network(AROUND_A_MEAN_OF_MEMBERS[case]()).build(64, seed=3, X=X[:300])
    assert np.isfinite(built.parameters).all()


def test_a_layer_of_ones_own_may_go_through_those_inside_by_forward():
    class Halved(gn.Layer, name="halved_for_initialization"):
        inner = (dense(6),)

        def output_shape(self, shape):
            return (6,)

        def forward(self, s):
            (layer, inside), *_ = s.inner
            inside.X = s.X
            layer.forward(inside)
            s.A[...] = inside.A / 2

    net = gn.Network([Halved()]).build(64, seed=0, X=X)
    np.testing.assert_allclose((X @ net.arrays["0.0.W"]).std(axis=0), 1, rtol=1e-3)


@pytest.mark.parametrize("engine", ENGINES)
def test_training_draws_from_its_own_rows_and_the_same_seed_gives_the_same_bits(engine):
    nets = [gn.Network(layers(), engine=engine) for _ in range(3)]
    for net in nets[:2]:
        net.fit(X, Y, epochs=2, validation=0.3, **HOW)
    nets[2].fit(X[:900], Y[:900], epochs=2, **HOW)
    np.testing.assert_array_equal(nets[0].parameters, nets[1].parameters)
    assert (nets[0].parameters != nets[2].parameters).any()


def test_what_training_begins_with_is_what_build_draws(monkeypatch):
    monkeypatch.setattr(drawing, "MOST_ROWS", 100)
    built, trained = gn.Network(layers()).build(64, seed=3, X=X), gn.Network(layers())
    still: dict[str, Any] = {**HOW, "optimizer": gn.SGD(1e-300)}
    trained.fit(X, Y, epochs=1, **still)
    np.testing.assert_array_equal(trained.parameters, built.parameters)
    other = gn.Network(layers()).build(64, seed=4, X=X)
    assert (other.parameters != built.parameters).mean() > 0.9


@pytest.mark.parametrize("engine", ENGINES)
def test_a_run_goes_on_from_a_checkpoint_bit_for_bit_and_a_saved_network_is_the_same(engine, tmp_path):
    whole, cut = gn.Network(layers(), engine=engine), gn.Network(layers(), engine=engine)
    whole.fit(X, Y, epochs=4, **HOW)
    cut.fit(X, Y, epochs=2, checkpoint=tmp_path / "run", **HOW)
    resumed = gn.Network(layers(), engine=engine)
    resumed.fit(X, Y, epochs=4, resume=tmp_path / "run", **{k: v for k, v in HOW.items() if k != "seed"})
    np.testing.assert_array_equal(resumed.parameters, whole.parameters)
    assert gn.load(whole.save(tmp_path / "net.safetensors")) == whole


def test_many_networks_are_drawn_from_the_rows_of_their_own():
    nets = [gn.Network(layers()) for _ in range(2)]
    rows = [np.arange(len(X)) % 2 == k for k in range(2)]
    gn.train_many(nets, X, Y, epochs=1, each=[{"rows": own} for own in rows], **HOW)
    for net, own in zip(nets, rows, strict=True):
        alone = gn.Network(layers())
        alone.fit(X[own], Y[own], epochs=1, **HOW)
        np.testing.assert_array_equal(net.parameters, alone.parameters)


def test_a_learning_rate_range_draws_too_and_a_copy_keeps_what_was_drawn():
    net = gn.Network([dense(8), gn.Dense(10, "softmax")])
    assert gn.learning_rate_range(net, X, Y, loss="cross_entropy", steps=10, high=1.0, seed=0).rates[0] == 1e-6
    assert copy.copy(net.build(64, seed=0, X=X)) == net


REFUSED = {
    "building without rows": (
        lambda: gn.Network(layers()).build(64),
        "UnitVariance() needs rows of data: train the network, or pass them to build, as in build(4, X=X).",
    ),
    "rows of another width": (lambda: gn.Network(layers()).build(64, X=X[:, :9]), "X must have 64 features"),
    "biases as weights": (lambda: gn.Dense(3, weights="through_data"), "ThroughData() draws biases, not `weights`."),
    "weights as biases": (lambda: gn.Dense(3, biases="unit_variance"), "UnitVariance() draws weights, not `biases`."),
    "codes": (
        lambda: gn.Embedding(3, 2, "unit_variance"),
        "UnitVariance() initialises from numeric rows, but the input",
    ),
    "no points": (lambda: gn.ThroughData(0), "ThroughData: `points` must be a positive number, got 0."),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused(case):
    make, message = REFUSED[case]
    with pytest.raises(gn.InvalidInput) as caught:
        make()
    assert message in str(caught.value)
