"""Fits on other processes, of joblib or of Dask, are bit for bit those of this process, also where a worker dies."""

import logging
import os
import subprocess
import sys
import warnings
from typing import Any

import numpy as np
import pytest

import glassnet as gn
from glassnet.engine.machine import threads as machine
from glassnet.training.spread import named
from glassnet.training.spread.active import active_spread, threads_asked
from glassnet.training.spread.named import check_workers, workers_named
from glassnet.training.spread.parcels import Parcel
from glassnet.typing import OwnSettings

joblib = pytest.importorskip("joblib")

IRIS = gn.datasets.iris()
FOLD = np.arange(150) % 5
SHARED: dict[str, Any] = {"loss": "cross_entropy", "epochs": 3, "metrics": ["accuracy"], "validation": 0.2, "seed": 3}
TWO: dict[str, Any] = {"backend": "loky", "n_jobs": 2}


@pytest.fixture(scope="module")
def cluster():
    """A client of a Dask cluster of two processes with a thread each."""
    distributed = pytest.importorskip("distributed")
    how: dict[str, Any] = {"dashboard_address": ":0", "silence_logs": logging.CRITICAL}
    cluster = distributed.LocalCluster(n_workers=2, threads_per_worker=1, **how)
    with distributed.Client(cluster) as client:
        yield client
    try:
        cluster.close()
    except KeyError:  # of a worker that a test killed before Dask had heard of it; all processes have ended by now
        cluster.status = distributed.Status.closed


@pytest.fixture
def dask(cluster):
    """The backend of joblib on two workers, where a test has killed one on the next."""
    cluster.wait_for_workers(2)
    return {"backend": "dask", "client": cluster}


@pytest.fixture(params=["loky", "dask"])
def workers(request):
    """The arguments of `joblib.parallel_config` for two workers."""
    return TWO if request.param == "loky" else request.getfixturevalue("dask")


@pytest.fixture(autouse=True)
def as_many_cores_as_workers(monkeypatch):
    monkeypatch.setattr(machine, "cores", lambda: 2)
    monkeypatch.setattr("glassnet.training.spread.active.cores", lambda: 2)


def networks(n=4):
    return [gn.Network([gn.Dense(5, "tanh"), gn.Dropout(0.2), gn.Dense(3, "softmax")]) for _ in range(n)]


def folds(n=4) -> list[OwnSettings]:
    return [{"rows": k != FOLD} for k in range(n)]


def assert_same(nets, histories, others, expected):
    for net, history, other, plain in zip(nets, histories, others, expected, strict=True):
        assert net == other
        assert (net.loss, net.metrics, net.seed) == (other.loss, other.metrics, other.seed)
        assert net.trained_with["optimizer"] == other.trained_with["optimizer"]
        assert [epoch.values for epoch in history] == [epoch.values for epoch in plain]
        assert history.about["ended"] == plain.about["ended"]


def test_networks_have_the_same_bits_on_other_processes(workers):
    weights = np.random.default_rng(0).random(150)
    nets, others = networks(), networks()
    how: dict[str, Any] = {**SHARED, "sample_weight": weights, "each": folds()}
    with joblib.parallel_config(**workers):
        histories = gn.train_many(nets, IRIS.X, IRIS.y, **how)
    assert_same(nets, histories, others, gn.train_many(others, IRIS.X, IRIS.y, **how))
    with joblib.parallel_config(**workers):  # and go on from what they have
        nets[0].parameters.setflags(write=True)
        before = nets[0].parameters
        histories = gn.train_many(nets, IRIS.X, IRIS.y, **how)
    assert nets[0].parameters is before
    assert_same(nets, histories, others, gn.train_many(others, IRIS.X, IRIS.y, **how))


def test_a_generator_and_an_optimizer_state_move_on_as_in_this_process():
    def trained():
        rng, states = np.random.default_rng(5), [gn.OptimizerState() for _ in range(2)]
        nets = networks(2)
        each: list[OwnSettings] = [{"optimizer_state": state} for state in states]
        gn.train_many(nets, IRIS.X, IRIS.y, loss="cross_entropy", epochs=2, seed=rng, each=each)
        return nets, [state.step for state in states], states[1].vectors, rng.spawn(1)[0].random()

    nets, steps, vectors, drawn = trained()
    with joblib.parallel_config(**TWO):
        others, *same = trained()
    assert nets == others
    assert [steps, drawn] == [same[0], same[2]]
    assert all(np.array_equal(*pair) for pair in zip(vectors, same[1], strict=True))


