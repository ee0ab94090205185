"""Bad input to a network meets one sentence before any work starts."""

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from scipy import sparse

import glassnet as gn

IRIS = gn.datasets.iris()
X, Y = IRIS.X, IRIS.y


def holding(value, row=7, column=2):
    wrong = X.copy()
    wrong[row, column] = value
    return wrong


def fit(X=X, y=Y, layers=None, loss="cross_entropy", **more):
    net = gn.Network(layers or [gn.Dense(4, "relu"), gn.Dense(3, "softmax")])
    return net.fit(X, y, **{"loss": loss, "epochs": 1, "seed": 0, **more})


FITS = {
    "nan in X": (
        {"X": holding(np.nan)},
        "X must be finite in float32; it holds nan at row 7, column 2 (1 such values in total).",
    ),
    "infinity in X": ({"X": holding(-np.inf)}, "X must be finite in float32; it holds -inf at row 7, column 2"),
    "too large for float32": ({"X": holding(1e300)}, "X must be finite in float32; it holds 1e+300 at row 7, column 2"),
    "text in X": ({"X": X.astype(str)}, "X must hold numbers, got <U32 with values such as '5.1'."),
    "objects in X": ({"X": [[1, 2], [3, "four"]]}, "X must hold numbers, got <U21 with values such as '1'."),
    "ragged X": ({"X": [[1, 2], [3]], "y": [0, 1]}, "X must be an array of numbers with rows of one length"),
    "one sample as a row": ({"X": X[0]}, "got shape (4,). One sample is X.reshape(1, -1)."),
    "a number": ({"X": 3.0}, "X must have one row per sample, (n_samples, n_features); got shape ()."),
    "masked values": (
        {"X": np.ma.masked_greater(X, 7.0)},
        "X must have no masked values; 12 are masked (the first in row 102): leave these rows out, or fill them",
    ),
    "masked targets": ({"y": np.ma.masked_equal(Y, 2)}, "y must have no masked values; 50 are masked (the first"),
    "masked values of validation": (
        {"validation": (np.ma.masked_greater(X, 7.0), Y)},
        "X of validation must have no masked values; 12 are masked (the first in row 102): "
        "leave these rows out, or fill them with X.filled(…).",
    ),
    "one sample of validation": (
        {"validation": (X[0], Y[:1])},
        "X of validation must have one row per sample, (n_samples, n_features); got shape (4,). "
        "One sample is X.reshape(1, -1).",
    ),
    "float labels of validation": (
        {"validation": (X, Y.astype(float))},
        "class labels in y of validation must be whole numbers 0…2, got float64 such as 0.0: try y.astype(int).",
    ),
    "a sparse matrix of validation": (
        {"validation": (sparse.csr_matrix(X), Y)},
        "X of validation is a sparse matrix: pass X.toarray().",
    ),
    "masked weights": ({"sample_weight": np.ma.masked_equal(Y, 2)}, "sample_weight must have no masked values; 50 are"),
    "a sparse matrix": ({"X": sparse.csr_matrix(X)}, "X is a sparse matrix: pass X.toarray()."),
    "a sparse array": ({"X": sparse.coo_array(X)}, "X is a sparse matrix: pass X.toarray()."),
    "a mapping": ({"X": {"x": X}}, "X must be an array, got a mapping of length 1 (dict): pass its values."),
    "a generator": ({"X": (row for row in X)}, "X must be an array, got a generator: pass list(X)."),
    "a set": ({"y": set(Y.tolist())}, "y must be an array, got a set: pass list(y)."),
    "an integer too large": ({"X": [[10**400] * 4] * 150}, "X must hold numbers, got object with values such as 1000"),
    "complex numbers": ({"X": X * 1j}, "X must hold numbers, got complex128 with values such as"),
    "dates": ({"X": np.full(X.shape, np.datetime64("2024-01-01"))}, "X must hold numbers, got datetime64[D] with"),
    "no rows": ({"X": X[:0], "y": Y[:0]}, "X has no rows: shape (0, 4)."),
    "lengths that differ": ({"y": Y[:100]}, "X has 150 rows, y has 100: they must have the same number of rows."),
    "y as one number": ({"y": 1}, "X has 150 rows, y is not an array of rows: they must have the same"),
    "labels outside": ({"y": Y + 1}, "y holds label 3 at row 100, but the last layer has 3 units for the classes 0…2."),
    "negative labels": ({"y": Y - 1}, "y holds label -1 at row 0"),
    "float labels": ({"y": Y.astype(float)}, "must be whole numbers 0…2, got float64 such as 0.0: try y.astype(int)."),
    "text labels": (
        {"y": np.array(IRIS.class_names)[Y]},
        "got <U10 such as 'setosa': try np.unique(y, return_inverse=True)[1].",
    ),
    "too few units": (
        {"layers": [gn.Dense(2, "softmax")]},
        "y holds label 2 at row 100, but the last layer has 2 units for the classes 0…1.",
    ),
    "one-hot of another width": (
        {"y": np.eye(4)[Y]},
        "the last layer has 3 units, so one-hot y must have shape (150, 3), got (150, 4).",
    ),
    "shares that do not add up": (
        {"y": np.ones((150, 3))},
        "the rows of one-hot y must hold numbers of at least 0 that",
    ),
    "one output for cross_entropy": (
        {"layers": [gn.Dense(1, "softmax")]},
        "cross_entropy needs one output per class, at least 2; for one yes-or-no output use 'binary_cross_entropy'",
    ),
    "softmax with squared error on labels": (
        {"loss": "squared_error"},
        "squared_error with 3 outputs needs y of shape (150, 3), got (150,). For class numbers use "
        "loss='cross_entropy', or one-hot rows.",
    ),
    "cross_entropy without softmax": (
        {"layers": [gn.Dense(3)]},
        "cross_entropy needs 'softmax' as the activation of the last layer; Dense(3, 'linear') has activation "
        "'linear'. Write Dense(3, 'softmax').",
    ),
    "dropout at the end": ({"layers": [gn.Dense(3, "softmax"), gn.Dropout()]}, "Dropout() has no activation."),
    "0/1 labels that are not": (
        {"layers": [gn.Dense(1, "sigmoid")], "loss": "binary_cross_entropy"},
        "binary_cross_entropy needs labels 0 and 1 in y, got 2. More classes need 'cross_entropy' and softmax.",
    ),
    "negative counts": (
        {"layers": [gn.Dense(1, "exponential")], "loss": "poisson", "y": Y - 1},
        "poisson needs counts of at least 0 in y, got -1.",
    ),
    "nan in y": (
        {"layers": [gn.Dense(1)], "loss": "squared_error", "y": np.where(Y == 2, np.nan, Y)},
        "y must be finite in float64; it holds nan at row 100 (50 such values in total).",
    ),
    "infinity in y": (
        {"layers": [gn.Dense(1)], "loss": "huber", "y": np.where(Y == 1, np.inf, Y)},
        "y must be finite in float64; it holds inf at row 50",
    ),
    "quantiles that do not fit": (
        {"layers": [gn.Dense(4)], "loss": gn.Quantile(levels=(0.1, 0.5, 0.9))},
        "quantile with 3 levels needs outputs in multiples of 3, not 4.",
    ),
    "shuffle by its truth value": ({"shuffle": "yes"}, "shuffle must be True or False, got 'yes'."),
    "shuffle of None": ({"shuffle": None}, "shuffle must be True or False, got None."),
    "more to accumulate than can be counted": (
        {"accumulate": 2**62},
        "must be a whole number of at most 2,147,483,647",
    ),
    "zero epochs": ({"epochs": 0}, "epochs must be a whole number of at least 1, got 0."),
    "half an epoch": ({"epochs": 0.5}, "epochs must be a whole number of at least 1, got 0.5."),
    "batch of none": ({"batch_size": 0}, "batch_size must be a whole number of at least 1, got 0."),
    "negative batch": ({"batch_size": -3}, "batch_size must be a whole number of at least 1, got -3."),
    "unknown loss": ({"loss": "crossentropy"}, "unknown loss 'crossentropy'. Did you mean 'cross_entropy'? Known: "),
    "unknown optimiser": ({"optimizer": "adan"}, "unknown optimizer 'adan'. Did you mean 'adam'? Known: adagrad, "),
    "unknown metric": ({"metrics": ["acuracy"]}, "unknown metric 'acuracy'. Did you mean 'accuracy'? Known: "),
    "metrics as a name": ({"metrics": "accuracy"}, "metrics must be a list such as ['accuracy'], got 'accuracy'."),
    "unknown penalty": ({"penalty": "l3"}, "unknown penalty 'l3'. Did you mean 'l"),
    "a share of everything": ({"validation": 1.0}, "the share of rows to hold out must be in (0, 1), got 1.0."),
    "validation as text": ({"validation": "20%"}, "validation must be a share such as 0.2, or arrays (X, y)"),
    "validation of other width": (
        {"validation": (X[:, :3], Y)},
        "X of validation must have 4 features, as the network was built for; it has 3 features.",
    ),
    "validation of other length": ({"validation": (X, Y[:3])}, "X has 150 rows, y of validation has 3"),
    "weights of other length": ({"sample_weight": [1, 2]}, "sample_weight must have one number per row, shape (150,)"),
    "negative weights": ({"sample_weight": -np.ones(150)}, "sample_weight must hold numbers of at least 0"),
    "a metric of numbers": ({"metrics": ["mae"]}, "mae is for numbers; cross_entropy predicts classes"),
    "a metric of classes": (
        {"layers": [gn.Dense(1)], "loss": "squared_error", "metrics": ["accuracy"]},
        "accuracy is for classes; squared_error predicts numbers: use 'mae', 'rmse' or 'r2'.",
    ),
    "weights that are 0 where held out": (
        {"sample_weight": np.eye(150)[0], "validation": 0.2},
        "have sample_weight 0.",
    ),
    "clipping in L-BFGS": (
        {"optimizer": "lbfgs", "clip": gn.ClipNorm()},
        "L-BFGS chooses its own steps: it does not support clip.",
    ),
    "dropout in L-BFGS": (
        {"optimizer": "lbfgs", "layers": [gn.Dropout(), gn.Dense(3, "softmax")]},
        "L-BFGS needs a loss that stays the same: Dropout() draws new random values each time.",
    ),
    "a negative seed": ({"seed": -1}, "seed must be a whole number of at least 0, got -1."),
    "a seed of text": ({"seed": "a"}, "seed must be a whole number of at least 0, got 'a'."),
}


