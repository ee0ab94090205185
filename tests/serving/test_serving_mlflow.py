"""A model in MLflow as the page shows it, and MLflow's own client of the service."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "serving.md"
TRY = """
import sys, glassnet as gn, mlflow, polars
model, rows, *_ = sys.argv[1:]
frame = polars.read_parquet(rows).to_pandas()
with mlflow.start_run():
    logged = mlflow.pyfunc.log_model(name="buyers", python_model="titanic_model.py", artifacts={"model": model})
again = mlflow.pyfunc.load_model(logged.model_uri)
print("found", again.predict(frame).tolist() == gn.load(model).predict(frame).tolist())
"""


@pytest.mark.long  # as MLflow takes seconds to import
def test_a_model_logged_from_code_predicts_the_same(tmp_path, files, frame):
    pytest.importorskip("mlflow")
    (code,) = re.findall(r"```\n(# titanic_model\.py\n.*?)```", PAGE.read_text(), re.DOTALL)
    (tmp_path / "titanic_model.py").write_text(code)
    frame[:20].write_parquet(tmp_path / "rows.parquet")
    store = {"MLFLOW_TRACKING_URI": (tmp_path / "runs").as_uri(), "MLFLOW_ALLOW_FILE_STORE": "true"}
    done = subprocess.run(
        [sys.executable, "-c", TRY, str(files["classes"]), "rows.parquet"],
        cwd=tmp_path, capture_output=True, text=True, env=os.environ | store,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "found True"


@pytest.mark.long  # as MLflow takes seconds to import
def test_the_client_of_mlflow_is_answered(classes, models, frame):
    client = pytest.importorskip("mlflow.pyfunc.scoring_server.client")
    names = models["classes"].encoder.columns
    ours = client.ScoringServerClient("127.0.0.1", classes.port)
    ours.wait_server_ready(timeout=5)
    rows = frame[:5].select(names).to_pandas().astype({"since": str})
    found = ours.invoke(rows).get_predictions()
    assert found.iloc[:, 0].tolist() == models["classes"].predict(frame[:5]).tolist()
