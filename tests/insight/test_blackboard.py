"""What a trace shows is what was computed: every entry worked out comes to the number of the engine."""

import re

import numpy as np
import pytest

import glassnet as gn
from glassnet.formulas.activations import Activation
from glassnet.formulas.losses import Loss
from glassnet.formulas.update_rules import UpdateRule
from glassnet.insight.blackboard.step import page_of
from glassnet.insight.layer_trace import all_layers
from glassnet.insight.notation.numbers import value
from glassnet.insight.pages.pieces import Formula, Heading, Matrix, Worked
from glassnet.layers.layer import Layer

STEPS = [gn.Embedding(4, 2, weights=gn.Normal(0.0, 1.0), padding=3)]
LAYERS: dict[str, list] = {
    "dense": [gn.Dense(5, "relu")],
    "dense without bias": [gn.Dense(5, "tanh", bias=False)],
    "activation": [gn.Dense(5), gn.Activation("sigmoid")],
    "dropout": [gn.Dense(5, "tanh"), gn.Dropout(0.4)],
    "flatten": [gn.Flatten(), gn.Dense(5, "tanh")],
    "residual": [gn.Dense(5), gn.Residual(gn.Dense(4, "tanh"), gn.Dense(5))],
    "residual in residual": [gn.Dense(5), gn.Residual(gn.Residual(gn.Dense(5, "relu")), gn.Dense(5, "tanh"))],
    "scale": [gn.Dense(5, "elu"), gn.Scale()],
    "layer_norm": [gn.Dense(5), gn.LayerNorm(), gn.Dense(5, "tanh")],
    "batch_norm": [gn.Dense(5), gn.BatchNorm(), gn.Dense(5, "tanh")],
    "gaussian_noise": [gn.GaussianNoise(0.3), gn.Dense(5, "tanh")],
    "embedding": [gn.Embedding(4, 2), gn.Flatten(), gn.Dense(5, "tanh")],
    "chain": [gn.Dense(5), gn.Residual(gn.Chain(gn.Dense(4, "tanh"), gn.Dense(5))), gn.Chain(gn.Scale())],
    "periodic_embedding": [gn.PeriodicEmbedding(5, 3, sigma=0.5), gn.Dense(5, "tanh")],
    "piecewise_linear_embedding": [gn.PiecewiseLinearEmbedding([-1, 0.1, 0.4, 1.5], 3), gn.Dense(5, "tanh")],
    "neural tangent": [
        gn.Dense(
            5,
            gn.Parametric("selu", learning_rate_factor=0.1),
            parametrization="neural_tangent",
            bias_learning_rate_factor=0.1,
        )
    ],
    "conv_2d": [gn.Conv2D(3, 2, "tanh"), gn.Flatten(), gn.Dense(5, "tanh")],
    "conv_1d": [gn.Conv1D(3, 2, "tanh", padding="causal"), gn.Flatten(), gn.Dense(5, "tanh")],
    "max_pool": [gn.MaxPool(2, stride=1), gn.Flatten(), gn.Dense(5, "tanh")],
    "average_pool": [gn.AveragePool(2, stride=1), gn.Flatten(), gn.Dense(5, "tanh")],
    "global_average_pool": [gn.Conv2D(3, 2), gn.GlobalAveragePool(), gn.Dense(5, "tanh")],
    "pad": [gn.Pad(1), gn.Flatten(), gn.Dense(5, "tanh")],
    "reshape": [gn.Reshape((3, 2)), gn.Flatten(), gn.Dense(5, "tanh")],
    "masking": [*STEPS, gn.Masking(), gn.SimpleRNN(3), gn.Dense(5, "tanh")],
    "positional_encoding": [*STEPS, gn.PositionalEncoding(learned=True), gn.Flatten(), gn.Dense(5)],
    "simple_rnn": [*STEPS, gn.SimpleRNN(3), gn.Dense(5, "tanh")],
    "gru": [*STEPS, gn.GRU(3, sequences=True), gn.Flatten(), gn.Dense(5, "tanh")],
    "lstm": [*STEPS, gn.LSTM(3), gn.Dense(5, "tanh")],
    "attention": [*STEPS, gn.Residual(gn.LayerNorm(), gn.Attention(2)), gn.Dense(5, "tanh"), gn.Flatten()],
    "members": [gn.Members(3), gn.Dense(3, "tanh"), gn.Flatten()],
    "batch_ensemble": [gn.Members(3), gn.BatchEnsemble(4, "tanh", factors=gn.Normal()), gn.Flatten()],
    "dense_per_member": [gn.Members(3), gn.DensePerMember(4, "tanh"), gn.Flatten()],
    "mean_of_members": [gn.Members(3), gn.DensePerMember(4), gn.MeanOfMembers("softmax")],
    "columns": [gn.Columns((0, gn.Embedding(4, 2)), ([1, 3], gn.Dense(2, "tanh")), ([2, 4, 5], gn.LayerNorm()))],
}
SHAPES: dict[str, tuple[int, ...]] = {"flatten": (2, 3), "conv_1d": (3, 2)}
SHAPES |= dict.fromkeys(("conv_2d", "max_pool", "average_pool", "global_average_pool", "pad"), (2, 3, 1))
OF_CODES = ("masking", "embedding", "positional_encoding", "simple_rnn", "gru", "lstm", "attention")
CODES = dict.fromkeys(OF_CODES, slice(None)) | {"columns": slice(1)}


