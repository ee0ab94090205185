"""Networks trained side by side are bit for bit those that `fit` trains one after the other."""

import _thread
import copy
import threading
import time
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import StratifiedKFold

import glassnet as gn
from glassnet.engine.machine.threads import available, limited
from glassnet.engine.numpy_engine import NumpyEngine
from glassnet.many import Stopped, train
from glassnet.training.inputs import checks
from glassnet.training.inputs.prepared import Checked
from glassnet.training.parallel import side_by_side
from glassnet.typing import OwnSettings

IRIS = gn.datasets.iris()
CANCER = load_breast_cancer()
CX, CY = (CANCER.data - CANCER.data.mean(axis=0)) / CANCER.data.std(axis=0), CANCER.target
FOLDS = [rows for rows, _ in StratifiedKFold(5, shuffle=True, random_state=0).split(CX, CY)]
ENGINES = pytest.mark.parametrize("engine", ["numpy", "compiled"])
BINARY: dict[str, Any] = {"loss": "binary_cross_entropy", "batch_size": 64, "epochs": 4}


def binary(n, engine="auto", dtype="float32", **more):
    layers = [gn.Dense(8, "relu"), *more.get("between", []), gn.Dense(1, "sigmoid")]
    return [gn.Network(layers, dtype, engine) for _ in range(n)]


def classes(n, engine="auto"):
    return [gn.Network([gn.Dense(5, "tanh"), gn.Dense(3, "softmax")], engine=engine) for _ in range(n)]


def assert_same(net, history, other, expected):
    assert np.array_equal(net.parameters, other.parameters)
    threads = {"environment": history.about["environment"] | {"threads": "its share"}}
    assert history.about | threads == expected.about | {
        "environment": expected.about["environment"] | {"threads": "its share"}
    }
    assert [e.values for e in history] == [e.values for e in expected]
    assert [(e.number, e.steps, e.learning_rate) for e in history] == [
        (e.number, e.steps, e.learning_rate) for e in expected
    ]


@ENGINES
@pytest.mark.parametrize("workers", [1, 2, 5])
def test_folds_end_with_the_bits_of_fit(engine, workers):
    weights = np.random.default_rng(0).random(len(CY))
    nets, others = (binary(5, engine, between=[gn.Dropout(0.2)]) for _ in range(2))
    shared: dict[str, Any] = {**BINARY, "metrics": ["accuracy"], "seed": 3}
    each: list[OwnSettings] = [{"rows": rows} for rows in FOLDS]
    histories = gn.train_many(nets, CX, CY, **shared, sample_weight=weights, each=each, workers=workers)
    for net, history, other, rows in zip(nets, histories, others, FOLDS, strict=True):
        expected = other.fit(CX[rows], CY[rows], **shared, sample_weight=weights[rows])
        assert_same(net, history, other, expected)


@ENGINES
def test_each_network_has_settings_of_its_own(engine):
    held = (IRIS.X[100:], IRIS.y[100:])
    each: list[Any] = [
        {"optimizer": gn.Adam(0.05), "validation": 0.2, "metrics": ["accuracy"]},
        {"optimizer": "lbfgs", "penalty": gn.L2(1e-3), "epochs": 3},
        {"batch_size": 7, "shuffle": False, "clip": gn.ClipNorm(1.0), "seed": 5},
        {"validation": held, "metrics": ["f1"], "rows": np.arange(100)},
        {"loss": gn.CrossEntropy(label_smoothing=0.1), "validation": (*held, np.arange(50.0)), "seed": 1},
        {"rows": np.arange(150) % 3 != 0, "validation": 0.25, "sample_weight": np.arange(150.0)},
    ]
    nets, others = classes(6, engine), classes(6, engine)
    shared: dict[str, Any] = {"loss": "cross_entropy", "epochs": 5, "seed": 0}
    histories = gn.train_many(nets, IRIS.X, IRIS.y, **shared, each=each)
    for net, history, other, own in zip(nets, histories, others, each, strict=True):
        own = dict(own)
        rows = own.pop("rows", np.arange(150))
        if "sample_weight" in own:
            own["sample_weight"] = own["sample_weight"][rows]
        assert_same(net, history, other, other.fit(IRIS.X[rows], IRIS.y[rows], **{**shared, **own}))


