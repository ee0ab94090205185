"""
Where attention looks, and what gates let through
=================================================

Two networks read a row of letters and say which one comes next: in each row three letters come over
and over. A step of attention takes a weighted mean of the steps before it, and the weights are a map.
"""

import numpy as np

import glassnet as gn

rng = np.random.default_rng(0)
rounds = np.array([rng.permutation(6)[:3] for _ in range(400)])
codes = np.tile(rounds, 4)
X, y = codes[:, :-1], codes[:, 1:]
net = gn.Network(
    [
        gn.Embedding(6, 16),
        gn.PositionalEncoding(learned=True),
        gn.Residual(gn.Attention(2, causal=True)),
        gn.Dense(32, "relu"),
        gn.Dense(6, "softmax"),
    ]
)
net.fit(X, y, loss="cross_entropy", optimizer=gn.Adam(0.01), epochs=20, seed=0)
figure = gn.pictures.attention(net, X[0], code_names="abcdef")

# %%
# A GRU carries a state from letter to letter; its gates say what of it stays:
net = gn.Network([gn.Embedding(6, 16), gn.GRU(16, sequences=True), gn.Dense(6, "softmax")])
net.fit(X, y, loss="cross_entropy", optimizer=gn.Adam(0.01), epochs=20, seed=0)
figure = gn.pictures.gates(net, X[0], code_names="abcdef")
