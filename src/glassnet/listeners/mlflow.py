"""Log a training as an MLflow run, with MLflow's own client."""

import time
from collections.abc import Iterator, Mapping
from typing import Any

from glassnet.calls import answered
from glassnet.extras import require
from glassnet.listeners.listener import Listener
from glassnet.training.epoch import Epoch


@answered
class MLflow(Listener):
    """Records each training as an MLflow run: settings as parameters, each epoch's values as metrics (extra `mlflow`).

    The run ends as FINISHED, after an error as FAILED, after Ctrl-C as KILLED; `run_id` is that of the latest run.
    Nested settings have dots in their names: `optimizer.learning_rate`.

    Parameters
    ----------
    experiment
        The name of the experiment, "glassnet" by default; it is created if it does not exist.
    run_name
        The name of the run; None (default) lets MLflow choose one.
    tracking_uri
        A server, a database or a folder; None (default) uses `mlflow.set_tracking_uri` or MLFLOW_TRACKING_URI.

    Raises MissingExtra without MLflow.

    >>> import os, pathlib, tempfile
    >>> os.environ |= {"MLFLOW_ALLOW_FILE_STORE": "true", "MLFLOW_DISABLE_TELEMETRY": "true"}
    >>> xor, folder = gn.datasets.xor(), pathlib.Path(tempfile.mkdtemp())
    >>> log = gn.listeners.MLflow("gates", run_name="first", tracking_uri=folder.as_uri())
    >>> history = gn.Network([gn.Dense(1)]).fit(xor.X, xor.y, loss="squared_error", epochs=2, seed=0, listeners=[log])
    >>> log.client.get_run(log.run_id).info.status
    'FINISHED'
    """

    def __init__(
        self, experiment: str = "glassnet", run_name: str | None = None, tracking_uri: str | None = None
    ) -> None:
        self.entities = require("mlflow.entities", "mlflow", "logging to MLflow")
        self.client = require("mlflow", "mlflow", "logging to MLflow").MlflowClient(tracking_uri)
        self.experiment, self.run_name = experiment, run_name
        self.run_id: str | None = None
        self._running = False

    def begin(self, about: Mapping[str, Any]) -> None:
        """Begin a run, with `about` as its parameters."""
        found = self.client.get_experiment_by_name(self.experiment)
        number = found.experiment_id if found else self.client.create_experiment(self.experiment)
        self.run_id = self.client.create_run(number, run_name=self.run_name).info.run_id
        self._running = True
        params = [self.entities.Param(name, str(value)) for name, value in flat(about)]
        self.client.log_batch(self.run_id, params=params)

    def __call__(self, epoch: Epoch) -> None:
        """Log the measured values under the number of the epoch."""
        if not self._running:
            self.begin({})
        values = {**epoch.values, "learning_rate": epoch.learning_rate, "seconds": epoch.seconds}
        now = int(1000 * time.time())
        metrics = [self.entities.Metric(name, float(value), now, epoch.number) for name, value in values.items()]
        self.client.log_batch(self.run_id, metrics=metrics)

    def end(self, error: BaseException | None) -> None:
        """End the run, and say how."""
        if self._running:
            self._running = False
            status = "FINISHED" if error is None else "KILLED" if isinstance(error, KeyboardInterrupt) else "FAILED"
            self.client.set_terminated(self.run_id, status)


def flat(settings: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """Settings within settings as pairs of a dotted name and a value.

    >>> dict(flat({"seed": 0, "optimizer": {"name": "sgd", "learning_rate": 0.1}}))
    {'seed': 0, 'optimizer.name': 'sgd', 'optimizer.learning_rate': 0.1}
    """
    for name, value in settings.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{before}{name}.")
        else:
            yield before + name, value