@pytest.mark.parametrize("case", FITS)
def test_fit_refuses(case):
    settings, message = FITS[case]
    with pytest.raises(gn.InvalidInput) as caught:
        fit(**settings)
    assert message in str(caught.value)


@pytest.mark.parametrize("case", FITS)
def test_what_fit_refuses_changes_nothing(case):
    settings = {"loss": "cross_entropy", "seed": 0, **FITS[case][0]}
    net = gn.Network(settings.pop("layers", [gn.Dense(4, "relu"), gn.Dense(3, "softmax")]))
    with pytest.raises(gn.InvalidInput):
        net.training(settings.pop("X", X), settings.pop("y", Y), **settings)
    assert net.layout is None
    assert net.seed is None
    assert net.loss is None


WRONG: list[Any] = [2.5, gn.Dense(1), [3], "x"]
BUILDS = {
    "zero units": (lambda: gn.Dense(0), "Dense: `units` must be a whole number of at least 1, got 0."),
    "half a unit": (lambda: gn.Dense(WRONG[0]), "Dense: `units` must be a whole number of at least 1, got 2.5."),
    "unknown activation": (
        lambda: gn.Dense(3, "rellu"),  # type: ignore[arg-type]
        "unknown activation 'rellu'. Did you mean 'relu'? Known: arctan",
    ),
    "unknown initialiser": (
        lambda: gn.Dense(3, weights="he"),  # type: ignore[arg-type]
        "unknown initializer 'he'",
    ),
    "no layers": (lambda: gn.Network([]), "Network needs a list of at least one layer, such as [Dense(1)], got []."),
    "one layer without a list": (lambda: gn.Network(WRONG[1]), "Network needs a list of at least one layer"),
    "a number as a layer": (lambda: gn.Network(WRONG[2]), "expected a name or an object for the layer, got 3."),
    "a whole-number dtype": (
        lambda: gn.Network([gn.Dense(1)], dtype="int32"),
        "dtype must be 'float32' or 'float64', got 'int32'.",
    ),
    "a rate of 1": (lambda: gn.Dropout(1.0), "Dropout: `rate` must be a number in [0, 1), got 1.0."),
    "text for a number": (lambda: gn.LeakyReLU(WRONG[3]), "LeakyReLU: `alpha` must be a finite number, got 'x'."),
    "nan for a number": (lambda: gn.ELU(float("nan")), "ELU: `alpha` must be a finite number, got nan."),
    "text for yes or no": (lambda: gn.Dense(2, bias=WRONG[3]), "Dense: `bias` must be True or False, got 'x'."),
    "a negative spread": (lambda: gn.Normal(std=-1), "Normal: `std` must be a number of at least 0, got -1."),
    "an epsilon of 0": (lambda: gn.Adam(epsilon=0), "Adam: `epsilon` must be a positive number, got 0."),
    "no pairs": (lambda: gn.LBFGS(pairs=0), "LBFGS: `pairs` must be a positive number, got 0."),
    "a negative factor": (
        lambda: gn.Dense(2, learning_rate_factor=-1),
        "Dense: `learning_rate_factor` must be a number of at least 0, got -1.",
    ),
    "a negative factor of scales": (
        lambda: gn.Scale(learning_rate_factor=-1),
        "Scale: `learning_rate_factor` must be a number of at least 0, got -1.",
    ),
    "another parametrization": (
        lambda: gn.Dense(2, parametrization="ntk"),
        "unknown parametrization 'ntk'",
    ),
    "none of k": (
        lambda: gn.metrics.TopKAccuracy(k=0),
        "TopKAccuracy: `k` must be a whole number of at least 1, got 0.",
    ),
    "an empty residual": (lambda: gn.Residual(), "Residual needs at least one layer"),
    "a list in a residual": (
        lambda: gn.Residual([gn.Dense(4)]),  # type: ignore[arg-type]
        "Residual takes layers, not a list of them: write Residual(*layers).",
    ),
    "a tuple in a chain": (
        lambda: gn.Chain((gn.Dense(4),)),  # type: ignore[arg-type]
        "Chain takes layers, not a list of them",
    ),
    "a residual of another width": (
        lambda: gn.Network([gn.Residual(gn.Dense(5))]).build(4),
        "Residual adds its input to its output: (4,) came in, so (4,) must come out, not (5,).",
    ),
    "no features": (lambda: gn.Network([gn.Dense(1)]).build(0), "the number of features must be a whole number"),
}


