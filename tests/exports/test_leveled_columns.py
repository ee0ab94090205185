"""Numbers whose single values are levels as well are predicted in each target as `predict` does."""

from typing import Any

import numpy as np
import polars as pl
import pytest
from exported_tables import cases, run_all  # type: ignore[import-not-found]

import glassnet as gn


def rows() -> pl.DataFrame:
    rng = np.random.default_rng(0)
    form = rng.integers(0, 20, 400)
    y = rng.normal(size=20)[form] + 0.1 * rng.normal(size=400)
    paid = [None if k % 50 == 7 else f"{value / 4:.2f} €" for k, value in enumerate(form)]
    return pl.DataFrame({"form": form / 10, "paid": paid, "size": rng.normal(size=400), "y": y})


@pytest.fixture(scope="module")
def model() -> gn.TableModel:
    training = gn.TableTraining(rows(), "y", recipe=gn.Recipe(hidden=(4,), frequencies=2, epochs=2, engine="numpy"))
    for _ in training.epochs():
        pass
    assert training.model.encoder.leveled == ("form", "paid")
    return training.model


@pytest.mark.parametrize("target", ["python", "c", "javascript", "onnx"])
def test_answers_are_those_of_predict(target: str, model: gn.TableModel, tmp_path: Any) -> None:
    frame = rows()[:40].with_columns(
        form=pl.Series([0.05, -1.0, 99.0, None, 0.1 + 1e-12, *rows()["form"][5:40].to_list()]),
        paid=pl.Series(["0.25 €", None, "7 €", "0.3 €", "4.75 €", *rows()["paid"][5:40].to_list()]),
    )
    made = cases({"model": model}, target, tmp_path, frame, "float64" if target != "onnx" else None)
    (found,) = run_all(target, made)
    np.testing.assert_allclose(found.values, model.outputs(frame), rtol=2e-6, atol=2e-6)
