"""Files of format version 1, in which factors of the learning rate and penalized factors had other names, are read."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save_file

import glassnet as gn
from glassnet.files.renamed_fields import with_names_of_today

HERE = Path(__file__).parent / "format-1"  # written by the last version of that format
EXPECTED = json.loads((HERE / "expected.json").read_text(encoding="utf-8"))
X = np.column_stack([np.arange(12) % 5 / 4, np.arange(12) % 7 / 8, np.arange(12) % 3])
y = np.arange(12) % 2
TODAY: list[Any] = [
    gn.Columns(
        ([0, 1], gn.PeriodicEmbedding(2, 2, learning_rate_factor=0.5)),
        (2, gn.Embedding(3, 2, learning_rate_factor=2.0)),
    ),
    gn.Scale(learning_rate_factor=6.0, penalize=True),
    gn.Residual(
        gn.Dense(6, gn.PReLU(learning_rate_factor=0.1), learning_rate_factor=0.5, bias_learning_rate_factor=0.1)
    ),
    gn.Dense(3, gn.Parametric("tanh", learning_rate_factor=0.3), bias_learning_rate_factor=0.0),
    gn.Dense(2, "softmax"),
]


def test_a_model_of_version_1_has_the_layers_of_today_and_predicts_what_it_did():
    net = gn.Network.load(HERE / "model.safetensors")
    assert net.layers == tuple(TODAY)
    np.testing.assert_allclose(net.predict(X), EXPECTED["outputs"], rtol=1e-12)


def test_a_run_goes_on_from_a_checkpoint_of_version_1():
    net = gn.Network(TODAY, "float64")
    history = net.fit(
        X, y, loss="cross_entropy", optimizer="adamw", epochs=4, batch_size=5, seed=0,
        resume=HERE / "checkpoint.safetensors",
    )  # fmt: skip
    assert len(history) == 4
    np.testing.assert_allclose(net.parameters, EXPECTED["parameters"], rtol=1e-9, atol=1e-12)


def rewritten(path: Path, change: Any) -> Path:
    """The model of version 1 with another description, without a checksum."""
    with safe_open(HERE / "model.safetensors", framework="numpy") as file:
        arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        about = json.loads(file.metadata()["glassnet"])
    del about["checksum"]
    change(about)
    save_file(arrays, path, metadata={"glassnet": json.dumps(about)})
    return path


def test_old_names_are_no_names_of_version_2(tmp_path):
    path = rewritten(tmp_path / "m.safetensors", lambda about: about.update(format_version=2))
    with pytest.raises(gn.ModelFileError, match="unknown field of layer 'periodic_embedding' 'rate'"):
        gn.load(path)


def test_a_field_under_both_of_its_names_is_refused(tmp_path):
    def change(about: Any) -> None:
        about["network"]["layers"][1]["penalize"] = False

    with pytest.raises(gn.ModelFileError, match="unknown field of layer 'scale' 'decays'"):
        gn.load(rewritten(tmp_path / "m.safetensors", change))


def test_what_had_no_other_name_stays_as_it_is():
    described = [{"name": "dropout", "rate": 0.5}, {"name": ["dense"], "rate": 1}, {"rate": 2}, "rate", None]
    assert with_names_of_today(described, 1) == described
    assert with_names_of_today({"name": "dense", "rate": 1}, 2) == {"name": "dense", "rate": 1}