@pytest.mark.parametrize("case", BUILDS)
def test_building_refuses(case):
    make, message = BUILDS[case]
    with pytest.raises(gn.InvalidInput) as caught:
        make()
    assert message in str(caught.value)


def test_predicting_with_another_number_of_features():
    net = gn.Network([gn.Dense(3, "softmax")]).build(4, seed=0)
    with pytest.raises(
        gn.InvalidInput, match="X must have 4 features, as the network was built for; it has 3 features"
    ):
        net.predict(X[:, :3])


def test_a_network_that_was_not_built_or_trained_says_so():
    net = gn.Network([gn.Dense(3, "softmax")])
    for use in (
        lambda: net.predict(X),
        lambda: net.arrays,
        net.summary,
        lambda: net.save("x"),
        lambda: net.evaluate(X, Y),
    ):
        with pytest.raises(gn.InvalidInput, match=r"no parameters yet: train it with fit\(X, y, …\) or call build"):
            use()
    with pytest.raises(gn.InvalidInput, match="evaluate needs a loss, as this network was not trained"):
        net.build(4).evaluate(X, Y)


def test_a_misspelt_setting_is_refused():
    with pytest.raises(gn.UnknownName, match=r"unknown setting 'optimiser'. Did you mean 'optimizer'\?"):
        fit(optimiser="adam")


