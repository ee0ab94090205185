"""Categories as learned vectors, and columns that go different ways, on both engines."""

from typing import Any

import numpy as np
import pytest
from both_engines import COMPILED, ENGINES, one_update  # type: ignore[import-not-found]

import glassnet as gn

LINEAR = gn.Activation("linear")


def mixed(n: int = 60, seed: int = 0) -> Any:
    """Four numbers, then codes of 10 and of 3 categories."""
    rng = np.random.default_rng(seed)
    return np.column_stack([rng.normal(size=(n, 4)), rng.integers(0, 10, n), rng.integers(0, 3, n)])


def both_ways() -> Any:
    parts = (slice(0, 4), gn.Dense(5, "tanh")), (4, gn.Embedding(10, 3)), (5, gn.Embedding(3, 2))
    return [gn.Columns(*parts), gn.Dense(6, "tanh"), gn.Dense(1)]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("n", [1, 7, 500])
def test_an_embedding_looks_up_rows(engine, n):
    codes = np.random.default_rng(0).integers(0, 5, (n, 2))
    net = gn.Network([gn.Embedding(5, 3)], engine=engine).build(2, seed=0)
    W = net.arrays["0.W"]
    assert W.shape == (5, 3)
    np.testing.assert_array_equal(net.predict(codes), W[codes])
    np.testing.assert_array_equal(net.predictor()(codes[0]), W[codes[0]])


@pytest.mark.parametrize("engine", ENGINES)
def test_the_gradient_of_an_embedding_is_what_one_hot_rows_times_the_same_table_have(engine):
    codes, y = np.random.default_rng(0).integers(0, 5, 40), np.random.default_rng(1).normal(size=(40, 3))
    how: dict[str, Any] = {"loss": "squared_error", "optimizer": gn.SGD(0.1), "epochs": 3, "batch_size": 16, "seed": 0}
    first = gn.Network([gn.Embedding(5, 3), gn.Flatten()], dtype="float64", engine=engine).build(1, seed=0)
    second = gn.Network([gn.Dense(3, bias=False)], dtype="float64", engine=engine).build(5, seed=0)
    second.parameters[...] = first.parameters
    first.fit(codes[:, np.newaxis], y, **how)
    second.fit(np.eye(5)[codes], y, **how)
    np.testing.assert_allclose(first.parameters, second.parameters, rtol=1e-10)


@pytest.mark.parametrize("engine", ENGINES)
def test_columns_are_what_each_part_gives_side_by_side(engine):
    X = mixed()
    layer = gn.Columns(([3, 0], gn.Dense(2)), (4, gn.Embedding(10, 3)), ([1, 2], LINEAR), (5, gn.Embedding(3, 2)))
    net = gn.Network([layer], dtype="float64", engine=engine).build(6, seed=0)
    a, codes = net.arrays, X[:, 4:].astype(int)
    assert set(a) == {"0.0.W", "0.0.b", "0.1.W", "0.3.W"}
    expected = [X[:, [3, 0]] @ a["0.0.W"], a["0.1.W"][codes[:, 0]], X[:, [1, 2]], a["0.3.W"][codes[:, 1]]]
    np.testing.assert_allclose(net.predict(X), np.column_stack(expected), rtol=1e-12)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_network_of_both_kinds_of_columns_learns_from_both(engine):
    X = mixed(400)
    y = X[:, 0] + np.sin(3.0 * X[:, 4]) + (X[:, 5] == 1)
    net = gn.Network(both_ways(), engine=engine)
    net.fit(X, y, loss="squared_error", optimizer=gn.Adam(0.02), epochs=60, seed=0)
    assert net.evaluate(X, y, metrics=["r2"])["r2"] > 0.95


@pytest.mark.parametrize("n", [4, 9])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_gradient_check_passes(n, dtype):
    X = mixed(n)
    net = gn.Network([gn.Columns((slice(0, 4), gn.Residual(gn.Dense(4, "tanh"))), ([5, 4], gn.Embedding(10, 3))),
                      gn.BatchNorm(), gn.Dense(1)]).build(6, seed=0)  # fmt: skip
    check = gn.check_gradient(net, X, X[:, 0], loss="squared_error", dtype=dtype)
    assert check.max_error < {"float64": 1e-6, "float32": 2e-2}[dtype], check


def test_the_gradient_check_passes_through_columns_behind_other_layers():
    X = mixed(9)[:, :4]
    inside = gn.Columns(([4, 0], gn.Dense(3, "tanh")), (slice(1, 4), gn.LayerNorm()))
    net = gn.Network([gn.Dense(5), inside, gn.Residual(gn.Columns((slice(0, 6), gn.Scale()))), gn.Dense(1)])
    assert gn.check_gradient(net.build(4, seed=0), X, X[:, 0], loss="squared_error").max_error < 1e-6