def test_layers_dtypes_and_engines_may_differ_and_trained_networks_go_on():
    nets = [*classes(1, "numpy"), *classes(2, "compiled"), gn.Network([gn.Dense(3, "softmax")], "float64")]
    nets[1].fit(IRIS.X, IRIS.y, loss="cross_entropy", epochs=2, seed=1)
    others = [copy.copy(net) for net in nets]
    histories = gn.train_many(nets, IRIS.X, IRIS.y, loss="cross_entropy", epochs=3, seed=2, workers=2)
    for net, history, other in zip(nets, histories, others, strict=True):
        assert_same(net, history, other, other.fit(IRIS.X, IRIS.y, loss="cross_entropy", epochs=3, seed=2))


@given(st.lists(st.lists(st.integers(0, 149), min_size=1, max_size=40), min_size=1, max_size=4), st.integers(1, 4))
def test_any_rows_in_any_order_and_repeated_are_those_of_fit(picks, workers):
    nets, others = classes(len(picks)), classes(len(picks))
    how: dict[str, Any] = {"loss": "cross_entropy", "epochs": 2, "batch_size": 16, "seed": 0}
    histories = gn.train_many(nets, IRIS.X, IRIS.y, **how, each=[{"rows": rows} for rows in picks], workers=workers)
    for net, history, other, rows in zip(nets, histories, others, picks, strict=True):
        assert_same(net, history, other, other.fit(IRIS.X[rows], IRIS.y[rows], **how))


def test_a_seed_of_none_draws_one_each_and_records_it():
    nets = binary(3)
    histories = gn.train_many(nets, CX, CY, **BINARY)
    seeds = [net.seed for net in nets]
    assert len(set(seeds)) == 3 and seeds == [history.about["seed"] for history in histories]
    (again,) = binary(1)
    again.fit(CX, CY, **BINARY, seed=seeds[1])
    assert np.array_equal(again.parameters, nets[1].parameters)


def test_a_generator_is_drawn_from_in_the_order_of_the_networks():
    rng, other_rng = np.random.default_rng(7), np.random.default_rng(7)
    nets, others = binary(3), binary(3)
    gn.train_many(nets, CX, CY, **BINARY, seed=rng, workers=2)
    for net, other in zip(nets, others, strict=True):
        other.fit(CX, CY, **BINARY, seed=other_rng)
        assert np.array_equal(net.parameters, other.parameters)


def test_x_and_y_are_checked_once_for_all(monkeypatch):
    looked_at: list[str] = []
    check = checks.check_finite

    def looking(values, name, given=None):
        looked_at.append(name)
        return check(values, name, given)

    monkeypatch.setattr(checks, "check_finite", looking)
    held = (CX[:50], CY[:50])
    gn.train_many(binary(4), CX, CY, **BINARY, validation=held, sample_weight=np.ones(len(CY)))
    assert sorted(looked_at) == ["X", "X of validation", "sample_weight", "y", "y of validation"]


def diverging(n):
    return [{"optimizer": gn.SGD(1e30 if k in (1, 3) else 0.01)} for k in range(n)]


