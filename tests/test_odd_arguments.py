"""Whatever an argument is, it works or meets one sentence: odd values for every argument of the public interface."""

import inspect
import warnings
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import glassnet as gn
from glassnet.engine.selection import installed
from glassnet.errors import LONGEST
from glassnet.formulas.averages import Average
from glassnet.formulas.clipping import Clip

ENGINES = ["numpy", *(["compiled"] if installed("numba") else [])]
X = np.random.default_rng(0).normal(size=(8, 3))
Y = np.arange(8) % 2
FAMILIES = (
    gn.activations.Activation,
    gn.Loss,
    gn.Initializer,
    gn.UpdateRule,
    gn.Penalty,
    Clip,
    gn.Schedule,
    Average,
    gn.Metric,
    gn.Layer,
)


class Odd:
    """An object that nothing knows, and that cannot be shown."""

    def __repr__(self) -> str:
        raise RuntimeError("no")


class Empty:
    """An object with a length and without anything else."""

    def __len__(self) -> int:
        return 0


VALUES: dict[str, Any] = {
    "None": None,
    "True": True,
    "False": False,
    "0": 0,
    "1": 1,
    "-1": -1,
    "2.0": 2.0,
    "0.5": 0.5,
    "nan": float("nan"),
    "inf": float("inf"),
    "-inf": float("-inf"),
    "1e308": 1e308,
    "2**31": 2**31,
    "2**62": 2**62,
    "2**64": 2**64,
    "10**400": 10**400,
    "-(10**400)": -(10**400),
    "10**5000": 10**5000,
    "1j": 1j,
    "Fraction": Fraction(1, 3),
    "empty text": "",
    "text": "yes",
    "long text": "a" * 10**5,
    "surrogate": "\ud800",
    "bytes": b"adam",
    "[]": [],
    "[None]": [None],
    "[1, 2]": [1, 2],
    "()": (),
    "(1,)": (1,),
    "[10**400]": [10**400],
    "['a']": ["a"],
    "nested": [[1], [2, 3]],
    "{}": {},
    "mapping": {"name": "adam"},
    "odd mapping": {"name": 3},
    "mapping of a list": {"name": ["adam"]},
    "set": {1},
    "type": int,
    "class": gn.Adam,
    "function": len,
    "odd": Odd(),
    "empty": Empty(),
    "dtype": np.dtype("float64"),
    "nothing": np.zeros(0),
    "vector": np.zeros(3),
    "matrix": np.zeros((2, 2)),
    "0-d": np.array(0.5),
    "float32": np.float32(0.5),
    "int8": np.int8(1),
    "longdouble": np.longdouble(1),
    "texts": np.array(["a", "b"]),
    "objects": np.array([None, 10**400], object),
    "dates": np.zeros(3, "M8[D]"),
    "complex": np.zeros(8, complex),
    "NaT": np.datetime64("NaT"),
    "masked": np.ma.masked_all(8),
    "structured": np.zeros(8, [("a", int)]),
    "layer": gn.Dense(1),
    "range": range(3),
    "generator": iter([]),
    "path": "/dev/null/a",
    "null": "a\0b",
}


def network(engine: str = "auto") -> gn.Network:
    return gn.Network([gn.Dense(4, "tanh"), gn.Dense(2, "softmax")], engine=engine).build(3, seed=0)


def fit(engine: str, **given: Any) -> Any:
    more: dict[str, Any] = {"X": X, "y": Y, "loss": "cross_entropy", "epochs": 1, "seed": 0} | given
    return network(engine).fit(more.pop("X"), more.pop("y"), **more)


def started(engine: str, **given: Any) -> Any:
    more: dict[str, Any] = {"X": X, "y": Y, "loss": "cross_entropy", "epochs": 1, "seed": 0} | given
    return next(iter(network(engine).training(more.pop("X"), more.pop("y"), **more)))