def test_a_planted_error_fails_the_check():
    class Planted(gn.Embedding):
        def backward(self, s):
            s.dW[...] = 0.0
            s.dW[s.X[:, 0].astype(int)] += s.dA[:, 0]  # of rows with the same code only the last counts

    X = mixed(40)[:, 4:5]
    net = gn.Network([Planted(10, 3), gn.Flatten(), gn.Dense(1)]).build(1, seed=0)
    assert gn.check_gradient(net, X, X[:, 0], loss="squared_error").max_error > 5e-5


@COMPILED
@pytest.mark.parametrize("sliced", [False, True])
@pytest.mark.parametrize("batch_size", [5, 64, 700])
def test_both_engines_train_the_same(batch_size, sliced, monkeypatch):
    from glassnet.engine.compiled import program, tiles

    if sliced:
        monkeypatch.setattr(tiles, "sliced", lambda layout, n_rows: True)
        monkeypatch.setattr(program, "TASK", 1)
    X, found = mixed(700), []
    for engine in ("numpy", "compiled"):
        net = gn.Network([*both_ways()[:2], gn.BatchNorm(), gn.Dense(1)], dtype="float64", engine=engine)
        history = net.fit(X, X[:, 0], loss="huber", epochs=2, batch_size=batch_size, seed=0, validation=0.2)
        found.append([net.parameters, net.state, history["val_loss"], net.predict(X)])
    for ours, theirs in zip(*found, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-7, atol=1e-9)


@COMPILED
def test_training_gives_the_same_bits_with_any_number_of_threads(monkeypatch):
    from glassnet.engine.compiled import thread_count, tiles
    from glassnet.engine.machine import threads

    monkeypatch.setattr(threads, "cores", lambda: 4)
    monkeypatch.setattr(thread_count, "WORTH", 0)
    for sliced in (False, True):
        monkeypatch.setattr(tiles, "sliced", lambda layout, n_rows, sliced=sliced: sliced)
        found = []
        for size in (1, 3):
            with threads.limited(size):
                net = gn.Network([*both_ways()[:2], gn.GaussianNoise(), gn.Dense(1)], engine="compiled")
                net.fit(mixed(900), mixed(900)[:, 0], loss="huber", epochs=2, batch_size=500, seed=0)
                found.append(net.parameters)
        np.testing.assert_array_equal(found[0], found[1])


def test_a_trace_shows_what_each_part_reads_and_gives():
    X = mixed(9)
    traced = gn.trace(gn.Network(both_ways()).build(6, seed=0), X, X[:, 0], loss="huber").layers[0]
    np.testing.assert_allclose(traced.X0, X[:, :4], rtol=1e-6)
    np.testing.assert_array_equal(traced.A[:, 5:8], traced.inner[1].A[:, 0])
    np.testing.assert_array_equal(traced.inner[2].dA[:, 0], traced.dA[:, 8:])


@pytest.mark.parametrize("engine", ENGINES)
def test_columns_are_saved_and_read_back(engine, tmp_path):
    net = gn.Network(both_ways(), engine=engine)
    net.fit(mixed(), mixed()[:, 0], loss="squared_error", epochs=1, seed=0)
    again = gn.Network.load(net.save(tmp_path / "m.safetensors"))
    assert again.layers == net.layers
    np.testing.assert_allclose(again.predict(mixed()), net.predict(mixed()), rtol=1e-5, atol=1e-6)


WRONG_CODES = {
    "too large": (10, "column 4 of X must hold whole numbers 0…9, the codes of 10 categories; it holds 10 at row 3"),
    "negative": (-1, "it holds -1 at row 3 (1 such values in total)."),
    "no whole number": (1.5, "it holds 1.5 at row 3"),
}


@pytest.mark.parametrize("case", WRONG_CODES)
def test_codes_out_of_range_are_refused_wherever_data_come_in(case):
    value, message = WRONG_CODES[case]
    X, wrong = mixed(), mixed()
    wrong[3, 4] = value
    net = gn.Network(both_ways()).build(6, seed=0)
    uses = [
        lambda: net.fit(wrong, X[:, 0], loss="huber"),
        lambda: net.predict(wrong),
        lambda: net.evaluate(wrong, X[:, 0], loss="huber"),
        lambda: gn.check_gradient(net, wrong, X[:, 0], loss="huber"),
    ]
    for use in uses:
        with pytest.raises(gn.InvalidInput) as caught:
            use()
        assert message in str(caught.value)
    with pytest.raises(gn.InvalidInput, match="column 4 of X of validation must hold whole numbers"):
        net.fit(X, X[:, 0], loss="huber", validation=(wrong, X[:, 0]))
    with pytest.raises(gn.InvalidInput, match="column 4 of x must hold whole numbers 0…9"):
        net.predictor()(wrong[3])


