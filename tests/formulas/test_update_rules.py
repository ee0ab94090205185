"""Update rules: hand-computed traces, the parabola, Rosenbrock's valley."""

import numpy as np
import pytest

import glassnet as gn
from glassnet.formulas.update_rules import UpdateRule

RULES = sorted(name for name in UpdateRule.registry if name != "lbfgs")


def run(rule, gradient, p, steps, dtype=np.float64):
    """The points that a rule visits."""
    rule, p = UpdateRule.of(rule), np.array(p, dtype)
    memory, path = [np.zeros_like(p) for _ in rule.memory], []
    for t in range(1, steps + 1):
        p, *memory = rule.update(p, gradient(p).astype(dtype), t, rule.learning_rate, *memory)
        path.append(p.copy())
    return np.array(path)


def parabola(p):
    return 2 * p


def rosenbrock(p):
    x, y = p
    return np.array([-2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x)])


RATES = {"sgd": 0.1, "momentum": 0.02, "nesterov": 0.02, "adagrad": 0.5, "rmsprop": 0.01, "adam": 0.05, "adamw": 0.05,
         "adam_epsilon_hat": 0.05, "nadam": 0.05, "lion": 0.01}  # fmt: skip


@pytest.mark.parametrize("name", RULES)
def test_finds_the_bottom_of_a_parabola(name):
    rule = type(UpdateRule.of(name))(learning_rate=RATES[name])
    assert np.abs(run(rule, parabola, [1.0, -2.0], 800)[-1]).max() < 0.02


@pytest.mark.parametrize(
    "rule", [gn.Adam(0.02), gn.Nadam(0.02), gn.Nesterov(5e-4), gn.Momentum(5e-4), gn.RMSProp(5e-4)]
)
def test_follows_the_valley_of_rosenbrock(rule):
    np.testing.assert_allclose(run(rule, rosenbrock, [-1.0, 1.0], 20000)[-1], [1, 1], atol=0.05)


@pytest.mark.parametrize("name", RULES)
def test_keeps_float32_and_the_gradient_and_holds_for_one_number_as_for_an_array(name):
    rule = UpdateRule.of(name)
    values = (1.0, 0.5, *[0.25] * len(rule.memory))
    p, g, *memory = (np.full(3, v, np.float32) for v in values)
    of_arrays = rule.update(p, g, 1, rule.learning_rate, *memory)
    of_numbers = rule.update(values[0], values[1], 1, rule.learning_rate, *values[2:])
    for array, number in zip(of_arrays, of_numbers, strict=True):
        assert array.dtype == np.float32
        np.testing.assert_allclose(array, number, rtol=1e-6)
    np.testing.assert_array_equal(g, np.float32(0.5))


def test_nesterov_is_the_textbook_sequence_that_looks_ahead():
    rate, mu = 0.1, 0.9
    theta, v, looking = 1.0, 0.0, []
    for _ in range(6):
        v = mu * v - rate * 2 * (theta + mu * v)  # the gradient of θ² where the momentum leads
        theta = theta + v
        looking.append(theta + mu * v)
    path = run(gn.Nesterov(rate, mu), parabola, [1.0], 6)[:, 0]
    np.testing.assert_allclose(path, looking, rtol=1e-12)


def test_nesterov_by_hand():
    # f = p², rate 0.1, μ 0.9:  v = −0.2, p = 1 − 0.18 − 0.2 = 0.62;
    # v = −0.18 − 0.124 = −0.304, p = 0.62 − 0.2736 − 0.124
    np.testing.assert_allclose(run(gn.Nesterov(0.1, 0.9), parabola, [1.0], 2)[:, 0], [0.62, 0.2224], rtol=1e-12)
    plain = run(gn.Momentum(0.1, 0.9), parabola, [1.0], 2)[:, 0]
    np.testing.assert_allclose(plain, [0.8, 0.46], rtol=1e-12)


def test_first_steps_by_hand():
    g = 0.5  # the first step of Adam is the rate, whatever the gradient
    rules = {name: type(UpdateRule.of(name))(learning_rate=0.1) for name in RULES}
    first = {name: 1 - run(rule, lambda p: p * 0 + g, [1.0], 1)[0, 0] for name, rule in rules.items()}
    assert first["sgd"] == pytest.approx(0.05)
    assert first["momentum"] == pytest.approx(0.05)
    assert first["nesterov"] == pytest.approx(0.095)
    assert first["adagrad"] == pytest.approx(0.1)
    assert first["rmsprop"] == pytest.approx(0.1 / 0.1**0.5)
    assert first["adam"] == pytest.approx(0.1)
    assert first["nadam"] == pytest.approx(0.1 * (0.9 * 0.1 / (1 - 0.81) + 0.1 / 0.1))
    assert first["lion"] == pytest.approx(0.1)


def test_the_epsilon_under_the_hat_is_added_before_the_correction():
    g, rate = 0.5, 0.1
    c1, c2 = 0.1, 0.001**0.5
    first = 1 - run(gn.AdamEpsilonHat(rate, epsilon=0.01), lambda p: p * 0 + g, [1.0], 1)[0, 0]
    assert first == pytest.approx(rate * c2 / c1 * 0.1 * g / (c2 * g + 0.01))


def test_adam_is_algorithm_1_of_the_paper():
    rng, rate = np.random.default_rng(0), 0.01
    gradients = rng.normal(size=(20, 3))
    p, m, v = np.ones(3), np.zeros(3), np.zeros(3)
    for t, g in enumerate(gradients, 1):
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        p = p - rate * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
    queue = iter(gradients)
    np.testing.assert_allclose(run(gn.Adam(rate), lambda _: next(queue), np.ones(3), 20)[-1], p, rtol=1e-10)


def test_weight_decay_of_adamw_acts_on_weights_and_not_on_biases():
    layers = [gn.Dense(2, weights=gn.Constant(1.0), biases=gn.Constant(1.0))]
    net = gn.Network(layers, dtype="float64").build(3)
    rule = gn.AdamW(0.1, weight_decay=0.5)
    net.fit(np.zeros((4, 3)), np.ones((4, 2)), loss="squared_error", optimizer=rule, epochs=1)  # the gradient is 0
    np.testing.assert_allclose(net.arrays["0.W"], 0.95)
    np.testing.assert_allclose(net.arrays["0.b"], 1.0)


@pytest.mark.parametrize("rate", [0, -1, float("nan"), float("inf"), "0.1", None, True])
def test_a_rate_that_is_no_positive_number_meets_one_sentence(rate):
    with pytest.raises(gn.InvalidInput, match=r"SGD: `learning_rate` must be a (positive|finite) number, got "):
        gn.SGD(rate)


def test_fields_out_of_range_meet_one_sentence():
    with pytest.raises(gn.InvalidInput, match=r"Adam: `beta2` must be a number in \[0, 1\), got 1"):
        gn.Adam(beta2=1)
    with pytest.raises(gn.InvalidInput, match=r"AdamW: `weight_decay` must be a number of at least 0, got -1"):
        gn.AdamW(weight_decay=-1)
    with pytest.raises(gn.UnknownName, match=r"unknown optimizer 'adan'. Did you mean 'adam'\?"):
        UpdateRule.of("adan")