def test_a_batch_larger_than_the_data_works():
    assert len(fit(batch_size=10_000)) == 1


def test_a_column_of_class_numbers_is_class_numbers():
    both = []
    for y in (Y, Y[:, np.newaxis]):
        net = gn.Network([gn.Dense(4, "relu"), gn.Dense(3, "softmax")])
        how: dict[str, Any] = {"loss": "cross_entropy", "metrics": ["accuracy", "f1"], "validation": 0.2}
        history = net.fit(X, y, epochs=2, seed=0, class_weight="balanced", **how)
        both.append((history["loss"], history["val_f1"], net.evaluate(X, y)))
    assert both[0] == both[1]


@pytest.mark.parametrize("shape", [2.0, 10**400, None, "4", (2.0,), (), [3, None], np.zeros(2)])
def test_a_shape_that_is_none_is_refused(shape):
    with pytest.raises(gn.InvalidInput, match=r"must be a whole number|needs|must output rows"):
        gn.Network([gn.Dense(2)]).build(shape)


@pytest.mark.parametrize(
    ("layers", "loss"),
    [
        ([gn.Members(2), gn.DensePerMember(3, "softmax"), gn.MeanOfMembers("softmax")], "cross_entropy"),
        ([gn.Members(2), gn.DensePerMember(3, "exponential"), gn.MeanOfMembers("exponential")], "poisson"),
        ([gn.Dense(3, "softmax"), gn.Activation("softmax")], "cross_entropy"),
        ([gn.Dense(3, "sigmoid"), gn.Activation("sigmoid")], "binary_cross_entropy"),
        ([gn.Dense(3, "softmax"), gn.Activation("softmax")], "squared_error"),
    ],
)
def test_probabilities_of_probabilities_are_refused(layers, loss):
    with pytest.raises(gn.InvalidInput, match=r"would be computed twice: .* takes scores, but .* has computed") as said:
        gn.Network(layers).fit(X, np.eye(3)[Y], loss=loss, epochs=1)
    assert str(said.value).endswith("already: give that one no activation.")


