"""MLflow: a training is a run with parameters, metrics and a status, read back from a store of files."""

import pytest

import glassnet as gn

IRIS = gn.datasets.iris()


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")  # the smallest that needs no server and no database
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    pytest.importorskip("mlflow")
    return (tmp_path / "runs").as_uri()


def fit(*listeners, **settings):
    net = gn.Network([gn.Dense(3, "softmax")])
    how = {"loss": "cross_entropy", "epochs": 3, "validation": 0.2, "metrics": ["accuracy"], "seed": 0, **settings}
    return net.fit(IRIS.X, IRIS.y, listeners=listeners, **how)


def test_a_run_holds_what_made_the_training_and_every_value(store):
    log = gn.listeners.MLflow("iris", run_name="first", tracking_uri=store)
    history = fit(log)
    run = log.client.get_run(log.run_id)
    assert (run.info.status, run.info.run_name) == ("FINISHED", "first")
    expected = {"seed": "0", "batch_size": "32", "optimizer.name": "adam", "optimizer.learning_rate": "0.001"}
    assert expected.items() <= run.data.params.items()
    for name in history.names():
        metrics = log.client.get_metric_history(log.run_id, name)
        assert [(m.step, m.value) for m in metrics] == [(k, v) for k, v in enumerate(history[name], 1)]


def test_each_training_is_a_run_of_the_experiment_and_says_how_it_ended(store):
    def stop(epoch):
        raise KeyboardInterrupt

    log = gn.listeners.MLflow(tracking_uri=store)
    fit(log)
    with pytest.raises(KeyboardInterrupt):
        fit(log, stop)
    with pytest.raises(gn.Diverged):
        fit(log, optimizer=gn.SGD(1e38))
    experiment = log.client.get_experiment_by_name("glassnet")
    found = [run.info.status for run in log.client.search_runs([experiment.experiment_id])]
    assert sorted(found) == ["FAILED", "FINISHED", "KILLED"]
