"""The plan: single vectors with views into them, ragged batches, and steps that allocate nothing."""

import gc
import itertools
import tracemalloc

import numpy as np
import pytest

import glassnet as gn
from glassnet.engine.changing import Changing
from glassnet.engine.job import Job, Samples
from glassnet.engine.layout import Layout
from glassnet.engine.numpy_engine import NumpyEngine
from glassnet.engine.plan import MOST_VALUES, Plan, PredictionPlans
from glassnet.formulas.update_rules import UpdateRule

LAYERS = [gn.Dense(6, "prelu"), gn.Residual(gn.Dense(5, "tanh"), gn.Dropout(0.2), gn.Dense(6)), gn.Dense(3, "softmax")]


def a_plan(n=8, layers=LAYERS, n_inputs=4, **more):
    layout, rng = Layout(layers, (n_inputs,)), np.random.default_rng(0)
    return Plan(layout, layout.draw(rng, np.dtype("float32")), n, rng=rng, **more)


def all_slices(steps):
    for step in steps:
        yield step.slices
        yield from all_slices(getattr(step.slices, "inner", []))


def allocated(work):
    """(bytes kept, bytes at the peak): the least of three times, as the test runner's own threads allocate as well."""
    found = []
    for _ in range(3):
        gc.collect()
        tracemalloc.start()
        work()
        found.append(tracemalloc.get_traced_memory())
        tracemalloc.stop()
    return tuple(map(min, zip(*found, strict=True)))


def test_every_array_of_a_layer_is_a_view_into_one_of_the_vectors():
    plan = a_plan()
    vectors = (plan.parameters, plan.gradients, plan.values, plan.value_gradients)
    owners = {"W": 0, "b": 0, "alpha": 0, "dW": 1, "db": 1, "dalpha": 1, "Z": 2, "A": 2, "mask": 2, "dZ": 3, "dA": 3}
    for s in all_slices(plan.steps(8)):
        for name, array in vars(s).items():
            if name in owners:
                assert np.shares_memory(array, vectors[owners[name]]), name


def test_no_two_arrays_overlap():
    plan = a_plan()
    for vector in (plan.parameters, plan.values):
        names = ("W", "b", "alpha") if vector is plan.parameters else ("Z", "A", "mask")
        arrays = {id(getattr(s, n)): getattr(s, n) for s in all_slices(plan.steps(8)) for n in names if hasattr(s, n)}
        distinct = {a.__array_interface__["data"][0]: a.size for a in arrays.values()}
        for array in arrays.values():
            array[...] = 0
        vector[...] = 0
        for array in arrays.values():
            array[...] += 1
        shared = len(arrays) - len(distinct)  # a linear layer's Z is its A
        assert vector.max() == (2 if shared else 1)


def test_each_layer_reads_what_the_one_before_wrote():
    steps = a_plan().steps(8)
    assert steps[0].slices.dX is None
    for before, after in itertools.pairwise(steps):
        assert after.slices.X is before.slices.A
        assert after.slices.dX is before.slices.dA


def test_steps_for_fewer_rows_are_contiguous_views_of_the_same_memory_made_once():
    plan = a_plan()
    few = plan.steps(3)
    assert plan.steps(3) is few
    for s in all_slices(few):
        assert s.A.shape[0] == 3
        assert s.A.flags.c_contiguous
        assert np.shares_memory(s.A, plan.values)


def test_a_plan_for_prediction_holds_no_gradients():
    plan = a_plan(training=False)
    assert plan.gradients.size == plan.value_gradients.size == 0


def test_pieces_cover_the_vector_once_and_keep_biases_apart_only_where_asked():
    layout = Layout([gn.Dense(400), gn.Dense(3)], (100,))
    for apart, count in [(False, 2), (True, 5)]:
        pieces = layout.pieces(apart, size=32768)
        assert [p.start for p, _ in pieces][1:] == [p.stop for p, _ in pieces][:-1]
        assert (pieces[0][0].start, pieces[-1][0].stop) == (0, layout.n_parameters)
        assert len(pieces) == count
        assert max(p.stop - p.start for p, _ in pieces) <= 32768
    assert [of.is_penalized for _, of in layout.pieces(apart=True, size=2**62)] == [True, False, True, False]
    factors = [
        gn.Dense(4, learning_rate_factor=2.0),
        gn.Dense(4, bias_learning_rate_factor=2.0),
        gn.Dense(3, learning_rate_factor=2.0),
    ]
    assert [of.learning_rate_factor for _, of in Layout(factors, (4,)).pieces(apart=False)] == [2.0, 1.0, 2.0, 1.0]


RULES = sorted(name for name in UpdateRule.registry if name != "lbfgs")


OFTEN = ("adamw", "sgd")  # which `make test` looks at