@pytest.mark.parametrize("layers", [[gn.Dense(3, "softmax"), gn.Dense(3, "softmax")], [gn.Activation("softmax")]])
def test_probabilities_as_inputs_are_none_of_our_business(layers):
    gn.Network([gn.Dense(3), *layers]).fit(X, Y, loss="cross_entropy", epochs=1)


def test_dtype_none_is_refused():
    with pytest.raises(gn.InvalidInput, match="dtype must be 'float32' or 'float64', got None"):
        gn.Network([gn.Dense(2)], dtype=None)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", [gn.Residual, gn.Chain, lambda layer: gn.Columns((slice(0, 4), layer))])
def test_layers_nested_too_deep_are_refused_where_they_are_made(kind):
    layer = gn.Dense(4)
    with pytest.raises(gn.InvalidInput, match="layers may be nested at most 50 deep, got 51"):
        for _ in range(400):
            layer = kind(layer)
    deep: gn.Layer = gn.Dense(4)
    for _ in range(49):
        deep = gn.Residual(deep)
    gn.Network([deep, gn.Dense(3, "softmax")]).fit(X, Y, loss="cross_entropy", epochs=1, batch_size=150)


@pytest.mark.parametrize("units", [2**44, 2**60, 2**64, 10**30])
def test_memory_that_does_not_suffice_is_one_sentence(units):
    with pytest.raises(gn.GlassnetError, match=r"not enough memory for [0-9,]+ numbers .*GiB"):
        gn.Network([gn.Dense(units)]).build(4)


LIMITED = """
import resource, numpy as np, glassnet as gn
net = gn.Network([gn.Dense(1000, "softmax")], engine="{engine}").build(100, seed=0)
net.predict(np.zeros((3, 100)))
rows = np.broadcast_to(np.float64(0), (10**7, 100))  # which takes no memory
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 2**29, used + 2**29))
for call in (
    lambda: net.predict(rows),
    lambda: net.evaluate(rows, np.zeros(10**7, int), loss="cross_entropy"),
    lambda: net.fit(rows[:1000], np.zeros(1000, int), loss="cross_entropy", epochs=1, validation=(rows, rows[:, 0])),
    lambda: gn.Network([gn.Dense(10**5), gn.Dense(10**5)]).build(10),
):
    try:
        call()
    except gn.OutOfMemory as error:
        print(error)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits the memory as Linux does")
@pytest.mark.parametrize("engine", ["numpy", "auto"])
def test_memory_that_does_not_suffice_for_rows_or_units_is_one_sentence(engine):
    code = LIMITED.format(engine=engine)
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    said = ran.stdout.splitlines()
    assert (ran.returncode, len(said)) == (0, 4), ran.stderr
    assert all(line.startswith("not enough memory for ") for line in said)