def built_in(family):
    return sorted(n for n, c in family.registry.items() if c.__module__.startswith("glassnet."))


def data_for(loss, n=5):
    rng = np.random.default_rng(0)
    X, targets = rng.normal(size=(n, 6)) + 0.1, Loss.of(loss).targets
    y = {
        "several classes": rng.integers(0, 2, (n, 2)),
        "classes": rng.integers(0, 3, n),
        "binary": rng.integers(0, 2, (n, 3)).astype(float),
    }
    return X, y.get(targets, rng.poisson(2.0, (n, 1 if Loss.of(loss).outputs_per_target() > 1 else 3)).astype(float))


def outputs_of(loss):
    if isinstance(loss, gn.CrossEntropies):
        return sum(loss.sizes)
    return loss.outputs_per_target() if loss.output_symbols else 3


def trace_of(hidden, loss="squared_error", X=None, **more):
    given, y = data_for(loss)
    X = given if X is None else X
    n_outputs = outputs_of(Loss.of(loss))
    layers = [*hidden, gn.Dense(n_outputs, Loss.of(loss).output_activation or "linear")]
    net = gn.Network(layers, dtype="float64").build(X.shape[1:], seed=1)
    return gn.trace(net, X, y, loss=loss, **more)


def check(trace):
    """Numbers put in come to the result; every line is as wide as asked at most."""
    page = page_of(trace)
    done = [piece for piece in page if isinstance(piece, Worked)]
    for piece in done:
        assert value(piece.numbers) == pytest.approx(float(piece.result), rel=1e-9, abs=1e-12), piece.label
    for width in (80, 120):
        text = trace.text(width)
        assert max(map(len, text.splitlines())) <= width
        assert text.count("nan") == 0
    return page, {re.sub(r"\[.*", "", piece.label) for piece in done}


@pytest.mark.parametrize("layer", LAYERS)
def test_every_layer(layer):
    X = data_for("squared_error")[0]
    X = X.reshape(5, *SHAPES.get(layer, (6,)))
    if layer in CODES:
        X[:, CODES[layer]] = np.arange(5)[:, np.newaxis] % 4
    if layer in CODES and layer != "columns":
        X[:, 1:] = (X[:, 1:] + np.arange(1, 6)) % 4
    trace = trace_of(LAYERS[layer], X=X, optimizer="sgd")
    page, names = check(trace)
    assert {"Z", "dW", "db", "dX", "L", "W"} <= names
    gradients = [p.equation.name for p in page if isinstance(p, Formula) and p.equation.name in ("dW", "db")]
    there = [hasattr(each, name) for each in all_layers(trace.layers) for name in ("dW", "db")]
    assert len(gradients) == sum(there)
    wanted = {"dropout": {"A"}, "residual": {"A"}, "scale": {"ds"}, "layer_norm": {"μ", "σ", "N", "dγ", "dβ", "dN"}}
    wanted |= {"batch_norm": wanted["layer_norm"], "gaussian_noise": {"A"}, "embedding": {"A"}}
    wanted |= {"periodic_embedding": {"S", "L", "dV", "dd", "dS", "dZ", "dw", "dc"}}
    assert wanted.get(layer, set()) <= names
    wanted |= {"piecewise_linear_embedding": {"P", "L", "dV", "dP"}}
    headings = " ".join(piece.text for piece in page if isinstance(piece, Heading))
    assert all(repr(each) in headings for each in LAYERS[layer])


def test_of_a_periodic_embedding_the_column_with_the_largest_gradient_is_worked_out():
    trace = trace_of(LAYERS["periodic_embedding"])
    layer = trace.layers[0]
    k = int(np.abs(layer.dX[0]).argmax())
    page, _ = check(trace)
    assert trace.text().count(f"here it is column {k}.") == 2
    shown = {piece.label: piece.array for piece in page[: page.index(Heading("layer 1: Dense(5, 'tanh')"))]
             if isinstance(piece, Matrix)}  # fmt: skip
    np.testing.assert_array_equal(shown["w"], layer.w[k])
    np.testing.assert_array_equal(shown["Z"], layer.Z[:, k])
    np.testing.assert_array_equal(shown["L"], layer.A[:, 3 * k + 1 : 3 * k + 3])
    np.testing.assert_allclose(shown["L"], layer.S[:, k] @ layer.V[k] + layer.d[k])
    np.testing.assert_array_equal(shown["A"], layer.A)


