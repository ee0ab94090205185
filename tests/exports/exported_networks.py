"""The networks that exports are tested with: every activation and every layer, with parameters far from their start."""

from typing import Any

import numpy as np

import glassnet as gn
from glassnet.formulas.activations import Activation as Formula

N = 4  # inputs
OTHERS = {
    "leaky_relu_2": gn.LeakyReLU(0.3),
    "parametric_mish": gn.Parametric("mish"),
    "parametric_gelu": gn.Parametric("gelu", alpha=0.5),
}


def activations():
    """All activations of the package by name, with settings other than the usual ones too."""
    own = [name for name, kind in Formula.registry.items() if kind.__module__.startswith("glassnet.")]
    return {**{name: Formula.of(name) for name in own}, **OTHERS}


LAYERS = {
    "no_bias": [gn.Dense(3, "tanh", bias=False)],
    "two_heads": [gn.Dense(6, "relu"), gn.Dense(6, "relu"), gn.Dense(1)],
    "activation_alone": [gn.Activation("softplus"), gn.Dense(2), gn.Activation(gn.PReLU())],
    "dropout": [gn.Dropout(0.3), gn.Dense(3, "relu"), gn.GaussianNoise(0.2), gn.Dense(2, "softmax")],
    "nothing": [gn.Dropout(0.3)],
    "scale": [gn.Scale(), gn.Dense(2)],
    "batch_norm": [gn.Dense(5, "relu"), gn.BatchNorm(), gn.Dense(2)],
    "layer_norm": [gn.Dense(5, "relu"), gn.LayerNorm(), gn.Dense(2), gn.LayerNorm(epsilon=1e-3)],
    "periodic": [gn.PeriodicEmbedding(frequencies=3, dimensions=4, sigma=0.5), gn.Dense(2)],
    "piecewise_linear": [gn.PiecewiseLinearEmbedding([-4, -1, 1, 4], dimensions=3), gn.Dense(2)],
    "embedding": [gn.Columns((slice(0, 3), gn.Activation("linear")), (3, gn.Embedding(5, 2))), gn.Dense(2)],
    "embeddings": [gn.Embedding(5, 2), gn.Flatten(), gn.Dense(2, "softmax")],
    "columns": [
        gn.Columns(([2, 0], [gn.Dense(3, "relu"), gn.Scale()]), (1, gn.PeriodicEmbedding(2, 2)), (3, gn.Dense(2))),
        gn.Dense(2),
    ],
    "chain": [gn.Chain(gn.Dense(3, "relu"), gn.Chain(gn.Dense(4), gn.LayerNorm())), gn.Dense(2)],
    "members": [
        gn.Members(3),
        gn.BatchEnsemble(5, "relu", factors=gn.Normal()),
        gn.Dropout(0.1),
        gn.BatchEnsemble(4, gn.PReLU()),
        gn.DensePerMember(3),
        gn.MeanOfMembers("softmax"),
    ],
    "residual": [gn.Residual(gn.Dense(5, "relu"), gn.Residual(gn.Dropout(0.5)), gn.Dense(N)), gn.Dense(2)],
}
TABLE = gn.Embedding(5, 4, padding=0)
SEQUENCES = {  # of codes, the last of a row padding
    "rnn": [TABLE, gn.SimpleRNN(3, "elu", sequences=True), gn.Dense(3, gn.PReLU()), gn.SimpleRNN(2)],
    "gru": [TABLE, gn.GRU(3, sequences=True), gn.LayerNorm(), gn.GRU(2)],
    "lstm": [TABLE, gn.LSTM(3, sequences=True), gn.LSTM(2, sequences=True), gn.Dense(2, "softmax")],
    "attention": [TABLE, gn.PositionalEncoding(), gn.Residual(gn.LayerNorm(), gn.Attention(2)), gn.Flatten()],
    "causal": [TABLE, gn.PositionalEncoding(learned=True), gn.Attention(2, causal=True, size=3), gn.Dense(2)],
}
SHAPED = {
    "masked": ([gn.Masking(0.0), gn.GRU(3), gn.Dense(2)], (3, 2)),
    "masked mean": ([gn.Masking(0.0), gn.Dense(3), gn.GlobalAveragePool(), gn.Dense(2)], (3, 2)),
    "unmasked": ([gn.Attention(causal=True), gn.Attention(), gn.LSTM(2)], (3, 2)),
    "reshape": ([gn.Reshape((3, 2)), gn.Activation("relu"), gn.Reshape((6,)), gn.Dense(2)], (6,)),
    "flatten": ([gn.Flatten(), gn.Dense(3, "relu")], (2, 3)),
    "pictures": (
        [
            gn.Conv2D(4, (3, 2), "relu", padding="same", groups=2),
            gn.BatchNorm(),
            gn.MaxPool(2, stride=1),
            gn.Conv2D(3, 2, gn.PReLU()),
            gn.AveragePool((1, 2)),
            gn.Flatten(),
            gn.Dense(2),
        ],
        (5, 6, 2),
    ),
    "series": (
        [
            gn.Pad(((1, 2),), value=0.5),
            gn.Conv1D(3, 2, "softmax", padding="causal", dilation=2, bias=False),
            gn.Dropout(0.5, channels=True),
            gn.GlobalAveragePool(),
        ],
        (6, 2),
    ),
    "normalised": ([gn.BatchNorm(), gn.Conv1D(3, 2), gn.BatchNorm(epsilon=0.1), gn.LayerNorm(), gn.Flatten()], (4, 2)),
    "of_axes": ([gn.Activation("softmax"), gn.Scale(), gn.Activation(gn.PReLU()), gn.Flatten(), gn.Dense(2)], (2, 3)),
}


def networks(dtype):
    """Every network by a name that is an identifier."""
    made: dict[str, Any] = {f"f_{name}": ([gn.Dense(5, f), gn.Dense(3)], (N,)) for name, f in activations().items()}
    made |= {f"l_{name}": (layers, (N,)) for name, layers in LAYERS.items()}
    made |= {f"q_{name}": (layers, (N,)) for name, layers in SEQUENCES.items()}
    made |= {f"s_{name}": given for name, given in SHAPED.items()}
    return {
        name: drawn(gn.Network(layers, dtype, "numpy").build(shape, seed=1)) for name, (layers, shape) in made.items()
    }


def drawn(net):
    """The network with other numbers in all its arrays, a variance above 0."""
    rng = np.random.default_rng(2)
    for name, array in net.arrays.items():
        array += rng.normal(0, 0.3, array.shape)
        if "variance" in name:
            np.abs(array, out=array)
    return net


def rows_for(name, net, n=12):
    """Rows near 0 and far from it; codes where an embedding reads them."""
    rng, shape = np.random.default_rng(3), net.built()[0].input_shape
    rows = rng.normal(0, 1.5, (n, *shape))
    rows[-2:] *= 30
    rows[0] = 0
    if name == "l_embedding":
        rows[:, 3] = rng.integers(0, 5, n)
    if name == "l_embeddings":
        rows[:] = rng.integers(0, 5, rows.shape)
    if name.startswith("q_"):
        rows[:] = rng.integers(1, 5, rows.shape)
        rows[: n // 2, 2:] = 0
    if name.startswith("s_masked"):
        rows = rng.normal(0, 1.5, rows.shape)
        rows[: n // 2, 1:] = 0
    return rows.astype(net.dtype)
