"""Faults of data and splits, each planted, and each silent without it."""

import numpy as np
import polars as pl
import pytest

import glassnet as gn
from glassnet.insight.diagnosis.computed import counts_rows
from glassnet.insight.diagnosis.output_range import bounds

RNG = np.random.default_rng(0)
X = RNG.normal(size=(600, 6))
NEW = RNG.normal(size=(300, 6))


def label(rows):
    return (rows[:, 0] + rows[:, 1] > 0).astype(int)


def fitted(y, rows=X, epochs=60, units=16, loss="cross_entropy", rate=0.02):
    outputs = gn.Dense(2, "softmax") if loss == "cross_entropy" else gn.Dense(1)
    net = gn.Network([gn.Dense(units, "relu"), outputs], engine="numpy")
    net.fit(rows, y, loss=loss, optimizer=gn.Adam(rate), epochs=epochs, batch_size=32, seed=0)
    return net


NET = fitted(label(X), epochs=20)


def test_a_network_that_has_learned_its_rows_by_heart_overfits():
    rows, y = X[:80], label(X[:80] + 1.5 * RNG.normal(size=(80, 6)))
    diagnosis = gn.diagnose(fitted(y, rows, 300, 64), rows, y, held_out=(NEW, label(NEW)))
    found = next(finding for finding in diagnosis if finding.name == "overfitting")
    assert "on the training rows and" in found.measured and "300 held-out rows" in found.measured


def test_a_network_that_generalises_is_healthy():
    assert gn.diagnose(NET, X, label(X), held_out=(NEW, label(NEW))).names() == []
    assert gn.diagnose(NET, X, label(X), held_out=(NEW, None)).names() == []
    checks = gn.diagnose(NET, X, label(X)).checks
    assert "overfitting" not in checks and "labels that cannot be learned" in checks


@pytest.mark.parametrize("numbers", [False, True])
def test_random_labels_cannot_be_learned_and_are_no_better_than_a_constant(numbers):
    y, other = (RNG.normal(size=n) if numbers else RNG.integers(0, 2, n) for n in (600, 300))
    net = fitted(y, loss="squared_error" if numbers else "cross_entropy")
    names = gn.diagnose(net, X, y, held_out=(NEW, other)).names()
    assert {"no better than a constant on held-out rows", "labels that cannot be learned"} <= {*names}


def test_labels_that_only_the_network_misses_are_not_called_random():
    lazy = fitted(label(X), epochs=1, rate=1e-6)
    names = gn.diagnose(lazy, X, label(X), held_out=(NEW, label(NEW))).names()
    assert "no better than a constant on held-out rows" in names and "labels that cannot be learned" not in names
    ring = (np.hypot(X[:, 0], X[:, 1]) > 1.2).astype(int)  # no column is correlated with it, but near rows are alike
    names = gn.diagnose(fitted(ring, X[:, :2], epochs=1, rate=1e-6), X[:, :2], ring).names()
    assert "a loss that does not fall" in names and "labels that cannot be learned" not in names


PARTS = np.exp(RNG.normal(size=(500, 5)))


@pytest.mark.parametrize(
    ("y", "written"),
    [
        (PARTS[:, 1] + PARTS[:, 3], "a sum with factors, of column 1 and column 3"),
        (2 * PARTS[:, 0] - PARTS[:, 2] + 7, "a sum with factors, of column 0 and column 2"),
        (np.log(PARTS[:, 1] + PARTS[:, 3]) - 2, "the logarithm of a sum with factors, of column 1 and column 3"),
        (np.log10(PARTS[:, 1] + PARTS[:, 3] + 1), "the logarithm of a sum with factors, of column 1 and column 3"),
        (PARTS[:, 0] / PARTS[:, 4] ** 2, "a product of powers, of column 0 and column 4"),
        (
            np.round(PARTS[:, 0] + PARTS[:, 1] + PARTS[:, 2], 3),
            "a sum with factors, of column 0, column 1 and column 2",
        ),
        (np.sqrt(PARTS[:, 0] + PARTS[:, 1]), "the square root of a sum with factors, of column 0 and column 1"),
    ],
)
def test_a_target_computed_from_several_columns_is_named_with_them(y, written):
    net = gn.Network([gn.Dense(4), gn.Dense(1)], engine="numpy").build(5, seed=0)
    diagnosis = gn.diagnose(net, PARTS, y, loss="squared_error")
    found = next(finding for finding in diagnosis if "computed" in finding.name)
    assert f"the target is {written}: they leave" in found.measured