def test_every_kind_of_layer_is_in_this_file():
    assert {name.split()[0] for name in LAYERS} - {"neural"} == set(built_in(Layer))


@pytest.mark.parametrize("activation", built_in(Activation))
def test_every_activation(activation):
    page, names = check(trace_of([gn.Dense(5, activation)]))
    assert activation == "linear" or {"A", "dZ"} <= names
    assert activation != "prelu" or "dα" in names
    formulas = [piece.equation.text for piece in page if isinstance(piece, Formula)]
    assert activation == "linear" or any(text.startswith(("f(z)", "σ(z)", "aⱼ")) for text in formulas)


@pytest.mark.parametrize("weights", [None, [1.0, 2.0, 0.5, 1.0, 3.0]])
@pytest.mark.parametrize("reduction", ["mean", "mean_of_rows", "sum"])
@pytest.mark.parametrize("loss", built_in(Loss))
def test_every_loss(loss, reduction, weights):
    made = type(Loss.of(loss))(reduction=reduction)
    _, names = check(trace_of([gn.Dense(4, "tanh")], made, sample_weight=weights))
    assert {"ℓ", "L", "dZ" if made.output_activation else "dA"} <= names


@pytest.mark.parametrize("loss", [gn.CrossEntropy(0.1), gn.BinaryCrossEntropy(0.2)])
def test_label_smoothing_is_worked_out(loss):
    trace = trace_of([gn.Dense(4, "tanh")], loss)
    page, names = check(trace)
    assert "t" in names
    shown = {piece.label: piece.array for piece in page if isinstance(piece, Matrix)}
    np.testing.assert_array_equal(np.unique(shown["y"]), [0, 1])
    np.testing.assert_array_equal(shown["t"], trace.measured.Y)


@pytest.mark.parametrize("rule", sorted(set(built_in(UpdateRule)) - {"lbfgs"}))
@pytest.mark.parametrize(
    "settings", [{}, {"weight_decay": 0.3}, {"learning_rate_factor": 0.5, "parametrization": "neural_tangent"}]
)
def test_every_update_rule_is_shown_as_it_changed_the_parameters(rule, settings):
    trace = trace_of([gn.Dense(4, "tanh", **settings)], optimizer=rule)
    page, names = check(trace)
    assert {"W", "b", *trace.rule.memory} <= names
    after = {(piece.label, float(piece.result)) for piece in page if isinstance(piece, Worked)}
    for name, updated in trace.updates.items():
        place = np.unravel_index(np.abs(updated.g).argmax(), updated.g.shape)
        shown = [v for label, v in after if label == f"{name[2:]}[{', '.join(map(str, place))}]"]
        assert any(v == pytest.approx(updated.after[place], rel=1e-9, abs=1e-12) for v in shown), name


@pytest.mark.parametrize("penalty", ["l1", "l2", gn.ElasticNet(0.1, 0.2)])
def test_penalties_are_part_of_the_loss_and_of_the_gradient(penalty):
    trace = trace_of([gn.Dense(4, "tanh")], penalty=penalty, optimizer="sgd")
    page, _ = check(trace)
    formulas = [piece for piece in page if isinstance(piece, Formula) and piece.equation.name == "dW"]
    assert len(formulas) == 2
    assert "The penalty on the weights adds" in trace.text()
    np.testing.assert_allclose(trace.updates["0.W"].after, trace.layers[0].W - 0.01 * trace.layers[0].dW)


@pytest.mark.parametrize("clip", [gn.ClipNorm(0.1), gn.ClipNorm(1e9), gn.ClipValue(0.01)])
def test_clipping_is_worked_out(clip):
    trace = trace_of([gn.Dense(4, "tanh")], optimizer="sgd", clip=clip)
    page, names = check(trace)
    assert "g" in names
    shown = [piece for piece in page if isinstance(piece, Worked) and piece.label.startswith("g[")]
    assert len(shown) == 4
    for piece, updated in zip(shown, trace.updates.values(), strict=True):
        place = np.unravel_index(np.abs(updated.g).argmax(), updated.g.shape)
        assert float(piece.result) == updated.clipped[place]
    norm = np.sqrt(sum((updated.g**2).sum() for updated in trace.updates.values()))
    assert f"‖g‖ = {norm:.4g} over all parameters" in trace.text(120)


def test_a_clip_of_ones_own_is_shown_by_what_it_did():
    class Sign(gn.formulas.clipping.Clip):
        """Takes (but) the sign."""

        def apply(self, g):
            np.sign(g, out=g)

    text = trace_of([gn.Dense(4, "tanh")], optimizer="sgd", clip=Sign()).text()
    assert "g is clipped by Sign()" in text
    assert "] = −1\n" in text or "] = 1\n" in text


