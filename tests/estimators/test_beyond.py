"""What scikit-learn's perceptrons do not have."""

import copy
import pickle

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.metrics import f1_score, log_loss, mean_absolute_error, mean_pinball_loss, roc_auc_score
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.preprocessing import scale

import glassnet as gn
from glassnet.sklearn import MLPClassifier, MLPRegressor, TabularClassifier, TabularRegressor

IRIS_X, IRIS_Y = scale(load_iris().data), load_iris().target
X, y = scale(load_breast_cancer().data), load_breast_cancer().target
DX, DY = scale(load_diabetes().data), scale(load_diabetes().target)
TRAIN, HELD, Y_TRAIN, Y_HELD = train_test_split(X, y, random_state=0, stratify=y)
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def classifier(**given):
    return MLPClassifier(**{"random_state": 0, "max_iter": 30, "learning_rate_init": 0.01, **given})


def regressor(**given):
    return MLPRegressor(**{"random_state": 0, "max_iter": 60, "learning_rate_init": 0.01, **given})


@pytest.mark.parametrize("normalization", [None, "batch", "layer"])
def test_layers_are_as_asked_for(normalization):
    mlp = classifier(
        hidden_layer_sizes=(8, 6),
        activation=["gelu", gn.LeakyReLU(0.2)],
        dropout=[0.1, 0.0],
        normalization=normalization,
    ).fit(IRIS_X, IRIS_Y)
    kinds = [layer.name for layer in mlp.network_.layers]
    norm = [] if normalization is None else [f"{normalization}_norm", "activation"]
    assert kinds == ["dense", *norm, "dropout", "dense", *norm, "dense"]
    assert mlp.score(IRIS_X, IRIS_Y) > 0.85
    assert [W.shape for W in mlp.coefs_] == [(4, 8), (8, 6), (6, 3)]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"dropout": [0.1, 0.2]}, r"dropout must have one entry for each of the 1 hidden layers, got \[0.1, 0.2\]"),
        ({"activation": ["relu", "tanh"]}, "activation must have one entry for each of the 1 hidden layers"),
        ({"activation": ["reluu"]}, "unknown activation 'reluu'. Did you mean 'relu'?"),
        ({"class_weight": {"a": 1.0}}, r"class_weight has a weight for 'a', but the classes are \[0, 1, 2\]"),
        (
            {"validation_metric": "acuracy", "early_stopping": True},
            "unknown metric 'acuracy'. Did you mean 'accuracy'?",
        ),
        ({"dropout": 0.5, "solver": "lbfgs"}, "L-BFGS needs a loss that stays the same"),
        ({"dropout": 1.0}, "The 'dropout' parameter of MLPClassifier must be"),
        *[
            ({"hidden_layer_sizes": sizes}, "hidden_layer_sizes must be whole numbers, one for each hidden layer, got")
            for sizes in ((2.5,), ("a",), ((2,),), (float("nan"),), (True,))
        ],
        (
            {"solver": "sgd", "learning_rate": "adaptive", "learning_rate_init": gn.Cosine(0.1)},
            "learning_rate='adaptive' needs a number to lower, but learning_rate_init is a schedule",
        ),
    ],
)
def test_mistakes_meet_one_sentence(given, said):
    with pytest.raises(ValueError, match=said):
        classifier(**given).fit(IRIS_X, IRIS_Y)


def test_dropout_changes_training_and_not_prediction():
    plain, dropped = classifier().fit(X, y), classifier(dropout=0.5).fit(X, y)
    assert dropped.loss_ > 1.3 * plain.loss_
    np.testing.assert_array_equal(dropped.predict_proba(X), dropped.predict_proba(X))
    np.testing.assert_array_equal(dropped.coefs_[0], classifier(dropout=0.5).fit(X, y).coefs_[0])


@pytest.mark.parametrize("given", ["balanced", {0: 5.0}, [5.0, 1.0]])
def test_class_weights_find_more_of_the_rare_class(given):
    rare = np.r_[np.flatnonzero(y == 0)[:30], np.flatnonzero(y == 1)]
    plain, weighed = (classifier(max_iter=5, class_weight=w).fit(X[rare], y[rare]) for w in (None, given))
    missed = [(one.predict(X[y == 0]) == 1).sum() for one in (plain, weighed)]
    assert missed[1] < missed[0]


