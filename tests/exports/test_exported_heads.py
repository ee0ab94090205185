"""Models of a distribution, or of several targets: each export gives the mean that `predict` gives."""

from typing import Any

import numpy as np
import pytest
from exported_tables import cases, odd, run_all, table  # type: ignore[import-not-found]

import glassnet as gn
from glassnet.tables.distributions.heads import HEADS

RECIPE = gn.Recipe(hidden=(8,), epochs=2, engine="numpy")


def models_of(target, **asked):
    frame = table().drop("y")
    if isinstance(target, list):
        frame = frame.rename({"größe m²": "size"})
    training = gn.TableTraining(frame, target, recipe=RECIPE, **asked)
    for _ in training.epochs():
        pass
    return training.models


@pytest.fixture(scope="module")
def models():
    found: dict[str, Any] = {kind: models_of("price", distribution=kind, n_ensemble=2)[0] for kind in HEADS}
    return found | {"output": models_of(["price", "size"])[1]}


@pytest.mark.parametrize(
    "target", ["python", "c", *(pytest.param(target, marks=pytest.mark.long) for target in ("javascript", "onnx"))]
)
def test_every_head_gives_what_predict_gives(target, models, tmp_path):
    assert {*models} == {*HEADS, "output"}
    frame = odd(table()).rename({"größe m²": "size"})
    for name, model in models.items():
        rows = frame if name == "output" else odd(table())
        made = cases({name: model}, target, tmp_path, rows, "float64")
        (found,) = run_all(target, made)
        np.testing.assert_allclose(found.values, model.outputs(rows), rtol=1e-7, atol=1e-12, err_msg=name)


def test_quantiles_that_cross_are_put_in_order(models):
    raw = [
        network.predict(models["quantiles"].encoder.transform(odd(table()))) for network in models["quantiles"].networks
    ]
    assert any((np.diff(outputs, axis=1) < 0).any() for outputs in raw)
