"""A class of one's own never takes the name of one of glassnet, whatever was imported before."""

import subprocess
import sys
from typing import Any

import numpy as np
import pytest

import glassnet as gn

BASES: dict[str, Any] = {
    "Relu": gn.activations.Activation,
    "SOFTMAX": gn.activations.Activation,
    "Adam": gn.UpdateRule,
    "L2": gn.Penalty,
    "Cosine": gn.Schedule,
    "Accuracy": gn.Metric,
    "Zeros": gn.Initializer,
    "Scale": gn.Layer,
    "Dense": gn.Dense,
    "Huber": gn.Loss,
    "Target": gn.Stop,
}


def class_of(title, base, **settings):
    return type(base)(title, (base,), {"__module__": "own", "own": lambda self: None}, **settings)


@pytest.mark.parametrize("name", BASES)
def test_a_class_named_like_a_built_in_is_refused_and_the_built_in_stays(name):
    base, known = BASES[name], name.lower()
    before = base.registry[known]
    said = f"^class {name}: '{known}' is an? {base.family} of glassnet: give the class another name, or write one"
    with pytest.raises(gn.InvalidInput, match=said):
        class_of(name, base)
    assert base.registry[known] is before


def test_the_name_of_a_class_statement_is_checked_and_another_one_is_the_remedy():
    with pytest.raises(gn.InvalidInput, match=r"'relu' is an activation .* class Bent\(…, name=\"my_relu\"\)\.$"):
        class_of("Bent", gn.ReLU, name="relu")
    own = class_of("Relu", gn.ReLU, name="own_relu")
    assert type(gn.activations.Activation.of("own_relu")) is own
    assert type(gn.activations.Activation.of("relu")) is gn.ReLU
    del own.registry["own_relu"]  # other tests go through all that there are


def test_a_class_of_ones_own_may_be_defined_again():
    kinds = [class_of("TwiceDefined", gn.ReLU) for _ in range(2)]
    assert type(gn.activations.Activation.of("twicedefined")) is kinds[1]
    del gn.ReLU.registry["twicedefined"]


SENT = """
import pickle, sys
import glassnet as gn
net = pickle.load(sys.stdin.buffer)
print(net.layers[0].describe()["name"], net.predict([[1.0, 2.0]]).tolist())
print(type(gn.Layer.of({"name": "dense", "units": 2})) is gn.Dense)
"""


def test_a_class_with_a_name_of_its_own_reaches_another_process():
    pickled = pytest.importorskip("cloudpickle")

    class Dense(gn.Dense, name="own_dense"):
        def forward(self, s):
            super().forward(s)
            s.A *= 2

    Dense.__module__ = "__main__"  # whose classes are sent whole
    net = gn.Network([Dense(3)], engine="numpy").build(2, seed=0)
    ran = subprocess.run([sys.executable, "-c", SENT], input=pickled.dumps(net), capture_output=True, check=True)
    assert ran.stdout.decode().splitlines() == [f"own_dense {net.predict([[1.0, 2.0]]).tolist()}", "True"]


FIRST = """
import glassnet as gn
try:
    @gn.loss()
    def {name}(p, y): return 100 * (p - y) ** 2
except gn.InvalidInput as error:
    print(error)
"""


@pytest.mark.parametrize("name", ["huber", "gaussian_crps"])
def test_a_loss_of_ones_own_is_refused_as_the_first_statement_too(name):
    ran = subprocess.run([sys.executable, "-c", FIRST.format(name=name)], capture_output=True, text=True, check=True)
    assert ran.stdout == f"@gn.loss {name}: '{name}' is a loss of glassnet: give the function another name.\n"


def test_a_family_knows_its_members_before_anything_imports_them():
    code = "from glassnet.formulas.loss import Loss; print(Loss.of('huber'))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "Huber()\n"


def test_a_model_file_predicts_the_same_after_a_class_of_that_name_was_tried(tmp_path):
    x = np.random.default_rng(0).normal(size=(40, 3))
    net = gn.Network([gn.Dense(4, "relu"), gn.Dense(1)])
    net.fit(x, x[:, 0], loss="huber", epochs=1, seed=0)
    net.save(tmp_path / "net.safetensors")
    with pytest.raises(gn.InvalidInput):
        class_of("Relu", gn.Tanh)
    np.testing.assert_array_equal(gn.load(tmp_path / "net.safetensors").predict(x), net.predict(x))