def test_class_weights_are_sample_weights():
    names = np.array(["ill", "well"])[y]
    a = classifier(class_weight={"ill": 3.0}, max_iter=5).fit(X, names, sample_weight=np.full(len(y), 0.5))
    b = classifier(max_iter=5).fit(X, names, sample_weight=0.5 * np.where(y == 0, 3.0, 1.0))
    np.testing.assert_array_equal(a.coefs_[0], b.coefs_[0])
    assert a.loss_curve_ == b.loss_curve_


@pytest.mark.parametrize("loss", ["absolute_error", "huber", "quantile", "log_cosh", gn.Huber(0.2), gn.SquaredError()])
def test_other_losses_are_lowered(loss):
    mlp = regressor(loss=loss).fit(DX, DY)
    assert mlp.loss_curve_[-1] < 0.7 * mlp.loss_curve_[0]
    assert mlp.score(DX, DY) > 0.5


def test_quantiles_have_the_share_of_rows_below_them():
    mlp = regressor(loss=gn.Quantile((0.1, 0.5, 0.9)), hidden_layer_sizes=(), max_iter=400, tol=0).fit(DX, DY)
    below = (DY[:, None] < mlp.predict(DX)).mean(axis=0)
    np.testing.assert_allclose(below, [0.1, 0.5, 0.9], atol=0.03)


def test_several_quantiles_are_scored_by_their_loss():
    loss, weights = gn.Quantile((0.1, 0.9)), np.linspace(1, 2, len(DY))
    mlp = regressor(loss=loss, max_iter=20, early_stopping=True).fit(DX, DY, X_val=DX, y_val=DY)
    assert mlp.validation_scores_ == [-each for each in mlp.validation_loss_curve_]
    low, high = mlp.predict(DX).T
    expected = np.mean([mean_pinball_loss(DY, low, alpha=0.1), mean_pinball_loss(DY, high, alpha=0.9)])
    assert mlp.score(DX, DY) == pytest.approx(-expected) == pytest.approx(mlp.best_validation_score_)
    assert mlp.score(DX, DY, weights) != mlp.score(DX, DY)
    assert regressor(loss=gn.Quantile((0.5,)), max_iter=9).fit(DX, DY).score(DX, DY) < 1
    search = GridSearchCV(regressor(loss=loss), {"max_iter": [1, 40]}, cv=2).fit(DX, DY)
    assert search.best_params_ == {"max_iter": 40}


def test_given_validation_rows_are_measured_and_end_training_only_with_early_stopping():
    watched = classifier(max_iter=12).fit(TRAIN, Y_TRAIN, X_val=HELD, y_val=Y_HELD)
    plain = classifier(max_iter=12).fit(TRAIN, Y_TRAIN)
    np.testing.assert_array_equal(watched.coefs_[0], plain.coefs_[0])
    assert len(watched.validation_scores_) == len(watched.validation_loss_curve_) == 12
    assert watched.validation_scores_[-1] == watched.score(HELD, Y_HELD)
    assert watched.validation_loss_curve_[-1] == pytest.approx(log_loss(Y_HELD, watched.predict_proba(HELD)))
    assert plain.validation_loss_curve_ is None and plain.validation_scores_ is None
    stopped = classifier(max_iter=200, early_stopping=True).fit(TRAIN, Y_TRAIN, X_val=HELD, y_val=Y_HELD)
    assert stopped.n_iter_ < 200
    assert stopped.score(HELD, Y_HELD) == max(stopped.validation_scores_) == stopped.best_validation_score_


def test_validation_rows_may_be_weighed():
    weights = np.where(Y_HELD == 0, 10.0, 0.1)
    mlp = classifier(max_iter=3).fit(TRAIN, Y_TRAIN, X_val=HELD, y_val=Y_HELD, sample_weight_val=weights)
    assert mlp.validation_scores_[-1] == pytest.approx(mlp.score(HELD, Y_HELD, weights))
    with pytest.raises(ValueError, match="validation needs both X_val and y_val, but y_val is missing"):
        classifier().fit(TRAIN, Y_TRAIN, X_val=HELD)


