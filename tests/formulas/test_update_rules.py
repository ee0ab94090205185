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


RATES = {"sgd": 0.1, "momentum": 0.02, "nesterov": 0.02, "momentum_of_steps": 0.02,
         "nesterov_of_steps": 0.02, "adagrad": 0.5, "rmsprop": 0.01, "adam": 0.05, "adamw": 0.05,
         "adam_epsilon_hat": 0.05, "nadam": 0.05, "lion": 0.01}  # fmt: skip


@pytest.mark.parametrize("name", RULES)
def test_finds_the_bottom_of_a_parabola(name):
    rule = type(UpdateRule.of(name))(learning_rate=RATES[name])
    assert np.abs(run(rule, parabola, [1.0, -2.0], 800)[-1]).max() < 0.02


@pytest.mark.parametrize(
    "rule",
    [gn.Adam(0.02), gn.Nadam(0.02), gn.Nesterov(5e-4), gn.NesterovOfSteps(5e-4), gn.Momentum(5e-4), gn.RMSProp(5e-4)],
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


@pytest.mark.parametrize("kind", [gn.Nesterov, gn.NesterovOfSteps])
def test_nesterov_is_the_textbook_sequence_that_looks_ahead(kind):
    rate, mu = 0.1, 0.9
    theta, v, looking = 1.0, 0.0, []
    for _ in range(6):
        v = mu * v - rate * 2 * (theta + mu * v)  # the gradient of θ² where the momentum leads
        theta = theta + v
        looking.append(theta + mu * v)
    path = run(kind(rate, mu), parabola, [1.0], 6)[:, 0]
    np.testing.assert_allclose(path, looking, rtol=1e-12)


def test_nesterov_by_hand():
    # f = p², rate 0.1, μ 0.9:  v = 2, p = 1 − 0.1 (2 + 1.8) = 0.62;
    # v = 1.8 + 1.24 = 3.04, p = 0.62 − 0.1 (1.24 + 2.736)
    for rule in (gn.Nesterov(0.1, 0.9), gn.NesterovOfSteps(0.1, 0.9)):
        np.testing.assert_allclose(run(rule, parabola, [1.0], 2)[:, 0], [0.62, 0.2224], rtol=1e-12)
    for plain in (gn.Momentum(0.1, 0.9), gn.MomentumOfSteps(0.1, 0.9)):
        np.testing.assert_allclose(run(plain, parabola, [1.0], 2)[:, 0], [0.8, 0.46], rtol=1e-12)


def torch_sgd(p, gradients, rates, mu, nesterov):
    """PyTorch's SGD with momentum, as its documentation has it; the buffer begins as the first gradient."""
    buffer, path = None, []
    for g, rate in zip(gradients, rates, strict=True):
        buffer = g.copy() if buffer is None else mu * buffer + g
        p = p - rate * (g + mu * buffer if nesterov else buffer)
        path.append(p)
    return np.array(path)


def keras_sgd(p, gradients, rates, mu, nesterov):
    """Keras's SGD with momentum, which is scikit-learn's too."""
    velocity, path = 0.0, []
    for g, rate in zip(gradients, rates, strict=True):
        velocity = mu * velocity - rate * g
        p = p + (mu * velocity - rate * g if nesterov else velocity)
        path.append(p)
    return np.array(path)


CONVENTIONS = [
    (gn.Momentum, torch_sgd, False),
    (gn.MomentumOfSteps, keras_sgd, False),
    (gn.Nesterov, torch_sgd, True),
    (gn.NesterovOfSteps, keras_sgd, True),
]


@pytest.mark.parametrize(("kind", "theirs", "nesterov"), CONVENTIONS)
def test_a_rate_that_changes_acts_on_the_velocity_as_in_the_library_that_the_docstring_names(kind, theirs, nesterov):
    gradients, rates = np.random.default_rng(0).normal(size=(20, 3)), np.geomspace(0.5, 0.005, 20)
    rule, p, v, path = kind(0.1, momentum=0.8), np.ones(3), np.zeros(3), []
    for t, (g, rate) in enumerate(zip(gradients, rates, strict=True), 1):
        p, v = rule.update(p, g.copy(), t, rate, v)
        path.append(p.copy())
    np.testing.assert_allclose(path, theirs(np.ones(3), gradients, rates, 0.8, nesterov), rtol=1e-10)
    other = keras_sgd if theirs is torch_sgd else torch_sgd
    assert not np.allclose(path, other(np.ones(3), gradients, rates, 0.8, nesterov), rtol=1e-3)


@pytest.mark.parametrize(("kind", "theirs", "nesterov"), CONVENTIONS)
def test_a_schedule_acts_on_a_network_as_in_the_library_that_the_docstring_names(kind, theirs, nesterov):
    """On both engines: the gradient of the sum of outputs is that of its inputs, whatever the weights are."""
    X = np.random.default_rng(1).normal(size=(12, 2))
    net = gn.Network([gn.Dense(1, weights="zeros", bias=False)], dtype="float64").build(2)
    rule = kind(gn.Step(0.2, factor=0.1, every=3), momentum=0.7)
    far = gn.Huber(delta=1e-3)  # its slope is ±δ all the way
    net.fit(X, np.full(12, 1e6), loss=far, optimizer=rule, epochs=6, batch_size=12, shuffle=False)
    gradient, rates = -1e-3 * X.mean(axis=0), [0.2] * 3 + [0.02] * 3
    path = theirs(np.zeros(2), [gradient] * 6, rates, 0.7, nesterov)
    np.testing.assert_allclose(net.arrays["0.W"][:, 0], path[-1], rtol=1e-9)


@pytest.mark.parametrize("psi", [0.004, 1.0])
def test_nadam_is_that_of_the_paper_with_a_product_of_momenta(psi):
    """PyTorch's NAdam with ψ = 0.004, Keras's with ψ = 1: the product of all μ in the corrections."""
    gradients, rate, product = np.random.default_rng(0).normal(size=(60, 3)), 0.01, 1.0
    p, m, v = np.ones(3), np.zeros(3), np.zeros(3)
    for t, g in enumerate(gradients, 1):
        mu, following = (0.9 * (1 - 0.5 * 0.96 ** (psi * k)) for k in (t, t + 1))
        product *= mu
        m, v = 0.9 * m + 0.1 * g, 0.99 * v + 0.01 * g * g
        ahead = following * m / (1 - product * following) + (1 - mu) * g / (1 - product)
        p = p - rate * ahead / (np.sqrt(v / (1 - 0.99**t)) + 1e-8)
    queue = iter(gradients)
    rule = gn.Nadam(rate, beta2=0.99, momentum_decay=psi)
    np.testing.assert_allclose(run(rule, lambda _: next(queue), np.ones(3), 60)[-1], p, rtol=1e-10)


def test_nadam_with_a_fast_decay_has_a_constant_momentum():
    gradients, p, m, v = np.random.default_rng(0).normal(size=(9, 2)), np.ones(2), np.zeros(2), np.zeros(2)
    for t, g in enumerate(gradients, 1):
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        ahead = 0.9 * m / (1 - 0.9 ** (t + 1)) + 0.1 * g / (1 - 0.9**t)
        p = p - 0.01 * ahead / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
    queue = iter(gradients)
    found = run(gn.Nadam(0.01, momentum_decay=1e6), lambda _: next(queue), np.ones(2), 9)
    np.testing.assert_allclose(found[-1], p, rtol=1e-10)


def test_first_steps_by_hand():
    g = 0.5  # the first step of Adam is the rate, whatever the gradient
    rules = {name: type(UpdateRule.of(name))(learning_rate=0.1) for name in RULES}
    first = {name: 1 - run(rule, lambda p: p * 0 + g, [1.0], 1)[0, 0] for name, rule in rules.items()}
    assert first["sgd"] == pytest.approx(0.05)
    assert first["momentum"] == pytest.approx(0.05)
    assert first["nesterov"] == pytest.approx(0.095)
    assert first["momentum_of_steps"] == pytest.approx(0.05)
    assert first["nesterov_of_steps"] == pytest.approx(0.095)
    assert first["adagrad"] == pytest.approx(0.1)
    assert first["rmsprop"] == pytest.approx(0.1 / 0.1**0.5)
    assert first["adam"] == pytest.approx(0.1)
    mu, following = (0.9 * (1 - 0.5 * 0.96 ** (0.004 * t)) for t in (1, 2))
    assert first["nadam"] == pytest.approx(0.1 * (following * 0.1 / (1 - mu * following) + 1))
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
