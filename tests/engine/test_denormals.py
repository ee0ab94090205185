"""Long runs: what an update rule remembers of units that died never becomes denormal, which would make it slow."""

import numpy as np
import pytest

import glassnet as gn
from glassnet.engine.job import Job, Samples
from glassnet.engine.layout import Layout
from glassnet.engine.plan import Plan
from glassnet.engine.selection import engine_of, installed
from glassnet.formulas.update_rules import UpdateRule

ENGINES = ["numpy", *(["compiled"] if installed("numba") and installed("scipy") else [])]
RULES = sorted(
    name
    for name, rule in UpdateRule.registry.items()
    if getattr(rule, "memory", ()) and rule.__module__.startswith("glassnet.")
)
STEPS = 256  # between two looks at the memory, which are not those steps at which an engine looks itself


def a_job_with_dead_units(rule: str, dtype: str, engine: str, width: int = 4, rows: int = 4 * (STEPS - 1)) -> Job:
    """Every hidden unit is off and has no gradient; the memory is as if it had had one."""
    layers = [gn.Dense(width, "relu", biases=gn.Constant(-100.0)), gn.Dense(1)]
    layout = Layout(layers, (3,))
    parameters = layout.draw(np.random.default_rng(0), np.dtype(dtype))
    data = Samples(np.ones((rows, 3), dtype), np.ones((rows, 1), dtype))
    job = Job(Plan(layout, parameters, 4), data, gn.SquaredError(), UpdateRule.of(rule))
    for memory in job.memory:
        memory[...] = 1e-3
    return job


SOME = ("adam", "momentum", "rmsprop")  # of those with one memory and with several
EACH = [rule if rule in SOME else pytest.param(rule, marks=pytest.mark.long) for rule in RULES]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("rule", EACH)
def test_the_memory_of_dead_units_never_holds_denormal_numbers(rule, engine, dtype):
    job, tiny, kept = a_job_with_dead_units(rule, dtype, engine), np.finfo(dtype).tiny, False
    for _ in range(20):
        engine_of(engine).epoch(job, None, 1e-6)
        for memory in job.memory:
            assert not ((memory != 0) & (np.abs(memory) < tiny)).any(), f"after {job.step} steps"
            kept = kept or bool(memory.any())
        assert np.isfinite(job.plan.parameters).all()
    assert job.step > 5000
    assert kept


@pytest.mark.parametrize("engine", ENGINES)
def test_the_average_of_parameters_that_are_0_never_holds_denormal_numbers(engine):
    data = Samples(np.ones((1020, 3), "f"), np.ones((1020, 1), "f"))
    plan = Plan(layout := Layout([gn.Dense(4, "relu"), gn.Dense(1)], (3,)), np.zeros(layout.n_parameters, "f"), 4)
    job = Job(plan, data, gn.SquaredError(), gn.SGD(), averaging=gn.MovingAverage(0.9))
    engine_of(engine).epoch(job, None, 1e-6)
    job.average[:12] = 1e-3  # of the first layer's weights, whose units are off
    for _ in range(8):
        engine_of(engine).epoch(job, None, 1e-6)
        assert not ((job.average != 0) & (np.abs(job.average) < np.finfo("f").tiny)).any()
    assert (job.average[:12] == 0).all() and job.average.any()


@pytest.mark.parametrize("engine", ENGINES)
def test_steps_are_counted_and_memory_is_cleaned_across_epochs(engine):
    """The step at which memory is cleaned is that of the run, not of the epoch."""
    job = a_job_with_dead_units("momentum", "float32", engine, rows=4 * 100)
    job.memory[0][...] = 1e-20
    for epoch in range(1, 4):
        engine_of(engine).epoch(job, None, 1e-6)
        assert job.step == 100 * epoch
        dead = job.memory[0][:12]  # of the first layer's weights
        assert (dead == 0).all() == (job.step > 256), job.step


@pytest.mark.parametrize("rule", EACH)
@pytest.mark.skipif("compiled" not in ENGINES, reason="the compiled engine is not installed")
def test_both_engines_remember_the_same_after_many_steps(rule):
    jobs = [a_job_with_dead_units(rule, "float64", engine, rows=4 * 1000) for engine in ENGINES]
    for engine, job in zip(ENGINES, jobs, strict=True):
        for _ in range(2):
            engine_of(engine).epoch(job, None, 1e-5)
    for ours, theirs in zip(jobs[0].memory, jobs[1].memory, strict=True):
        np.testing.assert_allclose(theirs, ours, rtol=1e-6, atol=1e-12)