def test_a_chosen_metric_is_the_score():
    for metric, theirs in (("roc_auc", roc_auc_score), ("f1", lambda t, p: f1_score(t, p > 0.5))):
        mlp = classifier(validation_metric=metric, max_iter=3).fit(TRAIN, Y_TRAIN, X_val=HELD, y_val=Y_HELD)
        assert mlp.validation_scores_[-1] == pytest.approx(theirs(Y_HELD, mlp.predict_proba(HELD)[:, 1]))
    mlp = regressor(validation_metric="mae", max_iter=3).fit(DX[:300], DY[:300], X_val=DX[300:], y_val=DY[300:])
    assert mlp.validation_scores_[-1] == pytest.approx(-mean_absolute_error(DY[300:], mlp.predict(DX[300:])))
    mlp.set_params(validation_metric="loss").fit(DX[:300], DY[:300], X_val=DX[300:], y_val=DY[300:])
    assert mlp.validation_scores_ == [-loss for loss in mlp.validation_loss_curve_]


@pytest.mark.parametrize("metric", ["roc_auc", "average_precision"])
def test_early_stopping_does_not_go_by_a_metric_that_the_validation_rows_do_not_define(metric):
    one_class = {"X_val": HELD[Y_HELD == 0], "y_val": Y_HELD[Y_HELD == 0]}
    mlp = classifier(validation_metric=metric, max_iter=3)
    assert np.isnan(mlp.fit(TRAIN, Y_TRAIN, **one_class).validation_scores_).all()
    with pytest.raises(ValueError, match=rf"cannot use {metric}, which is undefined \(nan\) on the \d+ validation"):
        mlp.set_params(early_stopping=True).fit(TRAIN, Y_TRAIN, **one_class)


def test_the_learning_rate_follows_a_schedule():
    mlp = classifier(learning_rate_init=gn.Cosine(0.02), max_iter=10).fit(X, y)
    assert mlp.score(X, y) > 0.95
    constant = classifier(learning_rate_init=gn.ConstantSchedule(0.02), max_iter=10).fit(X, y)
    np.testing.assert_allclose(constant.coefs_[0], classifier(learning_rate_init=0.02, max_iter=10).fit(X, y).coefs_[0])
    assert not np.allclose(constant.coefs_[0], mlp.coefs_[0])


def test_weight_decay_is_that_of_the_layers():
    free, decayed = (classifier(alpha=0, weight_decay=rate, max_iter=20).fit(X, y) for rate in (0.0, 0.5))
    assert np.abs(decayed.coefs_[0]).sum() < 0.95 * np.abs(free.coefs_[0]).sum()


def of_loss(mlp, X, y, weights, array, place):
    """The derivative of loss plus penalty by one weight, by differences."""
    Y, before = mlp._for_network(mlp._data(X, y, weights, False)[1]), array[place]

    def loss(step):
        array[place] = before + step
        value = mlp.network_.evaluate(X, Y, loss=mlp._loss(), metrics=[], sample_weight=weights)["loss"]
        value += 0.5 * mlp.alpha * sum((W**2).sum() for W in mlp.coefs_) / weights.sum()
        array[place] = before
        return value

    return (loss(1e-5) - loss(-1e-5)) / 2e-5


@pytest.mark.parametrize("rows", [7, 40])
@pytest.mark.parametrize(
    ("mlp", "target"),
    [
        (MLPClassifier((4, 3), "tanh"), y),
        (MLPClassifier((4, 3), "logistic", normalization="layer"), IRIS_Y[np.arange(569) % 150]),
        (MLPRegressor("squared_error", (4, 3), "tanh"), X[:, 3]),
        (MLPRegressor("log_cosh", (4, 3), "gelu"), X[:, 3]),
    ],
)
def test_gradients_are_those_of_the_loss_with_its_penalty(mlp, target, rows):
    mlp = clone(mlp).set_params(alpha=0.7, random_state=0).initialize(X, target)
    weights = np.linspace(0.5, 2, rows)
    given = (X[:rows], target[:rows], weights)
    for arrays, gradients in zip((mlp.coefs_, mlp.intercepts_), mlp.gradients(*given), strict=True):
        for array, gradient in zip(arrays, gradients, strict=True):
            place = np.unravel_index(np.abs(gradient).argmax(), gradient.shape)
            expected = of_loss(mlp, *given, array, place)
            assert gradient[place] == pytest.approx(expected, rel=1e-6) and expected != 0
            assert gradient[place] * 1.0001 != pytest.approx(expected, rel=1e-6)


