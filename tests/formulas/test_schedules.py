"""Schedules are formulas of the position in a training, for one position and for many."""

import itertools
import json
from typing import Any

import numpy as np
import pytest

import glassnet as gn
from glassnet.formulas.registry import Named
from glassnet.formulas.schedules import NOTHING_YET, Schedule

EXAMPLES: dict[str, Schedule] = {
    "constant": gn.ConstantSchedule(0.3),
    "step": gn.Step(0.3, factor=0.5, every=3),
    "exponential": gn.ExponentialDecay(0.3, factor=0.8),
    "cosine": gn.Cosine(0.3, final=0.01, period=2.5, growth=1.5),
    "flat_cosine": gn.FlatCosine(0.3, final=0.01, flat=0.25),
    "cosine_log": gn.CosineLog(0.3, cycles=3),
    "one_cycle": gn.OneCycle(0.3),
    "warm_up": gn.WarmUp(gn.Cosine(0.3), epochs=2.5),
    "reduce_on_plateau": gn.ReduceOnPlateau(0.3, minimum=0.05),
}
T = 10


def of_glassnet():
    return {name for name, kind in Schedule.registry.items() if kind.__module__.startswith("glassnet.")}


def test_every_schedule_has_an_example():
    assert of_glassnet() == set(EXAMPLES)


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_schedule_is_the_same_for_one_position_and_for_many_and_stays_between_its_extremes(name):
    schedule, positions = EXAMPLES[name], np.linspace(0, T, 41)
    for drops in (0, 2):
        many = schedule.at(positions, T, drops)
        assert many.shape == positions.shape
        assert [float(schedule.at(t, T, drops)) for t in positions.tolist()] == pytest.approx(many.tolist(), abs=1e-15)
        assert many.max() <= max(schedule.extremes()) + 1e-12
        assert many.min() >= 0


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_schedule_is_its_description(name):
    schedule = EXAMPLES[name]
    assert Schedule.of(json.loads(json.dumps(schedule.describe()))) == schedule
    rule = gn.Momentum(schedule, momentum=schedule)
    assert type(rule).of(json.loads(json.dumps(rule.describe()))) == rule


def test_cosine_is_half_a_wave_over_the_training():
    t = np.arange(11)
    expected = 0.1 + 0.5 * (0.5 - 0.1) * (1 + np.cos(np.pi * t / 10))
    np.testing.assert_allclose(gn.Cosine(0.5, final=0.1).at(t, 10), expected)


def test_cosine_restarts_after_periods_that_grow():
    schedule = gn.Cosine(1.0, period=3, growth=2)
    begins = [0, 3, 9, 21, 45, 93]
    np.testing.assert_allclose(schedule.at(np.array(begins)), 1.0, atol=1e-6)
    middles = [(a + b) / 2 for a, b in itertools.pairwise(begins)]
    np.testing.assert_allclose(schedule.at(np.array(middles)), 0.5, atol=1e-6)
    np.testing.assert_allclose(gn.Cosine(1.0, period=4).at(np.array([0, 2, 4, 6])), [1, 0.5, 1, 0.5])


def test_flat_cosine_falls_from_where_it_is_told():
    t = np.arange(11)
    expected = np.where(t < 6, 0.5, 0.1 + 0.2 * (1 + np.cos(np.pi * (t - 6) / 4)))
    np.testing.assert_allclose(gn.FlatCosine(0.5, final=0.1, flat=0.6).at(t, 10), expected)
    np.testing.assert_allclose(gn.FlatCosine(0.5, flat=0.0).at(t, 10), gn.Cosine(0.5).at(t, 10))


def test_cosine_log_is_coslog4_and_its_waves_double():
    t = np.linspace(0, 1, 101)
    expected = 0.04 * 0.5 * (1 - np.cos(2 * np.pi * np.log2(1 + 15 * t)))
    np.testing.assert_allclose(gn.CosineLog(0.04).at(256 * t, 256), expected, atol=1e-15)
    np.testing.assert_allclose(gn.CosineLog(1.0, cycles=2).at(np.array([0, 1, 3]), 3), 0, atol=1e-15)


def test_one_cycle_begins_at_a_25th_peaks_after_three_tenths_and_ends_near_0():
    found = gn.OneCycle(1.0).at(np.array([0, 1.5, 3, 6.5, 10]), 10)
    np.testing.assert_allclose(found, [0.04, 0.52, 1.0, 0.5 * (1 + 4e-6), 4e-6])
    down = gn.OneCycle(0.85, start=0.95, final=0.95).at(np.array([0, 3, 10]), 10)
    np.testing.assert_allclose(down, [0.95, 0.85, 0.95])


def test_a_warm_up_rises_to_where_its_schedule_begins_and_shifts_it():
    schedule = gn.WarmUp(gn.Cosine(1.0), epochs=2, start=0)
    np.testing.assert_allclose(schedule.at(np.array([0, 1, 2, 6, 10]), 10), [0, 0.5, 1, 0.5, 0], atol=1e-12)
    assert gn.WarmUp(0.1).schedule == gn.ConstantSchedule(0.1)


def drops_after(schedule, values):
    watch, drops = NOTHING_YET, []
    for value in values:
        watch = schedule.observe(watch, value)
        drops.append(int(watch[2]))
    return drops


