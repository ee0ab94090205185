"""Every fault is found in a network that was built to have it, with its numbers; healthy networks raise nothing."""

import numpy as np
import polars as pl
import pytest
from sklearn.datasets import load_breast_cancer

import glassnet as gn
from glassnet.demos import clouds, iris, regression, xor
from glassnet.formulas.losses import Loss
from glassnet.insight.diagnosis.constant import loss_of_constant
from glassnet.insight.diagnosis.diagnose import CHECKS, OF_HELD_OUT
from glassnet.insight.notation.text import decimals
from glassnet.typing import LossName

IRIS = gn.datasets.iris()
SCALED = iris.standardised(IRIS, IRIS)


def fresh(*layers, width=4, seed=0, **arrays):
    net = gn.Network([*layers], engine="numpy").build(width, seed=seed)
    for name, change in arrays.items():
        net.arrays[name.replace("_", ".")][...] *= change
    return net


def classes(net, X=SCALED.X, y=SCALED.y, **more):
    return gn.diagnose(net, X, y, loss="cross_entropy", **more)


def only(diagnosis, name):
    """The one finding, which has all three sentences and says numbers."""
    assert diagnosis.names() == [name]
    found = next(iter(diagnosis))
    assert any(c.isdigit() for c in found.measured)
    assert min(len(found.measured), len(found.why), len(found.remedy)) > 20
    return found


# ---------------------------------------------------------------- faults


def test_dead_units_are_counted_by_layer():
    net = fresh(gn.Dense(10, "relu"), gn.Dense(8, "relu"), gn.Dense(3, "softmax"))
    net.arrays["0.b"][:7] = -100
    found = only(classes(net), "dead units")
    assert found.where == "layer 0"
    assert "7 of 10 units of layer 0, Dense(10, 'relu'), have slope 0 in every one of 150 rows" in found.measured
    net.arrays["0.b"][4:] = 0
    assert classes(net).names() == []
    net.arrays["0.b"][:] = 0
    assert classes(net).names() == []


@pytest.mark.parametrize("rule", [gn.SGD(5), gn.SGD(20), gn.Momentum(1.0), gn.MomentumOfSteps(1.0), gn.Adam(3.0)])
def test_units_that_long_steps_have_killed_are_told_as_a_rate_that_is_too_high(rule):
    net = gn.Network([gn.Dense(16, "relu"), gn.Dense(16, "relu"), gn.Dense(3, "softmax")])
    net.fit(SCALED.X, SCALED.y, loss="cross_entropy", optimizer=rule, epochs=30, seed=0)
    diagnosis = gn.diagnose(net, SCALED.X, SCALED.y)
    found = next(finding for finding in diagnosis if finding.name == "a learning rate that is too high")
    assert "dead units" not in diagnosis.names()
    assert "times as large as before training, with " + repr(rule) in found.measured
    assert "a learning rate ten times smaller" in found.remedy


@pytest.mark.parametrize("rule", [gn.SGD(5), gn.SGD(10), gn.Momentum(1.0)])
@pytest.mark.parametrize("batch_size", [16, 400])
def test_units_that_steps_have_killed_without_throwing_them_far_are_told_by_a_trial(rule, batch_size):
    X = np.random.default_rng(0).normal(size=(400, 5))
    ring = (np.hypot(X[:, 0], X[:, 1]) > 1.1).astype(int)
    net = gn.Network([gn.Dense(8, "relu")] * 3 + [gn.Dense(1, "sigmoid")], engine="numpy")
    net.fit(X, ring, loss="binary_cross_entropy", optimizer=rule, epochs=30, batch_size=batch_size, seed=0)
    assert "dead units" not in gn.diagnose(net, X, ring).names()


def test_dead_units_of_a_training_with_a_good_rate_stay_dead_units():
    net = gn.Network([gn.Dense(16, "relu"), gn.Dense(3, "softmax")])
    net.fit(SCALED.X, SCALED.y, loss="cross_entropy", optimizer=gn.SGD(0.1), epochs=3, seed=0)
    assert classes(net).names() == []
    net.arrays["0.W"][:, :12] *= 0.5  # as a strong penalty does
    net.arrays["0.b"][:12] = -5
    assert classes(net).names() == ["dead units"]