def with_odd(call: Any, name: str, odd: Any) -> str | None:
    """What is wrong with how a call answers to an odd argument; None where it works or says one sentence."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            call(**{name: odd})
    except (gn.GlassnetError, NotImplementedError) as error:
        said = str(error)
        if not said or len(said) > LONGEST or "\n" in said:
            return f"{name}: {type(error).__name__} of {len(said)} characters: {said[:200]!r}"
    except BaseException as error:
        return f"{name}: {type(error).__name__}: {str(error)[:160]}"
    return None


def faults(call: Any, names: Any, leave: Any = ()) -> list[str]:
    """All that is wrong with how a call answers to odd values of its arguments."""
    values = {label: odd for label, odd in VALUES.items() if label not in leave}
    found = [(label, with_odd(call, name, odd)) for name in names for label, odd in values.items()]
    return [f"{label} as {wrong}" for label, wrong in found if wrong]


TRAINING = [p.name for p in inspect.signature(gn.Network.training).parameters.values() if p.name != "self"]


@pytest.mark.parametrize("name", [*TRAINING, "listeners", "verbose"])
@pytest.mark.parametrize("engine", ENGINES)
def test_odd_arguments_of_fit(engine, name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert (
        faults(lambda **given: fit(engine, **given), [name], {"text", "long text"} if name == "checkpoint" else ())
        == []
    )


@pytest.mark.once
@pytest.mark.parametrize("name", TRAINING)
def test_odd_arguments_of_training(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert faults(lambda **given: started("numpy", **given), [name]) == []


@pytest.mark.once
def test_odd_arguments_of_a_network():
    def make(**given: Any) -> Any:
        return gn.Network(**{"layers": [gn.Dense(2)], **given}).build(3)

    def build(**given: Any) -> Any:
        return gn.Network([gn.Dense(2)]).build(**{"input_shape": 3, **given})

    def looking(**given: Any) -> Any:
        return gn.Network([gn.Dense(2, weights="unit_variance")]).build(3, seed=0, **given)

    assert faults(make, ["layers", "dtype", "engine"]) == []
    assert faults(build, ["input_shape", "seed", "X"], {"2**31"}) == []
    assert faults(looking, ["X"]) == []


@pytest.mark.parametrize("engine", ENGINES)
def test_odd_arguments_of_predictions(engine):
    net = network(engine)
    net.fit(X, Y, loss="cross_entropy", epochs=1)
    predictor = net.predictor()
    assert faults(lambda **given: net.predict(**given), ["X"]) == []
    assert faults(lambda x: predictor(x), ["x"]) == []
    names = ["X", "y", "loss", "metrics", "sample_weight", "class_weight"]
    assert faults(lambda **given: net.evaluate(**{"X": X, "y": Y, **given}), names) == []


CONSTRUCTED = [
    (kind, name)
    for family in FAMILIES
    for kind in family.registry.values()
    if kind.__module__.startswith("glassnet.")
    for name, p in inspect.signature(kind).parameters.items()
    if p.kind is not p.VAR_POSITIONAL
]
REST = {"activation": "tanh", "units": 2, "layers": [gn.Dense(1)], "value": 0.1, "schedule": 0.1}
REST |= {"categories": 3, "dimensions": 2, "learning_rate_factor": 0.1, "inner": gn.Tanh()}


@pytest.mark.once
@pytest.mark.parametrize(
    ("kind", "name"), CONSTRUCTED, ids=lambda given: given if isinstance(given, str) else given.__name__
)
def test_odd_arguments_of_what_is_described(kind, name):
    parameters = inspect.signature(kind).parameters.values()
    rest = {p.name: REST[p.name] for p in parameters if p.default is p.empty and p.name != name and p.name in REST}

    def make(**given: Any) -> Any:
        made = kind(**rest, **given)
        repr(made), hash(made), made.describe()
        if isinstance(made, gn.Layer):
            gn.Network([made]).build(3, seed=0)
        return made

    assert faults(make, [name], {"2**31", "2**62"}) == []


def looked_at(given: dict[str, Any]) -> dict[str, Any]:
    return {"net": network(), "X": X, "y": Y, "loss": "cross_entropy", **given}


OTHERS: dict[str, tuple[Any, list[str]]] = {
    "EarlyStopping": (gn.EarlyStopping, ["metric", "patience", "min_delta", "restore_best", "ties"]),
    "MaxTime": (gn.MaxTime, ["seconds"]),
    "Target": (lambda **given: gn.Target(**{"metric": "loss", "value": 0.1, **given}), ["metric", "value"]),
    "StopAfter": (gn.StopAfter, ["epoch"]),
    "Chain": (lambda one: gn.Network([gn.Chain(one)]).build(3), ["one"]),
    "Residual": (lambda one: gn.Network([gn.Residual(one)]).build(3), ["one"]),
    "Columns": (lambda one: gn.Network([gn.Columns(one)]).build(3), ["one"]),
    "a part of Columns": (
        lambda one: gn.Network([gn.Columns((one, gn.Dense(1)), ([1, 2], gn.Dense(1)))]).build(3),
        ["one"],
    ),
    "a layer of Columns": (lambda one: gn.Network([gn.Columns(([0, 1, 2], one))]).build(3), ["one"]),
    "Blocks": (
        lambda **given: gn.Blocks(**{"make": lambda: iter([(X, Y)]), **given}),
        ["make", "n_rows", "block_rows", "ahead", "keep_in"],
    ),
    "split": (lambda **given: gn.split(**{"data": gn.datasets.iris(), **given}), ["data", "test", "stratify", "seed"]),
    "check_gradient": (lambda **given: gn.check_gradient(**looked_at(given)), ["net", "X", "y", "loss"]),
    "trace": (lambda **given: gn.trace(**looked_at(given)), ["net", "X", "y", "loss", "optimizer"]),
    "diagnose": (
        lambda **given: gn.diagnose(**looked_at(given)),
        ["X", "y", "loss", "optimizer", "sample_weight", "held_out", "names", "seed"],
    ),
    "Recipe": (gn.Recipe, [*inspect.signature(gn.Recipe).parameters]),
}


@pytest.mark.once
@pytest.mark.parametrize("name", OTHERS)
def test_odd_arguments_of_the_rest(name):
    call, names = OTHERS[name]
    known = [
        n for n in names if n in inspect.signature(call).parameters or "given" in inspect.signature(call).parameters
    ]
    assert faults(call, known) == []