def test_a_worker_that_dies_is_replaced_and_its_bundle_done_again_with_the_same_bits(workers, tmp_path):
    class DiesOnce(gn.Stop, name="dies_once"):
        flag: str = str(tmp_path / "died")
        here: int = os.getpid()

        def reached(self, epoch, memory):
            if epoch.number == 2 and os.getpid() != self.here and not os.path.exists(self.flag):
                open(self.flag, "w").close()
                os.kill(os.getpid(), 9)

    nets, others = networks(), networks()
    each: list[OwnSettings] = [{**own, "stop": DiesOnce()} if k == 2 else own for k, own in enumerate(folds())]
    how: dict[str, Any] = {**SHARED, "each": each}
    with joblib.parallel_config(**workers), warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        histories = gn.train_many(nets, IRIS.X, IRIS.y, **how)
    again = [one for one in said if "a worker died; what it was at is done again (" in str(one.message)]
    assert again or workers is not TWO  # where nothing is lost but a task, Dask does it again by itself
    assert (tmp_path / "died").exists()
    assert_same(nets, histories, others, gn.train_many(others, IRIS.X, IRIS.y, **how))


@pytest.mark.filterwarnings("ignore:a worker died:RuntimeWarning")
def test_data_that_are_lost_with_a_worker_of_dask_are_sent_again(dask, tmp_path):
    held, folder = np.arange(100_000.0), str(tmp_path)

    def work(threads, task, array):
        flag = f"{folder}/{task}"
        if task < 2 and not os.path.exists(
            flag
        ):  # one of these two has the worker that all others fetch the array from
            open(flag, "w").close()
            os.kill(os.getpid(), 9)
        return task, float(array.sum()), threads

    with joblib.parallel_config(**dask):
        spread = active_spread()
        assert spread is not None
        found = dict(spread.run(work, [Parcel(k, (held,)) for k in range(4)]))
    assert found == {k: (k, held.sum(), 1) for k in range(4)}


def test_a_worker_that_always_dies_ends_it_with_one_sentence():
    def work(threads, task):
        os.kill(os.getpid(), 9)

    with joblib.parallel_config(**TWO), pytest.warns(RuntimeWarning, match="a worker died"):
        spread = active_spread()
        assert spread is not None
        with pytest.raises(gn.GlassnetError, match="a worker died 4 times with the same fits: it may need more memory"):
            list(spread.run(work, [Parcel(None, ())]))


def test_diverged_comes_back_from_another_process():
    each: list[Any] = [{"optimizer": gn.SGD(1e30)}, {"optimizer": gn.SGD(0.01)}]
    how: dict[str, Any] = {"loss": "squared_error", "epochs": 4, "seed": 0, "each": each}

    def nets():
        return [gn.Network([gn.Dense(4, "relu"), gn.Dense(1)]) for _ in range(2)]

    with joblib.parallel_config(**TWO):
        found = gn.train_many(ours := nets(), IRIS.X, IRIS.y, **how, on_error="return")
        with pytest.raises(gn.Diverged, match="training diverged: the loss was") as error:
            gn.train_many(nets(), IRIS.X, IRIS.y, **how)
    assert error.value.__notes__ == ["This is network 0 of the list."]
    plain = gn.train_many(others := nets(), IRIS.X, IRIS.y, **how, on_error="return")
    assert [type(one) for one in found] == [gn.Diverged, gn.History]
    assert str(found[0]) == str(plain[0]) and ours == others


def test_workers_times_threads_do_not_exceed_the_cores(monkeypatch):
    monkeypatch.setattr("glassnet.training.spread.active.cores", lambda: 6)
    monkeypatch.setattr("glassnet.training.spread.active.available", lambda: 6)
    for asked, expected in ((1, (1, 6)), (2, (2, 3)), (4, (4, 1)), (100, (6, 1))):
        with joblib.parallel_config(backend="loky", n_jobs=asked):
            spread = active_spread()
            assert spread is not None and (spread.jobs, spread.threads) == expected


def test_a_worker_uses_its_share_of_the_threads(workers):
    def work(threads, task):
        from glassnet.engine.machine.threads import available, limited

        with limited(threads):
            return available()

    with joblib.parallel_config(**workers):
        spread = active_spread()
        assert spread is not None and spread.jobs == 2
        assert dict(spread.run(work, [Parcel(None, ())] * 2)) == {0: 1, 1: 1}


def test_threads_and_what_runs_in_a_worker_stay_in_their_process():
    assert (active_spread(), threads_asked()) == (None, None)
    with joblib.parallel_config(n_jobs=2):  # no backend is named
        assert (active_spread(), threads_asked()) == (None, None)
    with joblib.parallel_config(backend="threading", n_jobs=2):
        assert (active_spread(), threads_asked()) == (None, 2)
        within = joblib.Parallel(2)(joblib.delayed(lambda: (active_spread(), threads_asked()))() for _ in range(2))
        assert within == [(None, None)] * 2
    with joblib.parallel_config(**TWO):
        within = joblib.Parallel(2)(joblib.delayed(lambda: active_spread() is None)() for _ in range(2))
        assert within == [True, True]