def test_a_target_with_noise_or_of_another_kind_is_not_called_computed():
    net = gn.Network([gn.Dense(4), gn.Dense(1)], engine="numpy").build(5, seed=0)
    noise = 0.01 * RNG.normal(size=500)
    for y in (
        PARTS[:, 1] + PARTS[:, 3] + noise,
        np.sin(PARTS[:, 0]) * PARTS[:, 1],
        PARTS @ [1, 2, 3, 4, 5.0] + 10 * noise,
    ):
        assert not any("computed" in name for name in gn.diagnose(net, PARTS, y, loss="squared_error").names())


def test_the_sum_of_two_columns_of_a_table_is_found_behind_their_encoding():
    casual, registered = RNG.gamma(2.0, 20.0, (2, 400)).round()
    frame = pl.DataFrame({"hour": np.arange(400) % 24, "casual": casual, "registered": registered})
    frame = frame.with_columns(cnt=pl.col("casual") + pl.col("registered"))
    training = gn.TableTraining(frame, "cnt", recipe=gn.Recipe(hidden=(4,), epochs=2, engine="numpy"))
    list(training.epochs())
    found = next(finding for finding in training.diagnose() if "computed" in finding.name)
    assert found.where == "'casual', 'registered'"


@pytest.mark.parametrize(
    ("in_order", "said"), [(True, "grows from row to row in whole steps"), (False, "has another whole number in every")]
)
def test_an_exported_index_among_the_columns_is_named(in_order, said):
    rows = RNG.permutation(900)[:600]
    numbered = np.column_stack([X, np.sort(rows) if in_order else rows])
    net = gn.Network([gn.Dense(4, "relu"), gn.Dense(2, "softmax")], engine="numpy").build(7, seed=0)
    diagnosis = gn.diagnose(net, numbered, label(X), loss="cross_entropy", names=[*"abcdef", "row"])
    found = next(finding for finding in diagnosis if "index" in finding.name)
    assert found.where == "'row'" and "in 600 rows" in found.measured and said in found.measured


@pytest.mark.parametrize(
    ("column", "is_index"),
    [
        (np.arange(100), True),
        (np.arange(1000, 1200, 2), True),
        (np.arange(100)[::-1], False),
        (np.arange(100) / 7, False),
        (np.sort(RNG.integers(0, 50, 100)), False),
        (np.arange(100) ** 2, False),
        (RNG.permutation(100), False),
    ],
)
def test_an_index_is_what_counts_rows(column, is_index):
    assert counts_rows(column.astype(float)) is is_index


def test_held_out_rows_that_are_altered_copies_of_training_rows():
    copies = X[:300] + 1e-4 * RNG.normal(size=(300, 6))
    diagnosis = gn.diagnose(NET, X, label(X), held_out=(copies, label(copies)))
    assert diagnosis.names() == ["leakage: nearly equal rows"]
    assert "For 100.0% of 300 held-out rows" in diagnosis.findings[0].measured


def test_copies_in_a_table_that_was_split_at_random():
    twice = np.repeat(X[:200], 3, axis=0)
    order = np.random.default_rng(1).permutation(600)
    rows, y = twice[order], label(twice[order])
    net = fitted(y[:450], rows[:450], epochs=3)
    diagnosis = gn.diagnose(net, rows[:450], y[:450], held_out=(rows[450:], y[450:]))
    found = next(finding for finding in diagnosis if finding.name == "leakage: equal rows")
    assert "with the same target: the table holds copies of rows" in found.measured
    numbers = fitted(rows[:450, 0] + RNG.normal(size=450), rows[:450], epochs=3, loss="squared_error")
    noisy = numbers.predict(rows)[:, 0] + RNG.normal(size=600)  # equal rows measured anew: another target each time
    names = gn.diagnose(numbers, rows[:450], noisy[:450], held_out=(rows[450:], noisy[450:])).names()
    assert "leakage: equal rows" not in names