@pytest.mark.parametrize("activation", ["tanh", "sigmoid", "arctan"])
def test_saturated_units(activation):
    net = fresh(gn.Dense(10, activation), gn.Dense(3, "softmax"), **{"0_W": 200.0})
    found = only(classes(net), "saturated units")
    assert "lie where the slope is less than 2% of that at 0" in found.measured
    share = float(found.measured.split("%")[0])
    z = SCALED.X @ net.arrays["0.W"]
    f = gn.activations.Activation.of(activation)
    slopes = f.slope(z, f.value(z)) / f.slope(np.zeros(1), f.value(np.zeros(1)))
    assert share == pytest.approx(100 * np.mean(slopes < 0.02), abs=1)


def test_vanishing_gradients_by_layer():
    net = fresh(*[gn.Dense(10, "sigmoid") for _ in range(9)], gn.Dense(3, "softmax"))
    found = only(classes(net), "vanishing gradients")
    layers = gn.trace(net, SCALED.X, SCALED.y, loss="cross_entropy").layers
    ratio = np.sqrt(np.mean(layers[0].dA ** 2) / np.mean(layers[8].dA ** 2))
    assert f"falls to {decimals(ratio, 2)} of its size" in found.measured
    assert found.measured.count("(layer ") == 9


def test_exploding_gradients_by_layer():
    hidden = [gn.Dense(10, "relu", weights=gn.Normal(3.0)) for _ in range(6)]
    assert "exploding gradients" in classes(fresh(*hidden, gn.Dense(3, "softmax"))).names()


def test_steps_that_are_too_large():
    net = fresh(gn.Dense(8, "tanh"), gn.Dense(3, "softmax"))
    found = only(classes(net, optimizer=gn.Adam(0.9)), "steps too large")
    step = gn.trace(net, SCALED.X, SCALED.y, loss="cross_entropy", optimizer=gn.Adam(0.9)).updates["0.W"]
    ratio = np.linalg.norm(step.after - step.before) / np.linalg.norm(step.before)
    assert f"0.W {decimals(ratio, 2)}" in found.measured
    assert classes(net, optimizer=gn.Adam(0.01)).names() == []


def test_steps_that_are_too_small():
    net = fresh(gn.Dense(8, "tanh"), gn.Dense(3, "softmax"))
    only(classes(net, optimizer=gn.SGD(1e-6)), "steps too small")
    assert classes(net, optimizer="lbfgs").names() == []


def test_inputs_without_scale_are_named():
    X = SCALED.X * [1, 1, 1000, 1]
    net = fresh(gn.Dense(8, "relu"), gn.Dense(3, "softmax"))
    found = only(classes(net, X, names=["a", "b", "width in µm", "d"]), "unscaled inputs")
    assert "1 of 4 inputs is above 25: 'width in µm' 1000" in found.measured
    tiny = only(classes(net, SCALED.X * 1e-4), "unscaled inputs")
    assert "0.0001" in tiny.measured
    for front in (gn.BatchNorm(), gn.LayerNorm()):
        assert "unscaled inputs" not in classes(fresh(front, gn.Dense(3, "softmax")), X).names()
    codes = np.column_stack([np.arange(150) % 100, SCALED.X])
    columns = gn.Columns((0, gn.Embedding(100, 2)), (slice(1, 5), gn.Dense(4, "relu")))
    assert classes(fresh(columns, gn.Dense(3, "softmax"), width=5), codes).names() == []


def test_a_loss_that_is_no_better_than_that_of_a_constant():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(300, 5)), rng.integers(0, 2, 300)
    net = gn.Network([gn.Dense(4, "tanh"), gn.Dense(2, "softmax")], engine="numpy")
    net.fit(X, y, loss="cross_entropy", optimizer=gn.SGD(1e-4), epochs=2, seed=0)
    diagnosis = gn.diagnose(net, X, y)
    assert diagnosis.names() == ["a loss that does not fall", "labels that cannot be learned"]
    found = diagnosis.findings[0]
    share = y.mean()
    entropy = -share * np.log(share) - (1 - share) * np.log(1 - share)
    assert f"the best constant prediction has {entropy:.4g}" in found.measured