@ENGINES
@pytest.mark.parametrize("workers", [1, 3])
def test_diverged_is_returned_in_its_place_and_the_others_finish(engine, workers):
    def networks():
        return [gn.Network([gn.Dense(4, "relu"), gn.Dense(1)], engine=engine) for _ in range(5)]

    how: dict[str, Any] = {"loss": "squared_error", "epochs": 6, "seed": 0}
    nets, others = networks(), networks()
    found = gn.train_many(nets, CX, CY, **how, each=diverging(5), workers=workers, on_error="return")
    assert [type(one) for one in found] == [gn.History, gn.Diverged, gn.History, gn.Diverged, gn.History]
    for net, one, other, own in zip(nets, found, others, diverging(5), strict=True):
        if isinstance(one, gn.Diverged):
            with pytest.raises(gn.Diverged) as error:
                other.fit(CX, CY, **how, **own)
            assert str(error.value) == str(one)
            assert np.array_equal(net.parameters, other.parameters)
        else:
            assert_same(net, one, other, other.fit(CX, CY, **how, **own))


def test_diverged_is_raised_and_says_of_which_network():
    nets = [gn.Network([gn.Dense(4, "relu"), gn.Dense(1)]) for _ in range(2)]
    with pytest.raises(gn.Diverged, match="training diverged: the loss was") as error:
        gn.train_many(nets, CX, CY, loss="squared_error", each=diverging(2), seed=0, epochs=20)
    assert error.value.__notes__ == ["This is network 1 of the list."]


def test_the_rest_stops_at_an_error_and_at_ctrl_c():
    begun = threading.Event()

    def patient(stop):
        begun.set()
        assert stop.wait(60)

    def failing(stop):
        begun.wait(60)
        raise RuntimeError("a listener's own")

    with pytest.raises(RuntimeError, match="a listener's own"):
        side_by_side([patient, failing, patient, patient], 2)

    def interrupting(stop):
        _thread.interrupt_main()
        assert stop.wait(60)

    with pytest.raises(KeyboardInterrupt):
        side_by_side([interrupting, patient, patient], 2)


def test_epochs_that_nobody_looks_at_go_in_one_call(monkeypatch):
    sizes, epochs = [], NumpyEngine.epochs

    def counted(engine, job, passes):
        sizes.append(len(passes))
        return epochs(engine, job, passes)

    monkeypatch.setattr(NumpyEngine, "epochs", counted)
    nets = [gn.Network([gn.Dense(2, "sigmoid"), gn.Dense(1, "sigmoid")], engine="numpy") for _ in range(2)]
    histories = gn.train_many(nets, CX[:8], CY[:8], loss="binary_cross_entropy", epochs=30, seed=0)
    assert [len(one) for one in histories] == [30, 30]
    assert sum(sizes) == 60
    assert max(sizes) > 1


def test_what_stops_the_rest_is_looked_at_between_calls():
    (net,), stop = binary(1), threading.Event()
    stop.set()
    asked = {"loss": "binary_cross_entropy", "epochs": 10**7, "seed": 0}
    with pytest.raises(Stopped):
        train(0, net, net.validate_run(CX, CY, asked, Checked()), False, stop)
    assert np.isfinite(net.parameters).all()


def press_until(ended: threading.Event) -> None:
    """Ctrl-C, and again every few seconds: Python loses one that comes while it collects garbage."""
    time.sleep(1.0)
    while not ended.is_set():
        _thread.interrupt_main()
        ended.wait(5.0)


def test_ctrl_c_ends_long_trainings():
    nets, ended = binary(4), threading.Event()
    pressing = threading.Thread(target=press_until, args=(ended,), daemon=True)
    with pytest.raises(KeyboardInterrupt):
        try:
            pressing.start()
            gn.train_many(nets, CX, CY, loss="binary_cross_entropy", epochs=10**7, workers=2)
        finally:
            ended.set()
    pressing.join()
    assert all(np.isfinite(net.parameters).all() for net in nets[:2])


@pytest.mark.parametrize(("workers", "share"), [(1, 6), (2, 3), (3, 2)])
def test_workers_share_the_threads(workers, share):
    with limited(6):
        assert side_by_side([lambda stop: available()] * 3, workers) == [share] * 3


