"""An engine of one's own: whatever has the methods of `Engine` trains and predicts by its name."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import glassnet as gn
from glassnet.engine.engine import Engine
from glassnet.engine.job import Job, Samples
from glassnet.engine.numpy_engine import NumpyEngine
from glassnet.engine.objective import Objective
from glassnet.engine.passes import Passes
from glassnet.engine.plan import Plan
from glassnet.engine.selection import ENGINES, engine_of
from glassnet.formulas.elementary import Array


class Recording:
    """No child of any engine: it writes down what it is asked for, and asks another."""

    name = "recording"
    trains_side_by_side = False
    trains_on_ranks = False

    def __init__(self) -> None:
        self.inner: Engine = NumpyEngine()
        self.asked: list[str] = []

    def describe(self) -> dict[str, Any]:
        return {"inner": self.inner.name}

    def prepare(self, job: Job) -> None:
        self.asked.append("prepare")
        self.inner.prepare(job)

    def epoch(self, job: Job, order: Array | None, rate: float) -> float:
        self.asked.append("epoch")
        return self.inner.epoch(job, order, rate)

    def epochs(self, job: Job, passes: Passes) -> int:
        self.asked.append("epochs")
        return self.inner.epochs(job, passes)

    def keys_a_batch(self, job: Job) -> int | None:
        return self.inner.keys_a_batch(job)

    def gradient(self, job: Job) -> float:
        self.asked.append("gradient")
        return self.inner.gradient(job)

    def predict(self, plan: Plan, X: Array, out: Array) -> bool:
        self.asked.append("predict")
        return self.inner.predict(plan, X, out)

    def row_predictor(self, plan: Plan) -> Callable[[Array, Array], bool]:
        self.asked.append("row_predictor")
        return self.inner.row_predictor(plan)

    def evaluate(self, plan: Plan, data: Samples, objective: Objective, out: Array) -> float:
        self.asked.append("evaluate")
        return self.inner.evaluate(plan, data, objective, out)


@pytest.fixture
def recording() -> Iterator[Recording]:
    engine = Recording()
    ENGINES["recording"] = lambda: engine
    yield engine
    del ENGINES["recording"]


X, Y = np.linspace(-1, 1, 24).reshape(12, 2), np.linspace(0, 1, 12)


def trained(engine: str, **how: Any) -> tuple[gn.Network, gn.History]:
    net = gn.Network([gn.Dense(3, "tanh"), gn.Dense(1)], engine=engine)
    return net, net.fit(X, Y, loss="squared_error", epochs=2, seed=0, **how)


def test_whatever_has_the_methods_is_an_engine(recording: Recording) -> None:
    net, history = trained("recording", validation=0.25)
    assert recording.asked == ["prepare", "epochs", "epochs", "prepare"]
    assert history.about["environment"]["engine"] == "recording"
    assert history.about["environment"]["inner"] == "numpy"
    reference, _ = trained("numpy", validation=0.25)
    assert np.array_equal(net.predict(X), reference.predict(X))
    net.predictor()(X[0])
    net.evaluate(X, Y)
    assert recording.asked[4:] == ["predict", "row_predictor", "evaluate"]


def test_l_bfgs_asks_it_for_gradients(recording: Recording) -> None:
    pytest.importorskip("scipy")
    trained("recording", optimizer="lbfgs")
    assert set(recording.asked) == {"gradient"}


def test_several_networks_train_one_after_the_other_where_an_engine_says_so(recording: Recording) -> None:
    nets = [gn.Network([gn.Dense(1)], engine=name) for name in ("recording", "numpy")]
    gn.train_many(nets, X, Y, loss="squared_error", epochs=1)
    assert recording.asked == ["prepare", "epochs", "prepare"]


def test_its_name_is_known_while_it_is_entered(recording: Recording) -> None:
    assert engine_of("recording") is recording
    with pytest.raises(gn.UnknownName, match="Did you mean 'recording'"):
        gn.Network([gn.Dense(1)], engine="recordin")


def test_the_compiled_engine_leaves_to_another_what_it_cannot_compile(recording: Recording) -> None:
    pytest.importorskip("numba")
    from glassnet.engine.compiled.engine import CompiledEngine

    class Bare(gn.Layer):
        def forward(self, s: Any) -> None:
            s.A[...] = s.X

        def backward(self, s: Any) -> None:
            if s.dX is not None:
                s.dX[...] = s.dA

    ENGINES["both"] = lambda: CompiledEngine(fallback=recording)
    net = gn.Network([gn.Dense(3), Bare(), gn.Dense(1)], engine="both")
    with pytest.warns(RuntimeWarning, match="Bare has no lowering for the compiled engine"):
        net.fit(X, Y, loss="squared_error", epochs=1, seed=0)
        net.predict(X)
        net.predictor()(X[0])
        net.evaluate(X, Y)
    del ENGINES["both"]
    assert recording.asked == ["prepare", "epochs", "prepare", "predict", "row_predictor", "evaluate"]
