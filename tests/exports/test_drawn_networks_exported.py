"""Networks drawn at random, of all kinds of layers and of one's own: saved, read, predicted row by row and exported."""

import numpy as np
import pytest
from test_same_as_predict import BOUNDS, far, run_all, written  # type: ignore[import-not-found]

import glassnet as gn
from glassnet.exports.lowering import program_of

ACTIVATIONS = ["linear", "relu", "tanh", "gelu", "elu", "softplus", "prelu", "softmax"]
N = 6  # rows


@gn.layer(w=("n_inputs", "units"), b=("units",))
def gated_units(x, w, b, *, units=3):
    z = x @ w + b
    return z / (1.0 + np.exp(-z))


@gn.layer(g=1.0)
def squashed(x, g):
    return np.tanh(g * x) + 0.1 * x


@gn.layer
def centred(x):
    return x - x.mean(axis=-1, keepdims=True)


class Draw:
    """Layers one after the other; `width` is the last axis behind them."""

    def __init__(self, seed):
        self.rng, self.layers, self.width = np.random.default_rng(seed), [], 0

    def number(self, low, high):
        return int(self.rng.integers(low, high + 1))

    def one_of(self, several):
        return several[self.number(0, len(several) - 1)]

    def put(self, layer, width=None):
        self.layers.append(layer)
        self.width = width or self.width

    def any_shape(self):
        """A layer that takes samples of any shape, and changes their last axis at most."""
        units, f = self.number(1, 6), self.one_of(ACTIVATIONS)
        self.put(
            *self.one_of(
                [
                    (gn.Dense(units, f), units), (gated_units(units=units), units), (squashed(),), (centred(),),
                    (gn.LayerNorm(),), (gn.Scale(),), (gn.Dropout(0.3),), (gn.Activation(f),),
                    (gn.Residual(gn.Dense(self.width, f), squashed()),), (gn.Chain(gn.Dense(units), centred()), units),
                ]
            )
        )  # fmt: skip

    def over_steps(self):
        """A layer of sequences."""
        units, heads = self.number(1, 6), self.one_of([h for h in (1, 2, 3) if self.width % h == 0])
        self.put(
            *self.one_of(
                [
                    (gn.GRU(units, sequences=True), units), (gn.LSTM(units, sequences=True), units),
                    (gn.SimpleRNN(units, sequences=True), units), (gn.PositionalEncoding(),),
                    (gn.Residual(gn.LayerNorm(), gn.Attention(heads, causal=True)),),
                    (gn.Attention(2, size=units),), (gn.Conv1D(units, 2, "elu", padding="causal", dilation=2), units),
                ]
            )
        )  # fmt: skip

    def over_places(self):
        """A layer of pictures."""
        filters = self.number(1, 4)
        self.put(
            *self.one_of(
                [
                    (gn.Conv2D(filters, (2, 3), self.one_of(ACTIVATIONS), padding="same", stride=(1, 2)), filters),
                    (gn.Conv2D(2 * self.width, 1, groups=self.width), 2 * self.width), (gn.BatchNorm(),),
                    (gn.Pad(((1, 0), (0, 2)), 0.5),), (gn.MaxPool((1, 2), stride=1),), (gn.AveragePool((2, 1), 1),),
                ]
            )
        )  # fmt: skip


def sequences(draw):
    """Codes or numbers, some rows with padding at the end."""
    steps, self_made = draw.number(1, 7), draw.one_of([False, True])
    draw.width = draw.number(1, 6)
    shape = (steps, draw.width) if self_made else (steps,)
    X = draw.rng.normal(size=(N, *shape)) if self_made else draw.rng.integers(1, 6, (N, *shape)).astype(float)
    X[: N // 2, steps // 2 + 1 :] = 0
    draw.put(gn.Masking() if self_made else gn.Embedding(6, draw.width, padding=0))
    for _ in range(draw.number(1, 3)):
        draw.one_of([draw.over_steps, draw.over_steps, draw.any_shape])()
    draw.put(draw.one_of([gn.GlobalAveragePool(), gn.Flatten(), gn.LSTM(3), gn.Dropout(0.1)]))
    return shape, X


def pictures(draw):
    draw.width = draw.number(1, 3)
    shape = (draw.number(4, 7), draw.number(5, 8), draw.width)
    for _ in range(draw.number(1, 3)):
        draw.one_of([draw.over_places, draw.over_places, draw.any_shape])()
    draw.put(draw.one_of([gn.Flatten(), gn.GlobalAveragePool()]))
    return shape, draw.rng.normal(size=(N, *shape))


def members(draw):
    draw.width = features = draw.number(1, 6)
    draw.put(gn.Members(draw.number(1, 4)))
    for _ in range(draw.number(1, 3)):
        units, f = draw.number(1, 6), draw.one_of(ACTIVATIONS)
        shared = gn.BatchEnsemble(units, f, factors=gn.Normal())
        draw.put(draw.one_of([shared, gn.DensePerMember(units, f)]), units)
        draw.any_shape()
    draw.put(gn.MeanOfMembers())
    return (features,), draw.rng.normal(size=(N, features))


def drawn(seed):
    """(a trained network, its rows)."""
    draw = Draw(seed)
    shape, X = draw.one_of([sequences, sequences, pictures, members])(draw)
    if not isinstance(draw.layers[-1], gn.MeanOfMembers):
        draw.put(gn.Dense(draw.number(1, 3), draw.one_of(["linear", "softmax", "sigmoid"])))
    net = gn.Network(draw.layers, draw.one_of([*BOUNDS]), "numpy").build(shape, seed=seed)
    X = X.astype(net.dtype)
    y = draw.rng.uniform(0.1, 0.9, (N, *net.built()[0].output_shape))
    net.fit(X, y, loss="squared_error", epochs=2, batch_size=4, optimizer=gn.SGD(0.01), seed=seed)
    return net, X


def flat(outputs):
    return np.reshape(outputs, (N, -1)).astype(float)


@pytest.mark.parametrize("seed", [*range(8), *(pytest.param(seed, marks=pytest.mark.long) for seed in range(8, 80))])
def test_a_drawn_network_predicts_the_same_wherever_it_goes(seed, tmp_path):
    net, X = drawn(seed)
    expected, bound = flat(net.predict(X)), BOUNDS[net.dtype.name]
    again = gn.load(net.save(tmp_path / "model.safetensors"))
    assert again == net
    assert far(flat(again.predict(X)), expected) <= bound
    one = net.predictor()
    assert far(flat([one(x) for x in X]), expected) <= bound
    for target in ("python", "c", "javascript", "onnx"):
        case = written(program_of(net), target, tmp_path, f"drawn_{seed}", X)
        assert far(run_all(target, [case])[0].values, expected) <= bound, (target, net)