SAME = classes(1)[0]
MISTAKES: dict[str, Any] = {
    "no networks": ({"networks": []}, "networks must be a list of at least one Network, got []."),
    "one network": ({"networks": SAME}, "networks must be a list of at least one Network, got Network("),
    "layers": ({"networks": [SAME, gn.Dense(1)]}, "must hold Network objects only; number 1 is Dense(1, 'linear')."),
    "the same twice": (
        {"networks": [SAME, classes(1)[0], SAME]},
        "networks 0 and 2 are the same object, which cannot train twice at once: use copy.copy(net).",
    ),
    "each too short": ({"each": [{}]}, "there are 2 networks and 1 mappings."),
    "each a mapping": ({"each": {"seed": 1}}, "each must be a list with a mapping of settings for each network"),
    "each of numbers": ({"each": [{}, 3]}, "each[1] must be a mapping of settings such as {'seed': 1}, got 3."),
    "a misspelt setting": ({"batchsize": 8}, "unknown setting 'batchsize'. Write batch_size=32."),
    "a misspelt setting in each": ({"each": [{}, {"row": [1]}]}, "unknown setting 'row'. Did you mean 'rows'?"),
    "no loss": ({"loss": None}, "a loss is needed, for all networks or in each: train_many(networks, X, y, loss=…)."),
    "an unknown on_error": ({"on_error": "rise"}, "unknown on_error 'rise'. Did you mean 'raise'?"),
    "ranks": ({"each": [{}, {"communicator": object()}]}, "trains in one process and takes no communicator"),
    "no workers": ({"workers": 0}, "workers must be a whole number of at least 1, got 0."),
    "no epochs": ({"epochs": None}, "epochs must be a whole number of at least 1, got None."),
    "nan": ({"X": np.where(IRIS.X > 7.8, np.nan, IRIS.X)}, "X must be finite in float32; it holds nan at"),
    "labels": ({"y": IRIS.y + 1}, "y holds label 3 at row 100, but the last layer has 3 units for the classes 0…2."),
    "rows outside": ({"each": [{}, {"rows": [3, 150]}]}, "rows must be row numbers 0…149, as X has 150 rows, got 150."),
    "negative rows": ({"each": [{"rows": [-1]}, {}]}, "rows must be row numbers 0…149, as X has 150 rows, got -1."),
    "no rows": ({"each": [{"rows": []}, {}]}, "rows must pick at least one row of X to train on; it picks none."),
    "an empty mask": ({"each": [{"rows": np.zeros(150, bool)}, {}]}, "must pick at least one row of X"),
    "a mask of another length": (
        {"each": [{"rows": np.ones(149, bool)}, {}]},
        "rows must be row numbers of X, or one True or False for each of its 150 rows, got bool of shape (149,).",
    ),
    "a pair of rows": ({"each": [{"rows": ([1, 2], [3])}, {}]}, "for each of its 150 rows, got tuple."),
    "rows of weight 0": (
        {"sample_weight": np.arange(150) % 2, "each": [{"rows": [0, 2]}, {}]},
        "all rows picked by rows have sample_weight 0.",
    ),
}


@pytest.mark.parametrize(("more", "said"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_meets_one_sentence_before_any_network_changes(more, said):
    asked: dict[str, Any] = {
        "networks": classes(2),
        "X": IRIS.X,
        "y": IRIS.y,
        "loss": "cross_entropy",
        "epochs": 2,
        **more,
    }
    with pytest.raises(gn.InvalidInput) as error:
        gn.train_many(asked.pop("networks"), **asked)
    assert said in str(error.value)
    assert SAME.layout is None


def test_a_mistake_in_the_last_network_leaves_the_first_as_it_was():
    nets = classes(2)
    with pytest.raises(gn.InvalidInput, match="batch_size must be a whole number") as error:
        gn.train_many(nets, IRIS.X, IRIS.y, loss="cross_entropy", each=[{}, {"batch_size": 0}])
    assert error.value.__notes__ == ["This concerns network 1 of the list."]
    assert nets[0].layout is None and nets[0].loss is None