def test_a_plateau_is_so_many_epochs_without_a_better_value():
    schedule = gn.ReduceOnPlateau(1.0, patience=2, min_delta=0.1)
    assert drops_after(schedule, [5, 4, 3.95, 3.95, 3.92, 3.92, 2, 3, 3]) == [0, 0, 0, 1, 1, 2, 2, 2, 3]
    assert drops_after(gn.WarmUp(schedule), [1, 1, 1]) == [0, 0, 1]
    upward = gn.ReduceOnPlateau(1.0, patience=1, mode="max")
    assert drops_after(upward, [0.5, 0.6, 0.6]) == [0, 0, 1]
    assert gn.ReduceOnPlateau(1.0, factor=0.1, minimum=0.05).at(3.0, None, 2) == 0.05


def keras_plateau(values, patience, min_delta):
    """How often Keras's ReduceLROnPlateau (without a cooldown) has lowered the rate after each epoch."""
    best, wait, drops, found = np.inf, 0, 0, []
    for value in values:
        if value < best - min_delta:
            best, wait = value, 0
        else:
            wait += 1
            if wait >= patience:
                drops, wait = drops + 1, 0
        found.append(drops)
    return found


def torch_plateau(values, patience, threshold):
    """The same of PyTorch's, with threshold_mode="abs"."""
    best, bad, drops, found = np.inf, 0, 0, []
    for value in values:
        if value < best - threshold:
            best, bad = value, 0
        else:
            bad += 1
        if bad > patience:
            drops, bad = drops + 1, 0
        found.append(drops)
    return found


@pytest.mark.parametrize("patience", [1, 2, 5])
def test_patience_is_that_of_keras_and_one_more_than_that_of_pytorch(patience):
    values = (1 + np.random.default_rng(patience).normal(0, 0.1, 60).cumsum() * 0.1).tolist()
    found = drops_after(gn.ReduceOnPlateau(1.0, patience=patience, min_delta=0.02), values)
    assert found == keras_plateau(values, patience, 0.02) == torch_plateau(values, patience - 1, 0.02)
    assert found != torch_plateau(values, patience, 0.02)


def test_the_phases_of_one_cycle_are_those_of_fastai_and_a_step_longer_than_those_of_pytorch():
    N, top, start, end = 40, 0.2, 0.2 / 25, 0.2 / 250_000

    def wave(a, b, share):
        return a + (b - a) * (1 - np.cos(np.pi * share)) / 2

    found = gn.OneCycle(top).at(np.arange(N) / 4, N / 4)  # four steps an epoch
    fastai = [wave(start, top, k / N / 0.3) if k / N < 0.3 else wave(top, end, (k / N - 0.3) / 0.7) for k in range(N)]
    np.testing.assert_allclose(found, fastai, rtol=1e-9)
    peak, last = 0.3 * N - 1, N - 1
    pytorch = [
        wave(start, top, k / peak) if k <= peak else wave(top, end, (k - peak) / (last - peak)) for k in range(N)
    ]
    assert int(np.argmax(pytorch)) == int(np.argmax(found)) - 1
    assert pytorch[-1] == pytest.approx(end) and found[-1] > end


def ANY(value: Any) -> Any:
    """What type checkers take for anything."""
    return value


REFUSED = {
    "no schedule": (
        lambda: gn.Adam(gn.ReLU()),
        "Adam: `learning_rate` must be a finite number or a schedule, got ReLU",
    ),
    "a negative rate": (
        lambda: gn.Adam(gn.Cosine(-1.0)),
        "Adam: `learning_rate` must be a number of at least 0, got Co",
    ),
    "a rate of dropout of 1": (
        lambda: gn.Dropout(gn.Step(1.0)),
        "Dropout: `rate` must be a number in [0, 1), got Step",
    ),
    "a momentum above 1": (
        lambda: gn.Momentum(0.1, gn.OneCycle(0.9, start=1.2)),
        "must be a number in [0, 1), got One",
    ),
    "an unknown name": (
        lambda: gn.SGD({"name": "cosin", "value": 1}),
        "unknown schedule 'cosin'. Did you mean 'cosine'?",
    ),
    "a field with none": (
        lambda: gn.Huber(ANY(gn.Step(1.0))),
        "Huber: `delta` must be a finite number, got Step(value=1",
    ),
    "all of it flat": (lambda: gn.FlatCosine(1.0, flat=1.0), "FlatCosine: `flat` must be a number in [0, 1), got 1.0."),
    "no waves": (lambda: gn.CosineLog(1.0, cycles=0), "CosineLog: `cycles` must be a positive number, got 0."),
    "a factor above 1": (lambda: gn.Step(1.0, factor=2), "Step: `factor` must be a number in (0, 1), got 2."),
    "growth alone": (lambda: gn.Cosine(1.0, growth=2), "Cosine: `growth` needs a `period`: set both"),
    "shrinking": (lambda: gn.Cosine(1.0, period=2, growth=0.5), "Cosine: `growth` must be a number of at least 1"),
    "warm-up from above": (lambda: gn.WarmUp(1.0, start=2), "WarmUp: `start` must be a share in [0, 1]"),
    "another mode": (
        lambda: gn.ReduceOnPlateau(1.0, mode=ANY("least")),
        "ReduceOnPlateau: `mode` must be 'min' or 'max'",
    ),
    "a start of text": (lambda: gn.OneCycle(1.0, start="low"), "OneCycle: `start` must be a finite number, got 'low'."),
    "a monitor that is no name": (
        lambda: gn.ReduceOnPlateau(1.0, monitor=ANY(3)),
        "`monitor` must be a string, got 3",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_is_refused(what):
    make, said = REFUSED[what]
    with pytest.raises(gn.InvalidInput) as error:
        make()
    assert said in str(error.value)


def test_a_schedule_that_says_no_formula_says_so():
    with pytest.raises(NotImplementedError, match="must define at"):
        Schedule().at(0.0)
    assert issubclass(Schedule, Named)