MAKE: dict[str, Any] = {
    "no part": (lambda: gn.Columns(), "Columns needs at least one part"),
    "a layer alone": (
        lambda: gn.Columns(LINEAR),  # type: ignore[arg-type]
        "Columns takes parts (columns, layer)",
    ),
    "a column twice": (
        lambda: gn.Columns((slice(0, 4), LINEAR), (3, LINEAR)),
        "Columns: column 3 is named twice; each belongs to one part.",
    ),
    "a slice without an end": (
        lambda: gn.Columns((slice(2, None), LINEAR)),
        "Columns takes slices from one column to another, such as slice(0, 4), got slice(2, None, None).",
    ),
    "a name": (lambda: gn.Columns(("age", LINEAR)), "Columns takes column numbers from 0 on, or slices, got 'age'."),
    "an empty part": (lambda: gn.Columns(([], LINEAR)), "Columns: a part needs at least one column, got []."),
    "a column that is not there": (
        lambda: gn.Network([gn.Columns((slice(0, 4), LINEAR))]).build(3),
        "Columns: there is no column 3: X has 3 columns, 0…2.",
    ),
    "columns that are not named": (
        lambda: gn.Network([gn.Columns((slice(0, 2), LINEAR))]).build(4),
        'Columns: column 2 is in no part. To pass it through unchanged, add (slice(2, 4), Activation("linear")).',
    ),
    "no categories": (
        lambda: gn.Embedding(0, 3),
        "Embedding: `categories` must be a whole number of at least 1, got 0.",
    ),
    "half a dimension": (
        lambda: gn.Embedding(3, 1.5),  # type: ignore[arg-type]
        "Embedding: `dimensions` must be a whole number of at least 1, got 1.5.",
    ),
    "too many categories": (lambda: gn.Embedding(2**24 + 1, 1), "`categories` must be at most 16,777,216"),
    "an embedding behind a layer": (
        lambda: gn.Network([gn.Dense(3), gn.Embedding(3, 2)]).build(4),
        "Embedding(categories=3, dimensions=2) reads codes from the data, so it cannot come after Dense(3, 'linear')",
    ),
    "an embedding in columns behind a layer": (
        lambda: gn.Network([gn.Scale(), gn.Columns((0, gn.Embedding(3, 2)))]).build(1),
        "so it cannot come after Scale(): put it in front.",
    ),
}


@pytest.mark.parametrize("case", MAKE)
def test_what_cannot_work_is_refused_in_a_sentence(case):
    make, message = MAKE[case]
    with pytest.raises(gn.InvalidInput) as caught:
        make()
    assert message in str(caught.value)


def test_an_embedding_of_untrained_codes_keeps_its_row():
    net = gn.Network([gn.Embedding(4, 2), gn.Flatten()]).build(1, seed=0)
    before = net.arrays["0.W"][3].copy()
    one_update(net, [[0], [1], [2]], np.zeros((3, 2)), optimizer=gn.SGD(0.1))
    np.testing.assert_array_equal(net.arrays["0.W"][3], before)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_part_of_several_layers_is_a_chain(engine, tmp_path):
    chained = gn.Columns((slice(0, 2), [gn.Scale(), gn.Dense(3, "tanh")]), ([3, 2], gn.Chain(gn.Scale())))
    assert repr(chained) == "Columns((slice(0, 2), Chain(Scale(), Dense(3, 'tanh'))), ([3, 2], Chain(Scale())))"
    X = gn.datasets.iris().X
    net = gn.Network([chained, gn.Dense(3, "softmax")], engine=engine).build(4, seed=0)
    plain = gn.Network([gn.Columns((slice(0, 2), gn.Dense(3, "tanh")), ([3, 2], gn.Scale())), gn.Dense(3, "softmax")])
    plain.build(4, seed=1)
    for ours, theirs in {"0.0.1.W": "0.0.W", "0.0.1.b": "0.0.b", "1.W": "1.W", "1.b": "1.b"}.items():
        plain.arrays[theirs][...] = net.arrays[ours]
    np.testing.assert_allclose(net.predict(X), plain.predict(X), rtol=1e-5)
    assert gn.Network.load(net.save(tmp_path / "net.safetensors")) == net
    with pytest.raises(gn.InvalidInput, match="Chain needs at least one layer"):
        gn.Columns((slice(0, 4), []))
