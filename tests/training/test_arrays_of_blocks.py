"""Blocks are one table: neither the sizes of their arrays nor what a single one of them holds matters."""

from typing import Any

import numpy as np
import pytest

import glassnet as gn
from glassnet.engine.selection import installed

ENGINES = ["numpy", *(["compiled"] if installed("numba") else [])]
N = 400
rng = np.random.default_rng(0)
X = rng.normal(size=(N, 2))
y = X[:, 0] * X[:, 1]
S = rng.normal(size=(N, 3, 2))
labels = rng.integers(0, 2, (N, 3))
LOOKING: dict[str, Any] = {
    "edges": lambda: [gn.PiecewiseLinearEmbedding(bins=4), gn.Dense(1)],
    "dense": lambda: [gn.Dense(3, "relu", weights="unit_variance", biases="through_data"), gn.Dense(1)],
    "inside": lambda: [gn.Residual(gn.Dense(2, weights="unit_variance")), gn.Dense(1)],
}


def parts(size, *arrays):
    """A function that gives the rows anew, `size` at a time."""
    return lambda: (tuple(a[start : start + size] for a in arrays) for start in range(0, N, size))


def trained(layers, data, engine="numpy", **more):
    net = gn.Network(layers, engine=engine)
    given: dict[str, Any] = {"loss": "squared_error", "epochs": 2, "batch_size": 20, "seed": 0, "shuffle": False}
    return net, net.fit(*data, **given | more)


def same(one, other):
    np.testing.assert_array_equal(one.parameters, other.parameters)
    np.testing.assert_array_equal(one.state, other.state)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("layers", LOOKING.values(), ids=LOOKING)
def test_what_is_drawn_by_data_is_drawn_by_the_first_block_whatever_the_sizes_of_arrays(layers, engine):
    whole, _ = trained(layers(), (X, y), engine)
    for size in (10, 130, N):
        for n_rows in (None, N):
            same(trained(layers(), [gn.Blocks(parts(size, X, y), n_rows)], engine)[0], whole)


def test_no_more_than_the_first_block_is_read_to_draw_by():
    read: list[int] = []

    def watched():
        for k, arrays in enumerate(parts(10, X, y)()):
            read.append(k)
            yield arrays

    made = gn.Blocks(watched, block_rows=100, ahead=False)
    net = gn.Network(LOOKING["edges"]())
    training = net.training(made, loss="squared_error", batch_size=20, seed=0)
    assert read == list(range(10))  # the function runs once, and no further
    first = gn.Network(LOOKING["edges"]()).build(2, seed=0, X=X[:100])
    np.testing.assert_array_equal(net.arrays["0.edges"], first.arrays["0.edges"])
    next(training)
    net.fit(made, loss="squared_error", epochs=1)
    assert read[50:52] == [0, 0]  # a network that has parameters draws none, so its first array is enough


def test_networks_side_by_side_are_drawn_by_the_same_first_block():
    nets = [gn.Network(LOOKING["edges"]()) for _ in range(2)]
    gn.train_many(nets, gn.Blocks(parts(10, X, y)), loss="squared_error", epochs=1, seed=0, shuffle=False)
    for net in nets:
        np.testing.assert_array_equal(net.arrays["0.edges"], gn.Network(net.layers).build(2, X=X).arrays["0.edges"])


def test_a_mistake_in_the_first_block_is_told_with_its_array_before_parameters_are_drawn():
    net = gn.Network(LOOKING["edges"]())
    for wrong, said in [(X[:, :1], "X of block 2 must have 2 features"), (X * np.nan, "X of block 2 must be finite")]:
        with pytest.raises(gn.InvalidInput, match=said):
            net.training(gn.Blocks([(X, y), (wrong, y)]), loss="squared_error")
        assert net.layout is None


def left_out(low, high, of=labels, value: Any = -1):
    """A copy of an array whose rows from `low` to `high` do not count."""
    made = of.copy()
    made[low:high] = value
    return made


ones, each = np.ones((N, 3)), np.ones(N)
PARTLY: dict[str, tuple[Any, ...]] = {
    "a later array of −1 alone": (S, left_out(200, 240)),
    "the first array of −1 alone": (S, left_out(0, 240)),
    "steps of weight 0": (S, labels, left_out(0, 160, ones, 0)),
    "rows of weight 0 before sequences": (S, labels, left_out(30, 160, each, 0)),
    "both": (S, left_out(0, 90), left_out(80, 160, ones, 0)),
    "rows of weight 0": (X, labels[:, 0], left_out(0, 160, each, 0)),
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("arrays", PARTLY.values(), ids=PARTLY)
def test_arrays_that_hold_nothing_that_counts_train_as_part_of_the_whole(arrays, engine):
    weights = {"sample_weight": arrays[2]} if len(arrays) > 2 else {}
    whole, history = trained([gn.Dense(2, "softmax")], arrays[:2], engine, loss="cross_entropy", **weights)
    for size in (40, 130, N):
        net, found = trained([gn.Dense(2, "softmax")], [gn.Blocks(parts(size, *arrays))], engine, loss="cross_entropy")
        same(net, whole)
        np.testing.assert_allclose(found["loss"], history["loss"], rtol=1e-6)


def test_an_array_whose_classes_weigh_nothing_trains_as_part_of_the_whole():
    made, more = left_out(0, 130, labels[:, 0], 0), {"loss": "cross_entropy", "class_weight": [0, 1]}
    whole, _ = trained([gn.Dense(2, "softmax")], (X, made), **more)
    same(trained([gn.Dense(2, "softmax")], [gn.Blocks(parts(40, X, made))], **more)[0], whole)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("arrays", "more", "said"),
    [
        ((S, labels * 0 - 1), {}, "each step has the class −1 or sample_weight 0, but at least one must count"),
        ((S, labels, ones * 0), {}, "each step has the class −1 or sample_weight 0, but at least one must count"),
        ((X, labels[:, 0], each * 0), {}, "all rows have sample_weight 0"),
        ((X, labels[:, 0] * 0), {"class_weight": [0, 1]}, "all rows have weight 0, from class_weight and sample_weig"),
    ],
)
def test_blocks_that_hold_nothing_that_counts_meet_one_sentence_and_leave_the_parameters(arrays, more, said, engine):
    net = gn.Network([gn.Dense(2, "softmax")], engine=engine).build(arrays[0].shape[1:], seed=0)
    before = net.parameters.copy()
    optimizer = gn.AdamW(0.1, weight_decay=0.1)
    with pytest.raises(gn.InvalidInput, match=f"^nothing in the blocks of epoch 1 counts: {said}"):
        net.fit(gn.Blocks(parts(40, *arrays)), loss="cross_entropy", optimizer=optimizer, epochs=2, **more)
    np.testing.assert_array_equal(net.parameters, before)


def test_weights_of_steps_in_some_arrays_alone_are_refused():
    made = [(S, labels, ones), (S, labels)]
    for order in (made, made[::-1]):
        with pytest.raises(gn.InvalidInput, match="all blocks must have weights, or none: X of block 2 differs"):
            trained([gn.Dense(2, "softmax")], [gn.Blocks(order)], loss="cross_entropy")