def test_rows_of_a_few_categories_are_no_copies():
    kinds = np.random.default_rng(2).integers(0, 3, (600, 3)).astype(float)
    y = (kinds[:, 0] > kinds[:, 1]).astype(int)  # what a row of a kind has is certain, as in a table of rules
    net = fitted(y[:450], kinds[:450], epochs=3)
    assert "leakage: equal rows" not in gn.diagnose(net, kinds[:450], y[:450], held_out=(kinds[450:], y[450:])).names()


def test_rows_of_a_plane_or_a_grid_are_no_copies():
    angles = RNG.uniform(0, 1, (900, 2))
    plane = np.column_stack([angles, angles.sum(axis=1), angles[:, 0] - angles[:, 1]])
    grid = RNG.integers(0, 4, (900, 4)).astype(float)
    for rows in (plane, grid):
        y = (rows[:, 0] > rows[:, 1]).astype(int)
        net = fitted(y[:600], rows[:600], epochs=3)
        names = gn.diagnose(net, rows[:600], y[:600], held_out=(rows[600:], y[600:])).names()
        assert "leakage: nearly equal rows" not in names


def test_rows_from_elsewhere_are_told_apart_and_the_columns_named():
    moved = NEW + 1.5 * np.eye(6)[2]
    diagnosis = gn.diagnose(NET, X, label(X), held_out=(moved, label(moved)), names=list("abcdef"))
    assert diagnosis.names() == ["drift: held-out rows differ from training rows"]
    assert "differ most: 'c' (KS distance 0." in diagnosis.findings[0].measured
    together = X.copy()
    together[:, 1] = together[:, 0]  # each column is distributed as before, but not both together
    assert "drift" in str(gn.diagnose(NET, together, label(X), held_out=(NEW, label(NEW))).names())


@pytest.mark.parametrize(
    ("activation", "y", "said"),
    [
        ("sigmoid", RNG.uniform(0, 2, (100, 1)), "gives values from 0 to 1, but"),
        ("softmax", RNG.normal(size=(100, 3)), "shares that add up to 1, but in 100% of the rows"),
        ("softmax", RNG.uniform(0, 9, (100, 1)), "shares that add up to 1"),
        ("tanh", RNG.normal(0, 2, (100, 1)), "gives values from -1 to 1, but"),
        ("relu", RNG.normal(size=(100, 1)), "gives values of 0 and more, but"),
        ("softplus", RNG.normal(size=(100, 1)), "gives values of 0 and more, but"),
    ],
)
def test_an_output_activation_that_cannot_reach_the_targets(activation, y, said):
    net = gn.Network([gn.Dense(4, "tanh"), gn.Dense(y.shape[1], activation)], engine="numpy").build(6, seed=0)
    diagnosis = gn.diagnose(net, X[:100], y, loss="squared_error")
    found = next(finding for finding in diagnosis if finding.name == "an output activation that misses the targets")
    assert said.replace("-1", "−1") in found.measured.replace("-1", "−1") and found.where == "layer 1"


@pytest.mark.parametrize(
    ("activation", "y"),
    [
        ("sigmoid", RNG.integers(0, 2, (100, 1))),
        ("softmax", np.eye(3)[RNG.integers(0, 3, 100)]),
        ("tanh", RNG.uniform(-1, 1, (100, 1))),
        ("relu", RNG.gamma(2.0, size=(100, 1))),
        ("linear", RNG.normal(size=(100, 1))),
    ],
)
def test_an_output_activation_that_reaches_the_targets_is_healthy(activation, y):
    net = gn.Network([gn.Dense(4, "tanh"), gn.Dense(y.shape[1], activation)], engine="numpy").build(6, seed=0)
    names = gn.diagnose(net, X[:100], y, loss="squared_error").names()
    assert "an output activation that misses the targets" not in names


def test_bounds_of_activations_are_those_of_their_formulas():
    assert bounds(gn.Tanh()) == (-1, 1)
    assert bounds(gn.Linear()) == (-np.inf, np.inf)
    assert bounds(gn.ELU())[0] == pytest.approx(-1) and bounds(gn.ELU())[1] == np.inf
    assert bounds(gn.LeakyReLU())[0] < -10