def test_max_norm_is_worked_out():
    trace = trace_of([gn.Dense(4, "tanh", max_norm=0.5)], optimizer="sgd")
    page, _ = check(trace)
    assert "W ← W min(1, c / ‖wⱼ‖)" in trace.text()
    assert len([p for p in page if isinstance(p, Worked) and p.label.startswith("W[")]) == 3
    assert np.linalg.norm(trace.updates["0.W"].after, axis=0).max() <= 0.5 + 1e-12


def test_long_arrays_are_shortened_and_every_number_of_a_short_one_stands_there():
    X, y = np.random.default_rng(0).normal(size=(300, 40)), np.arange(300) % 3
    net = gn.Network([gn.Dense(100, "relu"), gn.Dense(3, "softmax")]).build(40, seed=0)
    text = gn.trace(net, X, y, loss="cross_entropy").text(80)
    assert max(map(len, text.splitlines())) <= 80
    assert len(text.splitlines()) < 120
    assert re.search(r"⎢ +… +⎥", text)
    small = gn.trace(gn.Network([gn.Dense(2)]).build(2, seed=0), [[1, 2]], [[3, 4]], loss="squared_error")
    assert "X = [ 1  2 ]" in small.text()


def test_a_formula_of_ones_own_is_shown_and_one_that_cannot_be_read_is_left_out():
    class Snake(gn.activations.Activation):
        """f(z) = z + sin(κ z)² / κ,    f'(z) = 1 + sin(2 κ z).

        Ziyin et al. 2020.
        """

        κ: float = 2.0

        def value(self, z):
            return z + np.sin(self.κ * z) ** 2 / self.κ

        def slope(self, z, a):
            return 1 + np.sin(2 * self.κ * z)

    class Silent(gn.activations.Activation):
        """Sixty (60) % of what comes in."""

        def value(self, z):
            return 0.6 * z

        def slope(self, z, a):
            return 0.6 + 0.0 * z

    class Shift(gn.Layer):
        """A constant added."""

        def parameters(self, shape):
            return {"c": gn.Parameter(shape, gn.Zeros())}

        def forward(self, s):
            np.add(s.X, s.c, out=s.A)

        def backward(self, s):
            np.matmul(s.ones, s.dA, out=s.dc)
            if s.dX is not None:
                s.dX[...] = s.dA

    trace = trace_of([gn.Dense(4, "tanh"), Shift()])
    text = trace.text()
    assert all(f"\n    {name} = [" in text or f"    {name} = ⎢" in text for name in ("c", "dc"))
    why = trace.why(layer=1, c=2)
    assert why.numeric == pytest.approx(why.gradient, rel=1e-6)
    assert (why.factors, "The finite difference" in str(why)) == ({}, True)
    page, _ = check(trace_of([gn.Dense(4, Snake())]))
    assert any(isinstance(piece, Formula) and piece.equation.text.startswith("f(z) = z + sin") for piece in page)
    text = trace_of([gn.Dense(4, Silent())]).text()
    assert "A = f(Z)" in text


def test_arrays_of_three_dimensions_show_the_first_sample():
    X = np.arange(24.0).reshape(2, 3, 4)
    net = gn.Network([gn.Flatten(), gn.Dense(1)]).build((3, 4), seed=0)
    trace = gn.trace(net, X, [0, 1], loss="squared_error")
    assert "X[0] = " in trace.text()
    assert any(isinstance(piece, Matrix) and piece.label == "X" for piece in page_of(trace))


def test_the_loss_of_each_step_of_a_sequence_is_worked_out():
    X, y = np.arange(24.0).reshape(4, 3, 2) / 20, np.array([[0, 1, 1], [1, 0, 1], [0, 0, -1], [1, -1, -1]])
    net = gn.Network([gn.SimpleRNN(3, sequences=True), gn.Dense(2, "softmax")], engine="numpy").build((3, 2), seed=0)
    trace = gn.trace(net, X, y, loss="cross_entropy")
    worked = {piece.label.partition("[")[0]: piece for piece in page_of(trace) if isinstance(piece, Worked)}
    for label in ("ℓ", "L", "dZ"):
        assert value(worked[label].numbers) == pytest.approx(worked[label].result, rel=1e-4)
    assert "w is the weight of each step." in str(trace)
    assert "The finite difference" in str(trace.why(layer=1, weight=(0, 1)))
    last = gn.Network([gn.SimpleRNN(3), gn.Dense(2, "softmax")]).build((3, 2), seed=0)
    diagnosis = gn.diagnose(last, X, y[:, 0], loss="cross_entropy")
    assert "dead units" not in diagnosis.names()