@pytest.mark.parametrize("loss", ["squared_error", "absolute_error", "huber", "log_cosh", gn.Quantile((0.1, 0.9))])
def test_the_best_constant_is_the_best(loss):
    loss, y = Loss.of(loss), np.random.default_rng(0).gamma(2.0, size=(201, 1))
    width = loss.outputs_per_target()
    Y = np.repeat(y, width, axis=1)
    tried = [loss.value(np.full_like(Y, p), Y, *loss.columns(width)).mean(axis=0) for p in np.linspace(0, 8, 2001)]
    assert loss_of_constant(loss, Y) == pytest.approx(np.min(tried, axis=0).mean(), rel=1e-4)
    assert loss_of_constant(loss, Y) <= np.min(tried, axis=0).mean() + 1e-12


@pytest.mark.parametrize("loss", ["squared_error", "absolute_error", "cross_entropy", "binary_cross_entropy"])
@pytest.mark.parametrize(
    "reduction", ["mean", *(pytest.param(r, marks=pytest.mark.long) for r in ("mean_of_rows", "sum"))]
)
def test_the_best_constant_counts_rows_by_their_weights_and_divides_as_training_does(loss, reduction):
    loss = type(Loss.of(loss))(reduction=reduction)
    rng = np.random.default_rng(0)
    y = {"classes": rng.integers(0, 3, 40), "binary": rng.integers(0, 2, (40, 3))}.get(
        loss.targets, rng.random((40, 3))
    )
    net = fresh(gn.Dense(3, loss.output_activation or "linear", weights=gn.Zeros()))  # whose bias alone will be trained
    X, weights = np.zeros((40, 4)), rng.integers(1, 4, 40)
    rate = 0.01 if reduction == "sum" else 0.5
    net.fit(
        X, y, loss=loss, optimizer=gn.Adam(gn.Cosine(rate)), sample_weight=weights, epochs=1500, batch_size=40, seed=0
    )
    Y = np.eye(3)[y] if y.ndim == 1 else y
    trained = net.evaluate(X, y, sample_weight=weights)["loss"]
    assert loss_of_constant(loss, Y, weights) == pytest.approx(trained, rel=1e-3)
    assert loss_of_constant(loss, Y, weights) <= trained * (1 + 1e-5)


def test_the_best_constants_of_losses_with_a_link():
    counts = np.array([[0.0], [2], [4], [2]])
    assert loss_of_constant(gn.Poisson(), counts) == pytest.approx(2 - 2 * np.log(2))
    assert loss_of_constant(gn.BinaryCrossEntropy(), counts > 1) == pytest.approx(
        -0.25 * np.log(0.25) - 0.75 * np.log(0.75)
    )
    assert loss_of_constant(gn.CrossEntropy(reduction="sum"), np.eye(3)) == pytest.approx(3 * np.log(3))


def test_held_out_rows_that_stand_among_the_training_rows():
    net = fresh(gn.Dense(8, "relu"), gn.Dense(3, "softmax"))
    rng = np.random.default_rng(0)
    X = rng.normal(size=(150, 4))
    leaked = np.vstack([X[:20], rng.normal(size=(20, 4))])
    found = only(classes(net, X, held_out=(leaked, None)), "leakage: equal rows")
    assert "50.0% of the 40 held-out rows" in found.measured
    assert classes(net, X, held_out=(leaked[20:], None)).names() == []
    few = rng.integers(0, 2, (150, 4)).astype(float)  # 16 kinds of rows: twins everywhere, and no leak
    assert classes(net, few, held_out=(rng.integers(0, 2, (40, 4)), None)).names() == []