def test_transform_gives_the_last_hidden_layer():
    mlp = classifier(hidden_layer_sizes=(9, 5), activation="tanh", normalization="batch").fit(IRIS_X, IRIS_Y)
    hidden = mlp.transform(IRIS_X)
    assert hidden.shape == (150, 5)
    scores = hidden @ mlp.coefs_[-1] + mlp.intercepts_[-1]
    np.testing.assert_array_equal(scores.argmax(axis=1), mlp.predict(IRIS_X))
    assert mlp.get_feature_names_out().tolist() == [f"mlpclassifier{k}" for k in range(5)]
    np.testing.assert_array_equal(classifier(hidden_layer_sizes=()).fit(IRIS_X, IRIS_Y).transform(IRIS_X), IRIS_X)


def test_initialize_builds_and_trains_nothing_and_a_warm_start_goes_on_from_there():
    mlp = classifier(warm_start=True, max_iter=3, shuffle=False).initialize(X, y)
    limit = np.sqrt(6 / (30 + 100))
    assert 0.95 * limit < np.abs(mlp.coefs_[0]).max() <= limit and np.abs(mlp.intercepts_[0]).max() <= limit
    sigmoid = classifier(activation="logistic").initialize(X, y)
    assert np.abs(sigmoid.coefs_[0]).max() <= np.sqrt(2 / (30 + 100))
    assert mlp.predict(X).shape == y.shape
    np.testing.assert_array_equal(mlp.fit(X, y).coefs_[0], classifier(max_iter=3, shuffle=False).fit(X, y).coefs_[0])


def test_predictions_follow_weights_that_are_set():
    mlp = regressor(hidden_layer_sizes=(3,)).fit(DX, DY)
    mlp.coefs_[1] = np.zeros((3, 1))
    mlp.intercepts_[1][...] = 0.25
    np.testing.assert_array_equal(mlp.predict(DX), 0.25)
    mlp.coefs_, mlp.intercepts_ = [np.ones((10, 3)), np.ones((3, 1))], [np.zeros(3), np.zeros(1)]
    np.testing.assert_allclose(mlp.predict(DX), 3 * np.maximum(DX.sum(axis=1), 0), rtol=1e-12)
    assert mlp.network_.arrays["0.W"].sum() == 30
    again = pickle.loads(pickle.dumps(mlp))
    np.testing.assert_array_equal(again.predict(DX), mlp.predict(DX))
    again.coefs_[0] *= 2
    np.testing.assert_allclose(again.predict(DX), 2 * mlp.predict(DX))
    mlp.coefs_[0] = np.ones((4, 3))
    with pytest.raises(gn.InvalidInput, match=r"coefs_ must hold arrays of the shapes \[\(10, 3\), \(3, 1\)\], got"):
        mlp.predict(DX)


def test_changed_parameters_keep_the_weights_where_they_fit():
    mlp = classifier(max_iter=5).fit(X, y)
    mlp.set_params(dropout=0.3, warm_start=True).fit(X, y)
    assert [layer.name for layer in mlp.network_.layers] == ["dense", "dropout", "dense"]
    with pytest.raises(gn.InvalidInput, match="the weights of a network with the current parameters must hold arrays"):
        mlp.set_params(hidden_layer_sizes=(50,)).fit(X, y)


def test_partial_fit_goes_on_after_early_stopping():
    mlp = classifier(early_stopping=True, max_iter=10).fit(X, y)
    before = mlp.coefs_[0].copy()
    mlp.partial_fit(X, y)
    assert mlp.n_iter_ == 1 and not np.array_equal(before, mlp.coefs_[0])


def test_training_that_diverges_with_early_stopping_ends_with_the_best_weights():
    mlp = regressor(solver="sgd", learning_rate_init=1e5, early_stopping=True)
    with pytest.warns(ConvergenceWarning, match="The weights with the best validation score were restored"):
        mlp.fit(DX, DY)
    assert np.isnan(mlp.validation_scores_[-1])
    assert np.isfinite(mlp.predict(DX)).all()


