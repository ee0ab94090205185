"""Large batches on the NumPy engine: two halves on two threads give the numbers of the whole, whoever computes them."""

from typing import Any

import numpy as np
import pytest

import glassnet as gn
from glassnet.engine.job import Job, Samples
from glassnet.engine.layout import Layout
from glassnet.engine.machine import threads
from glassnet.engine.numpy_engine import NumpyEngine
from glassnet.engine.numpy_steps import halves, update
from glassnet.engine.numpy_steps.passes import Whole
from glassnet.engine.plan import Plan
from glassnet.formulas.elementary import Array

RNG = np.random.default_rng(0)
X, Y, WEIGHTS = RNG.normal(size=(101, 4)), RNG.normal(size=(101, 2)), RNG.uniform(0.5, 2.0, 101)
LAYERS = [gn.Dense(8, "tanh"), gn.LayerNorm(), gn.Residual(gn.Dense(8, "prelu")), gn.Dense(2, learning_rate_factor=0.5)]


@pytest.fixture(autouse=True)
def small_batches_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(halves, "WORTH", 1)
    monkeypatch.setattr(halves, "PIECE", 50)
    monkeypatch.setattr(update, "WORTH", 1)


def job_of(layers: Any = LAYERS, weights: Array | None = None, **how: Any) -> Job:
    layout = Layout(layers, (4,))
    plan = Plan(layout, layout.draw(np.random.default_rng(1), np.dtype("float64")), 101)
    return Job(plan, Samples(X, Y, weights), gn.SquaredError(), gn.Adam(0.01), **how)


def parts_of(job: Job) -> tuple[float, Array]:
    """(the loss, the gradient) of one pass over the rows."""
    return NumpyEngine().gradient(job), job.plan.gradients.copy()


@pytest.mark.parametrize("weights", [None, WEIGHTS])
def test_halves_give_the_gradient_of_the_whole(weights: Array | None) -> None:
    job = job_of(weights=weights, outputs=np.empty((101, 2)))
    loss, gradient = parts_of(job)
    assert job.made["numpy"][1] is not None
    summed, divisor = Whole(job.plan).both(job.data, job.objective)
    assert loss == pytest.approx(summed / divisor, rel=1e-12)
    np.testing.assert_allclose(gradient, job.plan.gradients, rtol=1e-9, atol=1e-14)
    assert job.outputs is not None
    np.testing.assert_allclose(job.outputs, job.plan.steps(101)[-1].slices.A, rtol=1e-12)


def test_the_number_of_threads_changes_no_bit() -> None:
    trained = []
    for n in (1, 2, 16):
        job = job_of(averaging=gn.MovingAverage(0.9))
        with threads.limited(n):
            for _ in range(3):
                NumpyEngine().epoch(job, np.random.default_rng(2).permutation(101), 0.01)
        trained.append((job.total.loss, job.plan.parameters.copy(), job.average.copy()))
    for other in trained[1:]:
        assert other[0] == trained[0][0]
        assert all(np.array_equal(a, b) for a, b in zip(other[1:], trained[0][1:], strict=True))


@pytest.mark.parametrize("every", [1, 2])
def test_training_takes_the_same_course(monkeypatch: pytest.MonkeyPatch, every: int) -> None:
    def losses() -> list[float]:
        net = gn.Network(LAYERS, dtype="float64", engine="numpy")
        how: Any = {"loss": "squared_error", "optimizer": "adam", "batch_size": 40, "accumulate": every}
        return net.fit(X, Y, epochs=5, seed=0, sample_weight=WEIGHTS, **how)["loss"]

    cut = losses()
    monkeypatch.setattr(halves, "WORTH", 2**62)
    np.testing.assert_allclose(cut, losses(), rtol=1e-9)


class Centred(gn.Layer):
    """A = X − the mean of all rows, which it does not say."""

    def forward(self, s: Any) -> None:
        s.A[...] = s.X - s.X.mean(axis=0)

    def backward(self, s: Any) -> None:
        if s.dX is not None:
            s.dX[...] = s.dA - s.dA.mean(axis=0)


@pytest.mark.parametrize("layer", [gn.BatchNorm(), gn.Dropout(0.5), gn.GaussianNoise(0.1), Centred()])
def test_layers_that_need_all_rows_get_them(layer: gn.Layer) -> None:
    job = job_of([gn.Dense(8, "tanh"), layer, gn.Dense(2)])
    job.plan.rng = np.random.default_rng(0)
    NumpyEngine().epoch(job, None, 0.01)
    assert job.made["numpy"][1] is None


def test_a_loss_that_is_not_finite_changes_nothing() -> None:
    job = job_of()
    job.data.Y[100, 1], before = np.inf, job.plan.parameters.copy()
    try:
        with pytest.raises(ArithmeticError):
            NumpyEngine().epoch(job, None, 0.01)
    finally:
        job.data.Y[100, 1] = 0.0
    assert np.array_equal(job.plan.parameters, before)