def test_a_column_that_gives_the_target_away():
    net = fresh(gn.Dense(8, "relu"), gn.Dense(3, "softmax"), width=5)
    for column in (SCALED.y, SCALED.y * 0.5 + np.linspace(0, 0.01, 150)):
        found = only(classes(net, np.column_stack([SCALED.X, column])), "leakage: a column gives the target away")
        assert found.where == "column 4"
        assert "alone classifies 100.0% of the rows" in found.measured
    rng = np.random.default_rng(0)
    y = rng.normal(size=200)
    X = np.column_stack([rng.normal(size=(200, 2)), np.exp(y)])
    found = only(
        gn.diagnose(fresh(gn.Dense(1), width=3), X, y, loss="squared_error", names=["a", "b", "price × 2"]),
        "leakage: a column gives the target away",
    )
    assert found.where == "'price × 2'"
    X[:, 2] += 0.3 * rng.normal(size=200)
    assert gn.diagnose(fresh(gn.Dense(1), width=3), X, y, loss="squared_error").names() == []


N_LEAKY = 1000  # rows of the tables below: 10 wrong ones are 1 %


def given_away(x, y):
    """Whether a column that stands beside noise is said to give the classes away."""
    X = np.column_stack([np.random.default_rng(1).normal(size=len(x)), x])
    net = fresh(gn.Dense(4, "relu"), gn.Dense(int(y.max()) + 1, "softmax"), width=2)
    found = [one for one in classes(net, X, y) if one.name == "leakage: a column gives the target away"]
    assert all(one.where == "column 1" for one in found)
    return bool(found)


def some_wrong(y, n_wrong):
    """Classes of which some, evenly spread, are another."""
    y, wrong = y.copy(), np.linspace(7, len(y) - 8, n_wrong).astype(int)
    y[wrong] = (y[wrong] + 1) % (y.max() + 1)
    return y


def shuffled(x, y, seed=0):
    order = np.random.default_rng(seed).permutation(len(x))
    return x[order], y[order]