@pytest.mark.parametrize("name", ["learning_rate_init", "dropout", "dropout of each", "weight_decay"])
def test_partial_fit_takes_no_schedule(name):
    name, *each = name.split(" of ")
    given = [gn.Cosine(0.1)] if each else gn.Cosine(0.1)
    with pytest.raises(gn.InvalidInput, match=rf"partial_fit has no epochs for the schedule {name}=\[?Cosine"):
        classifier(**{name: given}).partial_fit(X, y, classes=[0, 1])


def test_parameters_may_change_from_one_partial_fit_to_the_next():
    changed, same = classifier().partial_fit(X, y, classes=[0, 1]), classifier().partial_fit(X, y, classes=[0, 1])
    changed.set_params(alpha=100.0).partial_fit(X, y)
    same.partial_fit(X, y)
    assert np.abs(changed.coefs_[0]).sum() < np.abs(same.coefs_[0]).sum()
    assert changed.set_params(alpha=0.0001).partial_fit(X[:50], y[:50], np.ones(50)).loss_ > 0


def test_sparse_rows_give_what_dense_ones_give():
    sparse = np.where(X > 0.5, X, 0)
    a, b = classifier(max_iter=4).fit(sparse, y), classifier(max_iter=4)
    b.fit(csr_array(sparse), y, X_val=csr_array(sparse), y_val=y)
    np.testing.assert_array_equal(a.coefs_[0], b.coefs_[0])
    np.testing.assert_array_equal(a.predict_proba(csr_array(sparse)), b.predict_proba(sparse))
    np.testing.assert_array_equal(a.transform(csr_array(sparse)), b.transform(sparse))


def test_the_network_is_glassnets_own(tmp_path):
    mlp = classifier(hidden_layer_sizes=(6,)).fit(IRIS_X, IRIS_Y)
    net = gn.load(mlp.network_.save(tmp_path / "iris.safetensors"))
    np.testing.assert_array_equal(net.predict(IRIS_X), mlp.predict_proba(IRIS_X))
    step = gn.trace(mlp.network_, IRIS_X[:4], IRIS_Y[:4])
    assert step.layers[0].dW.shape == (4, 6)
    other = copy.deepcopy(mlp)
    other.coefs_[0][...] = 0
    assert mlp.coefs_[0].any()


def test_what_is_not_fitted_says_so():
    for use in (lambda m: m.transform(X), lambda m: m.gradients(X, y), lambda m: m.predict(X), lambda m: m.network_):
        with pytest.raises(NotFittedError):
            use(classifier())


def test_a_network_initialized_anew_starts_without_what_the_optimiser_remembered():
    fresh = regressor().initialize(DX, DY).partial_fit(DX, DY)
    again = regressor().partial_fit(DX, DY).partial_fit(DX, DY).initialize(DX, DY).partial_fit(DX, DY)
    assert (again.n_iter_, again.t_, len(again.loss_curve_)) == (1, len(DX), 1)
    assert again.loss_ == pytest.approx(fresh.loss_)
    np.testing.assert_allclose(again.coefs_[0], fresh.coefs_[0], rtol=1e-6)


@pytest.mark.parametrize("kind", [MLPClassifier, MLPRegressor, TabularClassifier, TabularRegressor])
def test_masked_values_are_not_taken_for_the_numbers_below_the_mask(kind):
    rows, truth = np.random.default_rng(0).normal(size=(20, 2)), np.arange(20) % 2
    masked = np.ma.masked_array(rows, mask=np.arange(40).reshape(20, 2) == 5)
    some = {"max_iter": 2} if kind in (MLPClassifier, MLPRegressor) else {"recipe": gn.Recipe(hidden=(4,), epochs=2)}
    model = kind(**some)
    with pytest.raises(gn.InvalidInput, match=r"y must have no masked values; 1 are masked \(the first in row 3\)"):
        model.fit(rows, np.ma.masked_array(truth, mask=np.arange(20) == 3))
    if "max_iter" in some:  # the others take what is masked in X for missing
        with pytest.raises(gn.InvalidInput, match=r"X must have no masked values; 1 are masked \(the first in row 2\)"):
            model.fit(masked, truth)
        model.fit(np.ma.masked_array(rows, mask=False), truth)
        with pytest.raises(gn.InvalidInput, match="X must have no masked values"):
            model.predict(masked)