@pytest.mark.parametrize("rule", [*OFTEN, *(pytest.param(r, marks=pytest.mark.long) for r in RULES if r not in OFTEN)])
def test_a_step_allocates_nothing_after_the_first_of_its_shape(rule):
    """Only the temporaries of formulas, which are bounded by the size of a piece whatever the size of the batch."""
    n, width = 6000, 64
    layers = [gn.Dense(width, "tanh"), gn.Residual(gn.Dense(width, "relu"), gn.Dropout(0.1)), gn.Dense(2)]
    plan = a_plan(n, layers, 20)
    rng = np.random.default_rng(0)
    data = Samples(rng.normal(size=(n + 100, 20)).astype("f"), rng.normal(size=(n + 100, 2)).astype("f"))
    job = Job(plan, data, gn.SquaredError(), UpdateRule.of(rule), penalty=gn.L2(), clip=gn.ClipNorm())
    order, engine = np.arange(len(data)), NumpyEngine()
    engine.epoch(job, order, 1e-3)
    kept, peak = allocated(lambda: engine.epoch(job, order, 1e-3))
    piece = 32768 * 4
    assert kept < 4096  # Python's own small objects
    assert peak < 8 * piece < plan.values.nbytes / 5


def test_a_step_of_several_batches_with_an_average_and_schedules_allocates_no_more_than_pieces():
    layers = [gn.Dense(800, "tanh"), gn.Dense(800, "tanh"), gn.Dense(2)]
    rng = np.random.default_rng(0)
    data = Samples(rng.normal(size=(100, 400)).astype("f"), rng.normal(size=(100, 2)).astype("f"))
    rule = gn.SGD()
    changing = Changing([(rule, "learning_rate")])
    changing.table = np.full((4, 1), 1e-3)
    job = Job(
        a_plan(10, layers, 400), data, gn.SquaredError(), rule, changing=changing, accumulate=3,
        averaging=gn.MovingAverage(),
    )  # fmt: skip
    engine = NumpyEngine()
    engine.epoch(job, None, 1e-3)
    kept, peak = allocated(lambda: engine.epoch(job, None, 1e-3))
    assert kept < 4096
    assert peak < 2 * 4 * 65536 * 4 < job.plan.parameters.nbytes


@pytest.mark.parametrize("loss", [gn.CrossEntropy(), gn.SquaredError(), gn.BinaryCrossEntropy()], ids=str)
def test_a_loss_with_many_outputs_allocates_no_more_than_pieces(loss):
    n, width = 4096, 500
    plan = a_plan(n, [gn.Dense(width, loss.output_activation or "linear")], 3)
    rng = np.random.default_rng(0)
    Y = np.eye(width, dtype="f")[rng.integers(0, width, n)]
    job = Job(plan, Samples(rng.normal(size=(n, 3)).astype("f"), Y, np.ones(n, "f")), loss, gn.SGD())
    engine = NumpyEngine()
    engine.epoch(job, None, 1e-3)
    tracemalloc.start()
    engine.epoch(job, None, 1e-3)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2 * 16 * 16384 * 4 < Y.nbytes / 3  # each of two threads holds pieces


def test_slices_are_kept_for_a_few_sizes_only():
    plan = a_plan(100)
    for n in range(1, 100):
        plan.steps(n)
    assert len(plan._steps) <= 8


def test_what_a_rule_remembers_of_dead_units_never_becomes_denormal():
    layers = [gn.Dense(4, "relu", biases=gn.Constant(-100.0)), gn.Dense(1)]  # every hidden unit is off
    plan = a_plan(4, layers, 3)
    data = Samples(np.ones((4, 3), "f"), np.ones((4, 1), "f"))
    job, engine = Job(plan, data, gn.SquaredError(), gn.Adam()), NumpyEngine()
    job.memory[0][...] = job.memory[1][...] = 1e-3
    tiny, denormal = np.finfo(np.float32).tiny, 0
    for _ in range(2500):
        engine.epoch(job, None, 1e-3)
        denormal = max(denormal, *(int(((m != 0) & (np.abs(m) < tiny)).sum()) for m in job.memory))
    assert denormal == 0


@pytest.mark.parametrize("engine", ["numpy", pytest.param("compiled", marks=pytest.mark.long)])
def test_a_prediction_takes_fewer_rows_at_a_time_the_deeper_the_network(engine, monkeypatch):
    monkeypatch.setenv("GLASSNET_THREADS", "2")
    deep = [gn.Activation("relu") for _ in range(300)]
    net = gn.Network([*deep, gn.Residual(*deep), gn.Dense(2)], engine=engine).build(1000, seed=0)
    X = np.random.default_rng(0).normal(size=(300, 1000)).astype("f")
    net.predict(X[:1])
    gc.collect()
    tracemalloc.start()
    outputs = net.predict(X)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 400e6, "256 rows of 601 layers of 2000 numbers each are 2.5 GB in double precision"
    alone = np.concatenate([net.predict(X[k : k + 1]) for k in (0, 17, 299)])
    np.testing.assert_allclose(outputs[[0, 17, 299]], alone, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(("width", "n_layers", "rows"), [(4, 2, 16384), (300, 3, 256), (64, 9000, 7), (10**7, 1, 1)])
def test_rows_of_a_prediction_by_what_a_row_takes(width, n_layers, rows):
    layout = Layout([gn.Activation("relu")] * n_layers, (width,))
    plan = PredictionPlans().of(layout, layout.draw(np.random.default_rng(0), np.dtype("f")))
    assert plan.n_rows == rows and (rows == 1 or plan.values.size <= 1.1 * MOST_VALUES)