SORTED = np.sort(np.random.default_rng(0).lognormal(size=N_LEAKY))  # most values lie close together, a few far away
RANK = np.arange(N_LEAKY)
BANDS = {
    "a threshold": (RANK > 430).astype(int),
    "a threshold near the end": (RANK > 880).astype(int),
    "a band": ((RANK > 200) & (RANK < 700)).astype(int),
    "two bands": ((RANK // 100) % 5 == 2).astype(int),
    "ten bands": (RANK // 100) % 2,
    "bands of three classes": (RANK // 120) % 3,
}


@pytest.mark.parametrize("y", BANDS.values(), ids=BANDS)
def test_bands_give_a_class_away_where_fewer_than_one_row_in_a_hundred_is_wrong(y):
    for n_wrong, leaks in [(0, True), (9, True), (10, False), (30, False)]:
        assert given_away(*shuffled(SORTED, some_wrong(y, n_wrong))) is leaks, n_wrong
        few = np.searchsorted(np.flatnonzero(np.diff(y)) + 1, RANK, "right")  # one value a band
        assert given_away(*shuffled(few.astype(float), some_wrong(y, n_wrong))) is leaks, n_wrong


def test_a_rare_class_is_given_away_by_a_column_that_finds_nine_in_ten_of_it():
    y = (RANK >= N_LEAKY - 40).astype(int)
    for missed, leaks in [(0, True), (3, True), (4, False), (20, False)]:
        x = np.where((N_LEAKY - 40 + missed <= RANK), 5.0, 0.0) + np.linspace(0, 1, N_LEAKY) * (RANK < N_LEAKY - 40)
        x[N_LEAKY - 40 : N_LEAKY - 40 + missed] = np.linspace(0.1, 0.9, missed)
        assert given_away(*shuffled(x, y)) is leaks, missed


def test_a_band_of_its_own_takes_more_rows_than_chance_draws_together():
    """Classes that come by turns: each boundary costs five rows."""
    assert given_away(*shuffled(SORTED, (RANK // 12) % 2))
    assert not given_away(*shuffled(SORTED, (RANK // 5) % 2))


@pytest.mark.parametrize("n", [50, 200, pytest.param(2000, marks=pytest.mark.long)])
@pytest.mark.parametrize("n_classes", [2, 5])
def test_noise_gives_nothing_away(n, n_classes):
    for seed in range(5):
        rng = np.random.default_rng(seed)
        x, y = rng.normal(size=n), rng.integers(0, n_classes, n)
        y[:n_classes] = range(n_classes)
        assert not given_away(x, y) and not given_away(np.round(x, 1), y)


def test_targets_are_given_away_by_a_column_in_nearly_their_order():
    rng = np.random.default_rng(0)
    y, noise = rng.normal(size=N_LEAKY), rng.normal(size=N_LEAKY)
    for share, leaks in [(0.0, True), (0.1, True), (0.2, False), (1.0, False)]:
        x = -np.exp(y + share * noise)
        rank = abs(np.corrcoef(np.argsort(np.argsort(x)), np.argsort(np.argsort(y)))[0, 1])
        assert (rank > 0.99) is np.bool_(leaks)
        X = np.column_stack([noise, x])
        names = gn.diagnose(fresh(gn.Dense(1), width=2), X, y, loss="squared_error").names()
        assert ("leakage: a column gives the target away" in names) is leaks, share


def test_class_imbalance():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(1000, 4)), (np.arange(1000) < 20).astype(int)
    net = fresh(gn.Dense(8, "relu"), gn.Dense(2, "softmax"))
    found = only(classes(net, X, y), "class imbalance")
    assert (
        "The smallest class has 20 rows, the largest 980: always predicting the largest is right in 98.0%"
        in found.measured
    )
    one = fresh(gn.Dense(8, "relu"), gn.Dense(1, "sigmoid"))
    assert gn.diagnose(one, X, y, loss="binary_cross_entropy").names() == ["class imbalance"]
    net.fit(X, y, loss="cross_entropy", class_weight="balanced", epochs=1, seed=0)
    assert "class imbalance" not in gn.diagnose(net, X, y).names()


# ---------------------------------------------------------------- health


@pytest.mark.long
def test_the_demos_are_healthy(monkeypatch):
    net, X, y = clouds.start()
    assert classes(net, X, y).names() == []
    monkeypatch.setattr(clouds, "N_EPOCHS", 500)
    clouds.train(net, X, y)
    assert gn.diagnose(net, X, y).names() == []
    net = xor.network(xor.draws(1))
    xor.train_rightly(net, 3000)
    assert gn.diagnose(net, xor.X, xor.Y).names() == []
    monkeypatch.setattr(regression, "N_LOOPS", 300)
    net, X, y = regression.start()
    regression.train(net, X, y)
    assert gn.diagnose(net, X, y).names() == []  # half of its units are off, which alone is no fault


@pytest.mark.parametrize("seed", range(4))
def test_networks_for_iris_are_healthy(seed):
    for layers, data in [((gn.Dense(6, "relu"),), SCALED), ((gn.Dense(6, "tanh"),), IRIS)]:
        net = gn.Network([*layers, gn.Dense(3, "softmax")], engine="numpy")
        assert classes(net.build(4, seed=seed), data.X).names() == []
        net.fit(data.X, data.y, loss="cross_entropy", optimizer=gn.Adam(0.05), epochs=25, batch_size=16, seed=seed)
        assert gn.diagnose(net, data.X, data.y).names() == []


def census(n=1500):
    """A table like that of the adult census: numbers, categories, missing values, a target that they say half of."""
    rng = np.random.default_rng(0)
    age, hours = rng.integers(17, 90, n), rng.normal(40, 12, n).round()
    work = rng.choice(np.array(["Private", "Self-emp", "Gov", None]), n, p=[0.7, 0.12, 0.13, 0.05])
    school = rng.choice(["HS", "Some-college", "Bachelors", "Masters"], n, p=[0.45, 0.3, 0.18, 0.07])
    gain = np.where(rng.random(n) < 0.08, rng.lognormal(8, 1, n), 0.0)
    score = 0.05 * (age - 45) + 0.04 * (hours - 40) + (school == "Masters") * 2 + (school == "Bachelors") * 1.2 - 1.5
    rich = rng.random(n) < 1 / (1 + np.exp(-score - gain / 5000))
    return pl.DataFrame(
        {"age": age, "workclass": work, "education": school, "hours": hours, "gain": gain,
         "income": np.where(rich, ">50K", "<=50K")}
    )  # fmt: skip


def cancer():
    data = load_breast_cancer(as_frame=True)
    return pl.DataFrame(data.data.to_dict("list")).with_columns(kind=pl.Series(data.target_names[data.target]))


@pytest.mark.parametrize(
    ("table", "target"), [(cancer, "kind"), pytest.param(census, "income", marks=pytest.mark.long)]
)
def test_tables_trained_by_the_default_recipe_are_healthy(table, target):
    training = gn.TableTraining(table(), target, recipe=gn.Recipe(engine="numpy", epochs=15))
    for _ in training.epochs():
        pass
    diagnosis = training.diagnose()
    assert diagnosis.names() == []
    assert "held-out rows among the training rows" in diagnosis.checks


def test_the_raw_table_of_breast_cancer_is_not():
    data = load_breast_cancer()
    net = gn.Network([gn.Dense(16, "relu"), gn.Dense(2, "softmax")], engine="numpy").build(30, seed=0)
    found = classes(net, data.data, data.target, names=list(data.feature_names))
    assert "unscaled inputs" in found.names()
    assert "'worst area'" in str(found)


def test_faults_of_a_table_stand_in_its_report(tmp_path, monkeypatch):
    from glassnet.tables.reporting import report

    monkeypatch.setattr(report, "DRAWN", ())

    table = gn.datasets.iris().to_polars()
    table = pl.concat([table, table]).with_columns(copy=pl.col("species").str.len_chars())
    training = gn.TableTraining(table, "species", recipe=gn.Recipe(engine="numpy", epochs=2, hidden=(8,)))
    for _ in training.epochs():
        pass
    said = report.write_run(training, tmp_path, "iris", "glassnet train iris").report.read_text()
    assert "## Diagnosis" in said
    assert "### Leakage: a column gives the target away" in said
    assert "- Measured: " in said and "- What to try: " in said


def test_a_network_trained_with_balanced_classes_is_compared_with_a_constant_by_the_same_weights():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(600, 4))
    y = (X[:, 0] + 1.5 * rng.normal(size=600) > 3.4).astype(int)
    net = gn.Network([gn.Dense(8, "tanh"), gn.Dense(2, "softmax")], engine="numpy")
    net.fit(X, y, loss="cross_entropy", optimizer=gn.Adam(0.01), class_weight="balanced", epochs=30, seed=0)
    share = y.mean()
    assert net.evaluate(X, y)["loss"] > -share * np.log(share) - (1 - share) * np.log(1 - share)
    assert gn.diagnose(net, X, y).names() == []
    weights = np.where(y == 1, 1 / share, 1.0)
    net = gn.Network(net.layers, engine="numpy")
    net.fit(X, y, loss="cross_entropy", optimizer=gn.Adam(0.01), sample_weight=weights, epochs=30, seed=0)
    assert "a loss that does not fall" not in gn.diagnose(net, X, y, sample_weight=weights).names()


@pytest.mark.parametrize("n", [1, 2, 3])
def test_of_few_rows_nothing_is_said_that_may_be_chance(n):
    for seed in range(5):
        rng = np.random.default_rng(seed)
        X = rng.normal(size=(n, 3))
        cases: list[tuple[int, LossName, np.ndarray]] = [
            (3, "cross_entropy", np.zeros(n, int)),
            (1, "squared_error", np.ones(n)),
        ]
        for width, loss, y in cases:
            last = gn.Dense(width, Loss.of(loss).output_activation or "linear")
            layers = [gn.Dense(4, "relu"), gn.Dense(4, "relu"), last]
            net = gn.Network(layers, engine="numpy").build(3, seed=seed)
            assert gn.diagnose(net, X, y, loss=loss, optimizer="adam").names() == []
            net.fit(X, y, loss=loss, optimizer=gn.Adam(0.01), epochs=20, seed=seed)
            assert gn.diagnose(net, X, y, held_out=(X + 1, y)).names() == []


def test_several_numbers_at_once_divided_by_rows_are_healthy():
    X = np.random.default_rng(0).normal(size=(200, 4))
    Y = np.tanh(X[:, :3] + X[:, 1:])
    net = gn.Network([gn.Dense(8, "tanh"), gn.Dense(3)], engine="numpy")
    net.fit(X, Y, loss=gn.SquaredError(reduction="mean_of_rows"), optimizer=gn.Adam(0.01), epochs=10, seed=0)
    assert gn.diagnose(net, X, Y).names() == []


def test_a_bound_on_weights_is_no_step_of_theirs():
    net = fresh(gn.Dense(16, "relu", max_norm=0.5), gn.Dense(3, "softmax"))
    assert classes(net, optimizer="adam").names() == []


def test_columns_of_samples_of_any_shape_have_names():
    X = (SCALED.X * 1000).reshape(150, 2, 2)
    net = gn.Network([gn.Flatten(), gn.Dense(3, "softmax")]).build((2, 2), seed=0)
    assert "'d' " in str(only(classes(net, X, names=list("abcd")), "unscaled inputs"))


def test_a_network_that_is_not_finite_meets_one_sentence():
    net = fresh(gn.Dense(4, "relu"), gn.Dense(3, "softmax"))
    net.arrays["1.b"][1] = np.nan
    with pytest.raises(gn.InvalidInput, match=r"1\.b of the network is not finite"):
        classes(net)


# ---------------------------------------------------------------- how it is said


def test_a_diagnosis_is_readable_as_text_html_and_markdown():
    from xml.etree import ElementTree

    net = fresh(gn.Dense(10, "relu", biases=gn.Constant(-100.0)), gn.Dense(3, "softmax"))
    diagnosis = classes(net)
    text = diagnosis.text(80)
    assert max(map(len, text.splitlines())) <= 80
    assert text.startswith("1 finding on 150 rows.")
    for part in ("dead units, layer 0", "Measured: ", "Why it matters: ", "What to try: "):
        assert part in text
    assert ElementTree.fromstring(diagnosis._repr_html_()).tag == "div"
    assert "### Dead units, layer 0" in diagnosis.markdown()
    assert repr(diagnosis) == "Diagnosis(dead units, layer 0)"
    healthy = classes(fresh(gn.Dense(10, "relu"), gn.Dense(3, "softmax")))
    assert len(healthy) == 0
    assert all(name in str(healthy).replace("\n", " ") for name in CHECKS if name not in OF_HELD_OUT)


def test_nothing_is_changed_and_large_data_is_sampled():
    X = np.random.default_rng(0).normal(size=(5000, 4))
    y = np.arange(5000) % 3
    net = fresh(gn.BatchNorm(), gn.Dropout(0.2), gn.Dense(8, "relu"), gn.Dense(3, "softmax"))
    parameters, state = net.parameters.copy(), net.state.copy()
    first, again = (classes(net, X, y, optimizer="adam") for _ in range(2))
    assert (first.n_rows, first) == (2000, again)
    np.testing.assert_array_equal(net.parameters, parameters)
    np.testing.assert_array_equal(net.state, state)


def test_fewer_rows_of_wide_networks_are_looked_at_so_that_they_take_little_memory():
    X = np.random.default_rng(0).normal(size=(2500, 4))
    y = np.arange(2500) % 3
    wide = fresh(gn.Dense(5_000, "relu"), gn.Dense(3, "softmax"))
    widest = fresh(gn.Dense(50_000, "relu"), gn.Dense(3, "softmax"))
    assert 300 < classes(wide, X, y).n_rows == (1 << 23) // (2 * 5_000 + 2 * 3) < 2000
    assert classes(widest, X, y).n_rows == 300


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"X": [1, 2]}, r"diagnose takes X \(n, …\) and y with the same number of rows"),
        ({"names": ["a"]}, "names must name the 4 columns of X, got 1"),
        ({"held_out": ([[1, 2]], [0])}, "held_out must be arrays"),
        ({"held_out": (SCALED.X[:0], [])}, "held_out must be arrays"),
        ({"held_out": ([["a"] * 4], [0])}, "X of held_out must hold numbers"),
        ({"sample_weight": [1, 2]}, "sample_weight must have one number per row"),
        ({"optimizer": "adm"}, "unknown optimizer 'adm'. Did you mean 'adam'"),
    ],
)
def test_what_cannot_be_diagnosed_meets_one_sentence(asked, said):
    given = {"X": SCALED.X, "y": SCALED.y, "loss": "cross_entropy"} | asked
    with pytest.raises(gn.InvalidInput, match=said):
        gn.diagnose(fresh(gn.Dense(3, "softmax")), **given)
