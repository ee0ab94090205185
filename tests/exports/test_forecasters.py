"""Exported forecasters say what `predict` says, by NumPy, C or onnxruntime alone."""

from typing import Any

import numpy as np
import pytest

import glassnet as gn
from glassnet.errors import InvalidInput
from glassnet.exports.lower_forecaster import program_of_forecaster
from glassnet.exports.running.case import Case
from glassnet.exports.running.check import RUNNERS
from glassnet.forecasting import LinearForecaster, MLPForecaster, TiDEForecaster

STEPS = np.arange(400)
VALUES = 1e4 + np.sin(2 * np.pi * STEPS / 12) + 0.1 * np.random.default_rng(0).normal(size=400)
SETTINGS: dict[str, Any] = {"lookback": 24, "penalty": 0.01}
NETWORKS: dict[str, Any] = SETTINGS | {"units": 8, "epochs": 3, "learning_rate": 0.01, "seed": 0}
MAKERS: dict[str, Any] = {
    "centered": lambda: LinearForecaster(6, **SETTINGS),
    "standardized": lambda: LinearForecaster(6, normalization="standardized", **SETTINGS),
    "mlp": lambda: MLPForecaster(6, **NETWORKS),
    "tide": lambda: TiDEForecaster(6, **NETWORKS),
}


@pytest.fixture(scope="module", params=MAKERS)
def forecaster(request):
    return MAKERS[request.param]().fit(VALUES[:300], validation=VALUES[300:])


@pytest.mark.parametrize("suffix", ["py", pytest.param("onnx"), pytest.param("h", marks=pytest.mark.long)])
def test_an_export_forecasts_as_predict_does(forecaster, suffix, tmp_path):
    target = {"py": "python", "onnx": "onnx", "h": "c"}[suffix]
    if target == "onnx":
        pytest.importorskip("onnxruntime")
    path = tmp_path / f"f.{suffix}"
    written = gn.export(forecaster, path)
    assert written.dtype == "float64"
    still = np.full((1, 24), 0.1)
    rows = np.concatenate([np.lib.stride_tricks.sliding_window_view(VALUES, 24)[::40], still])
    (given,) = RUNNERS[target]([Case(program_of_forecaster(forecaster), path, rows)])
    own = forecaster.predict(rows[:, :, None])[:, :, 0]
    np.testing.assert_allclose(given.values, own, atol=1e-5)
    np.testing.assert_allclose(given.values[-1], 0.1)


def test_what_cannot_be_exported_is_answered_in_one_sentence(tmp_path):
    both = np.column_stack([VALUES, VALUES[::-1]])
    apart = LinearForecaster(6, channels="apart", **SETTINGS).fit(both)
    with pytest.raises(InvalidInput, match='has 2 maps, one for each series: export one with channels="shared"'):
        gn.export(apart, tmp_path / "f.py")
    with pytest.raises(InvalidInput, match="has not learned yet"):
        gn.export(LinearForecaster(6), tmp_path / "f.py")
    with pytest.raises(InvalidInput, match="forecasters are exported in float32 or float64"):
        gn.export(LinearForecaster(6, **SETTINGS).fit(VALUES), tmp_path / "f.h", dtype="int8", rows=both)