def test_a_task_of_dask_spreads_nothing_itself(dask):
    with joblib.parallel_config(**dask):
        assert joblib.Parallel()(joblib.delayed(lambda: active_spread() is None)() for _ in range(2)) == [True, True]


def test_without_a_backend_joblib_is_not_imported():
    code = (
        "import sys, glassnet as gn; iris = gn.datasets.iris(); "
        "gn.train_many([gn.Network([gn.Dense(3, 'softmax')])], iris.X, iris.y, loss='cross_entropy', epochs=1); "
        "print('joblib' in sys.modules, 'distributed' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["False", "False"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"X": gn.Blocks(lambda: [(IRIS.X, IRIS.y)]), "y": None}, "Blocks cannot be sent to other processes: give arr"),
        ({"shuffle": np.random.default_rng(0)}, "a generator of your own for shuffle stays in this process: use shuf"),
        ({"batch_size": 0}, "batch_size must be a whole number of at least 1"),
    ],
    ids=["blocks", "shuffle", "another mistake"],
)
def test_what_cannot_be_sent_is_refused_in_one_sentence(more, said):
    asked = {"X": IRIS.X, "y": IRIS.y, "loss": "cross_entropy", "epochs": 1, **more}
    with joblib.parallel_config(**TWO), pytest.raises(gn.InvalidInput) as error:
        gn.train_many(nets := networks(2), **asked)
    assert said in str(error.value)
    assert nets[0].layout is None


def test_workers_of_another_version_are_refused(dask, monkeypatch):
    monkeypatch.setattr(gn, "__version__", "0.0.1")
    with (
        joblib.parallel_config(**dask),
        pytest.raises(gn.InvalidInput, match=r"has glassnet .*, this process has 0\.0"),
    ):
        active_spread()


@pytest.mark.long
def test_folds_of_a_table_have_the_same_scores_and_predictions(workers):
    def found():
        said: list[str] = []
        recipe = gn.Recipe(hidden=(4,), epochs=2, engine="numpy")
        validated = gn.cross_validate(IRIS.to_polars(), "species", folds=3, recipe=recipe, tell=said.append)
        return validated, said

    plain, said = found()
    with joblib.parallel_config(**workers):
        spread, likewise = found()
    assert spread.scores == plain.scores and spread.out_of_fold.equals(plain.out_of_fold)
    assert spread.verdict.scores == plain.verdict.scores
    assert spread.training.model.network == plain.training.model.network
    assert [line.split(":")[0] for line in likewise] == [line.split(":")[0] for line in said]


@pytest.mark.long
def test_a_backtest_that_learns_anew_has_the_same_rows(workers):
    t = np.arange(120)
    table = {"day": t, "y": 50 + 9 * np.sin(2 * np.pi * t / 7) + np.random.default_rng(0).normal(0, 1, 120)}
    forecaster = gn.forecasting.Forecaster(4, season=7).fit(table, time="day", target="y")
    plain = forecaster.backtest(folds=3, stride=9, refit=True).rows
    with joblib.parallel_config(**workers):
        assert forecaster.backtest(folds=3, stride=9, refit=True).rows.equals(plain)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("0", "--workers takes a number of processes, such as 4, or the address of a Dask scheduler, such as tcp://ho"),
        ("many", "tcp://host:8786; got 'many'"),
        ("tcp://", "tcp://host:8786; got 'tcp://'"),
    ],
)
def test_what_names_no_workers_is_refused(given, said):
    with pytest.raises(gn.InvalidInput) as error:
        check_workers(given)
    assert said in str(error.value)


def test_workers_are_named_by_their_number_or_an_address(cluster):
    with workers_named(None):
        assert active_spread() is None
    with workers_named("2"):
        spread = active_spread()
        assert spread is not None and spread.jobs == 2
    with workers_named(cluster.scheduler.address):
        assert type(active_spread()).__name__ == "OnDask"
    assert active_spread() is None


def test_a_scheduler_that_does_not_answer_is_told(monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr(named, "PATIENCE", 0.2)
    with (
        pytest.raises(gn.InvalidInput, match=r"^no Dask scheduler answers at tcp://127\.0\.0\.1:9: .*\.$") as error,
        workers_named("tcp://127.0.0.1:9"),
    ):
        pass
    assert "\n" not in str(error.value)
